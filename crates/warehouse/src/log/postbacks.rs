//! The log of inbound postbacks: each with its latest verdict.

use super::page::Spec;
use super::{Log, LogPage, LogQuery, PostbackEntry, PostbackVerdict};
use crate::rows::{PostbackRow, words};
use crate::sql::{Bound, Params};
use crate::{Error, Warehouse};
use signalbox_domain::{AffiliateNetworkId, ClickId, ConversionId, Scope, Timestamp};
use signalbox_events::{JournalId, Position};
use std::collections::HashMap;

/// The sender's user agent: verdicts do not repeat it, the row as received has it.
pub(super) const SENDER: &str = "sender_agent";
/// What makes it, beside every column, where something asks for it.
pub(super) const WITH_SENDER: &str =
    "*, max(user_agent) OVER (PARTITION BY raw_journal, raw_seq) AS sender_agent";

pub(super) const SPEC: Spec = Spec {
    log: Log::Postbacks,
    tag: 'p',
    table: "postbacks",
    only: "",
    order: &[("received_at", ""), ("raw_journal", "UInt64"), ("raw_seq", "UInt64")],
    // A verdict before the row as received; of several verdicts the last one made.
    latest: Some(("verdict != 'received' DESC, at DESC, _seq DESC", "raw_journal, raw_seq")),
};

pub(super) fn entry(row: &PostbackRow<'_>) -> PostbackEntry {
    let verdict = words::verdict(row.verdict).map(|verdict| PostbackVerdict {
        at: Timestamp(row.at),
        verdict,
        code: row.code.to_owned(),
        reason: row.reason.to_owned(),
        click: ClickId(row.click_id),
        conversion: ConversionId(row.conversion_id),
    });
    PostbackEntry {
        raw: Position { journal: JournalId::new(row.raw_journal), seq: row.raw_seq },
        received_at: Timestamp(row.received_at),
        network: AffiliateNetworkId(row.network),
        method: row.method.to_owned(),
        query: row.query.clone().into_owned(),
        ip: row.ip.into(),
        user_agent: row.user_agent.to_owned(),
        verdict,
    }
}

impl Warehouse {
    /// Inbound postbacks with their latest verdict, newest first.
    ///
    /// # Errors
    /// As for [`Warehouse::list_clicks`].
    pub async fn list_postbacks(
        &self,
        scope: &Scope,
        query: &LogQuery,
    ) -> Result<LogPage<PostbackEntry>, Error> {
        let mut page = self
            .page::<PostbackRow<'_>, _>(&SPEC, scope, query, |row| {
                (vec![row.received_at as u128, row.raw_journal.into(), row.raw_seq.into()], entry(&row))
            })
            .await?;
        self.add_user_agents(scope, &mut page.rows).await?;
        Ok(page)
    }

    /// Verdicts do not repeat the sender's user agent; the row as received has it. One that came without a key was received before it was
    /// known whose it is.
    async fn add_user_agents(&self, scope: &Scope, entries: &mut [PostbackEntry]) -> Result<(), Error> {
        let times = || entries.iter().map(|entry| entry.received_at.0);
        let (Some(from), Some(to)) = (times().min(), times().max()) else { return Ok(()) };
        let mut params = Params::default();
        let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
        let (from, to) = (params.moment(from), params.moment(to));
        let seqs = entries.iter().map(|entry| entry.raw.seq.into()).collect();
        let seqs = params.bind("Array(UInt64)", Bound::Unsigneds(seqs));
        let sql = format!(
            "SELECT raw_journal, raw_seq, user_agent FROM postbacks \
             WHERE workspace IN ({workspace}, 0) AND received_at >= {from} AND received_at <= {to} \
             AND verdict = 'received' AND raw_seq IN {seqs}"
        );
        let rows: Vec<(u64, u64, String)> = self.fetch_all(params.apply(self.query(&sql))).await?;
        let mut agents: HashMap<(u64, u64), String> =
            rows.into_iter().map(|(journal, seq, agent)| ((journal, seq), agent)).collect();
        for entry in entries {
            if let Some(agent) = agents.remove(&(entry.raw.journal.get(), entry.raw.seq)) {
                entry.user_agent = agent;
            }
        }
        Ok(())
    }
}
