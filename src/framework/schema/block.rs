//! One nested block, as `identity { … }`.

use super::{Attribute, Body, Nesting};
use crate::value::{Type, Value};

/// A nested block of a schema or of another block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Name, `^[a-z0-9_]+$`.
    pub name: &'static str,
    /// At most one, or any number in order. Never a map.
    pub nesting: Nesting,
    /// Whether at least one must be written.
    pub required: bool,
    /// What one such block holds.
    pub body: Body,
    /// What it is, in Markdown.
    pub help: String,
    /// Why it should no longer be used and what to use instead.
    pub deprecated: Option<&'static str>,
}

/// A block that stands at most once.
pub fn block(name: &'static str, attributes: impl IntoIterator<Item = Attribute>) -> Block {
    Block::new(name, Nesting::Single, attributes)
}

/// A block that may stand any number of times, in an order that matters.
pub fn blocks(name: &'static str, attributes: impl IntoIterator<Item = Attribute>) -> Block {
    Block::new(name, Nesting::List, attributes)
}

impl Block {
    fn new(
        name: &'static str, nesting: Nesting, attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        let attributes = attributes.into_iter().collect();
        Self {
            name,
            nesting,
            required: false,
            body: Body { attributes, blocks: Vec::new() },
            help: String::new(),
            deprecated: None,
        }
    }

    /// At least one must be written.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Adds blocks inside.
    #[must_use]
    pub fn with_blocks(mut self, blocks: impl IntoIterator<Item = Block>) -> Self {
        self.body.blocks.extend(blocks);
        self
    }

    /// What it is, in Markdown.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// It should no longer be used: why, and what to use instead.
    #[must_use]
    pub fn deprecated(mut self, why: &'static str) -> Self {
        self.deprecated = Some(why);
        self
    }

    /// The type of its value.
    pub fn shape(&self) -> Type {
        self.nesting.shape(self.body.shape())
    }

    /// Whether it may stand any number of times.
    pub fn is_list(&self) -> bool {
        self.nesting == Nesting::List
    }

    /// Its value where the user writes no such block.
    pub(crate) fn absent_value(&self) -> Value {
        if self.is_list() { Value::List(Vec::new()) } else { Value::Null }
    }

    /// Its value where the user writes one such block.
    pub(crate) fn once(&self, object: Value) -> Value {
        if self.is_list() { Value::List(vec![object]) } else { object }
    }
}
