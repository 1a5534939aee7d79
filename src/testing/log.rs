//! What is logged while a test runs: every event and span of every crate, at every level, with all
//! its fields.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::rc::Rc;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

type Lines = Rc<RefCell<Vec<String>>>;

thread_local! {
    /// The lines of the test that runs on this thread, if it catches them.
    static LINES: RefCell<Option<Lines>> = const { RefCell::new(None) };
}

/// The lines logged while it lives, on this thread. Nothing is struck out of them.
pub struct LoggedLines {
    lines: Lines,
}

impl LoggedLines {
    /// Begins. One subscriber serves all threads: one for a thread alone misses an event whose
    /// callsite another thread registers at the same moment, when nobody was interested.
    pub fn catch() -> Self {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            tracing::subscriber::set_global_default(Catcher).expect("nobody else catches events");
        });
        tracing::callsite::rebuild_interest_cache();
        let lines = Lines::default();
        LINES.set(Some(Rc::clone(&lines)));
        Self { lines }
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    /// The lines since the last time.
    pub fn take(&self) -> Vec<String> {
        self.lines.take()
    }
}

impl Drop for LoggedLines {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

fn keep(line: Line) {
    LINES.with_borrow(|lines| {
        if let Some(lines) = lines {
            lines.borrow_mut().push(line.0);
        }
    });
}

struct Catcher;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a text takes everything");
    }
}

impl Subscriber for Catcher {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(String::new());
        span.record(&mut line);
        keep(line);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        keep(line);
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        keep(line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
