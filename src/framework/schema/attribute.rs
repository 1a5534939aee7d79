//! One attribute: what it holds, who sets it, and what else is to be known of it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::Body;
use super::semantic_equality::SemanticEquality;
use crate::value::{Type, Value};

/// An attribute of a schema, of a block or of a nested object.
///
/// Built by [`text`], [`flag`], [`number`], [`texts`], [`text_map`], [`object`], [`objects`] or
/// [`object_map`], followed by verbs. Without a verb that says who sets it, it is optional.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a verb of its own")]
pub struct Attribute {
    /// Name, `^[a-z0-9_]+$`.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Who sets it.
    pub presence: Presence,
    /// The value where the user writes none.
    pub default: Option<Value>,
    /// Why a change needs a new object; `None` if it does not.
    pub replace: Option<&'static str>,
    /// When two spellings are the same; `None`: when they are the same value.
    pub semantic_equality: Option<SemanticEquality>,
    /// It is part of what tells the object from all others.
    pub identifies: bool,
    /// Whether the state of an object that a `moved` block brought may lack it until the next apply.
    pub may_be_missing: bool,
    /// Computed: never moves again once it is known.
    pub stable: bool,
    /// Computed: moves only when one of these attributes of the root does.
    pub depends_on: Vec<&'static str>,
    /// A map whose keys that the user did not write are not ours.
    pub ignore_undeclared_keys: bool,
    /// A change of it is Terraform's alone: it is stored and calls nothing.
    pub state_only: bool,
    /// The object's memory keeps whether the user wrote it.
    pub remembers_written: bool,
    /// Masked in Terraform's output.
    pub sensitive: bool,
    /// Never stored.
    pub write_only: bool,
    /// Computed: the service's own words, which may repeat a secret.
    pub service_text: Option<ServiceText>,
    /// What it is, in Markdown.
    pub help: String,
    /// Why it should no longer be used and what to use instead.
    pub deprecated: Option<&'static str>,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A value without attributes of its own.
    Leaf(Type),
    /// Objects with attributes of their own.
    Nested(Nesting, Body),
}

/// What a service says in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceText {
    /// A message for people.
    Words,
    /// A code. A plain identifier repeats nothing.
    Code,
}

/// How objects are arranged below an attribute or a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// Objects by name.
    Map,
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing was said yet. An attribute of which nothing is ever said is optional.
    Unsaid,
    /// The user, always.
    Required,
    /// The user, or nobody: then it is null and the provider does not touch what it stands for.
    Optional,
    /// The provider.
    Computed,
    /// The user, else the provider.
    OptionalComputed,
}

/// A string.
pub fn text(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Leaf(Type::String))
}

/// A boolean.
pub fn flag(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Leaf(Type::Bool))
}

/// A number.
pub fn number(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Leaf(Type::Number))
}

/// A list of strings.
pub fn texts(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Leaf(Type::List(Box::new(Type::String))))
}

/// A map of strings.
pub fn text_map(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Leaf(Type::Map(Box::new(Type::String))))
}

/// One object.
pub fn object(name: &'static str, attributes: impl IntoIterator<Item = Attribute>) -> Attribute {
    nested(name, Nesting::Single, attributes)
}

/// A list of objects.
pub fn objects(name: &'static str, attributes: impl IntoIterator<Item = Attribute>) -> Attribute {
    nested(name, Nesting::List, attributes)
}

/// Objects by name.
pub fn object_map(
    name: &'static str, attributes: impl IntoIterator<Item = Attribute>,
) -> Attribute {
    nested(name, Nesting::Map, attributes)
}

fn nested(
    name: &'static str, nesting: Nesting, attributes: impl IntoIterator<Item = Attribute>,
) -> Attribute {
    let attributes = attributes.into_iter().collect();
    Attribute::new(name, Kind::Nested(nesting, Body { attributes, blocks: Vec::new() }))
}

// === verbs ===

impl Attribute {
    fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            presence: Presence::Unsaid,
            default: None,
            replace: None,
            semantic_equality: None,
            identifies: false,
            may_be_missing: false,
            stable: false,
            depends_on: Vec::new(),
            ignore_undeclared_keys: false,
            state_only: false,
            remembers_written: false,
            sensitive: false,
            write_only: false,
            service_text: None,
            help: String::new(),
            deprecated: None,
        }
    }

    /// The same attribute of a data source: the provider sets it, and the first sentence of its help
    /// says what it is.
    #[must_use]
    pub fn looked_up(self) -> Self {
        let end = self.help.find(". ").map_or(self.help.len(), |end| end + 1);
        let help = self.help[..end].to_owned();
        Self { sensitive: self.sensitive, help, ..Self::new(self.name, self.kind).computed() }
    }

    /// The user must write it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// The user may write it. `.optional().computed()`: else the provider sets it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.presence =
            if self.is_computed() { Presence::OptionalComputed } else { Presence::Optional };
        self
    }

    /// The provider sets it. `.optional().computed()`: where the user does not.
    ///
    /// Without [`Attribute::stable`] or [`Attribute::depends_on`] it may move in every update.
    #[must_use]
    pub fn computed(mut self) -> Self {
        let unsaid = self.presence == Presence::Unsaid;
        self.presence = if unsaid { Presence::Computed } else { Presence::OptionalComputed };
        self
    }

    /// The user may write it; where the user does not, it is `value`.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.presence = Presence::OptionalComputed;
        self.default = Some(value.into());
        self
    }

    /// Two spellings are the same when both read as equal `T`s.
    #[must_use]
    pub fn semantic_equality<T: DeserializeOwned + PartialEq>(mut self) -> Self {
        self.semantic_equality = Some(SemanticEquality::of::<T>());
        self
    }

    /// A change needs a new object, for this reason; the plan shows it on the attribute.
    #[must_use]
    pub fn replace(mut self, why: &'static str) -> Self {
        self.replace = Some(why);
        self
    }

    /// It is part of the object's identity, by which it can be imported and listed: with the other
    /// attributes that identify, it tells the object from all others.
    #[must_use]
    pub fn identifies(mut self) -> Self {
        self.identifies = true;
        self
    }

    /// An object that a `moved` block brought may be without it, since the state that it came from does not
    /// say it. The next apply writes it.
    #[must_use]
    pub fn may_be_missing(mut self) -> Self {
        self.may_be_missing = true;
        self
    }

    /// Computed: it never moves again.
    #[must_use]
    pub fn stable(mut self) -> Self {
        self.stable = true;
        self
    }

    /// Computed: it moves only when that attribute or block of the root does. May be said several
    /// times.
    #[must_use]
    pub fn depends_on(mut self, attribute: &'static str) -> Self {
        self.depends_on.push(attribute);
        self
    }

    /// Of a map: keys that the user did not write are not ours and never show.
    #[must_use]
    pub fn ignore_undeclared_keys(mut self) -> Self {
        self.ignore_undeclared_keys = true;
        self
    }

    /// A change of it is Terraform's alone: it is stored and calls nothing.
    #[must_use]
    pub fn state_only(mut self) -> Self {
        self.state_only = true;
        self
    }

    /// Optional and computed: the object's memory keeps whether the user wrote it, for
    /// [`crate::Plan::was_written`].
    #[must_use]
    pub fn remember_written(mut self) -> Self {
        self.remembers_written = true;
        self
    }

    /// Masked in Terraform's output; still stored.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Never stored: present only in `validate`, and in the `planned` of create and update.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Computed: what the service says in its own words. Secrets are removed from it.
    #[must_use]
    pub fn service_words(mut self) -> Self {
        self.service_text = Some(ServiceText::Words);
        self
    }

    /// Computed: a code of the service's. Secrets are removed from one that is no plain identifier.
    #[must_use]
    pub fn service_code(mut self) -> Self {
        self.service_text = Some(ServiceText::Code);
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
}

// === reading ===

impl Attribute {
    /// Whether the provider may set it where the configuration is null.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// Whether the provider alone sets it.
    pub fn is_read_only(&self) -> bool {
        self.presence == Presence::Computed
    }

    /// Whether its value has keys of the user's choice.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Leaf(Type::Map(_)) | Kind::Nested(Nesting::Map, _))
    }

    /// Whether a user may leave it out, and nobody else sets it then.
    pub fn may_be_null(&self) -> bool {
        matches!(self.presence, Presence::Unsaid | Presence::Optional)
    }

    /// How objects are arranged in it and what each holds; `None` for a leaf.
    pub fn nested(&self) -> Option<(Nesting, &Body)> {
        match &self.kind {
            Kind::Leaf(_) => None,
            Kind::Nested(nesting, body) => Some((*nesting, body)),
        }
    }

    /// The attributes below it; empty for a leaf.
    pub fn nested_attributes(&self) -> &[Attribute] {
        self.nested().map_or(&[], |(_, body)| &body.attributes)
    }

    /// What its value holds if that is one object.
    pub(crate) fn single_object(&self) -> Option<&Body> {
        self.nested().filter(|(nesting, _)| *nesting == Nesting::Single).map(|(_, body)| body)
    }

    /// Whether its value holds objects by name.
    pub(crate) fn is_object_map(&self) -> bool {
        matches!(self.kind, Kind::Nested(Nesting::Map, _))
    }

    /// The value with nothing in it, where null is another one: `{}`, `[]` or an object of nulls.
    pub(crate) fn empty_value(&self) -> Option<Value> {
        match &self.kind {
            Kind::Leaf(Type::Map(_)) | Kind::Nested(Nesting::Map, _) => {
                Some(Value::Map(BTreeMap::new()))
            }
            Kind::Leaf(Type::List(_) | Type::Set(_)) | Kind::Nested(Nesting::List, _) => {
                Some(Value::List(Vec::new()))
            }
            Kind::Nested(Nesting::Single, body) => Some(body.object(&|_| Value::Null)),
            Kind::Leaf(_) => None,
        }
    }

    /// The type of its value.
    pub fn shape(&self) -> Type {
        match &self.kind {
            Kind::Leaf(shape) => shape.clone(),
            Kind::Nested(nesting, body) => nesting.shape(body.shape()),
        }
    }
}

impl Nesting {
    /// The type of elements of that type so arranged.
    pub fn shape(self, element: Type) -> Type {
        match self {
            Self::Single => element,
            Self::List => Type::List(Box::new(element)),
            Self::Map => Type::Map(Box::new(element)),
        }
    }
}
