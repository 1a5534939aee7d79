//! The report of the extension's health check, which it leaves in a config map of its namespace.
//!
//! The check runs before the extension is installed, changed, rolled back and removed. Of each run the
//! config map has a text of `Status: … Name: … ErrorCode: … ErrorMessage: …`, one for each check, and
//! it keeps the texts of earlier operations.

use std::collections::BTreeMap;

use aml::health::{Cause, ends_operation, find_causes};

/// Names of the config map: today's, and that of versions before 1.0.75.
pub const CONFIG_MAPS: [&str; 2] = ["arcml-healthcheck", "amlarc-healthcheck"];

/// When the check ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Before an installation.
    PreInstall,
    /// Before a change.
    PreUpgrade,
    /// Before a change that failed was taken back.
    PreRollback,
    /// Before a removal, also of an installation that failed.
    PreDelete,
    /// When somebody asked for it.
    Test,
}

/// What was done when the check ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The extension was installed.
    Install,
    /// It was changed.
    Update,
    /// It was removed.
    Delete,
}

/// What the checks of one stage found.
#[derive(Clone, Debug, PartialEq)]
pub struct StageReport {
    /// When they ran.
    pub stage: Stage,
    /// Each check. Empty: the text has another form.
    pub checks: Vec<Check>,
    /// The report as it is.
    pub text: String,
}

/// One check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// What was checked, such as `azureml-fe`.
    pub name: String,
    /// Whether it passed.
    pub has_passed: bool,
    /// Error code, such as `E40002`.
    pub error_code: Option<String>,
    /// What the check says.
    pub message: String,
}

impl Stage {
    const ALL: [Stage; 5] =
        [Stage::PreInstall, Stage::PreUpgrade, Stage::PreRollback, Stage::PreDelete, Stage::Test];

    /// As the config map writes it, such as `pre-install`.
    pub fn name(self) -> &'static str {
        match self {
            Stage::PreInstall => "pre-install",
            Stage::PreUpgrade => "pre-upgrade",
            Stage::PreRollback => "pre-rollback",
            Stage::PreDelete => "pre-delete",
            Stage::Test => "test",
        }
    }
}

impl Operation {
    /// The stages that tell why it failed.
    pub fn stages(self) -> &'static [Stage] {
        match self {
            Operation::Install => &[Stage::PreInstall, Stage::PreDelete],
            Operation::Update => &[Stage::PreUpgrade, Stage::PreRollback],
            Operation::Delete => &[Stage::PreDelete],
        }
    }
}

impl Check {
    /// Whether it ends the operation. One that failed without a code that can be read does.
    pub fn is_critical(&self) -> bool {
        let ends = self.error_code.as_deref().and_then(ends_operation);
        !self.has_passed && ends.unwrap_or(true)
    }

    /// What is known of its error code.
    pub fn cause(&self) -> Option<&'static Cause> {
        find_causes(self.error_code.as_deref()?).into_iter().next()
    }
}

/// Reads the data of the config map, stage by stage.
pub fn read(data: &BTreeMap<String, String>) -> Vec<StageReport> {
    let report = |stage: Stage| {
        // Versions before 1.0.88 have a key for each outcome.
        let keys = ["", "-success", "-failed"].map(|end| format!("reports-{}{end}", stage.name()));
        let texts: Vec<&str> = keys.iter().filter_map(|key| Some(data.get(key)?.trim())).collect();
        let text = texts.join("\n").trim().to_owned();
        (!text.is_empty()).then(|| StageReport { stage, checks: checks(&text), text })
    };
    Stage::ALL.into_iter().filter_map(report).collect()
}

/// The checks that failed in the stages of an operation, those that ended it first.
pub fn failed_checks(reports: &[StageReport], operation: Operation) -> Vec<&Check> {
    let of_operation = reports.iter().filter(|report| operation.stages().contains(&report.stage));
    let checks = of_operation.flat_map(|report| &report.checks);
    let mut failed: Vec<&Check> = checks.filter(|check| !check.has_passed).collect();
    failed.sort_by_key(|check| !check.is_critical());
    failed
}

/// What introduces a value in the text.
const LABELS: [&str; 6] =
    ["Status:", "Name:", "ErrorCode:", "ErrorMessage:", "CorrelationId:", "K8sDistribution:"];

fn checks(text: &str) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (label, value) in split_labels(text) {
        if label == "Status:" {
            let has_passed = value.eq_ignore_ascii_case("passed");
            checks.push(Check { has_passed, ..Check::default() });
            continue;
        }
        let Some(check) = checks.last_mut() else { continue };
        match label {
            "Name:" => value.clone_into(&mut check.name),
            "ErrorCode:" if !value.is_empty() => check.error_code = Some(value.to_owned()),
            "ErrorMessage:" => value.clone_into(&mut check.message),
            _ => {}
        }
    }
    checks
}

/// The labels in the order of the text, each with what stands up to the next.
fn split_labels(text: &str) -> Vec<(&'static str, &str)> {
    let mut found: Vec<(usize, &'static str)> = Vec::new();
    for label in LABELS {
        let begins_word = |at: usize| !text[..at].ends_with(char::is_alphanumeric);
        let places = text.match_indices(label).map(|(at, _)| at).filter(|at| begins_word(*at));
        found.extend(places.map(|at| (at, label)));
    }
    found.sort_unstable();
    let ends = found.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    let value = |(&(at, label), end): (&(usize, &'static str), usize)| {
        let value = text[at + label.len()..end].trim();
        (label, value.trim_end_matches([',', ';']))
    };
    found.iter().zip(ends).map(value).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Check, Operation, Stage, failed_checks, read};

    #[test]
    fn a_report_is_decoded_check_by_check() {
        let reports = read(&data(&[(
            "reports-pre-install",
            "CorrelationId: 1f, K8sDistribution: aks\n\
             Status: Passed Name: azureml-fe-role ErrorCode: ErrorMessage:\n\
             Status: Failed Name: prometheus ErrorCode: E45002 ErrorMessage: PROMETHEUS_CONFLICT\n\
             Status: Failed Name: azureml-fe ErrorCode: E40002 ErrorMessage: INSUFFICIENT_NODE: need 3",
        )]));
        let check = |name: &str, code: Option<&str>, message: &str| Check {
            name: name.to_owned(),
            has_passed: code.is_none(),
            error_code: code.map(str::to_owned),
            message: message.to_owned(),
        };
        let expected = [
            check("azureml-fe-role", None, ""),
            check("prometheus", Some("E45002"), "PROMETHEUS_CONFLICT"),
            check("azureml-fe", Some("E40002"), "INSUFFICIENT_NODE: need 3"),
        ];
        assert_eq!((reports[0].stage, &reports[0].checks[..]), (Stage::PreInstall, &expected[..]));
        let failed = failed_checks(&reports, Operation::Install);
        assert_eq!(failed, [&expected[2], &expected[1]]);
        assert!(failed[0].is_critical() && !failed[1].is_critical());
        assert_eq!(failed[1].cause().unwrap().fix, "set `install_prom_op = false`");
    }

    #[test]
    fn only_the_stages_of_the_operation_tell_why_it_failed() {
        let line = |code: &str| format!("Status: Failed Name: x ErrorCode: {code} ErrorMessage: y");
        let all = ["pre-install", "pre-upgrade", "pre-rollback", "pre-delete", "test"];
        let entries: Vec<_> = all
            .iter()
            .zip(1..)
            .map(|(stage, number)| (format!("reports-{stage}"), line(&format!("E4000{number}"))))
            .collect();
        let reports = read(&entries.into_iter().collect());
        for (operation, codes) in [
            (Operation::Install, vec!["E40001", "E40004"]),
            (Operation::Update, vec!["E40002", "E40003"]),
            (Operation::Delete, vec!["E40004"]),
        ] {
            let failed = failed_checks(&reports, operation);
            let found: Vec<_> = failed.iter().map(|it| it.error_code.as_deref().unwrap()).collect();
            assert_eq!(found, codes, "{operation:?}");
        }
    }

    #[test]
    fn keys_of_early_versions_are_read_and_others_are_not() {
        let reports = read(&data(&[
            ("reports-test-success", "Status: Passed Name: a"),
            ("reports-test-failed", "Status: Failed Name: b ErrorMessage: lost"),
            ("status-test", "Status: Failed Name: c"),
            ("reports-pre-install", "  "),
            ("else", "Status: Failed Name: d"),
        ]));
        let names: Vec<_> = reports[0].checks.iter().map(|check| check.name.as_str()).collect();
        assert_eq!((reports.len(), names), (1, vec!["a", "b"]));
        assert!(reports[0].checks[1].is_critical() && reports[0].checks[1].cause().is_none());
    }

    #[test]
    fn a_text_of_another_form_stays_as_it_is() {
        for text in ["all is well", "Name: x", "MyStatus: Failed", "Status", "{}"] {
            let reports = read(&data(&[("reports-test", text)]));
            assert_eq!((reports[0].checks.len(), reports[0].text.as_str()), (0, text));
        }
        for odd in ["Status:", "Status: Failed ErrorCode: ü", "Status: Failed ErrorCode: E"] {
            let reports = read(&data(&[("reports-test", odd)]));
            assert!(reports[0].checks[0].is_critical(), "{odd}");
        }
    }

    fn data(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }
}
