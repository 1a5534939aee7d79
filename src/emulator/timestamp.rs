//! The current time in the forms that Azure writes.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const SERVICE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]+00:00");
const ENTRA: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

/// As resource providers write it: `2023-07-19T18:31:24.4169171+00:00`.
pub(crate) fn now() -> String {
    format(OffsetDateTime::now_utc(), SERVICE)
}

/// As Entra writes it: `2023-07-19 18:31:24Z`.
pub(crate) fn now_for_entra() -> String {
    format(OffsetDateTime::now_utc(), ENTRA)
}

/// As the claims of a token have it: seconds since 1970. A clock that is set before it gives 0.
pub(crate) fn unix_seconds() -> u64 {
    u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or_default()
}

fn format(at: OffsetDateTime, form: &[BorrowedFormatItem<'_>]) -> String {
    // Both forms have only parts that every date and time has.
    at.format(form).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_have_the_form_of_each_service() {
        // Computed with GNU date.
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00"),
            (951_827_696, "2000-02-29 12:34:56"),
            (1_689_791_484, "2023-07-19 18:31:24"),
            (1_709_251_199, "2024-02-29 23:59:59"),
            (4_102_444_800, "2100-01-01 00:00:00"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (253_402_300_799, "9999-12-31 23:59:59"),
        ] {
            let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            assert_eq!(format(at, ENTRA), format!("{expected}Z"));
            let at = at + Duration::from_nanos(4_169_199);
            let expected = expected.replace(' ', "T");
            assert_eq!(format(at, SERVICE), format!("{expected}.0041691+00:00"));
        }
    }
}
