//! Managed clusters of AKS: their credentials. The clusters themselves are only read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::error;
use super::resource_call::ResourceCall;
use crate::cluster::SignIn;
use crate::http::Response;
use crate::names::error_code;
use crate::store::Store;

pub(super) fn handle(store: &mut Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let action = call.path.tail.as_deref().map(str::to_ascii_lowercase);
    match (call.context.request.method.as_str(), action.as_deref()) {
        ("POST", Some("listclusterusercredential")) => list_user_credential(store, call),
        ("POST", Some("listclusteradmincredential")) => list_admin_credential(store, call),
        _ => Err(error::method_not_allowed(call.context.request)),
    }
}

/// A cluster with Entra has its users sign in there; any other gives its local account away.
fn list_user_credential(store: &Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let cluster = find_cluster(store, call)?;
    let sign_in = match call.context.request.parameter("format").as_deref() {
        None | Some("azure") => SignIn::AuthProvider,
        Some("exec") => SignIn::Exec,
        Some(other) => {
            let text = format!("The value '{other}' of parameter format is invalid.");
            return Err(error::error(400, error_code::INVALID_PARAMETER, &text));
        }
    };
    let kubeconfig = call.context.kubeconfig;
    let config = if cluster["properties"]["aadProfile"].is_object() {
        kubeconfig.with_entra(sign_in)
    } else {
        kubeconfig.clone()
    };
    let name = call.path.name();
    let user = format!("clusterUser_{}_{name}", call.path.group);
    Ok(credentials("clusterUser", &config.print(name, name, &user)))
}

fn list_admin_credential(store: &Store, call: &ResourceCall<'_>) -> Result<Response, Response> {
    let cluster = find_cluster(store, call)?;
    if cluster["properties"]["disableLocalAccounts"] == true {
        return Err(error::bad_request(
            "Getting static credential is not allowed because this cluster is set to disable local accounts.",
        ));
    }
    let name = call.path.name();
    let user = format!("clusterAdmin_{}_{name}", call.path.group);
    let config = call.context.kubeconfig.print(name, &format!("{name}-admin"), &user);
    Ok(credentials("clusterAdmin", &config))
}

fn find_cluster<'a>(store: &'a Store, call: &ResourceCall<'_>) -> Result<&'a Value, Response> {
    store.get(&call.path.id()).ok_or_else(|| error::resource_not_found(call.path))
}

fn credentials(name: &str, kubeconfig: &str) -> Response {
    Response::json(
        200,
        json!({
            "kubeconfigs": [{"name": name, "value": STANDARD.encode(kubeconfig)}],
        }),
    )
}
