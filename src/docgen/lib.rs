//! The registry's pages, made from the provider's own schemas.
//!
//! [`pages`] makes them from a provider, the configurations under `examples/` and the prose that
//! stands beside the code. [`differences`] holds them against a folder: writing the pages and
//! checking them are the same comparison.

mod differences;
mod function;
mod import;
mod include;
mod lint;
mod page;
mod schema;
mod sources;
mod translation;
mod troubleshooting;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use framework::Server;
use provider::TroubleshootingTopic;

pub use differences::{Difference, differences};
use page::PageKind;
use sources::Sources;

/// The text of each page, by its path below `docs/`.
pub type Pages = BTreeMap<PathBuf, String>;

/// What is wrong with what pages are made of: one sentence each, which says where.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pages cannot be made:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl Error for Problems {}

/// Where `docs/` of this checkout is not what its provider says.
pub fn check_docs() -> Result<Vec<Difference>, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).unwrap_or(here);
    let server = Server::new::<provider::AzureMl>();
    let pages = pages(&server, &provider::troubleshooting(), root)?;
    Ok(differences(&pages, &root.join("docs"))?)
}

/// The pages of that provider, which explains these errors. `root` is the folder that holds `examples/`
/// and `src/`.
pub fn pages(
    server: &Server, topics: &[TroubleshootingTopic], root: &Path,
) -> Result<Pages, Problems> {
    let mut sources = Sources::new(root);
    let mut pages = page::guides(server, topics, &mut sources);
    translation::add_pages(&mut pages, &mut sources);
    let schemas = server.schemas();
    for (name, schema) in &schemas.resources {
        let page = page::TypePage { name, schema, guide: server.resource_guide(name) };
        pages.insert(PageKind::Resource.path(server, name), page.resource(server, &mut sources));
    }
    for (name, schema) in &schemas.data_sources {
        let page = page::TypePage { name, schema, guide: server.data_source_guide(name) };
        pages.insert(
            PageKind::DataSource.path(server, name),
            page.data_source(server, &mut sources),
        );
    }
    for (name, schema) in &schemas.lists {
        let guide = page::list_guide(server, name);
        let page = page::TypePage { name, schema, guide: &guide };
        pages.insert(PageKind::List.path(server, name), page.list(server, &mut sources));
    }
    for (name, signature) in &schemas.functions {
        let page = function::page(server.name(), name, signature, &mut sources);
        pages.insert(function::path(name), page);
    }
    for page in pages.values_mut() {
        *page = include::include_files(page, &mut sources);
    }
    let mut problems = sources.problems;
    problems.extend(lint::check_schemas(schemas));
    problems.extend(lint::check_links(&pages));
    if problems.is_empty() { Ok(pages) } else { Err(Problems(problems)) }
}
