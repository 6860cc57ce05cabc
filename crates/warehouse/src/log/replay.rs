//! Past postbacks that are to be judged again: a selection of the log as it stood at one moment, oldest first.
//!
//! The moment makes the selection stand still: a verdict that was made later neither adds a request nor takes one away, so that pages of
//! the same selection fit together however many of its requests have been judged again in between.
//!
//! Orphans whose click has turned up since are such a selection as well.

use super::PostbackEntry;
use super::postbacks::entry;
use crate::rows::PostbackRow;
use crate::sql::{Bound, Params};
use crate::{Error, Warehouse};
use signalbox_domain::{ReplayCursor, ReplaySelection, Scope, Timestamp};

/// Words of the column `verdict`.
const VERDICTS: [&str; 7] = ["received", "accepted", "updated", "duplicate", "held", "orphan", "refused"];
/// Most requests of a page.
const LIMIT_MAX: u32 = 10_000;

/// Statement parts: the latest verdict of each request in time, and the conditions on it.
fn parts(
    scope: &Scope,
    (selection, as_of): (&ReplaySelection, Timestamp),
    after: Option<&ReplayCursor>,
    params: &mut Params,
) -> (String, String) {
    let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
    let moment = params.moment(as_of.0);
    let mut inner = format!("workspace = {workspace} AND received_at < {moment} AND at <= {moment}");
    if let Some(from) = selection.from {
        inner.push_str(&format!(" AND received_at >= {}", params.moment(from.0)));
    }
    if let Some(to) = selection.to {
        inner.push_str(&format!(" AND received_at < {}", params.moment(to.0)));
    }
    if !selection.ids.is_empty() {
        let of = |number: fn(&signalbox_domain::PostbackId) -> u64| {
            Bound::Unsigneds(selection.ids.iter().map(|id| number(id).into()).collect())
        };
        let journals = params.bind("Array(UInt64)", of(|id| id.journal));
        let seqs = params.bind("Array(UInt64)", of(|id| id.seq));
        inner.push_str(&format!(
            " AND raw_seq IN {seqs} AND has(arrayZip({journals}, {seqs}), (raw_journal, raw_seq))"
        ));
    }
    if let Some(after) = after {
        let at = params.moment(after.received_at.0);
        let journal = params.bind("UInt64", Bound::Unsigned(after.id.journal.into()));
        let seq = params.bind("UInt64", Bound::Unsigned(after.id.seq.into()));
        // The first condition is implied by the second; it is the one the order key can use.
        inner.push_str(&format!(
            " AND received_at >= {at} AND (received_at, raw_journal, raw_seq) > ({at}, {journal}, {seq})"
        ));
    }
    let mut outer = String::from("true");
    if let Some(network) = selection.network {
        let network = params.bind("UInt64", Bound::Unsigned(network.0.into()));
        outer.push_str(&format!(" AND network = {network}"));
    }
    for (column, words) in [("toString(verdict)", &selection.verdicts), ("code", &selection.codes)] {
        if !words.is_empty() {
            let words = params.bind("Array(String)", Bound::Texts(words.clone()));
            outer.push_str(&format!(" AND {column} IN {words}"));
        }
    }
    (inner, outer)
}

/// The latest row of each request: a verdict before the row as received.
fn latest(columns: &str, inner: &str) -> String {
    format!(
        "SELECT {columns} FROM postbacks WHERE {inner} ORDER BY received_at, raw_journal, raw_seq, \
         verdict != 'received' DESC, at DESC, _seq DESC LIMIT 1 BY raw_journal, raw_seq"
    )
}

fn check(selection: &ReplaySelection) -> Result<(), Error> {
    match selection.verdicts.iter().find(|word| !VERDICTS.contains(&word.as_str())) {
        Some(unknown) => {
            let words = VERDICTS.join(", ");
            Err(Error::invalid("verdicts", format!("{unknown:?} is none of {words}")))
        }
        None => Ok(()),
    }
}

impl Warehouse {
    /// A page of the selection as the log stood at `as_of`, oldest first, after the request that ended the page before.
    ///
    /// # Errors
    /// `Invalid` for a word that is no verdict or a limit that is not 1–10 000, `Unavailable`.
    pub async fn list_for_replay(
        &self,
        scope: &Scope,
        selection: (&ReplaySelection, Timestamp),
        after: Option<&ReplayCursor>,
        limit: u32,
    ) -> Result<Vec<PostbackEntry>, Error> {
        check(selection.0)?;
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Error::invalid("limit", format!("must be 1 to {LIMIT_MAX}")));
        }
        let mut params = Params::default();
        let (inner, outer) = parts(scope, selection, after, &mut params);
        let sql = format!(
            "SELECT ?fields FROM ({}) WHERE {outer} ORDER BY received_at, raw_journal, raw_seq LIMIT {limit}",
            latest("*", &inner)
        );
        let query = params.apply(self.client.query(&sql));
        self.fetch_map::<PostbackRow<'_>, _>(query, |row| entry(&row)).await
    }

    /// A page of the requests since `since` that are orphans as the log stood at `as_of`, and whose click is there now; oldest first, after
    /// the request that ended the page before.
    ///
    /// # Errors
    /// As [`Warehouse::list_for_replay`].
    pub async fn list_rematchable(
        &self,
        scope: &Scope,
        (since, as_of): (Timestamp, Timestamp),
        after: Option<&ReplayCursor>,
        limit: u32,
    ) -> Result<Vec<PostbackEntry>, Error> {
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Error::invalid("limit", format!("must be 1 to {LIMIT_MAX}")));
        }
        let verdicts = vec!["orphan".to_owned()];
        let orphans = ReplaySelection { from: Some(since), verdicts, ..ReplaySelection::default() };
        let mut params = Params::default();
        let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
        let (inner, outer) = parts(scope, (&orphans, as_of), after, &mut params);
        let sql = format!(
            "SELECT ?fields FROM ({}) WHERE {outer} AND click_id IN (SELECT click_id FROM clicks WHERE workspace = {workspace} \
             AND click_id IN (SELECT click_id FROM postbacks WHERE {inner} AND verdict = 'orphan')) \
             ORDER BY received_at, raw_journal, raw_seq LIMIT {limit}",
            latest("*", &inner)
        );
        let query = params.apply(self.client.query(&sql));
        self.fetch_map::<PostbackRow<'_>, _>(query, |row| entry(&row)).await
    }

    /// How many requests the selection has, as the log stood at `as_of`.
    ///
    /// # Errors
    /// As [`Warehouse::list_for_replay`].
    pub async fn count_for_replay(
        &self,
        scope: &Scope,
        selection: (&ReplaySelection, Timestamp),
    ) -> Result<u64, Error> {
        check(selection.0)?;
        let mut params = Params::default();
        let (inner, outer) = parts(scope, selection, None, &mut params);
        let columns = "received_at, raw_journal, raw_seq, verdict, at, _seq, network, code";
        let sql = format!("SELECT count() FROM ({}) WHERE {outer}", latest(columns, &inner));
        let found: Vec<u64> = self.fetch_all(params.apply(self.query(&sql))).await?;
        Ok(found.first().copied().unwrap_or(0))
    }
}
