//! Whether a right is there, asked before it is needed.

use serde_json::{Value, json};

use crate::call_options::CallOptions;
use crate::cluster::Cluster;
use crate::error::{Error, Forbidden};
use crate::resource_type::ResourceType;

const REVIEWS: ResourceType = ResourceType::new(
    "authorization.k8s.io",
    "v1",
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
);

/// A right to do something with objects of a type.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The verb of the API, such as `list`.
    pub verb: &'static str,
    /// The type of the objects.
    pub resource: &'a ResourceType,
    /// The namespace of the objects. `None`: all of them.
    pub namespace: Option<&'a str>,
}

/// What [`crate::readiness::wait_until_ready`] reads.
pub fn access_of_readiness(namespace: &str) -> [Access<'_>; 1] {
    [Access { verb: "list", resource: &ResourceType::PODS, namespace: Some(namespace) }]
}

/// The rights that are missing among these.
pub async fn find_missing(
    cluster: &Cluster, needed: &[Access<'_>], options: CallOptions<'_>,
) -> Result<Vec<Forbidden>, Error> {
    let mut missing = Vec::new();
    for access in needed {
        let review = cluster.review(&REVIEWS, &access.review(), options).await?;
        if review["status"]["allowed"] != true {
            let reason = review["status"]["reason"].as_str().unwrap_or_default();
            missing.push(access.forbidden(reason));
        }
    }
    Ok(missing)
}

impl Access<'_> {
    fn review(&self) -> Value {
        json!({
            "apiVersion": REVIEWS.api_version(),
            "kind": REVIEWS.kind,
            "spec": { "resourceAttributes": {
                "verb": self.verb,
                "group": self.resource.group,
                "version": self.resource.version,
                "resource": self.resource.plural,
                "namespace": self.namespace.unwrap_or_default(),
            } },
        })
    }

    fn forbidden(&self, reason: &str) -> Forbidden {
        Forbidden {
            verb: self.verb,
            group: self.resource.group.to_owned(),
            resource: self.resource.plural.to_owned(),
            name: None,
            namespace: self.namespace.map(str::to_owned),
            message: reason.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Access, access_of_readiness, find_missing};
    use crate::resource_type::ResourceType;
    use crate::scripted_cluster::{Reply, ScriptedCluster, unhurried};

    #[tokio::test(start_paused = true)]
    async fn a_right_that_is_missing_is_named() {
        let cluster = ScriptedCluster::new(|seen, _| {
            let is_allowed = seen.body["spec"]["resourceAttributes"]["resource"] == "pods";
            Reply::Json(201, json!({ "status": { "allowed": is_allowed, "reason": "no role" } }))
        });
        let nodes = Access { verb: "list", resource: &ResourceType::NODES, namespace: None };
        let [pods] = access_of_readiness("azureml");
        let missing = unhurried(async |options| {
            find_missing(&cluster.cluster, &[pods, nodes], options).await
        });
        let missing: Vec<_> = missing.await.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(missing, ["the right to list nodes is missing: no role"]);
        let asked = &cluster.requests()[0].body["spec"]["resourceAttributes"];
        assert_eq!(
            (asked["namespace"].as_str(), asked["group"].as_str()),
            (Some("azureml"), Some(""))
        );
    }
}
