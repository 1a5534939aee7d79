//! How long to wait between two looks at something that goes on.

use std::time::Duration;

/// The first pause where the service says nothing: most changes of a compute take seconds.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Where the own pauses end, which grow by half: an installation takes many minutes.
const MAX_OWN_PAUSE: Duration = Duration::from_secs(10);
/// The shortest and the longest pause that a service is given, whatever it asks for.
const MIN_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// The pauses of one wait, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct PollInterval {
    next: Duration,
}

impl PollInterval {
    /// A wait that begins now.
    pub(crate) fn new() -> Self {
        Self { next: FIRST_PAUSE }
    }

    /// The next pause: what the newest answer asks for, else the own one.
    pub(crate) fn next_pause(&mut self, asked: Option<Duration>) -> Duration {
        let Some(asked) = asked else {
            let pause = self.next;
            self.next = pause.mul_f64(1.5).min(MAX_OWN_PAUSE);
            return pause;
        };
        asked.clamp(MIN_PAUSE, MAX_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pauses in milliseconds after answers that ask for these.
    fn pauses(asked: &[Option<u64>]) -> Vec<u128> {
        let mut pace = PollInterval::new();
        let asked = asked.iter().map(|asked| asked.map(Duration::from_millis));
        asked.map(|asked| pace.next_pause(asked).as_millis()).collect()
    }

    #[test]
    fn pauses_grow_by_half_from_one_second_to_ten() {
        let told: [(&[Option<u64>], &[u128]); 6] = [
            (&[None; 9], &[1000, 1500, 2250, 3375, 5062, 7593, 10_000, 10_000, 10_000]),
            (&[Some(7_000), Some(3_000), None, Some(50_000)], &[7000, 3000, 1000, 50_000]),
            (&[None, Some(30_000), None, None], &[1000, 30_000, 1500, 2250]),
            (&[Some(0), Some(250), None], &[1000, 1000, 1000]),
            (&[Some(3_600_000), None], &[60_000, 1000]),
            (&[Some(u64::MAX)], &[60_000]),
        ];
        for (asked, expected) in told {
            assert_eq!(pauses(asked), expected, "{asked:?}");
        }
    }
}
