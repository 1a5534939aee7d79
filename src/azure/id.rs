//! ARM resource IDs.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest segment quoted whole, in characters.
const MAX_QUOTED_CHARS: usize = 120;

/// The ID of something in Azure Resource Manager: a path of key and name pairs.
///
/// Shown with the casing it was given; compared, ordered and hashed without regard to casing, as
/// Azure does (answers vary in the casing of every segment).
#[derive(Clone)]
pub struct Id {
    // Non-empty, even in number; each is a clean path segment.
    segments: Vec<String>,
}

/// Why a text is not an ARM ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Does not begin with `/`.
    #[error("an ID begins with /subscriptions/ or /providers/")]
    Start,
    /// A key without a name, or an empty segment.
    #[error("an ID is a sequence of /key/name pairs, and {0:?} lacks its counterpart")]
    Unpaired(String),
    /// Two slashes in a row.
    #[error("an ID has no empty segments")]
    Empty,
    /// A segment that cannot be part of a path.
    #[error("the segment {0:?} cannot be part of an ID")]
    Segment(String),
}

impl Id {
    /// The ID of a subscription.
    pub fn of_subscription(subscription: &str) -> Result<Self, IdError> {
        Self::from_segments(["subscriptions", subscription].into_iter())
    }

    /// The ID of a resource group.
    pub fn of_resource_group(subscription: &str, group: &str) -> Result<Self, IdError> {
        Self::from_segments(["subscriptions", subscription, "resourceGroups", group].into_iter())
    }

    /// The subscription, if the ID lies in one.
    pub fn subscription(&self) -> Option<&str> {
        self.value_of("subscriptions")
    }

    /// The resource group, if the ID lies in one.
    pub fn resource_group(&self) -> Option<&str> {
        self.value_of("resourceGroups")
    }

    /// The last name.
    pub fn name(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }

    /// The full type, such as `Microsoft.Kubernetes/connectedClusters`, in the casing of the ID. An
    /// extension resource has the type behind its last `providers`; a group and a subscription have
    /// `Microsoft.Resources/…`.
    pub fn resource_type(&self) -> String {
        let Some(provider) = self.last_provider() else {
            let key =
                self.segments.get(self.segments.len().saturating_sub(2)).map_or("", String::as_str);
            return format!("Microsoft.Resources/{key}");
        };
        let keys = self.segments[provider + 2..].iter().step_by(2);
        keys.fold(self.segments[provider + 1].clone(), |full, key| full + "/" + key)
    }

    /// What this is part of: the resource above, the group, the subscription; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        let mut length = self.segments.len() - 2;
        if length >= 2 && is_key(&self.segments[length - 2], "providers") {
            length -= 2;
        }
        (length > 0).then(|| Self { segments: self.segments[..length].to_vec() })
    }

    /// Whether this is part of another, at any depth.
    pub(crate) fn is_below(&self, other: &Self) -> bool {
        self.segments.len() > other.segments.len()
            && self.segments.iter().zip(&other.segments).all(|(own, above)| is_key(own, above))
    }

    /// A child of this: `/{key}/{name}` appended. For an extension resource or a resource in a
    /// group, `key` is `providers/{namespace}/{type}`.
    pub fn child(&self, key: &str, name: &str) -> Result<Self, IdError> {
        let added = key.split('/').chain([name]);
        Self::from_segments(self.segments.iter().map(String::as_str).chain(added))
    }

    /// Every key and name, in order.
    pub(crate) fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The same ID with each key given its canonical casing; names stay.
    pub(crate) fn map_keys(&self, canonical: impl Fn(usize, &str) -> Option<String>) -> Self {
        let segments = self.segments.iter().enumerate();
        let segments =
            segments.map(|(at, segment)| canonical(at, segment).unwrap_or_else(|| segment.clone()));
        Self { segments: segments.collect() }
    }

    fn from_segments<'a>(segments: impl Iterator<Item = &'a str>) -> Result<Self, IdError> {
        let segments: Vec<String> = segments.map(parse_segment).collect::<Result<_, _>>()?;
        match segments.first() {
            Some(first) if is_key(first, "subscriptions") || is_key(first, "providers") => {}
            _ => return Err(IdError::Start),
        }
        match segments.last() {
            Some(last) if segments.len() % 2 == 1 => Err(IdError::Unpaired(shorten(last))),
            _ => Ok(Self { segments }),
        }
    }

    fn value_of(&self, key: &str) -> Option<&str> {
        let pair = self.segments.chunks_exact(2).find(|pair| is_key(&pair[0], key))?;
        Some(&pair[1])
    }

    /// Where the last `providers` that a type follows stands.
    fn last_provider(&self) -> Option<usize> {
        (0..self.segments.len())
            .step_by(2)
            .rev()
            .find(|&at| is_key(&self.segments[at], "providers"))
    }
}

fn is_key(segment: &str, key: &str) -> bool {
    segment.eq_ignore_ascii_case(key)
}

fn parse_segment(segment: &str) -> Result<String, IdError> {
    if segment.is_empty() {
        return Err(IdError::Empty);
    }
    let refused = |c: char| c.is_control() || c.is_whitespace() || "/\\?#%\"<>".contains(c);
    if segment == "." || segment == ".." || segment.contains(refused) {
        return Err(IdError::Segment(shorten(segment)));
    }
    Ok(segment.to_owned())
}

/// As much of a segment as is worth quoting: of a long one the end too, where a line feed hides.
fn shorten(segment: &str) -> String {
    let length = segment.chars().count();
    if length <= MAX_QUOTED_CHARS {
        return segment.to_owned();
    }
    let head: String = segment.chars().take(MAX_QUOTED_CHARS / 2).collect();
    let tail: String = segment.chars().skip(length - MAX_QUOTED_CHARS / 2).collect();
    format!("{head}…{tail}")
}

impl FromStr for Id {
    type Err = IdError;

    /// One trailing slash is accepted.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let path = text.strip_prefix('/').ok_or(IdError::Start)?;
        Self::from_segments(path.strip_suffix('/').unwrap_or(path).split('/'))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.segments.iter().try_for_each(|segment| write!(f, "/{segment}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Id {}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        lowercase_chars(self).cmp(lowercase_chars(other))
    }
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        lowercase_chars(self).for_each(|c| c.hash(state));
    }
}

/// Each segment, ended by a slash, without regard to casing.
fn lowercase_chars(id: &Id) -> impl Iterator<Item = char> + '_ {
    id.segments
        .iter()
        .flat_map(|segment| segment.chars().map(|c| c.to_ascii_lowercase()).chain(['/']))
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const CLUSTER: &str =
        "/subscriptions/S/resourceGroups/rg-arc/providers/Microsoft.Kubernetes/connectedClusters/c";

    #[test]
    fn parts_of_a_resource() {
        let id: Id = CLUSTER.parse().unwrap();
        assert_eq!(
            (id.subscription(), id.resource_group(), id.name()),
            (Some("S"), Some("rg-arc"), "c")
        );
        assert_eq!(id.resource_type(), "Microsoft.Kubernetes/connectedClusters");
        assert_eq!(id.parent().unwrap().to_string(), "/subscriptions/S/resourceGroups/rg-arc");
        assert_eq!(id.parent().unwrap().parent().unwrap().to_string(), "/subscriptions/S");
        assert_eq!(id.parent().unwrap().parent().unwrap().parent(), None);
    }

    #[test]
    fn parts_of_an_extension_resource_and_of_a_child() {
        let cluster: Id = CLUSTER.parse().unwrap();
        let extension =
            cluster.child("providers/Microsoft.KubernetesConfiguration/extensions", "e").unwrap();
        assert_eq!(extension.resource_type(), "Microsoft.KubernetesConfiguration/extensions");
        assert_eq!(extension.parent(), Some(cluster));
        let workspace = Id::of_resource_group("S", "rg").unwrap();
        let workspace = workspace
            .child("providers/Microsoft.MachineLearningServices/workspaces", "ws")
            .unwrap();
        let compute = workspace.child("computes", "k8s").unwrap();
        assert_eq!(
            compute.resource_type(),
            "Microsoft.MachineLearningServices/workspaces/computes"
        );
        assert_eq!(compute.parent(), Some(workspace));
    }

    #[test]
    fn what_is_above_resources_has_a_type_too() {
        let subscription = Id::of_subscription("S").unwrap();
        assert_eq!(subscription.resource_type(), "Microsoft.Resources/subscriptions");
        let provider = subscription.child("providers", "Microsoft.Relay").unwrap();
        assert_eq!(
            (provider.resource_type().as_str(), provider.name()),
            ("Microsoft.Relay", "Microsoft.Relay")
        );
        assert_eq!(provider.parent(), Some(subscription));
    }

    #[test]
    fn casing_is_shown_and_not_compared() {
        let one: Id = CLUSTER.parse().unwrap();
        let two: Id = format!("{}/", CLUSTER.to_uppercase()).parse().unwrap();
        assert_eq!(one, two);
        assert_eq!(one.to_string(), CLUSTER);
        assert_eq!(HashSet::from([one, two]).len(), 1);
        let shifted: Id = "/subscriptions/a/b/c".parse().unwrap();
        assert_ne!(shifted, "/subscriptions/ab/c/d".parse().unwrap());
    }

    #[test]
    fn malformed_ids_say_what_is_wrong() {
        for (text, expected) in [
            ("", IdError::Start),
            ("subscriptions/S", IdError::Start),
            ("/", IdError::Empty),
            ("/subscriptions", IdError::Unpaired("subscriptions".into())),
            ("/subscriptions/", IdError::Unpaired("subscriptions".into())),
            ("/subscriptions/S/resourceGroups", IdError::Unpaired("resourceGroups".into())),
            ("/subscriptions//resourceGroups/rg", IdError::Empty),
            ("/subscriptions/S//", IdError::Empty),
            ("/resourceGroups/rg", IdError::Start),
            ("/subscriptions/..", IdError::Segment("..".into())),
            ("/subscriptions/S?x", IdError::Segment("S?x".into())),
            ("/subscriptions/a b", IdError::Segment("a b".into())),
            ("/subscriptions/%2e", IdError::Segment("%2e".into())),
        ] {
            assert_eq!(text.parse::<Id>(), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn serde_is_a_string() {
        let id: Id = serde_json::from_value(CLUSTER.into()).unwrap();
        assert_eq!(serde_json::to_value(&id).unwrap(), CLUSTER);
        assert!(serde_json::from_value::<Id>("nonsense".into()).is_err());
    }

    proptest! {
        // A file of seeds beside the crates would be taken for a crate.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_parses_or_is_refused_without_panic(text in "\\PC{0,120}") {
            if let Ok(id) = text.parse::<Id>() {
                prop_assert_eq!(id.to_string(), text.strip_suffix('/').unwrap_or(&text));
            }
        }

        #[test]
        fn formatting_and_parsing_are_inverse(
            names in prop::collection::vec("[a-zA-Z0-9_.()-]{1,20}[a-z]", 1..8)
        ) {
            let start = "/subscriptions/s".to_owned();
            let text = names.iter().fold(start, |id, name| format!("{id}/key/{name}"));
            let id: Id = text.parse().unwrap();
            prop_assert_eq!(id.to_string(), text.clone());
            prop_assert_eq!(&id, &text.to_uppercase().parse::<Id>().unwrap());
            prop_assert_eq!(id.name(), names.last().unwrap());
        }
    }
}
