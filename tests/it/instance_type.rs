//! `azureml_instance_type`: instance types in a real API server, by a real Terraform.

use serde_json::{Value, json};

use crate::examples::{examples, is_imported, read};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::cluster::{Cluster, Kind, unique};
use crate::support::lifecycle::settled;
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform};

with_every_program!(lives_in_a_cluster);
with_terraform!(
    a_type_that_is_there_is_imported,
    a_conflict_names_the_field_and_force_takes_it,
    a_type_of_the_kubernetes_provider_changes_hands,
    a_type_of_a_cluster_without_the_extension_waits_for_it,
    a_cluster_that_does_not_answer_is_an_error_or_a_warning,
    a_block_that_is_not_known_at_plan_keeps_the_state,
    a_cluster_that_was_created_anew_is_known,
    what_the_cluster_would_refuse_is_refused_in_the_plan,
    the_default_type_and_the_removal_of_one_are_warned_of,
    the_example_works_and_is_imported,
);

const ADDRESS: &str = "azureml_instance_type.this";
const PATH: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";

fn cluster_id() -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster")
}

/// A configuration with one type in a cluster that a kubeconfig leads to.
fn config(cli: &Cli, cluster: &Cluster, name: &str, body: &str) -> String {
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    format!(
        "{REQUIRED_PROVIDERS}
provider \"azureml\" {{
  kubernetes {{
    config_path = {}
    cluster_ids = [{:?}]
  }}
}}
resource \"azureml_instance_type\" \"this\" {{
  name       = {name:?}
  cluster_id = {:?}
{body}
}}
",
        json!(cli.path("kubeconfig")),
        cluster_id(),
        cluster_id()
    )
}

const SMALL: &str = r#"
  node_selector = { "kubernetes.io/os" = "linux" }
  resources = {
    requests = { cpu = "1", memory = "4Gi", "nvidia.com/gpu" = "1", "amd.com/gpu" = "0" }
    limits   = { cpu = "2", memory = "4Gi", "nvidia.com/gpu" = "1", "amd.com/gpu" = "0" }
  }
"#;

pub(crate) fn lives_in_a_cluster(_: &Azure, cli: &mut Cli) {
    for kind in [Kind::Strict, Kind::Lax, Kind::Atomic, Kind::Defaulting, Kind::Older] {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let (name, cli) = (unique("type"), &*cli);
        let path = format!("{PATH}/{name}");
        cli.write(&config(cli, cluster, &name, SMALL));
        cli.plan(&[]).plans("create", ADDRESS);
        cli.apply().succeeds();
        let limits = &cluster.get(&path)["spec"]["resources"]["limits"];
        assert_eq!(limits["nvidia.com/gpu"], 1, "{kind:?}");
        settled(cli);
        let respelt = SMALL.replace("4Gi", "4096Mi").replace("cpu = \"1\"", "cpu = \"1000m\"");
        cli.write(&config(cli, cluster, &name, &respelt));
        settled(cli);

        let changed = SMALL.replace("cpu = \"2\"", "cpu = \"4\"");
        cli.write(&config(cli, cluster, &name, &changed));
        cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &["resources.limits.cpu"]);
        cli.apply().succeeds();
        settled(cli);
        assert_eq!(cluster.get(&path)["spec"]["resources"]["limits"]["cpu"], "4", "{kind:?}");

        cluster.delete(&path);
        cli.plan(&[]).plans("create", ADDRESS);
        cli.apply().succeeds();
        cli.destroy().succeeds();
        assert!(cluster.find(&path).is_none(), "{kind:?}");
    }
}

fn a_type_that_is_there_is_imported(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    cluster.apply_as("kubectl", &format!("{PATH}/{name}"), &object(&name, "2"));
    let body = "resources = {
    requests = { cpu = \"2000m\", memory = \"4Gi\" }
    limits   = { cpu = \"2\", memory = \"4096Mi\" }
  }";
    cli.write(&config(cli, cluster, &name, body));
    let id = format!("{}|{name}", cluster_id());
    cli.apply().fails_with("Instance type already exists").says(&id);
    cli.import(ADDRESS, &id).succeeds();
    settled(cli);
    assert_eq!(cli.state(ADDRESS).expect("it was imported")["id"], id);
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, "nonsense").mentions("Invalid import ID");
}

fn a_conflict_names_the_field_and_force_takes_it(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    let path = format!("{PATH}/{name}");
    cli.write(&config(cli, cluster, &name, SMALL));
    cli.apply().succeeds();
    let limits = json!({ "cpu": "8" });
    cluster.merge(
        &format!("{path}?fieldManager=helm"),
        &json!({ "spec": { "resources": { "limits": limits } } }),
    );
    cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &["resources.limits.cpu"]);
    cli.apply()
        .fails_with("Instance type was not changed")
        .says(r#"resources.limits["cpu"]: helm has "8", declared is "2""#)
        .says("force_conflicts = true");
    let forced = format!("{SMALL}\n  force_conflicts = true");
    cli.write(&config(cli, cluster, &name, &forced));
    cli.apply().succeeds();
    settled(cli);
    assert_eq!(cluster.get(&path)["spec"]["resources"]["limits"]["cpu"], "2");
}

fn a_type_of_the_kubernetes_provider_changes_hands(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    let path = format!("{PATH}/{name}");
    let mut theirs = object(&name, "2");
    theirs["spec"]["nodeSelector"] = json!({ "pool": "old", "disk": "ssd" });
    cluster.apply_as("Terraform", &path, &theirs);
    let body = "node_selector = { pool = \"new\" }
  resources = {
    requests = { cpu = \"2\", memory = \"4Gi\" }
    limits   = { cpu = \"2\", memory = \"4Gi\" }
  }";
    cli.write(&config(cli, cluster, &name, body));
    cli.import(ADDRESS, &format!("{}|{name}", cluster_id())).succeeds();
    cli.apply().succeeds();
    settled(cli);
    assert_eq!(cluster.get(&path)["spec"]["nodeSelector"], json!({ "pool": "new" }));
}

fn a_type_of_a_cluster_without_the_extension_waits_for_it(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    cli.write(&config(cli, &cluster, "gpu", SMALL));
    cli.plan(&[]).plans("create", ADDRESS);
    let definition = include_str!("../fixtures/instance-types/strict.json");
    let definition: Value = serde_json::from_str(definition).expect("it is JSON");
    std::thread::scope(|scope| {
        let cli = &*cli;
        let apply = scope.spawn(move || cli.apply());
        cluster.define(&definition);
        apply.join().expect("it does not panic").succeeds();
    });
    cluster.delete(&format!(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}",
        definition["metadata"]["name"].as_str().expect("it has a name")
    ));
    crate::support::cluster::wait_until("the type is not served", || {
        let groups = cluster.get("/apis")["groups"].as_array().cloned().unwrap_or_default();
        groups.iter().all(|group| group["name"] != "amlarc.azureml.com")
    });
    let plan = cli.plan(&[]);
    plan.plans("create", ADDRESS).ran().warns_of("Cluster knows no instance types");
    cli.destroy().succeeds();
}

fn a_cluster_that_does_not_answer_is_an_error_or_a_warning(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    let timeouts = format!("{SMALL}\n  timeouts {{\n    read = \"3s\"\n  }}");
    let config = config(cli, &cluster, "gpu", &timeouts);
    cli.write(&config);
    cli.apply().succeeds();
    cluster.stop();
    cli.plan(&["-refresh=false"]).plans_nothing();
    cli.plan(&[]).ran().fails_with("Instance type cannot be read").says("-refresh=false");
    cli.write(
        &config.replace("  kubernetes {", "  on_unreachable = \"keep_state\"\n  kubernetes {"),
    );
    cli.plan(&[]).plans_nothing().ran().warns_of("Cluster does not answer");
}

fn a_block_that_is_not_known_at_plan_keeps_the_state(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let name = unique("type");
    let with_run = |run: &str| {
        let config = config(cli, cluster, &name, SMALL);
        let path = json!(cli.path("kubeconfig")).to_string();
        let config = config.replace(&path, "terraform_data.path.output.path");
        let input = format!("{{ path = {path}, run = {run:?} }}");
        format!("{config}\nresource \"terraform_data\" \"path\" {{\n  input = {input}\n}}\n")
    };
    cli.write(&with_run("1"));
    cli.apply().succeeds();
    settled(cli);
    cli.write(&with_run("2"));
    cli.plan(&[]).plans("no-op", ADDRESS).ran().warns_of("Cluster is not known yet");
    cli.apply().succeeds();
    settled(cli);
    cli.destroy().succeeds();
}

fn a_cluster_that_was_created_anew_is_known(_: &Azure, cli: &mut Cli) {
    let Some(one) = Cluster::shared(Kind::Strict) else { return };
    let Some(other) = Cluster::shared(Kind::Lax) else { return };
    let name = unique("type");
    cli.write(&config(cli, one, &name, SMALL));
    cli.apply().succeeds();
    other.apply_as("kubectl", &format!("{PATH}/{name}"), &object(&name, "2"));
    let changed = SMALL.replace("cpu = \"2\"", "cpu = \"4\"");
    cli.write(&config(cli, other, &name, &changed));
    cli.apply().fails_with("Another cluster").says("terraform state rm");
    cli.destroy().fails_with("Another cluster");
    assert!(other.find(&format!("{PATH}/{name}")).is_some());
}

fn what_the_cluster_would_refuse_is_refused_in_the_plan(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    cli.write(&config(cli, cluster, "Big_CPU", SMALL));
    cli.plan(&[]).ran().fails_with("Invalid name").says("\"big-cpu\"");
    let less = SMALL.replace("cpu = \"1\", memory", "cpu = \"0\", memory");
    cli.write(&config(cli, cluster, "gpu", &less));
    cli.plan(&[]).ran().fails_with("Invalid resources").says("more than none");
}

fn the_default_type_and_the_removal_of_one_are_warned_of(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    cli.write(&config(cli, &cluster, "defaultinstancetype", SMALL));
    cli.plan(&[]).ran().warns_of("Instance type defaultinstancetype is the default");
    cli.apply().succeeds();
    let lower = SMALL.replace("cpu = \"2\"", "cpu = \"1\"");
    cli.write(&config(cli, &cluster, "defaultinstancetype", &lower));
    cli.plan(&[]).ran().warns_of("gets lower limits: cpu from 2 to 1");
    cli.plan(&["-destroy"]).ran().warns_of("Instance type defaultinstancetype is removed");
}

fn the_example_works_and_is_imported(_: &Azure, cli: &mut Cli) {
    let Some(cluster) = Cluster::start(Kind::Strict) else { return };
    cli.write_file("kubeconfig", &cluster.kubeconfig());
    cli.write_file("versions.tf", REQUIRED_PROVIDERS);
    let folder = examples().join("resources/azureml_instance_type");
    let kubeconfig = cli.path("kubeconfig").display().to_string();
    cli.write(&read(&folder.join("resource.tf")).replace("~/.kube/config", &kubeconfig));
    cli.apply().succeeds().warns_of("Cluster cannot be verified");
    settled(cli);
    is_imported(cli, &read(&folder.join("import.sh")));
    cli.destroy().succeeds();
    assert!(cluster.find(&format!("{PATH}/gpu-instance")).is_none());
}

fn object(name: &str, cpu: &str) -> Value {
    let amounts = json!({ "cpu": cpu, "memory": "4Gi" });
    json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "metadata": { "name": name },
        "spec": { "resources": { "requests": amounts, "limits": amounts } },
    })
}
