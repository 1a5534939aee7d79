//! Codes of Azure Resource Manager, whatever the object.

use super::{ALWAYS, BY_CODE, FAILED, REFUSED, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        codes: &[],
        texts: &[
            &["resourcegroupbeingdeleted:"],
            &["resource group", "deprovisioning state"],
            &["resource group", "is being deleted"],
        ],
        printed: "ResourceGroupBeingDeleted",
        when: ALWAYS,
        why: "The resource group {group} is being deleted, and everything in it with it.",
        then: "Wait until it is gone, then create it again and apply; or use another group:\n\n  \
              az group show --name {group} --subscription {subscription}",
    },
    // Codes that say nothing alone: Azure/AKS#3283 has UpdateFailed.
    Rule {
        codes: &["Conflict", "UpdateFailed", "OperationNotAllowed"],
        texts: &[
            &["another operation"],
            &["conflicting operation"],
            &["operation", "in progress"],
            &["is being created"],
            &["is being updated"],
            &["is being deleted"],
            &["provisioning state", "creating"],
            &["provisioning state", "updating"],
            &["provisioning state", "deleting"],
        ],
        why: "Another operation holds the {noun}.",
        then: "Wait until it has ended, then apply again.",
        ..BY_CODE
    },
    Rule {
        codes: &[
            "AnotherOperationInProgress",
            "ConflictingConcurrentWriteNotAllowed",
            "ConflictingOperationInProgress",
            "OperationInProgress",
            "RetryableErrorDueToAnotherOperation",
        ],
        why: "Another operation holds the {noun}.",
        then: "Wait until it has ended, then apply again.",
        ..BY_CODE
    },
    Rule {
        codes: &["MissingSubscriptionRegistration"],
        why: "The subscription is not registered for the resource provider {namespace}.",
        then: "Register it, which takes a minute or two, then apply again:\n\n  \
              az provider register --namespace {namespace} --subscription {subscription} --wait",
        ..BY_CODE
    },
    Rule {
        codes: &[
            "AuthorizationFailed",
            "LinkedAuthorizationFailed",
            "AuthorizationPermissionMismatch",
        ],
        when: REFUSED,
        why: "The identity that the provider signs in with lacks the action named above. An \
              assignment made in the last minutes may not have arrived yet.",
        then: "Have a role assigned that has the action, then apply again:\n\n  \
              az role assignment create --assignee <object or client ID> --role \"{role}\" --scope {scope}",
        ..BY_CODE
    },
    Rule {
        codes: &["AuthorizationFailed", "LinkedAuthorizationFailed"],
        when: FAILED,
        why: "The identity that the error names lacks the action that it names. An assignment made \
              in the last minutes may not have arrived yet.",
        then: "Have a role assigned to that identity that has the action, then apply again:\n\n  \
              az role assignment create --assignee <its object ID> --role <role> --scope <scope>",
        ..BY_CODE
    },
    Rule {
        codes: &["SubscriptionNotFound", "InvalidSubscriptionId"],
        why: "There is no subscription {subscription} in the tenant that the provider signs in to.",
        then: "Check the ID and the provider's `tenant_id`:\n\n  az account list --output table",
        ..BY_CODE
    },
    Rule {
        codes: &["ResourceGroupNotFound"],
        why: "There is no resource group {group} in subscription {subscription}, or the provider \
              signs in to another tenant.",
        then: "Check the ID:\n\n  az group show --name {group} --subscription {subscription}",
        ..BY_CODE
    },
    Rule {
        codes: &["ParentResourceNotFound"],
        why: "The parent of the {noun} does not exist, or was deleted: {parent}",
        then: "Check the ID:\n\n  az resource show --ids {parent}",
        ..BY_CODE
    },
    Rule {
        codes: &["ScopeLocked"],
        why: "A lock forbids the change.",
        then: "Find the lock, and remove it if the change is meant:\n\n  \
              az lock list --resource-group {group} --subscription {subscription} --output table",
        ..BY_CODE
    },
    Rule {
        codes: &[
            "NoRegisteredProviderFound",
            "InvalidApiVersionParameter",
            "InvalidResourceType",
            "LocationNotAvailableForResourceType",
        ],
        why: "This cloud or region does not offer what the provider asks for.",
        then: "Check the provider's `environment` and the region; a newer version of the provider \
              may speak another API version.",
        ..BY_CODE
    },
    Rule {
        codes: &["InvalidAuthenticationTokenTenant"],
        when: REFUSED,
        why: "The token is one of another tenant than the subscription's.",
        then: "Set the provider's `tenant_id` (ARM_TENANT_ID) to the tenant of subscription \
              {subscription}.",
        ..BY_CODE
    },
    Rule {
        codes: &[
            "ExpiredAuthenticationToken",
            "InvalidAuthenticationToken",
            "AuthenticationFailed",
        ],
        when: REFUSED,
        why: "Azure does not accept the token.",
        then: "If the provider's `access_token` (AZUREML_ACCESS_TOKEN) is set, get a new one:\n\n  \
              az account get-access-token --query accessToken --output tsv",
        ..BY_CODE
    },
];
