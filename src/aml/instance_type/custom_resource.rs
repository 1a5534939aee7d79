//! An instance type as an object of the cluster: `InstanceType` of `amlarc.azureml.com/v1alpha1`,
//! which extensions since 1.1.16 read and check.
//!
//! Its rules are stricter than those of the attached compute. Places count from the type.

use vocabulary::{Attr, AttrMap, Path, Problem};

use super::check::check_type;
use super::{Amounts, Draft, InstanceType, Labels, Resources, is_absent, is_extended};
use crate::Quantity;
use crate::label::is_dns_subdomain;

/// What an object says of its API.
pub const API_VERSION: &str = "amlarc.azureml.com/v1alpha1";
/// What an object says of its kind.
pub const KIND: &str = "InstanceType";

/// What must be given on both sides.
const REQUIRED: [&str; 2] = ["cpu", "memory"];

/// What is wrong with the name of an object. The place is the name itself.
pub fn check_name(name: &str) -> Option<Problem> {
    if is_dns_subdomain(name) {
        return None;
    }
    let cause = format!("{name:?} is not a name for an instance type of the cluster");
    let fix = match suggest_name(name) {
        Some(meant) => {
            format!("use lower-case letters, digits, hyphens and dots, such as {meant:?}")
        }
        None => {
            "use lower-case letters, digits, hyphens and dots, and begin and end with a letter \
                 or a digit"
                .to_owned()
        }
    };
    Some(Problem::error(Path::root(), cause, fix))
}

/// The nearest name that the cluster takes, where there is one.
pub(super) fn suggest_name(name: &str) -> Option<String> {
    let meant = name.to_lowercase().replace('_', "-");
    is_dns_subdomain(&meant).then_some(meant)
}

/// What is wrong with a type: every rule of an attached compute, and that cpu and memory are
/// requested and limited, each above zero.
pub fn check(draft: &Draft) -> Vec<Problem> {
    let mut found = Vec::new();
    check_type(&Path::root(), draft, &mut found);
    for (side, entries) in [("requests", &draft.requests), ("limits", &draft.limits)] {
        let at = Path::root().attribute("resources").attribute(side);
        let missing = REQUIRED.iter().filter_map(|name| check_required(&at, side, name, entries));
        found.extend(missing);
    }
    found
}

fn check_required(at: &Path, side: &str, name: &str, entries: &AttrMap<String>) -> Option<Problem> {
    let written = match entries {
        Attr::Unknown => return None,
        Attr::Null => &Attr::Null,
        Attr::Known(entries) => entries.get(name).unwrap_or(&Attr::Null),
    };
    let cause = match written {
        Attr::Null => format!("the {side} have no {name}, which the cluster requires"),
        Attr::Known(text) if text.parse().is_ok_and(|amount: Quantity| amount.is_zero()) => {
            format!("the {side} have {text:?} of {name}, and the cluster requires more than none")
        }
        Attr::Unknown | Attr::Known(_) => return None,
    };
    let such = if name == "cpu" { "500m" } else { "4Gi" };
    Some(Problem::error(at.clone().key(name), cause, format!("write an amount such as {such:?}")))
}

/// The type as an object has it. Devices such as `nvidia.com/gpu` stand in the limits only, as whole
/// numbers, and Kubernetes takes the request from there. What is absent in effect is left out.
pub fn cluster_form(of: &InstanceType) -> InstanceType {
    let requests = |amounts: &Amounts| -> Amounts {
        amounts.iter().filter(|(resource, _)| !is_extended(resource)).collect()
    };
    let limits = |amounts: &Amounts| amounts.iter().filter_map(limit).collect::<Amounts>();
    let labels = |labels: &Labels| labels.iter().collect::<Labels>();
    let resources = of.resources.as_ref().map(|resources| Resources {
        requests: resources.requests.as_ref().map(requests),
        limits: resources.limits.as_ref().map(limits),
    });
    InstanceType { node_selector: of.node_selector.as_ref().map(labels), resources }
}

/// A limit as an object has it. `None`: it has none. What cannot be read stays as it is.
fn limit<'a>((resource, text): (&'a str, &str)) -> Option<(&'a str, String)> {
    let amount = text.parse::<Quantity>().ok();
    if is_absent(resource, amount.as_ref()) {
        return None;
    }
    let whole = amount.filter(|_| is_extended(resource)).and_then(|amount| amount.whole());
    Some((resource, whole.map_or_else(|| text.to_owned(), |whole| whole.to_string())))
}

/// The object as YAML, for a type in which nothing is wrong.
pub fn manifest(name: &str, of: &InstanceType) -> String {
    let mut lines = vec![
        format!("apiVersion: {API_VERSION}"),
        format!("kind: {KIND}"),
        "metadata:".to_owned(),
        format!("  name: {}", quote(name)),
        "spec:".to_owned(),
    ];
    let InstanceType { node_selector, resources } = cluster_form(of);
    let labels = node_selector.iter().flat_map(Labels::iter);
    let labels = labels.map(|(key, value)| format!("{}: {}", quote(key), quote(value)));
    lines.extend(section(2, "nodeSelector", labels));
    lines.push("  resources:".to_owned());
    let Resources { requests, limits } = resources.unwrap_or_default();
    let [requests, limits] = [requests, limits].map(Option::unwrap_or_default);
    lines.extend(section(4, "requests", native(&requests)));
    lines.extend(section(4, "limits", native(&limits).chain(devices(&limits))));
    lines.join("\n") + "\n"
}

/// A key with lines below it; nothing if there are none.
fn section(indent: usize, key: &str, entries: impl Iterator<Item = String>) -> Vec<String> {
    let mut entries = entries.map(|entry| format!("{:indent$}  {entry}", "")).peekable();
    let head = entries.peek().map(|_| format!("{:indent$}{key}:", ""));
    head.into_iter().chain(entries).collect()
}

fn native(amounts: &Amounts) -> impl Iterator<Item = String> + '_ {
    let native = amounts.iter().filter(|(resource, _)| !is_extended(resource));
    native.map(|(resource, amount)| format!("{}: {}", quote(resource), quote(amount)))
}

fn devices(amounts: &Amounts) -> impl Iterator<Item = String> + '_ {
    let devices = amounts.iter().filter(|(resource, _)| is_extended(resource));
    devices.map(|(resource, amount)| format!("{}: {amount}", quote(resource)))
}

/// A JSON string, which is a YAML string whatever is in it.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{check, check_name, cluster_form, manifest};
    use crate::InstanceType;
    use crate::instance_type::Draft;

    #[test]
    fn an_object_is_written_as_the_cluster_reads_it() {
        let one = read(&json!({
            "node_selector": { "accelerator": "nvidia-tesla-k80", "on": "true" },
            "resources": {
                "requests": { "cpu": "500m", "memory": "16Gi", "nvidia.com/gpu": "1", "amd.com/gpu": "0" },
                "limits": { "cpu": "1", "memory": "16Gi", "nvidia.com/gpu": "1", "amd.com/gpu": "0" },
            },
        }));
        let yaml = "\
apiVersion: amlarc.azureml.com/v1alpha1
kind: InstanceType
metadata:
  name: \"gpu.large\"
spec:
  nodeSelector:
    \"accelerator\": \"nvidia-tesla-k80\"
    \"on\": \"true\"
  resources:
    requests:
      \"cpu\": \"500m\"
      \"memory\": \"16Gi\"
    limits:
      \"cpu\": \"1\"
      \"memory\": \"16Gi\"
      \"nvidia.com/gpu\": 1
";
        assert_eq!(manifest("gpu.large", &one), yaml);
        assert_eq!(check(&Draft::from(&one)), []);
    }

    #[test]
    fn what_is_not_written_does_not_stand_there() {
        let amounts = json!({ "cpu": "1", "memory": "4Gi" });
        let one = read(&json!({ "resources": { "requests": amounts, "limits": amounts } }));
        assert!(!manifest("small", &one).contains("nodeSelector"));
        let thousand = json!({ "resources": { "limits": { "nvidia.com/gpu": "1k" } } });
        assert!(manifest("small", &read(&thousand)).contains("\"nvidia.com/gpu\": 1000\n"));
    }

    #[test]
    fn devices_stand_in_the_limits_only() {
        for (written, expected) in [
            (
                json!({ "requests": { "cpu": "1", "nvidia.com/gpu": "1" }, "limits": { "nvidia.com/gpu": "1k" } }),
                json!({ "requests": { "cpu": "1" }, "limits": { "nvidia.com/gpu": "1000" } }),
            ),
            (
                json!({ "limits": { "cpu": "1000m", "memory": null, "nvidia.com/gpu": "0" } }),
                json!({ "requests": null, "limits": { "cpu": "1000m" } }),
            ),
            (json!({ "limits": {} }), json!({ "requests": null, "limits": {} })),
        ] {
            let form = cluster_form(&read(&json!({ "resources": written })));
            assert_eq!(serde_json::to_value(form.resources).unwrap(), expected, "{written}");
        }
        assert_eq!(cluster_form(&InstanceType::default()).node_selector, None);
    }

    #[test]
    fn cpu_and_memory_are_required_on_both_sides() {
        let one = json!({ "resources": { "requests": { "cpu": "0", "memory": "4Gi" } } });
        let places = |one: &Value| -> Vec<String> {
            check(&Draft::from(&read(one))).iter().map(|found| found.path.to_reference()).collect()
        };
        let expected = [
            r#"resources.requests["cpu"]"#,
            r#"resources.limits["cpu"]"#,
            r#"resources.limits["memory"]"#,
        ];
        assert_eq!(places(&one), expected);
        assert_eq!(places(&json!({})).len(), 4);
        let wrong = json!({ "resources": { "requests": { "cpu": "1,5" } } });
        assert_eq!(places(&wrong)[0], r#"resources.requests["cpu"]"#);
    }

    #[test]
    fn names_are_those_of_the_cluster() {
        for good in ["small", "gpu.large-2", "1"] {
            assert_eq!(check_name(good), None, "{good}");
        }
        let fix = check_name("Big_CPU").unwrap().fix;
        assert!(fix.ends_with("such as \"big-cpu\""), "{fix}");
        for bad in ["", "-a", "a b", &"a".repeat(254)] {
            assert!(check_name(bad).is_some(), "{bad}");
        }
    }

    fn read(json: &Value) -> InstanceType {
        serde_json::from_value(json.clone()).unwrap()
    }
}
