//! Findings: what is wrong with an input, and what a change will do to people who use the cluster.

use std::fmt;

/// How much a [`Problem`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The input is refused.
    Error,
    /// The input is taken, but somebody should look at it.
    Warning,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object, by Terraform's name.
    Attribute(String),
    /// An entry of a map, by its key.
    Key(String),
}

/// Where in a value a finding stands. Each function says from where its places count.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(Vec<Step>);

impl Place {
    /// The value itself.
    pub fn itself() -> Self {
        Place(Vec::new())
    }

    /// An attribute below this place.
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.0.push(Step::Attribute(name.into()));
        self
    }

    /// An entry below this place.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// The steps from the outside in.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// As Terraform writes a path: `instance_types["gpu"].resources.limits["cpu"]`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

/// Something about an input that its author has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Refused, or only noted.
    pub severity: Severity,
    /// Where it stands.
    pub at: Place,
    /// What is wrong: a lower-case sentence without a full stop.
    pub cause: String,
    /// What to do about it: a lower-case sentence without a full stop.
    pub fix: String,
}

impl Problem {
    /// A reason to refuse.
    pub fn error(at: Place, cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Problem { severity: Severity::Error, at, cause: cause.into(), fix: fix.into() }
    }

    /// A reason to look twice.
    pub fn warning(at: Place, cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, at, cause: cause.into(), fix: fix.into() }
    }

    /// True if the input is refused because of this.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// What a change means for those who use the cluster.
///
/// Hosts fold warnings that share a summary into one, so `name` and `what` together are unlike those
/// of any other impact of the same plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// Where it stands.
    pub at: Place,
    /// What changes: an instance type, an attribute, a key.
    pub name: String,
    /// How it changes, to be read after `name`: "is removed".
    pub what: String,
    /// What follows from it: a lower-case sentence without a full stop.
    pub means: String,
}

impl Impact {
    /// Puts the four together.
    pub fn new(
        at: Place, name: impl Into<String>, what: impl Into<String>, means: impl Into<String>,
    ) -> Self {
        Impact { at, name: name.into(), what: what.into(), means: means.into() }
    }
}

/// As a summary line: the name and what happens to it.
impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_reads_as_a_path() {
        let place =
            Place::itself().attribute("resources").attribute("limits").key("nvidia.com/gpu");
        assert_eq!(place.to_string(), r#"resources.limits["nvidia.com/gpu"]"#);
    }
}
