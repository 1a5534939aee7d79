//! How long to wait between two looks at something that goes on.

use std::time::Duration;

/// The first pause where the service says nothing: whoever changes many objects waits it for each.
const FIRST_OWN_PAUSE: Duration = Duration::from_millis(500);
/// The next ones: most changes of a compute take seconds, and their end is seen within one.
const SHORTEST_OWN_PAUSE: Duration = Duration::from_millis(900);
/// Later ones grow with the time that was waited: the end is seen within a fifth of what the
/// operation took, the requests included.
const SHARE_OF_WAIT: f64 = 0.15;
/// Where they stop growing: an installation takes many minutes.
const LONGEST_OWN_PAUSE: Duration = Duration::from_secs(10);
/// The shortest and the longest pause that a service is given, whatever it asks for.
const MIN_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// The pauses of one wait, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct PollInterval {
    waited: Duration,
}

impl PollInterval {
    /// A wait that begins now.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The next pause: what the newest answer asks for, else the own one.
    pub(crate) fn next_pause(&mut self, asked: Option<Duration>) -> Duration {
        let pause = match asked {
            Some(asked) => asked.clamp(MIN_PAUSE, MAX_PAUSE),
            None if self.waited.is_zero() => FIRST_OWN_PAUSE,
            None => self.waited.mul_f64(SHARE_OF_WAIT).clamp(SHORTEST_OWN_PAUSE, LONGEST_OWN_PAUSE),
        };
        self.waited += pause;
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a request takes here.
    const REQUEST: f64 = 0.05;

    /// When the end of an operation of so many seconds is seen, and by how many looks, where each
    /// answer asks for this pause.
    fn end_seen(length: f64, asked: Option<f64>) -> (f64, u32) {
        let (mut pace, mut now, mut looks) = (PollInterval::new(), 0.0, 0);
        while now < length {
            now += pace.next_pause(asked.map(Duration::from_secs_f64)).as_secs_f64() + REQUEST;
            looks += 1;
        }
        (now, looks)
    }

    #[test]
    fn the_end_of_an_operation_is_seen_soon() {
        for tenths in 1..36_000_u32 {
            let length = f64::from(tenths) / 10.0;
            let late = end_seen(length, None).0 - length;
            let allowed = f64::max(1.0, length * 0.2);
            assert!(late <= allowed, "{length} s: seen {late} s late, not {allowed}");
        }
    }

    #[test]
    fn a_pause_that_the_service_asks_for_is_kept() {
        for (length, asked, seen) in [(1.0, 1.0, 1.05), (5.0, 5.0, 5.05), (30.0, 15.0, 30.1)] {
            let (end, _) = end_seen(length, Some(asked));
            assert!((end - seen).abs() < 1e-6, "{length} s, {asked} s: {end}");
        }
    }

    #[test]
    fn a_long_operation_is_not_asked_about_all_the_time() {
        for (length, most) in [(0.5, 1), (2.0, 3), (5.0, 6), (60.0, 24), (600.0, 79), (3600.0, 380)]
        {
            let (_, looks) = end_seen(length, None);
            assert!(looks <= most, "{length} s: {looks} looks");
        }
    }

    /// The pauses in milliseconds after answers that ask for these.
    fn pauses(asked: &[Option<u64>]) -> Vec<u128> {
        let mut pace = PollInterval::new();
        let asked = asked.iter().map(|asked| asked.map(Duration::from_millis));
        asked.map(|asked| pace.next_pause(asked).as_millis()).collect()
    }

    #[test]
    fn pauses_follow_what_was_asked_and_what_was_waited() {
        let told: [(&[Option<u64>], &[u128]); 6] = [
            (&[None; 9], &[500, 900, 900, 900, 900, 900, 900, 900, 1020]),
            (&[Some(7_000), Some(3_000), None, Some(50_000)], &[7000, 3000, 1500, 50_000]),
            (&[None, Some(30_000), None, None], &[500, 30_000, 4575, 5261]),
            (&[Some(0), Some(250), None], &[1000, 1000, 900]),
            (&[Some(3_600_000), Some(60_000), None], &[60_000, 60_000, 10_000]),
            (&[Some(u64::MAX)], &[60_000]),
        ];
        for (asked, expected) in told {
            assert_eq!(pauses(asked), expected, "{asked:?}");
        }
    }
}
