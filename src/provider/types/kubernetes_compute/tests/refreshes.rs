//! Many computes of one workspace, refreshed at a time: their list tells what has not changed.

use azure::Method;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use super::{config, healthy_azure, id};
use crate::tests::{Core, Memory, Rule};

const COMPUTES: usize = 6;
const WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces/ws";

/// Computes that are attached, and the Azure that has them.
struct Fleet {
    memory: Memory,
    cores: Vec<Core>,
}

impl Fleet {
    async fn attach() -> Self {
        let memory = healthy_azure();
        let first = Core::new("kubernetes_compute", &memory);
        let mut cores: Vec<_> = (0..COMPUTES).map(|_| first.beside()).collect();
        for (number, core) in cores.iter_mut().enumerate() {
            core.run(&configuration(number)).await;
        }
        memory.reads();
        Self { memory, cores }
    }

    /// Refreshes all at a time; what was read for it, by name.
    async fn refresh(&mut self) -> Vec<String> {
        let mut reads = JoinSet::new();
        for (number, mut core) in std::mem::take(&mut self.cores).into_iter().enumerate() {
            reads.spawn(async move {
                core.read().await;
                (number, core)
            });
        }
        let mut cores = reads.join_all().await;
        cores.sort_by_key(|(number, _)| *number);
        self.cores = cores.into_iter().map(|(_, core)| core).collect();
        let mut read = self.memory.reads();
        read.sort_unstable();
        read
    }

    fn edit(&self, number: usize, edit: impl FnOnce(&mut Json)) {
        let id = compute(number);
        let mut object = self.memory.get(&id).expect("it is attached");
        edit(&mut object);
        self.memory.set(&id, object);
    }

    /// From now on the list is this.
    fn list(&self, status: u16, body: Json) {
        let (method, path, times) = (Method::GET, "/computes", usize::MAX);
        self.memory.rule(Rule { method, path, status, body, times });
    }

    /// The list as it is now.
    fn current_list(&self) -> Vec<Json> {
        (0..COMPUTES).filter_map(|number| self.memory.get(&compute(number))).collect()
    }

    fn states(&self) -> Vec<Json> {
        self.cores.iter().map(Core::state).collect()
    }
}

fn compute(number: usize) -> String {
    id(&format!("{WORKSPACE}/computes/edge{number}"))
}

fn configuration(number: usize) -> Json {
    let amounts = json!({ "cpu": "1000m", "memory": "16384Mi" });
    config(json!({
        "name": format!("edge{number}"),
        "default_instance_type": "small",
        "instance_types": { "small": { "resources": { "requests": amounts } } },
    }))
}

fn requests(object: &mut Json) -> &mut Json {
    &mut object["properties"]["properties"]["instanceTypes"]["small"]["resources"]["requests"]
}

#[tokio::test(start_paused = true)]
async fn a_list_in_which_nothing_is_new_is_all_that_is_read() {
    let mut fleet = Fleet::attach().await;
    let before = fleet.states();
    assert_eq!(fleet.refresh().await, ["computes"]);
    // The same amounts in other words are nothing new either.
    fleet.edit(2, |object| *requests(object) = json!({ "cpu": "1", "memory": "16Gi" }));
    assert_eq!(fleet.refresh().await, ["computes"]);
    assert_eq!(fleet.states(), before);
    for (number, core) in fleet.cores.iter_mut().enumerate() {
        assert!(core.plans_nothing(&configuration(number)).await, "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_new_is_read_of_the_object() {
    let mut fleet = Fleet::attach().await;
    fleet.edit(2, |object| requests(object)["cpu"] = json!("2"));
    fleet.edit(4, |object| object["properties"]["provisioningState"] = json!("Updating"));
    assert_eq!(fleet.refresh().await, ["computes", "edge2", "edge4"]);
    let cpu = &fleet.cores[2].state()["instance_types"]["small"]["resources"]["requests"]["cpu"];
    assert_eq!(cpu, "2");
    assert_eq!(fleet.cores[4].state()["provisioning_state"], "Updating");
}

/// A state that is newer than the list stays as it is.
#[tokio::test(start_paused = true)]
async fn a_list_that_lags_behind_a_change_is_not_believed() {
    let mut fleet = Fleet::attach().await;
    fleet.list(200, json!({ "value": fleet.current_list() }));
    for core in &mut fleet.cores[..2] {
        let mut changed = core.state();
        changed["description"] = json!("new");
        let name = changed["name"].as_str().expect("a name").trim_start_matches("edge");
        let mut wanted = configuration(name.parse().expect("a number"));
        wanted["description"] = json!("new");
        core.run(&wanted).await;
    }
    fleet.memory.reads();
    let before = fleet.states();
    assert_eq!(fleet.refresh().await, ["computes", "edge0", "edge1"]);
    assert_eq!(fleet.states(), before);
}

#[tokio::test(start_paused = true)]
async fn what_a_list_does_not_show_is_read_of_the_object() {
    let mut fleet = Fleet::attach().await;
    fleet.memory.remove(&compute(5));
    let mut listed = fleet.current_list();
    listed.remove(3);
    listed[1]["properties"]["properties"] = Json::Null;
    fleet.list(200, json!({ "value": listed }));
    let before = fleet.states();
    assert_eq!(fleet.refresh().await, ["computes", "edge1", "edge3", "edge5"]);
    assert_eq!(fleet.states()[..5], before[..5]);
    assert!(fleet.cores[5].state().is_null(), "it is gone, and not on the list's word");
}

#[tokio::test(start_paused = true)]
async fn each_object_is_read_where_there_is_no_list() {
    let each: Vec<_> = (0..COMPUTES).map(|number| format!("edge{number}")).collect();
    let denied = json!({ "error": { "code": "AuthorizationFailed", "message": "not the list" } });
    for (status, body) in [(403, denied), (200, json!({ "value": "none" })), (302, json!({}))] {
        let mut fleet = Fleet::attach().await;
        fleet.list(status, body);
        let before = fleet.states();
        assert_eq!(fleet.refresh().await, [&["computes".to_owned()][..], &each].concat());
        assert_eq!(fleet.refresh().await, each, "the list is not tried again");
        assert_eq!(fleet.states(), before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_compute_is_one_read() {
    let mut fleet = Fleet::attach().await;
    fleet.cores.truncate(1);
    assert_eq!(fleet.refresh().await, ["edge0"]);
}
