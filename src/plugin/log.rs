//! Logs as the host reads them: one JSON object per line on stderr, and none that nobody reads.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::time::SystemTime;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Variable with the level of everything that Terraform runs.
pub const LOG: &str = "TF_LOG";
/// Variable with the level of all providers. This one with `_` and a provider's name in capitals
/// behind it is the level of that provider alone.
pub const LOG_PROVIDER: &str = "TF_LOG_PROVIDER";

/// Crates whose events are written. Other people's crates log headers and bodies, secrets included.
const OWN_CRATES: [&str; 5] = ["azure", "framework", "kubernetes", "plugin", "provider"];

/// The host splits longer lines than 64 KiB and takes the pieces for plain text.
const MAX_LINE_BYTES: usize = 60 * 1024;
/// Universal time as `2006-01-02T15:04:05.000000Z`; the host knows no other form.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// How much of a too long line's message is kept: an escaped byte takes up to six.
const MAX_MESSAGE_BYTES: usize = 8 * 1024;

/// Sends events to stderr if somebody wants them, and panics in any case.
pub(crate) fn install(provider: &str) {
    std::panic::set_hook(Box::new(report_panic));
    let own = format!("{LOG_PROVIDER}_{}", provider.to_uppercase());
    let wanted = [own.as_str(), LOG_PROVIDER, LOG];
    let level = parse_level(wanted.into_iter().find_map(non_empty_variable));
    if level != LevelFilter::OFF {
        let layer = HclogLayer { level, module: format!("provider.{provider}") };
        let subscriber = tracing_subscriber::registry().with(layer);
        // Fails only when a test has set another one, whose business it then is.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}

fn non_empty_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// A level that nobody knows means everything, as with the host.
fn parse_level(wanted: Option<OsString>) -> LevelFilter {
    let Some(wanted) = wanted else { return LevelFilter::OFF };
    match wanted.to_string_lossy().to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// The host shows a crash only when it sees a line that begins like this one.
fn report_panic(panic: &PanicHookInfo<'_>) {
    let cause = panic.payload_as_str().unwrap_or("of an unknown kind");
    let place = panic.location().map(|place| format!("\n\tat {place}")).unwrap_or_default();
    let backtrace = Backtrace::capture();
    let backtrace = match backtrace.status() {
        BacktraceStatus::Captured => format!("\n{backtrace}"),
        _ => String::new(),
    };
    write_stderr(framework::redact_active(&panic_report(cause, &place, &backtrace)).as_bytes());
}

fn panic_report(cause: &str, place: &str, backtrace: &str) -> String {
    format!("panic: {cause}{place}{backtrace}\n")
}

/// Who would read that stderr cannot be written to?
fn write_stderr(line: &[u8]) {
    let _ = std::io::stderr().lock().write_all(line);
}

/// Writes events in the form of go-hclog.
struct HclogLayer {
    level: LevelFilter,
    module: String,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for HclogLayer {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let own = metadata.target().split("::").next();
        *metadata.level() <= self.level && own.is_some_and(|name| OWN_CRATES.contains(&name))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        event.record(&mut fields);
        let fields =
            fields.0.into_iter().map(|(name, value)| (name, redact_value(value))).collect();
        let metadata = event.metadata();
        let module = format!("{}.{}", self.module, metadata.target().replace("::", "."));
        let line = log_line(*metadata.level(), module, SystemTime::now(), fields);
        write_stderr(line.as_bytes());
    }
}

/// Without any secret: what a service says may repeat one.
fn redact_value(value: Value) -> Value {
    match value {
        Value::String(text) => framework::redact_active(&text).into(),
        other => other,
    }
}

/// The host's parser fails on a message, level or time stamp that is no string.
fn log_line(
    level: Level, module: String, now: SystemTime, mut fields: Map<String, Value>,
) -> String {
    let message = match fields.remove("message") {
        Some(Value::String(message)) => message,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut object = Map::new();
    object.insert("@level".into(), level.as_str().to_lowercase().into());
    object.insert("@message".into(), message.into());
    object.insert("@module".into(), module.into());
    object.insert("@timestamp".into(), timestamp(now).into());
    let mut whole = object.clone();
    whole.extend(fields.into_iter().filter(|(name, _)| !name.starts_with('@')));
    let whole = Value::Object(whole).to_string();
    if whole.len() < MAX_LINE_BYTES { whole + "\n" } else { truncate(object) }
}

fn truncate(mut object: Map<String, Value>) -> String {
    if let Some(Value::String(message)) = object.get_mut("@message") {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
    }
    object.insert("truncated".into(), true.into());
    Value::Object(object).to_string() + "\n"
}

fn timestamp(now: SystemTime) -> String {
    // The form has only parts that every date and time has.
    OffsetDateTime::from(now).format(TIMESTAMP).unwrap_or_default()
}

/// The fields of a span or an event, each as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // A `Debug` that fails has written what it could.
        let _ = write!(text, "{value:?}");
        self.insert(field, text);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn object(line: &str) -> Map<String, Value> {
        assert!(line.ends_with('\n') && !line[..line.len() - 1].contains('\n'), "{line}");
        serde_json::from_str(line).unwrap()
    }

    fn fields(pairs: &[(&str, Value)]) -> Map<String, Value> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn logged(fields: Map<String, Value>) -> Map<String, Value> {
        object(&log_line(Level::WARN, "provider.toy".into(), UNIX_EPOCH, fields))
    }

    #[test]
    fn time_stamps_have_the_hosts_form() {
        let at = |secs, micros: u32| timestamp(UNIX_EPOCH + Duration::new(secs, micros * 1000));
        // Computed with GNU date.
        assert_eq!(at(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(at(951_827_696, 7), "2000-02-29T12:34:56.000007Z");
        assert_eq!(at(1_709_251_199, 999_999), "2024-02-29T23:59:59.999999Z");
        assert_eq!(at(4_102_444_800, 120_000), "2100-01-01T00:00:00.120000Z");
        assert_eq!(at(4_107_542_400, 0), "2100-03-01T00:00:00.000000Z");
    }

    #[test]
    fn awkward_text_stays_one_valid_line() {
        let message = "a\nb\"c\\\u{1}\u{7f}é\u{2028}";
        let line = logged(fields(&[("message", message.into()), ("n", 3.into())]));
        assert_eq!(line["@message"], message);
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["n"], 3);
    }

    #[test]
    fn the_hosts_own_keys_are_always_strings() {
        let line = logged(fields(&[("message", 5.into()), ("@timestamp", 6.into())]));
        assert_eq!(line["@message"], "5");
        assert_eq!(line["@timestamp"], "1970-01-01T00:00:00.000000Z");
        assert!(logged(Map::new())["@message"].is_string());
    }

    #[test]
    fn long_lines_are_cut_below_the_hosts_limit() {
        let endless = "\u{1}é".repeat(100_000);
        let given = fields(&[("message", endless.as_str().into()), ("body", endless.into())]);
        let line = log_line(Level::INFO, "provider.toy".into(), UNIX_EPOCH, given);
        assert!(line.len() < 64 * 1024, "{}", line.len());
        assert_eq!(object(&line)["truncated"], true);
    }

    #[test]
    fn a_panic_begins_as_the_host_expects() {
        assert_eq!(panic_report("it broke", "\n\tat a.rs:1", ""), "panic: it broke\n\tat a.rs:1\n");
    }

    #[test]
    fn levels_are_read_as_the_host_does() {
        let read = |text: &str| parse_level(Some(text.into()));
        assert_eq!(parse_level(None), LevelFilter::OFF);
        assert_eq!(read("warn"), LevelFilter::WARN);
        assert_eq!(read("off"), LevelFilter::OFF);
        assert_eq!(read("JSON"), LevelFilter::TRACE);
        assert_eq!(read("1"), LevelFilter::TRACE);
    }
}
