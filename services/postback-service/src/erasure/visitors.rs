//! Keys of visitors that converted, which are kept for rules on returning visitors: those of erased clicks leave the list.

use super::{Eraser, SYSTEM};
use crate::removal::RemovalError;
use signalbox_catalog::{Error as CatalogError, live::ConvertedBatch};
use signalbox_domain::{JournalHead, WorkspaceId};
use signalbox_events::JournalId;
use std::collections::HashSet;

impl Eraser {
    /// Takes visitors out of the batches of those that converted. `false` while what the journals held before `heads` is not noted as looked
    /// at: whoever adds to the newest batch would look at it again, and find them again.
    pub(super) async fn forget_converted(
        &self,
        workspace: WorkspaceId,
        visitors: &[u64],
        heads: &[JournalHead],
    ) -> Result<bool, RemovalError> {
        let visitors: HashSet<u64> = visitors.iter().copied().collect();
        let live = self.removal.catalog.live();
        let first = live.converted_head(SYSTEM).await?.value.first.max(1);
        let mut newest = None;
        let mut held = Vec::new();
        // The newest one may not be announced yet.
        while let Some(mut found) = live.find_converted(SYSTEM, first + held.len() as u64).await? {
            let holds_some = found.value.forget(workspace, &visitors) > 0;
            newest = Some(found.value.clone());
            held.push(holds_some.then_some(found));
        }
        if newest.is_some_and(|newest| !has_looked(&newest, heads)) {
            return Ok(false);
        }
        for (number, found) in (first..).zip(held) {
            let Some(found) = found else { continue };
            match live.put_converted(SYSTEM, (number, found.version), &found.value).await {
                Ok(_) => {}
                Err(CatalogError::VersionMismatch { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}

/// Whether everything before these heads was looked at, of the journals that are looked at.
fn has_looked(batch: &ConvertedBatch, heads: &[JournalHead]) -> bool {
    heads.iter().all(|head| {
        let journal = JournalId::new(head.journal).to_string();
        batch.positions.get(&journal).is_none_or(|position| *position >= head.head)
    })
}
