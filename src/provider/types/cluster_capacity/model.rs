//! The model: one field per attribute of the schema.

use framework::{Attr, AttrList, AttrMap};
use kubernetes::capacity::Capacity;
use serde::{Deserialize, Serialize};

use crate::types::instance_type::InstanceType;

/// What fits into a cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClusterCapacity {
    pub(super) cluster_id: Attr<String>,
    pub(super) compute_id: Attr<String>,
    pub(super) node_selector: AttrMap<String>,
    pub(super) instance_types: AttrMap<InstanceType>,
    pub(super) capacity: AttrMap<TypeCapacity>,
}

/// What fits of an instance type.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TypeCapacity {
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

impl TypeCapacity {
    pub(super) fn new(training: Capacity, deployment: Capacity) -> Self {
        let [training, deployment] =
            [training, deployment].map(|capacity| Attr::Known(WorkloadCapacity::from(capacity)));
        Self { training, deployment }
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
