//! The calls, against scripts.

mod absence;
