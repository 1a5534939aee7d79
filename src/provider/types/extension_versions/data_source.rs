//! `azureml_extension_versions`: which versions of the extension there are, for a cluster or a region.

use aml::catalogue::{Refusal, Release, cluster_type, is_newer};
use aml::settings::{Cluster, ClusterKind, release_train};
use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id};
use framework::{
    Attr, AttrList, AttrMap, Attribute, DataSource, Diagnostic, Diagnostics, Schema, flag, number,
    objects, text, text_map, texts,
};
use serde::{Deserialize, Serialize};

use crate::arm::catalogue::Catalogue;
use crate::arm::not_found;
use crate::arm::{ids, operation, preflight};
use crate::context::{AzureMl, Context};
use crate::explain::{Action, Error, Result, with_context};

/// The trains that Microsoft publishes to; the service lists the versions of one, never the trains.
const TRAINS: [&str; 2] = ["stable", "preview"];

/// The data source.
pub(crate) struct ExtensionVersionsData;

impl DataSource for ExtensionVersionsData {
    const NAME: &'static str = "extension_versions";
    const GUIDE: &'static str = include_str!("guide.md");
    type Provider = AzureMl;
    type Model = Overview;

    fn schema() -> Schema {
        Schema::new(
            "Looks up which versions of the Azure Machine Learning extension \
             (`Microsoft.AzureML.Kubernetes`) there are for a cluster or in a region, which of them \
             runs, whether there is a newer one, and which versions of Kubernetes each refuses. \
             Versions are compared number by number: `1.1.9` comes before `1.1.10`.",
        )
        .with(place())
        .with(choice())
        .with(found_there())
        .with(computed_attributes())
    }

    fn validate(config: &Overview, found: &mut Diagnostics) {
        ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
        found.extend(contradiction(config));
        if let Some(kind) = config.cluster_type.known()
            && kind_of(kind).is_none()
        {
            found.push(argument_error(
                "cluster_type",
                "It is connectedClusters or managedClusters.",
            ));
        }
        if config.major_version.known().is_some_and(|major| *major < 0) {
            found.push(argument_error("major_version", "It is a number such as 1."));
        }
    }

    async fn read(context: &mut Context<'_>, config: Overview) -> Result<Overview> {
        let view = View::of(context, &config).await?;
        let Some(of_type) = view.catalogue.extension_type(context).await? else {
            return Err(view.lacks_the_type());
        };
        let installed = view.installed.as_ref().map(ArmResource::properties);
        let installed_train = installed.and_then(|it| it["releaseTrain"].as_str());
        let train = config.release_train.known().map(String::as_str).or(installed_train);
        let train = release_train(train).to_owned();
        let releases = view.releases(context, &config, &train, false).await?;
        if releases.is_empty() {
            context.diagnostics.push(no_release_error(&view.catalogue.id, &train));
        }
        let newest = view.newest_by_train(context, &config, &train, &releases).await?;
        let current = installed.and_then(|it| it["currentVersion"].as_str());
        Ok(versions_from_response(config, &view, &of_type, &releases, current)
            .with_trains(train, newest))
    }
}

// === schema ===

fn place() -> [Attribute; 4] {
    [
        text("cluster_id").optional().semantic_equality::<Id>().help(
            "ARM ID of the cluster to look for: an Arc connected cluster or an AKS cluster. Either \
             this or `location` is needed.",
        ),
        text("location").optional().help("Region to look in, such as `eastus`."),
        text("subscription_id")
            .optional()
            .help("Subscription to look in, with `location`. Default: the provider's."),
        text("cluster_type").optional().help(
            "With `location`: only versions for `connectedClusters` (Arc) or `managedClusters` \
             (AKS).",
        ),
    ]
}

fn choice() -> [Attribute; 2] {
    [
        text("release_train").optional().computed().help(
            "Release train of the versions. Default: that of the extension on the cluster, else \
             `stable`.",
        ),
        number("major_version").optional().help("Only versions with this number in front."),
    ]
}

fn found_there() -> [Attribute; 6] {
    [
        text("id")
            .computed()
            .help("ARM ID of the extension type, as the cluster or region has it."),
        text("description").computed().help("What the service says about the extension type."),
        text("kubernetes_version")
            .computed()
            .help("Version of Kubernetes on the cluster. Null for a region."),
        text("distribution")
            .computed()
            .help("Distribution of Kubernetes on the cluster. Null for a region and for AKS."),
        text("installed_version")
            .computed()
            .help("Version that runs on the cluster. Null where the extension is not installed."),
        flag("update_available").computed().help(
            "Whether `latest_supported` is newer than `installed_version`. Null for a region.",
        ),
    ]
}

fn computed_attributes() -> [Attribute; 4] {
    [
        objects(
            "versions",
            [
                text("version").computed().help("Version."),
                flag("supported")
                    .computed()
                    .help("Whether the catalogue lets it run on the cluster. Null for a region."),
                texts("cluster_types").computed().help("Kinds of clusters that take it."),
                objects(
                    "unsupported_kubernetes_versions",
                    [
                        text("cluster_type").computed().help(
                            "Kind of cluster: `connectedClusters`, `managedClusters` or other.",
                        ),
                        texts("distributions")
                            .computed()
                            .help("Distributions; `All` is every one."),
                        texts("versions").computed().help(
                            "What it refuses: `=1.28.0`, `>1.30`, `<1.25`, `1.26.0...1.28.0`.",
                        ),
                    ],
                )
                .computed()
                .help("Versions of Kubernetes that it does not run on."),
            ],
        )
        .computed()
        .help("Every version of the release train, the newest first."),
        text("latest").computed().help("Newest version of the release train. Null if it has none."),
        text("latest_supported")
            .computed()
            .help("Newest version that the catalogue lets run on the cluster. Null for a region."),
        text_map("latest_by_release_train").computed().help(
            "Newest version of each release train that has one: `stable`, `preview` and \
             `release_train`.",
        ),
    ]
}

// === model ===

/// What is asked and what is found: one field per attribute of the schema.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Overview {
    cluster_id: Attr<String>,
    location: Attr<String>,
    subscription_id: Attr<String>,
    cluster_type: Attr<String>,
    release_train: Attr<String>,
    major_version: Attr<i64>,
    id: Attr<String>,
    description: Attr<String>,
    kubernetes_version: Attr<String>,
    distribution: Attr<String>,
    installed_version: Attr<String>,
    update_available: Attr<bool>,
    versions: AttrList<Entry>,
    latest: Attr<String>,
    latest_supported: Attr<String>,
    latest_by_release_train: AttrMap<String>,
}

/// One version.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Entry {
    version: Attr<String>,
    supported: Attr<bool>,
    cluster_types: AttrList<String>,
    unsupported_kubernetes_versions: AttrList<Refused>,
}

/// What it refuses of Kubernetes on one kind of cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Refused {
    cluster_type: Attr<String>,
    distributions: AttrList<String>,
    versions: AttrList<String>,
}

impl Overview {
    fn with_trains(self, train: String, newest: AttrMap<String>) -> Self {
        Self { release_train: train.into(), latest_by_release_train: newest, ..self }
    }
}

// === looking ===

/// Where the catalogue is looked at, and what is there.
struct View {
    catalogue: Catalogue,
    cluster: Option<Cluster>,
    installed: Option<ArmResource>,
}

impl View {
    async fn of(context: &Context<'_>, config: &Overview) -> Result<Self> {
        if config.cluster_id.is_null() {
            let catalogue = region(context, config)?;
            return Ok(Self { catalogue, cluster: None, installed: None });
        }
        let id = ids::need("cluster_id", &config.cluster_id, &ids::CLUSTERS)?;
        let (kind, arm_kind) = preflight::kind_of(&id)?;
        let found = operation::find(context, arm_kind, &id).await?;
        let found = found.ok_or_else(|| not_found(arm_kind, &id, "cluster_id", look_for(kind)))?;
        let location = found.location().unwrap_or_default();
        let cluster = Cluster::read(kind, &id.to_string(), location, found.properties());
        let (arm, options) = (&context.provider.arm, operation::read_options(context));
        let listed = arm.list_where(&EXTENSIONS, &id, &options, preflight::is_azureml).await;
        let listed = listed.map_err(with_context(Action::Read, &EXTENSIONS, &id))?;
        let installed = listed.into_iter().next();
        Ok(Self { catalogue: Catalogue::of_cluster(&id)?, cluster: Some(cluster), installed })
    }

    async fn releases(
        &self, context: &Context<'_>, config: &Overview, train: &str, newest_only: bool,
    ) -> Result<Vec<Release>> {
        let major = config.major_version.known().map(ToString::to_string);
        let kind = config.cluster_type.known().and_then(|kind| kind_of(kind)).map(cluster_type);
        let asked = [
            Some(("releaseTrain", train)),
            major.as_deref().map(|major| ("majorVersion", major)),
            kind.map(|kind| ("clusterType", kind)),
            newest_only.then_some(("showLatest", "true")),
        ];
        let asked: Vec<_> = asked.into_iter().flatten().collect();
        self.catalogue.releases(context, &asked).await
    }

    /// The newest of every train, of which one is listed already.
    async fn newest_by_train(
        &self, context: &Context<'_>, config: &Overview, train: &str, listed: &[Release],
    ) -> Result<AttrMap<String>> {
        let mut newest = Vec::new();
        newest.extend(listed.first().map(|it| (train.to_owned(), it.version.clone())));
        for other in TRAINS.into_iter().filter(|other| !other.eq_ignore_ascii_case(train)) {
            let found = self.releases(context, config, other, true).await?;
            newest.extend(found.into_iter().next().map(|it| (other.to_owned(), it.version)));
        }
        Ok(newest.into_iter().collect())
    }

    fn lacks_the_type(&self) -> Error {
        let at = if self.cluster.is_some() { "cluster_id" } else { "location" };
        let check = "The region or the cloud does not offer the extension. Where it is offered:\n\n  \
                     az provider show --namespace Microsoft.KubernetesConfiguration --query \
                     \"resourceTypes[?resourceType=='extensions'].locations\"";
        not_found(self.catalogue.kind, &self.catalogue.id, at, check)
    }
}

/// A region's name is written as in `East US` or as in `eastus`.
fn region(context: &Context<'_>, config: &Overview) -> Result<Catalogue> {
    let location = config.location.require()?.replace(' ', "").to_lowercase();
    let subscription = config.subscription_id.known().or(context.provider.subscription.as_ref());
    let subscription = subscription.ok_or_else(no_subscription)?;
    Catalogue::of_region(subscription, &location).map_err(|_| {
        let told = format!("There is no region {location:?} in a subscription {subscription:?}.");
        argument_error("location", &told).into()
    })
}

fn versions_from_response(
    config: Overview, view: &View, of_type: &ArmResource, releases: &[Release],
    current: Option<&str>,
) -> Overview {
    let cluster = view.cluster.as_ref();
    let supports = |release: &&Release| cluster.is_some_and(|cluster| !release.refuses(cluster));
    let supported = releases.iter().find(supports).map(|release| release.version.clone());
    let newer = supported.as_deref().zip(current).and_then(|(one, than)| is_newer(one, than));
    let owned = |text: Option<&String>| -> Attr<String> { text.cloned().into() };
    let entry = |release: &Release| Entry {
        version: release.version.clone().into(),
        supported: cluster.map(|cluster| !release.refuses(cluster)).into(),
        cluster_types: release.cluster_types.iter().cloned().collect(),
        unsupported_kubernetes_versions: release.refuses.iter().map(Refused::from).collect(),
    };
    Overview {
        id: Attr::text(&view.catalogue.id),
        description: of_type.properties()["description"].as_str().map(str::to_owned).into(),
        kubernetes_version: owned(cluster.and_then(|it| it.kubernetes_version.as_ref())),
        distribution: owned(cluster.and_then(|it| it.distribution.as_ref())),
        installed_version: current.map(str::to_owned).into(),
        update_available: cluster.map(|_| newer.unwrap_or_default()).into(),
        versions: releases.iter().map(entry).collect(),
        latest: releases.first().map(|release| release.version.clone()).into(),
        latest_supported: supported.into(),
        ..config
    }
}

impl From<&Refusal> for Refused {
    fn from(of: &Refusal) -> Self {
        Self {
            cluster_type: of.cluster_type.clone().into(),
            distributions: of.distributions.iter().cloned().collect(),
            versions: of.versions.iter().cloned().collect(),
        }
    }
}

// === findings ===

/// A cluster or a region, not both and not neither.
fn contradiction(config: &Overview) -> Option<Diagnostic> {
    let given = |attribute: &Attr<String>| attribute.known().is_some();
    if config.cluster_id.is_null() && config.location.is_null() {
        let told = "Set `cluster_id` to look for a cluster, or `location` to look in a region.";
        return Some(argument_error("cluster_id", told));
    }
    let of_region = [
        ("location", &config.location),
        ("subscription_id", &config.subscription_id),
        ("cluster_type", &config.cluster_type),
    ];
    let surplus = of_region.into_iter().find(|(_, attribute)| given(attribute));
    let (name, _) = surplus.filter(|_| given(&config.cluster_id))?;
    Some(argument_error(
        name,
        "The cluster of `cluster_id` says where it is and what. Leave one of them out.",
    ))
}

fn kind_of(written: &str) -> Option<ClusterKind> {
    [ClusterKind::Connected, ClusterKind::Managed]
        .into_iter()
        .find(|kind| cluster_type(*kind).eq_ignore_ascii_case(written))
}

fn look_for(kind: ClusterKind) -> &'static str {
    match kind {
        ClusterKind::Connected => "Check the ID:\n\n  az connectedk8s list --output table",
        ClusterKind::Managed => "Check the ID:\n\n  az aks list --output table",
    }
}

fn no_subscription() -> Error {
    Diagnostic::error("Subscription is missing")
        .detail(
            "A region is looked at from a subscription. Set `subscription_id` here, or that of the \
             provider (ARM_SUBSCRIPTION_ID).",
        )
        .at("location")
        .into()
}

fn no_release_error(id: &Id, train: &str) -> Diagnostic {
    Diagnostic::warning(format!("Release train {train} has no such version"))
        .detail(format!("{id}\n\nCheck `release_train` and `major_version`."))
        .at("release_train")
}

fn argument_error(attribute: &str, detail: &str) -> Diagnostic {
    Diagnostic::error(format!("Invalid {attribute}")).detail(detail).at(attribute)
}
