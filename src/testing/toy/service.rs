//! The service behind the toy: it normalises what it is given, as services do.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Deserializer};
use tokio::sync::Semaphore;

/// What goes wrong in the next call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Fine,
    /// Refuses to be written to.
    Refuses,
    /// Takes the object, and fails while it works on it.
    Fails,
    /// Takes the object, and never ends by itself.
    Hangs,
    /// The same, and the client never gives up.
    Deaf,
    /// Takes the object, and ends when it is told to.
    Waits,
    /// Takes the object, and adds a type of its own.
    Adds,
    /// Takes the object, and the client panics.
    Panics,
}

pub(crate) type Types = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    pub namespace: String,
    pub note: Option<String>,
    pub mode: Option<String>,
    pub secret: Option<String>,
    pub status: String,
    pub types: Types,
    pub labels: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Service {
    /// One permit for each object that was taken.
    pub begun: Semaphore,
    /// A permit ends the work on one object.
    pub go: Semaphore,
    /// One permit for each object whose work has ended well.
    pub done: Semaphore,
    objects: Mutex<BTreeMap<String, Object>>,
    mood: Mutex<Mood>,
    calls: Mutex<Vec<String>>,
}

static SERVICES: LazyLock<Mutex<BTreeMap<String, Arc<Service>>>> = LazyLock::new(Mutex::default);

impl Service {
    /// The service of that name, made at first use.
    pub fn named(name: &str) -> Arc<Self> {
        Arc::clone(lock(&SERVICES).entry(name.to_owned()).or_insert_with(|| Arc::new(Self::new())))
    }

    fn new() -> Self {
        let none = || Semaphore::new(0);
        let (objects, mood, calls) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { begun: none(), go: none(), done: none(), objects, mood, calls }
    }

    pub fn mood(&self) -> Mood {
        *lock(&self.mood)
    }

    pub fn feel(&self, mood: Mood) {
        *lock(&self.mood) = mood;
    }

    /// What was called since the last time.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.calls))
    }

    pub fn called(&self, what: &str) {
        lock(&self.calls).push(what.to_owned());
    }

    pub fn put(&self, name: &str, object: Object) {
        let types = object.types.into_iter().map(|(name, amounts)| (name, normal(amounts)));
        let object = Object { types: types.collect(), ..object };
        lock(&self.objects).insert(name.to_owned(), object);
    }

    pub fn get(&self, name: &str) -> Option<Object> {
        lock(&self.objects).get(name).cloned()
    }

    pub fn names(&self) -> Vec<String> {
        lock(&self.objects).keys().cloned().collect()
    }

    pub fn change(&self, name: &str, change: impl FnOnce(&mut Object)) {
        change(lock(&self.objects).get_mut(name).expect("the object is there"));
    }

    pub fn delete(&self, name: &str) {
        lock(&self.objects).remove(name);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn normal(amounts: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let set = amounts.into_iter().filter(|(name, amount)| name != "gpu" || amount != "0");
    set.map(|(name, amount)| (name, milli(&amount).map_or(amount, spelled))).collect()
}

/// In thousandths: `1000m` is `1`, `1Gi` is `1024Mi`.
fn milli(text: &str) -> Option<u128> {
    let units = [("Gi", 1000 << 30), ("Mi", 1000 << 20), ("m", 1)];
    let found = units.iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale)));
    let (number, scale) = found.unwrap_or((text, 1000));
    Some(number.parse::<u128>().ok()? * scale)
}

fn spelled(milli: u128) -> String {
    match milli {
        _ if milli.is_multiple_of(1000 << 20) && milli > 0 => format!("{}Mi", milli / (1000 << 20)),
        _ if milli.is_multiple_of(1000) => format!("{}", milli / 1000),
        _ => format!("{milli}m"),
    }
}

/// A map of amounts by what they mean: null is absent, and so is a `gpu` of zero.
#[derive(Debug, PartialEq)]
pub struct Amounts(BTreeMap<String, u128>);

impl<'de> Deserialize<'de> for Amounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = BTreeMap::<String, Option<String>>::deserialize(deserializer)?;
        let mut amounts = BTreeMap::new();
        for (name, amount) in written {
            let Some(amount) = amount else { continue };
            let milli = milli(&amount).ok_or_else(|| serde::de::Error::custom("no amount"))?;
            if name != "gpu" || milli != 0 {
                amounts.insert(name, milli);
            }
        }
        Ok(Self(amounts))
    }
}
