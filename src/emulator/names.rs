//! The names of Azure's APIs that the code compares or looks up. A name that stands only in one
//! example of a body stays there.

/// The type of the Azure Machine Learning extension, as answers spell it.
pub(crate) const AZUREML_EXTENSION: &str = "microsoft.azureml.kubernetes";

/// Members of `properties`.
pub(crate) mod property {
    pub(crate) const AUTO_UPGRADE_MINOR_VERSION: &str = "autoUpgradeMinorVersion";
    pub(crate) const AUTO_UPGRADE_MODE: &str = "autoUpgradeMode";
    pub(crate) const COMPUTE_LOCATION: &str = "computeLocation";
    pub(crate) const COMPUTE_TYPE: &str = "computeType";
    pub(crate) const CONFIGURATION_PROTECTED_SETTINGS: &str = "configurationProtectedSettings";
    pub(crate) const CONFIGURATION_SETTINGS: &str = "configurationSettings";
    pub(crate) const CURRENT_VERSION: &str = "currentVersion";
    pub(crate) const DEFAULT_INSTANCE_TYPE: &str = "defaultInstanceType";
    pub(crate) const DISABLE_LOCAL_AUTH: &str = "disableLocalAuth";
    pub(crate) const EXTENSION_TYPE: &str = "extensionType";
    pub(crate) const INSTANCE_TYPES: &str = "instanceTypes";
    pub(crate) const NODE_SELECTOR: &str = "nodeSelector";
    pub(crate) const PROVISIONING_STATE: &str = "provisioningState";
    pub(crate) const REGISTRATION_STATE: &str = "registrationState";
    pub(crate) const RELAY_CONNECTION_STRING: &str = "relayConnectionString";
    pub(crate) const RELEASE_TRAIN: &str = "releaseTrain";
    pub(crate) const RESOURCE_ID: &str = "resourceId";
    pub(crate) const SERVICE_BUS_CONNECTION_STRING: &str = "serviceBusConnectionString";
    pub(crate) const USER_ASSIGNED_IDENTITIES: &str = "userAssignedIdentities";
}

/// Values of `provisioningState`, and of the `status` of an operation.
pub(crate) mod state {
    pub(crate) const CREATING: &str = "Creating";
    pub(crate) const DELETING: &str = "Deleting";
    pub(crate) const FAILED: &str = "Failed";
    pub(crate) const SUCCEEDED: &str = "Succeeded";
    pub(crate) const UPDATING: &str = "Updating";
}

/// Resource types, as answers spell them.
pub(crate) mod resource_type {
    pub(crate) const CONNECTED_CLUSTER: &str = "Microsoft.Kubernetes/connectedClusters";
    pub(crate) const MANAGED_CLUSTER: &str = "Microsoft.ContainerService/managedClusters";
    pub(crate) const EXTENSION: &str = "Microsoft.KubernetesConfiguration/extensions";
    pub(crate) const EXTENSION_TYPE: &str = "Microsoft.KubernetesConfiguration/extensionTypes";
    pub(crate) const EXTENSION_VERSION: &str =
        "Microsoft.KubernetesConfiguration/extensionTypes/versions";
    pub(crate) const ML_WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces";
    pub(crate) const COMPUTE: &str = "Microsoft.MachineLearningServices/workspaces/computes";
    pub(crate) const RELAY_NAMESPACE: &str = "Microsoft.Relay/Namespaces";
    pub(crate) const RELAY_NAMESPACE_RULE: &str = "Microsoft.Relay/Namespaces/AuthorizationRules";
    pub(crate) const HYBRID_CONNECTION: &str = "Microsoft.Relay/Namespaces/HybridConnections";
    pub(crate) const HYBRID_CONNECTION_RULE: &str =
        "Microsoft.Relay/Namespaces/Hybridconnections/AuthorizationRules";
    pub(crate) const SERVICE_BUS_NAMESPACE: &str = "Microsoft.ServiceBus/Namespaces";
    pub(crate) const SERVICE_BUS_NAMESPACE_RULE: &str =
        "Microsoft.ServiceBus/Namespaces/AuthorizationRules";
    pub(crate) const TOPIC: &str = "Microsoft.ServiceBus/Namespaces/Topics";
    pub(crate) const TOPIC_SUBSCRIPTION: &str =
        "Microsoft.ServiceBus/Namespaces/Topics/Subscriptions";
    pub(crate) const TOPIC_RULE: &str = "Microsoft.ServiceBus/Namespaces/Topics/AuthorizationRules";
    pub(crate) const LOG_ANALYTICS_WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";
    pub(crate) const USER_ASSIGNED_IDENTITY: &str =
        "Microsoft.ManagedIdentity/userAssignedIdentities";
    pub(crate) const LOCK: &str = "Microsoft.Authorization/locks";
    pub(crate) const PERMISSION: &str = "Microsoft.Authorization/permissions";
    pub(crate) const RESOURCE_GROUP: &str = "Microsoft.Resources/resourceGroups";
}

/// Codes of errors.
pub(crate) mod error_code {
    pub(crate) const ANOTHER_OPERATION_IN_PROGRESS: &str = "AnotherOperationInProgress";
    pub(crate) const AUTHENTICATION_FAILED: &str = "AuthenticationFailed";
    pub(crate) const AUTHORIZATION_FAILED: &str = "AuthorizationFailed";
    pub(crate) const BAD_REQUEST: &str = "BadRequest";
    pub(crate) const CLUSTER_NOT_FOUND: &str = "ClusterNotFound";
    pub(crate) const CLUSTER_NOT_REACHABLE: &str = "ClusterNotReachable";
    pub(crate) const CLUSTER_SERVICE_NOT_FOUND: &str = "ClusterServiceNotFound";
    pub(crate) const CONFLICT: &str = "Conflict";
    pub(crate) const EXTENSION_CREATION_FAILED: &str = "ExtensionCreationFailed";
    pub(crate) const EXTENSION_OPERATION_FAILED: &str = "ExtensionOperationFailed";
    pub(crate) const FAILED_IDENTITY_OPERATION: &str = "FailedIdentityOperation";
    pub(crate) const INVALID_API_VERSION_PARAMETER: &str = "InvalidApiVersionParameter";
    pub(crate) const INVALID_AUTHENTICATION_TOKEN: &str = "InvalidAuthenticationToken";
    pub(crate) const INVALID_COMPUTE_INFORMATION: &str = "InvalidComputeInformation";
    pub(crate) const INVALID_FILTER_IN_QUERY_STRING: &str = "InvalidFilterInQueryString";
    pub(crate) const INVALID_IDENTITY_VALUES: &str = "InvalidIdentityValues";
    pub(crate) const INVALID_PARAMETER: &str = "InvalidParameter";
    pub(crate) const INVALID_REQUEST_CONTENT: &str = "InvalidRequestContent";
    pub(crate) const INVALID_RESOURCE_GROUP_LOCATION: &str = "InvalidResourceGroupLocation";
    pub(crate) const INVALID_RESOURCE_LOCATION: &str = "InvalidResourceLocation";
    pub(crate) const INVALID_RESOURCE_NAMESPACE: &str = "InvalidResourceNamespace";
    pub(crate) const INVALID_RESOURCE_TYPE: &str = "InvalidResourceType";
    pub(crate) const LINKED_AUTHORIZATION_FAILED: &str = "LinkedAuthorizationFailed";
    pub(crate) const LOCATION_REQUIRED: &str = "LocationRequired";
    pub(crate) const METHOD_NOT_ALLOWED: &str = "MethodNotAllowed";
    pub(crate) const MISSING_API_VERSION_PARAMETER: &str = "MissingApiVersionParameter";
    pub(crate) const MISSING_SUBSCRIPTION_REGISTRATION: &str = "MissingSubscriptionRegistration";
    pub(crate) const NO_REGISTERED_PROVIDER_FOUND: &str = "NoRegisteredProviderFound";
    pub(crate) const NOT_FOUND: &str = "NotFound";
    pub(crate) const PARENT_RESOURCE_NOT_FOUND: &str = "ParentResourceNotFound";
    pub(crate) const RESOURCE_GROUP_NOT_FOUND: &str = "ResourceGroupNotFound";
    pub(crate) const RESOURCE_NOT_FOUND: &str = "ResourceNotFound";
    pub(crate) const RESOURCE_OPERATION_FAILURE: &str = "ResourceOperationFailure";
    pub(crate) const SCOPE_LOCKED: &str = "ScopeLocked";
    pub(crate) const SUBSCRIPTION_NOT_FOUND: &str = "SubscriptionNotFound";
    pub(crate) const SUBSCRIPTION_REQUESTS_THROTTLED: &str = "SubscriptionRequestsThrottled";
    pub(crate) const UNSUPPORTED_MEDIA_TYPE: &str = "UnsupportedMediaType";
}
