//! One context of one or several kubeconfig files.

/// Why a kubeconfig cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the kubeconfig {file} cannot be used: {why}")]
pub struct KubeconfigError {
    /// The file, or the files that were read together.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
}
