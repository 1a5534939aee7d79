//! What every type of the provider is held to.
