//! The attributes and blocks of one object.

use std::collections::BTreeSet;

use super::{Attribute, Block, Nesting};
use crate::value::{Type, Value};

/// What one object holds: a schema's root, one element of a block or of a nested attribute.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// In the order in which they were declared.
    pub attributes: Vec<Attribute>,
    /// In the order in which they were declared; none below a nested attribute.
    pub blocks: Vec<Block>,
}

/// An attribute or a block of a body.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// `name = …`
    Attribute(&'a Attribute),
    /// `name { … }`
    Block(&'a Block),
}

impl Body {
    /// The attributes, then the blocks.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let attributes = self.attributes.iter().map(Node::Attribute);
        attributes.chain(self.blocks.iter().map(Node::Block))
    }

    /// Its attribute of that name, not one that is nested.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Its block of that name, not one that is nested.
    pub fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }

    /// The attributes at any depth for which `matches` holds, as names with dots between them:
    /// `relay.mode`.
    pub fn paths(&self, matches: &dyn Fn(&Attribute) -> bool) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for node in self.nodes() {
            if matches!(node, Node::Attribute(attribute) if matches(attribute)) {
                paths.insert(node.name().to_owned());
            }
            let nested = node.nested().map(|(_, body)| body.paths(matches));
            let nested = nested.into_iter().flatten();
            paths.extend(nested.map(|path| format!("{}.{path}", node.name())));
        }
        paths
    }

    /// The type of one such object.
    pub fn shape(&self) -> Type {
        Type::Object(self.nodes().map(|node| (node.name().to_owned(), node.shape())).collect())
    }

    /// Such an object, with what `value` says of each node.
    pub(crate) fn object(&self, value: &dyn Fn(Node<'_>) -> Value) -> Value {
        Value::map(self.nodes().map(|node| (node.name(), value(node))))
    }
}

impl<'a> Node<'a> {
    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attribute(attribute) => attribute.name,
            Self::Block(block) => block.name,
        }
    }

    /// What is nested in it; `None` for an attribute without attributes of its own.
    pub fn nested(self) -> Option<(Nesting, &'a Body)> {
        match self {
            Self::Attribute(attribute) => attribute.nested(),
            Self::Block(block) => Some((block.nesting, &block.body)),
        }
    }

    fn shape(self) -> Type {
        match self {
            Self::Attribute(attribute) => attribute.shape(),
            Self::Block(block) => block.shape(),
        }
    }
}
