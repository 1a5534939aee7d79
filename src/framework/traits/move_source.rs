//! Objects that another provider's type managed until now.

use serde_json::{Map, Value as Json};

/// A type of another provider, whose objects one of ours can take over by a `moved` block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveOrigin {
    /// The last two parts of the provider's address: `hashicorp/azurerm`, from whatever registry.
    pub provider: &'static str,
    /// The full name of the type.
    pub type_name: &'static str,
}

impl MoveOrigin {
    /// Whether it is the type of that name of the provider at that address. OpenTofu 1.10 sends no address, but
    /// the name that the type begins with: `azapi`.
    pub(crate) fn is(&self, address: &str, type_name: &str) -> bool {
        let mut parts = address.rsplit('/');
        let (name, namespace) = (parts.next().unwrap_or_default(), parts.next());
        let is_provider = match namespace {
            Some(namespace) => self.provider.eq_ignore_ascii_case(&format!("{namespace}/{name}")),
            None => self.name().eq_ignore_ascii_case(name),
        };
        is_provider && self.type_name == type_name
    }

    fn name(&self) -> &str {
        self.provider.rsplit('/').next().unwrap_or_default()
    }
}

/// The state of an object of another provider's type. It may hold secrets, and prints nothing.
pub struct MoveSource {
    /// The type that it was.
    pub origin: MoveOrigin,
    /// The version of that type's schema under which it was stored.
    pub schema_version: i64,
    /// The attributes by name, as JSON. A value of any type is `{"type": …, "value": …}`.
    pub state: Map<String, Json>,
}

impl MoveSource {
    /// The text of that attribute; `None` where it is null, absent or something else.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.state.get(attribute)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_each_address_that_programs_send() {
        let origin = MoveOrigin { provider: "azure/azapi", type_name: "azapi_resource" };
        for (address, type_name, expected) in [
            ("registry.terraform.io/azure/azapi", "azapi_resource", true),
            ("registry.opentofu.org/Azure/azapi", "azapi_resource", true),
            ("mirror.example/azure/azapi", "azapi_resource", true),
            ("azure/azapi", "azapi_resource", true),
            ("azapi", "azapi_resource", true),
            ("azapi", "azapi_update_resource", false),
            ("azurerm", "azapi_resource", false),
            ("registry.terraform.io/someone/azapi", "azapi_resource", false),
            ("/azapi", "azapi_resource", false),
            ("", "azapi_resource", false),
        ] {
            assert_eq!(origin.is(address, type_name), expected, "{address:?} {type_name}");
        }
    }
}
