//! Which versions of the extension there are, as a cluster or a region is told.

mod check;

use aml::catalogue::{Release, sort};
use aml::settings::EXTENSION_TYPE;
use azure::resource_types::{
    EXTENSION_LOCATIONS, EXTENSION_TYPE_VERSIONS, EXTENSION_TYPES, EXTENSION_TYPES_IN_LOCATION,
};
use azure::{ArmResource, Id, ResourceType};

pub(crate) use check::{VersionCheck, check};

use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Result, with_context};

/// The extension type, seen from somewhere.
pub(crate) struct Catalogue {
    pub(crate) kind: &'static ResourceType,
    /// Its ID as that place writes it.
    pub(crate) id: Id,
}

impl Catalogue {
    /// What may be installed on a cluster.
    pub(crate) fn of_cluster(cluster: &Id) -> Result<Self> {
        let id = EXTENSION_TYPES.id(cluster, EXTENSION_TYPE)?;
        Ok(Self { kind: &EXTENSION_TYPES, id })
    }

    /// What may be installed on clusters in a region.
    pub(crate) fn of_region(subscription: &str, location: &str) -> Result<Self> {
        let location = EXTENSION_LOCATIONS.id(&Id::of_subscription(subscription)?, location)?;
        let id = EXTENSION_TYPES_IN_LOCATION.id(&location, EXTENSION_TYPE)?;
        Ok(Self { kind: &EXTENSION_TYPES_IN_LOCATION, id })
    }

    /// The type itself; `None`: it is not offered there.
    pub(crate) async fn extension_type(
        &self, context: &Context<'_>,
    ) -> Result<Option<ArmResource>> {
        operation::find(context, self.kind, &self.id).await
    }

    /// One version, whatever its release train. `None`: there is no such version.
    pub(crate) async fn release(
        &self, context: &Context<'_>, version: &str,
    ) -> Result<Option<Release>> {
        let id = EXTENSION_TYPE_VERSIONS.id(&self.id, version);
        // What cannot be part of an ID is no version either.
        let Ok(id) = id else { return Ok(None) };
        let found = operation::find(context, &EXTENSION_TYPE_VERSIONS, &id).await?;
        Ok(found.and_then(|found| Release::read(found.properties())))
    }

    /// The versions that the query picks, the newest first.
    pub(crate) async fn releases(
        &self, context: &Context<'_>, query: &[(&str, &str)],
    ) -> Result<Vec<Release>> {
        let (kind, options) = (&EXTENSION_TYPE_VERSIONS, operation::read_options(context));
        let listed = context.provider.arm.list_with_query(kind, &self.id, query, &options).await;
        let listed = listed.map_err(with_context(Action::Read, kind, &self.id))?;
        let read = listed.iter().filter_map(|version| Release::read(version.properties()));
        let mut releases: Vec<_> = read.collect();
        sort(&mut releases);
        Ok(releases)
    }
}
