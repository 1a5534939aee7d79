//! What Azure ML means.
