//! The one walk over a schema: values of one type, side by side along its body.
//!
//! An [`Object`] has [members](Object::members), its attributes and blocks; a [`Member`] has
//! [objects](Member::objects), those nested in it. A walk is a function of objects that calls itself
//! for what is nested: so it decides where to go on, and whether before or after. Writers go the same
//! way: [`Object::rebuild`] and [`Member::rebuild`] make a new value, [`Object::members_mut`] and
//! [`Member::objects_mut`] change one in place.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Attribute, Body, Nesting, Node};
use crate::value::Value;
use vocabulary::{Path, Step};

/// One object of each value, all at the same place.
pub(crate) struct Object<'a, const N: usize> {
    body: &'a Body,
    /// `None` where a value has no such place.
    pub(crate) values: [Option<&'a Value>; N],
    location: Location<'a>,
}

/// One attribute or block of an object, with what each value has there.
pub(crate) struct Member<'a, const N: usize> {
    pub(crate) node: Node<'a>,
    /// `None` where a value has no such place.
    pub(crate) values: [Option<&'a Value>; N],
    location: Location<'a>,
}

/// Which of the nested objects are visited. Elements of lists are paired by their index, those of
/// maps by their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// All that this value has, whether or not the others have a counterpart.
    Of(usize),
    /// Only those that all values have.
    Common,
}

/// A path as it is walked; it allocates nothing until somebody asks for it.
#[derive(Clone, Copy)]
struct Location<'a> {
    parent: Option<&'a Location<'a>>,
    /// `None` at the root and for an object that stands alone.
    step: Option<LocationStep<'a>>,
}

#[derive(Clone, Copy)]
enum LocationStep<'a> {
    Name(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a, const N: usize> Object<'a, N> {
    /// The values of a whole schema, or of one body of it.
    pub(crate) fn root(body: &'a Body, values: [Option<&'a Value>; N]) -> Self {
        Self { body, values, location: Location { parent: None, step: None } }
    }

    /// Its attributes, then its blocks, as the schema declares them.
    pub(crate) fn members(&self) -> impl Iterator<Item = Member<'_, N>> {
        self.body.nodes().map(|node| Member {
            node,
            values: self.values.map(|value| value?.get(node.name())),
            location: self.location.below(LocationStep::Name(node.name())),
        })
    }

    /// A new object: each attribute and block as `member` makes it.
    pub(crate) fn rebuild(&self, mut member: impl FnMut(&Member<'_, N>) -> Value) -> Value {
        Value::map(self.members().map(|each| (each.node.name(), member(&each))))
    }

    /// Visits the attributes and blocks that the object `target` has, each beside the values here.
    pub(crate) fn members_mut(
        &self, target: &mut Value, mut visit: impl FnMut(&Member<'_, N>, &mut Value),
    ) {
        let Value::Map(fields) = target else { return };
        for member in self.members() {
            if let Some(field) = fields.get_mut(member.node.name()) {
                visit(&member, field);
            }
        }
    }

    /// The values, null where there is none.
    pub(crate) fn or_null(&self) -> [&Value; N] {
        or_null(self.values)
    }

    /// Whether it is one of the elements of a list or map.
    pub(crate) fn is_element(&self) -> bool {
        matches!(self.location.step, Some(LocationStep::Key(_) | LocationStep::Index(_)))
    }

    /// Its key, if it is an element of a map.
    pub(crate) fn key(&self) -> Option<&str> {
        if let Some(LocationStep::Key(key)) = self.location.step { Some(key) } else { None }
    }

    pub(crate) fn path(&self) -> Path {
        self.location.path()
    }
}

impl<'a, const N: usize> Member<'a, N> {
    /// One attribute alone, as if it were a root.
    pub(crate) fn alone(attribute: &'a Attribute, values: [&'a Value; N]) -> Self {
        let location = Location { parent: None, step: None };
        Self { node: Node::Attribute(attribute), values: values.map(Some), location }
    }

    /// The nested objects: one where an object stands alone, else one for each element. None in a
    /// leaf, and none where a list or map is null or unknown.
    pub(crate) fn objects(&self, pairing: Pairing) -> impl Iterator<Item = Object<'_, N>> {
        let leading = match pairing {
            Pairing::Of(index) => index,
            Pairing::Common => 0,
        };
        let lead = self.values.get(leading).copied().flatten();
        let (mut single, mut list, mut map) = (None, None, None);
        match (self.node.nested(), lead) {
            (Some((Nesting::Single, body)), _) => single = Some((body, None)),
            (Some((Nesting::List, body)), Some(Value::List(elements))) => {
                let steps = (0..elements.len()).map(LocationStep::Index);
                list = Some(steps.map(move |step| (body, Some(step))));
            }
            (Some((Nesting::Map, body)), Some(Value::Map(elements))) => {
                let steps = elements.keys().map(|key| LocationStep::Key(key));
                map = Some(steps.map(move |step| (body, Some(step))));
            }
            _ => {}
        }
        let steps = single.into_iter().chain(list.into_iter().flatten());
        let objects = steps.chain(map.into_iter().flatten());
        objects.map(|(body, step)| self.object(body, step)).filter(move |object| {
            pairing != Pairing::Common || object.values.iter().all(Option::is_some)
        })
    }

    /// The value of that index, each object in it rebuilt from what `member` makes. What is no
    /// object, as an element that is null or unknown, stays as it is.
    pub(crate) fn rebuild(
        &self, index: usize, mut member: impl FnMut(&Member<'_, N>) -> Value,
    ) -> Value {
        self.rebuild_objects(index, |object| match object.or_null()[index] {
            Value::Map(_) => Some(object.rebuild(&mut member)),
            other => Some(other.clone()),
        })
    }

    /// The value of that index with what `object` makes in the place of each object, left out of a
    /// list or map where that is `None`.
    pub(crate) fn rebuild_objects(
        &self, index: usize, mut object: impl FnMut(&Object<'_, N>) -> Option<Value>,
    ) -> Value {
        let value = self.or_null()[index];
        let mut objects = self.objects(Pairing::Of(index));
        let keyed = |each: Object<'_, N>| Some((each.key()?.to_owned(), object(&each)?));
        match (self.node.nested(), value) {
            (Some((Nesting::Single, _)), _) => {
                objects.next().and_then(|each| object(&each)).unwrap_or_default()
            }
            (Some((Nesting::List, _)), Value::List(_)) => {
                Value::List(objects.filter_map(|each| object(&each)).collect())
            }
            (Some((Nesting::Map, _)), Value::Map(_)) => {
                Value::Map(objects.filter_map(keyed).collect::<BTreeMap<_, _>>())
            }
            _ => value.clone(),
        }
    }

    /// Visits the objects nested in `target`, each beside its counterparts here.
    pub(crate) fn objects_mut(
        &self, target: &mut Value, mut visit: impl FnMut(&Object<'_, N>, &mut Value),
    ) {
        match (self.node.nested(), target) {
            (Some((Nesting::Single, body)), target) => visit(&self.object(body, None), target),
            (Some((Nesting::List, body)), Value::List(elements)) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    visit(&self.object(body, Some(LocationStep::Index(index))), element);
                }
            }
            (Some((Nesting::Map, body)), Value::Map(elements)) => {
                for (key, element) in elements {
                    visit(&self.object(body, Some(LocationStep::Key(key))), element);
                }
            }
            _ => {}
        }
    }

    /// Whether the two values have the same elements: as many, or of the same keys. An object that
    /// stands alone is always one.
    pub(crate) fn has_same_elements(&self, one: usize, other: usize) -> bool {
        let values = self.or_null();
        match (self.node.nested(), values[one], values[other]) {
            (Some((Nesting::Single, _)), ..) => true,
            (Some((Nesting::List, _)), Value::List(one), Value::List(other)) => {
                one.len() == other.len()
            }
            (Some((Nesting::Map, _)), Value::Map(one), Value::Map(other)) => {
                one.keys().eq(other.keys())
            }
            _ => false,
        }
    }

    /// The values, null where there is none.
    pub(crate) fn or_null(&self) -> [&Value; N] {
        or_null(self.values)
    }

    pub(crate) fn path(&self) -> Path {
        self.location.path()
    }

    fn object<'s>(&'s self, body: &'s Body, step: Option<LocationStep<'s>>) -> Object<'s, N> {
        let values = self.values.map(|value| match step {
            Some(step) => step.follow(value?),
            None => value,
        });
        Object { body, values, location: Location { parent: Some(&self.location), step } }
    }
}

fn or_null<const N: usize>(values: [Option<&Value>; N]) -> [&Value; N] {
    values.map(|value| value.unwrap_or(&Value::Null))
}

impl Location<'_> {
    fn below<'s>(&'s self, step: LocationStep<'s>) -> Location<'s> {
        Location { parent: Some(self), step: Some(step) }
    }

    fn path(&self) -> Path {
        let above = self.parent.map(Location::path).unwrap_or_default();
        match self.step {
            Some(step) => above.step(step.into()),
            None => above,
        }
    }
}

impl LocationStep<'_> {
    fn follow(self, value: &Value) -> Option<&Value> {
        match self {
            Self::Name(name) | Self::Key(name) => value.get(name),
            Self::Index(index) => value.as_list()?.get(index),
        }
    }
}

impl From<LocationStep<'_>> for Step {
    fn from(step: LocationStep<'_>) -> Step {
        match step {
            LocationStep::Name(name) => Step::Attribute(name.to_owned()),
            LocationStep::Key(key) => Step::Key(key.to_owned()),
            LocationStep::Index(index) => Step::position(index),
        }
    }
}
