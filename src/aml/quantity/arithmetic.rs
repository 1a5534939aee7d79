//! Sums and differences of quantities, and how often one fits into another.

use std::ops::{Add, Sub};

use super::{Format, Quantity};

impl Quantity {
    /// Nothing at all.
    pub fn zero() -> Quantity {
        Quantity::of(0, Format::Decimal)
    }

    /// How often it fits into `room`. `None`: any number of times, since it is zero or less.
    pub fn times_in(&self, room: &Quantity) -> Option<u64> {
        if self.nanos <= 0 {
            return None;
        }
        let times = room.nanos.max(0) / self.nanos;
        Some(u64::try_from(times).unwrap_or(u64::MAX))
    }

    /// That many times as much.
    pub fn times(&self, count: u64) -> Quantity {
        Quantity::of(self.nanos.saturating_mul(i128::from(count)), self.format)
    }

    fn of(nanos: i128, format: Format) -> Quantity {
        let mut quantity = Quantity { nanos, format, text: String::new() };
        quantity.text = quantity.canonical();
        quantity
    }

    /// As Kubernetes does: the left side decides how the result is written, unless it is zero.
    fn combined_format(&self, other: &Quantity) -> Format {
        if self.is_zero() { other.format } else { self.format }
    }
}

impl Add for &Quantity {
    type Output = Quantity;

    fn add(self, other: &Quantity) -> Quantity {
        Quantity::of(self.nanos.saturating_add(other.nanos), self.combined_format(other))
    }
}

impl Sub for &Quantity {
    type Output = Quantity;

    fn sub(self, other: &Quantity) -> Quantity {
        Quantity::of(self.nanos.saturating_sub(other.nanos), self.combined_format(other))
    }
}

#[cfg(test)]
mod tests {
    use crate::Quantity;

    #[test]
    fn sums_and_differences_are_written_as_kubernetes_writes_them() {
        for (a, b, sum, difference) in [
            ("1", "500m", "1500m", "500m"),
            ("0", "512Mi", "512Mi", "-512Mi"),
            ("1Gi", "512Mi", "1536Mi", "512Mi"),
            ("2", "2", "4", "0"),
        ] {
            let (a, b) = (read(a), read(b));
            assert_eq!((&a + &b).as_str(), sum, "{a} + {b}");
            assert_eq!((&a - &b).as_str(), difference, "{a} - {b}");
        }
    }

    #[test]
    fn how_often_one_fits_into_another() {
        for (one, room, times) in [
            ("500m", "1900m", Some(3)),
            ("4Gi", "16Gi", Some(4)),
            ("4Gi", "16G", Some(3)),
            ("1", "0", Some(0)),
            ("1", "-3", Some(0)),
            ("0", "5", None),
        ] {
            assert_eq!(read(one).times_in(&read(room)), times, "{one} in {room}");
        }
        assert_eq!(read("512Mi").times(3).as_str(), "1536Mi");
        assert_eq!(Quantity::zero().times_in(&Quantity::zero()), None);
    }

    fn read(text: &str) -> Quantity {
        text.parse().unwrap()
    }
}
