//! Decimal numbers of any length, digit by digit.

use std::cmp::Ordering;
use std::fmt;

/// The most digits that a number may have, written without exponent. Terraform computes with 512
/// bits (155 digits); the limit keeps `1e999999999` from becoming a gigabyte of zeros.
const MAX_DIGITS: usize = 10_000;

/// `digits` times ten to the power of `exponent`. No zeros lead or trail; zero has no digits.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    pub(super) exponent: i32,
}

impl Decimal {
    fn zero() -> Decimal {
        Decimal { negative: false, digits: String::new(), exponent: 0 }
    }

    /// This whole number.
    pub(super) fn whole(int: impl fmt::Display) -> Decimal {
        Decimal::parse(&int.to_string()).unwrap_or_else(Decimal::zero)
    }

    /// Every digit of this finite float: none has more than 1,074 behind the point.
    pub(super) fn exactly(float: f64) -> Decimal {
        Decimal::parse(&format!("{float:.1074}")).unwrap_or_else(Decimal::zero)
    }

    /// Reads a number, with or without an exponent, unless it has too many digits.
    pub(super) fn parse(text: &str) -> Option<Decimal> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        if all.is_empty() || all.len() > MAX_DIGITS || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        Decimal { negative, digits: all, exponent }.without_trailing_zeros()
    }

    fn without_trailing_zeros(self) -> Option<Decimal> {
        let digits = self.digits.trim_start_matches('0');
        let kept = digits.trim_end_matches('0');
        if kept.is_empty() {
            return Some(Decimal::zero());
        }
        let zeros = i32::try_from(digits.len() - kept.len()).ok()?;
        let exponent = self.exponent.checked_add(zeros)?;
        if usize::try_from(exponent.unsigned_abs()).ok()? + kept.len() > MAX_DIGITS {
            return None;
        }
        Some(Decimal { negative: self.negative, digits: kept.to_owned(), exponent })
    }

    /// The float that is exactly this fraction, if there is one.
    pub(super) fn exact_f64(&self) -> Option<f64> {
        // A float is a whole number divided by a power of two: as a fraction it ends in a five.
        if !self.digits.ends_with('5') || self.exponent < -1074 {
            return None;
        }
        Some(self.to_f64()).filter(|nearest| Decimal::exactly(*nearest) == *self)
    }

    /// The nearest float; an infinity if it is too large for one.
    pub(super) fn to_f64(&self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0{}e{}", self.digits, self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// How many digits stand before the point, less the zeros that follow it.
    fn magnitude(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX).saturating_add(self.exponent.into())
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Which is larger.
    pub(super) fn compare(&self, other: &Decimal) -> Ordering {
        let sizes = || {
            let magnitudes = self.magnitude().cmp(&other.magnitude());
            magnitudes.then_with(|| self.digits.cmp(&other.digits))
        };
        self.sign().cmp(&other.sign()).then_with(|| match self.sign() {
            0 => Ordering::Equal,
            1 => sizes(),
            _ => sizes().reverse(),
        })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
        let sign = if self.negative { "-" } else { "" };
        let digits = self.digits.as_str();
        let point = self.magnitude();
        match usize::try_from(point) {
            _ if digits.is_empty() => f.write_str("0"),
            _ if self.exponent >= 0 => write!(f, "{sign}{digits}{}", zeros(self.exponent.into())),
            Ok(point) if point > 0 => write!(f, "{sign}{}.{}", &digits[..point], &digits[point..]),
            _ => write!(f, "{sign}0.{}{digits}", zeros(-point)),
        }
    }
}
