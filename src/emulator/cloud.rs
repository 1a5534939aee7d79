//! One emulated Azure: takes a request through faults, sign-in, throttling and the services.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::faults::{Effect, Faults};
use crate::http::{Answer, Request};
use crate::options::Options;
use crate::request_log::{self, Journal};
use crate::seed::{self, SUBSCRIPTION, TENANT};
use crate::store::Store;
use crate::throttle::Throttle;
use crate::{arm, certificate, control, entra};

/// Everything that requests have in common.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) origin: String,
    inner: Mutex<Inner>,
}

/// What changes from request to request.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    throttle: Throttle,
    issued: Vec<String>,
}

/// How an answer goes out.
#[derive(Debug, PartialEq)]
pub(crate) enum Delivery {
    Whole(Answer),
    /// Only so many bytes of the body.
    Truncated(Answer, usize),
    Reset,
}

impl World {
    pub(crate) fn new(options: Options, origin: String) -> io::Result<Self> {
        let saved = options.state.as_ref().filter(|file| file.exists());
        let mut store = match saved {
            Some(file) => Store::load(&serde_json::from_slice(&fs::read(file)?)?, Instant::now()),
            None => seed::default_objects(),
        };
        if let (None, Some(seed)) = (saved, &options.seed) {
            seed::sow(&mut store, seed)?;
        }
        let journal = Journal::new(options.record.clone())?;
        let issued = vec![format!("emulator.{}", Uuid::new_v4().simple())];
        let (faults, throttle) = (Faults::default(), Throttle::default());
        let inner = Mutex::new(Inner { store, faults, journal, throttle, issued });
        Ok(Self { options, origin, inner })
    }

    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let token = self.inner().issued.first().cloned().unwrap_or_default();
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

    /// Answers one request.
    pub(crate) async fn exchange(&self, request: Request) -> Delivery {
        if let Some(answer) = control::answer(self, &request) {
            return Delivery::Whole(answer);
        }
        let (number, effect) = self.arrive(&request);
        let pause = self.options.latency + Duration::from_millis(effect.delay_ms);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        if effect.reset {
            self.inner().journal.answer(number, None);
            return Delivery::Reset;
        }
        let answer = self.depart(number, &request, &effect);
        match effect.truncate {
            _ if effect.accept_then_reset => Delivery::Reset,
            Some(length) => Delivery::Truncated(answer, length),
            None => Delivery::Whole(answer),
        }
    }

    /// The state behind the lock. A panic elsewhere leaves it as usable as it was.
    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the state file, if one is kept.
    pub(crate) fn save(&self, store: &Store) -> io::Result<()> {
        let Some(file) = &self.options.state else { return Ok(()) };
        request_log::write(file, &store.save(Instant::now()))
    }

    fn arrive(&self, request: &Request) -> (usize, Effect) {
        let mut inner = self.inner();
        (inner.journal.arrive(request), inner.faults.meet(request))
    }

    /// Carries the request out and notes the answer.
    fn depart(&self, number: usize, request: &Request, effect: &Effect) -> Answer {
        let mut inner = self.inner();
        let answer = match effect.canned() {
            Some(canned) => canned,
            None => effect.dress(self.answer(&mut inner, request, effect)),
        };
        let mut answer = identify(answer, request);
        let kept = self.save(&inner.store).and_then(|()| {
            inner.journal.record(number, &self.origin, request, &answer, effect.distorts())
        });
        if let Err(error) = kept {
            answer = unkept(&error);
        }
        inner.journal.answer(number, Some(&answer));
        answer
    }

    fn answer(&self, inner: &mut Inner, request: &Request, effect: &Effect) -> Answer {
        let now = Instant::now();
        inner.store.settle(now);
        if let Some(answer) = entra::answer(request, &self.origin, &mut inner.issued) {
            return answer;
        }
        let left = if self.options.throttle {
            match inner.throttle.take(request, now) {
                Ok(left) => Some(left),
                Err(refused) => return refused,
            }
        } else {
            usual_budget(&request.method)
        };
        let site = arm::Site { options: &self.options, origin: &self.origin, effect, now };
        let answer = arm::answer(&mut inner.store, request, &inner.issued, &site);
        left.into_iter().fold(answer, |answer, (name, value)| answer.with(&name, value))
    }
}

/// What the recordings show of the hourly budget: nothing for reads.
fn usual_budget(method: &str) -> Option<(String, String)> {
    let (kind, left) = match method {
        "PUT" | "PATCH" | "POST" => ("writes", "1199"),
        "DELETE" => ("deletes", "14999"),
        _ => return None,
    };
    Some((format!("x-ms-ratelimit-remaining-subscription-{kind}"), left.to_owned()))
}

/// Adds the identifiers that every answer of Azure carries; a scripted one keeps its own.
fn identify(answer: Answer, request: &Request) -> Answer {
    let id = Uuid::new_v4().to_string();
    let correlation = request.headers.get("x-ms-correlation-request-id").cloned();
    let all = [
        ("x-ms-request-id", id.clone()),
        ("x-ms-correlation-request-id", correlation.unwrap_or_else(|| id.clone())),
        ("x-ms-routing-request-id", format!("EASTUS:{}:{id}", crate::timestamp::now())),
    ];
    let absent = all.into_iter().filter(|(name, _)| {
        !answer.headers.iter().any(|(present, _)| present.eq_ignore_ascii_case(name))
    });
    absent.collect::<Vec<_>>().into_iter().fold(answer, |it, (name, value)| it.with(name, value))
}

/// A disk that refuses the state or a record is told to whoever asks next, not swallowed.
fn unkept(error: &io::Error) -> Answer {
    let message = format!("the emulator cannot write its state or record: {error}");
    let error: Value = json!({"error": {"code": "EmulatorStorageFailed", "message": message}});
    Answer::json(500, error)
}
