//! What the framework itself refuses in a configuration.

use super::Capabilities;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::dynamic_value::DynamicValue;
use crate::failure::Failure;
use crate::path::Path;
use crate::schema::{Attribute, Body, Kind, Nesting, Schema};
use crate::secrets::Secrets;
use crate::timeouts::Defaults;
use crate::value::Value;

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
    Refusal { capabilities, found }.body(schema.body(), config, &Path::root());
}

struct Refusal<'a> {
    capabilities: Capabilities,
    found: &'a mut Diagnostics,
}

impl Refusal<'_> {
    fn body(&mut self, body: &Body, config: &Value, at: &Path) {
        self.attributes(&body.attributes, config, at);
        for block in &body.blocks {
            let Some(value) = config.get(block.name) else { continue };
            let at = at.clone().attribute(block.name);
            match (block.nesting, value) {
                (Nesting::List, Value::List(elements)) => {
                    for (index, element) in elements.iter().enumerate() {
                        self.body(&block.body, element, &at.clone().index(index));
                    }
                }
                (_, value) => self.body(&block.body, value, &at),
            }
        }
    }

    fn attributes(&mut self, attributes: &[Attribute], config: &Value, at: &Path) {
        for attribute in attributes {
            let Some(value) = config.get(attribute.name).filter(|value| !value.is_null()) else {
                continue;
            };
            let at = at.clone().attribute(attribute.name);
            if attribute.write_only && !self.capabilities.write_only_attributes_allowed {
                self.found.push(stored(attribute.name).at(at.clone()));
            }
            if let Kind::Nested(nesting, nested) = &attribute.kind {
                self.nested(*nesting, nested, value, &at);
            }
        }
    }

    fn nested(&mut self, nesting: Nesting, attributes: &[Attribute], value: &Value, at: &Path) {
        match (nesting, value) {
            (Nesting::List, Value::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self.element(attributes, element, &at.clone().index(index));
                }
            }
            (Nesting::Map, Value::Map(elements)) => {
                for (key, element) in elements {
                    self.element(attributes, element, &at.clone().key(key));
                }
            }
            (_, value) => self.attributes(attributes, value, at),
        }
    }

    /// A null element is legal, but some clients (Terraform up to 1.6.6, `tofu` 1.12.6) crash on one
    /// that stands beside others which a plan keeps.
    fn element(&mut self, attributes: &[Attribute], element: &Value, at: &Path) {
        if element.is_null() {
            let error = Diagnostic::error("Element is null")
                .detail("Leave the element out, or write `{}` for one that sets nothing.");
            self.found.push(error.at(at.clone()));
        }
        self.attributes(attributes, element, at);
    }
}

fn stored(name: &str) -> Diagnostic {
    Diagnostic::error("Write-only attributes need a newer Terraform").detail(format!(
        "This version would store the value of `{name}` in its state. Terraform and OpenTofu do \
         not from version 1.11 on: use one of these, or remove the attribute.",
    ))
}
