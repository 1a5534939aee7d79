//! What the framework itself refuses in a configuration.

use super::{Capabilities, DynamicValue};
use crate::context::Failure;
use crate::schema::timeouts::DefaultTimeouts;
use crate::schema::walk::{Object, Pairing};
use crate::schema::{Node, Schema};
use crate::secrets::Secrets;
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics};

/// Reads a configuration and says what is wrong in it: what the framework refuses, then what the
/// author of the type does.
pub(super) fn validate_config(
    schema: &Schema, config: &DynamicValue, capabilities: Capabilities, secrets: &Secrets,
    author: impl FnOnce(&Value) -> Diagnostics,
) -> Result<Diagnostics, Failure> {
    let config = config.decode(schema)?;
    secrets.collect(schema.body(), &config);
    let mut diagnostics = Diagnostics::new();
    check_config(schema, &config, capabilities, &mut diagnostics);
    diagnostics.extend(author(&config));
    Ok(diagnostics)
}

/// Reports null elements of nested attributes, write-only values where the client would store
/// them, and time limits that are none.
pub(crate) fn check_config(
    schema: &Schema, config: &Value, capabilities: Capabilities, diagnostics: &mut Diagnostics,
) {
    if schema.timeouts().is_some() {
        DefaultTimeouts::validate(config, diagnostics);
    }
    ConfigCheck { capabilities, diagnostics }
        .check_object(&Object::root(schema.body(), [Some(config)]));
}

struct ConfigCheck<'a> {
    capabilities: Capabilities,
    diagnostics: &'a mut Diagnostics,
}

impl ConfigCheck<'_> {
    fn check_object(&mut self, object: &Object<'_, 1>) {
        for member in object.members() {
            if let Node::Attribute(attribute) = member.node
                && attribute.write_only
                && !member.or_null()[0].is_null()
                && !self.capabilities.write_only_attributes_allowed
            {
                let error = write_only_would_be_stored(attribute.name);
                self.diagnostics.push(error.at(member.path()));
            }
            for nested in member.objects(Pairing::Of(0)) {
                if let Node::Attribute(_) = member.node {
                    self.check_element(&nested);
                }
                self.check_object(&nested);
            }
        }
    }

    /// A null element is legal, but some clients (Terraform up to 1.6.6, `tofu` 1.12.6) crash on one
    /// that stands beside others which a plan keeps.
    fn check_element(&mut self, object: &Object<'_, 1>) {
        if object.is_element() && object.or_null()[0].is_null() {
            let error = Diagnostic::error("Element is null")
                .detail("Leave the element out, or write `{}` for one that sets nothing.");
            self.diagnostics.push(error.at(object.path()));
        }
    }
}

fn write_only_would_be_stored(name: &str) -> Diagnostic {
    Diagnostic::error("Write-only attributes need a newer Terraform").detail(format!(
        "This version would store the value of `{name}` in its state. Terraform and OpenTofu do \
         not from version 1.11 on: use one of these, or remove the attribute.",
    ))
}
