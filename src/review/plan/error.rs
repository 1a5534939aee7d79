//! Why an input cannot be reviewed.

/// Why an input is no plan that can be reviewed. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing came.
    #[error("the input is empty: pipe the output of `terraform show -json PLAN` into this command")]
    Empty,
    /// More than is read.
    #[error(
        "the plan is larger than {} MiB, more than is read here: plan a part of the configuration \
         with `-target`, or split it",
        .0 >> 20
    )]
    TooLarge(u64),
    /// A saved plan instead of its JSON.
    #[error(
        "this is a saved plan, not its JSON: give the output of `terraform show -json PLAN` instead"
    )]
    Saved,
    /// What `plan -json` prints.
    #[error(
        "this is the log of `plan -json`, not a plan: save the plan with `-out=PLAN` and give the \
         output of `terraform show -json PLAN`"
    )]
    Log,
    /// What `show -json` prints without a plan.
    #[error("this is a state, not a plan: name the plan, as in `terraform show -json PLAN`")]
    State,
    /// JSON of something else.
    #[error("this is JSON, but not a plan: it has no `format_version`")]
    NotAPlan,
    /// From the future, or from before the format was settled.
    #[error(
        "the plan has format version {0:?} and only 1.x is known here: review it with a newer \
         version of this provider"
    )]
    Version(String),
    /// The input ends too early.
    #[error("the plan ends too early, at line {line}, column {column}: was it cut off?")]
    Truncated {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
    },
    /// Not JSON, or not of a plan's shape.
    #[error("the plan cannot be read: {0}")]
    Malformed(serde_json::Error),
    /// Not text.
    #[error("the input is not text: give the output of `terraform show -json PLAN`")]
    NotText,
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() {
            return Error::Truncated { line: error.line(), column: error.column() };
        }
        Error::Malformed(error)
    }
}
