//! An ARM in memory: a table of objects and a log, never a second emulator.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use azure::credential::AccessToken;
use azure::{
    Arm, ArmConfig, Cloud, Credential, Method, Request, Response, Transport, TransportError,
};
use framework::{Secrets, Sensitive, Server};
use serde_json::{Value as Json, json};
use url::Url;

use crate::arm::locks::ClusterLocks;
use crate::cluster_checks::ClusterMemory;
use crate::clusters::Clusters;
use crate::config::ClusterSettings;
use crate::connections::ReplacementStash;
use crate::context::AzureMl;

/// A clone is the same ARM.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// By path, in lower case.
    objects: BTreeMap<String, Json>,
    rules: Vec<Rule>,
    /// What the service is doing with an object after a PUT; nothing: it is done at once.
    state: Option<&'static str>,
    /// A DELETE that is not forced is accepted and changes nothing.
    stays: bool,
    /// What a PUT says it takes and leaves as it was, by JSON pointer.
    ignores: Option<&'static str>,
    /// What a look at the operation of a write is answered; `None`: a write names none.
    polls: Option<u16>,
    /// How often all keys were made anew.
    rotated: usize,
    log: Vec<(Method, Url, Json)>,
}

/// An answer in place of the ordinary one.
pub(crate) struct Rule {
    pub(crate) method: Method,
    /// Where the path ends, in any casing.
    pub(crate) path: &'static str,
    pub(crate) status: u16,
    pub(crate) body: Json,
    /// How often.
    pub(crate) times: usize,
}

impl From<&Memory> for Server {
    fn from(memory: &Memory) -> Server {
        Server::with(memory.provider())
    }
}

impl Memory {
    /// The same with one more object.
    pub(crate) fn with(self, id: &str, object: Json) -> Memory {
        self.set(id, object);
        self
    }

    pub(crate) fn set(&self, id: &str, mut object: Json) {
        object["id"] = json!(id);
        self.lock().objects.insert(id.to_lowercase(), object);
    }

    pub(crate) fn get(&self, id: &str) -> Option<Json> {
        self.lock().objects.get(&id.to_lowercase()).cloned()
    }

    pub(crate) fn remove(&self, id: &str) {
        self.lock().objects.remove(&id.to_lowercase());
    }

    pub(crate) fn rule(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    /// From now on a PUT leaves the object in this state, until it is set or finished.
    pub(crate) fn leaves(&self, state: Option<&'static str>) {
        self.lock().state = state;
    }

    /// From now on a DELETE that is not forced is accepted, and the object stays.
    pub(crate) fn stays(&self) {
        self.lock().stays = true;
    }

    /// From now on a PUT is accepted, and what is at this JSON pointer stays as it was.
    pub(crate) fn ignores(&self, pointer: &'static str) {
        self.lock().ignores = Some(pointer);
    }

    /// From now on a write names its operation as the services do, and a look at that is answered so.
    pub(crate) fn polls(&self, status: Option<u16>) {
        self.lock().polls = status;
    }

    /// Makes all keys anew.
    pub(crate) fn rotate(&self) {
        self.lock().rotated += 1;
    }

    /// Ends what goes on with an object.
    pub(crate) fn finish(&self, id: &str, state: &str) {
        let mut object = self.get(id).expect("there is such an object");
        object["properties"]["provisioningState"] = json!(state);
        self.set(id, object);
    }

    /// The requests so far that change something, as `METHOD name?query`, and forgets all.
    pub(crate) fn writes(&self) -> Vec<String> {
        let log = std::mem::take(&mut self.lock().log);
        let writes = log.into_iter().filter(|(method, ..)| *method != Method::GET);
        writes.map(|(method, url, _)| format!("{method} {}", shown(&url))).collect()
    }

    /// What was read so far, by name, and forgets all.
    pub(crate) fn reads(&self) -> Vec<String> {
        let log = std::mem::take(&mut self.lock().log);
        let reads = log.into_iter().filter(|(method, ..)| *method == Method::GET);
        reads.map(|(_, url, _)| shown(&url)).collect()
    }

    /// How many requests there were of any kind, since they were last forgotten.
    pub(crate) fn calls(&self) -> usize {
        self.lock().log.len()
    }

    /// The body of the last PUT or PATCH.
    pub(crate) fn sent(&self) -> Json {
        let inner = self.lock();
        let written = inner.log.iter().rev().find(|(_, _, body)| !body.is_null());
        written.map(|(_, _, body)| body.clone()).unwrap_or_default()
    }

    /// A provider that calls this ARM.
    pub(crate) fn provider(&self) -> AzureMl {
        provider_over(Arc::new(self.clone()), "a-token-of-the-tests")
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A provider that calls the ARM at `https://arm.example` by this transport.
pub(crate) fn provider_over(transport: Arc<dyn Transport>, token: &str) -> AzureMl {
    let cloud = Cloud::from_endpoint("https://arm.example", None, None).expect("a URL");
    let token = AccessToken::new(&Sensitive::from(token));
    let credential = Credential::new(cloud.scope(), vec![Box::new(token)]);
    let user_agent = "test".to_owned();
    let (correlation_id, secrets) = (None, Secrets::default());
    let on_secret = secrets.observer();
    let cloud = cloud.into();
    let settings =
        ArmConfig { cloud, credential, transport, user_agent, correlation_id, on_secret };
    let clusters =
        Clusters::new(ClusterSettings::default(), None, "test".to_owned(), secrets.clone());
    AzureMl {
        arm: Arm::new(settings),
        clusters,
        cluster_memory: ClusterMemory::default(),
        secrets,
        subscription: None,
        locks: ClusterLocks::default(),
        replacement_stash: ReplacementStash::default(),
        namespace_stash: crate::clusters::NamespaceStash::default(),
    }
}

/// The last name and the query, without the API version that every request has.
fn shown(url: &Url) -> String {
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let query = url.query().unwrap_or_default().split('&');
    let query: Vec<_> = query.filter(|pair| !pair.starts_with("api-version=")).collect();
    if query.is_empty() { name.to_owned() } else { format!("{name}?{}", query.join("&")) }
}

#[async_trait::async_trait]
impl Transport for Memory {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let body = request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let body: Json = body.unwrap_or_default();
        let path = request.url.path().to_owned();
        let mut inner = self.lock();
        inner.log.push((request.method.clone(), request.url.clone(), body.clone()));
        if let Some(status) = inner.polls.filter(|_| is_operation(&path)) {
            let code = if status == 403 { "AuthorizationFailed" } else { "Refused" };
            let body = json!({ "error": { "code": code, "message": "not for you" } });
            return Ok(Response::new(status, body.to_string()));
        }
        if let Some(response) = inner.ruled(&request.method, &path) {
            return Ok(inner.followed(&request.method, &path, response));
        }
        let forced = request.url.query().is_some_and(|query| query.contains("forceDelete=true"));
        if inner.stays && request.method == Method::DELETE && !forced {
            return Ok(Response::new(200, ""));
        }
        let response = inner.answer(&request.method, &path, body);
        Ok(inner.followed(&request.method, &path, response))
    }
}

fn is_operation(path: &str) -> bool {
    path.contains("/operations/") || path.contains("/computeOperationsStatus/")
}

impl Inner {
    fn ruled(&mut self, method: &Method, path: &str) -> Option<Response> {
        let path = path.to_lowercase();
        let fits = |rule: &Rule| {
            rule.times > 0 && rule.method == *method && path.ends_with(&rule.path.to_lowercase())
        };
        let rule = self.rules.iter_mut().find(|rule| fits(rule))?;
        rule.times -= 1;
        Some(Response::new(rule.status, rule.body.to_string()))
    }

    /// The answer to a write with the operation that it has begun, if it names any. A compute's stands in
    /// the subscription.
    fn followed(&self, method: &Method, path: &str, mut response: Response) -> Response {
        let operation = match path {
            path if path.contains("/computes/") => {
                "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/eastus/computeOperationsStatus/1".to_owned()
            }
            path => format!("{path}/operations/1"),
        };
        if self.polls.is_some() && *method != Method::GET && response.is_success() {
            let url = format!("https://arm.example{operation}");
            response.headers.insert("azure-asyncoperation", url.parse().expect("a header"));
        }
        response
    }

    fn answer(&mut self, method: &Method, path: &str, body: Json) -> Response {
        let key = path.to_lowercase();
        match *method {
            Method::PUT => {
                let state = self.state.unwrap_or("Succeeded");
                let before = self.objects.get(&key);
                let mut object = stored(before, path, state, body);
                let kept = self.ignores.and_then(|at| Some((before?.pointer(at)?, at)));
                if let Some((kept, at)) = kept
                    && let Some(held) = object.pointer_mut(at)
                {
                    held.clone_from(kept);
                }
                if key.contains("/microsoft.servicebus/namespaces/")
                    && !self.objects.contains_key(&key)
                {
                    let rule = "RootManageSharedAccessKey";
                    let id = format!("{path}/AuthorizationRules/{rule}");
                    self.objects.insert(id.to_lowercase(), json!({ "id": id, "name": rule }));
                }
                self.objects.insert(key, object.clone());
                Response::new(201, object.to_string())
            }
            Method::PATCH => {
                let Some(object) = self.objects.get_mut(&key) else {
                    return Response::new(404, "");
                };
                merge(object, &body);
                object["properties"]["provisioningState"] =
                    json!(self.state.unwrap_or("Succeeded"));
                Response::new(202, object.to_string())
            }
            Method::POST => {
                let of = key.rsplit_once('/').map_or("", |(of, _)| of);
                match self.objects.get(of) {
                    Some(_) => Response::new(200, keys(of, self.rotated).to_string()),
                    None => Response::new(404, ""),
                }
            }
            Method::DELETE => {
                let gone = self.objects.remove(&key).is_some();
                let below = format!("{key}/");
                self.objects.retain(|path, _| !path.starts_with(&below));
                Response::new(if gone { 200 } else { 204 }, "")
            }
            // An object has an even number of segments, a list of them an odd one.
            _ if path.matches('/').count() % 2 == 1 => {
                let below = format!("{key}/");
                let is_child =
                    |path: &str| path.strip_prefix(&below).is_some_and(|name| !name.contains('/'));
                let children = self.objects.iter().filter(|(path, _)| is_child(path));
                let children: Vec<_> = children.map(|(_, object)| object).collect();
                Response::new(200, json!({ "value": children }).to_string())
            }
            _ => match self.objects.get(&key) {
                Some(object) => Response::new(200, object.to_string()),
                None => Response::new(404, ""),
            },
        }
    }
}

/// The keys of whatever has keys.
fn keys(of: &str, rotated: usize) -> Json {
    let name = of.rsplit('/').next().unwrap_or_default();
    let new = "new-".repeat(rotated);
    json!({
        "primaryConnectionString": format!("{new}key-of-{name}"),
        "primarySharedKey": format!("{new}shared-key"),
    })
}

/// Takes over what a PATCH says; tags and protected settings are replaced as a whole.
fn merge(object: &mut Json, body: &Json) {
    let (Some(object), Some(body)) = (object.as_object_mut(), body.as_object()) else { return };
    for (name, value) in body {
        let inner = object.entry(name).or_insert(Json::Null);
        let whole = ["configurationProtectedSettings", "tags"].contains(&name.as_str())
            || !inner.is_object();
        if whole || !value.is_object() {
            *inner = value.clone();
        } else {
            merge(inner, value);
        }
    }
}

/// What a PUT leaves: the body, with what the service adds.
fn stored(before: Option<&Json>, path: &str, state: &str, mut body: Json) -> Json {
    body["id"] = json!(path);
    body["name"] = json!(path.rsplit('/').next());
    let properties = &mut body["properties"];
    properties["provisioningState"] = json!(state);
    if path.to_lowercase().contains("/microsoft.operationalinsights/") {
        properties["customerId"] = json!("a5e5e5e5-0000-4000-8000-000000000001");
    }
    properties["createdOn"] = match before {
        Some(before) => before["properties"]["createdOn"].clone(),
        None => json!("2026-01-01T00:00:00Z"),
    };
    body
}
