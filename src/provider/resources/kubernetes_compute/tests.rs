//! The life of a compute.
