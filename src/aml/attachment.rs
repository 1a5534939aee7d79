//! What a change of its extension means for a compute. Places count from the argument that names the
//! extension.

use crate::{Impact, Place};

/// A compute whose extension is another one is attached anew. `is_known`: so is the new extension's
/// ID; else it may turn out the same, for an ID is made of names and outlives what it names.
pub fn extension_change(is_known: bool) -> Impact {
    let means = if is_known {
        "a compute works only with the extension through which it was attached"
    } else {
        "its extension is installed anew or shows only during the apply, and a compute does not \
         survive the extension through which it was attached. If it comes from a data source that \
         is read late, use `azureml_arc_extension.NAME.id`"
    };
    Impact::new(Place::itself(), "extension_id", "replaces the compute", means)
}

/// The extension of a compute shows only during the apply, and the one so far was found and not
/// written: it may well be the same.
pub fn extension_open() -> Impact {
    let means = "the extension so far was found and not written, so the compute stays as it is. If \
                 this apply installs the extension anew, attach the compute anew with it: add \
                 -replace=ADDRESS with the address of the compute";
    Impact::new(Place::itself(), "extension_id", "shows only during the apply", means)
}
