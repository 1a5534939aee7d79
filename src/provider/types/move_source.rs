//! Objects that azapi or azurerm managed until now, in the shape in which Azure would answer them.

use azure::{ArmResource, ResourceType};
use framework::{Diagnostic, MoveOrigin, MoveSource};
use serde_json::{Map, Value, json};

use crate::explain::Result;

/// Any object of Azure.
pub(crate) const AZAPI: MoveOrigin =
    MoveOrigin { provider: "azure/azapi", type_name: "azapi_resource" };

/// The ID in a state, which must be one of that kind.
pub(crate) fn id<'a>(source: &'a MoveSource, kind: &ResourceType) -> Result<&'a str> {
    let id = source.text("id").unwrap_or_default();
    kind.split_id(id).map_err(|error| unsupported_source(source, &error.to_string()))?;
    Ok(id)
}

/// What an `azapi_resource` says of its object: the body, which may be JSON text, and what stands
/// beside it.
pub(crate) fn of_azapi(source: &MoveSource) -> Result<ArmResource> {
    let mut members = body(source)?;
    for name in ["location", "tags"] {
        let beside = source.state.get(name).filter(|value| !value.is_null());
        members.extend(beside.map(|value| (name.to_owned(), value.clone())));
    }
    members.extend(identity(source).map(|identity| ("identity".to_owned(), identity)));
    Ok(ArmResource::new(members))
}

/// Something that cannot become one of our types.
pub(crate) fn unsupported_source(source: &MoveSource, why: &str) -> Diagnostic {
    Diagnostic::error("Object cannot be taken over")
        .detail(format!("The state of the {} does not fit: {why}.", source.origin.type_name))
}

/// A body has been a value of any type since azapi 2.0, and was JSON text before.
fn body(source: &MoveSource) -> Result<Map<String, Value>> {
    let mut body = source.state.get("body").cloned().unwrap_or_default();
    if let Value::Object(typed) = &mut body
        && typed.len() == 2
        && typed.contains_key("type")
        && let Some(value) = typed.remove("value")
    {
        body = value;
    }
    if let Value::String(text) = &body {
        // The parser's own words may quote the body, which may hold secrets.
        body = serde_json::from_str(text)
            .map_err(|_| unsupported_source(source, "its body is no JSON"))?;
    }
    match body {
        Value::Object(members) => Ok(members),
        Value::Null => Ok(Map::new()),
        _ => Err(unsupported_source(source, "its body is no object").into()),
    }
}

/// The block `identity`, as Azure answers it.
fn identity(source: &MoveSource) -> Option<Value> {
    let block = source.state.get("identity")?.get(0)?;
    let ids = block["identity_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let ids: Map<String, Value> = ids.map(|id| (id.to_owned(), json!({}))).collect();
    let mut identity = json!({
        "type": block["type"],
        "principalId": block["principal_id"],
        "tenantId": block["tenant_id"],
    });
    if !ids.is_empty() {
        identity["userAssignedIdentities"] = ids.into();
    }
    Some(identity)
}
