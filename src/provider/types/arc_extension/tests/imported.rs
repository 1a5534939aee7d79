//! What an import writes must be what a configuration may say, whatever the service holds: it
//! validates, and plans nothing.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};
use tokio::runtime::Builder;

use super::super::schema::schema;
use super::{AKS, ARC, healthy_azure, id};
use crate::tests::{Core, Memory};

/// Keys of the service: typed ones, what is derived from them and from the cluster, those of side
/// resources, labels, secrets, free and unknown ones.
const KEYS: [&str; 50] = [
    "enableTraining",
    "enableInference",
    "logAnalyticsWS",
    "clusterPurpose",
    "installNvidiaDevicePlugin",
    "installPromOp",
    "installVolcano",
    "installDcgmExporter",
    "installBlobfuseSysctl",
    "installBlobfuseFlexvol",
    "volumePluginDir",
    "allowInsecureConnections",
    "inferenceRouterServiceType",
    "inferenceRouterHA",
    "internalLoadBalancerProvider",
    "sslSecret",
    "sslCname",
    "sslCertPemFile",
    "scoringFe.serviceType.nodePort",
    "scoringFe.serviceType.internalLoadBalancer",
    "scoringFe.sslSecret",
    "scoringFe.sslCert",
    "scoringFe.namespace",
    "isAKSMigration",
    "cluster_name",
    "clusterId",
    "domain",
    "location",
    "openshift",
    "nginxIngress.enabled",
    "relayserver.enabled",
    "relayserver.hybridConnectionResourceID",
    "relayserver.hybridConnectionName",
    "relayServerConnectionString",
    "servicebus.enabled",
    "servicebus.resourceID",
    "servicebus.topicSubMapping.a",
    "azure_log_analytics.enabled",
    "azure_log_analytics.customer_id",
    "privateEndpointILB",
    "inferenceLoadBalancerHA",
    r"nodeSelector.kubernetes\.io/os",
    "nodeSelector.kubernetes.io/os",
    "nodeSelector.pool",
    r"nodeSelector.a\,b",
    "nodeSelector",
    "amloperator.skipResourceValidation",
    "someone.elses",
    "doamin",
    "",
];

/// How a key is spelled: as it is, or in a case that the service passes over.
fn any_key() -> impl Strategy<Value = String> {
    (select(&KEYS[..]), 0..6_u8).prop_map(|(key, how)| match how {
        0 => key.to_uppercase(),
        1 => key.to_lowercase(),
        2 => key[..key.len().min(1)].to_uppercase() + key.get(1..).unwrap_or_default(),
        _ => key.to_owned(),
    })
}

fn any_value() -> impl Strategy<Value = Json> {
    let bus = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ServiceBus/namespaces/b";
    let relay = id("Microsoft.Relay/namespaces/n/hybridConnections/c");
    let texts = [
        "True",
        "true",
        "FALSE",
        "false",
        "",
        "odd",
        "a b",
        "DevTest",
        "fastprod",
        "azure",
        "LoadBalancer",
        "nodePort",
        "ClusterIP",
        "edge.example",
        "linux",
        bus,
    ];
    let texts = texts.map(|text| json!(text));
    let others = [json!(null), json!(true), json!(3), json!({}), json!(["a"]), json!(relay)];
    select([&texts[..], &texts, &others].concat())
}

/// Mostly an extension that works, with whatever else.
fn any_settings() -> impl Strategy<Value = Json> {
    let works = [
        json!({}),
        json!({ "enableTraining": "True" }),
        json!({ "enableTraining": "True", "InferenceRouterHA": "false", "inferenceRouterHA": "False" }),
        json!({
            "enableInference": "True", "inferenceRouterServiceType": "loadBalancer",
            "allowInsecureConnections": "True",
        }),
        json!({
            "enableInference": "true", "inferenceRouterServiceType": "NodePort",
            "sslCname": "edge.example", "scoringFe.serviceType.nodePort": "True",
        }),
    ];
    let entries = prop::collection::vec((any_key(), any_value()), 0..8);
    let map = (select(works.to_vec()), entries).prop_map(|(works, entries)| {
        let mut map = works.as_object().cloned().unwrap_or_default();
        map.extend(entries);
        Json::Object(map)
    });
    prop_oneof![8 => map, 1 => Just(Json::Null), 1 => Just(json!([]))]
}

fn any_properties() -> impl Strategy<Value = Json> {
    let any = |of: &[Json]| select(of.to_vec());
    let secrets = [json!(null), json!({}), json!({ "a": "" }), json!({ "scoringFe.sslCert": "" })];
    let trains = [json!(null), json!("stable"), json!("Stable"), json!("preview")];
    let versions = [json!(null), json!("1.1.39")];
    let upgrades = [json!(null), json!(true), json!(false), json!("odd")];
    (any_settings(), any(&secrets), any(&trains), any(&versions), any(&upgrades)).prop_map(
        |(settings, secrets, train, version, upgrade)| {
            json!({
                "extensionType": "microsoft.azureml.kubernetes",
                "provisioningState": "Succeeded",
                "configurationSettings": settings,
                "configurationProtectedSettings": secrets,
                "releaseTrain": train,
                "version": version,
                "autoUpgradeMinorVersion": upgrade,
            })
        },
    )
}

fn cases() -> ProptestConfig {
    // A failing case is in the message; a file beside the sources would be taken for a crate.
    ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn whatever_is_imported_validates_and_plans_nothing(
        properties in any_properties(), managed: bool,
    ) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| TestCaseError::fail(error.to_string()))?;
        runtime.block_on(imports(properties, if managed { AKS } else { ARC }))?;
    }
}

async fn imports(properties: Json, cluster: &str) -> Result<(), TestCaseError> {
    let memory: Memory = healthy_azure();
    let extension =
        id(&format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    memory.set(&extension, json!({ "name": "aml", "properties": properties }));
    let mut core = Core::new("arc_extension", &memory);
    core.import(&extension).await;
    core.read().await;
    let config = generated(&core.state());
    let errors = core.validate(&config).await;
    let errors: Vec<_> = errors.into_iter().filter(|text| text.starts_with("error")).collect();
    prop_assert_eq!(errors, [""; 0], "{:#}", config);
    let plan = core.plan(&config).await;
    prop_assert!(
        !plan.found.has_errors(),
        "{:?} of {:#}",
        core.plan_diagnostics(&config).await,
        config
    );
    prop_assert_eq!(core.changes(&config).await, [""; 0], "{:#}", config);
    core.read().await;
    prop_assert_eq!(core.changes(&config).await, [""; 0], "read again: {:#}", config);
    prop_assert_eq!(memory.writes(), [""; 0]);
    Ok(())
}

/// What `-generate-config-out` writes: every argument with its value, and null for a secret.
fn generated(state: &Json) -> Json {
    let both = ["release_train", "auto_upgrade_minor_version"];
    let schema = schema();
    let written = schema.attributes().iter().filter(|each| {
        let is_argument = !each.is_computed() || both.contains(&each.name);
        is_argument && !each.sensitive && !each.write_only
    });
    let fields = written.map(|each| (each.name.to_owned(), state[each.name].clone()));
    Json::Object(fields.collect::<Map<_, _>>())
}
