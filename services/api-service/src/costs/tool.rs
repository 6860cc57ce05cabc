//! Corrections in the language of another tracker's Admin API, which tools that fetch costs speak.
//!
//! A request lists campaigns and costs, each with a range and filters by parameter; what it asks for replaces what the clicks cost, so
//! that a tool may send the same day again and again.

use super::file::{Campaigns, equals};
use super::wish::{Wish, convert};
use crate::{
    error::ApiError,
    report::is_dimension,
    types::{Condition, Filter, FilterOp},
};
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::Deserialize;
use serde_json::Value;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{CampaignId, CostBots, CostOrigin, CostSpread, Currency, Money, Timestamp, Workspace};
use std::collections::BTreeMap;

/// Most costs of a request.
const ENTRIES_MAX: usize = 1_000;

/// The whole request.
#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    campaign_ids: Vec<Value>,
    #[serde(default)]
    costs: Vec<Entry>,
    #[serde(default)]
    timezone: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    only_campaign_uniques: Option<Value>,
    /// The form for one campaign has the fields of a cost beside these.
    #[serde(flatten)]
    single: Entry,
}

impl Request {
    /// The request for one campaign alone, by id, link name or name.
    pub fn of_campaign(self, campaign: String) -> Self {
        Self { campaign_ids: vec![Value::String(campaign)], ..self }
    }
}

/// One cost.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Entry {
    #[serde(default)]
    start_date: Option<String>,
    #[serde(default)]
    end_date: Option<String>,
    #[serde(default)]
    cost: Option<Value>,
    #[serde(default)]
    filters: Option<BTreeMap<String, Value>>,
    #[serde(default, rename = "timezone")]
    own_timezone: Option<String>,
    #[serde(default, rename = "currency")]
    own_currency: Option<String>,
}

type Wrong = (String, String);

/// What a request asks for.
///
/// # Errors
/// 422 naming the field.
pub fn read(request: &Request, workspace: &Workspace, campaigns: &Campaigns) -> Result<Vec<Wish>, ApiError> {
    let wrong = |(field, reason): Wrong| ApiError::from(Problem::invalid_field(field, reason));
    let entries = if request.costs.is_empty() { vec![request.single.clone()] } else { request.costs.clone() };
    if entries.len() > ENTRIES_MAX {
        return Err(wrong(("costs".to_owned(), format!("has more than {ENTRIES_MAX} entries"))));
    }
    let campaign = campaign_filter(&request.campaign_ids, campaigns, "campaign_ids").map_err(wrong)?;
    let mut wishes = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let at = if request.costs.is_empty() { String::new() } else { format!("costs[{index}].") };
        let found = one(request, entry, (workspace, campaigns));
        let mut wish = found.map_err(|(field, reason)| wrong((format!("{at}{field}"), reason)))?;
        wish.filters.splice(0..0, campaign.clone());
        wishes.push(wish);
    }
    Ok(wishes)
}

fn one(
    request: &Request,
    entry: &Entry,
    (workspace, campaigns): (&Workspace, &Campaigns),
) -> Result<Wish, Wrong> {
    let named = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
    let zone_name = entry.own_timezone.as_ref().or(request.timezone.as_ref());
    let timezone = zone_name.cloned().unwrap_or_else(|| workspace.timezone.clone());
    let zone = TimeZone::get(&timezone).map_err(|_| named("timezone", "is not an IANA timezone"))?;
    let moment = |field: &str, text: &Option<String>, is_end: bool| {
        let text = text.as_deref().ok_or_else(|| named(field, "is missing"))?;
        self::moment(text, &zone, is_end)
            .ok_or_else(|| (field.to_owned(), format!("{text:?} is not a time such as 2026-05-01 14:30")))
    };
    let (from, to) =
        (moment("start_date", &entry.start_date, false)?, moment("end_date", &entry.end_date, true)?);
    if from >= to {
        return Err(named("end_date", "must not be before start_date"));
    }
    let amount = match &entry.cost {
        Some(Value::String(text)) => text.parse::<Money>().ok(),
        Some(Value::Number(number)) => number.to_string().parse().ok(),
        _ => None,
    };
    let amount = amount.filter(|amount| !amount.is_negative());
    let amount = amount.ok_or_else(|| named("cost", "must be an amount that is not below 0"))?;
    let code = entry.own_currency.as_ref().or(request.currency.as_ref());
    let currency = match code.map(|code| code.trim().to_uppercase().parse::<Currency>()) {
        None => workspace.currency,
        Some(Ok(currency)) => currency,
        Some(Err(_)) => return Err(named("currency", "is not a currency such as USD")),
    };
    let converted = convert(workspace, amount, currency)
        .map_err(|_| named("currency", "has no rate in this workspace; add one first"))?;
    Ok(Wish {
        origin: CostOrigin::Tool,
        from,
        to,
        timezone,
        filters: filters(entry.filters.as_ref(), campaigns)?,
        bots: CostBots::Exclude,
        only_unique: request.only_campaign_uniques.as_ref().is_some_and(is_yes),
        spread: CostSpread::Total,
        amount,
        currency,
        converted,
        adds: false,
        note: String::new(),
        idempotency_key: None,
    })
}

fn is_yes(value: &Value) -> bool {
    matches!(value, Value::Bool(true))
        || value.as_i64() == Some(1)
        || value.as_str().is_some_and(|text| ["1", "true"].contains(&text))
}

/// A moment as these tools write it. An end is meant to be included: the day, the minute or the second it names.
fn moment(text: &str, zone: &TimeZone, is_end: bool) -> Option<Timestamp> {
    let text = text.trim().replace('T', " ");
    let (begin, step) = if text.len() == 10 {
        (text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()), 1.day())
    } else {
        let format = if text.len() == 16 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
        let step = if text.len() == 16 { 1.minute() } else { 1.second() };
        (DateTime::strptime(format, &text).ok()?, step)
    };
    let wall = if is_end { begin.checked_add(step).ok()? } else { begin };
    Some(Timestamp(wall.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond()))
}

/// Campaigns by id, link name or name; none, and 0, stand for all.
fn campaign_filter(ids: &[Value], campaigns: &Campaigns, field: &str) -> Result<Option<Condition>, Wrong> {
    let mut values = Vec::new();
    for id in ids {
        let found = match id {
            Value::Number(number) => {
                number.as_u64().map(|raw| CampaignId(raw).to_string()).ok_or_else(String::new)
            }
            Value::String(text) => campaigns.find(text).or_else(|reason| {
                text.parse::<u64>().map(|raw| CampaignId(raw).to_string()).map_err(|_| reason)
            }),
            _ => Err("must be ids".to_owned()),
        };
        let found = found.map_err(|reason| (field.to_owned(), reason))?;
        if found != CampaignId::NONE.to_string() {
            values.push(found);
        }
    }
    let filter = Filter { field: "campaign".to_owned(), op: FilterOp::Equals, values };
    Ok((!filter.values.is_empty()).then_some(Condition::Filter(filter)))
}

fn filters(given: Option<&BTreeMap<String, Value>>, campaigns: &Campaigns) -> Result<Vec<Condition>, Wrong> {
    let mut filters = Vec::new();
    for (key, value) in given.into_iter().flatten() {
        let at = format!("filters.{key}");
        let texts: Vec<String> = match value {
            Value::Null => continue,
            Value::Array(items) => items.iter().map(plain).collect(),
            Value::String(list) => list.split(',').map(|item| item.trim().to_owned()).collect(),
            other => vec![plain(other)],
        };
        if ["campaign_id", "campaign_ids"].contains(&key.as_str()) {
            let ids: Vec<Value> = texts.into_iter().map(Value::String).collect();
            filters.extend(campaign_filter(&ids, campaigns, &at)?);
            continue;
        }
        // What other trackers call the source is the site that an ad was shown on.
        let field = if key == "source" { "site" } else { key.as_str() };
        if !is_dimension(field) {
            return Err((at, "is not a dimension of clicks".to_owned()));
        }
        filters.push(match texts.as_slice() {
            [empty] if empty.is_empty() => Condition::Filter(Filter {
                field: field.to_owned(),
                op: FilterOp::IsNotSet,
                values: Vec::new(),
            }),
            [one] => equals(field, one),
            _ => Condition::Filter(Filter { field: field.to_owned(), op: FilterOp::Equals, values: texts }),
        });
    }
    Ok(filters)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use signalbox_domain::WorkspaceId;
    use std::collections::HashMap;

    fn wishes(body: Value) -> Result<Vec<Wish>, ApiError> {
        let workspace = Workspace {
            id: WorkspaceId(1),
            name: "Main".to_owned(),
            currency: Currency::USD,
            timezone: "UTC".to_owned(),
            rates: Vec::new(),
            earlier_rates: Vec::new(),
            conversion_types: Vec::new(),
            addresses: Default::default(),
        };
        let summer = CampaignId(7).to_string();
        let campaigns = Campaigns(HashMap::from([("summer".to_owned(), vec![summer])]));
        read(&serde_json::from_value(body).unwrap(), &workspace, &campaigns)
    }

    #[test]
    fn requests_of_real_tools_are_understood() {
        let many = wishes(json!({
            "campaign_ids": ["summer"], "timezone": "Europe/Madrid", "currency": "USD", "only_campaign_uniques": 0,
            "costs": [
                { "start_date": "2026-05-01 00:00", "end_date": "2026-05-01 23:59", "cost": "10.21", "filters": { "sub_id_6": "ad 1" } },
                { "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": 3.5, "timezone": "UTC", "filters": { "source": "a, b", "keyword": "" } },
            ],
        }))
        .unwrap();
        let span = |wish: &Wish| (wish.from.to_rfc3339(), wish.to.to_rfc3339());
        assert_eq!(
            span(&many[0]),
            ("2026-04-30T22:00:00.000Z".to_owned(), "2026-05-01T22:00:00.000Z".to_owned())
        );
        assert_eq!(
            span(&many[1]),
            ("2026-05-01T00:00:00.000Z".to_owned(), "2026-05-02T00:00:00.000Z".to_owned())
        );
        assert_eq!(
            many[0].filters,
            [equals("campaign", &CampaignId(7).to_string()), equals("sub_id_6", "ad 1")]
        );
        assert_eq!(
            (many[1].amount, many[1].bots, many[1].only_unique),
            ("3.5".parse().unwrap(), CostBots::Exclude, false)
        );
        assert!(matches!(&many[1].filters[1], Condition::Filter(filter) if filter.op == FilterOp::IsNotSet));
        assert!(matches!(&many[1].filters[2], Condition::Filter(filter) if filter.values == ["a", "b"]));

        let single = wishes(json!({
            "start_date": "2026-05-01 00:00:00", "end_date": "2026-05-01 23:59:59", "cost": "1", "currency": "USD",
            "timezone": "UTC", "only_campaign_uniques": true, "campaign_ids": [0],
        }))
        .unwrap();
        assert_eq!(span(&single[0]).1, "2026-05-02T00:00:00.000Z");
        assert_eq!((single[0].only_unique, single[0].filters.len()), (true, 0));
    }

    #[test]
    fn mistakes_are_named() {
        let cost = json!({ "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": "1" });
        let with = |key: &str, value: Value| {
            let mut cost = cost.clone();
            cost[key] = value;
            json!({ "costs": [cost] })
        };
        for body in [
            with("cost", json!("-1")),
            with("cost", json!(null)),
            with("start_date", json!("yesterday")),
            with("end_date", json!("2026-04-01")),
            with("currency", json!("EUR")),
            with("timezone", json!("Mars")),
            with("filters", json!({ "mood": "x" })),
            json!({ "campaign_ids": ["winter"], "costs": [cost.clone()] }),
            json!({}),
        ] {
            assert_eq!(wishes(body.clone()).unwrap_err().code(), "invalid", "{body}");
        }
    }
}
