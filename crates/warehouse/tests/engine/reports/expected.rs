//! The oracle: groups and sums facts in plain Rust, with its own calendar (jiff) and its own formulas (exact fractions).

use crate::data::WORKSPACE;
use crate::oracle::{self, Fact, facts};
use jiff::tz::TimeZone;
use signalbox_domain::ConversionStatus;
use signalbox_domain::{CampaignId, Money, Timestamp, WorkspaceId};
use signalbox_events::wire::Record;
use signalbox_warehouse::report::{Direction, ReportRow};
use signalbox_warehouse::{
    Basis, Bots, Condition, CustomFormat, CustomMetric, Filter, Formula, Group, Operator, Range, RangeToken,
    ReportQuery, Value,
};
use std::cmp::Ordering;
use std::collections::BTreeMap;

pub struct Oracle {
    facts: Vec<Fact>,
}

pub struct Expected {
    pub rows: Vec<ReportRow>,
    pub totals: Vec<Value>,
    pub total_rows: u64,
}

/// A dimension value: how it sorts (as ClickHouse's column would), and its text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Key {
    Number(i128),
    Text(String),
}

type Sums = BTreeMap<&'static str, i128>;

/// A custom metric as the oracle computes it: numerator and denominator.
type Compute = fn(&dyn Fn(&str) -> i128) -> Option<(i128, i128)>;

const NANO: i128 = 1_000_000_000;

/// Key, formula, what it is, and the same without the formula.
const CUSTOM: [(&str, &str, CustomFormat, Compute); 6] = [
    ("custom_half", "profit ÷ 2", CustomFormat::Money, |s| Some((s("revenue") - s("cost"), 2 * NANO))),
    ("custom_share", "sales / (sales + rejected) × 100", CustomFormat::Percent, |s| {
        Some((s("sales") * 100, s("sales") + s("rejected"))).filter(|(_, d)| *d != 0)
    }),
    ("custom_best", "max(landing_clicks, conversions) - min(leads, sales)", CustomFormat::Number, |s| {
        Some((s("landing_clicks").max(s("conversions")) - s("leads").min(s("sales")), 1))
    }),
    ("custom_known", "coalesce(cpl, -1)", CustomFormat::Money, |s| {
        Some(if s("leads") == 0 { (-1, 1) } else { (s("cost"), s("leads") * NANO) })
    }),
    ("custom_if", "if(clicks > 40, clicks, sales / leads)", CustomFormat::Number, |s| {
        let ratio = Some((s("sales"), s("leads"))).filter(|(_, d)| *d != 0);
        if s("clicks") > 40 { Some((s("clicks"), 1)) } else { ratio }
    }),
    ("custom_least", "min(cpl, 1000)", CustomFormat::Money, |s| {
        let cpl = Some((s("cost"), s("leads") * NANO)).filter(|(_, d)| *d != 0)?;
        Some(if cpl.0 > 1_000 * cpl.1 { (1_000, 1) } else { cpl })
    }),
];

/// The custom metrics as the crate has them.
pub fn custom() -> Vec<CustomMetric> {
    let metric = |(key, formula, format, _): &(&str, &str, CustomFormat, Compute)| CustomMetric {
        key: (*key).to_owned(),
        formula: Formula::parse(formula).unwrap(),
        format: *format,
    };
    CUSTOM.iter().map(metric).collect()
}

impl Oracle {
    pub fn of(records: &[Record<'_>], workspace: WorkspaceId) -> Self {
        assert_eq!(workspace, WORKSPACE);
        Self { facts: facts(records, workspace) }
    }

    pub fn of_facts(facts: Vec<Fact>) -> Self {
        Self { facts }
    }

    pub fn holds(fact: &Fact, time: i64, zone: &TimeZone, condition: &Condition) -> bool {
        holds(fact, time, zone, condition)
    }

    pub fn report(&self, query: &ReportQuery, now: Timestamp) -> Expected {
        let zone = TimeZone::get(&query.timezone).unwrap();
        let (from, to) = moments(query.range, &zone, now);
        let time = |fact: &Fact| if query.basis == Basis::Click { fact.click_at } else { fact.at };
        let chosen: Vec<&Fact> = self
            .facts
            .iter()
            .filter(|fact| from.is_none_or(|from| time(fact) >= from) && to.is_none_or(|to| time(fact) < to))
            .filter(|fact| match query.bots {
                Bots::Include => true,
                Bots::Exclude => !fact.dims.bot.is_bot(),
                Bots::Only => fact.dims.bot.is_bot(),
            })
            .filter(|fact| query.filters.iter().all(|condition| holds(fact, time(fact), &zone, condition)))
            .collect();
        #[expect(
            clippy::type_complexity,
            reason = "keys as compared, keys as shown, and the facts of the group"
        )]
        let mut groups: BTreeMap<Vec<Key>, (Vec<Option<String>>, Vec<&Fact>)> = BTreeMap::new();
        for fact in &chosen {
            let (sort, text): (Vec<Key>, Vec<Option<String>>) =
                query.dimensions.iter().map(|key| value(fact, time(fact), &zone, key)).unzip();
            groups.entry(sort).or_insert_with(|| (text, Vec::new())).1.push(fact);
        }
        if query.dimensions.is_empty() {
            groups.entry(Vec::new()).or_default();
        }
        let mut rows: Vec<(Vec<Key>, Vec<Option<String>>, Sums)> = groups
            .into_iter()
            .filter(|(_, (_, facts))| !is_apart(query) || is_left(facts))
            .map(|(sort, (text, facts))| (sort, text, sums(facts.iter().copied())))
            .collect();
        rows.sort_by(|left, right| order(query, (&left.0, &left.2), (&right.0, &right.2)));
        let total_rows = rows.len() as u64;
        let metrics = |sums: &Sums| query.metrics.iter().map(|key| metric(key, sums)).collect::<Vec<Value>>();
        let page = rows.into_iter().skip(query.offset as usize).take(query.limit as usize);
        let rows = page.map(|(_, keys, sums)| ReportRow { keys, metrics: metrics(&sums) }).collect();
        Expected { rows, totals: metrics(&sums(chosen)), total_rows }
    }
}

/// Whether conversions may stand in rows without their clicks.
fn is_apart(query: &ReportQuery) -> bool {
    fn fields<'c>(conditions: &'c [Condition]) -> Vec<&'c str> {
        let of = |condition: &'c Condition| match condition {
            Condition::Filter(filter) => vec![filter.field.as_str()],
            Condition::Group(Group::All(members) | Group::Any(members) | Group::None(members)) => {
                fields(members)
            }
        };
        conditions.iter().flat_map(of).collect()
    }
    let apart = |key: &str| {
        let known = ["event", "conversion_status", "network", "destination", "is_trafficback"];
        known.contains(&key) || key.starts_with("is_unique")
    };
    let grouped = !query.dimensions.is_empty();
    let stand_apart = query.basis == Basis::Conversion
        || query.dimensions.iter().any(|key| apart(key))
        || fields(&query.filters).into_iter().any(apart);
    grouped && stand_apart
}

/// Whether anything is left of a group: conversions whose every state was taken away are no row.
fn is_left(facts: &[&Fact]) -> bool {
    let sums = sums(facts.iter().copied());
    let any = |name| sums.get(name).is_some_and(|sum| *sum != 0);
    facts.iter().any(|fact| fact.status.is_none()) || any("conversions") || any("rebills") || any("cost")
}

fn order(query: &ReportQuery, left: (&[Key], &Sums), right: (&[Key], &Sums)) -> Ordering {
    for sort in &query.sort {
        let ordering = match query.dimensions.iter().position(|key| *key == sort.key) {
            Some(position) => left.0[position].cmp(&right.0[position]),
            None => match (fraction(&sort.key, left.1), fraction(&sort.key, right.1)) {
                (Some(left), Some(right)) => {
                    // Exact comparison of fractions with positive or negative denominators.
                    let (a, b) = (left.0 * right.1, right.0 * left.1);
                    if (left.1 < 0) == (right.1 < 0) { a.cmp(&b) } else { b.cmp(&a) }
                }
                // Nulls last, whatever the direction.
                (None, Some(_)) => return Ordering::Greater,
                (Some(_), None) => return Ordering::Less,
                (None, None) => Ordering::Equal,
            },
        };
        let ordering = if sort.dir == Direction::Desc { ordering.reverse() } else { ordering };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    left.0.cmp(right.0)
}

/// The sums of the ledger, and those of which only some facts count.
fn sums<'f>(facts: impl IntoIterator<Item = &'f Fact> + Clone) -> Sums {
    let mut sums = oracle::sums(facts.clone());
    for fact in facts {
        let of = |name: &str| fact.measures.get(name).copied().unwrap_or_default();
        let mut add = |name, amount: i128| *sums.entry(name).or_default() += amount;
        if fact.dims.referrer_domain.is_empty() {
            add("empty_referrers", of("clicks"));
        }
        if fact.status.is_some() {
            add("cost_conversions", of("cost"));
        }
        match fact.status {
            Some(ConversionStatus::Lead) => add("revenue_leads", of("revenue")),
            Some(ConversionStatus::Sale) => add("revenue_sales", of("revenue")),
            Some(ConversionStatus::Rebill) => add("revenue_rebills", of("revenue")),
            Some(ConversionStatus::Registration) => add("revenue_registrations", of("revenue")),
            Some(ConversionStatus::Deposit) => add("revenue_deposits", of("revenue")),
            _ => {}
        }
    }
    sums
}

/// Numerator and denominator of a metric; `None` when the denominator is zero.
fn fraction(key: &str, sums: &Sums) -> Option<(i128, i128)> {
    let s = |name: &str| sums.get(name).copied().unwrap_or_default();
    if let Some((_, _, _, compute)) = CUSTOM.iter().find(|(known, ..)| *known == key) {
        return compute(&s);
    }
    let profit = s("revenue") - s("cost");
    let profit_confirmed = s("revenue_confirmed") - s("cost");
    let (numerator, denominator) = match key {
        "unique_clicks" => (s("unique_campaign"), 1),
        "unique_stream_clicks" => (s("unique_stream"), 1),
        "unique_workspace_clicks" => (s("unique_workspace"), 1),
        "unique_rate" => (s("unique_campaign") * 100, s("clicks")),
        "unique_stream_rate" => (s("unique_stream") * 100, s("clicks")),
        "unique_workspace_rate" => (s("unique_workspace") * 100, s("clicks")),
        "trafficback_rate" => (s("trafficback") * 100, s("clicks")),
        "empty_referrer_rate" => (s("empty_referrers") * 100, s("clicks")),
        "lp_click_rate" => (s("landing_clicks") * 100, s("clicks")),
        "cr_registrations" => (s("registrations") * 100, s("clicks")),
        "cr_deposits" => (s("deposits") * 100, s("clicks")),
        "cr_unique" => (s("conversions") * 100, s("unique_campaign")),
        "cr_landing" => (s("conversions") * 100, s("landing_clicks")),
        "deposit_rate" => (s("deposits") * 100, s("registrations")),
        "reject_rate" => (s("rejected") * 100, s("leads") + s("sales") + s("rejected")),
        "trash_rate" => (s("trash") * 100, s("conversions")),
        "margin" => (profit * 100, s("revenue")),
        "margin_confirmed" => (profit_confirmed * 100, s("revenue_confirmed")),
        "roas_confirmed" => (s("revenue_confirmed"), s("cost")),
        "epv" => (s("revenue"), s("landing_views")),
        "eplc" => (s("revenue"), s("landing_clicks")),
        "ppc" => (profit, s("clicks")),
        "ucpc" => (s("cost"), s("unique_campaign")),
        "cplc" => (s("cost"), s("landing_clicks")),
        "cpm" => (s("cost") * 1_000, s("clicks")),
        "cpr" => (s("cost"), s("registrations")),
        "cpd" => (s("cost"), s("deposits")),
        "aov_confirmed" => (s("revenue_confirmed"), s("conversions")),
        "ecpm_confirmed" => (s("revenue_confirmed") * 1_000, s("clicks")),
        "bot_rate" => (s("bots") * 100, s("clicks")),
        "lp_ctr" => (s("landing_clicks") * 100, s("landing_views")),
        "cr" => (s("conversions") * 100, s("clicks")),
        "cr_sales" => (s("sales") * 100, s("clicks")),
        "cr_leads" => (s("leads") * 100, s("clicks")),
        "approve" => (s("sales") * 100, s("leads") + s("sales") + s("rejected")),
        "approve_all" => (s("sales") * 100, s("leads") + s("sales") + s("rejected") + s("trash")),
        "profit" => (profit, 1),
        "profit_confirmed" => (profit_confirmed, 1),
        "roi" => (profit * 100, s("cost")),
        "roi_confirmed" => (profit_confirmed * 100, s("cost")),
        "roas" => (s("revenue"), s("cost")),
        "epc" => (s("revenue"), s("clicks")),
        "epc_confirmed" => (s("revenue_confirmed"), s("clicks")),
        "uepc" => (s("revenue"), s("unique_campaign")),
        "cpc" => (s("cost"), s("clicks")),
        "cpa" => (s("cost"), s("conversions")),
        "cps" => (s("cost"), s("sales")),
        "cpl" => (s("cost"), s("leads")),
        "aov" => (s("revenue"), s("conversions")),
        "ecpm" => (s("revenue") * 1_000, s("clicks")),
        "time_to_convert" => (s("convert_ms"), s("conversions") * 1_000),
        "time_on_landing" => (s("landing_ms"), s("landing_clicks") * 1_000),
        name => (s(name), 1),
    };
    (denominator != 0).then_some((numerator, denominator))
}

fn metric(key: &str, sums: &Sums) -> Value {
    const AMOUNTS: [&str; 14] = [
        "cost",
        "cost_conversions",
        "cost_corrections",
        "revenue",
        "revenue_confirmed",
        "revenue_hold",
        "revenue_rejected",
        "revenue_leads",
        "revenue_sales",
        "revenue_rebills",
        "revenue_registrations",
        "revenue_deposits",
        "profit",
        "profit_confirmed",
    ];
    const PER: [&str; 19] = [
        "epc",
        "epc_confirmed",
        "uepc",
        "cpc",
        "cpa",
        "cps",
        "cpl",
        "aov",
        "ecpm",
        "epv",
        "eplc",
        "ppc",
        "ucpc",
        "cplc",
        "cpm",
        "cpr",
        "cpd",
        "aov_confirmed",
        "ecpm_confirmed",
    ];
    const NUMBERS: [&str; 26] = [
        "unique_rate",
        "unique_stream_rate",
        "unique_workspace_rate",
        "bot_rate",
        "trafficback_rate",
        "empty_referrer_rate",
        "lp_ctr",
        "lp_click_rate",
        "cr",
        "cr_sales",
        "cr_leads",
        "cr_registrations",
        "cr_deposits",
        "cr_unique",
        "cr_landing",
        "deposit_rate",
        "approve",
        "approve_all",
        "reject_rate",
        "trash_rate",
        "roi",
        "roi_confirmed",
        "margin",
        "margin_confirmed",
        "roas",
        "roas_confirmed",
    ];
    let Some((numerator, denominator)) = fraction(key, sums) else { return Value::Null };
    if key.starts_with("event_") {
        return Value::Number(number(numerator, NANO));
    }
    match CUSTOM.iter().find(|(known, ..)| *known == key).map(|(_, _, format, _)| *format) {
        Some(CustomFormat::Money) => {
            return Value::Money(Money::from_nanos(rounded(numerator * NANO, denominator)));
        }
        Some(_) => return Value::Number(number(numerator, denominator)),
        None => {}
    }
    if AMOUNTS.contains(&key) || PER.contains(&key) {
        return Value::Money(Money::from_nanos(rounded(numerator, denominator)));
    }
    if NUMBERS.contains(&key) || ["time_to_convert", "time_on_landing"].contains(&key) {
        return Value::Number(number(numerator, denominator));
    }
    Value::Count(i64::try_from(numerator).unwrap())
}

/// Six decimals: the text of an amount of micro-units shifted to nano-units is the same number.
fn number(numerator: i128, denominator: i128) -> String {
    Money::from_nanos(rounded(numerator * 1_000_000, denominator) * 1_000).to_string()
}

/// Half away from zero, by magnitudes.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let negative = (numerator < 0) != (denominator < 0);
    let (n, d) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let magnitude = ((2 * n + d) / (2 * d)) as i128;
    if negative { -magnitude } else { magnitude }
}

fn moments(range: Range, zone: &TimeZone, now: Timestamp) -> (Option<i64>, Option<i64>) {
    let token = match range {
        Range::Custom { from, to } => return (Some(from.0), Some(to.0)),
        Range::Token(token) => token,
    };
    let today = jiff::Timestamp::from_millisecond(now.0).unwrap().to_zoned(zone.clone()).date();
    let begin = |date: jiff::civil::Date| {
        date.to_zoned(zone.clone()).unwrap().start_of_day().unwrap().timestamp().as_millisecond()
    };
    let days = |first: i64, end: i64| {
        let plus = |days: i64| begin(today.checked_add(jiff::Span::new().days(days)).unwrap());
        (Some(plus(first)), Some(plus(end)))
    };
    match token {
        RangeToken::Today => days(0, 1),
        RangeToken::Yesterday => days(-1, 0),
        RangeToken::Last7Days => days(-6, 1),
        RangeToken::Last14Days => days(-13, 1),
        RangeToken::Last30Days => days(-29, 1),
        RangeToken::ThisMonth => {
            (Some(begin(jiff::civil::date(2026, 2, 1))), Some(begin(jiff::civil::date(2026, 3, 1))))
        }
        RangeToken::LastMonth => {
            (Some(begin(jiff::civil::date(2026, 1, 1))), Some(begin(jiff::civil::date(2026, 2, 1))))
        }
        RangeToken::ThisYear => {
            (Some(begin(jiff::civil::date(2026, 1, 1))), Some(begin(jiff::civil::date(2027, 1, 1))))
        }
        RangeToken::ThisWeek | RangeToken::LastWeek => {
            // The clock of these tests stands on a Thursday in every zone used.
            let monday = -3 - if token == RangeToken::LastWeek { 7 } else { 0 };
            days(monday, monday + 7)
        }
        RangeToken::Last2Days => days(-1, 1),
        RangeToken::Last3Days => days(-2, 1),
        RangeToken::Last90Days => days(-89, 1),
        RangeToken::LastYear => {
            (Some(begin(jiff::civil::date(2025, 1, 1))), Some(begin(jiff::civil::date(2026, 1, 1))))
        }
        RangeToken::AllTime => (None, None),
    }
}

/// A dimension's value of a fact: its order and its text.
fn value(fact: &Fact, time: i64, zone: &TimeZone, key: &str) -> (Key, Option<String>) {
    let d = &fact.dims;
    let id = |id: u64| (Key::Number(id.into()), (id != 0).then(|| CampaignId(id).to_string()));
    let text = |text: &str| (Key::Text(text.to_owned()), (!text.is_empty()).then(|| text.to_owned()));
    let word =
        |word: &str, unset: &str| (Key::Text(word.to_owned()), (word != unset).then(|| word.to_owned()));
    let number = |number: i128| (Key::Number(number), Some(number.to_string()));
    let wall = jiff::Timestamp::from_millisecond(time).unwrap().to_zoned(zone.clone());
    let date = |date: jiff::civil::Date| {
        let days = jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days();
        (Key::Number(days.into()), Some(date.to_string()))
    };
    match key {
        "campaign" => id(d.campaign.0),
        "stream" => id(d.stream.0),
        "landing" => id(d.landing.0),
        "destination" => id(d.destination.0),
        "source" => id(d.source.0),
        "network" => id(d.network.0),
        "domain" => id(d.domain.0),
        "country" => text(&d.country),
        "region" => text(&d.region),
        "city" => text(&d.city),
        "isp" => text(&d.isp),
        "asn" => (Key::Number(d.asn.into()), (d.asn != 0).then(|| d.asn.to_string())),
        "connection_type" => word(d.connection.as_str(), "unknown"),
        "device_type" => word(d.device_type.as_str(), "unknown"),
        "device_brand" => text(&d.device_brand),
        "device_model" => text(&d.device_model),
        "os" => text(&d.os),
        "os_version" => text(&d.os_version),
        "browser" => text(&d.browser),
        "browser_version" => text(&d.browser_version),
        "language" => text(&d.language),
        "referrer_domain" => text(&d.referrer_domain),
        "keyword" => text(&d.keyword),
        "ad_campaign_id" => text(&d.ad_campaign_id),
        "creative_id" => text(&d.creative_id),
        "site" => text(&d.site),
        "is_bot" => (Key::Number(d.bot.is_bot().into()), Some(d.bot.is_bot().to_string())),
        "bot_reason" => text(d.bot.as_str()),
        "is_unique" => text(fact.unique.map_or("", |unique| if unique { "true" } else { "false" })),
        "is_unique_stream" | "is_unique_workspace" | "is_trafficback" => {
            let measure = match key {
                "is_unique_stream" => "unique_stream",
                "is_unique_workspace" => "unique_workspace",
                _ => "trafficback",
            };
            let yes = fact.measures.get(measure) == Some(&1);
            text(if fact.unique.is_none() {
                ""
            } else if yes {
                "true"
            } else {
                "false"
            })
        }
        "is_empty_referrer" => {
            let empty = d.referrer_domain.is_empty();
            (Key::Number(empty.into()), Some(empty.to_string()))
        }
        "event" => text(match (fact.unique, fact.status) {
            (Some(_), _) => "click",
            (None, Some(_)) => "conversion",
            (None, None) if fact.measures.keys().any(|name| name.starts_with("event_")) => "event",
            (None, None) => "landing_click",
        }),
        "conversion_status" => word(fact.status.map_or("none", |status| status.as_str()), "none"),
        "hour" => {
            let begin = wall.datetime().with().minute(0).second(0).subsec_nanosecond(0).build().unwrap();
            let offset = wall.offset().seconds();
            let local = begin.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
            let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.abs());
            let text = format!(
                "{}{sign}{:02}:{:02}",
                begin.strftime("%Y-%m-%dT%H:00:00"),
                size / 3600,
                size % 3600 / 60
            );
            (Key::Number(i128::from(local) * 1_000_000 + i128::from(offset)), Some(text))
        }
        "day" => date(wall.date()),
        "week" => {
            let back = i64::from(wall.weekday().to_monday_zero_offset());
            date(wall.date().checked_sub(jiff::Span::new().days(back)).unwrap())
        }
        "month" => date(wall.date().first_of_month()),
        "quarter" => {
            let first = (wall.month() - 1) / 3 * 3 + 1;
            date(jiff::civil::date(wall.year(), first, 1))
        }
        "year" => date(wall.date().first_of_year()),
        "weekday" => number(wall.weekday().to_monday_one_offset().into()),
        "hour_of_day" => number(wall.hour().into()),
        sub if sub.starts_with("sub_id_") => {
            let wanted: u8 = sub["sub_id_".len()..].parse().unwrap();
            text(d.sub_ids.iter().find(|(number, _)| *number == wanted).map_or("", |(_, value)| value))
        }
        other => panic!("the oracle does not know {other}"),
    }
}

fn holds(fact: &Fact, time: i64, zone: &TimeZone, condition: &Condition) -> bool {
    let each = |members: &[Condition]| {
        members.iter().map(|member| holds(fact, time, zone, member)).collect::<Vec<bool>>()
    };
    match condition {
        Condition::Filter(filter) => passes(fact, time, zone, filter),
        Condition::Group(Group::All(members)) => each(members).iter().all(|holds| *holds),
        Condition::Group(Group::Any(members)) => each(members).iter().any(|holds| *holds),
        Condition::Group(Group::None(members)) => !each(members).iter().any(|holds| *holds),
    }
}

fn passes(fact: &Fact, time: i64, zone: &TimeZone, filter: &Filter) -> bool {
    let (key, text) = value(fact, time, zone, &filter.field);
    let number = || match &key {
        Key::Number(number) => *number,
        Key::Text(text) => panic!("{text} is no number"),
    };
    let wanted = |index: usize| filter.values[index].parse::<i128>().unwrap();
    // What a request calls a value: the stored word, or the text shown.
    let raw = match &key {
        Key::Text(raw) => raw.clone(),
        Key::Number(_) => text.clone().unwrap_or_default(),
    };
    let lower = raw.to_lowercase();
    let any = |test: &dyn Fn(&str) -> bool| filter.values.iter().any(|value| test(value));
    match filter.op {
        Operator::Equals => any(&|value| value == raw),
        Operator::NotEquals => !any(&|value| value == raw),
        Operator::Contains => any(&|value| lower.contains(&value.to_lowercase())),
        Operator::NotContains => !any(&|value| lower.contains(&value.to_lowercase())),
        Operator::BeginsWith => any(&|value| raw.starts_with(value)),
        Operator::EndsWith => any(&|value| raw.ends_with(value)),
        Operator::IsSet => text.is_some(),
        Operator::IsNotSet => text.is_none(),
        Operator::IsTrue => raw == "true",
        Operator::IsFalse => raw == "false",
        Operator::GreaterThan => number() > wanted(0),
        Operator::AtLeast => number() >= wanted(0),
        Operator::LessThan => number() < wanted(0),
        Operator::AtMost => number() <= wanted(0),
        Operator::Between => number() >= wanted(0) && number() <= wanted(1),
        Operator::Matches | Operator::NotMatches => panic!("not generated"),
    }
}
