//! What users may write and what Terraform keeps: schemas, as Terraform types declare them.
//!
//! A schema is built once, when the server starts, and never changes after.

mod attribute;
mod block;
mod body;
mod rules;
pub(crate) mod semantic_equality;
pub mod timeouts;
pub(crate) mod walk;

use std::sync::OnceLock;

pub use attribute::{Attribute, Kind, Nesting, Presence, ServiceText};
pub use attribute::{flag, number, object, object_map, objects, text, text_map, texts};
pub use block::{Block, block, blocks};
pub use body::{Body, Node};
use timeouts::{BLOCK, DefaultTimeouts};

use crate::value::Type;
use vocabulary::{Path, Step};

/// The shape of one Terraform type, or of the provider's own block.
#[derive(Clone, Debug)]
pub struct Schema {
    version: i64,
    help: String,
    body: Body,
    timeouts: Option<DefaultTimeouts>,
    shape: OnceLock<Type>,
    model_shape: OnceLock<Type>,
}

impl Schema {
    /// An empty schema of version 0. `help` is Markdown: what the type is, in a sentence or two.
    pub fn new(help: impl Into<String>) -> Self {
        Self {
            version: 0,
            help: help.into(),
            body: Body::default(),
            timeouts: None,
            shape: OnceLock::new(),
            model_shape: OnceLock::new(),
        }
    }

    /// Adds attributes.
    #[must_use]
    pub fn with(mut self, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        self.body.attributes.extend(attributes);
        self
    }

    /// Adds nested blocks.
    #[must_use]
    pub fn with_blocks(mut self, blocks: impl IntoIterator<Item = Block>) -> Self {
        self.body.blocks.extend(blocks);
        self
    }

    /// Says which version of the schema this is: state of an older one is handed to `upgrade`.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// Adds the `timeouts` block, with what holds where a user writes nothing, in minutes.
    ///
    /// The block belongs to the framework: models do not have it, calls meet it as `Context::deadline`.
    #[must_use]
    pub fn minutes(self, create: u32, read: u32, update: u32, delete: u32) -> Self {
        self.timed(DefaultTimeouts::all(create, read, update, delete))
    }

    /// Adds a `timeouts` block that only has `read`, for a data source, in minutes.
    #[must_use]
    pub fn read_minutes(self, read: u32) -> Self {
        self.timed(DefaultTimeouts::read(read))
    }

    fn timed(mut self, defaults: DefaultTimeouts) -> Self {
        self.body.blocks.push(defaults.block());
        self.timeouts = Some(defaults);
        self
    }
}

// === reading ===

impl Schema {
    /// The version under which state is stored.
    pub fn stored_version(&self) -> i64 {
        self.version
    }

    /// What the type is, in Markdown.
    pub fn help(&self) -> &str {
        &self.help
    }

    /// Attributes and blocks, the `timeouts` block included.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The attributes at the root.
    pub fn attributes(&self) -> &[Attribute] {
        &self.body.attributes
    }

    /// The attributes that tell an object from all others; none if the type has no identity.
    pub fn identity(&self) -> impl Iterator<Item = &Attribute> {
        self.body.attributes.iter().filter(|attribute| attribute.identifies)
    }

    /// The blocks at the root, the `timeouts` block included.
    pub fn blocks(&self) -> &[Block] {
        &self.body.blocks
    }

    /// What holds where the `timeouts` block says nothing; `None` if the type has no such block.
    pub fn timeouts(&self) -> Option<DefaultTimeouts> {
        self.timeouts
    }

    /// The attribute of that name at the root.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.body.attribute(name)
    }

    /// The type of the whole object, as values cross the wire.
    pub fn shape(&self) -> &Type {
        self.shape.get_or_init(|| self.body.shape())
    }

    /// The type of what a model holds: everything but the `timeouts` block.
    pub(crate) fn model_shape(&self) -> &Type {
        self.model_shape.get_or_init(|| match self.body.shape() {
            Type::Object(mut fields) => {
                if self.timeouts.is_some() {
                    fields.remove(BLOCK);
                }
                Type::Object(fields)
            }
            other => other,
        })
    }

    /// The longest beginning of a path whose place in a configuration hosts find: through blocks, then
    /// one attribute, then one element of it. They show the line of the whole resource for anything
    /// deeper (`internal/tfdiags/contextual.go` of Terraform and OpenTofu).
    pub fn source_path(&self, path: &Path) -> Path {
        let (mut steps, mut body) = (path.steps(), &self.body);
        while let [Step::Attribute(name), inside @ ..] = steps
            && let Some(block) = body.block(name)
        {
            let element = matches!(inside, [Step::Index(_) | Step::Key(_), ..]);
            steps = &inside[usize::from(element)..];
            body = &block.body;
        }
        let shown = match steps {
            [Step::Attribute(_), Step::Index(_) | Step::Key(_), ..] => 2,
            steps => steps.len().min(1),
        };
        let through_blocks = path.steps().len() - steps.len();
        path.steps()[..through_blocks + shown].iter().cloned().collect()
    }

    /// What Terraform would refuse in this schema, one sentence each; empty when it is well formed.
    pub fn faults(&self) -> Vec<String> {
        rules::faults(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each: an attribute, a map of objects, an object, a block and a repeated one.
    fn schema() -> Schema {
        let types = || object_map("types", [text_map("limits"), object("inner", [text("x")])]);
        Schema::new("a toy")
            .with([text("name"), types(), object("relay", [text("mode"), texts("ids")])])
            .with_blocks([
                block("identity", [text("type"), texts("ids"), object("of", [text("x")])]),
                blocks("rule", [text("name")]).with_blocks([block("port", [text("from")])]),
            ])
            .minutes(1, 1, 1, 1)
    }

    #[test]
    fn a_data_source_shows_what_an_attribute_is_and_not_how_it_is_set() {
        let named = text("name").required().replace("names are fixed").help("The name. Required.");
        let secret = object("key", [text("value").computed().help("V.")]).optional().sensitive();
        for (attribute, help, is_sensitive) in
            [(named, "The name.", false), (secret.help("A key of v1.2"), "A key of v1.2", true)]
        {
            let kind = attribute.shape();
            let shown = attribute.looked_up();
            assert_eq!((shown.presence, shown.replace), (Presence::Computed, None));
            assert_eq!((shown.help.as_str(), shown.sensitive), (help, is_sensitive));
            assert_eq!(shown.shape(), kind);
        }
    }

    #[test]
    fn a_path_is_cut_where_hosts_lose_it() {
        let name = |names: &[&str]| names.iter().fold(Path::root(), |at, name| at.attribute(*name));
        let small = || Path::from("types").key("small");
        let rule = || Path::from("rule").index(1);
        for (path, expected) in [
            (Path::root(), Path::root()),
            (name(&["name"]), name(&["name"])),
            (small(), small()),
            (small().attribute("limits"), small()),
            (small().attribute("limits").key("cpu"), small()),
            (small().attribute("inner").attribute("x"), small()),
            (name(&["relay", "mode"]), name(&["relay"])),
            (name(&["relay", "ids"]).index(1), name(&["relay"])),
            (name(&["identity"]), name(&["identity"])),
            (name(&["identity", "type"]), name(&["identity", "type"])),
            (name(&["identity", "ids"]).index(1), name(&["identity", "ids"]).index(1)),
            (name(&["identity", "of", "x"]), name(&["identity", "of"])),
            (name(&["timeouts", "read"]), name(&["timeouts", "read"])),
            (rule(), rule()),
            (rule().attribute("name"), rule().attribute("name")),
            (
                rule().attribute("port").attribute("from"),
                rule().attribute("port").attribute("from"),
            ),
            (name(&["absent", "x"]), name(&["absent"])),
        ] {
            assert_eq!(schema().source_path(&path), expected, "{path}");
        }
    }
}
