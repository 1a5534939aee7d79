//! Which Azure is called: one by its name, one that its metadata host describes, or one of single
//! endpoints.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use azure::{CloudError, CloudSource, Endpoints, MetadataHost, Transport};
use framework::{Attr, Diagnostic, Diagnostics, Path};
use vocabulary::{check_word, to_sentence};

use super::environment::{Resolved, Source, variables};
use super::{Config, Endpoint, proxy};

/// azurerm's and azapi's names of the clouds that need no more than a name.
const NAMES: [&str; 3] = ["public", "usgovernment", "china"];
/// azapi's name of a cloud that is described by its endpoints alone.
const CUSTOM: &str = "custom";

/// Which Azure is called, and what is on the way to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cloud {
    pub(crate) place: Place,
    /// What replaces single endpoints of the place.
    pub(crate) endpoints: Endpoints,
    /// PEM text of certificate authorities to trust as well.
    pub(crate) ca_certificate: Option<String>,
    /// The proxy that the environment names.
    pub(crate) proxy: Option<azure::Proxy>,
}

/// Where the endpoints of a cloud are known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Named(azure::Cloud),
    Described { host: MetadataHost, environment: Option<String> },
}

impl Default for Place {
    fn default() -> Self {
        Self::Named(azure::Cloud::public())
    }
}

impl Cloud {
    pub(super) fn resolve(config: &Config, source: &Source<'_>) -> Resolved<Cloud> {
        let endpoints = read_endpoints(config, source)?;
        Ok(Cloud {
            place: find_place(config, source, &endpoints)?,
            endpoints,
            ca_certificate: source.file("ca_certificate_path", &config.ca_certificate_path)?,
            proxy: proxy::read(source.lookup)?,
        })
    }

    /// The cloud; a metadata host is asked over `transport` when the cloud is first needed.
    pub(crate) fn source(&self, transport: &Arc<dyn Transport>) -> CloudSource {
        let endpoints = self.endpoints.clone();
        match &self.place {
            Place::Named(cloud) => cloud.clone().with_endpoints(endpoints).into(),
            Place::Described { host, environment } => CloudSource::described_by(
                host.clone(),
                environment.clone(),
                endpoints,
                transport.clone(),
            ),
        }
    }
}

/// Refuses what is wrong by itself. A name that is not known may be of a cloud that the metadata host
/// lists, and a cloud of complete endpoints may have any.
pub(super) fn validate(config: &Config, found: &mut Diagnostics) {
    let none = Endpoint::default();
    let endpoint = config.endpoint.known().unwrap_or(&none);
    for (name, read, written) in parts(endpoint) {
        if let Some(text) = written_text(written)
            && let Err(error) = read(Endpoints::default(), text)
        {
            found.push(endpoint_error(name, &error));
        }
    }
    if let Some(text) = written_text(&config.metadata_host)
        && let Err(error) = MetadataHost::parse(text)
    {
        found.push(metadata_host_error(&error));
    }
    let may_be_described = !config.metadata_host.is_null() || !config.endpoint.is_null();
    if let Some(name) = written_text(&config.environment)
        && !may_be_described
        && let Err(error) = parse_name(name)
    {
        found.push(error);
    }
}

/// What is read by which argument of the block `endpoint`.
type Part<'a> =
    (&'static str, fn(Endpoints, &str) -> Result<Endpoints, CloudError>, &'a Attr<String>);

fn parts(endpoint: &Endpoint) -> [Part<'_>; 3] {
    [
        (
            "resource_manager_endpoint",
            Endpoints::with_resource_manager,
            &endpoint.resource_manager_endpoint,
        ),
        (
            "resource_manager_audience",
            Endpoints::with_audience,
            &endpoint.resource_manager_audience,
        ),
        (
            "active_directory_authority_host",
            Endpoints::with_authority,
            &endpoint.active_directory_authority_host,
        ),
    ]
}

fn read_endpoints(config: &Config, source: &Source<'_>) -> Resolved<Endpoints> {
    let none = Endpoint::default();
    let mut endpoints = Endpoints::default();
    for (name, read, written) in parts(config.endpoint.known().unwrap_or(&none)) {
        if let Some(text) = source.text(name, written)? {
            endpoints = read(endpoints, &text).map_err(|error| endpoint_error(name, &error))?;
        }
    }
    Ok(endpoints)
}

/// The metadata host, then the name; what the block says comes before either of the environment.
fn find_place(config: &Config, source: &Source<'_>, endpoints: &Endpoints) -> Resolved<Place> {
    if endpoints.is_complete() {
        return Ok(Place::default());
    }
    let environment = source.text("environment", &config.environment)?;
    let is_named_here = written_text(&config.environment).is_some();
    let host = match written_text(&config.metadata_host) {
        None if is_named_here => None,
        _ => source.text("metadata_host", &config.metadata_host)?,
    };
    if let Some(host) = host {
        let host = MetadataHost::parse(&host).map_err(|error| metadata_host_error(&error))?;
        return Ok(Place::Described { host, environment });
    }
    environment.map_or_else(|| Ok(Place::default()), |name| parse_name(&name))
}

fn written_text(written: &Attr<String>) -> Option<&str> {
    written.known().map(String::as_str).filter(|text| !text.is_empty())
}

fn parse_name(name: &str) -> Resolved<Place> {
    if name.eq_ignore_ascii_case(CUSTOM) {
        return Err(Diagnostic::error("Endpoints are missing")
            .detail(
                "`environment` (ARM_ENVIRONMENT) is \"custom\", which needs the block `endpoint` \
                 with `resource_manager_endpoint` (ARM_RESOURCE_MANAGER_ENDPOINT) and \
                 `active_directory_authority_host` (ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST).",
            )
            .at("environment"));
    }
    azure::Cloud::from_name(name).map(Place::Named).map_err(|_| unknown_name_error(name))
}

fn unknown_name_error(name: &str) -> Diagnostic {
    let problem = check_word(&name.to_lowercase(), &NAMES);
    let fix = problem.map(|problem| to_sentence(&problem.fix)).unwrap_or_default();
    Diagnostic::error("Unknown cloud")
        .detail(format!(
            "`environment` (ARM_ENVIRONMENT) is {name:?}. {fix}\n\nAnother Azure is described by \
             `metadata_host` (ARM_METADATA_HOSTNAME), or by the block `endpoint`."
        ))
        .at("environment")
}

fn metadata_host_error(error: &CloudError) -> Diagnostic {
    Diagnostic::error("Invalid metadata host")
        .detail(format!(
            "{}\n\n`metadata_host` (ARM_METADATA_HOSTNAME) is a host, at most with a port, such as \
             \"management.local.azurestack.external\". It is asked by https for \
             /metadata/endpoints.",
            to_sentence(&error.to_string())
        ))
        .at("metadata_host")
}

fn endpoint_error(name: &'static str, error: &CloudError) -> Diagnostic {
    Diagnostic::error("Invalid endpoint")
        .detail(format!(
            "{}\n\nCheck `{name}` of the block `endpoint`, or {}.",
            to_sentence(&error.to_string()),
            variables(name).join(" or ")
        ))
        .at(Path::from("endpoint").attribute(name))
}
