//! What is wrong with instance types, all at once, each finding on its own place.
//!
//! Places count from the map of types. What is not known yet is taken to be right.

use std::collections::BTreeMap;

use vocabulary::{Attr, AttrMap, Path, Problem, nearest};

use super::{Draft, Drafts, is_absent, is_extended, names};
use crate::{Quantity, label, list};

/// Kubernetes' own resources that a container may ask for.
const NATIVE: [&str; 3] = ["cpu", "ephemeral-storage", "memory"];
/// Devices that people mean when they write something close to it.
const DEVICES: [&str; 2] = ["amd.com/gpu", "nvidia.com/gpu"];

/// Labels that Kubernetes and Azure give to nodes.
const WELL_KNOWN: [&str; 7] = [
    "kubernetes.azure.com/agentpool",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];
const LOOK: &str = "look at the labels of the nodes with `kubectl get nodes --show-labels`";

/// Checks every type: labels, quantities, and that requests fit their limits.
pub fn check(types: &Drafts) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, draft) in types {
        let at = Path::root().key(name);
        if name.is_empty() {
            let cause = "an instance type has an empty name";
            found.push(Problem::error(at.clone(), cause, "give it a name that jobs can use"));
        }
        if let Some(draft) = draft.known() {
            check_type(&at, draft, &mut found);
        }
    }
    fold(found)
}

/// One finding for all of a kind, on the place of the first, with the places of the others.
fn fold(found: Vec<Problem>) -> Vec<Problem> {
    let mut kinds: Vec<Vec<Problem>> = Vec::new();
    for problem in found {
        match kinds.iter_mut().find(|kind| is_same_kind(&kind[0], &problem)) {
            Some(kind) => kind.push(problem),
            None => kinds.push(vec![problem]),
        }
    }
    kinds.into_iter().filter_map(merge_problems).collect()
}

fn is_same_kind(one: &Problem, other: &Problem) -> bool {
    let of_bytes = |problem: &Problem| problem.cause.ends_with(BYTES);
    let same = one.cause == other.cause && one.fix == other.fix;
    one.severity == other.severity && (same || (of_bytes(one) && of_bytes(other)))
}

/// `None` for nothing at all.
fn merge_problems(kind: Vec<Problem>) -> Option<Problem> {
    let mut rest = kind.into_iter();
    let first = rest.next()?;
    let places: Vec<String> = rest.map(|other| other.path.to_reference()).collect();
    if places.is_empty() {
        return Some(first);
    }
    let stop = if first.fix.ends_with(['?', '.']) { "" } else { "." };
    let places = list(places.iter().map(String::as_str));
    let fix = format!("{}{stop} The same stands at {places}", first.fix);
    Some(Problem { fix, ..first })
}

/// A type that is written as null is no type.
pub fn null_type(name: &str) -> Problem {
    let cause = format!("the instance type {name:?} is null");
    let fix = "write `{}` for a type without a selector and resources, or leave the key out";
    Problem::error(Path::root().key(name), cause, fix)
}

/// Checks the default type, which must be one of the types where there are any.
///
/// The place is the attribute of the default type. A default or a type that is not known yet
/// passes; so does a default without types ([`Attr::Null`]), because the service may hold some.
pub fn check_default(default: Attr<&str>, types: Attr<&Drafts>) -> Option<Problem> {
    let names = names(types.known()?);
    match default {
        Attr::Null if !names.is_empty() => {
            let cause = "there are instance types, but none of them is the default";
            let fix = format!("set it to one of {}", quote_list(names.iter().copied()));
            Some(Problem::error(Path::root(), cause, fix))
        }
        Attr::Known(default) if !names.contains(default) => {
            let cause = format!("{default:?} is not one of the instance types");
            let guess = nearest(default, names.iter().copied());
            let fix = match guess {
                Some(guess) => format!("did you mean {guess:?}?"),
                None if names.is_empty() => "declare the type, or leave the default out".to_owned(),
                None => format!("set it to one of {}", quote_list(names.iter().copied())),
            };
            Some(Problem::error(Path::root(), cause, fix))
        }
        _ => None,
    }
}

fn quote_list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

pub(super) fn check_type(at: &Path, draft: &Draft, found: &mut Vec<Problem>) {
    let selector = at.clone().attribute("node_selector");
    for (key, value) in draft.node_selector.known().into_iter().flatten() {
        let at = selector.clone().key(key);
        found.extend(check_label(&at, key));
        if let Some(fault) = value.known().and_then(|value| label::value_fault(value)) {
            found.push(Problem::error(at, fault, LOOK));
        }
    }
    let resources = at.clone().attribute("resources");
    let requests = Amounts::read(&resources, "requests", &draft.requests, found);
    let limits = Amounts::read(&resources, "limits", &draft.limits, found);
    found.extend(requests.iter().filter_map(|request| check_pair(request, &limits)));
}

fn check_label(at: &Path, key: &str) -> Option<Problem> {
    if WELL_KNOWN.contains(&key) {
        return None;
    }
    let guess = nearest(key, WELL_KNOWN);
    if let Some(fault) = label::key_fault(key) {
        let fix = match guess.map(str::to_owned).or_else(|| label::key_meant(key)) {
            Some(guess) => format!("did you mean `{guess}`? Otherwise {LOOK}"),
            None => LOOK.to_owned(),
        };
        return Some(Problem::error(at.clone(), fault, fix));
    }
    let cause = format!("{key:?} is nearly a label that every node has");
    Some(Problem::warning(at.clone(), cause, format!("did you mean `{}`?", guess?)))
}

/// The amounts of one side that could be read.
struct Amounts<'a> {
    side: Path,
    read: BTreeMap<&'a str, Quantity>,
    entries: &'a AttrMap<String>,
}

/// Where an amount stands. Its path is made where it is told of, which is seldom.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Requests or limits.
    side: &'a Path,
    name: &'a str,
}

impl Place<'_> {
    fn path(self) -> Path {
        self.side.clone().key(self.name)
    }
}

/// One amount with its place.
#[derive(Clone, Copy)]
struct Amount<'a> {
    place: Place<'a>,
    quantity: &'a Quantity,
}

impl<'a> Amounts<'a> {
    fn read(
        resources: &Path, side: &str, entries: &'a AttrMap<String>, found: &mut Vec<Problem>,
    ) -> Self {
        let side = resources.clone().attribute(side);
        let names = entries.known().into_iter().flatten();
        found.extend(names.filter_map(|(name, _)| check_name(Place { side: &side, name })));
        let mut read = BTreeMap::new();
        for (name, text) in entries.known_elements() {
            match check_quantity(Place { side: &side, name }, text, found) {
                Some(quantity) => read.insert(name.as_str(), quantity),
                None => None,
            };
        }
        Amounts { side, read, entries }
    }

    fn iter(&self) -> impl Iterator<Item = Amount<'_>> {
        self.read.iter().map(|(name, quantity)| {
            let place = Place { side: &self.side, name };
            Amount { place, quantity }
        })
    }

    /// True if it is certain that the resource is not named here.
    fn lacks_resource(&self, name: &str) -> bool {
        match self.entries {
            Attr::Null => true,
            Attr::Unknown => false,
            Attr::Known(entries) => entries.get(name).is_none_or(Attr::is_null),
        }
    }
}

fn check_name(place: Place<'_>) -> Option<Problem> {
    let name = place.name;
    if NATIVE.contains(&name) || DEVICES.contains(&name) || name.starts_with("hugepages-") {
        return None;
    }
    if !name.contains('/') {
        let fix = match native(name) {
            Some(guess) => format!("did you mean `{guess}`?"),
            None => {
                "use cpu, memory, ephemeral-storage or a device such as `nvidia.com/gpu`".into()
            }
        };
        let cause = format!("{name:?} is not a resource of Kubernetes");
        return Some(Problem::error(place.path(), cause, fix));
    }
    let guess = device(name);
    if let Some(fault) = label::key_fault(name) {
        let fix = match guess {
            Some(guess) => format!("did you mean `{guess}`?"),
            None => "write the resource as the nodes advertise it, such as `nvidia.com/gpu`".into(),
        };
        return Some(Problem::error(place.path(), fault, fix));
    }
    let cause = format!("{name:?} is an unusual resource");
    Some(Problem::warning(place.path(), cause, format!("did you mean `{}`?", guess?)))
}

/// What a name without a slash probably means.
fn native(name: &str) -> Option<&'static str> {
    match name.to_lowercase().as_str() {
        gpu if gpu.contains("gpu") => DEVICES.into_iter().find(|device| {
            let vendor = device.split('.').next().unwrap_or_default();
            gpu.contains(vendor) || vendor == "nvidia"
        }),
        "mem" | "ram" => Some("memory"),
        "core" | "cores" | "vcpus" => Some("cpu"),
        "disk" | "storage" => Some("ephemeral-storage"),
        other => nearest(other, NATIVE).or_else(|| NATIVE.into_iter().find(|it| *it == other)),
    }
}

/// The device that a name with a slash is nearly: one letter off, or without `.com`.
fn device(name: &str) -> Option<&'static str> {
    let completed = name.replacen('/', ".com/", 1).to_lowercase();
    let whole = DEVICES.into_iter().find(|device| *device == completed);
    whole.or_else(|| nearest(name, DEVICES))
}

/// The quantity, unless it cannot be read.
fn check_quantity(place: Place<'_>, text: &str, found: &mut Vec<Problem>) -> Option<Quantity> {
    let name = place.name;
    let quantity = match text.parse::<Quantity>() {
        Ok(quantity) => quantity,
        Err(error) => {
            found.push(Problem::error(place.path(), error.to_string(), Quantity::fix(text)));
            return None;
        }
    };
    if quantity.is_negative() {
        let cause = format!("{text:?} of {name} is negative");
        found.push(Problem::error(place.path(), cause, "write an amount of 0 or more"));
        return None;
    }
    if is_extended(name) && !quantity.is_whole() {
        let cause = format!("{text:?} of {name} is not a whole number");
        let fix = "a device cannot be shared: ask for whole ones";
        found.push(Problem::error(place.path(), cause, fix));
        return None;
    }
    if BYTE_AMOUNTS.contains(&name) && is_tiny(&quantity) {
        let cause = format!("{text:?} of {name} {BYTES}");
        let fix = format!("did you mean `{}`?", in_bytes(text));
        found.push(Problem::warning(place.path(), cause, fix));
        return Some(quantity);
    }
    if name == "memory" && !quantity.is_whole() {
        let cause = format!("{text:?} of memory is a fraction of a byte: `m` means a thousandth");
        let number = text.trim_end_matches(char::is_alphabetic);
        let fix = format!("did you mean `{number}Mi`?");
        found.push(Problem::warning(place.path(), cause, fix));
    }
    Some(quantity)
}

/// Resources that count bytes.
const BYTE_AMOUNTS: [&str; 2] = ["ephemeral-storage", "memory"];
const BYTES: &str = "is less than a mebibyte, and a number without a unit counts bytes";

/// Some bytes, and fewer than any job needs.
fn is_tiny(quantity: &Quantity) -> bool {
    let mebibyte = "1Mi".parse::<Quantity>();
    quantity.is_whole()
        && !quantity.is_zero()
        && mebibyte.is_ok_and(|mebibyte| *quantity < mebibyte)
}

/// What somebody meant who wrote so few bytes: `16` is 16Gi, `512` is 512Mi, `512k` is 512M.
fn in_bytes(text: &str) -> String {
    let number = text.trim_end_matches(char::is_alphabetic);
    match text[number.len()..].chars().next() {
        Some('k') => format!("{number}M"),
        None if number.len() < 3 => format!("{number}Gi"),
        _ => format!("{number}Mi"),
    }
}

fn check_pair(request: Amount<'_>, limits: &Amounts<'_>) -> Option<Problem> {
    let Amount { place, quantity } = request;
    let name = place.name;
    match limits.read.get(name) {
        Some(limit) if is_extended(name) && quantity != limit => {
            let cause = format!("the request of {quantity} {name} is not its limit of {limit}");
            let fix = "write the same number twice, or the limit alone";
            Some(Problem::error(place.path(), cause, fix))
        }
        Some(limit) if quantity > limit => {
            let cause = format!("the request of {quantity} {name} is above its limit of {limit}");
            Some(Problem::error(place.path(), cause, "lower the request or raise the limit"))
        }
        None if is_extended(name)
            && !is_absent(name, Some(quantity))
            && limits.lacks_resource(name) =>
        {
            let cause = format!("there is a request of {quantity} {name}, but no limit");
            Some(Problem::error(place.path(), cause, "write the same number as its limit"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vocabulary::{Attr, Severity};

    use super::{check, check_default};
    use crate::instance_type::{Draft, Drafts, drafts};

    #[test]
    fn each_finding_stands_on_its_own_place() {
        let types = json!({
            "a": {
                "node_selector": { "bad key": "ok", "ok": "not ok" },
                "resources": {
                    "requests": { "cpu": "4", "memory": "16 Gi", "nvidia.com/gpu": "1" },
                    "limits": { "cpu": "2", "memory": "-1", "nvidia.com/gpu": "2" },
                },
            },
            "b": { "resources": { "requests": { "gpu": "1" }, "limits": { "nvidia.com/gpu": "0.5" } } },
            "c": { "resources": { "requests": { "nvidia.com/gpu": "1" } } },
        });
        let found: Vec<_> = check(&read(&types)).iter().map(|p| p.path.to_reference()).collect();
        let expected = [
            r#"["a"].node_selector["bad key"]"#,
            r#"["a"].node_selector["ok"]"#,
            r#"["a"].resources.requests["memory"]"#,
            r#"["a"].resources.limits["memory"]"#,
            r#"["a"].resources.requests["cpu"]"#,
            r#"["a"].resources.requests["nvidia.com/gpu"]"#,
            r#"["b"].resources.requests["gpu"]"#,
            r#"["b"].resources.limits["nvidia.com/gpu"]"#,
            r#"["c"].resources.requests["nvidia.com/gpu"]"#,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn memory_in_bytes_is_doubted() {
        for (text, meant) in [
            ("16", Some("16Gi")),
            ("512", Some("512Mi")),
            ("4096", Some("4096Mi")),
            ("512k", Some("512M")),
            ("64Ki", Some("64Mi")),
            ("1500m", Some("1500Mi")),
            ("0", None),
            ("1Mi", None),
            ("16Gi", None),
            ("4294967296", None),
        ] {
            for name in ["memory", "ephemeral-storage"] {
                let types = json!({ "a": { "resources": { "limits": { name: text } } } });
                let found = check(&read(&types));
                let fixes: Vec<_> = found.iter().map(|problem| problem.fix.as_str()).collect();
                let meant = meant.filter(|_| name == "memory" || !text.ends_with("00m"));
                let expected = meant.map(|meant| format!("did you mean `{meant}`?"));
                assert_eq!(fixes, expected.as_deref().into_iter().collect::<Vec<_>>(), "{text}");
                assert!(found.iter().all(|problem| !problem.is_error()), "{text}");
            }
        }
    }

    #[test]
    fn many_findings_of_one_kind_are_one() {
        let one = |memory: &str, device: &str| {
            json!({ "resources": {
            "requests": { "memory": memory }, "limits": { "memory": memory, device: "1" } } })
        };
        let types = json!({ "a": one("16", "gpu"), "b": one("32", "gpu"), "c": one("64", "gpu") });
        let found = check(&read(&types));
        let told: Vec<_> = found
            .iter()
            .map(|problem| (problem.path.to_reference(), problem.fix.as_str()))
            .collect();
        let memory = "did you mean `16Gi`? The same stands at [\"a\"].resources.limits[\"memory\"], \
                      [\"b\"].resources.requests[\"memory\"], \
                      [\"b\"].resources.limits[\"memory\"] and 2 more";
        let device = "did you mean `nvidia.com/gpu`? The same stands at \
                      [\"b\"].resources.limits[\"gpu\"], [\"c\"].resources.limits[\"gpu\"]";
        let expected = [
            (r#"["a"].resources.requests["memory"]"#.to_owned(), memory),
            (r#"["a"].resources.limits["gpu"]"#.to_owned(), device),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn good_types_pass() {
        let types = json!({
            "selector_only": { "node_selector": { "VMSizes": "VM-64vCPU-256GB", "empty": "" } },
            "limit_only": { "resources": { "limits": { "nvidia.com/gpu": "1", "cpu": "0" } } },
            "no_gpu": { "resources": { "requests": { "nvidia.com/gpu": "0", "hugepages-2Mi": "2Mi" } } },
            "null": { "resources": { "requests": { "cpu": "1", "nvidia.com/gpu": null } } },
            "other_spelling": { "resources": { "requests": { "cpu": "2000m" }, "limits": { "cpu": "2" } } },
        });
        assert_eq!(check(&read(&types)), []);
    }

    #[test]
    fn what_is_not_known_passes() {
        let unknown = |name: &str| Attr::Known([(name.to_owned(), Attr::Unknown)].into());
        let one = Attr::Known([("nvidia.com/gpu".to_owned(), Attr::Known("1".to_owned()))].into());
        for limits in [Attr::Unknown, unknown("nvidia.com/gpu")] {
            let draft = Draft { requests: one.clone(), limits, node_selector: unknown("a") };
            let types = [("a".to_owned(), Attr::Known(draft)), ("b".to_owned(), Attr::Unknown)];
            assert_eq!(check(&types.into()), []);
        }
    }

    #[test]
    fn a_misspelled_resource_is_answered_with_the_one_that_is_meant() {
        let types = json!({ "a": { "resources": { "requests": {
            "memroy": "1", "nvidia.com/gpus": "0", "memory": "500m", "gpu": "1", "cpu": "1,5" } } } });
        let found = check(&read(&types));
        let fixes: Vec<_> = found.iter().map(|p| p.fix.as_str()).collect();
        let expected = [
            "did you mean `nvidia.com/gpu`?",
            "did you mean `memory`?",
            "did you mean `nvidia.com/gpu`?",
            "did you mean `1.5`?",
            "did you mean `500Mi`?",
        ];
        assert_eq!(fixes, expected);
        let warnings = found.iter().filter(|p| p.severity == Severity::Warning);
        assert_eq!(warnings.count(), 2);
    }

    #[test]
    fn resources_and_labels_are_guessed() {
        let resources = [
            ("nvidia/gpu", "nvidia.com/gpu"),
            ("amd/gpu", "amd.com/gpu"),
            ("Nvidia.com/gpu", "nvidia.com/gpu"),
            ("gpu", "nvidia.com/gpu"),
            ("amd_gpu", "amd.com/gpu"),
            ("mem", "memory"),
            ("Memory", "memory"),
            ("CPU", "cpu"),
            ("cores", "cpu"),
            ("disk", "ephemeral-storage"),
        ];
        for (name, meant) in resources {
            let found = check(&read(&json!({ "a": { "resources": { "limits": { name: "1" } } } })));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert_eq!(found[0].fix, format!("did you mean `{meant}`?"), "{name}");
        }
        let labels = [
            ("VM Sizes", "VM-Sizes"),
            ("Example.com/pool", "example.com/pool"),
            ("kubernetes.io/hostnam", "kubernetes.io/hostname"),
            ("topology.kubernetes.io/Zone", "topology.kubernetes.io/zone"),
            ("-pool", "pool"),
        ];
        for (key, meant) in labels {
            let found = check(&read(&json!({ "a": { "node_selector": { key: "x" } } })));
            assert_eq!(found.len(), 1, "{key}: {found:?}");
            assert!(found[0].fix.starts_with(&format!("did you mean `{meant}`?")), "{found:?}");
        }
        for fine in
            ["kubernetes.io/os", "agentpool", "kubernetes.io/role", "nvidia.com/gpu.product"]
        {
            let found = check(&read(&json!({ "a": { "node_selector": { fine: "x" } } })));
            assert_eq!(found, [], "{fine}");
        }
    }

    #[test]
    fn the_default_is_one_of_the_types() {
        let types = read(&json!({ "gpu_instance": {}, "big_cpu_sku": {} }));
        let none = Drafts::new();
        let fine = [
            (Attr::Known("gpu_instance"), Attr::Known(&types)),
            (Attr::Unknown, Attr::Known(&types)),
            (Attr::Known("any"), Attr::Unknown),
            (Attr::Known("any"), Attr::Null),
            (Attr::Null, Attr::Null),
            (Attr::Null, Attr::Known(&none)),
        ];
        for (default, types) in fine {
            assert_eq!(check_default(default, types), None, "{default:?}");
        }
        let wrong = |default, types| check_default(default, types).unwrap().fix;
        let meant = wrong(Attr::Known("gpu_instnace"), Attr::Known(&types));
        assert_eq!(meant, r#"did you mean "gpu_instance"?"#);
        let missing = wrong(Attr::Null, Attr::Known(&types));
        assert_eq!(missing, r#"set it to one of "big_cpu_sku", "gpu_instance""#);
        assert!(check_default(Attr::Known("any"), Attr::Known(&none)).is_some());
    }

    fn read(types: &Value) -> Drafts {
        drafts(&serde_json::from_value(types.clone()).unwrap())
    }
}
