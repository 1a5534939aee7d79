//! `toy_thing`: a managed type with one attribute of every habit.

use std::collections::BTreeMap;
use std::sync::Arc;

use framework::{
    Attr, AttrList, AttrMap, Attribute, DataSource, Diagnostic, Diagnostics, Failure, MoveOrigin,
    MoveSource, Plan, Private, Provider, Resource, Saved, Schema, field,
};
use framework::{block, blocks, flag, number, object, object_map, text, text_map, texts};
use serde::{Deserialize, Serialize};

use super::functions::Repeat;
use super::lists::Things;
use super::service::{Amounts, Mood, Object, Service, Types};

type Context<'a> = framework::Context<'a, Toy>;
type Result<T> = std::result::Result<T, Failure>;

#[derive(Debug)]
pub struct Toy {
    pub service: Arc<Service>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ToyConfig {
    service: Attr<String>,
    extras: Attr<Extras>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Extras {
    hint: Attr<String>,
}

impl Provider for Toy {
    const NAME: &'static str = "toy";
    type Config = ToyConfig;
    type Error = Failure;
    const LATE_BLOCKS: &'static [&'static str] = &["extras"];

    fn schema() -> Schema {
        let hint = text("hint").optional().help("A hint.");
        Schema::new("Toys.")
            .with([text("service").required().help("Name of the service.")])
            .with_blocks([block("extras", [hint]).help("What is only needed later.")])
    }

    fn configure(config: ToyConfig) -> std::result::Result<Self, Diagnostic> {
        let name = config.service.known().cloned().unwrap_or_default();
        if name == "closed" {
            return Err(Diagnostic::error("Service is closed").at("service"));
        }
        Ok(Self { service: Service::named(&name) })
    }

    fn types() -> framework::Types<Self> {
        framework::Types::new()
            .resource::<ThingType>()
            .list::<Things>()
            .data_source::<Count>()
            .function::<Repeat>()
    }
}

pub(crate) struct ThingType;

fn thing_attributes() -> [Attribute; 13] {
    [
        text("name").required().identifies().replace("names stay").help("Name."),
        text("namespace").default("default").replace("jobs run there").help("Namespace."),
        text("note").optional().help("A note."),
        text("mode").optional().computed().stable().help("Mode."),
        text("secret_wo").optional().sensitive().write_only().help("A secret."),
        number("secret_wo_version").optional().help("Changes when the secret does."),
        flag("force").optional().state_only().help("Terraform's alone."),
        object_map("types", type_attributes()).optional().ignore_undeclared_keys().help("Types."),
        text_map("labels").optional().help("Labels."),
        object(
            "relay",
            [
                text("mode").required().help("Mode."),
                text("region").optional().replace("a relay stays where it is").help("Region."),
                text("key_wo").optional().write_only().help("A key."),
            ],
        )
        .optional()
        .help("A relay."),
        text("id").computed().stable().help("ID."),
        text("status").computed().help("Status."),
        object_map("effective", type_attributes())
            .computed()
            .depends_on("types")
            .help("All types."),
    ]
}

fn type_attributes() -> [Attribute; 2] {
    [
        text("note").optional().help("A note."),
        text_map("requests").optional().semantic_equality::<Amounts>().help("Amounts."),
    ]
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Thing {
    name: Attr<String>,
    namespace: Attr<String>,
    note: Attr<String>,
    mode: Attr<String>,
    secret_wo: Attr<String>,
    secret_wo_version: Attr<i64>,
    force: Attr<bool>,
    types: AttrMap<ThingKind>,
    labels: AttrMap<String>,
    id: Attr<String>,
    status: Attr<String>,
    effective: AttrMap<ThingKind>,
    relay: Attr<Relay>,
    identity: Attr<Identity>,
    rule: AttrList<Rule>,
}

impl Thing {
    pub(super) fn named(name: String) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ThingKind {
    note: Attr<String>,
    requests: AttrMap<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Identity {
    kind: Attr<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Relay {
    mode: Attr<String>,
    region: Attr<String>,
    key_wo: Attr<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rule {
    key: Attr<String>,
    hash: Attr<String>,
}

impl Resource for ThingType {
    const NAME: &'static str = "thing";
    const MOVE_FROM: &'static [MoveOrigin] =
        &[MoveOrigin { provider: "acme/old", type_name: "old_thing" }];
    type Provider = Toy;
    type Model = Thing;

    fn schema() -> Schema {
        Schema::new("A thing.")
            .version(1)
            .with(thing_attributes())
            .with_blocks([
                block("identity", [text("kind").required().help("Kind.")]),
                blocks(
                    "rule",
                    [
                        text("key").required().help("Key."),
                        text("hash").computed().help("Hash of the key."),
                    ],
                ),
            ])
            .minutes(60, 5, 60, 30)
    }

    fn validate(config: &Thing, found: &mut Diagnostics) {
        if config.name.known().is_some_and(String::is_empty) {
            found.push(Diagnostic::error("Name is empty").at("name"));
        }
    }

    fn plan(plan: &mut Plan<'_, Thing>) {
        if plan.was(field!(status)).is_some_and(|status| status != "ready") {
            plan.unknown(field!(status));
        }
        if plan.config().note.known().is_some_and(|note| note == "heavy") {
            plan.replace(field!(note), "heavy notes do not move");
        }
        let secret = plan.config().secret_wo.known().cloned().unwrap_or_default();
        assert!(plan.planned().note != Attr::from("panic"), "planned to panic with {secret}");
    }

    fn wants_check(planned: &Thing) -> bool {
        planned.labels.known_elements().any(|(key, _)| key == "checked")
    }

    async fn check_plan(context: &mut Context<'_>, prior: Option<Thing>, _: Thing) -> Result<()> {
        let service = &context.provider.service;
        service.called(if prior.is_some() { "check of a change" } else { "check of a new one" });
        context.private.set("checked", &true);
        context.diagnostics.push(Diagnostic::warning("Looked").at("labels"));
        match service.mood() {
            Mood::Refuses => Err(Diagnostic::error("Put would be refused").at("name").into()),
            Mood::Panics => panic!("this look is broken"),
            Mood::Hangs => Err(wait_for_end(context).await),
            _ => Ok(()),
        }
    }

    async fn create(
        context: &mut Context<'_>, planned: Thing, saved: &mut Saved<Thing>,
    ) -> Result<()> {
        put(context, planned, saved).await
    }

    async fn read(context: &mut Context<'_>, state: Thing) -> Result<Option<Thing>> {
        let object = context.provider.service.get(state.name.require()?);
        if object.as_ref().is_some_and(|object| object.status == "ready") {
            context.private.forget("pending");
        }
        Ok(object.map(|object| thing_from_object(state, object)))
    }

    async fn update(
        context: &mut Context<'_>, _: Thing, planned: Thing, saved: &mut Saved<Thing>,
    ) -> Result<()> {
        put(context, planned, saved).await
    }

    async fn delete(context: &mut Context<'_>, state: Thing) -> Result<()> {
        let service = &context.provider.service;
        service.called(if context.replaced { "delete for another" } else { "delete" });
        if service.mood() == Mood::Refuses {
            return Err(Diagnostic::error("Delete refused").into());
        }
        service.delete(state.name.require()?);
        Ok(())
    }

    fn import(id: &str) -> Result<Thing> {
        let name = id.strip_prefix("/things/").ok_or_else(|| {
            Diagnostic::error("ID is not valid").detail("The form is /things/<name>.")
        })?;
        Ok(Thing { name: name.into(), ..Thing::default() })
    }

    fn move_state(source: &MoveSource, private: &mut Private) -> Result<Option<Thing>> {
        private.set("moved", &true);
        let name = source.text("title");
        Ok(name.map(|name| Thing { name: name.into(), note: "old".into(), ..Thing::default() }))
    }

    fn upgrade(version: i64, state: &mut serde_json::Map<String, serde_json::Value>) {
        if version == 0
            && let Some(title) = state.remove("title")
        {
            state.insert("name".to_owned(), title);
        }
    }
}

async fn put(context: &mut Context<'_>, planned: Thing, saved: &mut Saved<Thing>) -> Result<()> {
    let (service, name) = (Arc::clone(&context.provider.service), planned.name.require()?.clone());
    service.called("put");
    let mood = service.mood();
    if mood == Mood::Refuses {
        return Err(Diagnostic::error("Put refused").at("name").into());
    }
    let well = matches!(mood, Mood::Fine | Mood::Adds | Mood::Waits);
    let status = if well { "ready" } else { "working" };
    service.put(&name, Object { status: status.to_owned(), ..body(&planned) });
    context.private.set("pending", &name);
    let id = Attr::text(format!("/things/{name}"));
    saved.save(&Thing { id, status: "working".into(), ..planned.clone() });
    service.begun.add_permits(1);
    if mood == Mood::Deaf {
        return std::future::pending().await;
    }
    tokio::select! {
        failure = wait_for_end(context) => return Err(failure),
        () = work(&service, mood) => {}
    }
    if mood == Mood::Fails {
        return Err(Diagnostic::error("Work failed").into());
    }
    if mood == Mood::Adds {
        service.change(&name, |object| drop(object.types.insert("theirs".into(), BTreeMap::new())));
    }
    context.private.forget("pending");
    let object = service.get(&name).unwrap_or_default();
    saved.save(&thing_from_object(planned, object));
    service.done.add_permits(1);
    Ok(())
}

/// The deadline of the call, or an interruption, whichever comes first.
async fn wait_for_end(context: &Context<'_>) -> Failure {
    tokio::select! {
        () = tokio::time::sleep_until(context.deadline.into()) => {
            Diagnostic::error("Deadline passed").into()
        }
        () = context.stop.cancelled() => Failure::resumable(Diagnostic::error("Interrupted")),
    }
}

async fn work(service: &Service, mood: Mood) {
    match mood {
        Mood::Hangs => std::future::pending().await,
        Mood::Waits => service.go.acquire().await.expect("it is never closed").forget(),
        Mood::Panics => panic!("this toy\nis broken"),
        _ => {}
    }
}

fn body(of: &Thing) -> Object {
    let text = |attr: &Attr<String>| attr.known().cloned();
    let texts = |map: &AttrMap<String>| -> BTreeMap<String, String> {
        map.known_elements().map(|(key, text)| (key.clone(), text.clone())).collect()
    };
    let types = of.types.known_elements();
    Object {
        namespace: text(&of.namespace).unwrap_or_default(),
        note: text(&of.note),
        mode: Some(text(&of.mode).unwrap_or_else(|| "plain".to_owned())),
        secret: text(&of.secret_wo),
        status: String::new(),
        types: types.map(|(name, kind)| (name.clone(), texts(&kind.requests))).collect(),
        labels: texts(&of.labels),
    }
}

fn thing_from_object(known: Thing, object: Object) -> Thing {
    let types = kinds(&object.types, &known.types);
    Thing {
        namespace: Attr::text(object.namespace),
        note: object.note.into(),
        mode: object.mode.into(),
        id: Attr::text(format!("/things/{}", known.name.known().map_or("", String::as_str))),
        status: Attr::text(object.status),
        labels: object.labels.into_iter().collect(),
        types: types.clone(),
        effective: types,
        rule: known.rule.map(|rules| rules.into_iter().map(|rule| rule.map(hashed)).collect()),
        ..known
    }
}

fn hashed(rule: Rule) -> Rule {
    let hash = rule.key.clone().map(|key| format!("#{key}"));
    Rule { hash, ..rule }
}

/// The service's types, whose notes it does not keep.
fn kinds(types: &Types, known: &AttrMap<ThingKind>) -> AttrMap<ThingKind> {
    let kinds = types.iter().map(|(name, amounts)| {
        let known = known.known_elements().find(|(known, _)| *known == name);
        let note = known.map(|(_, kind)| kind.note.clone()).unwrap_or_default();
        (name.clone(), ThingKind { note, requests: amounts.clone().into_iter().collect() })
    });
    kinds.collect()
}

/// `toy_count`: a data source.
pub(crate) struct Count;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    name: Attr<String>,
    types: Attr<i64>,
    type_names: AttrList<String>,
}

impl DataSource for Count {
    const NAME: &'static str = "count";
    type Provider = Toy;
    type Model = Counted;

    fn schema() -> Schema {
        Schema::new("How many types a thing has.")
            .with([
                text("name").required().help("Name."),
                number("types").computed().help("How many."),
                texts("type_names").computed().help("Which."),
            ])
            .read_minutes(5)
    }

    async fn read(context: &mut Context<'_>, config: Counted) -> Result<Counted> {
        let object = context.provider.service.get(config.name.require()?);
        let object = object.ok_or_else(|| Diagnostic::error("Thing is gone").at("name"))?;
        Ok(Counted {
            types: i64::try_from(object.types.len()).unwrap_or(0).into(),
            type_names: object.types.keys().cloned().collect(),
            ..config
        })
    }
}
