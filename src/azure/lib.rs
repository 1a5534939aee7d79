//! How Azure is called.
