//! What was read a moment ago, so that calls that have a parent in common ask for it once.
//!
//! Only what a caller wants kept is kept: that something is missing, not ready or forbidden is asked
//! for again by each. Whoever asks while somebody else does waits for the same answer. A write to an
//! object forgets it, what is below it and the lists that it is in, and an answer that was on its way
//! meanwhile is not kept.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Arm;
use crate::arm_resource::ArmResource;
use crate::call_options::CallOptions;
use crate::error::Error;
use crate::id::Id;
use crate::resource_types::ResourceType;

/// How long an answer is taken to be so, counted from its request.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// How many answers are kept.
const MAX_ANSWERS: usize = 256;

/// A member that tells objects of one list apart, such as `extensionType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PropertyFilter {
    /// Below `properties`.
    pub name: &'static str,
    /// Compared without regard to casing.
    pub value: &'static str,
}

impl PropertyFilter {
    /// Whether an object has the value.
    pub fn matches(&self, object: &ArmResource) -> bool {
        let found = object.properties()[self.name].as_str();
        found.is_some_and(|found| found.eq_ignore_ascii_case(self.value))
    }
}

impl Arm {
    /// Reads an object like [`Arm::get`], or gives what was read of it within the last minute. What
    /// `is_kept` is not kept for others.
    pub async fn get_recent(
        &self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>,
        is_kept: impl Fn(&ArmResource) -> bool,
    ) -> Result<Option<ArmResource>, Error> {
        let question = Question { kind: kind.name, id: id.clone(), filter: None };
        self.recent.ask(question, options, is_kept, self.get(kind, id, options)).await
    }

    /// The first object of a parent's list that the filter matches, as [`Arm::get_recent`] gives one
    /// object.
    pub async fn find_recent(
        &self, kind: &ResourceType, parent: &Id, filter: PropertyFilter, options: &CallOptions<'_>,
        is_kept: impl Fn(&ArmResource) -> bool,
    ) -> Result<Option<ArmResource>, Error> {
        let question = Question { kind: kind.name, id: parent.clone(), filter: Some(filter) };
        let find = async {
            let listed = self.list_where(kind, parent, options, |it| filter.matches(it)).await;
            listed.map(|objects| objects.into_iter().next())
        };
        self.recent.ask(question, options, is_kept, find).await
    }
}

/// What is asked: for an object, or for one of a parent's list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    kind: &'static str,
    /// Of the object, or of the parent.
    id: Id,
    /// Which of the list.
    filter: Option<PropertyFilter>,
}

impl Question {
    /// Whether a write to an object of this kind may change the answer.
    fn is_changed_by(&self, kind: &ResourceType, written: &Id) -> bool {
        match self.filter {
            Some(_) if kind.matches(self.kind) => written.parent().as_ref() == Some(&self.id),
            _ => self.id == *written || self.id.is_below(written),
        }
    }
}

/// The answers that are kept, and those that are on their way.
#[derive(Default)]
pub(super) struct Recent {
    // A std mutex: held for a look-up, never across an await.
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    states: HashMap<Question, State>,
    asked: u64,
}

enum State {
    /// Somebody asks; the number tells this time from a later one.
    Asked {
        number: u64,
        since: Instant,
        waiting: Vec<oneshot::Sender<ArmResource>>,
    },
    Known {
        object: ArmResource,
        since: Instant,
    },
}

/// What a caller has to do.
enum Turn<'a> {
    Known(ArmResource),
    Wait(oneshot::Receiver<ArmResource>),
    Ask(Asking<'a>),
}

impl Recent {
    async fn ask(
        &self, question: Question, options: &CallOptions<'_>,
        is_kept: impl Fn(&ArmResource) -> bool,
        read: impl Future<Output = Result<Option<ArmResource>, Error>>,
    ) -> Result<Option<ArmResource>, Error> {
        match self.take_turn(question) {
            Turn::Known(object) => Ok(Some(object)),
            Turn::Wait(answer) => match options.run(answer).await? {
                Ok(object) => Ok(Some(object)),
                // Who asked got no answer that is kept, or was interrupted.
                Err(_) => read.await,
            },
            Turn::Ask(asking) => {
                let found = read.await?;
                if let Some(object) = found.as_ref().filter(|object| is_kept(object)) {
                    asking.keep(object);
                }
                Ok(found)
            }
        }
    }

    fn take_turn(&self, question: Question) -> Turn<'_> {
        let now = Instant::now();
        let mut answers = self.answers();
        match answers.states.get_mut(&question) {
            Some(State::Known { object, since }) if now - *since < KEPT_FOR => {
                return Turn::Known(object.clone());
            }
            Some(State::Asked { waiting, .. }) => {
                let (sender, receiver) = oneshot::channel();
                waiting.push(sender);
                return Turn::Wait(receiver);
            }
            _ => {}
        }
        if answers.states.len() >= MAX_ANSWERS {
            answers.states.retain(|_, state| matches!(state, State::Asked { .. }));
        }
        answers.asked += 1;
        let number = answers.asked;
        let asked = State::Asked { number, since: now, waiting: Vec::new() };
        answers.states.insert(question.clone(), asked);
        Turn::Ask(Asking { recent: self, question, number })
    }

    /// Forgets what a write to an object may change, now and when the guard is dropped: what is read
    /// in between may be from before or after.
    pub(super) fn forget_around<'a>(
        &'a self, kind: &'a ResourceType, id: &'a Id,
    ) -> Forgetting<'a> {
        self.forget(kind, id);
        Forgetting { recent: self, kind, id }
    }

    fn forget(&self, kind: &ResourceType, id: &Id) {
        self.answers().states.retain(|question, _| !question.is_changed_by(kind, id));
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets once more when it is dropped.
pub(super) struct Forgetting<'a> {
    recent: &'a Recent,
    kind: &'a ResourceType,
    id: &'a Id,
}

impl Drop for Forgetting<'_> {
    fn drop(&mut self) {
        self.recent.forget(self.kind, self.id);
    }
}

/// The turn of the caller that asks. Those who wait learn when it is dropped without an answer.
struct Asking<'a> {
    recent: &'a Recent,
    question: Question,
    number: u64,
}

impl Asking<'_> {
    /// Keeps the answer and gives it to those who wait, unless it was forgotten meanwhile.
    fn keep(&self, object: &ArmResource) {
        let mut answers = self.recent.answers();
        let Some(state) = answers.states.get_mut(&self.question) else { return };
        let State::Asked { number, since, .. } = *state else { return };
        if number != self.number {
            return;
        }
        let known = State::Known { object: object.clone(), since };
        if let State::Asked { waiting, .. } = std::mem::replace(state, known) {
            for caller in waiting {
                // A caller that is gone waits for nothing.
                let _ = caller.send(object.clone());
            }
        }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut answers = self.recent.answers();
        let is_own =
            |state: &State| matches!(state, State::Asked { number, .. } if *number == self.number);
        if answers.states.get(&self.question).is_some_and(is_own) {
            answers.states.remove(&self.question);
        }
    }
}
