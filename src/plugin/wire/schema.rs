//! Schemas as the host reads them.

use framework::schema::{self, Attribute, Block, Body, Nesting, Presence};

use crate::proto::tfplugin6::resource_identity_schema::IdentityAttribute;
use crate::proto::tfplugin6::schema as wire;
use crate::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use crate::proto::tfplugin6::schema::object::NestingMode as ObjectNesting;
use crate::proto::tfplugin6::{ResourceIdentitySchema, Schema, StringKind};

/// The whole shape of one type.
pub(crate) fn schema(own: &schema::Schema) -> Schema {
    let help = Text { help: own.help(), deprecated: None };
    Schema { version: own.stored_version(), block: Some(body(own.body(), &help)) }
}

/// What identifies an object of one type; `None` if nothing does.
pub(crate) fn identity(own: &schema::Schema) -> Option<ResourceIdentitySchema> {
    let attributes = own.identity().map(|key| IdentityAttribute {
        name: key.name.to_owned(),
        r#type: key.shape().to_json(),
        required_for_import: true,
        optional_for_import: false,
        description: key.help.clone(),
    });
    let identity_attributes: Vec<_> = attributes.collect();
    let some = !identity_attributes.is_empty();
    some.then_some(ResourceIdentitySchema { version: 0, identity_attributes })
}

/// What is said about a thing, beside its shape.
struct Text<'a> {
    help: &'a str,
    deprecated: Option<&'a str>,
}

fn body(own: &Body, text: &Text<'_>) -> wire::Block {
    wire::Block {
        version: 0,
        attributes: own.attributes.iter().map(attribute).collect(),
        block_types: own.blocks.iter().map(block).collect(),
        description: text.help.to_owned(),
        description_kind: StringKind::Markdown.into(),
        deprecated: text.deprecated.is_some(),
        deprecation_message: text.deprecated.unwrap_or_default().to_owned(),
        computed: false,
    }
}

fn attribute(own: &Attribute) -> wire::Attribute {
    let nested = own.nested().map(|(nesting, body)| object(nesting, body));
    let type_ = if nested.is_some() { Vec::new() } else { own.shape().to_json() };
    wire::Attribute {
        name: own.name.to_owned(),
        r#type: type_,
        nested_type: nested,
        description: own.help.clone(),
        required: own.presence == Presence::Required,
        optional: matches!(
            own.presence,
            Presence::Unsaid | Presence::Optional | Presence::OptionalComputed
        ),
        computed: own.is_computed(),
        sensitive: own.sensitive,
        description_kind: StringKind::Markdown.into(),
        deprecated: own.deprecated.is_some(),
        write_only: own.write_only,
        deprecation_message: own.deprecated.unwrap_or_default().to_owned(),
    }
}

fn object(nesting: Nesting, body: &Body) -> wire::Object {
    let nesting = match nesting {
        Nesting::Single => ObjectNesting::Single,
        Nesting::List => ObjectNesting::List,
        Nesting::Map => ObjectNesting::Map,
    };
    wire::Object {
        attributes: body.attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..wire::Object::default()
    }
}

fn block(own: &Block) -> wire::NestedBlock {
    let least = i64::from(own.required);
    // The host wants both bounds of a single block to be the same.
    let (nesting, most) = match own.nesting {
        Nesting::Single => (BlockNesting::Single, least),
        Nesting::List => (BlockNesting::List, 0),
        Nesting::Map => (BlockNesting::Map, 0),
    };
    let text = Text { help: &own.help, deprecated: own.deprecated };
    wire::NestedBlock {
        type_name: own.name.to_owned(),
        block: Some(body(&own.body, &text)),
        nesting: nesting.into(),
        min_items: least,
        max_items: most,
    }
}

#[cfg(test)]
mod tests {
    use framework::schema::{block, object_map, text};

    use super::*;

    #[test]
    fn attributes_say_who_sets_them_and_what_they_hold() {
        let root = schema::Schema::new("A toy.").version(3).with([
            text("name").required(),
            text("mark").optional().computed().help("*What*"),
            text("id").computed(),
            text("key").sensitive().write_only().deprecated("use `mark`"),
            object_map("parts", [text("size").optional()]),
        ]);
        let wire = schema(&root);
        assert_eq!(wire.version, 3);
        let wire = wire.block.unwrap();
        assert_eq!(wire.description, "A toy.");
        let [name, mark, id, key, parts] = wire.attributes.try_into().unwrap();
        let presence = |own: &wire::Attribute| (own.required, own.optional, own.computed);
        assert_eq!(presence(&name), (true, false, false));
        assert_eq!(presence(&mark), (false, true, true));
        assert_eq!(presence(&id), (false, false, true));
        assert_eq!(presence(&key), (false, true, false));
        assert_eq!(
            (name.r#type.as_slice(), mark.description.as_str()),
            (&b"\"string\""[..], "*What*")
        );
        assert!(key.sensitive && key.write_only && key.deprecated);
        assert_eq!(key.deprecation_message, "use `mark`");
        let nested = parts.nested_type.unwrap();
        assert_eq!((parts.r#type.as_slice(), nested.nesting()), (&b""[..], ObjectNesting::Map));
        assert_eq!(nested.attributes[0].name, "size");
    }

    #[test]
    fn an_identity_is_of_primitives_that_an_import_needs() {
        let none = schema::Schema::new("A toy.").with([text("name").required()]);
        assert_eq!(identity(&none), None);
        let keyed = none.with([text("place").required().identifies().help("Where.")]);
        let wire = identity(&keyed).unwrap();
        let [place] = wire.identity_attributes.try_into().unwrap();
        assert_eq!((wire.version, place.name.as_str()), (0, "place"));
        assert_eq!(
            (place.r#type.as_slice(), place.description.as_str()),
            (&b"\"string\""[..], "Where.")
        );
        assert!(place.required_for_import && !place.optional_for_import);
    }

    #[test]
    fn the_bounds_of_a_single_block_are_the_same() {
        let root = schema::Schema::new("A toy.")
            .with_blocks([block("may", [text("a")]), block("must", [text("a")]).required()]);
        let bounds: Vec<_> = schema(&root)
            .block
            .unwrap()
            .block_types
            .iter()
            .map(|block| (block.min_items, block.max_items))
            .collect();
        assert_eq!(bounds, [(0, 0), (1, 1)]);
    }
}
