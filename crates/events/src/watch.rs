//! What operators are told about a journal: its sizes, what it refused, what was damaged; and an alarm while it refuses.
//!
//! The alarm is the gauge `signalbox_journal_refusing` and an error in the log when it is raised. It ends when the journal accepts again,
//! not when nobody asks.

use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, counter, gauge};

use crate::journal::Journal;

/// How often the journal is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// How often the log repeats that the journal still refuses.
const REPEAT: Duration = Duration::from_secs(60);

/// Tells of `journal` until `stop` resolves. Metrics carry the name of its stream.
pub async fn watch(journal: Journal, stop: impl Future<Output = ()>) {
    let mut telling = Telling::new(journal.stream().as_str());
    let look = async {
        loop {
            telling.look(&journal);
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = stop => {}
        () = look => {}
    }
}

struct Telling {
    name: &'static str,
    bytes: Gauge,
    bytes_max: Gauge,
    refused_full: Counter,
    refused_unwritable: Counter,
    sync_failures: Counter,
    records_lost: Counter,
    bytes_damaged: Counter,
    refusing: Gauge,
    alarm: Alarm,
}

impl Telling {
    fn new(name: &'static str) -> Self {
        let refused = |reason: &'static str| counter!("signalbox_journal_refused_total", "journal" => name, "reason" => reason);
        Self {
            name,
            bytes: gauge!("signalbox_journal_bytes", "journal" => name),
            bytes_max: gauge!("signalbox_journal_bytes_max", "journal" => name),
            refused_full: refused("full"),
            refused_unwritable: refused("unwritable"),
            sync_failures: counter!("signalbox_journal_sync_failures_total", "journal" => name),
            records_lost: counter!("signalbox_journal_records_lost_total", "journal" => name),
            bytes_damaged: counter!("signalbox_journal_damaged_bytes_total", "journal" => name),
            refusing: gauge!("signalbox_journal_refusing", "journal" => name),
            alarm: Alarm::default(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes beyond 2^53 bytes are not met")]
    fn look(&mut self, journal: &Journal) {
        let (stats, damage) = (journal.stats(), journal.damage());
        self.bytes.set(stats.bytes as f64);
        self.bytes_max.set(stats.bytes_max as f64);
        self.refused_full.absolute(stats.refused_full);
        self.refused_unwritable.absolute(stats.refused_unwritable);
        self.sync_failures.absolute(stats.sync_failures);
        self.records_lost.absolute(damage.records_lost + stats.retention_records);
        self.bytes_damaged.absolute(damage.bytes_damaged);
        let refused = stats.refused_full + stats.refused_unwritable;
        let said = self.alarm.look(refused, stats.head, Instant::now());
        self.refusing.set(f64::from(u8::from(self.alarm.raised_at.is_some())));
        match said {
            Said::Nothing => {}
            Said::Raised => tracing::error!(
                journal = self.name,
                refused,
                bytes = stats.bytes,
                bytes_max = stats.bytes_max,
                "the journal refuses records: what comes now is lost or sent back; make room"
            ),
            Said::Ended(after) => {
                tracing::warn!(
                    journal = self.name,
                    refused,
                    after_s = after.as_secs(),
                    "the journal accepts again"
                );
            }
        }
    }
}

/// Whether the journal refuses.
#[derive(Default)]
struct Alarm {
    refused: u64,
    head: u64,
    raised_at: Option<Instant>,
    said_at: Option<Instant>,
}

/// What is to be said.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Raised,
    Ended(Duration),
}

impl Alarm {
    fn look(&mut self, refused: u64, head: u64, now: Instant) -> Said {
        let (refuses, accepts) = (refused > self.refused, head > self.head);
        (self.refused, self.head) = (refused, head);
        if refuses {
            self.raised_at.get_or_insert(now);
            if self.said_at.is_none_or(|said| now.duration_since(said) >= REPEAT) {
                self.said_at = Some(now);
                return Said::Raised;
            }
        } else if accepts && let Some(raised_at) = self.raised_at.take() {
            self.said_at = None;
            return Said::Ended(now.duration_since(raised_at));
        }
        Said::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_lasts_until_the_journal_accepts() {
        let (mut alarm, start) = (Alarm::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(alarm.look(0, 10, at(0)), Said::Nothing);
        assert_eq!(alarm.look(1, 12, at(1)), Said::Raised, "some were refused, whatever was accepted before");
        assert_eq!(alarm.look(5, 12, at(2)), Said::Nothing, "said once");
        assert_eq!(alarm.look(5, 12, at(3)), Said::Nothing);
        assert!(alarm.raised_at.is_some(), "nobody asked, so nothing is known");
        assert_eq!(alarm.look(9, 12, at(61)), Said::Raised, "said again after a minute");
        assert_eq!(alarm.look(9, 13, at(62)), Said::Ended(Duration::from_secs(61)));
        assert!(alarm.raised_at.is_none());
        assert_eq!(alarm.look(10, 13, at(63)), Said::Raised);
    }
}
