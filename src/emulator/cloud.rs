//! The emulated Azure: takes a request through scripted faults, sign-in, throttling and Resource
//! Manager.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::cluster::{Kubeconfig, OperatorHandle, Release};
use crate::delivery::Delivery;
use crate::entra::{ClientCertificate, Keys, SigningKey};
use crate::faults::{Effect, Faults, Hold};
use crate::http::{Request, Response};
use crate::identity::{self, IdentityContext, IdentityState};
use crate::options::Options;
use crate::request_log::{self, RequestLog};
use crate::seed::{self, SUBSCRIPTION, TENANT};
use crate::store::Store;
use crate::throttle::Throttle;
use crate::traits::Trait;
use crate::{arm, certificate, control, entra, page};

#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) options: Options,
    pub(crate) origin: String,
    /// Of the cluster behind the emulated ones.
    kubeconfig: Kubeconfig,
    /// What works in it.
    operator: Option<OperatorHandle>,
    pub(crate) key: SigningKey,
    /// Those that are registered on the application.
    certificates: Vec<ClientCertificate>,
    state: Mutex<CloudState>,
}

#[derive(Debug)]
pub(crate) struct CloudState {
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) log: RequestLog,
    identity: IdentityState,
    throttle: Throttle,
    tokens: Vec<String>,
}

impl Cloud {
    pub(crate) fn new(options: Options, origin: String) -> io::Result<Self> {
        let kubeconfig = options.kubeconfig.as_deref().map(Kubeconfig::read).transpose()?;
        let operator = kubeconfig.as_ref().map(|kubeconfig| {
            let lax = options.traits.contains(&Trait::LaxInstanceTypes);
            OperatorHandle::start(kubeconfig.clone(), lax)
        });
        let kubeconfig = kubeconfig.unwrap_or_else(Kubeconfig::of_no_cluster);
        let saved = options.state.as_ref().filter(|file| file.exists());
        let mut store = match saved {
            Some(file) => Store::load(&serde_json::from_slice(&fs::read(file)?)?, Instant::now()),
            None => seed::default_objects(kubeconfig.host()),
        };
        if let (None, Some(seed)) = (saved, &options.seed) {
            seed::apply(&mut store, seed)?;
        }
        let log = RequestLog::new(options.record.clone())?;
        let tokens = vec![format!("emulator.{}", Uuid::new_v4().simple())];
        let (faults, throttle) = (Faults::default(), Throttle::default());
        let identity = IdentityState::default();
        let state = Mutex::new(CloudState { store, faults, log, identity, throttle, tokens });
        let certificates = options.client_certificates.iter();
        let certificates =
            certificates.map(|file| ClientCertificate::read(file)).collect::<io::Result<_>>()?;
        let key = SigningKey::generate()?;
        Ok(Self { options, origin, kubeconfig, operator, key, certificates, state })
    }

    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let token = self.state().tokens.first().cloned().unwrap_or_default();
        let mut all = vec![
            ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", self.origin.clone()),
            ("ARM_RESOURCE_MANAGER_AUDIENCE", self.origin.clone()),
            ("ARM_RESOURCE_MANAGER_ENDPOINT", self.origin.clone()),
            ("ARM_SUBSCRIPTION_ID", SUBSCRIPTION.to_owned()),
            ("ARM_TENANT_ID", TENANT.to_owned()),
            ("AZUREML_ACCESS_TOKEN", token),
        ];
        if let Some(folder) = &self.options.tls {
            let file = folder.join(certificate::CA_FILE);
            all.extend([
                ("ARM_CLIENT_ID", entra::CLIENT_ID.to_owned()),
                ("ARM_CLIENT_SECRET", entra::CLIENT_SECRET.to_owned()),
                ("AZUREML_CA_CERTIFICATE_PATH", file.to_string_lossy().into_owned()),
            ]);
        }
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    pub(crate) async fn respond(&self, request: Request) -> Delivery {
        let own = page::handle(self, &request).or_else(|| control::handle(self, &request));
        if let Some(response) = own {
            return Delivery::Whole(response);
        }
        let (number, effect) = self.receive(&request);
        self.hold(number, &effect, Hold::Request).await;
        let pause = self.options.latency + Duration::from_millis(effect.delay_ms);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        if let Some(how) = effect.break_early() {
            self.state().log.finish(number, None);
            return Delivery::Broken(how);
        }
        let response = match self.settle().await {
            Ok(()) => self.execute(number, &request, &effect),
            Err(unsettled) => unsettled,
        };
        let response = self.settle().await.map_or_else(|unsettled| unsettled, |()| response);
        self.hold(number, &effect, Hold::Response).await;
        self.state().log.finish(number, Some(&response));
        effect.deliver(response)
    }

    /// Waits for the release of an exchange that is to be held there.
    async fn hold(&self, number: usize, effect: &Effect, place: Hold) {
        if effect.hold != Some(place) {
            return;
        }
        let next_release = {
            let mut state = self.state();
            let next_release = state.faults.next_release(effect);
            if next_release.is_some() {
                state.log.hold(number, Some(place));
            }
            next_release
        };
        if let Some(mut release) = next_release {
            // What tells of it lives as long as the cloud.
            let _ = release.changed().await;
            self.state().log.hold(number, None);
        }
    }

    /// Waits for what is due in the cluster, so that nobody hears of an end before it has come.
    async fn settle(&self) -> Result<(), Response> {
        match &self.operator {
            None => Ok(()),
            Some(operator) => {
                operator.settle().await.map_err(|error| failure("EmulatorClusterFailed", &error))
            }
        }
    }

    /// Ends every operation, and what happens in the cluster with it.
    pub(crate) fn end_operations(&self, store: &mut Store) {
        store.end_operations(Instant::now());
        if let Some(operator) = &self.operator {
            operator.hurry();
        }
    }

    /// Has the operations that were started happen in the cluster.
    fn operate(&self, store: &mut Store, effect: &Effect) {
        let started = store.take_started();
        let releases = started.iter().filter_map(|(it, object)| Release::new(object, it, effect));
        if let Some(operator) = &self.operator {
            releases.for_each(|release| operator.add(release));
        }
    }

    /// Locks the state. A panic in another request leaves it usable.
    pub(crate) fn state(&self) -> MutexGuard<'_, CloudState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the state file of `--state`.
    pub(crate) fn save(&self, store: &Store) -> io::Result<()> {
        let Some(file) = &self.options.state else { return Ok(()) };
        request_log::write_json(file, &store.save(Instant::now()))
    }

    fn receive(&self, request: &Request) -> (usize, Effect) {
        let mut state = self.state();
        (state.log.add(request), state.faults.effect_on(request))
    }

    /// Carries out the request and records the exchange.
    fn execute(&self, number: usize, request: &Request, effect: &Effect) -> Response {
        let mut state = self.state();
        let response = match effect.canned_response() {
            Some(canned) => canned,
            None => effect.apply_to(self.route(&mut state, request, effect)),
        };
        self.operate(&mut state.store, effect);
        let mut response = add_request_ids(response, request);
        let stored = self.save(&state.store).and_then(|()| {
            state.log.write_exchange(
                number,
                &self.origin,
                request,
                &response,
                effect.alters_response(),
            )
        });
        if let Err(error) = stored {
            response = failure(
                "EmulatorStorageFailed",
                &format!("the emulator cannot write its state or record: {error}"),
            );
        }
        response
    }

    /// Answers what gives tokens; `None` when the path is none of it.
    fn sign_in(&self, state: &mut CloudState, request: &Request) -> Option<Response> {
        let mut context = IdentityContext {
            origin: &self.origin,
            key: &self.key,
            options: &self.options,
            state: &mut state.identity,
            tokens: &mut state.tokens,
        };
        let keys = Keys { own: &self.key, certificates: &self.certificates };
        identity::handle(request, &mut context)
            .or_else(|| entra::handle(request, &self.origin, &keys, &mut state.tokens))
    }

    fn route(&self, state: &mut CloudState, request: &Request, effect: &Effect) -> Response {
        let now = Instant::now();
        state.store.advance_to(now);
        if let Some(response) = self.sign_in(state, request) {
            return response;
        }
        let rate_limits = if self.options.throttle {
            match state.throttle.take(request, now) {
                Ok(rate_limits) => rate_limits,
                Err(refused) => return refused,
            }
        } else {
            recorded_rate_limit(&request.method).into_iter().collect()
        };
        let context = arm::RequestContext {
            request,
            options: &self.options,
            origin: &self.origin,
            kubeconfig: &self.kubeconfig,
            effect,
            now,
        };
        let response = arm::handle(&mut state.store, &state.tokens, &context);
        rate_limits
            .into_iter()
            .fold(response, |response, (name, value)| response.with(&name, value))
    }
}

/// The header of recorded traffic; reads have none.
fn recorded_rate_limit(method: &str) -> Option<(String, String)> {
    let (kind, rate_limit) = match method {
        "PUT" | "PATCH" | "POST" => ("writes", "1199"),
        "DELETE" => ("deletes", "14999"),
        _ => return None,
    };
    Some((format!("x-ms-ratelimit-remaining-subscription-{kind}"), rate_limit.to_owned()))
}

/// Adds the IDs that every response of Azure has. A scripted response keeps its own.
fn add_request_ids(response: Response, request: &Request) -> Response {
    let id = Uuid::new_v4().to_string();
    let correlation = request.headers.get("x-ms-correlation-request-id").cloned();
    let all = [
        ("x-ms-request-id", id.clone()),
        ("x-ms-correlation-request-id", correlation.unwrap_or_else(|| id.clone())),
        ("x-ms-routing-request-id", format!("EASTUS:{}:{id}", crate::timestamp::now())),
    ];
    let absent = all.into_iter().filter(|(name, _)| {
        !response.headers.iter().any(|(present, _)| present.eq_ignore_ascii_case(name))
    });
    absent.collect::<Vec<_>>().into_iter().fold(response, |it, (name, value)| it.with(name, value))
}

/// What the emulator itself cannot do fails the request.
fn failure(code: &str, message: &str) -> Response {
    let error: Value = json!({"error": {"code": code, "message": message}});
    Response::json(500, error)
}
