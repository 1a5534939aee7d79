//! The data source: what it reads, and what follows from it.

use std::collections::BTreeSet;

use aml::Types;
use aml::workload::{ComputeNames, Workload};
use azure::Id;
use azure::resource_types::COMPUTES;
use framework::{Attr, AttrMap, DataSource, Diagnostic, Diagnostics, Schema};
use kubernetes::capacity::{Replica, Room, capacity, workload_tolerations};
use kubernetes::instance_type::list;
use kubernetes::scheduling::{Labels, Toleration};

use super::extension::read_placement;
use super::model::{ClusterCapacity, TypeCapacity};
use super::schema::schema;
use crate::arm::ids;
use crate::cluster_access::{Reached, cluster_error, options, reach, read_pools};
use crate::context::{AzureMl, Context};
use crate::explain::Result;
use crate::types::instance_type::{drafts, known_types};

/// The data source.
pub(crate) struct ClusterCapacityData;

const CANNOT_BE_READ: &str = "Capacity cannot be read";

impl DataSource for ClusterCapacityData {
    const NAME: &'static str = "cluster_capacity";
    const GUIDE: &'static str = include_str!("guide.md");
    type Provider = AzureMl;
    type Model = ClusterCapacity;

    fn schema() -> Schema {
        schema()
    }

    fn validate(config: &ClusterCapacity, found: &mut Diagnostics) {
        ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
        ids::validate("compute_id", &config.compute_id, &[&COMPUTES], found);
        if let Some(drafts) = drafts(&config.instance_types).known() {
            found.report("instance_types", aml::check(drafts));
        }
    }

    async fn read(context: &mut Context<'_>, config: ClusterCapacity) -> Result<ClusterCapacity> {
        let id = ids::need("cluster_id", &config.cluster_id, &ids::CLUSTERS)?;
        let names = compute_names(&config.compute_id)?;
        let reached = reach(context, &id).await?;
        let placement = read_placement(context, &id).await?;
        let node_selector = match config.node_selector.known() {
            Some(_) => labels(&config.node_selector),
            None => placement.node_selector,
        };
        let types = match known_types(&config.instance_types) {
            Some(types) => types,
            None => read_types(context, &reached).await?,
        };
        let looked_at = selected_labels(&node_selector, &types);
        let room = read_room(context, &reached, &looked_at).await?;
        let tolerations = workload_tolerations(names.as_ref(), &placement.tolerations);
        let replicas = Replicas { room: &room, node_selector: &node_selector, tolerations };
        Ok(ClusterCapacity {
            capacity: replicas.fit_each(&types),
            node_selector: node_selector.into_iter().collect(),
            ..config
        })
    }
}

/// What looks for nodes, whatever its type.
struct Replicas<'a> {
    room: &'a Room,
    node_selector: &'a Labels,
    tolerations: Vec<Toleration>,
}

impl Replicas<'_> {
    fn fit_each(&self, types: &Types) -> AttrMap<TypeCapacity> {
        let fit = |(name, of): (&String, &aml::InstanceType)| {
            let [training, deployment] =
                [Workload::Training, Workload::Deployment].map(|workload| self.fit(of, workload));
            (name.clone(), TypeCapacity::new(training, deployment))
        };
        types.iter().map(fit).collect()
    }

    fn fit(&self, of: &aml::InstanceType, workload: Workload) -> kubernetes::capacity::Capacity {
        let replica = Replica {
            extension_selector: self.node_selector,
            instance_type: of,
            workload,
            tolerations: &self.tolerations,
        };
        capacity(self.room, &replica)
    }
}

/// The names in the ID of a compute, for the taints that name it.
fn compute_names(written: &Attr<String>) -> Result<Option<ComputeNames>> {
    if written.is_null() {
        return Ok(None);
    }
    let id = ids::need("compute_id", written, &[&COMPUTES])?;
    let workspace = id.parent().map(|parent: Id| parent.name().to_owned()).unwrap_or_default();
    Ok(Some(ComputeNames {
        resource_group: id.resource_group().unwrap_or_default().to_owned(),
        workspace,
        compute: id.name().to_owned(),
    }))
}

fn labels(written: &AttrMap<String>) -> Labels {
    written.known_elements().map(|(key, label)| (key.clone(), label.clone())).collect()
}

/// The instance types of the cluster. One that knows none has none, with a warning.
async fn read_types(context: &mut Context<'_>, reached: &Reached) -> Result<Types> {
    let found = list(&reached.cluster, options(context)).await;
    let found = found.map_err(|error| cluster_error(context, reached, CANNOT_BE_READ, &error))?;
    if found.is_none() {
        context.diagnostics.push(warn_of_absent_types(&reached.id));
    }
    let found = found.unwrap_or_default().into_iter();
    Ok(found.map(|live| (live.name, live.spec.instance_type)).collect())
}

fn warn_of_absent_types(cluster: &Id) -> Diagnostic {
    Diagnostic::warning("Cluster knows no instance types")
        .detail(format!(
            "{cluster}\n\nThe cluster does not serve instance types of amlarc.azureml.com: the Azure \
             Machine Learning extension brings them. To see what would fit, write the types in \
             `instance_types`."
        ))
        .at("instance_types")
}

/// The keys of all labels that selectors ask for.
fn selected_labels(node_selector: &Labels, types: &Types) -> BTreeSet<String> {
    let selectors = types.values().filter_map(|of| of.node_selector.as_ref());
    let own = selectors.flat_map(aml::Labels::iter).map(|(key, _)| key.to_owned());
    node_selector.keys().cloned().chain(own).collect()
}

/// The nodes, what pods take of them, and where more would come from.
async fn read_room(
    context: &mut Context<'_>, reached: &Reached, labels: &BTreeSet<String>,
) -> Result<Room> {
    let nodes = reached.cluster.read_nodes_with_labels(labels, options(context)).await;
    let nodes = nodes.map_err(|error| cluster_error(context, reached, CANNOT_BE_READ, &error))?;
    let usage = reached.cluster.read_usage(options(context)).await;
    let usage = usage.map_err(|error| cluster_error(context, reached, CANNOT_BE_READ, &error))?;
    let pools = read_pools(context, &reached.id).await;
    Ok(Room { nodes, usage, pools })
}
