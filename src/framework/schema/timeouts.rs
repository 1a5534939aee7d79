//! The `timeouts` block: how long a call may take, in Go's duration syntax.

use std::time::Duration;

use super::{Block, block, text};
use crate::value::Value;
use vocabulary::{Diagnostic, Diagnostics, Path};

/// The name of the block, which belongs to the framework: no model has it.
pub const BLOCK: &str = "timeouts";

/// What holds where the block says nothing. An operation that a type does not have has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultTimeouts {
    create: Option<Duration>,
    read: Option<Duration>,
    update: Option<Duration>,
    delete: Option<Duration>,
}

/// What is being timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Making the object.
    Create,
    /// Looking at it.
    Read,
    /// Changing it in place.
    Update,
    /// Removing it.
    Delete,
}

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not of the form that Go's `time.ParseDuration` reads.
    #[error("it is not a duration such as \"30m\" or \"1h30m\" (units: ns, us, ms, s, m, h)")]
    Syntax,
    /// Longer than Go can hold: about 292 years.
    #[error("it is longer than 292 years")]
    TooLong,
    /// Zero or less.
    #[error("it must be longer than zero")]
    NotPositive,
}

const MINUTE: u64 = 60;

impl DefaultTimeouts {
    pub(crate) fn all(create: u32, read: u32, update: u32, delete: u32) -> Self {
        let minutes = |number: u32| Some(Duration::from_secs(u64::from(number) * MINUTE));
        Self {
            create: minutes(create),
            read: minutes(read),
            update: minutes(update),
            delete: minutes(delete),
        }
    }

    pub(crate) fn read(read: u32) -> Self {
        Self { create: None, update: None, delete: None, ..Self::all(0, read, 0, 0) }
    }

    /// What holds for that operation where the user writes nothing.
    pub fn of(self, operation: Operation) -> Option<Duration> {
        match operation {
            Operation::Create => self.create,
            Operation::Read => self.read,
            Operation::Update => self.update,
            Operation::Delete => self.delete,
        }
    }

    /// The block as users write it.
    pub(crate) fn block(self) -> Block {
        let timed = Operation::ALL.into_iter().filter(|operation| self.of(*operation).is_some());
        let attributes = timed.map(|operation| {
            let minutes = self.of(operation).unwrap_or_default().as_secs() / MINUTE;
            let (name, what) = (operation.name(), operation.what());
            text(name).optional().state_only().help(format!(
                "How long {what} may take, such as `1h30m`. Defaults to `{minutes}m`."
            ))
        });
        block(BLOCK, attributes.collect::<Vec<_>>()).help("How long calls may take.")
    }

    /// How long that operation may take, by the `timeouts` block in `object`.
    ///
    /// A text that is no duration counts as not written: validation has refused it already.
    pub(crate) fn limit(self, operation: Operation, object: &Value) -> Option<Duration> {
        let written = object.get(BLOCK).and_then(|block| block.get(operation.name()));
        let parsed = written.and_then(Value::as_str).and_then(|text| parse(text).ok());
        parsed.or(self.of(operation))
    }

    /// Reports every duration in `config` that cannot hold.
    pub(crate) fn validate(config: &Value, diagnostics: &mut Diagnostics) {
        let Some(block) = config.get(BLOCK) else { return };
        for operation in Operation::ALL {
            let text = block.get(operation.name()).and_then(Value::as_str);
            let Some((text, why)) = text.and_then(|text| Some((text, parse(text).err()?))) else {
                continue;
            };
            let at = Path::from(BLOCK).attribute(operation.name());
            let detail = format!("{text:?} cannot be a time limit: {why}.");
            diagnostics.push(Diagnostic::error("Invalid timeout").detail(detail).at(at));
        }
    }
}

impl Operation {
    const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Create => "making the object",
            Self::Read => "reading it",
            Self::Update => "changing it in place",
            Self::Delete => "removing it",
        }
    }
}

/// Reads a time limit as Go's `time.ParseDuration` does, and refuses what cannot be a limit.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Err(DurationError::NotPositive);
    }
    if rest.is_empty() {
        return Err(DurationError::Syntax);
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = parse_segment(rest)?;
        total = total.checked_add(nanoseconds).ok_or(DurationError::TooLong)?;
        rest = after;
    }
    if total > u128::from(i64::MAX.unsigned_abs()) {
        return Err(DurationError::TooLong);
    }
    let nanoseconds = u64::try_from(total).map_err(|_| DurationError::TooLong)?;
    if negative || nanoseconds == 0 {
        return Err(DurationError::NotPositive);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// One number with its unit, in nanoseconds, and what comes after it.
fn parse_segment(text: &str) -> Result<(u128, &str), DurationError> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(DurationError::Syntax);
    }
    let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let scale = unit_nanoseconds(unit).ok_or(DurationError::Syntax)?;
    let whole: u128 =
        if whole.is_empty() { Ok(0) } else { whole.parse() }.map_err(|_| DurationError::TooLong)?;
    let whole = whole.checked_mul(scale).ok_or(DurationError::TooLong)?;
    Ok((whole + fraction_nanoseconds(fraction, scale), rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// `0.fraction` of a unit in whole nanoseconds; digits beyond the eighteenth are below one.
fn fraction_nanoseconds(fraction: &str, scale: u128) -> u128 {
    let fraction = &fraction[..fraction.len().min(18)];
    let ten = fraction.bytes().fold(1, |ten: u128, _| ten * 10);
    let value = fraction.bytes().fold(0, |sum: u128, digit| sum * 10 + u128::from(digit - b'0'));
    value * scale / ten
}

fn unit_nanoseconds(unit: &str) -> Option<u128> {
    match unit {
        "ns" => Some(1),
        // The micro sign and the Greek letter mu: Go reads both.
        "us" | "\u{b5}s" | "\u{3bc}s" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60_000_000_000),
        "h" => Some(3_600_000_000_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_reads_them() {
        let table = [
            ("5s", 5_000_000_000),
            ("30s", 30_000_000_000),
            ("1478s", 1_478_000_000_000),
            ("+5s", 5_000_000_000),
            ("5.0s", 5_000_000_000),
            ("5.6s", 5_600_000_000),
            ("5.s", 5_000_000_000),
            (".5s", 500_000_000),
            ("1.0040s", 1_004_000_000),
            ("100.00100s", 100_001_000_000),
            ("10ns", 10),
            ("11us", 11_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s", 12_000),
            ("13ms", 13_000_000),
            ("15m", 900_000_000_000),
            ("16h", 57_600_000_000_000),
            ("3h30m", 12_600_000_000_000),
            ("10.5s4m", 250_500_000_000),
            ("1h2m3s4ms5us6ns", 3_723_004_005_006),
            ("39h9m14.425s", 140_954_425_000_000),
            ("52763797000ns", 52_763_797_000),
            ("0.3333333333333333333h", 1_200_000_000_000 - 1),
            ("9223372036854775807ns", 9_223_372_036_854_775_807),
            ("0.100000000000000000000h", 360_000_000_000),
        ];
        for (text, nanoseconds) in table {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_limit_says_why() {
        for text in
            ["", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", "1 h", "h1", "1h-2m", "\u{664}s"]
        {
            assert_eq!(parse(text), Err(DurationError::Syntax), "{text}");
        }
        for text in ["0", "-0", "+0", "0s", "-5s", "0.0000000001s"] {
            assert_eq!(parse(text), Err(DurationError::NotPositive), "{text}");
        }
        let huge = format!("{}h", "9".repeat(60));
        for text in ["9223372036854775808ns", "3000000h", "9223372036854775.808us", &huge] {
            assert_eq!(parse(text), Err(DurationError::TooLong), "{text}");
        }
    }
}
