//! What to do about an error of Azure: what is known of the service's own, else what is said in
//! general.

use azure::resource_types::{
    COMPUTES, CONNECTED_CLUSTERS, EXTENSIONS, MANAGED_CLUSTERS, WORKSPACES,
};
use azure::{Error, Id};

use super::advice::{self, general_advice};
use super::{Action, AzureFailure, rules};

/// Why it happened and what to do.
pub(super) fn advise(trouble: &AzureFailure) -> String {
    let known = explanation(trouble);
    let then = match (&known, trouble.root()) {
        // What becomes of the object is to be known too.
        (Some(_), Error::OperationFailed(_) | Error::DeadlineExceeded(_)) => {
            Some(general_advice(trouble))
        }
        (Some(_), _) => None,
        (None, Error::OperationFailed(_)) => {
            let look = fill(rules::where_to_look(trouble), trouble);
            Some(format!("{look}\n\n{}", general_advice(trouble)))
        }
        (None, _) => Some(general_advice(trouble)),
    };
    known.into_iter().chain(then).collect::<Vec<_>>().join("\n\n")
}

/// What the service's error is known to mean, and what to do about it.
pub(super) fn explanation(trouble: &AzureFailure) -> Option<String> {
    Some(fill(&rules::explanation(trouble)?, trouble))
}

/// The attribute of the resource that the error is about.
pub(super) fn attribute(trouble: &AzureFailure) -> Option<&'static str> {
    let missing = ["ResourceGroupNotFound", "SubscriptionNotFound", "ParentResourceNotFound"];
    let missing = missing.iter().any(|code| trouble.error.has_code(code));
    if !missing && !trouble.error.is_parent_missing() {
        return None;
    }
    [
        (&COMPUTES, "workspace_id"),
        (&WORKSPACES, "workspace_id"),
        (&EXTENSIONS, "cluster_id"),
        (&CONNECTED_CLUSTERS, "cluster_id"),
        (&MANAGED_CLUSTERS, "cluster_id"),
    ]
    .into_iter()
    .find_map(|(kind, attribute)| (kind == trouble.kind).then_some(attribute))
}

// === placeholders ===

pub(super) fn fill(text: &str, trouble: &AzureFailure) -> String {
    let id = &trouble.id;
    // Of a list only the ID of what it is part of is known.
    let itself = trouble.kind.matches(&id.resource_type());
    let parent = id.parent().filter(|_| itself).unwrap_or_else(|| id.clone());
    let cluster = trouble.cluster();
    let of_cluster = |part: fn(&Id) -> String, none: &str| {
        cluster.as_ref().map_or_else(|| none.to_owned(), part)
    };
    [
        ("{look}", rules::where_to_look(trouble)),
        ("{ways}", &advice::describe_ways(trouble)),
        ("{blocked}", &advice::describe_block(trouble)),
        ("{timeout}", advice::timeout(trouble.doing)),
        ("{id}", id.to_string().as_str()),
        ("{name}", id.name()),
        ("{noun}", trouble.kind.noun),
        ("{parent}", parent.to_string().as_str()),
        ("{scope}", &trouble.scope()),
        ("{workspace}", parent.name()),
        ("{cluster}", &of_cluster(Id::to_string, "<ID of the cluster>")),
        ("{cluster_name}", &of_cluster(|id| id.name().to_owned(), "<cluster>")),
        ("{cluster_group}", &of_cluster(group_of, "<group>")),
        (
            "{cluster_type}",
            &of_cluster(rules::cluster_type, "<connectedClusters or managedClusters>"),
        ),
        ("{subscription}", id.subscription().unwrap_or("<subscription>")),
        ("{group}", id.resource_group().unwrap_or("<group>")),
        ("{namespace}", &namespace(trouble)),
        ("{role}", role(trouble)),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
}

fn group_of(id: &Id) -> String {
    id.resource_group().unwrap_or("<group>").to_owned()
}

/// The namespace that the service names in quotes, else the object's own.
fn namespace(trouble: &AzureFailure) -> String {
    let messages = trouble.error.service_error().into_iter().flat_map(azure::ServiceError::walk);
    let named = messages.filter_map(|error| {
        let mut quoted = error.message.split(['\'', '"']);
        quoted.find(|part| part.starts_with("Microsoft.") && !part.contains([' ', '/']))
    });
    let own = trouble.kind.name.split('/').next().unwrap_or_default();
    named.map(str::to_owned).next().unwrap_or_else(|| own.to_owned())
}

/// A built-in role that has the actions on objects of this kind.
fn role(trouble: &AzureFailure) -> &'static str {
    let texts = trouble.error.service_error().into_iter().flat_map(azure::ServiceError::walk);
    let mut texts = texts.map(|error| error.message.to_lowercase());
    // Reader may read, and not have keys listed.
    let lists_keys = texts.any(|text| text.contains("keys/action"));
    match (trouble.doing, trouble.kind == &EXTENSIONS) {
        (Action::Read, _) if !lists_keys => "Reader",
        _ if trouble.is_look_refused() && !lists_keys => "Reader",
        (_, true) => "Kubernetes Extension Contributor",
        (_, false) => "Contributor",
    }
}
