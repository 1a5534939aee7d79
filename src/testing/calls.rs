//! The calls that are about no managed object.

use framework::calls::{
    Capabilities, call_function as function, configure_provider as configure,
    read_data_source as read, validate_data_resource_config, validate_provider_config,
};
use framework::{DynamicValue, Schema, Server};
use serde_json::{Value as Json, json};

use crate::value::{encode, json, open};
use crate::{describe, now};

/// Validates the provider block and configures the provider with it; what both say.
pub async fn configure_provider(
    server: &Server, terraform_version: &str, config: &Json,
) -> Vec<String> {
    let config = encode(config, server.schemas().provider.shape());
    let request = validate_provider_config::Request { config: config.clone() };
    let validated = server.validate_provider_config(request).await.diagnostics;
    let terraform_version = terraform_version.to_owned();
    let request =
        configure::Request { terraform_version, config, capabilities: Capabilities::default() };
    let configured = server.configure_provider(request).await.diagnostics;
    [describe(&validated), describe(&configured)].concat()
}

/// What a validation of a data source says; `name` is what follows the provider's.
pub async fn validate_data_source(server: &Server, name: &str, config: &Json) -> Vec<String> {
    let (type_name, schema) = data_source(server, name);
    let config = encode(config, schema.shape());
    let request = validate_data_resource_config::Request { type_name, config };
    describe(&server.validate_data_resource_config(request).await.diagnostics)
}

/// The state of a data source with that configuration, or what is said instead.
pub async fn read_data_source(
    server: &Server, name: &str, config: &Json,
) -> Result<Json, Vec<String>> {
    let (type_name, schema) = data_source(server, name);
    let config = encode(config, schema.shape());
    let capabilities = Capabilities::default();
    let request = read::Request { type_name, config, capabilities, began: now() };
    let response = server.read_data_source(request).await;
    let state = open(&response.state, schema.shape());
    if response.diagnostics.is_empty() {
        return Ok(json(&state, schema.shape()));
    }
    assert!(state.is_null() || !response.diagnostics.has_errors(), "an error has no state");
    Err(describe(&response.diagnostics))
}

fn data_source<'a>(server: &'a Server, name: &str) -> (String, &'a Schema) {
    let type_name = format!("{}_{name}", server.name());
    let schema = &server.schemas().data_sources[&type_name];
    (type_name, schema)
}

/// The result of a function, or why there is none. An object is handed over with its type, as
/// hosts do.
pub async fn call_function(
    server: &Server, name: &str, arguments: &[Json],
) -> Result<Json, function::Refusal> {
    let close = |argument: &Json| DynamicValue { json: typed(argument), ..Default::default() };
    let arguments = arguments.iter().map(close).collect();
    let request = function::Request { name: name.to_owned(), arguments };
    let response = server.call_function(request).await;
    if let Some(refusal) = response.error {
        return Err(refusal);
    }
    let returns = &server.schemas().functions[name].returns;
    Ok(json(&open(&response.result, returns), returns))
}

fn typed(argument: &Json) -> Vec<u8> {
    let typed = json!({ "type": type_of(argument), "value": argument });
    if argument.is_object() { typed } else { argument.clone() }.to_string().into_bytes()
}

/// The type of a value as it is written in a configuration.
fn type_of(json: &Json) -> Json {
    match json {
        Json::Null => json!("dynamic"),
        Json::Bool(_) => json!("bool"),
        Json::Number(_) => json!("number"),
        Json::String(_) => json!("string"),
        Json::Array(elements) => json!(["tuple", elements.iter().map(type_of).collect::<Vec<_>>()]),
        Json::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), type_of(field)));
            json!(["object", fields.collect::<serde_json::Map<_, _>>()])
        }
    }
}
