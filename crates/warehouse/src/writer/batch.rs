//! A batch of records read from a journal, and what the source says is lost.

use crate::Error;
use signalbox_events::{Batch, EventSource, Gap, JournalId, ReadLimit};
use std::time::Duration;

/// How long to wait for records that are known to exist.
const REREAD_WAIT: Duration = Duration::from_secs(2);

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
