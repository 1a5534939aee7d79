//! What the extension's health check says, in words.

use aml::health;
use kubernetes::health_report::Check;
use vocabulary::{capitalize, to_sentence};

use crate::message::{Entry, Explanation};

/// What the extension's health check and Helm report in a message: a paragraph for each cause.
/// `None`: nothing is known.
pub(super) fn describe_health(message: &str) -> Option<String> {
    let known = health::find_causes(message).into_iter();
    let known = known.map(|known| {
        let (symptom, cause, fix) = (capitalize(known.symptom), known.cause, known.fix);
        format!("{symptom}: {} {}", to_sentence(cause), to_sentence(fix))
    });
    let known = known.collect::<Vec<_>>().join("\n\n");
    (!known.is_empty()).then_some(known)
}

/// The causes as the guide to troubleshooting lists them: by the codes of the health check, or by what
/// Helm says.
pub(crate) fn entries(is_of_health_check: bool) -> Vec<Entry> {
    let of_kind = |it: &&health::Cause| it.parts().is_empty() == is_of_health_check;
    let rows = health::causes().iter().filter(of_kind).map(|known| {
        let of = match health::ends_operation(known.symptom) {
            Some(true) => "a check that ends the operation",
            Some(false) => "a check that warns",
            None => "",
        };
        let parts: Vec<_> = known.parts().iter().map(|part| format!("`{part}`")).collect();
        let (cause, fix) = (to_sentence(known.cause), to_sentence(known.fix));
        (known.symptom, Explanation { of, known_by: parts.join(" with "), cause, fix })
    });
    Entry::group(rows)
}

/// What checks of the report in the cluster say: a paragraph for each, with what is known of its code.
/// `None`: there is no check.
pub(crate) fn describe_checks(checks: &[&Check]) -> Option<String> {
    let paragraphs: Vec<_> = checks.iter().map(|check| describe_check(check)).collect();
    let report = paragraphs.join("\n\n");
    (!report.is_empty()).then(|| format!("The extension's health check found:\n\n{report}"))
}

fn describe_check(check: &Check) -> String {
    let code = check.error_code.as_deref().map(|code| format!(", {code}")).unwrap_or_default();
    let found = match check.message.as_str() {
        "" => "it failed",
        message => message,
    };
    let found = format!("{}{code}: {}", check.name, to_sentence(found));
    match check.cause() {
        Some(known) => {
            format!("{found} {} {}", to_sentence(known.cause), to_sentence(known.fix))
        }
        None => found,
    }
}

#[cfg(test)]
mod tests {
    use kubernetes::health_report::Check;

    use super::describe_checks;

    #[test]
    fn a_check_that_failed_is_told_with_its_cause_and_fix() {
        let check = |name: &str, code: Option<&str>, message: &str| Check {
            name: name.to_owned(),
            has_passed: false,
            error_code: code.map(str::to_owned),
            message: message.to_owned(),
        };
        let checks = [
            check("azureml-fe", Some("E40002"), "INSUFFICIENT_NODE: need 3"),
            check("odd", Some("E47123"), "it is new"),
            check("bare", None, ""),
        ];
        let told = describe_checks(&checks.iter().collect::<Vec<_>>()).unwrap();
        let paragraphs: Vec<_> = told.split("\n\n").collect();
        assert_eq!(paragraphs[0], "The extension's health check found:");
        assert!(
            paragraphs[1].starts_with(
                "azureml-fe, E40002: INSUFFICIENT_NODE: need 3. Too few nodes are healthy; "
            ) && paragraphs[1].contains("Set `inference_router_ha = false`"),
            "{told}"
        );
        assert_eq!(paragraphs[2..], ["odd, E47123: It is new.", "bare: It failed."]);
        assert_eq!(describe_checks(&[]), None);
    }
}
