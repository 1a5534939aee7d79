//! What stands around a review: whose it is, where it comes from, how long it may get.

use vocabulary::is_invisible;

use super::MARKER;
use super::escape::{code, escape_prose};

/// What `GitHub` takes as one comment, in UTF-16 units: the least of the hosts.
pub const MAX_LENGTH: usize = 65_536;
/// Less has no room for a headline and what was left out.
pub const LEAST_LENGTH: usize = 8_192;
const LONGEST_TITLE: usize = 100;

/// What stands around a review. Every text in it was checked to be harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    title: Option<String>,
    commit: Option<String>,
    run_url: Option<String>,
    max_length: usize,
    pictures: bool,
}

impl Default for Frame {
    fn default() -> Self {
        Frame { title: None, commit: None, run_url: None, max_length: MAX_LENGTH, pictures: false }
    }
}

impl Frame {
    /// Names the review, in its headline and in its first line.
    pub fn title(self, title: &str) -> Result<Frame, &'static str> {
        check_title(title)?;
        Ok(Frame { title: Some(title.to_owned()), ..self })
    }

    /// The commit that was planned.
    pub fn commit(self, commit: &str) -> Result<Frame, &'static str> {
        let is_hash = commit.chars().all(|c| c.is_ascii_hexdigit());
        if !is_hash || !(7..=64).contains(&commit.len()) {
            return Err("a commit is 7 to 64 hexadecimal digits");
        }
        Ok(Frame { commit: Some(commit.to_owned()), ..self })
    }

    /// Where the run can be looked at.
    pub fn run_url(self, url: &str) -> Result<Frame, &'static str> {
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&+,;=%".contains(c);
        if !is_web || !url.chars().all(is_plain) || url.len() > 1_000 {
            return Err("an URL begins with https:// and has no spaces, quotes or brackets; \
                        percent-encode them");
        }
        Ok(Frame { run_url: Some(url.to_owned()), ..self })
    }

    /// How many characters the document may have at most.
    pub fn max_length(self, most: usize) -> Result<Frame, &'static str> {
        if most < LEAST_LENGTH {
            return Err("less than 8192 characters have no room for a review");
        }
        Ok(Frame { max_length: most, ..self })
    }

    /// With pictures of what fits on the nodes, where a plan tells that.
    pub fn with_pictures(self) -> Frame {
        Frame { pictures: true, ..self }
    }

    pub(super) fn has_pictures(&self) -> bool {
        self.pictures
    }

    /// The first line, by which a workflow finds the comment that it made before.
    pub(super) fn marker(&self) -> String {
        match &self.title {
            None => MARKER.to_owned(),
            Some(title) => MARKER.replacen(" -->", &format!(": {title} -->"), 1),
        }
    }

    /// What the headline begins with.
    pub(super) fn subject(&self) -> String {
        match &self.title {
            None => "Azure ML".to_owned(),
            Some(title) => format!("Azure ML, {}", escape_prose(title)),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.max_length
    }

    /// Where the text stands of which something was left out.
    pub(super) fn whole(&self) -> String {
        match &self.run_url {
            Some(url) => format!("The whole text is with [the run]({url})."),
            None => "A larger `--max-length` shows more, `--format json` everything.".to_owned(),
        }
    }

    /// The last line; empty where nothing is known of a run.
    pub(super) fn footer(&self, digest: &str) -> String {
        let commit = self.commit.as_deref().map(|commit| format!("Commit {}", code(commit)));
        let run = self.run_url.as_deref().map(|url| format!("[Run]({url})"));
        let known: Vec<String> = [commit, run].into_iter().flatten().collect();
        if known.is_empty() {
            return String::new();
        }
        format!("\n{} · Digest {}\n", known.join(" · "), code(digest))
    }
}

/// Whether a name may stand in the first line, which is a comment of HTML.
pub(crate) fn check_title(title: &str) -> Result<(), &'static str> {
    let count = title.chars().count();
    if count == 0 || count > LONGEST_TITLE || title.trim() != title {
        return Err("a name has 1 to 100 characters and no spaces at its ends");
    }
    let ends = |c: char| matches!(c, '<' | '>') || c.is_control() || is_invisible(c);
    if title.contains(ends)
        || title.contains("--")
        || title.starts_with('-')
        || title.ends_with('-')
    {
        return Err("a name has no `<`, `>` or `--`, no hyphen at its ends and nothing invisible");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Frame, LEAST_LENGTH};

    #[test]
    fn a_title_makes_a_first_line_of_its_own() {
        let marker = |title: &str| Frame::default().title(title).map(|frame| frame.marker());
        let first = "<!-- terraform-provider-azureml review: envs/prod -->";
        assert_eq!(marker("envs/prod").as_deref(), Ok(first));
        assert_eq!(Frame::default().marker(), "<!-- terraform-provider-azureml review -->");
        let long = "x".repeat(101);
        for bad in ["", " a", "a--b", "a-", "-", "<b", "a>", "a\nb", "a\u{202e}b", long.as_str()] {
            assert!(marker(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_no_commit_and_no_url_is_refused() {
        for bad in ["", "main", "0123456 ", "`0123456`", "012345"] {
            assert!(Frame::default().commit(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "example.com", "javascript:x", "https://a b", "https://a)b", "https://a\"b"]
        {
            assert!(Frame::default().run_url(bad).is_err(), "{bad:?}");
        }
        assert!(Frame::default().max_length(LEAST_LENGTH - 1).is_err());
    }

    #[test]
    fn the_footer_has_what_is_known() {
        let frame = Frame::default();
        assert_eq!(frame.footer("sha256:0"), "");
        let frame = frame.commit("0123abc").unwrap();
        assert_eq!(frame.footer("sha256:0"), "\nCommit `0123abc` · Digest `sha256:0`\n");
        let frame = frame.run_url("https://e.com/r?id=1").unwrap();
        let footer = "\nCommit `0123abc` · [Run](https://e.com/r?id=1) · Digest `sha256:0`\n";
        assert_eq!(frame.footer("sha256:0"), footer);
    }
}
