//! Paths of Azure Resource Manager.

use crate::http::percent_decode;

#[derive(Debug, PartialEq)]
pub(crate) enum Route {
    Tenants,
    Subscriptions,
    /// The regions of a subscription.
    Locations(String),
    /// All resources of a subscription, or of one of its groups.
    Resources(String, Option<String>),
    Subscription(String),
    Groups(String),
    /// Subscription and group.
    Group(String, String),
    Providers(String),
    /// Subscription and namespace.
    Provider(String, String),
    /// Subscription, namespace and verb: `register`, `unregister`.
    ProviderAction(String, String, String),
    /// An operation below a location of a provider; with an empty namespace, of a resource group.
    OperationStatus {
        subscription: String,
        namespace: String,
        name: String,
        result: bool,
    },
    /// A type below a location of a provider, perhaps with a name and more.
    Regional {
        subscription: String,
        location: String,
        namespace: String,
        below: Vec<String>,
    },
    /// All objects of a type in a subscription: subscription and type.
    SubscriptionList(String, String),
    Resource(Path),
}

/// The path of a resource, of a collection or of an action on a resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) subscription: String,
    pub(crate) group: String,
    providers: Vec<ProviderPart>,
    /// The single segment after the last name: a collection, or an action.
    pub(crate) tail: Option<String>,
}

/// `providers/{namespace}` and the pairs of type and name after it.
#[derive(Clone, Debug, PartialEq)]
struct ProviderPart {
    namespace: String,
    pairs: Vec<(String, String)>,
}

/// Segments are decoded. `None` when Resource Manager has no such path.
pub(crate) fn parse(path: &str) -> Option<Route> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let segments: Vec<_> = segments.map(percent_decode).collect();
    // No name has a slash, however it is written.
    if segments.iter().any(|segment| segment.contains('/')) {
        return None;
    }
    let segments: Vec<_> = segments.iter().map(String::as_str).collect();
    let (first, below) = segments.split_first()?;
    match (&*first.to_ascii_lowercase(), below) {
        ("tenants", []) => Some(Route::Tenants),
        ("subscriptions", []) => Some(Route::Subscriptions),
        ("subscriptions", [id, below @ ..]) => parse_subscription((*id).to_owned(), below),
        _ => None,
    }
}

fn parse_subscription(subscription: String, below: &[&str]) -> Option<Route> {
    let Some((first, below)) = below.split_first() else {
        return Some(Route::Subscription(subscription));
    };
    match (&*first.to_ascii_lowercase(), below) {
        ("locations", []) => Some(Route::Locations(subscription)),
        ("operationresults", [name]) => Some(Route::OperationStatus {
            subscription,
            namespace: String::new(),
            name: (*name).to_owned(),
            result: true,
        }),
        ("providers", []) => Some(Route::Providers(subscription)),
        ("providers", below) => parse_provider(subscription, below),
        ("resourcegroups", []) => Some(Route::Groups(subscription)),
        ("resourcegroups", [group, below @ ..]) => {
            parse_group(subscription, (*group).to_owned(), below)
        }
        ("resources", []) => Some(Route::Resources(subscription, None)),
        _ => None,
    }
}

fn parse_group(subscription: String, group: String, below: &[&str]) -> Option<Route> {
    match below {
        [] => Some(Route::Group(subscription, group)),
        [word] if word.eq_ignore_ascii_case("resources") => {
            Some(Route::Resources(subscription, Some(group)))
        }
        _ => {
            let (providers, tail) = parse_providers(below)?;
            Some(Route::Resource(Path { subscription, group, providers, tail }))
        }
    }
}

fn parse_provider(subscription: String, below: &[&str]) -> Option<Route> {
    match *below {
        [namespace] => Some(Route::Provider(subscription, namespace.to_owned())),
        [namespace, verb] if ["register", "unregister"].contains(&&*verb.to_ascii_lowercase()) => {
            let verb = verb.to_ascii_lowercase();
            Some(Route::ProviderAction(subscription, namespace.to_owned(), verb))
        }
        [namespace, types] => {
            Some(Route::SubscriptionList(subscription, format!("{namespace}/{types}")))
        }
        [namespace, locations, location, ref below @ ..]
            if locations.eq_ignore_ascii_case("locations") =>
        {
            parse_location(subscription, namespace, location, below)
        }
        _ => None,
    }
}

fn parse_location(
    subscription: String, namespace: &str, location: &str, below: &[&str],
) -> Option<Route> {
    let kind = below.first()?.to_ascii_lowercase();
    if let ([_, name], true) = (below, kind.contains("operation")) {
        return Some(Route::OperationStatus {
            subscription,
            namespace: namespace.to_owned(),
            name: (*name).to_owned(),
            result: kind.contains("result"),
        });
    }
    Some(Route::Regional {
        subscription,
        location: location.to_owned(),
        namespace: namespace.to_owned(),
        below: below.iter().map(|segment| (*segment).to_owned()).collect(),
    })
}

/// The type below a location, of types and names in turn: `extensionTypes/versions`.
pub(crate) fn regional_type(below: &[String]) -> String {
    below.iter().step_by(2).map(String::as_str).collect::<Vec<_>>().join("/")
}

fn parse_providers(segments: &[&str]) -> Option<(Vec<ProviderPart>, Option<String>)> {
    let mut providers: Vec<ProviderPart> = Vec::new();
    let mut rest = segments;
    loop {
        rest = match *rest {
            [] => return (!providers.is_empty()).then_some((providers, None)),
            [word, namespace, ref tail @ ..] if word.eq_ignore_ascii_case("providers") => {
                providers.push(ProviderPart { namespace: namespace.to_owned(), pairs: Vec::new() });
                tail
            }
            [last] => return (!providers.is_empty()).then(|| (providers, Some(last.to_owned()))),
            [kind, name, ref tail @ ..] => {
                providers.last_mut()?.pairs.push((kind.to_owned(), name.to_owned()));
                tail
            }
        };
    }
}

impl Path {
    /// The type of the resource: `Microsoft.Relay/namespaces`, cased as in the path.
    pub(crate) fn resource_type(&self) -> String {
        let Some(last) = self.providers.last() else { return String::new() };
        let types = last.pairs.iter().map(|(kind, _)| kind.as_str());
        std::iter::once(last.namespace.as_str()).chain(types).collect::<Vec<_>>().join("/")
    }

    /// The type that a collection lists: that of the resource and the tail.
    pub(crate) fn listed_type(&self) -> String {
        format!("{}/{}", self.resource_type(), self.tail.as_deref().unwrap_or_default())
    }

    /// Types and names after the last provider.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.providers.last().into_iter().flat_map(|provider| &provider.pairs);
        pairs.map(|(kind, name)| (kind.as_str(), name.as_str()))
    }

    /// The resource that an extension resource extends.
    pub(crate) fn scope(&self) -> Option<Self> {
        let mut scope = Self { tail: None, ..self.clone() };
        scope.providers.pop();
        (!scope.providers.is_empty()).then_some(scope)
    }

    pub(crate) fn namespace(&self) -> &str {
        self.providers.last().map_or("", |provider| provider.namespace.as_str())
    }

    /// The resource's own name; empty for a collection right under a provider.
    pub(crate) fn name(&self) -> &str {
        let last = self.providers.last().and_then(|provider| provider.pairs.last());
        last.map_or("", |(_, name)| name.as_str())
    }

    /// The last provider with its types and names: `Microsoft.Relay/namespaces/n`.
    pub(crate) fn within_provider(&self) -> String {
        let Some(last) = self.providers.last() else { return String::new() };
        let pairs = last.pairs.iter().map(|(kind, name)| format!("/{kind}/{name}"));
        format!("{}{}", last.namespace, pairs.collect::<String>())
    }

    pub(crate) fn group_id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.group)
    }

    /// The ID of the resource; for a collection, of its parent.
    pub(crate) fn id(&self) -> String {
        self.providers.iter().filter(|provider| !provider.pairs.is_empty()).fold(
            self.group_id(),
            |id, provider| {
                let pairs = provider.pairs.iter().map(|(kind, name)| format!("/{kind}/{name}"));
                format!("{id}/providers/{}{}", provider.namespace, pairs.collect::<String>())
            },
        )
    }

    /// `None` when the resource lies right in the resource group.
    pub(crate) fn parent(&self) -> Option<Self> {
        let mut parent = Self { tail: None, ..self.clone() };
        if self.tail.is_none() {
            parent.providers.last_mut()?.pairs.pop();
        }
        if parent.providers.last()?.pairs.is_empty() {
            parent.providers.pop();
        }
        (!parent.providers.is_empty()).then_some(parent)
    }

    pub(crate) fn is_extension_resource(&self) -> bool {
        self.providers.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> Path {
        match parse(path) {
            Some(Route::Resource(path)) => path,
            other => panic!("{path} is {other:?}"),
        }
    }

    #[test]
    fn an_extension_lies_under_its_cluster() {
        let path = resource(
            "/Subscriptions/s/resourcegroups/g/PROVIDERS/Microsoft.Kubernetes/connectedClusters/c/\
             providers/Microsoft.KubernetesConfiguration/extensions/e",
        );
        assert_eq!(path.resource_type(), "Microsoft.KubernetesConfiguration/extensions");
        let parent = path.parent().unwrap();
        assert_eq!(
            (parent.resource_type().as_str(), parent.name()),
            ("Microsoft.Kubernetes/connectedClusters", "c")
        );
        assert_eq!(parent.parent(), None);
    }

    #[test]
    fn a_tail_is_a_collection_or_an_action() {
        let path = resource("/subscriptions/s/resourceGroups/g/providers/N/a/b/c");
        assert_eq!(path.listed_type(), "N/a/c");
        assert_eq!(path.parent().unwrap().id(), path.id());
    }

    #[test]
    fn a_status_lies_below_a_location() {
        let path = "/subscriptions/s/providers/N/locations/eastus/computeOperationsStatus/o";
        let status = Route::OperationStatus {
            subscription: "s".into(),
            namespace: "N".into(),
            name: "o".into(),
            result: false,
        };
        assert_eq!(parse(path), Some(status));
    }

    #[test]
    fn segments_are_decoded() {
        let path = resource("/subscriptions/s/resourceGroups/a%20%28b%29/providers/N/%61/b+c%zz");
        assert_eq!((path.group.as_str(), path.resource_type().as_str()), ("a (b)", "N/a"));
        assert_eq!(path.name(), "b+c%zz", "a plus is a plus, and a broken escape itself");
        assert_eq!(parse("/subscriptions/s/resourceGroups/g/providers/N/a/b%2Fc"), None);
    }

    #[test]
    fn other_paths_are_none() {
        for path in
            ["/", "/tenants/t", "/subscriptions/s/other", "/subscriptions/s/resourceGroups/g/a/b"]
        {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
