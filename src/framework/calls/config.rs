//! What the framework itself refuses in a configuration.

use super::Capabilities;
use crate::dynamic_value::DynamicValue;
use crate::failure::Failure;
use crate::schema::walk::{Object, Pairing};
use crate::schema::{Node, Schema};
use crate::secrets::Secrets;
use crate::timeouts::Defaults;
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics};

/// Opens a configuration and says what is wrong in it: what the framework refuses, then what the
/// author of the type does.
pub(super) fn validated(
    schema: &Schema, config: &DynamicValue, capabilities: Capabilities, secrets: &Secrets,
    author: impl FnOnce(&Value) -> Diagnostics,
) -> Result<Diagnostics, Failure> {
    let config = config.open(schema)?;
    secrets.collect(schema.body(), &config);
    let mut found = Diagnostics::new();
    refuse(schema, &config, capabilities, &mut found);
    found.extend(author(&config));
    Ok(found)
}

/// Reports null elements of nested attributes, write-only values where the client would store
/// them, and time limits that are none.
pub(crate) fn refuse(
    schema: &Schema, config: &Value, capabilities: Capabilities, found: &mut Diagnostics,
) {
    if schema.timeouts().is_some() {
        Defaults::validate(config, found);
    }
    Refusal { capabilities, found }.object(&Object::root(schema.body(), [Some(config)]));
}

struct Refusal<'a> {
    capabilities: Capabilities,
    found: &'a mut Diagnostics,
}

impl Refusal<'_> {
    fn object(&mut self, object: &Object<'_, 1>) {
        for member in object.members() {
            if let Node::Attribute(attribute) = member.node {
                let is_set = !member.or_null()[0].is_null();
                if is_set
                    && attribute.write_only
                    && !self.capabilities.write_only_attributes_allowed
                {
                    self.found.push(stored(attribute.name).at(member.path()));
                }
            }
            for nested in member.objects(Pairing::Of(0)) {
                if let Node::Attribute(_) = member.node {
                    self.element(&nested);
                }
                self.object(&nested);
            }
        }
    }

    /// A null element is legal, but some clients (Terraform up to 1.6.6, `tofu` 1.12.6) crash on one
    /// that stands beside others which a plan keeps.
    fn element(&mut self, object: &Object<'_, 1>) {
        if object.is_element() && object.or_null()[0].is_null() {
            let error = Diagnostic::error("Element is null")
                .detail("Leave the element out, or write `{}` for one that sets nothing.");
            self.found.push(error.at(object.path()));
        }
    }
}

fn stored(name: &str) -> Diagnostic {
    Diagnostic::error("Write-only attributes need a newer Terraform").detail(format!(
        "This version would store the value of `{name}` in its state. Terraform and OpenTofu do \
         not from version 1.11 on: use one of these, or remove the attribute.",
    ))
}
