//! Whether a 404 means that the object is missing, or one of its parents.

use super::error_response;
use crate::error::Error;
use crate::id::Id;
use crate::resource_types::{EXTENSIONS, ResourceType};
use crate::transport::{Request, Response};

/// Error codes that always mean a missing parent.
const PARENT_CODES: [&str; 4] = [
    "ParentResourceNotFound",
    "ResourceGroupNotFound",
    "SubscriptionNotFound",
    "WorkspaceNotFound",
];

/// Accepts the object's own absence; a missing parent is an error that says so.
pub(super) fn require_parent(
    kind: &ResourceType, id: &Id, request: &Request, response: &Response,
) -> Result<(), Error> {
    match error_response(request, response) {
        Error::ErrorResponse(mut refusal) if is_about_parent(kind, id, &refusal.error) => {
            refusal.parent_missing = true;
            Err(Error::ErrorResponse(refusal))
        }
        _ => Ok(()),
    }
}

/// Whether a 404 is about a parent. That of an extension usually has no ARM error in its body, that
/// of its cluster has one. For other types the message names what is missing.
fn is_about_parent(kind: &ResourceType, id: &Id, error: &crate::ServiceError) -> bool {
    let Some(code) = error.code.as_deref() else { return false };
    if PARENT_CODES.iter().any(|known| known.eq_ignore_ascii_case(code)) {
        return true;
    }
    if !code.eq_ignore_ascii_case("ResourceNotFound") {
        return false;
    }
    let text = format!("{} {}", error.message, error.target.as_deref().unwrap_or_default())
        .to_ascii_lowercase();
    if mentions(&text, id) {
        return false;
    }
    *kind == EXTENSIONS
        || std::iter::successors(id.parent(), Id::parent).any(|parent| mentions(&text, &parent))
}

/// Whether a text names exactly this object, as `{namespace}/{type}/{name}…`, not one below it.
fn mentions(text: &str, id: &Id) -> bool {
    let id = id.to_string().to_ascii_lowercase();
    let Some((_, named)) = id.split_once("/providers/") else { return false };
    let alternate = put_types_first(named);
    [named, alternate.as_str()].iter().any(|name| {
        text.match_indices(*name).any(|(at, found)| {
            let next = text[at + found.len()..].chars().next();
            !next.is_some_and(|c| c.is_ascii_alphanumeric() || "/-_".contains(c))
        })
    })
}

/// Rewrites `Namespace/a/x/b/y` as `Namespace/a/b/x/y`, as some services name a child.
fn put_types_first(named: &str) -> String {
    let mut segments = named.split('/');
    let namespace = segments.next().unwrap_or_default();
    let rest: Vec<&str> = segments.collect();
    let types = rest.iter().step_by(2);
    let last = rest.iter().skip(1).step_by(2);
    types.chain(last).fold(namespace.to_owned(), |full, part| full + "/" + part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource_types::{COMPUTES, WORKSPACES};
    use crate::transport::Method;

    const GROUP: &str = "/subscriptions/s/resourceGroups/rg";

    fn parent_missing(kind: &ResourceType, id: &Id, body: &str) -> bool {
        let request = Request::new(Method::GET, "https://arm.example/".parse().unwrap());
        require_parent(kind, id, &request, &Response::new(404, body))
            .is_err_and(|error| error.is_parent_missing())
    }

    fn error(code: &str, message: &str) -> String {
        serde_json::json!({"error": {"code": code, "message": message}}).to_string()
    }

    #[test]
    fn absence_of_an_extension() {
        let id = format!(
            "{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/c/providers/Microsoft.KubernetesConfiguration/extensions/e"
        );
        let id = id.parse().unwrap();
        let cluster = "The Resource 'Microsoft.Kubernetes/connectedClusters/c' under resource group 'rg' was not found.";
        let own = "The Resource 'Microsoft.Kubernetes/ConnectedClusters/c/providers/Microsoft.KubernetesConfiguration/extensions/e' was not found.";
        for (body, parent) in [
            (String::new(), false),
            ("Not Found".to_owned(), false),
            ("<html>404</html>".to_owned(), false),
            (error("ResourceNotFound", cluster), true),
            (error("ResourceNotFound", own), false),
            (error("ResourceNotFound", ""), true),
            (error("ResourceGroupNotFound", "Resource group 'rg' could not be found."), true),
            (error("ParentResourceNotFound", ""), true),
            (error("NotFound", "no such extension"), false),
        ] {
            assert_eq!(parent_missing(&EXTENSIONS, &id, &body), parent, "{body}");
        }
    }

    #[test]
    fn absence_of_a_compute() {
        let id = format!(
            "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/k8s"
        );
        let id = id.parse().unwrap();
        let named = |name: &str| {
            format!(
                "The Resource 'Microsoft.MachineLearningServices/{name}' under resource group 'rg' was not found."
            )
        };
        for (body, parent) in [
            (error("ResourceNotFound", &named("workspaces/ws")), true),
            (error("ResourceNotFound", &named("workspaces/ws/computes/k8s")), false),
            (error("ResourceNotFound", &named("workspaces/computes/ws/k8s")), false),
            (error("ResourceNotFound", &named("workspaces/ws-other")), false),
            (error("ComputeNotFound", "no compute"), false),
            (error("ResourceGroupNotFound", ""), true),
            (String::new(), false),
        ] {
            assert_eq!(parent_missing(&COMPUTES, &id, &body), parent, "{body}");
        }
        let workspace = id.parent().unwrap();
        assert!(!parent_missing(
            &WORKSPACES,
            &workspace,
            &error("ResourceNotFound", &named("workspaces/ws"))
        ));
    }
}
