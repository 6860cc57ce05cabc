//! The past of new counters, from ClickHouse: asked once the warehouse has every record before the place where counting began, and only
//! for records before it, so that each counts once.

use super::fold::{Fold, Positions};
use crate::{config::Counted, cursors::CatalogCursors};
use signalbox_catalog::{Catalog, Error as CatalogError};
use signalbox_domain::{Scope, Series, Subject, Timestamp, WorkspaceId};
use signalbox_events::{JournalId, JournalState};
use signalbox_warehouse::{CursorStore, Error as WarehouseError, Warehouse, history};
use std::collections::{BTreeMap, BTreeSet};

/// Looks back further than any window; what is older only enters the sum of everything.
const RECENT_MS: i64 = 33 * 24 * 3_600_000;

/// One question about the past.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    workspace: WorkspaceId,
    subjects: Vec<Subject>,
    below: Positions,
    /// Journals that were known when it was asked.
    journals: BTreeSet<u64>,
}

/// Counters that can learn their past now.
pub(crate) enum Ready {
    /// These have none: nothing was recorded before they began.
    Without(Vec<Subject>),
    /// These have to be asked for.
    Ask(Box<Question>),
    /// None at the moment.
    Nobody,
}

/// How far every journal is written to the warehouse, readable here or not.
pub(crate) async fn written(catalog: &Catalog) -> Result<Positions, CatalogError> {
    const SYSTEM: signalbox_catalog::SystemScope =
        signalbox_catalog::SystemScope::new("bootstrap of counters");
    let mut positions = Positions::new();
    for found in catalog.cursors().list(SYSTEM, "writer:").await? {
        let journal = found.name.strip_prefix("writer:").and_then(|id| id.parse::<JournalId>().ok());
        let next = found.body.get("next").and_then(serde_json::Value::as_u64);
        if let (Some(journal), Some(next)) = (journal, next) {
            positions.insert(journal.get(), next);
        }
    }
    Ok(positions)
}

/// Who can learn the past now.
pub(crate) async fn ready(
    fold: &Fold,
    wanted: &BTreeMap<Subject, Counted>,
    (catalog, journals): (&Catalog, &[JournalState]),
) -> Ready {
    let Some((_, oldest)) = fold.joining.iter().next() else { return Ready::Nobody };
    let from = oldest.from.clone();
    let alike = fold.joining.iter().filter(|(_, joining)| joining.from == from).map(|(subject, _)| *subject);
    if from.values().all(|next| *next == 0) {
        return Ready::Without(alike.collect());
    }
    let cursors = CatalogCursors(catalog.clone());
    for (journal, next) in from.iter().filter(|(_, next)| **next > 0) {
        let readable = journals.iter().any(|state| state.id.get() == *journal);
        let written =
            cursors.load(JournalId::new(*journal)).await.ok().flatten().map_or(0, |cursor| cursor.next);
        if readable && written < *next {
            return Ready::Nobody;
        }
    }
    let Ok(mut below) = written(catalog).await else { return Ready::Nobody };
    // A journal that came later is counted from its beginning.
    below.values_mut().for_each(|next| *next = 0);
    below.extend(fold.next.keys().map(|journal| (*journal, 0)));
    below.extend(&from);
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<Subject>> = BTreeMap::new();
    for subject in alike {
        if let Some(counted) = wanted.get(&subject) {
            by_workspace.entry(counted.workspace).or_default().push(subject);
        }
    }
    let Some((workspace, mut subjects)) = by_workspace.pop_first() else { return Ready::Nobody };
    subjects.truncate(history::SUBJECTS_MAX / 2);
    let journals = below.keys().copied().collect();
    Ready::Ask(Box::new(Question { workspace, subjects, below, journals }))
}

impl Question {
    /// Asks. The answer is of no use when a journal appeared meanwhile whose records may be in it.
    pub(crate) async fn ask(
        self,
        warehouse: Warehouse,
    ) -> (Self, Result<BTreeMap<Subject, Series>, WarehouseError>) {
        let scope = Scope::system(self.workspace);
        let since = Timestamp::now().plus_ms(-RECENT_MS);
        let answer = warehouse.history(&scope, &self.subjects, &self.below, since).await;
        (self, answer)
    }

    /// Whether every journal of now was known when the question was asked.
    pub(crate) fn holds(&self, now: impl IntoIterator<Item = u64>) -> bool {
        now.into_iter().all(|journal| self.journals.contains(&journal))
    }
}
