//! GitLab's report of code quality, which it shows in a merge request.

use serde::Serialize;

use super::Annotation;
use crate::Severity;
use crate::digest::hash;

#[derive(Serialize)]
struct Finding {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// The report, with a finding for each warning.
pub(crate) fn code_quality(annotations: &[Annotation]) -> Result<String, String> {
    let findings: Vec<Finding> = annotations.iter().map(finding).collect();
    let report = serde_json::to_string_pretty(&findings).map_err(|error| error.to_string())?;
    Ok(report + "\n")
}

fn finding(annotation: &Annotation) -> Finding {
    let warning = &annotation.warning;
    let attribute = warning.at.split(['.', '[']).next().unwrap_or_default();
    let attribute = if attribute.is_empty() { String::new() } else { format!(".{attribute}") };
    let place = annotation.place.as_ref().unwrap_or(&annotation.beginning);
    Finding {
        description: annotation.message(),
        check_name: format!("{}{attribute}", annotation.kind),
        fingerprint: fingerprint(annotation),
        severity: match annotation.severity {
            Severity::Destroys | Severity::LosesInstanceTypes => "critical",
            Severity::Warns => "major",
            Severity::Changes | Severity::Nothing => "minor",
        },
        location: Location { path: place.file.clone(), lines: Lines { begin: place.line } },
    }
}

/// The same for the same warning, wherever its block stands.
fn fingerprint(annotation: &Annotation) -> String {
    let warning = &annotation.warning;
    let parts =
        (&annotation.module, &annotation.address, &warning.at, &warning.name, &warning.what);
    // Quoted, no part runs into the next one.
    hash(&format!("{parts:?}")).trim_start_matches("sha256:").to_owned()
}
