//! What users may write of an extension.

use std::collections::BTreeMap;

use azure::Id;
use framework::{Attribute, Schema, flag, number, object, objects, text, text_map};

use super::model::{Setting, Word};
use crate::{cluster_checks, connections};

/// Settings by key; one that is null is not written.
type FreeSettings = BTreeMap<String, Option<Setting>>;

const MOVED: &str = "an extension is installed on one cluster and cannot be moved";

pub(super) fn schema() -> Schema {
    Schema::new(
        "Installs the Azure Machine Learning extension (`Microsoft.AzureML.Kubernetes`) on an Arc \
         connected cluster or on AKS, the way the Azure CLI does, so that the cluster can be \
         attached to a workspace as compute.",
    )
    .with(keys())
    .with(typed_settings())
    .with(tls())
    .with(free())
    .with(releases())
    .with(connections::arguments())
    .with(terraform())
    .with(answers())
    .with([side_resources(), effective_settings()])
    .minutes(90, 5, 90, 60)
}

fn keys() -> [Attribute; 2] {
    [
        text("name")
            .required()
            .identifies()
            .replace("an extension cannot be renamed")
            .help("Name of the extension on the cluster, for example `amlarc-compute`."),
        text("cluster_id").required().identifies().semantic_equality::<Id>().replace(MOVED).help(
            "ARM ID of the cluster: an Arc connected cluster \
             (`Microsoft.Kubernetes/connectedClusters`) or an AKS cluster \
             (`Microsoft.ContainerService/managedClusters`). Subscription, resource group and kind \
             of cluster come from it.",
        ),
    ]
}

/// The attributes of `aml`'s typed settings.
pub(super) fn typed_settings() -> impl Iterator<Item = Attribute> {
    features().into_iter().chain(components()).chain(inference())
}

/// What the cluster is to be used for. One of the first two must be true.
fn features() -> Vec<Attribute> {
    vec![
        flag("enable_training").optional().help(
            "Whether the cluster runs training jobs. Defaults to `false`. At least one of \
             `enable_training` and `enable_inference` must be true.",
        ),
        flag("enable_inference")
            .optional()
            .help("Whether the cluster serves online endpoints. Defaults to `false`."),
        flag("log_analytics_ws").optional().help(
            "Whether logs go to a Log Analytics workspace, which may cost money. `true` means the \
             same as `log_analytics = { mode = \"managed\" }`. Defaults to `false`, unless \
             `log_analytics` says otherwise.",
        ),
        text("cluster_purpose").optional().semantic_equality::<Word>().help(
            "`DevTest` or `FastProd`, in any case. Defaults to `DevTest` for a cluster of fewer \
             than three nodes, with training too; for any other cluster nothing is sent. Inference \
             reads it.",
        ),
        text_map("node_selector").optional().ignore_undeclared_keys().help(
            "Labels of the nodes on which the extension's own pods run, as the nodes have them: \
             `\"kubernetes.io/os\" = \"linux\"`. An entry can be added or changed in place; one \
             that is taken away stays in the service.",
        ),
    ]
}

/// Components that may already be there. Installing one twice can make the installation fail.
fn components() -> Vec<Attribute> {
    const REMOVED: &str = "The product of today no longer knows it, and nothing took its place: \
                           leave it out.";
    vec![
        flag("install_nvidia_device_plugin").optional().help(
            "Whether the NVIDIA device plugin is installed. Defaults to `false`; the product of \
             2021 installed it by default. Set it to `false` where the plugin is already there.",
        ),
        flag("install_prom_op").optional().help(
            "Whether the Prometheus operator is installed. Defaults to `true`. Set it to `false` \
             where one is already there.",
        ),
        flag("install_volcano").optional().help(
            "Whether the Volcano scheduler is installed for training. Defaults to `true`. Set it \
             to `false` where it is already there.",
        ),
        flag("install_dcgm_exporter")
            .optional()
            .help("Whether the exporter of GPU metrics is installed. Defaults to `false`."),
        flag("install_blobfuse_sysctl").optional().deprecated(REMOVED).help(
            "Whether Blobfuse 1.3.7 is installed. A setting of 2021, whose default was `true` with \
             training. Set it to `false` where Blobfuse is already there.",
        ),
        flag("install_blobfuse_flexvol").optional().deprecated(REMOVED).help(
            "Whether the Blobfuse Flexvolume is installed. A setting of 2021, whose default was \
             `true` with training. Set it to `false` where it is already there.",
        ),
        text("volume_plugin_dir").optional().deprecated(REMOVED).help(
            "Host path of the Blobfuse Flexvolume, with training only. A setting of 2021, whose \
             default was `/etc/kubernetes/volumeplugins`.",
        ),
    ]
}

/// The router of online endpoints.
fn inference() -> Vec<Attribute> {
    vec![
        flag("allow_insecure_connections").optional().help(
            "Whether endpoints may be reached over HTTP. Without it, inference needs TLS: \
             `ssl_secret`, or a certificate and its key. Defaults to `false`.",
        ),
        text("inference_router_service_type").optional().semantic_equality::<Word>().help(
            "How the router is exposed: `loadBalancer`, `nodePort` or `clusterIP`. Required with \
             inference.",
        ),
        flag("inference_router_ha").optional().help(
            "Whether three replicas of the router run, which takes three nodes. Defaults to \
             `true`, and to `false` on a smaller cluster.",
        ),
        text("internal_load_balancer_provider")
            .optional()
            .semantic_equality::<Word>()
            .help("`azure` for an internal load balancer of AKS; not with `nodePort`."),
        text("ssl_secret")
            .optional()
            .help("Name of the secret in namespace `azureml` that holds `cert.pem` and `key.pem`."),
        text("ssl_cname").optional().help("Host name of the certificate. Required with TLS."),
    ]
}

fn tls() -> [Attribute; 5] {
    [
        text("ssl_cert_pem").optional().sensitive().help(
            "Certificate of the router, as PEM text and not as a path: server, intermediate, root. \
             It is stored in the state; `ssl_cert_pem_wo` is not.",
        ),
        text("ssl_key_pem").optional().sensitive().help(
            "RSA key of the certificate, as PEM text and not as a path, without a passphrase. It \
             is stored in the state; `ssl_key_pem_wo` is not.",
        ),
        text("ssl_cert_pem_wo")
            .optional()
            .sensitive()
            .write_only()
            .help("As `ssl_cert_pem`, never stored. Sent again when `ssl_pem_wo_version` changes."),
        text("ssl_key_pem_wo")
            .optional()
            .sensitive()
            .write_only()
            .help("As `ssl_key_pem`, never stored. Sent again when `ssl_pem_wo_version` changes."),
        number("ssl_pem_wo_version")
            .optional()
            .help("Change it to send `ssl_cert_pem_wo` and `ssl_key_pem_wo` again."),
    ]
}

/// Settings that have no attribute of their own.
fn free() -> [Attribute; 5] {
    [
        text_map("configuration_settings")
            .optional()
            .ignore_undeclared_keys()
            .semantic_equality::<FreeSettings>()
            .help(
                "Any other setting of the extension, by its key on the wire. A key that has an \
                 attribute of its own is refused. A key that is taken away stays in the service.",
            ),
        number("configuration_settings_version").optional().help(
            "Change it to send all plain settings again, in place and without secrets: where what \
             a setting points to has changed, such as a renewed certificate in `ssl_secret`.",
        ),
        text_map("configuration_protected_settings").optional().sensitive().help(
            "Secret settings of the extension. The service never gives them back, so a change made \
             elsewhere cannot be seen. They are stored in the state; \
             `configuration_protected_settings_wo` is not.",
        ),
        text_map("configuration_protected_settings_wo").optional().sensitive().write_only().help(
            "As `configuration_protected_settings`, never stored. Sent again when \
             `configuration_protected_settings_wo_version` changes.",
        ),
        number("configuration_protected_settings_wo_version")
            .optional()
            .help("Change it to send `configuration_protected_settings_wo` again."),
    ]
}

fn releases() -> [Attribute; 3] {
    [
        text("release_train").optional().computed().stable().semantic_equality::<Word>().help(
            "Release train. Defaults to `stable` for a new extension, later to the one that the \
             service has.",
        ),
        text("version").optional().help(
            "Version to pin. Without it, the service installs the newest version of the release \
             train and upgrades by itself; `current_version` says what runs. It changes in place.",
        ),
        flag("auto_upgrade_minor_version").optional().computed().stable().help(
            "Whether the service upgrades by itself. Defaults to `true` without `version` and to \
             `false` with it. `true` together with `version` is refused.",
        ),
    ]
}

/// What only Terraform knows.
fn terraform() -> [Attribute; 3] {
    [
        flag("force_delete").optional().state_only().help(
            "Whether the extension may be deleted without the cluster's agent, where the cluster \
             is not connected or an ordinary deletion timed out. It leaves Helm objects in the \
             cluster.",
        ),
        flag("wait_for_pods").optional().state_only().help(
            "Whether a create and an update wait, after the service has said `Succeeded`, until \
             the extension's pods run in the cluster, within `timeouts`. The cluster is asked \
             before anything is written: an Arc connected cluster needs the block `kubernetes` of \
             the provider, AKS does not. Defaults to `false`.",
        ),
        cluster_checks::attribute(
            "components that are there already, nodes that would not take the extension, and too few \
             nodes for high availability",
        ),
    ]
}

/// What the service says of the extension.
pub(super) fn answers() -> [Attribute; 7] {
    [
        text("id").computed().stable().help("ARM ID of the extension."),
        text("extension_type").computed().stable().help("`microsoft.azureml.kubernetes`."),
        text("release_namespace").computed().stable().help("Namespace of its pods: `azureml`."),
        upgraded(text("current_version")).help("Version that is installed."),
        text("provisioning_state").computed().stable().help("`Succeeded` when it is installed."),
        upgraded(objects(
            "statuses",
            [
                text("code").computed().service_code().help("Code."),
                text("display_status").computed().service_words().help("The code in words."),
                text("level").computed().help("`Information`, `Warning` or `Error`."),
                text("message").computed().service_words().help("Message of Helm or of the agent."),
            ],
        ))
        .help("Statuses that the cluster's agent reports."),
        object(
            "identity",
            [
                text("principal_id").computed().help("Object ID."),
                text("tenant_id").computed().help("Tenant."),
            ],
        )
        .computed()
        .stable()
        .help("Managed identity of the extension; none on AKS."),
    ]
}

fn side_resources() -> Attribute {
    objects(
        "side_resources",
        [
            text("kind").computed().help(
                "`relay_namespace`, `hybrid_connection`, `service_bus_namespace` or \
                 `log_analytics_workspace`.",
            ),
            text("id").computed().help("ARM ID."),
            flag("created").computed().help(
                "Whether this resource created it, and so may delete it with the extension.",
            ),
        ],
    )
    .computed()
    .depends_on("relay")
    .depends_on("service_bus")
    .depends_on("log_analytics")
    .depends_on("log_analytics_ws")
    .help(
        "Azure resources that the extension uses: a relay, a service bus, a Log Analytics workspace.",
    )
}

fn effective_settings() -> Attribute {
    text_map("effective_configuration_settings").computed().help(
        "The plain settings that the service holds beyond those that are written here: what the \
         provider derived, and what the service added.",
    )
}

/// What another version, or a repair, moves.
fn upgraded(attribute: Attribute) -> Attribute {
    let causes = ["version", "release_train", "auto_upgrade_minor_version", "provisioning_state"];
    causes.into_iter().fold(attribute.computed(), Attribute::depends_on)
}
