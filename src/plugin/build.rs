//! Turns `proto/` into Rust, without a protobuf compiler on the machine.

use std::error::Error;

const PROTO: &str = "../../proto";
const FILES: [&str; 5] =
    ["tfplugin6.proto", "controller.proto", "stdio.proto", "broker.proto", "health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PROTO}");
    tonic_prost_build::configure()
        .build_transport(false)
        .generate_default_stubs(true)
        .compile_well_known_types(true)
        .include_file("proto.rs")
        .emit_rerun_if_changed(false)
        .compile_fds(protox::compile(FILES, [PROTO])?)?;
    Ok(())
}
