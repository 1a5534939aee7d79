//! The look of one plan at its cluster.

use std::sync::Arc;
use std::time::Duration;

use azure::Id;
use azure::resource_types::MANAGED_CLUSTERS;
use framework::{Attr, Diagnostic, Severity};
use kubernetes::capacity::{Room, Usage};
use kubernetes::inventory::{Controller, Finding};
use kubernetes::node::Node;
use kubernetes::pool::Pools;
use kubernetes::{Cluster, Error as ClusterFailure};
use tokio::time::{Instant, timeout_at};
use vocabulary::to_sentence;

use super::extension::InstalledExtension;
use super::failure::{Unchecked, unchecked_warning};
use super::memory::{RememberedCluster, trusted_since};
use super::setting::ClusterChecks;
use crate::arm::ids;
use crate::arm::operation::call_options;
use crate::cluster_access::{forget_if_unreachable, options, read_pools, warn_of_the_way};
use crate::context::Context;

/// How long one plan looks at its cluster.
const TIME: Duration = Duration::from_secs(30);

/// The look of one plan at its cluster.
pub(crate) struct Look {
    pub(crate) id: Id,
    pub(crate) cluster: Cluster,
    checks: ClusterChecks,
    memory: Arc<RememberedCluster>,
    /// When it began: what was found in older readings is read once more.
    began: Instant,
    /// Whether it was told that the cluster does not answer: then nothing more is asked.
    gave_up: bool,
}

impl Look {
    /// Begins a look. `None`: it is not asked for, or the cluster cannot be looked at, which is told.
    pub(crate) async fn begin(
        context: &mut Context<'_>, checks: &Attr<String>, cluster: &Attr<String>,
    ) -> Option<Look> {
        let checks = Some(ClusterChecks::read(checks)).filter(|checks| checks.is_on())?;
        let Ok(id) = ids::need("cluster_id", cluster, &ids::CLUSTERS) else {
            let why = "`cluster_id` is not known before something is applied.";
            context.diagnostics.push(unchecked_warning(why));
            return None;
        };
        let began = Instant::now();
        context.deadline = context.deadline.min((began + TIME).into_std());
        let memory = context.provider.cluster_memory.of(&id);
        let reach = Box::pin(async {
            let provider = context.provider;
            let reached = provider.clusters.reach(&provider.arm, &id, &call_options(context)).await;
            reached.map_err(Unchecked::from)
        });
        let way = within(context, memory.way.get(trusted_since(began), reach)).await;
        match way {
            Ok(way) => {
                warn_of_the_way(context, &id, &way);
                let cluster = way.cluster.clone();
                Some(Look { id, cluster, checks, memory, began, gave_up: false })
            }
            Err(unchecked) => {
                context.diagnostics.push(unchecked.warning(&id));
                None
            }
        }
    }

    /// Checks against all nodes and the installed extension, which are read once for all plans.
    pub(crate) async fn check_room(
        &mut self, context: &mut Context<'_>,
        check: impl Fn(&Room, &InstalledExtension) -> Vec<Finding>,
    ) {
        let mut found = Ok(Vec::new());
        for since in [trusted_since(self.began), self.began] {
            found = self.read_room(context, since).await.map(|(room, ext)| check(&room, &ext));
            // What was read before this plan began may be otherwise by now.
            if found.as_ref().map_or(true, Vec::is_empty) {
                break;
            }
        }
        self.tell(context, found);
    }

    /// Checks against the components that are there and all nodes, if those may be read.
    pub(crate) async fn check_components(
        &mut self, context: &mut Context<'_>,
        check: impl Fn(&[Controller], &[Node]) -> Vec<Finding>,
    ) {
        let mut found = Ok(Vec::new());
        for since in [trusted_since(self.began), self.began] {
            let room = match self.read_room(context, since).await {
                Err(unchecked @ Unchecked::Why(_)) => {
                    return self.tell(context, Err::<Vec<_>, _>(unchecked));
                }
                room => room.ok(),
            };
            let nodes = room.as_ref().map_or(&[][..], |(room, _)| &room.nodes);
            found = self.read_components(context, since).await.map(|them| check(&them, nodes));
            if found.as_ref().map_or(true, Vec::is_empty) {
                break;
            }
        }
        self.tell(context, found);
    }

    /// Tells what was found, or why it could not be looked for.
    pub(crate) fn tell(
        &mut self, context: &mut Context<'_>,
        found: Result<impl IntoIterator<Item = Finding>, Unchecked>,
    ) {
        match found {
            Ok(found) => {
                let told = found.into_iter().map(|finding| self.diagnostic(finding));
                context.diagnostics.extend(told.collect::<Vec<_>>());
            }
            Err(_) if self.gave_up => {}
            Err(unchecked) => {
                self.gave_up = matches!(unchecked, Unchecked::Why(_));
                context.diagnostics.push(unchecked.warning(&self.id));
            }
        }
    }

    /// Whether the cluster answered so far.
    pub(crate) fn goes_on(&self) -> bool {
        !self.gave_up
    }

    /// A finding as the user asked for it.
    fn diagnostic(&self, finding: Finding) -> Diagnostic {
        let Finding { severity, path, summary, cause, fix } = finding;
        let detail = format!("{}\n\n{}", to_sentence(&cause), to_sentence(&fix));
        let all_the_same = "To plan all the same, set `cluster_checks = \"warn\"`.";
        let diagnostic = match (self.checks, severity) {
            (ClusterChecks::Error, Severity::Error) => {
                Diagnostic::error(summary).detail(format!("{detail}\n\n{all_the_same}"))
            }
            _ => Diagnostic::warning(summary).detail(detail),
        };
        // Without a path, hosts show the resource.
        if path.is_root() { diagnostic } else { diagnostic.at(path) }
    }

    async fn read_room(
        &self, context: &Context<'_>, since: Instant,
    ) -> Result<(Arc<Room>, Arc<InstalledExtension>), Unchecked> {
        let read = Box::pin(async {
            let nodes = self.cluster.read_nodes(options(context)).await;
            let nodes = nodes.map_err(|error| self.explain_failure(context, error))?;
            Ok(Room { nodes, usage: Usage::default(), pools: self.read_pools(context).await })
        });
        let room = within(context, self.memory.room.get(since, read)).await?;
        let read = Box::pin(async { Ok(InstalledExtension::read(context, &self.id).await) });
        let extension = within(context, self.memory.extension.get(since, read)).await?;
        Ok((room, extension))
    }

    /// Which pools may grow. Of an Arc cluster nobody tells any: then what is there is all there is.
    async fn read_pools(&self, context: &Context<'_>) -> Pools {
        if MANAGED_CLUSTERS.matches(&self.id.resource_type()) {
            read_pools(context, &self.id).await
        } else {
            Pools::Known(Vec::new())
        }
    }

    async fn read_components(
        &self, context: &Context<'_>, since: Instant,
    ) -> Result<Arc<Vec<Controller>>, Unchecked> {
        let read = Box::pin(async {
            let found = self.cluster.read_components(options(context)).await;
            found.map_err(|error| self.explain_failure(context, error))
        });
        within(context, self.memory.components.get(since, read)).await
    }

    /// Why the cluster does not tell. One that does not answer may be another one by now.
    pub(crate) fn explain_failure(
        &self, context: &Context<'_>, error: ClusterFailure,
    ) -> Unchecked {
        forget_if_unreachable(context, &self.id, &error);
        Unchecked::from(error)
    }
}

/// Waits for a reading, which may be that of another plan, no longer than this plan may take.
async fn within<T>(
    context: &Context<'_>, work: impl Future<Output = Result<T, Unchecked>>,
) -> Result<T, Unchecked> {
    tokio::select! {
        biased;
        () = context.stop.cancelled() => {
            Err(Unchecked::Why("the look at the cluster was interrupted".to_owned()))
        }
        done = timeout_at(Instant::from_std(context.deadline), work) => {
            done.unwrap_or_else(|_| Err(Unchecked::Why(format!(
                "the cluster was not read within {} seconds", TIME.as_secs()
            ))))
        }
    }
}
