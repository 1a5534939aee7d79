//! The model: one field per attribute of the schema.

use framework::{Attr, AttrList, AttrMap};
use kubernetes::capacity::Capacity;
use serde::{Deserialize, Serialize};

use crate::types::instance_type::{Amount, InstanceType, known_types};

/// What fits into a cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClusterCapacity {
    pub(super) cluster_id: Attr<String>,
    pub(super) compute_id: Attr<String>,
    pub(super) node_selector: AttrMap<String>,
    pub(super) instance_types: AttrMap<TypeCapacity>,
}

/// An instance type, and what fits of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TypeCapacity {
    node_selector: AttrMap<String>,
    resources: Attr<Amount>,
    training: Attr<WorkloadCapacity>,
    deployment: Attr<WorkloadCapacity>,
}

/// What fits of one workload.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct WorkloadCapacity {
    fits: Attr<i64>,
    blocked_by: AttrList<String>,
    can_grow: AttrList<String>,
}

impl ClusterCapacity {
    /// The instance types that are written, without what fits of them.
    pub(super) fn written_types(&self) -> AttrMap<InstanceType> {
        self.instance_types.as_ref().map(|types| {
            let written =
                |each: &Attr<TypeCapacity>| each.as_ref().map(TypeCapacity::instance_type);
            types.iter().map(|(name, each)| (name.clone(), written(each))).collect()
        })
    }

    /// The instance types that are written, for the rules of `aml`. `None`: none are.
    pub(super) fn declared_types(&self) -> Option<aml::Types> {
        known_types(&self.written_types())
    }
}

impl TypeCapacity {
    /// What fits of a type, as `capacity_of` counts it for training and for deployment.
    pub(super) fn new(of: InstanceType, training: Capacity, deployment: Capacity) -> Self {
        let InstanceType { node_selector, resources } = of;
        let [training, deployment] =
            [training, deployment].map(|capacity| Attr::Known(WorkloadCapacity::from(capacity)));
        Self { node_selector, resources, training, deployment }
    }

    fn instance_type(&self) -> InstanceType {
        let (node_selector, resources) = (self.node_selector.clone(), self.resources.clone());
        InstanceType { node_selector, resources }
    }
}

impl From<Capacity> for WorkloadCapacity {
    fn from(capacity: Capacity) -> Self {
        let blocked_by = capacity.blocked_by.iter();
        WorkloadCapacity {
            fits: i64::try_from(capacity.fits).unwrap_or(i64::MAX).into(),
            blocked_by: blocked_by.map(|(obstacle, nodes)| obstacle.describe(*nodes)).collect(),
            can_grow: capacity.growing_pools.into_iter().collect(),
        }
    }
}
