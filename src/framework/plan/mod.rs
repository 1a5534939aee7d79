//! A plan in the making: what its author sees and may decide.

mod computed;
mod planner;
mod preserve_prior;
mod proposed_state;
mod replacement;
mod unknown_respelling;
mod verify_plan;

use std::marker::PhantomData;

pub(crate) use computed::{changed_names, mark_computed_unknown};
pub(crate) use planner::{PlannedChange, Planner};
pub(crate) use preserve_prior::PreserveScope;
use preserve_prior::preserve_prior;
use proposed_state::proposed_state;
pub(crate) use replacement::Replacement;
use replacement::{replacement_warning, replacements};
use unknown_respelling::unknown_respellings;
pub(crate) use verify_plan::verify_plan;

use serde::Serialize;
use serde_json::Value as Json;

use crate::context::Private;
use vocabulary::{Attr, Diagnostics};

/// A plan in the making: defaults are in, spellings are kept, computed values are marked.
#[derive(Debug)]
pub struct Plan<'a, M> {
    /// What the author has to say; an error refuses the plan.
    pub diagnostics: Diagnostics,
    config: M,
    prior: Option<M>,
    planned: M,
    private: &'a Private,
    replaces: bool,
    decisions: Decisions,
}

/// What the author of a type modified.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decisions {
    /// Names of attributes at the root whose values the author planned.
    pub(crate) planned: Vec<&'static str>,
    pub(crate) replacements: Vec<Replacement>,
    /// What the author hands on in a replacement, as private state keeps it.
    pub(crate) handed_on: Vec<(&'static str, Json)>,
}

/// One attribute of a model: its name, and how to reach it. Made by [`crate::field!`].
pub struct Field<M, T> {
    name: &'static str,
    get: fn(&M) -> &Attr<T>,
    get_mut: fn(&mut M) -> &mut Attr<T>,
    model: PhantomData<fn(&M) -> T>,
}

impl<M, T> Clone for Field<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Field<M, T> {}

impl<M, T> std::fmt::Debug for Field<M, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

impl<M, T> Field<M, T> {
    /// A field by its name and the ways to it; [`crate::field!`] keeps the three in step.
    pub fn new(
        name: &'static str, get: fn(&M) -> &Attr<T>, get_mut: fn(&mut M) -> &mut Attr<T>,
    ) -> Self {
        let name = name.strip_prefix("r#").unwrap_or(name);
        Self { name, get, get_mut, model: PhantomData }
    }

    /// The name of the attribute.
    pub fn name(self) -> &'static str {
        self.name
    }
}

/// `field!(version)` is the [`Field`] of that name: a misspelt one does not compile.
#[macro_export]
macro_rules! field {
    ($name:ident) => {
        $crate::Field::new(stringify!($name), |model| &model.$name, |model| &mut model.$name)
    };
}

impl<'a, M> Plan<'a, M> {
    pub(crate) fn new(
        config: M, prior: Option<M>, planned: M, private: &'a Private, replaces: bool,
    ) -> Self {
        let (diagnostics, decisions) = (Diagnostics::new(), Decisions::default());
        Self { diagnostics, config, prior, planned, private, replaces, decisions }
    }

    pub(crate) fn into_parts(self) -> (M, Decisions, Diagnostics) {
        (self.planned, self.decisions, self.diagnostics)
    }

    /// What the user wrote, write-only values included. Anything in it may be unknown.
    pub fn config(&self) -> &M {
        &self.config
    }

    /// The state. `None`: this plans a create.
    pub fn prior(&self) -> Option<&M> {
        self.prior.as_ref()
    }

    /// The plan so far.
    pub fn planned(&self) -> &M {
        &self.planned
    }

    /// The object's memory.
    pub fn private(&self) -> &Private {
        self.private
    }

    /// Whether the object will be replaced, as far as is known by now.
    pub fn replaces(&self) -> bool {
        self.replaces
    }

    /// The known value in the state.
    pub fn was<T>(&self, field: Field<M, T>) -> Option<&T> {
        (field.get)(self.prior.as_ref()?).known()
    }

    /// Whether the value in the state came from the configuration, as far as an apply has seen it:
    /// what an import, a move or a read has found was not written. Only of an attribute that says
    /// `.remember_written`.
    pub fn was_written<T>(&self, field: Field<M, T>) -> bool {
        self.private.was_written(field.name)
    }

    /// Plans this value: modified, and not marked unknown again.
    pub fn set<T>(&mut self, field: Field<M, T>, value: impl Into<Attr<T>>) {
        *(field.get_mut)(&mut self.planned) = value.into();
        self.decisions.planned.push(field.name);
    }

    /// Plans that the value moves, without saying to what.
    pub fn unknown<T>(&mut self, field: Field<M, T>) {
        self.set(field, Attr::Unknown);
    }

    /// Hands an entry of the memory on to the half of a replacement that deletes the old object, which
    /// knows nothing else of its memory. Core plans the other half once more, without it. A plan of an
    /// object that stays hands nothing on, nor is a value handed on that JSON cannot hold.
    pub fn hand_on<T: Serialize>(&mut self, name: &'static str, value: &T) {
        if let Ok(value) = serde_json::to_value(value) {
            self.decisions.handed_on.push((name, value));
        }
    }

    /// Plans a new object because of this attribute. In a create it says nothing.
    pub fn replace<T>(&mut self, field: Field<M, T>, why: &str) {
        if self.prior.is_some() {
            self.replaces = true;
            self.decisions.replacements.push(Replacement::of_attribute(field.name, why));
        }
    }
}
