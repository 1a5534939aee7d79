//! What the compiler cannot check of a provider's types.
