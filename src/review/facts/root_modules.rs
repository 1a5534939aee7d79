//! The plans of several root modules as one: what a repository with several states changes.

use std::fmt::Write;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::{FORMAT_VERSION, PlanResult, Review, Severity};
use crate::digest::hash;

/// What is reviewed at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Reviews {
    /// One plan.
    One(Box<Review>),
    /// The plans of several root modules.
    Several(RootModules),
}

/// Several root modules, in the order in which they were given.
#[derive(Clone, Debug, PartialEq)]
pub struct RootModules(pub Vec<RootModule>);

/// A root module and its plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RootModule {
    /// What whoever asked calls it.
    pub name: String,
    /// What its plan does.
    pub review: Review,
}

impl Reviews {
    /// The reviews, one by one.
    pub fn each(&self) -> Vec<&Review> {
        match self {
            Reviews::One(review) => vec![review],
            Reviews::Several(RootModules(modules)) => {
                modules.iter().map(|module| &module.review).collect()
            }
        }
    }

    /// The worst thing of all of them.
    pub fn worst(&self) -> Severity {
        self.each().into_iter().map(|review| review.worst).min().unwrap_or(Severity::Nothing)
    }

    /// The worst result of all of them.
    pub fn result(&self) -> PlanResult {
        let results = self.each().into_iter().map(|review| review.result);
        results.min().unwrap_or(PlanResult::NoChanges)
    }

    /// True if an apply would change anything.
    pub fn has_changes(&self) -> bool {
        self.each().into_iter().any(|review| review.has_changes)
    }

    /// The digest of one plan, or of all of them with their names.
    pub fn digest(&self) -> String {
        match self {
            Reviews::One(review) => review.digest.clone(),
            Reviews::Several(RootModules(modules)) => {
                let mut lines: Vec<String> = modules.iter().map(digest_line).collect();
                // In which order they are named makes no other plan.
                lines.sort_unstable();
                hash(&lines.concat())
            }
        }
    }
}

fn digest_line(module: &RootModule) -> String {
    let mut line = String::new();
    // Writing to a string cannot fail. Quoted, no name holds a line end.
    _ = writeln!(line, "{} {:?}", module.review.digest, module.name);
    line
}

impl Serialize for RootModules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = Reviews::Several(self.clone());
        let mut shown = serializer.serialize_struct("RootModules", 6)?;
        shown.serialize_field("format_version", FORMAT_VERSION)?;
        shown.serialize_field("result", &all.result())?;
        shown.serialize_field("worst", &all.worst())?;
        shown.serialize_field("digest", &all.digest())?;
        shown.serialize_field("has_changes", &all.has_changes())?;
        shown.serialize_field("root_modules", &self.0)?;
        shown.end()
    }
}
