//! Filters on the visitor's key. Where the key is that of address and user agent, rows hold those in its place (docs/adr/0014), and no
//! statement can tell the key: who has the wanted one is found here first, and asked for by address and user agent.

use super::page::bounded_clicks;
use super::{LogQuery, VISITOR_BY_ADDRESS, VISITOR_KEY};
use crate::rows::Address;
use crate::sql::Params;
use crate::{Condition, Error, Filter, Group, Operator, VisitorSource, Warehouse, visitor_key};
use clickhouse::Row;
use serde::Deserialize;
use signalbox_domain::Scope;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Pairs of address and user agent that are looked at.
const PAIRS_MAX: usize = 500_000;

#[derive(Row, Deserialize)]
struct Pair {
    ip: Address,
    user_agent: String,
}

/// The keys that filters name.
fn named(conditions: &[Condition], keys: &mut BTreeSet<u64>) {
    for condition in conditions {
        match condition {
            Condition::Filter(filter) if filter.field == VISITOR_KEY => {
                keys.extend(filter.values.iter().filter_map(|text| u64::from_str_radix(text, 16).ok()));
            }
            Condition::Filter(_) => {}
            Condition::Group(Group::All(all) | Group::Any(all) | Group::None(all)) => named(all, keys),
        }
    }
}

fn equals(field: &str, value: String) -> Condition {
    Filter { field: field.to_owned(), op: Operator::Equals, values: vec![value] }.into()
}

/// The same conditions, with those on keys met by the visitors as well.
fn with_visitors(conditions: Vec<Condition>, found: &[(u64, IpAddr, String)]) -> Vec<Condition> {
    let within = |all: Vec<Condition>| with_visitors(all, found);
    let one = |condition: Condition| match condition {
        Condition::Filter(filter) if filter.field == VISITOR_KEY => of_key(filter, found),
        Condition::Filter(_) => condition,
        Condition::Group(Group::All(all)) => Group::All(within(all)).into(),
        Condition::Group(Group::Any(all)) => Group::Any(within(all)).into(),
        Condition::Group(Group::None(all)) => Group::None(within(all)).into(),
    };
    conditions.into_iter().map(one).collect()
}

fn of_key(filter: Filter, found: &[(u64, IpAddr, String)]) -> Condition {
    let wanted = |key: u64| filter.values.iter().any(|text| u64::from_str_radix(text, 16) == Ok(key));
    let pairs = found.iter().filter(|(key, ..)| wanted(*key));
    let pairs = pairs.map(|(_, ip, agent)| {
        // Others may have the same address and user agent, and be known by a cookie.
        let by = Filter { field: VISITOR_BY_ADDRESS.to_owned(), op: Operator::IsTrue, values: Vec::new() };
        let (ip, agent) = (equals("ip", ip.to_string()), equals("user_agent", agent.clone()));
        Condition::from(Group::All(vec![by.into(), ip, agent]))
    });
    let mut any: Vec<Condition> = pairs.collect();
    let negative = filter.op == Operator::NotEquals;
    any.push(Filter { op: if negative { Operator::Equals } else { filter.op }, ..filter }.into());
    if negative { Group::None(any).into() } else { Group::Any(any).into() }
}

impl Warehouse {
    /// The query of the click log with its filters on visitors' keys so that they find every click of the visitor.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the time has more visitors than can be looked at, [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn with_visitors(&self, scope: &Scope, query: LogQuery) -> Result<LogQuery, Error> {
        let mut keys = BTreeSet::new();
        named(&query.filters, &mut keys);
        if keys.is_empty() {
            return Ok(query);
        }
        let mut params = Params::default();
        let bounds = bounded_clicks(scope, &query, &mut params);
        let sql = format!(
            "SELECT DISTINCT ip, user_agent FROM clicks WHERE {bounds} AND visitor_by = 1 LIMIT {}",
            PAIRS_MAX + 1
        );
        let mut pairs = 0;
        let statement = params.apply(self.query(&sql));
        let found = self
            .fetch_map::<Pair, _>(statement, |pair| {
                pairs += 1;
                let ip = IpAddr::from(pair.ip);
                let key = visitor_key(VisitorSource::IpUserAgent(ip, &pair.user_agent));
                keys.contains(&key).then_some((key, ip, pair.user_agent))
            })
            .await?;
        if pairs > PAIRS_MAX {
            let reason = format!(
                "ask for {VISITOR_KEY} in a time with more than {PAIRS_MAX} visitors; choose a shorter one"
            );
            return Err(Error::invalid("filters", reason));
        }
        let found: Vec<_> = found.into_iter().flatten().collect();
        Ok(LogQuery { filters: with_visitors(query.filters, &found), ..query })
    }
}
