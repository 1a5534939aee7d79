//! An ARM object as it was read.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::Id;
use crate::lro::{ProvisioningState, word_of};

/// An ARM object: the members every type shares by accessor, everything kept as it was read.
///
/// The object is one JSON map, so that a PUT sends back what the caller does not own: absent stays
/// absent, null stays null, unknown members stay, numbers keep their digits.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArmResource {
    members: Map<String, Value>,
}

impl ArmResource {
    /// An object of these members.
    pub fn new(members: Map<String, Value>) -> Self {
        Self { members }
    }

    /// The ARM ID; `None` where it is absent or malformed.
    pub fn id(&self) -> Option<Id> {
        self.text("id")?.parse().ok()
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// The full type, in whatever casing the service chose.
    pub fn resource_type(&self) -> Option<&str> {
        self.text("type")
    }

    /// The region.
    pub fn location(&self) -> Option<&str> {
        self.text("location")
    }

    /// The tags.
    pub fn tags(&self) -> Option<&Map<String, Value>> {
        self.member("tags")?.as_object()
    }

    /// The managed identity.
    pub fn identity(&self) -> Option<&Map<String, Value>> {
        self.member("identity")?.as_object()
    }

    /// Everything under `properties`; null where there is nothing.
    pub fn properties(&self) -> &Value {
        self.members.get("properties").unwrap_or(&Value::Null)
    }

    /// `properties.provisioningState`, or what the 2020 API of extensions called `installState`.
    pub fn provisioning_state(&self) -> Option<&str> {
        word_of(self.properties())
    }

    /// The meaning of [`ArmResource::provisioning_state`].
    pub fn state(&self) -> ProvisioningState {
        ProvisioningState::parse(self.provisioning_state().unwrap_or_default())
    }

    /// What `pointer` (RFC 6901) points at; null counts as absent.
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) =
            pointer.strip_prefix('/').map(|path| path.split_once('/').unwrap_or((path, "")))?;
        let member = self.member(first)?;
        let found = if rest.is_empty() {
            Some(member)
        } else {
            member.pointer(&pointer[first.len() + 1..])
        };
        found.filter(|value| !value.is_null())
    }

    /// A top-level member; null counts as absent.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// Every top-level member.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Every top-level member, to change what the caller owns before it is sent back.
    pub fn members_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.members
    }

    /// The object as JSON, ready to be sent.
    pub fn into_value(self) -> Value {
        Value::Object(self.members)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }
}

impl fmt::Debug for ArmResource {
    /// Names the object and says nothing of its contents, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.provisioning_state();
        f.debug_struct("ArmResource")
            .field("id", &self.text("id"))
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = r#"{"etag":null,"extra":{"deep":[1.10,18446744073709551616,null]},"id":"/subscriptions/s/resourceGroups/g","location":"eastus","properties":{"a":{"b":1e+400,"n":null},"provisioningState":"Succeeded"},"tags":{"t":"1"}}"#;

    #[test]
    fn what_was_read_is_sent_back_byte_for_byte() {
        let object: ArmResource = serde_json::from_str(READ).unwrap();
        assert_eq!(serde_json::to_string(&object.clone().into_value()).unwrap(), READ);
        assert_eq!(serde_json::to_string(&object).unwrap(), READ);
    }

    #[test]
    fn shared_members_by_accessor() {
        let object: ArmResource = serde_json::from_str(READ).unwrap();
        assert_eq!(object.id().unwrap().name(), "g");
        assert_eq!(object.provisioning_state(), Some("Succeeded"));
        assert_eq!(object.tags().unwrap()["t"], "1");
        assert_eq!(object.pointer("/properties/a/b").unwrap().to_string(), "1e+400");
        assert_eq!(object.pointer("/location").unwrap(), "eastus");
        assert_eq!(
            (
                object.pointer("/properties/a/n"),
                object.pointer("/nothing/x"),
                object.member("etag")
            ),
            (None, None, None)
        );
        assert_eq!((object.identity(), object.name()), (None, None));
    }

    #[test]
    fn a_state_is_read_under_either_name() {
        for name in ["provisioningState", "installState"] {
            let object = serde_json::json!({"properties": {name: "creating"}});
            let object: ArmResource = serde_json::from_value(object).unwrap();
            assert_eq!(object.state(), ProvisioningState::Running("creating".to_owned()));
        }
        assert_eq!(ArmResource::default().state(), ProvisioningState::Absent);
    }

    #[test]
    fn debug_shows_no_contents() {
        let object: ArmResource =
            serde_json::from_str(r#"{"properties":{"password":"hunter2"}}"#).unwrap();
        assert!(!format!("{object:?}").contains("hunter2"));
    }
}
