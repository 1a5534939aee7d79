//! `parse_resource_id`: the parts of an ARM ID.

use std::collections::BTreeMap;

use azure::{Id, IdError};
use framework::{Function, FunctionError, Signature, Type, text};
use serde::{Deserialize, Serialize};

pub(crate) struct ParseResourceId;

#[derive(Deserialize)]
pub(crate) struct Arguments {
    id: String,
}

/// The parts, by the names that azurerm's function of this name has for them. A part that the ID
/// does not have is empty.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Parts {
    full_resource_type: String,
    parent_resources: BTreeMap<String, String>,
    resource_group_name: String,
    resource_name: String,
    resource_provider: String,
    resource_scope: String,
    resource_type: String,
    subscription_id: String,
}

impl Function for ParseResourceId {
    const NAME: &'static str = "parse_resource_id";
    type Arguments = Arguments;
    type Output = Parts;

    fn signature() -> Signature {
        let texts = [
            "full_resource_type",
            "resource_group_name",
            "resource_name",
            "resource_provider",
            "resource_scope",
            "resource_type",
            "subscription_id",
        ];
        let parents = ("parent_resources", Type::map(Type::String));
        let parts = texts.map(|name| (name, Type::String)).into_iter().chain([parents]);
        Signature::new("Parses the ID of an Azure resource into its parts.", Type::object(parts))
            .help(
                "Takes the ID of an Azure resource apart: `subscription_id`, `resource_group_name`, \
                 `resource_provider`, `resource_type`, `resource_name`, `full_resource_type`, \
                 `parent_resources` (names by type) and `resource_scope` (of an extension resource, \
                 the ID of what it extends). A part that the ID does not have is empty. Any casing \
                 and a trailing slash are accepted. The types that this provider works with come back \
                 in the casing that Azure documents; names stay as they are.",
            )
            .with([text("id").required().help("The ID of a resource.")])
    }

    fn call(Arguments { id }: Arguments) -> Result<Parts, FunctionError> {
        let parsed = id.parse().map_err(|error: IdError| {
            FunctionError::at("id", format!("{id:?} is not an ARM ID: {error}"))
        })?;
        Ok(parts(&azure::resource_types::canonicalize(&parsed)))
    }
}

fn parts(id: &Id) -> Parts {
    let full_resource_type = id.resource_type();
    let mut types = full_resource_type.split('/');
    let resource_provider = types.next().unwrap_or_default().to_owned();
    let resource_type = types.next_back().unwrap_or_default().to_owned();
    let mut above = id.parent();
    let mut parent_resources = BTreeMap::new();
    for kind in types.rev() {
        let Some(parent) = above else { break };
        parent_resources.insert(kind.to_owned(), parent.name().to_owned());
        above = parent.parent();
    }
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    Parts {
        parent_resources,
        resource_group_name: text(id.resource_group()),
        resource_name: id.name().to_owned(),
        resource_provider,
        resource_scope: above.filter(is_resource).map(|id| id.to_string()).unwrap_or_default(),
        resource_type,
        subscription_id: text(id.subscription()),
        full_resource_type,
    }
}

/// Whether this is more than a subscription or a group.
fn is_resource(id: &Id) -> bool {
    !id.resource_type().starts_with("Microsoft.Resources/")
}
