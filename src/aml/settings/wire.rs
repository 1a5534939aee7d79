//! The keys of settings on the wire that rules name.
//!
//! A typed setting that no rule names has its key in [`super::KEYS`] only.

// === typed settings ===

pub const ENABLE_TRAINING: &str = "enableTraining";
pub const ENABLE_INFERENCE: &str = "enableInference";
pub const LOG_ANALYTICS_WS: &str = "logAnalyticsWS";
pub const INSTALL_NVIDIA_DEVICE_PLUGIN: &str = "installNvidiaDevicePlugin";
pub const ALLOW_INSECURE_CONNECTIONS: &str = "allowInsecureConnections";
pub const INFERENCE_ROUTER_SERVICE_TYPE: &str = "inferenceRouterServiceType";
pub const INFERENCE_ROUTER_HA: &str = "inferenceRouterHA";
pub const INTERNAL_LOAD_BALANCER_PROVIDER: &str = "internalLoadBalancerProvider";
pub const SSL_SECRET: &str = "sslSecret";
pub const SSL_CNAME: &str = "sslCname";
pub const CLUSTER_PURPOSE: &str = "clusterPurpose";

// === the router of online endpoints, which follows from typed settings ===

pub const ROUTER_NODE_PORT: &str = "scoringFe.serviceType.nodePort";
pub const ROUTER_INTERNAL_LOAD_BALANCER: &str = "scoringFe.serviceType.internalLoadBalancer";
pub const ROUTER_SSL_SECRET: &str = "scoringFe.sslSecret";
pub const ROUTER_SSL_CERT: &str = "scoringFe.sslCert";
pub const ROUTER_SSL_KEY: &str = "scoringFe.sslKey";
pub const ROUTER_NAMESPACE: &str = "scoringFe.namespace";
pub const IS_AKS_MIGRATION: &str = "isAKSMigration";
pub const NGINX_INGRESS_ENABLED: &str = "nginxIngress.enabled";

// === the cluster ===

pub const CLUSTER_ID: &str = "clusterId";
pub const CLUSTER_NAME: &str = "cluster_name";
pub const CLUSTER_NAME_FRIENDLY: &str = "cluster_name_friendly";
pub const PROMETHEUS_CLUSTER_NAME: &str = "prometheus.prometheusSpec.externalLabels.cluster_name";
pub const LOCATION: &str = "location";
pub const JOB_SCHEDULER_LOCATION: &str = "jobSchedulerLocation";
pub const DOMAIN: &str = "domain";
pub const OPENSHIFT: &str = "openshift";

// === the connections ===

pub const RELAY_ENABLED: &str = "relayserver.enabled";
pub const RELAY_NAME: &str = "relayserver.hybridConnectionName";
pub const RELAY_ID: &str = "relayserver.hybridConnectionResourceID";
pub const RELAY_CONNECTION_STRING: &str = "relayServerConnectionString";
pub const RELAY_CONNECTION_STRING_COPY: &str = "relayserver.relayConnectionString";
pub const SERVICE_BUS_ENABLED: &str = "servicebus.enabled";
pub const SERVICE_BUS_ID: &str = "servicebus.resourceID";
/// The prefix of a topic's name; the value is that of its subscription.
pub const SERVICE_BUS_TOPIC: &str = "servicebus.topicSubMapping.";
pub const SERVICE_BUS_CONNECTION_STRING: &str = "serviceBusConnectionString";
pub const SERVICE_BUS_CONNECTION_STRING_COPY: &str = "servicebus.connectionString";
pub const LOG_ANALYTICS_ENABLED: &str = "azure_log_analytics.enabled";
pub const LOG_ANALYTICS_CUSTOMER_ID: &str = "azure_log_analytics.customer_id";
/// Despite its name it takes the shared key of the workspace.
pub const LOG_ANALYTICS_SHARED_KEY: &str = "azure_log_analytics.connection_string";

// === the product of 2021 ===

pub const RELAY_CONNECTION_STRING_2021: &str = "RelayConnectionString";
pub const PRIVATE_ENDPOINT_NODE_PORT: &str = "privateEndpointNodeport";
pub const PRIVATE_ENDPOINT_INTERNAL_LOAD_BALANCER: &str = "privateEndpointILB";
pub const INFERENCE_LOAD_BALANCER_HA: &str = "inferenceLoadBalancerHA";
