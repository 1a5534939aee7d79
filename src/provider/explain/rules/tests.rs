//! The table `cases.md`: errors whose explanation is known, and those that only look like one.

use azure::resource_types::{
    COMPUTES, EXTENSIONS, HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES,
    SERVICE_BUS_NAMESPACES, WORKSPACES,
};
use azure::{Id, ResourceType, ServiceError};

use super::super::{Action, explanation};

const ARC: &str = "Microsoft.Kubernetes/connectedClusters/edge";
const AKS: &str = "Microsoft.ContainerService/managedClusters/edge";

/// What an operation failed on, and on which cluster that is.
#[derive(Clone, Copy, Debug)]
enum On {
    Extension(&'static str),
    Compute(Option<&'static str>),
    Beside(&'static ResourceType),
}

use On::{Beside, Compute, Extension};

const BESIDE: [&ResourceType; 5] = [
    &RELAY_NAMESPACES,
    &HYBRID_CONNECTIONS,
    &SERVICE_BUS_NAMESPACES,
    &LOG_ANALYTICS_WORKSPACES,
    &WORKSPACES,
];

impl On {
    fn explain(self, doing: Action, told: ServiceError) -> Option<String> {
        let id = |rest: &str| -> Id {
            format!("/subscriptions/s/resourceGroups/rg/providers/{rest}").parse().expect("an ID")
        };
        let (kind, own, cluster) = match self {
            Extension(cluster) => (
                &EXTENSIONS,
                id(&format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/ml")),
                None,
            ),
            Compute(cluster) => (
                &COMPUTES,
                id("Microsoft.MachineLearningServices/workspaces/ws/computes/ml"),
                cluster.map(id),
            ),
            Beside(kind) => (kind, id("Microsoft.Relay/namespaces/ns"), None),
        };
        explanation(doing, kind, &own, cluster.as_ref(), told)
    }
}

/// Errors one inside the other, outermost first, each as `Code: message` or as either alone.
fn nested(errors: &[&str]) -> ServiceError {
    let one = |text: &str| {
        let (code, message) = match text.split_once(": ") {
            Some((code, message)) if !code.contains(' ') => (Some(code), message),
            _ if text.contains(' ') => (None, text),
            _ => (Some(text), ""),
        };
        ServiceError {
            code: code.map(str::to_owned),
            message: message.to_owned(),
            ..ServiceError::default()
        }
    };
    let all = errors.iter().map(|text| one(text));
    let chain = all.rev().reduce(|inner, outer| ServiceError { details: vec![inner], ..outer });
    chain.expect("an error")
}

/// One row of `cases.md`.
fn row(line: &str) -> Option<[&str; 4]> {
    let cells: Vec<_> = line.strip_prefix("| ")?.trim_end_matches('|').split(" | ").collect();
    let [of, errors, expected, never] = cells[..] else { panic!("not four cells: {line}") };
    (of != "of").then(|| [of, errors, expected, never.trim()])
}

fn on(of: &str) -> On {
    match of {
        "extension, Arc" => Extension(ARC),
        "extension, AKS" => Extension(AKS),
        "compute, Arc" => Compute(Some(ARC)),
        "compute, AKS" => Compute(Some(AKS)),
        "compute" => Compute(None),
        noun => {
            let kind = BESIDE.into_iter().find(|kind| kind.noun == noun);
            Beside(kind.unwrap_or_else(|| panic!("no kind is called {noun}")))
        }
    }
}

/// The guide to troubleshooting lists a rule by what it is known by.
#[test]
fn what_is_printed_is_what_a_rule_knows() {
    for rule in super::RULES.into_iter().flatten() {
        assert_ne!(rule.codes.is_empty(), rule.printed.is_empty(), "{} {:?}", rule.why, rule.codes);
        if !rule.printed.is_empty() {
            let text = super::text_of(&nested(&[rule.printed]));
            let is_known = rule.texts.iter().any(|parts| parts.iter().all(|it| text.contains(it)));
            assert!(is_known, "{} is not of the rule: {}", rule.printed, rule.why);
        }
    }
}

#[test]
fn each_error_has_its_explanation_or_none() {
    let rows: Vec<_> = include_str!("cases.md").lines().filter_map(row).collect();
    assert!(rows.len() > 100, "{}", rows.len());
    for [of, errors, expected, never] in rows {
        let case = format!("{of}: {errors}");
        let errors: Vec<_> = errors.split(" > ").collect();
        let told = on(of).explain(Action::Create, nested(&errors));
        let text = told.as_deref().unwrap_or_default();
        match expected {
            "-" => assert_eq!(told.as_deref(), None, "{case}"),
            part => assert!(text.contains(part), "{case}\nlacks {part:?}:\n{text}"),
        }
        for part in never.split("; ").filter(|part| !part.is_empty()) {
            assert!(!text.contains(part), "{case}\nsays {part:?}:\n{text}");
        }
        let is_placeholder = |part: &str| part.starts_with(|c: char| c.is_ascii_lowercase());
        assert!(!text.split('{').skip(1).any(is_placeholder), "{case}\n{text}");
    }
}

/// What a compute says when it is read or detached is not what it says when it is attached.
#[test]
fn reading_is_not_attaching() {
    for text in ["An internal server error occurred.", "the extension is not installed"] {
        for doing in [Action::Read, Action::Delete] {
            assert_eq!(
                Compute(Some(AKS)).explain(doing, nested(&[text])),
                None,
                "{doing:?} {text}"
            );
        }
        for doing in [Action::Create, Action::Update] {
            assert!(
                Compute(Some(AKS)).explain(doing, nested(&[text])).is_some(),
                "{doing:?} {text}"
            );
        }
    }
}

/// Of several causes the deepest counts, and of one depth the first.
#[test]
fn the_innermost_decides() {
    let lock = "ScopeLocked: a lock";
    let cases: [(&[&str], &str); 3] = [
        (&["ResourceGroupNotFound: x", "OuterNoise: y", lock], "az lock list"),
        (&[lock, "AnotherOperationInProgress: x", "Unheard: of"], "Another operation"),
        (&["timed out waiting for the condition", lock], "az lock list"),
    ];
    for (errors, expected) in cases {
        let told = Extension(ARC).explain(Action::Create, nested(errors)).expect("it is known");
        assert!(told.contains(expected), "{errors:?}: {told}");
    }
    let beside = ServiceError {
        details: vec![
            nested(&["Unheard: of"]),
            nested(&[lock]),
            nested(&["ResourceGroupNotFound: x"]),
        ],
        ..nested(&["MissingSubscriptionRegistration: x"])
    };
    let told = Extension(ARC).explain(Action::Create, beside).expect("it is known");
    assert!(told.contains("az lock list"), "{told}");
}
