//! Names of the headers that Azure Resource Manager reads and writes, in lower case.

pub(crate) const ASYNC_OPERATION: &str = "azure-asyncoperation";
pub(crate) const AUTHORIZATION: &str = "authorization";
pub(crate) const AUXILIARY_AUTHORIZATION: &str = "x-ms-authorization-auxiliary";
pub(crate) const CLIENT_REQUEST_ID: &str = "x-ms-client-request-id";
pub(crate) const CORRELATION_REQUEST_ID: &str = "x-ms-correlation-request-id";
pub(crate) const LOCATION: &str = "location";
pub(crate) const OPERATION_LOCATION: &str = "operation-location";
pub(crate) const REMAINING_DELETES: &str = "x-ms-ratelimit-remaining-subscription-deletes";
pub(crate) const REMAINING_GLOBAL_DELETES: &str =
    "x-ms-ratelimit-remaining-subscription-global-deletes";
pub(crate) const REMAINING_GLOBAL_READS: &str =
    "x-ms-ratelimit-remaining-subscription-global-reads";
pub(crate) const REMAINING_GLOBAL_WRITES: &str =
    "x-ms-ratelimit-remaining-subscription-global-writes";
pub(crate) const REMAINING_READS: &str = "x-ms-ratelimit-remaining-subscription-reads";
pub(crate) const REMAINING_WRITES: &str = "x-ms-ratelimit-remaining-subscription-writes";
pub(crate) const REQUEST_ID: &str = "x-ms-request-id";
pub(crate) const RETRY_AFTER: &str = "retry-after";
pub(crate) const WWW_AUTHENTICATE: &str = "www-authenticate";
