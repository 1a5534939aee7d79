//! The layout of a page, as the registries expect it.

use std::path::PathBuf;

use framework::{Schema, Server};
use provider::TroubleshootingTopic;

use crate::sources::Sources;
use crate::{Pages, import, schema, troubleshooting};

/// Where the prose that belongs to no type stands; `index.md` there is about the provider itself.
pub(crate) const GUIDES: &str = "src/provider/guides";

/// The guide that lists after its text what the provider says of errors.
pub(crate) const TROUBLESHOOTING: &str = "troubleshooting";

/// The kind of Terraform type that a page describes.
#[derive(Clone, Copy)]
pub(crate) enum PageKind {
    Resource,
    DataSource,
    List,
}

/// A Terraform type and all that is said about it.
pub(crate) struct TypePage<'a> {
    pub(crate) name: &'a str,
    pub(crate) schema: &'a Schema,
    pub(crate) guide: &'a str,
}

impl PageKind {
    /// The path of a type's page below `docs/`; `name` is the type's full name.
    pub(crate) fn path(self, server: &Server, name: &str) -> PathBuf {
        let short = name.strip_prefix(server.name()).map_or(name, |it| it.trim_start_matches('_'));
        PathBuf::from(self.folder()).join(format!("{short}.md"))
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::List => "list-resources",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
            Self::List => "List Resource",
        }
    }
}

impl TypePage<'_> {
    pub(crate) fn resource(&self, server: &Server, sources: &mut Sources<'_>) -> String {
        let folder = format!("examples/resources/{}", self.name);
        let example = sources.text(&format!("{folder}/resource.tf"));
        let import = import::render_section(self.schema, &folder, sources);
        self.render(PageKind::Resource, server.name(), &example, &import)
    }

    pub(crate) fn data_source(&self, server: &Server, sources: &mut Sources<'_>) -> String {
        let path = format!("examples/data-sources/{}/data-source.tf", self.name);
        self.render(PageKind::DataSource, server.name(), &sources.text(&path), "")
    }

    pub(crate) fn list(&self, server: &Server, sources: &mut Sources<'_>) -> String {
        let path = format!("examples/list-resources/{}/list.tfquery.hcl", self.name);
        self.render(PageKind::List, server.name(), &sources.text(&path), "")
    }

    fn render(&self, kind: PageKind, provider: &str, example: &str, import: &str) -> String {
        let title = format!("{} {} - {provider}", self.name, kind.title());
        let (lead, sections) = split_guide(self.guide);
        join_parts(&[
            &front_matter(&title, Some(""), self.schema.help()),
            &format!("# {} ({})", self.name, kind.title()),
            self.schema.help(),
            lead,
            &example_usage(example),
            &schema::section(self.schema),
            sections,
            import,
        ])
    }
}

/// The page of the provider itself, and a page for every further guide.
pub(crate) fn guides(
    server: &Server, topics: &[TroubleshootingTopic], sources: &mut Sources<'_>,
) -> Pages {
    let mut pages = Pages::new();
    for name in sources.names(GUIDES) {
        let path = format!("{GUIDES}/{name}.md");
        let text = sources.text(&path);
        if name == "index" {
            let example = sources.text("examples/provider/provider.tf");
            pages.insert("index.md".into(), provider_page(server, &text, &example));
        } else if let Some((title, _)) = split_title(&text) {
            let listed = if name == TROUBLESHOOTING {
                troubleshooting::sections(topics)
            } else {
                String::new()
            };
            let page = join_parts(&[&front_matter(title, Some(""), title), &text, &listed]);
            pages.insert(PathBuf::from("guides").join(format!("{name}.md")), page);
        } else {
            sources.problems.push(format!("{path}: the first line must be `# ` and a title"));
        }
    }
    if !pages.contains_key(&PathBuf::from("index.md")) {
        sources.problems.push(format!("{GUIDES}/index.md: it is missing"));
    }
    pages
}

fn provider_page(server: &Server, guide: &str, example: &str) -> String {
    let schema = &server.schemas().provider;
    let title = format!("{} Provider", server.name());
    let (lead, sections) = split_guide(guide);
    join_parts(&[
        &front_matter(&title, None, schema.help()),
        &format!("# {title}"),
        schema.help(),
        lead,
        &example_usage(example),
        &schema::section(schema),
        sections,
    ])
}

/// The guide that all list resources share; the rest is in each one's schema.
pub(crate) fn list_guide(server: &Server, name: &str) -> String {
    let page = PageKind::Resource.path(server, name);
    format!(
        "[`terraform query`](https://developer.hashicorp.com/terraform/cli/commands/query), in Terraform \
         1.14 and later, runs the `list` blocks of files that end with `.tfquery.hcl`. OpenTofu has no \
         such command. Each result has its identity and, with `include_resource = true`, the attributes \
         of [`{name}`](../{}).\n\n\
         -> Write the arguments below in the `config` block inside the `list` block.\n\n\
         ## Import the results\n\n\
         `terraform query -generate-config-out=found.tf` writes a `resource` and an `import` block for \
         each result. Keep the blocks of the objects that you want to manage here, delete the others, and \
         run `terraform plan`.",
        page.display()
    )
}

// === parts of a page ===

/// `subcategory` stands on every page but the provider's own.
pub(crate) fn front_matter(title: &str, subcategory: Option<&str>, description: &str) -> String {
    let subcategory = subcategory.map_or(String::new(), |it| format!("subcategory: \"{it}\"\n"));
    let plain = description.replace('`', "");
    format!(
        "---\n# generated by cargo docgen: change the schema, the example or the guide instead\n\
         page_title: \"{title}\"\n{subcategory}description: |-\n  {plain}\n---"
    )
}

pub(crate) fn example_usage(example: &str) -> String {
    format!("## Example Usage\n\n```terraform\n{example}\n```")
}

/// A guide's opening, which stands before the example, and its sections, which stand after the
/// schema.
fn split_guide(guide: &str) -> (&str, &str) {
    let guide = guide.trim();
    if guide.starts_with("## ") {
        return ("", guide);
    }
    match guide.find("\n## ") {
        Some(at) => (guide[..at].trim_end(), guide[at..].trim_start()),
        None => (guide, ""),
    }
}

pub(crate) fn split_title(guide: &str) -> Option<(&str, &str)> {
    guide.strip_prefix("# ")?.split_once('\n')
}

pub(crate) fn join_parts(parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).copied().collect();
    parts.join("\n\n") + "\n"
}

#[cfg(test)]
mod tests {
    use framework::{Schema, text};

    use super::*;

    #[test]
    fn a_page_has_its_parts_in_the_order_of_the_registry() {
        let schema = Schema::new("A `thing`.").with([text("name").required().help("Name.")]);
        let page = TypePage {
            name: "toy_thing",
            schema: &schema,
            guide: "Read this first.\n\n## Limits\n\nNone.\n",
        };
        let example = "resource \"toy_thing\" \"a\" {}";
        let text = page.render(PageKind::Resource, "toy", example, "## Import\n\nIt is.");
        let order = [
            "---\n# generated by",
            "page_title: \"toy_thing Resource - toy\"\nsubcategory: \"\"\ndescription: |-\n  A thing.\n---\n",
            "\n# toy_thing (Resource)\n\nA `thing`.\n",
            "\nRead this first.\n",
            "\n## Example Usage\n\n```terraform\nresource \"toy_thing\" \"a\" {}\n```\n",
            "\n## Schema\n",
            "\n## Limits\n\nNone.\n",
            "\n## Import\n\nIt is.\n",
        ];
        let mut rest = text.as_str();
        for part in order {
            let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not next in {rest}"));
            rest = &rest[at + part.len() - 1..];
        }
        assert_eq!(rest, "\n");
    }

    #[test]
    fn a_guide_may_have_an_opening_or_sections_or_both() {
        assert_eq!(split_guide(""), ("", ""));
        assert_eq!(split_guide("Text.\n"), ("Text.", ""));
        assert_eq!(split_guide("## A\n\n## B\n"), ("", "## A\n\n## B"));
        assert_eq!(
            split_guide("Text.\n\n### Not a section\n\n## A\n"),
            ("Text.\n\n### Not a section", "## A")
        );
    }

    #[test]
    fn the_provider_page_has_no_subcategory() {
        assert!(!front_matter("toy Provider", None, "A toy.").contains("subcategory"));
    }
}
