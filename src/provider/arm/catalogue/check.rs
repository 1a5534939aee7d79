//! Whether the catalogue lets a version run on a cluster, before anything is written.

use std::time::Duration;

use aml::catalogue::{Reason, Release, cluster_type, nearby_versions};
use aml::settings::Cluster;
use azure::Id;
use framework::Diagnostic;

use super::Catalogue;
use crate::context::Context;
use crate::explain::{Error, Result};

/// Longest look at the catalogue. A cloud that has none must not hold an installation up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many versions a message names.
const NAMED: usize = 5;

/// What is about to run where.
pub(crate) struct VersionCheck<'a> {
    pub(crate) cluster_id: &'a Id,
    pub(crate) cluster: &'a Cluster,
    pub(crate) train: &'a str,
    /// `None`: the newest of the train.
    pub(crate) version: Option<&'a str>,
}

/// Refuses a version that there is not, or that does not run on the cluster. Where the catalogue
/// cannot be read, as in clouds that have none or by whom may not read it, nothing is refused: then
/// the service itself has to tell.
pub(crate) async fn check(context: &Context<'_>, wanted: &VersionCheck<'_>) -> Result<()> {
    let skipped = match tokio::time::timeout(PATIENCE, wanted.judge(context)).await {
        Ok(Ok(None)) => return Ok(()),
        Ok(Ok(Some(told))) => return Err(told.into()),
        Ok(Err(Error::Azure(trouble))) => trouble.error.to_string(),
        Ok(Err(error)) => return Err(error),
        Err(_) => "it does not answer".to_owned(),
    };
    tracing::info!("the version is not looked up in the catalogue: {skipped}");
    Ok(())
}

impl VersionCheck<'_> {
    async fn judge(&self, context: &Context<'_>) -> Result<Option<Diagnostic>> {
        let offered = Catalogue::of_cluster(self.cluster_id)?;
        let listed = offered.releases(context, &[("releaseTrain", self.train)]).await?;
        let Some(newest) = listed.first() else { return self.judged_by_region(context).await };
        let Some(version) = self.version else {
            let reason = newest.refusal(self.cluster);
            return Ok(reason.map(|reason| self.newest_refused(newest, &reason, &listed)));
        };
        let found = match listed.iter().find(|release| release.version == version) {
            Some(found) => Some(found.clone()),
            None => offered.release(context, version).await?,
        };
        let Some(found) = found else {
            return Ok(Some(self.not_offered(context, version, &listed).await?));
        };
        let reason = found.refusal(self.cluster);
        Ok(reason.map(|reason| self.version_refused(version, &reason, &listed)))
    }

    /// A cluster is offered nothing: because of what it runs, if its region has versions and all of
    /// them refuse it.
    async fn judged_by_region(&self, context: &Context<'_>) -> Result<Option<Diagnostic>> {
        let Some(region) = self.region()? else { return Ok(None) };
        let listed = region.releases(context, &[("releaseTrain", self.train)]).await?;
        let Some(newest) = listed.first() else { return Ok(None) };
        let reason = newest.refusal(self.cluster);
        let none = listed.iter().all(|release| release.refuses(self.cluster));
        Ok(reason.filter(|_| none).map(|reason| self.newest_refused(newest, &reason, &listed)))
    }

    /// Why a cluster is not offered a version: its region may have it, and say what it refuses.
    async fn not_offered(
        &self, context: &Context<'_>, version: &str, listed: &[Release],
    ) -> Result<Diagnostic> {
        let found = match self.region()? {
            Some(region) => region.release(context, version).await.ok().flatten(),
            None => None,
        };
        let reason = found.and_then(|found| found.refusal(self.cluster));
        Ok(match reason {
            Some(reason) => self.version_refused(version, &reason, listed),
            None => self.version_absent(version, listed),
        })
    }

    fn region(&self) -> Result<Option<Catalogue>> {
        let place = self.cluster_id.subscription().zip(Some(self.cluster.location.as_str()));
        let place = place.filter(|(_, location)| !location.is_empty());
        place
            .map(|(subscription, location)| Catalogue::of_region(subscription, location))
            .transpose()
    }

    // === findings ===

    fn version_absent(&self, version: &str, listed: &[Release]) -> Diagnostic {
        let (id, train, near) =
            (self.cluster_id, self.train, nearby_versions(listed, version).join(", "));
        let look = self.look();
        Diagnostic::error("Version does not exist")
            .detail(format!(
                "{id}\n\nThe catalogue has no version {version} of the extension for this cluster. \
                 Nothing was written. Near it in release train {train}: {near}.\n\nWrite one that \
                 there is, or leave `version` out to have the newest. All of them:\n\n  {look}"
            ))
            .at("version")
    }

    fn version_refused(&self, version: &str, reason: &Reason, listed: &[Release]) -> Diagnostic {
        let (id, told, then) =
            (self.cluster_id, self.explain_refusal(version, reason), self.suggest_versions(listed));
        Diagnostic::error("Version does not run on the cluster")
            .detail(format!("{id}\n\n{told} Nothing was written. {then}"))
            .at("version")
    }

    fn newest_refused(&self, newest: &Release, reason: &Reason, listed: &[Release]) -> Diagnostic {
        let (id, train, told) =
            (self.cluster_id, self.train, self.explain_refusal(&newest.version, reason));
        let then = self.suggest_versions(listed);
        Diagnostic::error("Newest version does not run on the cluster")
            .detail(format!(
                "{id}\n\nWithout `version`, the newest of release train {train} is installed. {told} \
                 Nothing was written. {then}"
            ))
            .at("cluster_id")
    }

    fn explain_refusal(&self, version: &str, reason: &Reason) -> String {
        match reason {
            Reason::ClusterType => {
                let kind = cluster_type(self.cluster.kind);
                format!("Version {version} of the extension is not for {kind}.")
            }
            Reason::Kubernetes { version: runs, refused } => {
                let distribution = self.cluster.distribution.as_ref();
                let distribution = distribution.map_or(String::new(), |name| format!(" ({name})"));
                format!(
                    "The cluster runs Kubernetes {runs}{distribution}, and version {version} of the \
                     extension does not run on {refused}."
                )
            }
        }
    }

    /// What to do: another version, else another Kubernetes.
    fn suggest_versions(&self, listed: &[Release]) -> String {
        let runs = listed.iter().filter(|release| !release.refuses(self.cluster));
        let runs: Vec<_> = runs.take(NAMED).map(|release| release.version.as_str()).collect();
        let (train, look) = (self.train, self.look());
        let Some(newest) = runs.first() else {
            return format!(
                "No version of release train {train} runs there. Bring the cluster to another \
                 version of Kubernetes. What each refuses:\n\n  {look}"
            );
        };
        format!(
            "Versions that run there, the newest first: {}.\n\nWrite `version = \"{newest}\"`, or \
             bring the cluster to another version of Kubernetes. What each refuses:\n\n  {look}",
            runs.join(", ")
        )
    }

    fn look(&self) -> String {
        let (name, group) = (self.cluster_id.name(), self.cluster_id.resource_group());
        let (group, kind) = (group.unwrap_or("<group>"), cluster_type(self.cluster.kind));
        format!(
            "az k8s-extension extension-types list-versions-by-cluster --cluster-name {name} \
             --resource-group {group} --cluster-type {kind} --extension-type \
             Microsoft.AzureML.Kubernetes --release-train {}",
            self.train
        )
    }
}
