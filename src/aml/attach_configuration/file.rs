//! The studio's upload format, read strictly: what a person wrote wrongly is said, with its line.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{AttachConfiguration, Text, Wire, WireResources, WireType};

/// Why a text is not a configuration file of the studio.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A text editor's mark before the first character.
    #[error(
        "the file begins with a byte order mark, line 1 column 1: save it as UTF-8 without one"
    )]
    ByteOrderMark,
    /// Comments, which JSON does not have.
    #[error("JSON has no comments, line {line} column {column}: remove what begins there")]
    Comment {
        /// Counted from one.
        line: usize,
        /// Counted in bytes from one.
        column: usize,
    },
    /// Anything else; the message ends with line and column.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl AttachConfiguration {
    /// Reads a file of the studio. A key that is not known, one that stands twice and a value of
    /// another type are errors.
    pub fn from_file(text: &str) -> Result<Self, FileError> {
        if text.starts_with('\u{feff}') {
            return Err(FileError::ByteOrderMark);
        }
        let file = serde_json::from_str::<Object<File>>(text);
        let Object(file) = file.map_err(|error| comment(text, error))?;
        Ok(Wire::from(file).into())
    }

    /// The file that the studio takes: indented JSON of everything that is written.
    pub fn to_file(&self) -> String {
        format!("{:#}", self.to_json())
    }
}

/// The error, unless a comment is the reason for it.
fn comment(text: &str, error: serde_json::Error) -> FileError {
    let (line, column) = (error.line(), error.column());
    let written = text.lines().nth(line.saturating_sub(1)).map_or(&[][..], str::as_bytes);
    let at = column.saturating_sub(1);
    match written.get(at..) {
        Some([b'/', b'/' | b'*', ..] | [b'#', ..]) if error.is_syntax() => {
            FileError::Comment { line, column }
        }
        _ => error.into(),
    }
}

/// The wire's spelling, and nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    namespace: Option<String>,
    default_instance_type: Option<String>,
    instance_types: Option<Entries<Option<Object<FileType>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileType {
    node_selector: Option<Entries<Text>>,
    resources: Option<Object<FileResources>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileResources {
    requests: Option<Entries<Text>>,
    limits: Option<Entries<Text>>,
}

impl From<File> for Wire {
    fn from(file: File) -> Self {
        let typed = |(name, one): (String, Option<Object<FileType>>)| {
            (name, one.map(|Object(one)| one.into()))
        };
        Wire {
            namespace: file.namespace,
            default_instance_type: file.default_instance_type,
            instance_types: file
                .instance_types
                .map(|Entries(all)| all.into_iter().map(typed).collect()),
        }
    }
}

impl From<FileType> for WireType {
    fn from(one: FileType) -> Self {
        let resources = one.resources.map(|Object(FileResources { requests, limits })| {
            WireResources { requests: requests.map(|it| it.0), limits: limits.map(|it| it.0) }
        });
        WireType { node_selector: one.node_selector.map(|it| it.0), resources }
    }
}

// === strictness ===

/// A `T` that is written as an object, which serde alone would read from a list as well.
struct Object<T>(T);

/// The entries of an object, none of them twice.
struct Entries<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfObject(PhantomData)).map(Object)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfEntries(PhantomData)).map(Entries)
    }
}

struct OfObject<T>(PhantomData<T>);

struct OfEntries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OfObject<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OfEntries<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice")));
            }
            let value = map.next_value()?;
            entries.insert(key, value);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::AttachConfiguration;
    use crate::instance_type::{Amounts, InstanceType, Labels, Resources};

    #[test]
    fn a_file_is_read_and_written_again() {
        let file = r#"{
            "namespace": "amlarc-testing",
            "defaultInstanceType": "gpu_instance",
            "instanceTypes": {
                "gpu_instance": {
                    "nodeSelector": { "accelerator": "nvidia-tesla-k80" },
                    "resources": {
                        "requests": { "cpu": "2", "memory": "16Gi", "nvidia.com/gpu": 1 },
                        "limits": { "cpu": "2", "memory": "16Gi", "nvidia.com/gpu": "1" }
                    }
                },
                "plain": { "nodeSelector": null },
                "none": null
            }
        }"#;
        let read = AttachConfiguration::from_file(file).unwrap();
        let mut expected: Value = serde_json::from_str(file).unwrap();
        let types = expected["instanceTypes"].as_object_mut().unwrap();
        types["gpu_instance"]["resources"]["requests"]["nvidia.com/gpu"] = json!("1");
        types["plain"] = json!({});
        types["none"] = json!({});
        assert_eq!(serde_json::from_str::<Value>(&read.to_file()).unwrap(), expected);
        assert_eq!(AttachConfiguration::from_file(&read.to_file()).unwrap(), read);
    }

    #[test]
    fn what_is_written_wrongly_is_said_with_its_line() {
        let cases = [
            ("\u{feff}{}", "byte order mark, line 1 column 1"),
            ("{\n  // the default\n  \"namespace\": \"a\"\n}", "no comments, line 2 column 3"),
            ("{\n  \"namespace\": /* a */ \"b\"\n}", "no comments, line 2 column 16"),
            ("{\n  \"namespace\": \"a\" # b\n}", "no comments, line 2 column 20"),
            ("{ \"nameSpace\": \"a\" }", "unknown field `nameSpace`, expected one of `namespace`"),
            (
                r#"{ "instanceTypes": { "a": { "nodeselector": {} } } }"#,
                "unknown field `nodeselector`",
            ),
            (
                r#"{ "namespace": "a",
                  "namespace": "b" }"#,
                "duplicate field `namespace` at line 2 column 29",
            ),
            (
                r#"{ "instanceTypes": { "a": {},
 "a": {} } }"#,
                "the key \"a\" stands twice at line 2 column 4",
            ),
            (r#"{ "namespace": 1 }"#, "expected a string at line 1 column 16"),
            (r#"{ "instanceTypes": [] }"#, "expected an object at line 1 column"),
            (r#"{ "instanceTypes": { "a": { "resources": [{}, {}] } } }"#, "expected an object"),
            (
                r#"{ "instanceTypes": { "a": { "resources": { "limits": { "cpu": true } } } } }"#,
                "true is not a text at line 1 column",
            ),
            (r#"["a", "b", {}]"#, "expected an object at line 1 column"),
            ("null", "expected an object at line 1 column 4"),
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("", "EOF while parsing a value"),
            ("{} {}", "trailing characters at line 1 column 4"),
        ];
        for (file, told) in cases {
            let error = AttachConfiguration::from_file(file).unwrap_err().to_string();
            assert!(error.contains(told), "{file}\n{told}\n{error}");
        }
    }

    proptest! {
        // A file of seeds beside the crates would be taken for a crate.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "[\\PC{}\\[\\]\":,/#\n]{0,80}") {
            if let Ok(read) = AttachConfiguration::from_file(&text) {
                prop_assert_eq!(AttachConfiguration::from_file(&read.to_file()).unwrap(), read);
            }
        }

        #[test]
        fn what_is_written_is_read_as_the_same(
            namespace in prop::option::of(".{0,8}"),
            types in prop::option::of(prop::collection::btree_map(".{0,8}", one(), 0..4)),
        ) {
            let written =
                AttachConfiguration { namespace, default_instance_type: None, instance_types: types };
            let read = AttachConfiguration::from_file(&written.to_file()).unwrap();
            prop_assert_eq!(read.to_json(), written.to_json());
        }
    }

    fn one() -> impl Strategy<Value = InstanceType> {
        let entries = || prop::option::of(prop::collection::btree_map(".{0,8}", ".{0,8}", 0..3));
        (entries(), entries(), entries()).prop_map(|(labels, requests, limits)| InstanceType {
            node_selector: labels.map(Labels::from_iter),
            resources: (requests.is_some() || limits.is_some()).then(|| Resources {
                requests: requests.map(Amounts::from_iter),
                limits: limits.map(Amounts::from_iter),
            }),
        })
    }
}
