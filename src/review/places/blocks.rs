//! The headers of blocks in a file of Terraform: as much of its syntax as it takes to skip the rest.

/// `resource "TYPE" "NAME" {`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The block's type and its labels.
    pub(super) words: Vec<String>,
    /// Counted from one.
    pub(super) line: usize,
}

/// The headers of the outermost blocks. Comments, texts and what is written in a block have none.
pub(super) fn headers(text: &[u8]) -> Vec<Header> {
    let mut scanner = Scanner { text, at: 0, line: 1 };
    let (mut found, mut words, mut depth) = (Vec::new(), Vec::new(), 0_usize);
    while let Some(token) = scanner.next() {
        match token {
            Token::Word(word) if depth == 0 => words.push(word),
            Token::Word(_) => {}
            Token::Open => {
                let words = std::mem::take(&mut words);
                if depth == 0 && words.len() > 1 {
                    found.push(Header { words, line: scanner.line });
                }
                depth += 1;
            }
            Token::Close => depth = depth.saturating_sub(1),
            Token::Other => words.clear(),
        }
    }
    found
}

enum Token {
    /// A name, or a text without an expression in it.
    Word(String),
    Open,
    Close,
    /// Anything else that ends a header: a line end, an equals sign.
    Other,
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

/// Where a text with expressions in it is being read.
enum Inside {
    Text,
    /// An expression in `${}`, with the braces that are open in it.
    Expression(usize),
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            if self.skip_comment() || self.skip_heredoc() {
                continue;
            }
            let byte = self.step()?;
            return Some(match byte {
                b' ' | b'\t' | b'\r' => continue,
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'"' => self.text(),
                byte if is_name(byte) => self.name(),
                _ => Token::Other,
            });
        }
    }

    /// The next byte, which counts as read.
    fn step(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    /// Skips a comment that begins here; a line's end is not part of it.
    fn skip_comment(&mut self) -> bool {
        let rest = self.rest();
        let length = if rest.starts_with(b"#") || rest.starts_with(b"//") {
            rest.iter().position(|byte| *byte == b'\n')
        } else if rest.starts_with(b"/*") {
            let end = rest.windows(2).skip(2).position(|pair| pair == b"*/");
            end.map(|end| end + 4)
        } else {
            return false;
        };
        self.skip(length.unwrap_or(rest.len()));
        true
    }

    /// Skips a heredoc that begins here, up to the line of its mark.
    fn skip_heredoc(&mut self) -> bool {
        let Some(after) = self.rest().strip_prefix(b"<<") else { return false };
        let after = after.strip_prefix(b"-").unwrap_or(after);
        let mark: Vec<u8> = after.iter().copied().take_while(|byte| is_name(*byte)).collect();
        if mark.is_empty() {
            return false;
        }
        let mut length = 0;
        let lines = self.rest().split_inclusive(|byte| *byte == b'\n');
        for (n, line) in lines.enumerate() {
            if n > 0 && line.trim_ascii() == mark {
                length += line.trim_ascii_end().len();
                break;
            }
            length += line.len();
        }
        self.skip(length);
        true
    }

    /// A name whose first byte was read.
    fn name(&mut self) -> Token {
        let start = self.at - 1;
        while self.rest().first().is_some_and(|byte| is_name(*byte)) {
            self.step();
        }
        Token::Word(self.read_since(start))
    }

    /// A text whose first quote was read. In its expressions there are texts again.
    fn text(&mut self) -> Token {
        let start = self.at;
        let mut inside = vec![Inside::Text];
        let mut is_plain = true;
        while let Some(innermost) = inside.last_mut() {
            let is_code = matches!(innermost, Inside::Expression(_));
            is_plain &= !is_code;
            if is_code && (self.skip_comment() || self.skip_heredoc()) {
                continue;
            }
            let is_escape = self.rest().starts_with(b"$${") || self.rest().starts_with(b"%%{");
            let is_expression = self.rest().starts_with(b"${") || self.rest().starts_with(b"%{");
            let Some(byte) = self.step() else { break };
            match (innermost, byte) {
                (Inside::Text, b'\\') => self.skip(1),
                (Inside::Text, _) if is_escape => self.skip(2),
                (Inside::Text, _) if is_expression => {
                    self.skip(1);
                    inside.push(Inside::Expression(0));
                }
                (Inside::Text, b'"') | (Inside::Expression(0), b'}') => _ = inside.pop(),
                (Inside::Expression(_), b'"') => inside.push(Inside::Text),
                (Inside::Expression(braces), b'{') => *braces += 1,
                (Inside::Expression(braces), b'}') => *braces -= 1,
                _ => {}
            }
        }
        let text = self.read_since(start);
        if is_plain { Token::Word(text.trim_end_matches('"').to_owned()) } else { Token::Other }
    }

    fn read_since(&self, start: usize) -> String {
        String::from_utf8_lossy(self.text.get(start..self.at).unwrap_or_default()).into_owned()
    }
}

/// A byte of a name; those of other scripts are all beyond ASCII.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::headers;

    fn found(text: &str) -> Vec<(String, usize)> {
        let headers = headers(text.as_bytes()).into_iter();
        headers.map(|header| (header.words.join(" "), header.line)).collect()
    }

    fn one(text: &str) -> Option<usize> {
        let mut found = found(text).into_iter();
        found.find(|(words, _)| words == "resource a b").map(|(_, line)| line)
    }

    #[test]
    fn a_header_has_its_line() {
        let text =
            "terraform {\n}\n\nresource \"a\" \"b\" {\n  x = { y = 1 }\n}\nmodule \"m\" { }\n";
        let expected = [("resource a b".to_owned(), 4), ("module m".to_owned(), 7)];
        assert_eq!(found(text), expected);
        assert_eq!(one("resource a b {\n}"), Some(1), "labels need no quotes");
        assert_eq!(one("\r\nresource\t\"a\"  \"b\"{\r\n}"), Some(2));
        assert_eq!(one("/* x */ resource \"a\" /* y */ \"b\" { # z\n}"), Some(1));
    }

    #[test]
    fn comments_texts_and_heredocs_hide_nothing_and_show_nothing() {
        let block = "resource \"a\" \"b\" {\n}\n";
        for hidden in [
            format!("# {block}}}"),
            "// resource \"a\" \"b\" {\n".to_owned(),
            format!("/* \n{block} */"),
            format!("locals {{\n x = <<EOT\n{block}EOT\n}}"),
            format!("locals {{\n x = <<-EOT\n{block}  EOT\n}}"),
            "locals {\n x = \"resource a b {\"\n}".to_owned(),
            "locals {\n resource \"a\" \"b\" {\n}\n}".to_owned(),
            "x = \"\nresource a b {".to_owned(),
        ] {
            assert_eq!(one(&hidden), None, "{hidden}");
        }
        for before in [
            "locals {\n x = \"}{\"\n}\n",
            "locals {\n x = \"\\\"{\"\n}\n",
            "locals {\n x = \"${\"{\"}\"\n}\n",
            "locals {\n x = \"${ { a = \"}\" }.a /* } */ }{\"\n}\n",
            "locals {\n x = \"$${\"\n}\n",
            "locals {\n x = \"%{ if a }{%{ endif }\"\n}\n",
            "locals {\n x = 1 # {\n}\n",
            "locals {\n /* { */ \n}\n",
            "locals {\n x = <<EOT\n{ \" ${\nEOT\n}\n",
            "locals {\n x = f(<<-A\n{\n  A\n)\n}\n",
            "locals {\n x = \"é{\"\n}\n",
        ] {
            let expected = before.lines().count() + 1;
            assert_eq!(one(&format!("{before}{block}")), Some(expected), "{before}");
        }
    }

    proptest! {
        #[test]
        fn every_line_is_one_of_the_text(text in "[a\"{}\\n$%#/*<\\\\ ]{0,60}") {
            let lines = text.matches('\n').count() + 1;
            prop_assert!(headers(text.as_bytes()).iter().all(|header| header.line <= lines));
        }
    }

    #[test]
    fn what_breaks_off_is_no_loop() {
        for text in
            ["\"", "\"${", "\"\\", "/*", "/", "<<", "<<A", "<<A\n", "{", "}}}", "#", "\"$${"]
        {
            assert_eq!(found(text), [], "{text}");
        }
        let deep = "\"${".repeat(100_000);
        assert_eq!(found(&deep), []);
    }
}
