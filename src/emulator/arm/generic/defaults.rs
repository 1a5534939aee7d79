//! The properties that services fill in, after their published examples.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::arm::resource_call::ResourceCall;
use crate::names::resource_type;
use crate::seed::TENANT;
use crate::store::{Store, merge};
use crate::timestamp;

/// Member of a stored object with its keys; responses leave it out.
pub(in crate::arm) const SECRETS: &str = "secrets";

/// An unlimited duration, as Service Bus writes it.
const UNLIMITED: &str = "P10675199DT2H48M5.4775807S";

pub(super) fn new_object(store: &Store, call: &ResourceCall<'_>) -> Value {
    let name = call.path.name();
    let stamp = timestamp::now();
    let mut object = json!({"id": call.id(store), "name": name, "type": call.resource_type.name});
    let filled = match call.resource_type.name {
        resource_type::RELAY_NAMESPACE | resource_type::SERVICE_BUS_NAMESPACE => {
            namespace(call, &stamp)
        }
        resource_type::LOG_ANALYTICS_WORKSPACE => workspace(),
        resource_type::TOPIC => topic(&stamp),
        resource_type::TOPIC_SUBSCRIPTION => subscription(&stamp),
        resource_type::USER_ASSIGNED_IDENTITY => json!({"properties": {
            "tenantId": TENANT,
            "principalId": Uuid::new_v4().to_string(),
            "clientId": Uuid::new_v4().to_string(),
        }}),
        resource_type::LOCK => json!({}),
        _ if call.resource_type.segment.eq_ignore_ascii_case("AuthorizationRules") => {
            json!({SECRETS: new_keys()})
        }
        _ => json!({"properties": {"createdAt": stamp, "updatedAt": stamp}}),
    };
    merge(&mut object, &filled);
    object
}

pub(super) fn new_keys() -> Value {
    json!({"primary": new_key(), "secondary": new_key()})
}

/// As long as a real key, in its alphabet.
pub(super) fn new_key() -> String {
    let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    format!("{}=", text.get(..43).unwrap_or_default())
}

fn namespace(call: &ResourceCall<'_>, stamp: &str) -> Value {
    let name = call.path.name();
    json!({
        "sku": {"name": "Standard", "tier": "Standard"},
        "properties": {
            "createdAt": stamp,
            "updatedAt": stamp,
            "metricId": format!("{}:{}", call.path.subscription, name.to_ascii_lowercase()),
            "serviceBusEndpoint": format!("https://{name}.servicebus.windows.net:443/"),
        },
    })
}

fn workspace() -> Value {
    json!({
        "properties": {
            "customerId": Uuid::new_v4().to_string(),
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
            "retentionInDays": 30,
            "sku": {"name": "PerGB2018"},
        },
        SECRETS: new_keys(),
    })
}

fn topic(stamp: &str) -> Value {
    json!({"properties": {
        "accessedAt": stamp,
        "autoDeleteOnIdle": UNLIMITED,
        "createdAt": stamp,
        "defaultMessageTimeToLive": UNLIMITED,
        "duplicateDetectionHistoryTimeWindow": "PT10M",
        "enableBatchedOperations": true,
        "enableExpress": false,
        "enablePartitioning": false,
        "maxMessageSizeInKilobytes": 256,
        "maxSizeInMegabytes": 1024,
        "requiresDuplicateDetection": false,
        "sizeInBytes": 0,
        "status": "Active",
        "subscriptionCount": 0,
        "supportOrdering": true,
        "updatedAt": stamp,
    }})
}

fn subscription(stamp: &str) -> Value {
    json!({"properties": {
        "accessedAt": stamp,
        "autoDeleteOnIdle": UNLIMITED,
        "countDetails": {
            "activeMessageCount": 0,
            "deadLetterMessageCount": 0,
            "scheduledMessageCount": 0,
            "transferDeadLetterMessageCount": 0,
            "transferMessageCount": 0,
        },
        "createdAt": stamp,
        "deadLetteringOnFilterEvaluationExceptions": true,
        "deadLetteringOnMessageExpiration": false,
        "defaultMessageTimeToLive": UNLIMITED,
        "enableBatchedOperations": true,
        "lockDuration": "PT1M",
        "maxDeliveryCount": 10,
        "messageCount": 0,
        "requiresSession": false,
        "status": "Active",
        "updatedAt": stamp,
    }})
}
