//! A scripted Azure for the tests.
