//! Kubernetes quantities: `500m`, `16Gi`, `1e3`.
//!
//! Grammar, rounding and canonical form are those of `k8s.io/apimachinery/pkg/api/resource`. Two
//! quantities are equal when their values are, however they are written.

mod arithmetic;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Parts of a unit that a value is counted in. Anything finer is rounded away from zero.
const NANO: i128 = 1_000_000_000;
/// Kubernetes caps binary quantities at the largest 64-bit integer.
const BINARY_CAP: i128 = i64::MAX as i128 * NANO;
/// Billionths with more digits than this are too large.
const MOST_DIGITS: usize = 38;
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// Decimal suffixes with their power of ten, smallest first.
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// An amount of a resource, exact to one billionth, together with its text as written.
///
/// Compares, sorts and hashes nothing but the value: `1000m` equals `1`, `16Gi` equals `16384Mi`.
#[derive(Clone, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It does not follow the grammar.
    #[error("{0:?} is not a Kubernetes quantity")]
    Malformed(String),
    /// It is 1e29 or more, more than any cluster holds.
    #[error("{0:?} is too large for a quantity")]
    TooLarge(String),
}

impl Quantity {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True for `0` in every spelling.
    pub fn is_zero(&self) -> bool {
        self.nanos == 0
    }

    /// True below zero.
    pub fn is_negative(&self) -> bool {
        self.nanos < 0
    }

    /// True if there is no fraction: what an extended resource such as a GPU must be.
    pub fn is_whole(&self) -> bool {
        self.nanos % NANO == 0
    }

    /// The whole number that it is, if it is one.
    pub fn whole(&self) -> Option<i128> {
        self.is_whole().then_some(self.nanos / NANO)
    }

    /// The text that the Kubernetes API server would make of the value.
    pub fn canonical(&self) -> String {
        match self.format {
            _ if self.nanos == 0 => "0".to_owned(),
            Format::Binary => self.canonical_binary().unwrap_or_else(|| self.canonical_decimal()),
            Format::Decimal => self.canonical_decimal(),
            Format::Exponent => {
                let (mantissa, power) = self.scaled(i32::MAX);
                if power == 0 { mantissa.to_string() } else { format!("{mantissa}e{power}") }
            }
        }
    }

    fn canonical_binary(&self) -> Option<String> {
        let mut value = self.nanos / NANO;
        if !self.is_whole() || value.abs() < 1024 {
            return None;
        }
        let mut step = 0;
        while value % 1024 == 0 && step < BINARY.len() - 1 {
            value /= 1024;
            step += 1;
        }
        Some(format!("{value}{}", BINARY[step]))
    }

    fn canonical_decimal(&self) -> String {
        let (mantissa, power) = self.scaled(18);
        let suffix = DECIMAL.iter().find(|(_, of)| *of == power).map_or("", |(suffix, _)| suffix);
        format!("{mantissa}{suffix}")
    }

    /// The value as a whole number and a power of ten: a multiple of three, at most `most`.
    fn scaled(&self, most: i32) -> (i128, i32) {
        let (mut mantissa, mut power) = (self.nanos, -9);
        while mantissa % 1000 == 0 && power < most && mantissa != 0 {
            mantissa /= 1000;
            power += 3;
        }
        (mantissa, power)
    }

    /// What a text that is no quantity may have meant, most likely first: `4gb` → `4G`, `4Gi`.
    pub fn did_you_mean(text: &str) -> Vec<String> {
        let squeezed: String = text.chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
        let dotted = squeezed.replace(',', ".");
        let end = dotted.find(|c: char| c.is_alphabetic()).unwrap_or(dotted.len());
        let (number, unit) = dotted.split_at(end);
        let unit = unit.to_lowercase();
        let unit = unit.trim_end_matches("ytes").trim_end_matches("yte");
        let units: &[&str] = match unit.strip_suffix('b').unwrap_or(unit) {
            "" | "core" | "cores" | "cpu" | "cpus" | "vcpu" => &[""],
            "k" | "kilo" => &["k", "Ki"],
            "ki" | "kibi" => &["Ki"],
            "m" | "mega" => &["M", "Mi"],
            "mi" | "mebi" => &["Mi"],
            "g" | "giga" | "gig" => &["G", "Gi"],
            "gi" | "gibi" => &["Gi"],
            "t" | "tera" => &["T", "Ti"],
            "ti" | "tebi" => &["Ti"],
            "p" => &["P", "Pi"],
            "pi" => &["Pi"],
            "ei" => &["Ei"],
            _ => &[],
        };
        let meant = units.iter().map(|unit| format!("{number}{unit}"));
        meant.filter(|meant| meant.parse::<Quantity>().is_ok()).collect()
    }

    /// What to do about a text that is no quantity: a lower-case sentence without a full stop.
    pub fn fix(text: &str) -> String {
        let meant = Self::did_you_mean(text);
        let meant: Vec<String> = meant.iter().map(|meant| format!("`{meant}`")).collect();
        if meant.is_empty() {
            return "write a number with one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei after \
                    it, such as `500m` or `16Gi`"
                .to_owned();
        }
        format!("did you mean {}?", meant.join(" or "))
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let malformed = || QuantityError::Malformed(text.to_owned());
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let end =
            unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || whole.len() + fraction.len() == 0 {
            return Err(malformed());
        }
        let (format, unit) = unit(suffix).ok_or_else(malformed)?;
        let nanos = match (magnitude(whole, fraction, unit), format) {
            (nanos, Format::Binary) => nanos.unwrap_or(BINARY_CAP).min(BINARY_CAP),
            (Some(nanos), _) => nanos,
            (None, _) => return Err(QuantityError::TooLarge(text.to_owned())),
        };
        Ok(Quantity { nanos: if negative { -nanos } else { nanos }, format, text: text.to_owned() })
    }
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Unit {
    PowerOfTen(i32),
    Times(u128),
}

fn unit(suffix: &str) -> Option<(Format, Unit)> {
    if let Some((_, power)) = DECIMAL.iter().find(|(of, _)| *of == suffix) {
        return Some((Format::Decimal, Unit::PowerOfTen(*power)));
    }
    if let Some(step) = BINARY.iter().position(|of| *of == suffix) {
        return Some((Format::Binary, Unit::Times(1 << (10 * step))));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let power = exponent.parse::<i32>().ok()?;
    Some((Format::Exponent, Unit::PowerOfTen(power)))
}

/// The value in billionths, rounded up. `None`: too large to count.
fn magnitude(whole: &str, fraction: &str, unit: Unit) -> Option<i128> {
    let (power, times) = match unit {
        Unit::PowerOfTen(power) => (power, 1),
        Unit::Times(times) => (0, times),
    };
    let digits = multiply(whole.bytes().chain(fraction.bytes()), times);
    let places = i64::try_from(fraction.len()).ok()?;
    // How many of the digits stand before the end of the billionths.
    let end = i64::try_from(digits.len()).ok()? - places + i64::from(power) + 9;
    let Ok(end) = usize::try_from(end) else { return Some(i128::from(!digits.is_empty())) };
    if digits.is_empty() {
        return Some(0);
    }
    if end > MOST_DIGITS {
        return None;
    }
    let digit = |place: usize| i128::from(digits.get(place).copied().unwrap_or(0));
    let value = (0..end).fold(0, |value, place| value * 10 + digit(place));
    let finer = digits.iter().skip(end).any(|digit| *digit != 0);
    Some(value + i128::from(finer))
}

/// Decimal digits times a number, without leading zeros; zero has none.
fn multiply(digits: impl DoubleEndedIterator<Item = u8>, times: u128) -> Vec<u8> {
    let mut product = Vec::new();
    let mut carry = 0u128;
    for digit in digits.rev() {
        carry += u128::from(digit - b'0') * times;
        product.push((carry % 10) as u8);
        carry /= 10;
    }
    while carry > 0 {
        product.push((carry % 10) as u8);
        carry /= 10;
    }
    let length = product.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    product.truncate(length);
    product.reverse();
    product
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

/// As it was written.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Quantity, QuantityError};

    #[test]
    fn values_compare_not_texts() {
        for (a, b) in
            [("1000m", "1"), ("16Gi", "16384Mi"), ("0", "0Ki"), ("1e3", "1k"), ("+1", "1.")]
        {
            assert_eq!(read(a), read(b), "{a} {b}");
        }
        for (less, more) in [("1", "1001m"), ("16G", "16Gi"), ("-1", "0"), ("4Gi", "1e10")] {
            assert!(read(less) < read(more), "{less} {more}");
        }
    }

    #[test]
    fn the_text_stays() {
        assert_eq!(read("16384Mi").to_string(), "16384Mi");
        assert_eq!(serde_json::to_string(&read("1000m")).unwrap(), r#""1000m""#);
    }

    #[test]
    fn finer_than_a_billionth_rounds_away_from_zero() {
        assert_eq!(read("0.0000000001"), read("1n"));
        assert_eq!(read("-0.0000000001"), read("-1n"));
        assert_eq!(read("1e-2147483648"), read("1n"));
        assert_eq!(read("0e2147483647"), read("0"));
    }

    #[test]
    fn the_largest() {
        assert_eq!(read("9223372036854775807Ei").canonical(), "9223372036854775807");
        let large = "1e2147483647";
        assert_eq!(large.parse::<Quantity>(), Err(QuantityError::TooLarge(large.to_owned())));
        assert_eq!(read("9e28").canonical(), "90e27");
    }

    #[test]
    fn near_misses_are_guessed() {
        let cases: [(&str, &[&str]); 9] = [
            ("4gb", &["4G", "4Gi"]),
            ("4GiB", &["4Gi"]),
            ("16 Gi", &["16Gi"]),
            ("1,5", &["1.5"]),
            ("0.1mi", &["0.1Mi"]),
            ("2K", &["2k", "2Ki"]),
            ("2 cores", &["2"]),
            ("512 MBytes", &["512M", "512Mi"]),
            ("lots", &[]),
        ];
        for (text, meant) in cases {
            assert_eq!(Quantity::did_you_mean(text), meant, "{text}");
        }
    }

    fn read(text: &str) -> Quantity {
        text.parse().unwrap()
    }
}
