//! How long a service asks to be left alone.

use std::time::{Duration, SystemTime};

use crate::headers;
use crate::transport::Response;

/// The pause an answer asks for: `retry-after-ms`, else `x-ms-retry-after-ms`, else `Retry-After`
/// in seconds or as a date. What makes no sense counts as absent; a date in the past is zero.
pub(crate) fn requested_pause(response: &Response) -> Option<Duration> {
    let milliseconds = |name| parse_digits(response.header(name)?).map(Duration::from_millis);
    milliseconds("retry-after-ms")
        .or_else(|| milliseconds("x-ms-retry-after-ms"))
        .or_else(|| parse_digits(response.header(headers::RETRY_AFTER)?).map(Duration::from_secs))
        .or_else(|| pause_until_date(response))
}

/// The distance from the server's own clock, where it tells it: this machine's may be wrong.
fn pause_until_date(response: &Response) -> Option<Duration> {
    let until = httpdate::parse_http_date(response.header(headers::RETRY_AFTER)?).ok()?;
    let now = response.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    Some(until.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}

/// Digits only: a sign, a fraction or a word is no pause.
fn parse_digits(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    const NOW: &str = "Wed, 21 Oct 2015 07:28:00 GMT";

    fn pause(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let mut response = Response::new(202, "");
        for (name, value) in headers {
            response
                .headers
                .insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        requested_pause(&response)
    }

    #[test]
    fn every_form_of_retry_after() {
        let seconds = |n| Some(Duration::from_secs(n));
        let millis = |n| Some(Duration::from_millis(n));
        for (headers, expected) in [
            (vec![], None),
            (vec![("retry-after", "7")], seconds(7)),
            (vec![("retry-after", " 7 ")], seconds(7)),
            (vec![("retry-after", "0")], seconds(0)),
            (vec![("retry-after", "1000000000")], seconds(1_000_000_000)),
            (vec![("retry-after", "99999999999999999999999")], None),
            (vec![("retry-after", "1.5")], None),
            (vec![("retry-after", "-3")], None),
            (vec![("retry-after", "+3")], None),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "")], None),
            (vec![("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"), ("date", NOW)], seconds(30)),
            (vec![("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT"), ("date", NOW)], seconds(0)),
            (vec![("retry-after", NOW)], seconds(0)),
            (vec![("retry-after-ms", "250")], millis(250)),
            (vec![("x-ms-retry-after-ms", "300"), ("retry-after", "9")], millis(300)),
            (
                vec![
                    ("retry-after-ms", "250"),
                    ("x-ms-retry-after-ms", "300"),
                    ("retry-after", "9"),
                ],
                millis(250),
            ),
            (vec![("retry-after-ms", "junk"), ("retry-after", "9")], seconds(9)),
        ] {
            assert_eq!(pause(&headers), expected, "{headers:?}");
        }
    }

    proptest! {
        // A file of seeds beside the crates would be taken for a crate.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_is_harmless(text in "[ -~]{0,60}") {
            pause(&[("retry-after", &text), ("retry-after-ms", &text), ("date", &text)]);
        }
    }
}
