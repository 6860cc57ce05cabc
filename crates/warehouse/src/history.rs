//! What a counter that begins now would hold had it counted from the beginning: the past of caps, adaptive streams and loss rules.
//!
//! Bounded by the positions from which the counter counts by itself, so that no record is in both. Clicks that were passed on from one
//! campaign to another are known here only to the first.

use crate::sql::{Bound, Params};
use crate::{Error, Warehouse};
use clickhouse::Row;
use serde::Deserialize;
use signalbox_domain::{
    CampaignId, DestinationId, Money, Quarter, Scope, Series, StreamId, Subject, Tally, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most subjects of one question.
pub const SUBJECTS_MAX: usize = 1_000;

/// The subject of a pair of ids.
type SubjectOf = fn(u64, u64) -> Subject;

/// Rows of records before these positions, by journal; of other journals everything.
type Positions = BTreeMap<u64, u64>;

#[derive(Row, Deserialize)]
struct Sums {
    id_1: u64,
    id_2: u64,
    quarter: u32,
    n_clicks: i64,
    n_conversions: i64,
    n_cost: i128,
    n_revenue: i128,
}

/// One way in which facts belong to subjects.
struct Belonging {
    /// Expressions of the ids.
    ids: (&'static str, &'static str),
    /// Which facts count as a click.
    clicks: &'static str,
    /// Whose cost counts.
    cost: &'static str,
}

const PERSON: &str = "bot_reason = ''";
const CAMPAIGN: Belonging = Belonging {
    ids: ("campaign", "toUInt64(0)"),
    clicks: "sumIf(clicks, bot_reason = '' AND stream != 0 AND trafficback = 0)",
    cost: "sumIf(cost, kind = 'conversion' OR bot_reason = '')",
};
const STREAM: Belonging = Belonging {
    ids: ("stream", "toUInt64(0)"),
    clicks: "sumIf(clicks, bot_reason = '' AND trafficback = 0)",
    cost: "sumIf(cost, kind = 'conversion' OR (bot_reason = '' AND trafficback = 0))",
};
/// Sent there at once, or by a landing click.
const DESTINATION_CLICKS: &str = "(sumIf(clicks, bot_reason = '' AND trafficback = 0 AND landing_views = 0) + sumIf(landing_clicks, bot_reason = ''))";
const DESTINATION_COST: &str =
    "sumIf(cost, kind = 'conversion' OR (bot_reason = '' AND trafficback = 0 AND landing_views = 0))";
const DESTINATION: Belonging =
    Belonging { ids: ("destination", "toUInt64(0)"), clicks: DESTINATION_CLICKS, cost: DESTINATION_COST };
const ROUTE: Belonging =
    Belonging { ids: ("stream", "destination"), clicks: DESTINATION_CLICKS, cost: DESTINATION_COST };
const LANDING: Belonging = Belonging { ids: ("landing", "toUInt64(0)"), ..STREAM };
const ROUTE_LANDING: Belonging = Belonging { ids: ("stream", "landing"), ..STREAM };

impl Warehouse {
    /// What was counted for each subject in rows of records before `below`. Quarters that end before `since` are in the sum of
    /// everything only. Subjects of other workspaces have counted nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too many subjects, [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn history(
        &self,
        scope: &Scope,
        subjects: &[Subject],
        below: &Positions,
        since: Timestamp,
    ) -> Result<BTreeMap<Subject, Series>, Error> {
        if subjects.len() > SUBJECTS_MAX {
            return Err(Error::invalid("subjects", format!("must be at most {SUBJECTS_MAX}")));
        }
        let wanted = Wanted::new(subjects);
        let asked = Asked { scope, below, since };
        let mut sums: BTreeMap<Subject, BTreeMap<u32, Tally>> =
            subjects.iter().map(|subject| (*subject, BTreeMap::new())).collect();
        let destination = |id| Subject::Destination(DestinationId(id));
        let route: SubjectOf = |stream, to| Subject::Route(StreamId(stream), DestinationId(to));
        let questions: [(&Belonging, &Ids, SubjectOf); 6] = [
            (&CAMPAIGN, &wanted.campaigns, |id, _| Subject::Campaign(CampaignId(id))),
            (&STREAM, &wanted.streams, |id, _| Subject::Stream(StreamId(id))),
            (&DESTINATION, &wanted.destinations, |id, _| Subject::Destination(DestinationId(id))),
            (&LANDING, &wanted.destinations, |id, _| Subject::Destination(DestinationId(id))),
            (&ROUTE, &wanted.routes, route),
            (&ROUTE_LANDING, &wanted.routes, route),
        ];
        for (belonging, ids, subject) in &questions {
            if ids.0.is_empty() {
                continue;
            }
            for row in self.facts_of(&asked, belonging, ids).await? {
                add(&mut sums, subject(row.id_1, row.id_2), &row);
            }
        }
        for (ids, by_route) in [(&wanted.destinations, false), (&wanted.routes, true)] {
            if ids.0.is_empty() {
                continue;
            }
            for row in self.cost_behind_landings(&asked, ids, by_route).await? {
                let subject = if by_route { route(row.id_1, row.id_2) } else { destination(row.id_1) };
                add(&mut sums, subject, &row);
            }
        }
        Ok(sums.into_iter().map(|(subject, quarters)| (subject, series(quarters))).collect())
    }

    async fn facts_of(
        &self,
        asked: &Asked<'_>,
        belonging: &Belonging,
        ids: &Ids,
    ) -> Result<Vec<Sums>, Error> {
        let mut params = Params::default();
        let Belonging { ids: (first, second), clicks, cost } = belonging;
        let (workspace, quarter, before) =
            (asked.workspace(&mut params), asked.quarter("at", &mut params), asked.before(&mut params));
        let among = ids.among((first, second), &mut params);
        let sql = format!(
            "SELECT {first} AS id_1, {second} AS id_2, {quarter} AS quarter, toInt64({clicks}) AS n_clicks, \
             toInt64(sum(conversions)) AS n_conversions, {cost} AS n_cost, sum(revenue) AS n_revenue \
             FROM facts WHERE workspace = {workspace} AND kind IN ('click', 'landing_click', 'conversion') AND {among}{before} \
             GROUP BY id_1, id_2, quarter"
        );
        self.fetch_all(params.apply(self.query(&sql))).await
    }

    /// What the clicks cost whose visitors went on from a landing page, by where they went.
    async fn cost_behind_landings(
        &self,
        asked: &Asked<'_>,
        ids: &Ids,
        by_route: bool,
    ) -> Result<Vec<Sums>, Error> {
        let mut params = Params::default();
        let columns = if by_route { ("stream", "destination") } else { ("destination", "toUInt64(0)") };
        let (workspace, quarter, before) =
            (asked.workspace(&mut params), asked.quarter("went_at", &mut params), asked.before(&mut params));
        let among = ids.among(columns, &mut params);
        let (first, second) = columns;
        let sql = format!(
            "SELECT id_1, id_2, {quarter} AS quarter, toInt64(0) AS n_clicks, toInt64(0) AS n_conversions, \
             sum(click_cost) AS n_cost, toDecimal128(0, 9) AS n_revenue \
             FROM (SELECT click_id, {first} AS id_1, {second} AS id_2, min(at) AS went_at FROM clicks \
             WHERE workspace = {workspace} AND kind = 'landing_click' AND first != 0 AND {PERSON} AND {among}{before} \
             GROUP BY click_id, id_1, id_2) AS went_on \
             INNER JOIN (SELECT click_id, cost AS click_cost FROM clicks \
             WHERE workspace = {workspace} AND kind = 'click' AND (landing != 0 OR by_script != 0)) AS shown \
             USING (click_id) GROUP BY id_1, id_2, quarter"
        );
        self.fetch_all(params.apply(self.query(&sql))).await
    }
}

/// What every question has in common.
struct Asked<'a> {
    scope: &'a Scope,
    below: &'a Positions,
    since: Timestamp,
}

impl Asked<'_> {
    fn workspace(&self, params: &mut Params) -> String {
        params.bind("UInt64", Bound::Unsigned(self.scope.workspace.0.into()))
    }

    /// The quarter of a time; 0 before those that are wanted.
    fn quarter(&self, at: &'static str, params: &mut Params) -> String {
        let since = params.bind("Int64", Bound::Signed(self.since.0));
        let at = format!("toUnixTimestamp64Milli({at})");
        format!("toUInt32(if({at} < {since}, 0, intDiv({at}, 900000)))")
    }

    fn before(&self, params: &mut Params) -> String {
        if self.below.is_empty() {
            return String::new();
        }
        let journals = self.below.keys().map(|journal| u128::from(*journal)).collect();
        let positions = self.below.values().map(|next| u128::from(*next)).collect();
        let journals = params.bind("Array(UInt64)", Bound::Unsigneds(journals));
        let positions = params.bind("Array(UInt64)", Bound::Unsigneds(positions));
        format!(" AND _seq < transform(_journal, {journals}, {positions}, toUInt64(18446744073709551615))")
    }
}

/// Pairs of ids; the second is 0 where one id says it.
#[derive(Default)]
struct Ids(BTreeSet<(u64, u64)>);

impl Ids {
    fn among(&self, (first, second): (&str, &str), params: &mut Params) -> String {
        let list = |ids: BTreeSet<u64>| Bound::Unsigneds(ids.into_iter().map(u128::from).collect());
        let firsts = params.bind("Array(UInt64)", list(self.0.iter().map(|pair| pair.0).collect()));
        if self.0.iter().all(|pair| pair.1 == 0) {
            return format!("{first} IN {firsts}");
        }
        let seconds = params.bind("Array(UInt64)", list(self.0.iter().map(|pair| pair.1).collect()));
        format!("{first} IN {firsts} AND {second} IN {seconds}")
    }
}

#[derive(Default)]
struct Wanted {
    campaigns: Ids,
    streams: Ids,
    destinations: Ids,
    routes: Ids,
}

impl Wanted {
    fn new(subjects: &[Subject]) -> Self {
        let mut wanted = Self::default();
        for subject in subjects {
            match subject {
                Subject::Campaign(id) => wanted.campaigns.0.insert((id.0, 0)),
                Subject::Stream(id) => wanted.streams.0.insert((id.0, 0)),
                Subject::Destination(id) => wanted.destinations.0.insert((id.0, 0)),
                Subject::Route(stream, to) => wanted.routes.0.insert((stream.0, to.0)),
            };
        }
        wanted
    }
}

/// Adds a row to its subject; pairs that nobody asked for have none.
fn add(sums: &mut BTreeMap<Subject, BTreeMap<u32, Tally>>, subject: Subject, row: &Sums) {
    let Some(quarters) = sums.get_mut(&subject) else { return };
    quarters.entry(row.quarter).or_default().add(&Tally {
        clicks: row.n_clicks,
        conversions: row.n_conversions,
        cost: Money::from_nanos(row.n_cost),
        revenue: Money::from_nanos(row.n_revenue),
    });
}

fn series(quarters: BTreeMap<u32, Tally>) -> Series {
    let mut ever = Tally::default();
    quarters.values().for_each(|tally| ever.add(tally));
    let recent = quarters.into_iter().filter(|(quarter, _)| *quarter != 0);
    Series::from_parts(recent.map(|(quarter, tally)| (Quarter(quarter), tally)), ever)
}
