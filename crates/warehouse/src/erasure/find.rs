//! Which clicks an erasure is about, and how much there is of them.

use crate::rows::Address;
use crate::sql::{Bound, Params};
use crate::{Error, VisitorSource, Warehouse, visitor_key};
use clickhouse::Row;
use serde::Deserialize;
use signalbox_domain::{ClickId, ErasedCounts, Erasure, ErasureSubject, Scope, Timestamp};
use std::net::IpAddr;

/// Ids in one statement.
pub(super) const IDS_TOGETHER: usize = 1_000;

/// What an erasure would find now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErasurePreview {
    /// What there is.
    pub counts: ErasedCounts,
    /// When the first of the clicks came; `None` when there is none.
    pub first: Option<Timestamp>,
    /// When the last one came.
    pub last: Option<Timestamp>,
}

/// A list of click ids as an expression.
pub(super) fn ids(ids: &[ClickId], params: &mut Params) -> String {
    params.bind("Array(UInt128)", Bound::Unsigneds(ids.iter().map(|id| id.0).collect()))
}

/// By what the clicks are found.
pub(super) struct Subject<'e> {
    erasure: &'e Erasure,
    subject: &'e ErasureSubject,
    visitor: Option<Visitor>,
}

/// The visitor of a click.
struct Visitor {
    /// Never 0, which stands for nobody.
    key: u64,
    /// Where the key is that of address and user agent, rows hold those in its place.
    from: Option<(IpAddr, String)>,
}

#[derive(Row, Deserialize)]
struct Found {
    clicks: u64,
    first: i64,
    last: i64,
}

impl Subject<'_> {
    /// A query of the ids of the clicks; the click that was named is one of them whether it is there or not.
    pub(super) fn click_ids(&self, scope: &Scope, params: &mut Params) -> String {
        let clicks = format!("SELECT click_id FROM clicks WHERE {}", self.of_clicks(scope, params));
        let workspace = scope.workspace.0;
        match self.subject {
            ErasureSubject::Click { click } | ErasureSubject::Visitor { click } => {
                let named = ids(&[*click], params);
                format!("{clicks} UNION ALL SELECT arrayJoin({named}) AS click_id")
            }
            // Its click may have gone by the policy of retention before its conversions.
            ErasureSubject::ExternalId { external_id } => {
                let text = params.bind("String", Bound::Text(external_id.clone()));
                let range = self.range(params);
                format!(
                    "{clicks} UNION ALL SELECT click_id FROM conversions \
                     WHERE workspace = {workspace} AND external_id = {text}{range}"
                )
            }
            ErasureSubject::Address { .. } => clicks,
        }
    }

    /// The condition of rows of `clicks`.
    fn of_clicks(&self, scope: &Scope, params: &mut Params) -> String {
        let whose = match self.subject {
            ErasureSubject::Click { click } => format!("click_id IN {}", ids(&[*click], params)),
            ErasureSubject::Visitor { click } => {
                let click = ids(&[*click], params);
                let visitor = self.visitor.as_ref().map(|visitor| visitor.condition(params));
                visitor.map_or_else(
                    || format!("click_id IN {click}"),
                    |visitor| format!("(click_id IN {click} OR {visitor})"),
                )
            }
            ErasureSubject::Address { address } => {
                format!("ip = {}", params.bind("IPv6", Bound::Text(as_ipv6(*address))))
            }
            ErasureSubject::ExternalId { external_id } => {
                format!("external_id = {}", params.bind("String", Bound::Text(external_id.clone())))
            }
        };
        format!("workspace = {} AND {whose}{}", scope.workspace.0, self.range(params))
    }

    fn range(&self, params: &mut Params) -> String {
        let bound = |at: Option<Timestamp>, sign: &str, params: &mut Params| {
            at.map_or_else(String::new, |at| format!(" AND click_at {sign} {}", params.moment(at.0)))
        };
        let from = bound(self.erasure.from, ">=", params);
        from + &bound(self.erasure.to, "<", params)
    }
}

impl Visitor {
    fn condition(&self, params: &mut Params) -> String {
        let key = params.bind("UInt64", Bound::Unsigned(self.key.into()));
        let by_key = format!("(visitor_by = 0 AND visitor = {key})");
        let Some((ip, user_agent)) = &self.from else { return by_key };
        let ip = params.bind("IPv6", Bound::Text(as_ipv6(*ip)));
        let user_agent = params.bind("String", Bound::Text(user_agent.clone()));
        format!("({by_key} OR (visitor_by = 1 AND ip = {ip} AND user_agent = {user_agent}))")
    }
}

/// As ClickHouse's `IPv6` holds it.
fn as_ipv6(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_string(),
        IpAddr::V6(v6) => v6.to_string(),
    }
}

/// What a click knows its visitor by.
#[derive(Row, Deserialize)]
pub(super) struct VisitorRow {
    visitor: u64,
    visitor_by: u8,
    ip: Address,
    user_agent: String,
}

impl VisitorRow {
    /// The key; 0: none.
    pub(super) fn key(&self) -> u64 {
        if self.visitor_by == 1 { self.derived() } else { self.visitor }
    }

    /// The key of address and user agent.
    pub(super) fn derived(&self) -> u64 {
        visitor_key(VisitorSource::IpUserAgent(self.address(), &self.user_agent))
    }

    fn address(&self) -> IpAddr {
        self.ip.into()
    }
}

impl Warehouse {
    /// By what the clicks of an erasure are found; `None` once it has forgotten whom it is about.
    pub(super) async fn subject<'e>(
        &self,
        scope: &Scope,
        erasure: &'e Erasure,
    ) -> Result<Option<Subject<'e>>, Error> {
        let Some(subject) = &erasure.subject else { return Ok(None) };
        let visitor = match subject {
            ErasureSubject::Visitor { click } => self.visitor_of(scope, *click).await?,
            _ => None,
        };
        Ok(Some(Subject { erasure, subject, visitor }))
    }

    /// The visitor of a click; `None` when it is not there or has none.
    async fn visitor_of(&self, scope: &Scope, click: ClickId) -> Result<Option<Visitor>, Error> {
        let mut params = Params::default();
        let click = ids(&[click], &mut params);
        let sql = format!(
            "SELECT visitor, visitor_by, ip, user_agent FROM clicks \
             WHERE workspace = {} AND kind = 'click' AND click_id IN {click} LIMIT 1",
            scope.workspace.0
        );
        let query = params.apply(self.query(&sql)).with_setting("log_queries", "0");
        let found: Vec<VisitorRow> = self.fetch_all(query).await?;
        Ok(found.into_iter().next().and_then(|row| {
            let key = row.key();
            let from = (key == row.derived()).then(|| (row.address(), row.user_agent.clone()));
            (key != 0).then_some(Visitor { key, from })
        }))
    }

    /// What an erasure would find now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn preview_erasure(&self, scope: &Scope, erasure: &Erasure) -> Result<ErasurePreview, Error> {
        let Some(subject) = self.subject(scope, erasure).await? else { return Ok(ErasurePreview::default()) };
        let mut params = Params::default();
        let meant = subject.of_clicks(scope, &mut params);
        let sql = format!(
            "SELECT count() AS clicks, toUnixTimestamp64Milli(min(click_at)) AS first, \
             toUnixTimestamp64Milli(max(click_at)) AS last FROM clicks WHERE {meant} AND kind = 'click'"
        );
        let found: Found =
            self.fetch_one(params.apply(self.query(&sql)).with_setting("log_queries", "0")).await?;
        let counts = ErasedCounts {
            clicks: found.clicks,
            conversions: self.count_of(scope, &subject, ("conversions", "uniqExact(conversion_id)")).await?,
            postbacks: self
                .count_of(scope, &subject, ("postbacks", "uniqExact(raw_journal, raw_seq)"))
                .await?,
            deliveries: self.count_of(scope, &subject, ("deliveries", "count()")).await?,
        };
        let at = |ms: i64| (found.clicks > 0).then_some(Timestamp(ms));
        Ok(ErasurePreview { counts, first: at(found.first), last: at(found.last) })
    }

    /// How much a table has of the clicks.
    async fn count_of(
        &self,
        scope: &Scope,
        subject: &Subject<'_>,
        (table, count): (&str, &str),
    ) -> Result<u64, Error> {
        let mut params = Params::default();
        let meant = subject.click_ids(scope, &mut params);
        let workspace = scope.workspace.0;
        let sql =
            format!("SELECT {count} FROM {table} WHERE workspace = {workspace} AND click_id IN ({meant})");
        self.fetch_one(params.apply(self.query(&sql)).with_setting("log_queries", "0")).await
    }
}
