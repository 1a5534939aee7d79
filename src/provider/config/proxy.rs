//! Which proxy the environment names.

use azure::Proxy;

use super::environment::{Lookup, Resolved, text_of};

/// In the order in which they count: a variable that is set hides what is below it in its row, and
/// the second row counts where the first names none.
const PROXIES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy for Azure, which speaks https.
pub(super) fn read(lookup: Lookup<'_>) -> Resolved<Option<Proxy>> {
    let found = find(lookup)?;
    Ok(found.map(|(name, value, no_proxy)| Proxy::new(name, value, no_proxy)))
}

/// The same for clusters, which speak https as well.
pub(super) fn read_for_clusters(
    lookup: Lookup<'_>,
) -> Resolved<Option<kubernetes::connection::Proxy>> {
    let found = find(lookup)?;
    Ok(found.map(|(name, value, no_proxy)| {
        kubernetes::connection::Proxy::from_environment(name, value, no_proxy)
    }))
}

/// The variable that names a proxy, its value, and the hosts that are asked directly.
fn find(lookup: Lookup<'_>) -> Resolved<Option<(&'static str, String, String)>> {
    let first =
        |row: [&'static str; 2]| row.into_iter().find_map(|name| Some((name, lookup(name)?)));
    let no_proxy = match first(DIRECT) {
        Some((name, value)) => text_of(name, value)?,
        None => String::new(),
    };
    for row in PROXIES {
        let Some((name, value)) = first(row).filter(|(_, value)| !value.is_empty()) else {
            continue;
        };
        return Ok(Some((name, text_of(name, value)?, no_proxy)));
    }
    Ok(None)
}
