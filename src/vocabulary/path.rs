//! Where in a value something is: the steps from its root.

use std::fmt;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into an object: the name of an attribute or a block.
    Attribute(String),
    /// Into a map: the key of an element.
    Key(String),
    /// Into a list or tuple: the position of an element, from zero.
    Index(i64),
}

/// The steps from the root of a value; none for the root itself.
///
/// It prints as Terraform's own errors do: `.instance_types["small"].cpu[0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

impl Path {
    /// The empty path, to the value itself.
    pub fn root() -> Path {
        Path::default()
    }

    /// Appends the name of an attribute or a block.
    pub fn attribute(self, name: impl Into<String>) -> Path {
        self.step(Step::Attribute(name.into()))
    }

    /// Appends the key of a map.
    pub fn key(self, key: impl Into<String>) -> Path {
        self.step(Step::Key(key.into()))
    }

    /// Appends the position in a list, from zero.
    pub fn index(self, index: usize) -> Path {
        self.step(Step::position(index))
    }

    /// Appends a step.
    pub fn step(mut self, step: Step) -> Path {
        self.steps.push(step);
        self
    }

    /// Appends all steps of another path.
    pub fn join(mut self, below: Path) -> Path {
        self.steps.extend(below.steps);
        self
    }

    /// Puts a step in front of the others.
    pub fn prepend(mut self, step: Step) -> Path {
        self.steps.insert(0, step);
        self
    }

    /// Removes the last step and returns it.
    pub fn pop(&mut self) -> Option<Step> {
        self.steps.pop()
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// As a configuration refers to it: `instance_types["small"].cpu[0]`.
    pub fn to_reference(&self) -> String {
        let printed = self.to_string();
        printed.strip_prefix('.').unwrap_or(&printed).to_owned()
    }

    /// Whether this is the path to the value itself.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether `above` is this path or leads to it.
    pub fn starts_with(&self, above: &Path) -> bool {
        self.steps.starts_with(&above.steps)
    }
}

impl Step {
    /// The step to the element at this position.
    pub fn position(index: usize) -> Step {
        Step::Index(i64::try_from(index).unwrap_or(i64::MAX))
    }
}

/// One attribute of the root.
impl From<&str> for Path {
    fn from(name: &str) -> Path {
        Path::root().attribute(name)
    }
}

/// One attribute of the root.
impl From<String> for Path {
    fn from(name: String) -> Path {
        Path::root().attribute(name)
    }
}

impl From<Step> for Path {
    fn from(step: Step) -> Path {
        Path::root().step(step)
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Path {
        Path { steps: steps.into_iter().collect() }
    }
}

impl IntoIterator for Path {
    type Item = Step;
    type IntoIter = std::vec::IntoIter<Step>;

    fn into_iter(self) -> Self::IntoIter {
        self.steps.into_iter()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Attribute(name) => write!(f, ".{name}"),
            Step::Key(key) => write!(f, "[{key:?}]"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prints_as_terraform_prints_it() {
        let path = Path::from("instance_types").key("a \"b\"").attribute("cpu").index(0);
        assert_eq!(path.to_string(), r#".instance_types["a \"b\""].cpu[0]"#);
        assert_eq!(path.to_reference(), r#"instance_types["a \"b\""].cpu[0]"#);
        assert_eq!(Path::root().key("a").to_reference(), r#"["a"]"#);
        assert_eq!(Path::root().to_string(), "");
    }

    #[test]
    fn a_path_starts_with_itself_and_with_what_is_above_it() {
        let above = Path::from("a").key("k");
        let below = above.clone().join(Path::from("b").index(1));
        assert!(below.starts_with(&above));
        assert!(below.starts_with(&below));
        assert!(below.starts_with(&Path::root()));
        assert!(!above.starts_with(&below));
        assert!(!below.starts_with(&Path::from("a").attribute("k")));
    }

    #[test]
    fn paths_are_built_from_either_end() {
        let inner = Path::from("b").prepend(Step::position(2)).prepend(Step::Attribute("a".into()));
        assert_eq!(inner, Path::from("a").index(2).attribute("b"));
        let mut outer = inner.clone();
        assert_eq!(outer.pop(), Some(Step::Attribute("b".into())));
        assert_eq!(outer, inner.into_iter().take(2).collect());
    }
}
