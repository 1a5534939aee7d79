//! Bytes that nobody should send: each is an error that says where.
