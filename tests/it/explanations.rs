//! What a user of a real program reads when something is wrong: which line, which cause, which way out.

use crate::arc_extension;
use crate::kubernetes_compute;
use crate::support::azure::Azure;
use crate::support::core::Core;
use crate::support::with_every_program;

with_every_program!(
    u15_each_error_shows_the_line_of_its_attribute,
    b12_what_a_terminal_would_hide_or_obey_is_written_out,
);

const ONE_TYPE: &str = r#"
  default_instance_type = "small"
  instance_types = {
    big = {
      resources = { limits = { cpu = "many" } }
    }
    small = {
      resources = { limits = { cpu = "1" } }
    }
  }
"#;

/// However deep an attribute stands, in nested attributes and in blocks.
fn u15_each_error_shows_the_line_of_its_attribute(_: &Azure, core: &mut Core) {
    core.write(&kubernetes_compute::resource(ONE_TYPE));
    core.validate()
        .fails_with("\"many\" is not a Kubernetes quantity")
        .at("big = {")
        .says("It stands at instance_types[\"big\"].resources.limits[\"cpu\"].");

    core.write(&arc_extension::resource(
        "  enable_training = true\n  relay           = { mode = \"borrowed\" }\n",
    ));
    core.validate().fails_with("Invalid relay.mode").at("relay           =");

    core.write(&kubernetes_compute::resource("  identity {\n    type = \"Robot\"\n  }\n"));
    core.validate().fails_with("There is no identity of type \"Robot\"").at("type = \"Robot\"");

    core.write(&kubernetes_compute::resource("  timeouts {\n    read = \"soon\"\n  }\n"));
    core.validate().fails_with("\"soon\" cannot be a time limit").at("read = \"soon\"");

    core.write(&arc_extension::resource(
        "  enable_training = true\n  node_selector   = { \"no label\" = \"x\" }\n",
    ));
    core.validate().fails_with("\"no label\" is not a label key").at("node_selector");
}

fn b12_what_a_terminal_would_hide_or_obey_is_written_out(_: &Azure, core: &mut Core) {
    for (name, shown) in [
        ("ml\\u200bcompute", "\"ml\\u{200b}compute\""),
        ("\\ufeffcompute", "\"\\u{feff}compute\""),
        ("com\\u2028pute", "\"com\\u{2028}pute\""),
        ("com\\u202epute", "\"com\\u{202e}pute\""),
        ("com\\u001bpute", "\"com\\u{1b}pute\""),
    ] {
        let hcl = kubernetes_compute::resource("");
        core.write(&hcl.replace("\"amlarc-compute\"", &format!("\"{name}\"")));
        let ran = core.validate();
        ran.fails_with("is not a name for a compute").says(shown);
        for hidden in ['\u{200b}', '\u{feff}', '\u{2028}', '\u{202e}', '\u{1b}'] {
            ran.fails_with("is not a name for a compute").never_says(&hidden.to_string());
        }
    }
    let long = "n".repeat(1 << 20);
    core.write(
        &kubernetes_compute::resource("").replace("\"amlarc-compute\"", &format!("\"{long}\"")),
    );
    let ran = core.validate();
    ran.fails_with("a compute's name has 2 to 24").says("(1048578 characters)").never_says(&long);

    let cluster = arc_extension::cluster();
    let hcl = arc_extension::resource("enable_training = true\n");
    core.write(&hcl.replace(&cluster, &format!("{cluster}\\n")));
    core.validate().fails_with("cannot be part of an ID").says("amlarc-cluster\\n\"");
}
