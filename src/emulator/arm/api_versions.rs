//! The api-versions of each service, as its published specifications list them
//! (`Azure/bicep-types-az`, folder `generated`, and the default versions of Microsoft's clients).

/// Of one service. Apart by spaces, the oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct ApiVersions(&'static str);

impl ApiVersions {
    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = &'static str> {
        self.0.split_ascii_whitespace()
    }

    pub(super) fn has(self, version: &str) -> bool {
        self.iter().any(|it| it.eq_ignore_ascii_case(version))
    }

    pub(super) fn join(self, separator: &str) -> String {
        self.iter().collect::<Vec<_>>().join(separator)
    }
}

/// Of extensions: shows the running version, as `installedVersion`.
pub(super) const INSTALLED_VERSION_SINCE: &str = "2022-03-01";
/// Of extensions: shows the running version as `currentVersion`.
pub(super) const CURRENT_VERSION_SINCE: &str = "2022-11-01";
/// Of extensions: refuses a version while they upgrade by themselves.
pub(super) const STRICT_VERSION_SINCE: &str = "2023-05-01";
/// Of extensions: has `autoUpgradeMode` and three other members.
pub(super) const AUTO_UPGRADE_MODE_SINCE: &str = "2025-03-01";
/// Of computes: has Kubernetes among their types.
pub(super) const KUBERNETES_COMPUTE_SINCE: &str = "2021-07-01";
/// Of computes: the one earlier version that has Kubernetes among their types, of Microsoft's first
/// Python client.
pub(super) const FIRST_PYTHON_CLIENT: &str = "2020-02-02";
/// Of computes: has stricter rules for their names.
pub(super) const STRICT_NAME_SINCE: &str = "2025-12-01";
/// Of the operations of Log Analytics.
pub(super) const LOG_ANALYTICS_OPERATIONS: &str = "2015-11-01-preview";

/// Subscriptions, groups and providers.
pub(super) const RESOURCE_MANAGER: ApiVersions = ApiVersions(
    "2015-11-01 2016-02-01 2016-06-01 2016-07-01 2016-09-01 2017-05-10 2018-01-01 2018-02-01 \
     2018-05-01 2018-06-01 2018-08-01 2019-03-01 2019-05-01 2019-05-10 2019-06-01 2019-07-01 \
     2019-08-01 2019-10-01 2019-11-01 2020-01-01 2020-05-01 2020-06-01 2020-08-01 2020-10-01 \
     2021-01-01 2021-04-01 2021-05-01 2022-09-01 2022-12-01 2023-07-01 2024-03-01 2024-07-01 \
     2024-11-01 2025-03-01 2025-04-01",
);

/// Connected clusters.
pub(super) const KUBERNETES: ApiVersions = ApiVersions(
    "2020-01-01-preview 2021-03-01 2021-04-01-preview 2021-10-01 2022-05-01-preview \
     2022-10-01-preview 2023-11-01-preview 2024-01-01 2024-02-01-preview 2024-06-01-preview \
     2024-07-01-preview 2024-07-15-preview 2024-12-01-preview 2025-08-01-preview \
     2025-12-01-preview 2026-05-01",
);

/// Managed clusters.
pub(super) const CONTAINER_SERVICE: ApiVersions = ApiVersions(
    "2017-08-31 2018-03-31 2018-08-01-preview 2019-02-01 2019-04-01 2019-06-01 2019-08-01 \
     2019-10-01 2019-11-01 2020-01-01 2020-02-01 2020-03-01 2020-04-01 2020-06-01 2020-07-01 \
     2020-09-01 2020-11-01 2020-12-01 2021-02-01 2021-03-01 2021-05-01 2021-07-01 2021-08-01 \
     2021-09-01 2021-10-01 2021-11-01-preview 2022-01-01 2022-01-02-preview 2022-02-01 \
     2022-02-02-preview 2022-03-01 2022-03-02-preview 2022-04-01 2022-04-02-preview \
     2022-05-02-preview 2022-06-01 2022-06-02-preview 2022-07-01 2022-07-02-preview \
     2022-08-02-preview 2022-08-03-preview 2022-09-01 2022-09-02-preview 2022-10-02-preview \
     2022-11-01 2022-11-02-preview 2023-01-01 2023-01-02-preview 2023-02-01 2023-02-02-preview \
     2023-03-01 2023-03-02-preview 2023-04-01 2023-04-02-preview 2023-05-01 2023-05-02-preview \
     2023-06-01 2023-06-02-preview 2023-07-01 2023-07-02-preview 2023-08-01 2023-08-02-preview \
     2023-09-01 2023-09-02-preview 2023-10-01 2023-10-02-preview 2023-11-01 2023-11-02-preview \
     2024-01-01 2024-01-02-preview 2024-02-01 2024-02-02-preview 2024-03-02-preview \
     2024-04-02-preview 2024-05-01 2024-05-02-preview 2024-06-02-preview 2024-07-01 \
     2024-07-02-preview 2024-08-01 2024-09-01 2024-09-02-preview 2024-10-01 2024-10-02-preview \
     2025-01-01 2025-01-02-preview 2025-02-01 2025-02-02-preview 2025-03-01 2025-03-02-preview \
     2025-04-01 2025-04-02-preview 2025-05-01 2025-05-02-preview 2025-06-02-preview 2025-07-01 \
     2025-07-02-preview 2025-08-01 2025-08-02-preview 2025-09-01 2025-09-02-preview 2025-10-01 \
     2025-10-02-preview 2026-01-01 2026-02-01 2026-03-01 2026-04-01 2026-05-01 2026-06-01",
);

/// Extensions of clusters, from the first with a `provisioningState`.
pub(super) const EXTENSIONS: ApiVersions = ApiVersions(
    "2021-05-01-preview 2021-09-01 2021-11-01-preview 2022-01-01-preview 2022-03-01 \
     2022-04-02-preview 2022-07-01 2022-11-01 2023-05-01 2024-11-01 2025-03-01",
);

/// The catalogue of extensions.
pub(super) const CATALOGUE: ApiVersions =
    ApiVersions("2022-01-15-preview 2023-05-01-preview 2024-11-01-preview 2026-04-01 2026-05-01");

/// Workspaces and computes; `2020-02-02` is that of Microsoft's first Python client.
pub(super) const MACHINE_LEARNING: ApiVersions = ApiVersions(
    "2018-11-19 2019-05-01 2019-06-01 2019-11-01 2020-01-01 2020-02-02 2020-03-01 2020-04-01 \
     2020-05-01-preview 2020-05-15-preview 2020-06-01 2020-08-01 2020-09-01-preview 2021-01-01 \
     2021-03-01-preview 2021-04-01 2021-07-01 2021-10-01 2022-01-01-preview 2022-02-01-preview \
     2022-05-01 2022-06-01-preview 2022-10-01 2022-10-01-preview 2022-12-01-preview \
     2023-02-01-preview 2023-04-01 2023-04-01-preview 2023-06-01-preview 2023-08-01-preview \
     2023-10-01 2024-01-01-preview 2024-04-01 2024-04-01-preview 2024-07-01-preview 2024-10-01 \
     2024-10-01-preview 2025-01-01-preview 2025-04-01 2025-04-01-preview 2025-06-01 \
     2025-07-01-preview 2025-09-01 2025-10-01-preview 2025-12-01 2026-01-15-preview 2026-03-01 \
     2026-03-15-preview 2026-05-01",
);

/// Relays.
pub(super) const RELAY: ApiVersions =
    ApiVersions("2016-07-01 2017-04-01 2018-01-01-preview 2021-11-01 2024-01-01 2026-01-01");

/// Service Bus.
pub(super) const SERVICE_BUS: ApiVersions = ApiVersions(
    "2017-04-01 2018-01-01-preview 2021-01-01-preview 2021-06-01-preview 2021-11-01 \
     2022-01-01-preview 2022-10-01-preview 2023-01-01-preview 2024-01-01 2025-05-01-preview \
     2026-01-01",
);

/// Workspaces of Log Analytics.
pub(super) const LOG_ANALYTICS: ApiVersions = ApiVersions(
    "2015-11-01-preview 2020-03-01-preview 2020-08-01 2020-10-01 2021-06-01 2021-12-01-preview \
     2022-10-01 2023-09-01 2025-02-01 2025-07-01",
);

/// User-assigned identities.
pub(super) const MANAGED_IDENTITY: ApiVersions = ApiVersions(
    "2015-08-31-preview 2018-11-30 2021-09-30-preview 2022-01-31-preview 2023-01-31 \
     2023-07-31-preview 2024-11-30",
);

/// Locks.
pub(super) const LOCKS: ApiVersions = ApiVersions("2015-01-01 2016-09-01 2017-04-01 2020-05-01");

/// What the caller may do.
pub(super) const PERMISSIONS: ApiVersions = ApiVersions("2015-07-01 2018-01-01-preview 2022-04-01");
