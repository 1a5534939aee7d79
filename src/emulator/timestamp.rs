//! Wall-clock time in the two forms Azure writes.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now as the extension service writes it: `2023-07-19T18:31:24.4169171+00:00`.
pub(crate) fn now() -> String {
    let (seconds, nanoseconds) = since_epoch();
    let (date, time) = split(seconds);
    format!("{date}T{time}.{:07}+00:00", nanoseconds / 100)
}

/// Now as Entra writes it: `2023-07-19 18:31:24Z`.
pub(crate) fn now_in_seconds() -> String {
    let (date, time) = split(since_epoch().0);
    format!("{date} {time}Z")
}

/// Now in seconds, as the claims of a token have it.
pub(crate) fn seconds() -> u64 {
    since_epoch().0
}

fn since_epoch() -> (u64, u32) {
    // A clock before 1970 is shown as 1970: these stamps are decoration.
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (passed.as_secs(), passed.subsec_nanos())
}

fn split(seconds: u64) -> (String, String) {
    let (year, month, day) = civil(seconds / 86_400);
    let rest = seconds % 86_400;
    let time = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    (format!("{year:04}-{month:02}-{day:02}"), time)
}

/// The Gregorian date of a day counted from 1970-01-01, reckoned in years that begin in March so
/// that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let leaps = day_of_era / 1_460 + day_of_era / 146_096;
    let year_of_era = (day_of_era + day_of_era / 36_524 - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(19_557), (2023, 7, 19));
        assert_eq!(civil(47_540), (2100, 2, 28));
        assert_eq!(civil(47_541), (2100, 3, 1));
    }

    #[test]
    fn time_of_day_is_split() {
        assert_eq!(split(86_399).1, "23:59:59");
    }
}
