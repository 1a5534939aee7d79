//! Azure Resource Manager: checks who asks and in which version, finds what is meant, and hands
//! the request to the type's own service.

mod api_versions;
mod authorization;
mod computes;
mod connected_clusters;
mod error;
mod extension_types;
mod extensions;
mod generic;
mod groups;
mod operations;
mod pages;
mod path;
mod providers;
mod resource_types;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::faults::Effect;
use crate::http::{Answer, Request};
use crate::options::{Options, Trait};
use crate::store::Store;
use api_versions::RESOURCE_MANAGER;
use extension_types::View;
use operations::Poll;
use path::{Path, Route};
use resource_types::{Kind, Manner};

/// What a request meets here besides the objects.
pub(crate) struct Site<'a> {
    pub(crate) options: &'a Options,
    /// Scheme, host and port under which clients know this server.
    pub(crate) origin: &'a str,
    pub(crate) effect: &'a Effect,
    pub(crate) now: Instant,
}

/// A request to a resource type, found valid as far as ARM itself looks.
struct Call<'a> {
    request: &'a Request,
    site: &'a Site<'a>,
    path: &'a Path,
    kind: &'static Kind,
    version: String,
}

/// Answers any request that is not for sign-in.
pub(crate) fn answer(
    store: &mut Store, request: &Request, tokens: &[String], site: &Site<'_>,
) -> Answer {
    let head = request.method == "HEAD";
    let asked = head.then(|| Request { method: "GET".to_owned(), ..request.clone() });
    let answer = authorize(request, tokens, site)
        .and_then(|()| is_json(request))
        .and_then(|()| route(store, asked.as_ref().unwrap_or(request), site));
    let answer = answer.unwrap_or_else(|refused| refused);
    let answer = if head { existence(request, &answer) } else { answer };
    [
        ("cache-control", "no-cache"),
        ("expires", "-1"),
        ("pragma", "no-cache"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
    ]
    .into_iter()
    .fold(answer, |answer, (name, value)| answer.with(name, value))
}

fn authorize(request: &Request, tokens: &[String], site: &Site<'_>) -> Result<(), Answer> {
    let header = request.headers.get("authorization").map_or("", String::as_str);
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    let known = tokens.iter().any(|it| it == token.trim());
    if scheme.eq_ignore_ascii_case("bearer") && known {
        return Ok(());
    }
    Err(error::unauthenticated(site.origin, !header.is_empty()))
}

/// Resource Manager reads no body but JSON, and believes what its header says.
fn is_json(request: &Request) -> Result<(), Answer> {
    let kind = request.headers.get("content-type").map_or("<null>", String::as_str);
    let media = kind.split(';').next().unwrap_or_default().trim();
    if request.body.is_empty() || media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let text = format!(
        "The content media type '{media}' is not supported. Only 'application/json' is supported."
    );
    Err(error::error(415, "UnsupportedMediaType", &text))
}

/// What HEAD says of the answer of GET: whether a group or a resource is there has a status of its own.
fn existence(request: &Request, answer: &Answer) -> Answer {
    let one = match path::parse(&request.path) {
        Some(Route::Group(..)) => true,
        Some(Route::Resource(path)) => path.tail.is_none() && Poll::below(&path).is_none(),
        _ => false,
    };
    Answer::empty(if one && answer.status == 200 { 204 } else { answer.status })
}

fn route(store: &mut Store, request: &Request, site: &Site<'_>) -> Result<Answer, Answer> {
    let nothing = || {
        error::error(404, "NotFound", "No HTTP resource was found that matches the request URI.")
    };
    let route = path::parse(&request.path).ok_or_else(nothing)?;
    let version = request.parameter("api-version").ok_or_else(error::no_version)?;
    match route {
        Route::Resource(path) => resource(store, request, site, &path, version),
        Route::Status { subscription, namespace, name, result } => {
            let poll = Poll::located(&subscription, &namespace, &name, result);
            operations::status(store, request, site, &poll)
        }
        Route::Everywhere(subscription, types) => {
            subscription_exists(store, &subscription)?;
            if let Some(namespace) = generic::checks_names(&types) {
                return generic::check_name(store, request, namespace, &version);
            }
            let kind = known_kind(&types, &version)?;
            if request.method != "GET" {
                return Err(error::not_allowed(&request.method, &request.path));
            }
            let below = format!("/subscriptions/{subscription}");
            Ok(list(store, site, kind, &below, request))
        }
        Route::Located { subscription, location, namespace, below } => {
            let types: Vec<_> = below.iter().step_by(2).map(String::as_str).collect();
            let types = format!("{namespace}/{}", types.join("/"));
            let kind = known_kind(&types, &version)?;
            if kind.manner != Manner::Catalogue {
                return Err(error::unknown_type(&types, &version));
            }
            subscription_exists(store, &subscription)?;
            let view = View::of_region(&subscription, &location, request);
            let below: Vec<_> = below.iter().map(String::as_str).collect();
            extension_types::answer(store, request, site, &view, &below)
        }
        _ if !RESOURCE_MANAGER.contains(&version.as_str()) => {
            Err(error::malformed_version(&version, RESOURCE_MANAGER))
        }
        Route::Group(subscription, group) => {
            subscription_exists(store, &subscription)?;
            groups::answer(store, request, site, &subscription, &group)
        }
        Route::Resources(subscription, group) => {
            subscription_exists(store, &subscription)?;
            groups::resources(store, request, site, &subscription, group.as_deref())
        }
        above => providers::answer(store, request, site, above),
    }
}

fn resource(
    store: &mut Store, request: &Request, site: &Site<'_>, path: &Path, version: String,
) -> Result<Answer, Answer> {
    let method = request.method.as_str();
    if let Some(poll) = Poll::below(path) {
        return operations::status(store, request, site, &poll);
    }
    let collection = path.tail.is_some() && method != "POST";
    let kind = known_kind(&if collection { path.listed() } else { path.types() }, &version)?;
    subscription_exists(store, &path.subscription)?;
    if method != "GET" {
        providers::is_registered(store, path)?;
    }
    store.get(&path.group_id()).ok_or_else(|| error::no_group(&path.group))?;
    authorization::is_unlocked(store, &path.id(), method)?;
    let call = Call { request, site, path, kind, version };
    if kind.manner == Manner::Catalogue {
        let cluster = call.host(store)?;
        let named = extension_types::named(path);
        return extension_types::answer(store, request, site, &View::of_cluster(cluster), &named);
    }
    call.parent_exists(store)?;
    let before = store.get(&path.id()).cloned();
    let answer = call.answer(store, collection)?;
    if site.effect.lag_ms > 0 && method != "GET" {
        let until = site.now + std::time::Duration::from_millis(site.effect.lag_ms);
        store.lag(&path.id(), before, until);
    }
    Ok(answer)
}

fn known_kind(types: &str, version: &str) -> Result<&'static Kind, Answer> {
    let namespace = types.split('/').next().unwrap_or_default();
    let known =
        resource_types::KINDS.iter().any(|kind| kind.namespace().eq_ignore_ascii_case(namespace));
    if !known {
        return Err(error::unknown_namespace(namespace));
    }
    let kind = resource_types::find(types).ok_or_else(|| error::unknown_type(types, version))?;
    if !resource_types::is_version(version) {
        return Err(error::malformed_version(version, kind.versions));
    }
    if !kind.serves(version) {
        return Err(error::unserved_version(version, kind));
    }
    Ok(kind)
}

fn subscription_exists(store: &Store, id: &str) -> Result<(), Answer> {
    let found = store.get(&format!("/subscriptions/{id}"));
    found.map(|_| ()).ok_or_else(|| error::no_subscription(id))
}

/// The objects of a type below an ID, without their secrets. Log Analytics knows no pages.
fn list(store: &Store, site: &Site<'_>, kind: &Kind, below: &str, request: &Request) -> Answer {
    let version = request.parameter("api-version").unwrap_or_default();
    let found = store.list(below, kind.name, site.now).into_iter();
    let all: Vec<_> = found.map(|object| shown(kind, &version, object, site)).collect();
    match (kind.namespace(), kind.manner) {
        ("Microsoft.OperationalInsights", _) => Answer::json(200, json!({ "value": all })),
        (_, Manner::Permissions) => authorization::permissions(),
        (_, Manner::Compute) => pages::page(all, "$skip", request, site),
        _ => pages::page(all, "$skipToken", request, site),
    }
}

/// An object as GET shows it.
fn shown(kind: &Kind, version: &str, object: &Value, site: &Site<'_>) -> Value {
    match kind.manner {
        Manner::Extension => extensions::shown(object, version, site),
        Manner::Compute => computes::shown(object, site),
        _ => generic::shown(object),
    }
}

impl Call<'_> {
    fn answer(&self, store: &mut Store, collection: bool) -> Result<Answer, Answer> {
        let answer = match (self.request.method.as_str(), self.kind.manner) {
            ("GET", _) if collection => {
                Ok(list(store, self.site, self.kind, &self.path.id(), self.request))
            }
            _ if collection => Err(error::not_allowed(&self.request.method, &self.request.path)),
            ("GET", manner) => self.get(store, manner),
            (_, Manner::Extension) => extensions::answer(store, self),
            (_, Manner::Compute) => computes::answer(store, self),
            (_, Manner::ConnectedCluster) => connected_clusters::answer(store, self),
            _ => generic::answer(store, self),
        };
        if self.kind.manner == Manner::Extension {
            let versioned = |it: Answer| it.with("api-supported-versions", self.version.clone());
            return answer.map(versioned);
        }
        answer
    }

    fn get(&self, store: &Store, manner: Manner) -> Result<Answer, Answer> {
        match store.seen(&self.path.id(), self.site.now) {
            Some(object) => {
                Ok(Answer::json(200, shown(self.kind, &self.version, object, self.site)))
            }
            // The extension service answers its own 404 outside ARM's error envelope.
            None if manner == Manner::Extension => Err(Answer::empty(404)),
            None => Err(error::not_found(self.path)),
        }
    }

    /// A missing cluster is spoken of as a resource, as is what an action is about; any other missing parent as a parent.
    fn parent_exists(&self, store: &Store) -> Result<(), Answer> {
        let Some(parent) = self.path.parent() else { return Ok(()) };
        if store.get(&parent.id()).is_some() {
            return Ok(());
        }
        let verb = if self.request.method == "GET" { "read" } else { "write" };
        let acts = self.request.method == "POST" && self.path.tail.is_some();
        Err(if acts || self.path.is_extension() {
            error::not_found(&parent)
        } else {
            error::no_parent(self.kind, &parent, verb)
        })
    }

    /// The object of another provider that this lies under.
    fn host<'a>(&self, store: &'a Store) -> Result<&'a Value, Answer> {
        let host = self.path.host().ok_or_else(|| error::not_found(self.path))?;
        store.get(&host.id()).ok_or_else(|| error::not_found(&host))
    }

    /// The ID as the service writes it: the parent's own, then its own spelling of the type.
    fn id(&self, store: &Store) -> String {
        let parent = self.path.parent();
        let stored = parent.as_ref().and_then(|parent| store.get(&parent.id()));
        let base = stored.and_then(|it| it["id"].as_str()).map(str::to_owned);
        let base = base.unwrap_or_else(|| {
            let group = store.get(&self.path.group_id()).and_then(|it| it["id"].as_str());
            group.map_or_else(|| self.path.group_id(), str::to_owned)
        });
        let provider = if parent.is_none() || self.path.is_extension() {
            format!("/providers/{}", self.kind.namespace())
        } else {
            String::new()
        };
        format!("{base}{provider}/{}/{}", self.kind.segment, self.path.name())
    }

    /// The body, which must be a JSON object.
    fn body(&self) -> Result<Value, Answer> {
        match self.request.json() {
            Some(body @ Value::Object(_)) => Ok(body),
            _ => Err(error::invalid_content("Unexpected end or form of the content")),
        }
    }

    fn has(&self, one: Trait) -> bool {
        self.site.options.traits.contains(&one)
    }
}

/// Refuses a name that the type does not have, at the given place of the body. Null passes.
fn only_known(at: &str, value: &Value, known: &[&str]) -> Result<(), Answer> {
    let object = match value {
        Value::Null => return Ok(()),
        Value::Object(object) => object,
        _ => return Err(error::invalid_content(&format!("{at} must be an object"))),
    };
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(error::invalid_content(&format!(
            "Could not find member '{name}' on object of type '{at}'"
        ))),
        None => Ok(()),
    }
}

/// Refuses a map whose values are not all strings. Null passes for the map, and for its values
/// where the type says so.
fn only_texts(at: &str, value: &Value, nulls: bool) -> Result<(), Answer> {
    let Some(object) = value.as_object() else {
        return match value {
            Value::Null => Ok(()),
            _ => Err(error::invalid_content(&format!("{at} must be an object"))),
        };
    };
    match object.iter().find(|(_, it)| !it.is_string() && (!nulls || !it.is_null())) {
        Some((name, _)) => {
            Err(error::invalid_content(&format!("the value of '{name}' in {at} must be a string")))
        }
        None => Ok(()),
    }
}
