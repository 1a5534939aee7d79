//! One integration binary: real programs against the built provider and the emulator.
