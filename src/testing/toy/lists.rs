//! A list of things.

use framework::{Attr, Context, Diagnostic, Diagnostics, Failure, List, Listed, Schema, text};
use serde::{Deserialize, Serialize};

use super::Toy;
use super::service::Mood;
use super::thing::{Thing, ThingType};

/// Things whose names begin alike.
pub(crate) struct Things;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    prefix: Attr<String>,
}

impl List for Things {
    type Resource = ThingType;
    type Config = Config;

    fn schema() -> Schema {
        Schema::new("Lists things.").with([text("prefix").required().help("How names begin.")])
    }

    fn validate(config: &Config, found: &mut Diagnostics) {
        if config.prefix.known().is_some_and(String::is_empty) {
            found.push(Diagnostic::error("Prefix is empty").at("prefix"));
        }
    }

    async fn list(
        context: &mut Context<'_, Toy>, config: Config,
    ) -> Result<Vec<Listed<Thing>>, Failure> {
        let prefix = config.prefix.require()?.as_str();
        if context.provider.service.mood() == Mood::Refuses {
            return Err(Diagnostic::error("List refused").into());
        }
        context.diagnostics.push(Diagnostic::warning("Some are hidden"));
        let names = context.provider.service.names().into_iter();
        let listed = names
            .filter(|name| name.starts_with(prefix))
            .map(|name| Listed { display_name: format!("thing {name}"), keys: Thing::named(name) });
        Ok(listed.collect())
    }
}
