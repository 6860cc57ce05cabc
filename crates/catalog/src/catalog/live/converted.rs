//! Visitors that converted, told in batches that only grow: a reader fetches what it has not seen.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use signalbox_domain::{CampaignId, Timestamp, WorkspaceId};

use super::{Live, Versioned};
use crate::{Error, Result, SystemScope};

/// Visitors of one batch; the next one goes into a batch of its own.
pub const CONVERTED_BATCH_MAX: usize = 2_000;
const HEAD: &str = "converted";

/// A visitor that converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvertedVisitor {
    /// Campaign of the click.
    pub campaign: CampaignId,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// The visitor's key; 0: one who was erased.
    pub visitor: u64,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConvertedBatch {
    /// When something was added last.
    pub at: i64,
    /// For each journal, in hexadecimal, the first sequence number that was not looked at yet.
    pub positions: BTreeMap<String, u64>,
    /// `campaign workspace visitor` each, in the order of their addition.
    visitors: Vec<String>,
}

/// Which batches there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConvertedHead {
    /// Number of the oldest batch.
    pub first: u64,
    /// Number of the newest batch, which still grows.
    pub last: u64,
    /// Version of the newest batch; 0: there is none.
    pub version: u64,
}

impl ConvertedVisitor {
    fn text(&self) -> String {
        let Self { campaign, workspace, visitor } = self;
        format!("{campaign} {workspace} {visitor:016x}")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        Some(Self {
            campaign: words.next()?.parse().ok()?,
            workspace: words.next()?.parse().ok()?,
            visitor: u64::from_str_radix(words.next()?, 16).ok()?,
        })
    }
}

impl ConvertedBatch {
    /// A batch that goes on behind `before`.
    #[must_use]
    pub fn after(before: &Self) -> Self {
        Self { at: before.at, positions: before.positions.clone(), visitors: Vec::new() }
    }

    /// Adds a visitor.
    pub fn push(&mut self, visitor: &ConvertedVisitor, at: Timestamp) {
        self.at = at.0;
        self.visitors.push(visitor.text());
    }

    /// Takes visitors of a workspace out, so that nobody stands in their place: readers count on places. How many.
    pub fn forget(&mut self, workspace: WorkspaceId, visitors: &HashSet<u64>) -> usize {
        let mut gone = 0;
        for text in &mut self.visitors {
            let Some(known) = ConvertedVisitor::parse(text) else { continue };
            if known.workspace == workspace && visitors.contains(&known.visitor) {
                *text = ConvertedVisitor { visitor: 0, ..known }.text();
                gone += 1;
            }
        }
        gone
    }

    /// Visitors of the batch.
    #[must_use]
    pub fn len(&self) -> usize {
        self.visitors.len()
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.visitors.is_empty()
    }

    /// Visitors from the one at `from` on; what cannot be read is left out.
    pub fn visitors(&self, from: usize) -> impl Iterator<Item = ConvertedVisitor> {
        self.visitors.iter().skip(from).filter_map(|text| ConvertedVisitor::parse(text))
    }
}

impl Live<'_> {
    /// Which batches there are.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn converted_head(&self, system: SystemScope) -> Result<Versioned<ConvertedHead>> {
        let none = Versioned { version: 0, value: ConvertedHead::default() };
        Ok(self.read(system, HEAD).await?.unwrap_or(none))
    }

    /// Tells readers which batches there are.
    ///
    /// # Errors
    /// `VersionMismatch`, `Unavailable`.
    pub async fn announce_converted(
        &self,
        system: SystemScope,
        expected: u64,
        head: ConvertedHead,
    ) -> Result<u64> {
        self.write(system, (HEAD, expected), &head).await
    }

    /// One batch.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_converted(
        &self,
        system: SystemScope,
        number: u64,
    ) -> Result<Option<Versioned<ConvertedBatch>>> {
        self.read(system, &name(number)).await
    }

    /// Puts a batch in place of the one at version `expected` (0: there is none).
    ///
    /// # Errors
    /// `VersionMismatch`, `Unavailable`.
    pub async fn put_converted(
        &self,
        system: SystemScope,
        (number, expected): (u64, u64),
        batch: &ConvertedBatch,
    ) -> Result<u64> {
        self.write(system, (&name(number), expected), batch).await
    }

    /// Deletes a batch that nobody needs any more; one that is gone already is fine.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn delete_converted(&self, system: SystemScope, number: u64) -> Result<()> {
        let Some(found) = self.0.find(system, &name(number)).await? else { return Ok(()) };
        match self.0.delete(system, &name(number), found.version).await {
            Err(Error::NotFound { .. } | Error::VersionMismatch { .. }) => Ok(()),
            other => other,
        }
    }
}

fn name(number: u64) -> String {
    format!("converted:{number:012}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_erased_leaves_an_empty_place() {
        let mut batch = ConvertedBatch::default();
        for (workspace, visitor) in [(1, 7), (1, 8), (2, 7)] {
            let workspace = WorkspaceId(workspace);
            batch.push(&ConvertedVisitor { campaign: CampaignId(3), workspace, visitor }, Timestamp(1));
        }
        assert_eq!(batch.forget(WorkspaceId(1), &HashSet::from([7, 9])), 1);
        assert_eq!(batch.forget(WorkspaceId(1), &HashSet::from([7, 9])), 0);
        let left: Vec<u64> = batch.visitors(0).map(|it| it.visitor).collect();
        assert_eq!(left, [0, 8, 7]);
    }
}
