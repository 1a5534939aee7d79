//! A text as somebody reads it who undoes its encodings, and where each letter stands in the text.

use std::ops::Range;

/// How deep encodings are undone: JSON in JSON in a URL.
const DEEPEST: usize = 3;
/// Most readings of one text: an ordinary one has one, a hostile one has no end of them.
const MOST: usize = 12;

/// One reading of a text.
pub(super) struct DecodedText {
    pub(super) text: String,
    /// Where each byte of this reading comes from.
    places: Vec<Range<usize>>,
}

/// How special letters are written.
#[derive(Clone, Copy)]
enum Encoding {
    Json,
    Url,
    /// As in a URL, with `+` for a space.
    Form,
    Html,
}

/// One letter that was written otherwise, and how long that was. `None` for a letter: none at all.
type DecodedLetter = (String, usize);

impl DecodedText {
    /// The text itself, and every reading of it that differs.
    pub(super) fn all_of(text: &str) -> Vec<DecodedText> {
        let mut views = vec![DecodedText::of(text)];
        let mut newest = 0..1;
        for _ in 0..DEEPEST {
            let before = views.len();
            for at in newest {
                let all = [Encoding::Json, Encoding::Url, Encoding::Form, Encoding::Html];
                let read: Vec<_> = all.iter().filter_map(|it| views[at].decode(*it)).collect();
                let fresh = |view: &DecodedText| views.iter().all(|known| known.text != view.text);
                let read: Vec<_> = read.into_iter().filter(fresh).collect();
                views.extend(read.into_iter().take(MOST.saturating_sub(views.len())));
            }
            newest = before..views.len();
        }
        views
    }

    /// Where in the text that this is a reading of.
    pub(super) fn place(&self, of: &Range<usize>) -> Range<usize> {
        let inside = &self.places[of.clone()];
        inside.first().map_or(0, |first| first.start)..inside.last().map_or(0, |last| last.end)
    }

    /// The same without white space, which line breaks and indents add.
    pub(super) fn without_white_space(&self) -> DecodedText {
        let mut stripped = DecodedText { text: String::new(), places: Vec::new() };
        for (at, c) in self.text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            stripped.push(c.encode_utf8(&mut [0; 4]), self.place(&(at..at + c.len_utf8())));
        }
        stripped
    }

    fn of(text: &str) -> DecodedText {
        let places =
            |(at, c): (usize, char)| std::iter::repeat_n(at..at + c.len_utf8(), c.len_utf8());
        DecodedText {
            text: text.to_owned(),
            places: text.char_indices().flat_map(places).collect(),
        }
    }

    fn push(&mut self, text: &str, place: Range<usize>) {
        self.text.push_str(text);
        self.places.extend(std::iter::repeat_n(place, text.len()));
    }

    /// `None` where nothing is encoded so.
    fn decode(&self, encoding: Encoding) -> Option<DecodedText> {
        if !self.text.contains(encoding.marks()) {
            return None;
        }
        let mut view = DecodedText { text: String::new(), places: Vec::new() };
        let (mut at, mut differs) = (0, false);
        while let Some(c) = self.text[at..].chars().next() {
            let decoded = encoding.decode_letter(&self.text[at..]);
            differs |= decoded.is_some();
            let (letter, length) = decoded.unwrap_or_else(|| (c.to_string(), c.len_utf8()));
            view.push(&letter, self.place(&(at..at + length)));
            at += length;
        }
        differs.then_some(view)
    }
}

impl Encoding {
    fn marks(self) -> &'static [char] {
        match self {
            Self::Json => &['\\'],
            Self::Url => &['%'],
            Self::Form => &['%', '+'],
            Self::Html => &['&'],
        }
    }

    /// What the text begins with, if that is encoded.
    fn decode_letter(self, text: &str) -> Option<DecodedLetter> {
        match self {
            Self::Json => decode_json(text),
            Self::Form if text.starts_with('+') => Some((" ".to_owned(), 1)),
            Self::Url | Self::Form => decode_url(text),
            Self::Html => decode_html(text),
        }
    }
}

fn decode_json(text: &str) -> Option<DecodedLetter> {
    let escaped = text.strip_prefix('\\')?;
    let plain = match escaped.chars().next()? {
        c @ ('"' | '\\' | '/' | '\'') => c,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return decode_utf16(text),
        _ => return None,
    };
    Some((plain.to_string(), 2))
}

/// `\u00e9`, or two of them for one letter.
fn decode_utf16(text: &str) -> Option<DecodedLetter> {
    let unit = |at: usize| {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(hex, 16).ok()
    };
    let first = unit(0)?;
    let one = String::from_utf16(&[first]).ok().map(|letter| (letter, 6));
    one.or_else(|| Some((String::from_utf16(&[first, unit(6)?]).ok()?, 12)))
}

/// `%C3%A9`: one letter of one to four bytes.
fn decode_url(text: &str) -> Option<DecodedLetter> {
    let byte = |at: usize| {
        let hex = text.get(at..at + 3)?.strip_prefix('%')?;
        u8::from_str_radix(hex, 16).ok()
    };
    let bytes: Vec<u8> = (0..4).map_while(|index| byte(3 * index)).collect();
    let letter = |length: usize| String::from_utf8(bytes.get(..length)?.to_vec()).ok();
    (1..=bytes.len()).find_map(|length| Some((letter(length)?, 3 * length)))
}

fn decode_html(text: &str) -> Option<DecodedLetter> {
    let name = text.strip_prefix('&')?.split(';').next()?;
    let length = name.len() + 2;
    text.get(..length).filter(|_| name.len() <= 8)?;
    let code = name.strip_prefix('#');
    let letter = match (name, code) {
        ("amp", _) => '&',
        ("lt", _) => '<',
        ("gt", _) => '>',
        ("quot", _) => '"',
        ("apos", _) => '\'',
        (_, Some(code)) => char::from_u32(match code.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => code.parse().ok()?,
        })?,
        _ => return None,
    };
    Some((letter.to_string(), length))
}
