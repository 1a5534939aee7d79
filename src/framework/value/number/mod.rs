//! Numbers without loss: whole numbers, floats and decimals of any length, equal by value.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use decimal::Decimal;

mod decimal;

/// The name by which `value::model` knows a number that is to be kept exactly.
pub(super) const NAME: &str = "$number";

/// A number of any size and precision, or an infinity; never NaN.
#[derive(Clone, PartialEq)]
pub struct Number(Form);

/// Each value has exactly one form, so that equal numbers are equal forms.
#[derive(Clone, PartialEq)]
enum Form {
    Int(i64),
    /// A fraction that a float holds exactly, or an infinity.
    Float(f64),
    /// Everything else.
    Decimal(Box<Decimal>),
}

impl Number {
    /// Reads a decimal number, with or without an exponent. `None` if it is none, or if it has
    /// more than ten thousand digits written out.
    pub fn parse(text: &str) -> Option<Number> {
        Decimal::parse(text).map(Number::of)
    }

    /// Exactly the number that the bits of `float` stand for: not 0.1 but 0.1000000000000000055….
    /// `None` for NaN.
    pub fn exactly(float: f64) -> Option<Number> {
        if float.is_nan() {
            None
        } else if float.is_infinite() {
            Some(Number(Form::Float(float)))
        } else if float.fract() == 0.0 {
            Number::parse(&format!("{float:.0}"))
        } else {
            Some(Number(Form::Float(float)))
        }
    }

    /// The shortest decimal number that reads as `float`, which is what a program means by it: 0.1
    /// is 0.1. `None` for NaN.
    pub fn shortest(float: f64) -> Option<Number> {
        if float.is_finite() { Number::parse(&float.to_string()) } else { Number::exactly(float) }
    }

    /// The whole number, if it is one of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Form::Int(int) = self.0 { Some(int) } else { None }
    }

    /// The whole number, if it is one of 64 bits without sign.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Form::Int(int) => u64::try_from(*int).ok(),
            Form::Decimal(decimal) if decimal.exponent >= 0 => decimal.to_string().parse().ok(),
            _ => None,
        }
    }

    /// The float that holds exactly this number, if it is a fraction or an infinity.
    pub(super) fn as_float(&self) -> Option<f64> {
        if let Form::Float(float) = self.0 { Some(float) } else { None }
    }

    /// The nearest float; an infinity if it is too large for one.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Form::Float(float) => *float,
            form => form.decimal().to_f64(),
        }
    }

    /// Every digit of it, or the name of an infinity: what [`Number::from_text`] reads.
    pub(super) fn text(&self) -> String {
        match self.0 {
            Form::Float(float) if float.is_finite() => self.0.decimal().to_string(),
            _ => self.to_string(),
        }
    }

    /// Reads what [`Number::text`] wrote.
    pub(super) fn from_text(text: &str) -> Option<Number> {
        match text {
            "Infinity" => Number::exactly(f64::INFINITY),
            "-Infinity" => Number::exactly(f64::NEG_INFINITY),
            digits => Number::parse(digits),
        }
    }

    /// Whether it is no infinity.
    pub fn is_finite(&self) -> bool {
        !matches!(self.0, Form::Float(float) if float.is_infinite())
    }
}

impl Number {
    /// Finds the one form of this value.
    fn of(decimal: Decimal) -> Number {
        if decimal.exponent >= 0 {
            return match decimal.to_string().parse() {
                Ok(int) => Number(Form::Int(int)),
                Err(_) => Number(Form::Decimal(Box::new(decimal))),
            };
        }
        match decimal.exact_f64() {
            Some(float) => Number(Form::Float(float)),
            None => Number(Form::Decimal(Box::new(decimal))),
        }
    }

    /// The nearest float; none of a finite number is an infinity.
    fn nearest(&self) -> f64 {
        if self.is_finite() { self.to_f64().clamp(f64::MIN, f64::MAX) } else { self.to_f64() }
    }
}

impl Form {
    /// The digits. Infinities have none: whoever asks has dealt with them.
    fn decimal(&self) -> Decimal {
        match self {
            Form::Decimal(decimal) => (**decimal).clone(),
            Form::Int(int) => Decimal::whole(*int),
            Form::Float(float) => Decimal::exactly(*float),
        }
    }
}

impl Eq for Number {}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Int(one), Form::Int(two)) => one.cmp(two),
            _ if self.is_finite() && other.is_finite() => {
                self.0.decimal().compare(&other.0.decimal())
            }
            // Of two, one at least is an infinity, and what is finite lies between those.
            _ => self.nearest().total_cmp(&other.nearest()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Number {
        Number(Form::Int(int))
    }
}

impl From<u64> for Number {
    fn from(int: u64) -> Number {
        Number::of(Decimal::whole(int))
    }
}

/// Without exponent, and for a float as short as reads back to it.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Int(int) => int.fmt(f),
            Form::Float(float) if *float == f64::INFINITY => f.write_str("Infinity"),
            Form::Float(float) if *float == f64::NEG_INFINITY => f.write_str("-Infinity"),
            Form::Float(float) => float.fmt(f),
            Form::Decimal(decimal) => decimal.fmt(f),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.0 {
            Form::Int(_) => "int",
            Form::Float(_) => "float",
            Form::Decimal(_) => "decimal",
        };
        write!(f, "{self} ({form})")
    }
}

/// As its exact text, which only `value::model` takes for a number.
impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NAME, &self.text())
    }
}

/// From its text.
impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename = "$number")]
        struct Text(String);
        let Text(text) = Text::deserialize(deserializer)?;
        Number::from_text(&text).ok_or_else(|| D::Error::custom("a decimal number is required"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    #[test]
    fn numbers_are_equal_by_value() {
        for (one, two) in [
            ("1", "1.0"),
            ("1", "+1"),
            ("0", "-0.00"),
            ("100", "1e2"),
            ("0.25", "25E-2"),
            ("0.5", ".5"),
            ("18446744073709551616", "1.8446744073709551616e19"),
            ("0.10", "0.1"),
        ] {
            assert_eq!(number(one), number(two));
        }
        assert_eq!(number("9223372036854775808"), Number::from(9_223_372_036_854_775_808_u64));
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
        assert_ne!(number("0.1"), Number::exactly(0.1).expect("a number"));
        assert_eq!(number("0.1"), Number::shortest(0.1).expect("a number"));
        let spelled_out = "0.1000000000000000055511151231257827021181583404541015625";
        assert_eq!(number(spelled_out), Number::exactly(0.1).expect("a number"));
    }

    #[test]
    fn numbers_print_without_exponent() {
        for (text, plain) in [
            ("1e3", "1000"),
            ("-1.50e1", "-15"),
            ("1.5e-3", "0.0015"),
            ("123.456", "123.456"),
            ("-0", "0"),
            ("1e20", "100000000000000000000"),
        ] {
            assert_eq!(number(text).to_string(), plain);
        }
    }

    #[test]
    fn numbers_are_ordered_by_value_across_forms() {
        let infinite = |float| Number::exactly(float).expect("a number");
        let ascending = [
            infinite(f64::NEG_INFINITY),
            number("-1e400"),
            number("-9223372036854775809"),
            number("-2.5"),
            number("-0.1"),
            number("0"),
            number("1e-400"),
            number("0.1"),
            infinite(0.1),
            number("0.25"),
            number("10"),
            number("18446744073709551616"),
            number("1e400"),
            infinite(f64::INFINITY),
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (beside, two) in ascending.iter().enumerate() {
                assert_eq!(one.cmp(two), at.cmp(&beside), "{one:?} {two:?}");
            }
        }
    }

    #[test]
    fn what_is_no_decimal_number_does_not_read() {
        for text in
            ["", "-", ".", "e5", "1e", "0x10", "1_000", "abc", " 1", "Infinity", "NaN", "+-1"]
        {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::exactly(f64::NAN), None);
    }

    #[test]
    fn an_exponent_cannot_become_a_gigabyte() {
        for text in
            ["1e999999999", "1e-999999999", "1e99999999999", "-1e2147483647", "0.1e-2147483648"]
        {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(number("0e999999999"), number("0"));
    }

    #[test]
    fn numbers_convert_exactly_or_not_at_all() {
        assert_eq!(number("1e2").as_i64(), Some(100));
        assert_eq!(number("3.7").as_i64(), None);
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(number("18446744073709551616").as_u64(), None);
        assert_eq!(number("-1").as_u64(), None);
        assert_eq!(
            Number::exactly(1e300).expect("a number").to_f64().to_bits(),
            1e300_f64.to_bits()
        );
        assert!(number("1e400").to_f64().is_infinite());
    }
}
