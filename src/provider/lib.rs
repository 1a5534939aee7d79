//! The provider: every side meets here.
