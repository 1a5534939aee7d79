//! One row: a call is cut short, and then the next ones make everything well.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::super::{Core, any_contains};
use super::azure::{Azure, Exchange};
use super::{Event, Place, Subject, Verb};

/// What a stop may take where a write is under way, whose answer is waited for a little. A read is given up at once.
const STOP_OF_WRITE: Duration = Duration::from_secs(1);
/// What a deadline may take: that of the configurations, and one look at the object.
const DEADLINE: Duration = Duration::from_secs(5 * 60 + 21);

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) subject: Subject,
    pub(super) verb: Verb,
    /// Of the request that waits, in the order of the undisturbed call.
    pub(super) number: usize,
    pub(super) exchange: Exchange,
    pub(super) place: Place,
    pub(super) event: Event,
}

/// An Azure, a host, and what there was before either did anything.
struct Stage {
    azure: Azure,
    core: Core,
    before: BTreeMap<String, Json>,
}

/// What a cut call has come to.
struct Cut {
    /// `None`: nobody heard it.
    told: Option<Vec<String>>,
    /// From the event to the answer.
    took: Duration,
}

/// What a verb asks when nothing happens to it.
pub(super) fn record_requests(subject: &Subject, verb: Verb) -> Vec<Exchange> {
    in_virtual_time(async {
        let mut stage = Stage::of(subject, verb).await;
        let told = call(&mut stage.core, subject, verb).await;
        assert_eq!(told, [""; 0], "{verb:?}");
        stage.azure.log().await
    })
}

fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime starts").block_on(work)
}

async fn call(core: &mut Core, subject: &Subject, verb: Verb) -> Vec<String> {
    match verb {
        Verb::Create => core.apply(&subject.old).await,
        Verb::Read => core.read().await,
        Verb::Update => core.apply(&subject.new).await,
        Verb::Delete => core.destroy_diagnostics().await,
    }
}

impl Stage {
    /// Just before the call of the verb.
    async fn of(subject: &Subject, verb: Verb) -> Self {
        let azure = Azure::new();
        let server = azure.server();
        if let Some(extension) = &subject.needs {
            Core::new("arc_extension", server.clone()).run(extension).await;
        }
        let before = azure.objects().await;
        let mut core = Core::new(subject.resource, server);
        if verb != Verb::Create {
            core.run(&subject.old).await;
        }
        azure.forgets().await;
        Self { azure, core, before }
    }

    /// Whether a create has sent nothing that changes anything: the next one is as the first.
    async fn is_untouched(&self) -> bool {
        let is_untouched = self.azure.log().await.iter().all(|it| it.method == "GET");
        assert!(!is_untouched || self.core.state().is_null());
        is_untouched
    }
}

impl Row {
    /// Why it fails.
    pub(super) fn play(&self) -> Result<(), String> {
        let played = catch_unwind(AssertUnwindSafe(|| in_virtual_time(self.play_through())));
        played.map_err(|why| {
            let text = why.downcast_ref::<String>().cloned();
            let text = text.or_else(|| why.downcast_ref::<&str>().map(|it| (*it).to_owned()));
            format!("{}:\n{}", self.name(), text.unwrap_or_default())
        })
    }

    fn name(&self) -> String {
        let Exchange { method, path, .. } = &self.exchange;
        let path: Vec<_> = path.rsplit('/').take(2).collect();
        let (verb, number, place, event) = (self.verb, self.number, self.place, self.event);
        format!("{verb:?}, {event:?} at {number}: {method} {}/{}, {place:?}", path[1], path[0])
    }

    async fn play_through(&self) {
        let mut stage = Stage::of(&self.subject, self.verb).await;
        let before = stage.core.clone();
        let cut = self.cut(&mut stage).await;
        self.check_answer(&stage.core, &before, &cut);
        if self.event == Event::Stop {
            let asked = stage.azure.log().await.len();
            assert_eq!(asked, self.number + 1, "after a stop nobody is asked");
        }
        stage.azure.settles().await;
        if self.verb == Verb::Create && stage.is_untouched().await {
            return;
        }
        let was_written = self.count_writes(&stage.azure).await > 0;
        stage.azure.forgets().await;
        let mut core = stage.core;
        match self.verb {
            Verb::Create | Verb::Update => {
                self.converges(&stage.azure, &mut core, was_written).await;
            }
            Verb::Read => assert_eq!(core.read().await, [""; 0]),
            Verb::Delete => {}
        }
        self.ends(&stage.azure, core, &stage.before).await;
    }

    // === the event ===

    async fn cut(&self, stage: &mut Stage) -> Cut {
        let Stage { azure, core, .. } = stage;
        azure.holds(self.number, self.place, self.event == Event::Deadline, self.follow_up()).await;
        match self.event {
            Event::Stop => self.stop(azure, core).await,
            Event::Killed => {
                let mut killed = core.clone();
                tokio::select! {
                    told = call(&mut killed, &self.subject, self.verb) => {
                        panic!("it ended before the seam: {told:#?}");
                    }
                    () = azure.meets() => {}
                }
                Cut { told: None, took: Duration::ZERO }
            }
            Event::Deadline => {
                let began = Instant::now();
                let told = call(core, &self.subject, self.verb).await;
                Cut { told: Some(told), took: began.elapsed() }
            }
            Event::Reset => {
                let cut = async {
                    azure.meets().await;
                    azure.releases().await;
                };
                let (told, ()) = tokio::join!(call(core, &self.subject, self.verb), cut);
                Cut { told: Some(told), took: Duration::ZERO }
            }
        }
    }

    fn follow_up(&self) -> Json {
        match (self.event, self.place) {
            (Event::Reset, Place::Request) => json!({ "reset": true }),
            (Event::Reset, Place::Response) => json!({ "accept_then_reset": true }),
            _ => json!({}),
        }
    }

    async fn stop(&self, azure: &Azure, core: &mut Core) -> Cut {
        let server = core.server.clone();
        let cut = async {
            azure.meets().await;
            server.stop();
            Instant::now()
        };
        let (told, stopped) = tokio::join!(call(core, &self.subject, self.verb), cut);
        Cut { told: Some(told), took: stopped.elapsed() }
    }

    // === its answer ===

    fn check_answer(&self, core: &Core, before: &Core, cut: &Cut) {
        let Some(told) = &cut.told else { return };
        let (state, is_error) = (core.state(), told.iter().any(|it| it.starts_with("error")));
        match self.event {
            Event::Reset => return assert_eq!(*told, [""; 0], "it is asked again"),
            Event::Deadline => assert!(cut.took <= DEADLINE, "{:?}: {told:#?}", cut.took),
            _ => {
                let is_read = self.exchange.method == "GET";
                let limit = if is_read { Duration::ZERO } else { STOP_OF_WRITE };
                assert!(cut.took <= limit, "{:?}: {told:#?}", cut.took);
            }
        }
        match (self.verb, self.event) {
            (Verb::Create, Event::Stop) if !state.is_null() => {
                assert!(!is_error && !core.tainted && !told.is_empty(), "{told:#?}");
                assert_eq!(state["provisioning_state"], "Creating");
            }
            (Verb::Create, _) => {
                assert!(is_error, "{told:#?}");
                let is_kept = any_contains(told, "terraform untaint");
                assert_eq!(is_kept, !state.is_null(), "{told:#?}");
            }
            (Verb::Read, _) => {
                assert!(is_error, "{told:#?}");
                assert_eq!(state, before.state());
            }
            (Verb::Update, _) => assert!(is_error && !state.is_null(), "{told:#?}"),
            (Verb::Delete, _) => {
                assert_eq!(is_error, !state.is_null(), "{told:#?}");
            }
        }
    }

    // === the next calls ===

    /// How often the object itself was written, where the service took it.
    async fn count_writes(&self, azure: &Azure) -> usize {
        let is_taken = |it: &&Exchange| it.status.is_some_and(|status| status < 300);
        let is_write = |it: &&Exchange| ["PUT", "PATCH", "DELETE"].contains(&&*it.method);
        let log = azure.log().await;
        let own = log.iter().filter(|it| it.path.eq_ignore_ascii_case(&self.subject.id));
        own.filter(is_write).filter(is_taken).count()
    }

    async fn converges(&self, azure: &Azure, core: &mut Core, was_written: bool) {
        let Subject { id, old, new, .. } = &self.subject;
        let wanted = if self.verb == Verb::Create { old } else { new };
        // A user who keeps what was made.
        core.tainted = false;
        if core.state().is_null() {
            self.is_found(azure, core, wanted).await;
        } else {
            no_errors(&core.read().await);
        }
        no_errors(&core.apply(wanted).await);
        if was_written {
            assert_eq!(self.count_writes(azure).await, 0, "what was taken is not sent again");
        }
        assert_eq!(core.read().await, [""; 0]);
        assert!(core.plans_nothing(wanted).await, "{:?}", core.changes(wanted).await);
        let object = &azure.objects().await[&id.to_lowercase()];
        assert_eq!(object["properties"]["provisioningState"], "Succeeded");
    }

    /// What is in Azure and in no state is not touched, and is imported.
    async fn is_found(&self, azure: &Azure, core: &mut Core, wanted: &Json) {
        let Subject { id, resource, .. } = &self.subject;
        if !azure.objects().await.contains_key(&id.to_lowercase()) {
            return;
        }
        let told = core.apply(wanted).await;
        let block = format!("import {{\n  to = azureml_{resource}.NAME\n  id = \"{id}\"\n}}");
        assert!(any_contains(&told, "already exists") && any_contains(&told, &block), "{told:#?}");
        assert_eq!(self.count_writes(azure).await, 0, "it is not touched");
        assert!(core.state().is_null());
        core.tainted = false;
        no_errors(&core.import(id).await);
        no_errors(&core.read().await);
    }

    /// In the end there is what there was before.
    async fn ends(&self, azure: &Azure, mut core: Core, before: &BTreeMap<String, Json>) {
        if !core.state().is_null() {
            no_errors(&core.read().await);
        }
        let mut told = Vec::new();
        if !core.state().is_null() {
            told = core.destroy_diagnostics().await;
            no_errors(&told);
        }
        let after = azure.objects().await;
        let mut left: Vec<_> = after.keys().filter(|id| !before.contains_key(*id)).collect();
        // What stands beside an extension that was imported is not its to delete, which is said.
        let named: Vec<_> = told.iter().map(|it| it.to_lowercase()).collect();
        left.retain(|id| !named.iter().any(|it| names_part_of(it, id)));
        assert!(left.is_empty(), "they are left behind: {left:#?}, and this was said: {told:#?}");
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks, 0, "tasks that still run");
    }
}

/// Whether a text names an object, or one that it is part of.
fn names_part_of(text: &str, id: &str) -> bool {
    text.split_whitespace().any(|word| {
        let named = id.strip_prefix(word);
        word.starts_with("/subscriptions/")
            && named.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[track_caller]
fn no_errors(told: &[String]) {
    assert!(!told.iter().any(|it| it.starts_with("error")), "{told:#?}");
}
