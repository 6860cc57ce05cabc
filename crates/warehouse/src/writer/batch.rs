//! A batch of records on its way into rows.

use crate::Error;
use crate::rows::{DeadLetterRow, Identity, Tables};
use signalbox_domain::Timestamp;
use signalbox_events::wire::Record;
use signalbox_events::{Batch, EventSource, Gap, JournalId, ReadLimit, StoredRecord};
use std::time::Duration;

/// How long to wait for records that are known to exist.
const REREAD_WAIT: Duration = Duration::from_secs(2);

/// The records of a batch, decoded; what cannot be decoded keeps its reason.
pub struct Decoded<'b> {
    records: Vec<(&'b StoredRecord, Result<Record<'b>, String>)>,
    journal: u64,
}

impl<'b> Decoded<'b> {
    /// Decodes every record.
    pub fn of(journal: JournalId, records: &'b [StoredRecord]) -> Self {
        let decode = |stored: &'b StoredRecord| {
            (stored, Record::decode(&stored.payload).map_err(|error| format!("cannot be read: {error}")))
        };
        Self { records: records.iter().map(decode).collect(), journal: journal.get() }
    }

    /// Their rows, by table.
    pub fn tables(&self) -> Tables<'_> {
        let mut tables = Tables::default();
        for (stored, record) in &self.records {
            let identity = Identity { journal: self.journal, seq: stored.seq };
            let added = match record {
                Ok(record) => tables.add(identity, record),
                Err(reason) => Err(reason.clone()),
            };
            if let Err(reason) = added {
                tracing::warn!(
                    journal = self.journal,
                    seq = stored.seq,
                    reason,
                    "record goes to dead_letters"
                );
                tables.dead_letters.push(DeadLetterRow::of(
                    identity,
                    &stored.payload,
                    reason,
                    Timestamp::now(),
                ));
            }
        }
        tables
    }
}

/// Reads the records `first..=last` again, in as many reads as it takes.
pub async fn read_range(
    source: &dyn EventSource,
    journal: JournalId,
    range: (u64, u64),
    bytes: usize,
) -> Result<Batch, Error> {
    let (first, last) = range;
    let mut all = Batch::at(first);
    while all.next <= last {
        let records = usize::try_from(last - all.next + 1).unwrap_or(usize::MAX);
        let read = source.read(journal, all.next, ReadLimit { records, bytes, wait: REREAD_WAIT }).await?;
        if read.next <= all.next {
            let reason = format!("records {}-{last} of the pending batch cannot be read yet", all.next);
            return Err(Error::Unavailable { reason });
        }
        all.next = read.next;
        all.records.extend(read.records.into_iter().filter(|record| record.seq <= last));
        all.gaps.extend(read.gaps);
    }
    Ok(all)
}

/// Logs what the source says is lost; how many sequence numbers that is.
pub fn report_gaps(journal: JournalId, gaps: &[Gap]) -> u64 {
    for gap in gaps {
        tracing::error!(
            %journal,
            from = gap.from_seq,
            to = gap.to_seq,
            reason = gap.reason.as_str(),
            "records of the journal are lost"
        );
    }
    gaps.iter().map(Gap::len).sum()
}
