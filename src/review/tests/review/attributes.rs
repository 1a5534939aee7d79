//! Attributes as the provider's schemas have them.

use framework::Server;
use framework::schema::{Attribute, Presence};
use review::Review;
use serde_json::json;

use crate::support::SCHEMAS;

/// What only the service answers and what calls nothing.
#[test]
fn attributes_are_told_as_the_schema_has_them() {
    let server = Server::new::<provider::AzureMl>();
    let types = &server.schemas().resources;
    assert!(types.len() >= 2, "{:?}", types.keys());
    for (kind, schema) in types {
        for attribute in &schema.body().attributes {
            is_told(kind, attribute);
        }
    }
}

fn is_told(kind: &str, attribute: &Attribute) {
    let name = attribute.name;
    let answered = attribute.presence == Presence::Computed;
    let mut review = changing(kind, name);
    let resource = review.resources.remove(0);
    let mut told: Vec<_> = resource.settings.iter().map(|each| each.path.as_str()).collect();
    // The default type is told beside the table of types.
    if resource.instance_types.is_some_and(|types| types.default_before != types.default_after) {
        told.push("default_instance_type");
    }
    // The table of a cluster tells of an instance type.
    if resource.settings.is_empty()
        && review.clusters.iter().any(|it| it.instance_types.any_change())
    {
        told.push(name);
    }
    let expected = if answered { vec![] } else { vec![name] };
    assert_eq!(told, expected, "{kind}.{name}: {:?}", attribute.presence);
    assert_eq!(resource.state_only, attribute.state_only, "{kind}.{name} calls nothing");
}

/// What the review says of an update of that attribute alone.
fn changing(kind: &str, attribute: &str) -> Review {
    let side = |value: &str| {
        let mut side = json!({ "name": "small" });
        side[attribute] = json!(value);
        side
    };
    let change = json!({
        "actions": ["update"],
        "before": side("before"),
        "after": side("after"),
        "after_unknown": {},
        "before_sensitive": {},
        "after_sensitive": {},
    });
    let plan = json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [{
            "address": format!("{kind}.this"),
            "mode": "managed",
            "type": kind,
            "name": "this",
            "provider_name": "registry.terraform.io/azureml/azureml",
            "change": change,
        }],
    });
    review::review(plan.to_string().as_bytes(), &SCHEMAS).unwrap()
}
