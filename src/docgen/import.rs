//! The section `## Import` of a resource's page.

use framework::Schema;
use framework::schema::Attribute;

use crate::schema::shape_name;
use crate::sources::Sources;

/// The section, from the examples of a resource in `folder`.
pub(crate) fn render_section(schema: &Schema, folder: &str, sources: &mut Sources<'_>) -> String {
    let command = sources.import_command(&format!("{folder}/import.sh"));
    let by_id = format!(
        "## Import\n\nIn Terraform 1.5 and later and in OpenTofu, use an \
         [`import` block](https://developer.hashicorp.com/terraform/language/import):\n\n```terraform\nimport {{\n  to = {address}\n  \
         id = \"{id}\"\n}}\n```\n\nOr use the \
         [`terraform import` command](https://developer.hashicorp.com/terraform/cli/commands/import):\
         \n\n```shell\nterraform import {address} {quoted_id}\n```",
        address = command.address,
        id = command.id,
        quoted_id = command.quoted_id
    );
    if schema.identity().next().is_none() {
        return by_id;
    }
    let example = sources.text(&format!("{folder}/import-by-identity.tf"));
    format!("{by_id}\n\n{}", render_identity(schema, &example))
}

/// Import by identity; every attribute of an identity is required.
fn render_identity(schema: &Schema, example: &str) -> String {
    let mut keys: Vec<_> = schema.identity().collect();
    keys.sort_by_key(|key| key.name);
    let line =
        |key: &&Attribute| format!("- `{}` ({}) {}", key.name, shape_name(&key.shape()), key.help);
    let keys: Vec<_> = keys.iter().map(line).collect();
    format!(
        "In Terraform 1.12 and OpenTofu 1.12 and later, an `import` block takes an identity in \
         place of the ID:\n\n```terraform\n{example}\n```\n\n### Identity Schema\n\n#### Required\n\n{}",
        keys.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use framework::text;

    use super::*;

    const COMMAND: &str = "terraform import toy_thing.a /x\n";
    const BLOCK: &str = "import {\n  to = toy_thing.a\n  identity = { name = \"a\" }\n}";

    fn section_of(root: &Path, schema: &Schema) -> (String, Vec<String>) {
        let mut sources = Sources::new(root);
        let text = render_section(schema, "toy", &mut sources);
        (text, sources.problems)
    }

    #[test]
    fn an_import_is_reflected_after_run_id_and_by_identity() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("toy");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("import.sh"), COMMAND).unwrap();
        let plain = Schema::new("A thing.").with([text("name").required().help("Name.")]);
        let (by_id, problems) = section_of(root.path(), &plain);
        assert_eq!(problems, Vec::<String>::new());
        assert!(by_id.contains("import {\n  to = toy_thing.a\n  id = \"/x\"\n}\n"), "{by_id}");
        assert!(by_id.ends_with("```shell\nterraform import toy_thing.a /x\n```"), "{by_id}");

        let keyed = Schema::new("A thing.")
            .with([text("name").required().identifies().help("Name."), text("size").help("Size.")]);
        let (_, problems) = section_of(root.path(), &keyed);
        assert!(
            matches!(&problems[..], [one] if one.starts_with("toy/import-by-identity.tf: ")),
            "{problems:?}"
        );
        fs::write(folder.join("import-by-identity.tf"), BLOCK).unwrap();
        let (both, problems) = section_of(root.path(), &keyed);
        assert_eq!(problems, Vec::<String>::new());
        let keys = "### Identity Schema\n\n#### Required\n\n- `name` (String) Name.";
        let expected = format!("\n\n```terraform\n{BLOCK}\n```\n\n{keys}");
        assert!(both.starts_with(&by_id) && both.ends_with(&expected), "{both}");
    }
}
