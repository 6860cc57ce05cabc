//! Corrections in the language of another tracker's Admin API, which tools that fetch costs speak.
//!
//! A request lists campaigns and costs, each with a range and filters by parameter; what it asks for replaces what the clicks cost, so
//! that a tool may send the same day again and again. A field that would narrow a cost is never passed over: it is understood or refused;
//! other unknown fields are named in the answer.
//!
//! These tools know objects by numbers. The number of one is the lower 53 bits of its id, which every language reads as it was written.

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
use signalbox_domain::{CostBots, CostOrigin, CostSpread, Currency, Money, Timestamp, Workspace};
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
    #[serde(default)]
    only_campaign_uniques: Option<Value>,
    /// What else there is.
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// The lower bits of an id, which are its number.
const NUMBER: u64 = (1 << 53) - 1;

/// The number by which tools know an object.
pub const fn number(id: u64) -> u64 {
    id & NUMBER
}

/// Objects that filters name.
#[derive(Debug, Default)]
pub struct Objects {
    /// Campaigns by what people and tools call them.
    pub campaigns: Campaigns,
    /// The ids of others by filter.
    pub others: BTreeMap<&'static str, Vec<(u64, String)>>,
}

/// Filters that name an object, and the dimension of each.
pub const OBJECTS: [(&str, &str); 4] =
    [("stream_id", "stream"), ("landing_id", "landing"), ("offer_id", "destination"), ("ts_id", "source")];

type Wrong = (String, String);

impl Request {
    /// Whether some filter names an object of this kind, so that those have to be known.
    pub fn names(&self, filter: &str) -> bool {
        let names =
            |entry: &Entry| entry.filters.as_ref().is_some_and(|filters| filters.contains_key(filter));
        names(&self.single) || self.costs.iter().any(names)
    }

    /// Fields that say nothing here.
    pub fn ignored(&self) -> Vec<String> {
        let mut ignored: Vec<String> = self.single.others.keys().cloned().collect();
        if !self.costs.is_empty() {
            let given = [
                ("start_date", self.single.start_date.is_some()),
                ("end_date", self.single.end_date.is_some()),
                ("cost", self.single.cost.is_some()),
            ];
            ignored
                .extend(given.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name.to_owned()));
        }
        for (index, entry) in self.costs.iter().enumerate() {
            ignored.extend(entry.others.keys().map(|key| format!("costs[{index}].{key}")));
        }
        ignored
    }
}

/// What a request asks for.
///
/// # Errors
/// 422 naming the field.
pub fn read(
    request: &Request,
    workspace: &Workspace,
    (objects, now): (&Objects, Timestamp),
) -> Result<Vec<Wish>, ApiError> {
    let wrong = |(field, reason): Wrong| ApiError::from(Problem::invalid_field(field, reason));
    let entries = if request.costs.is_empty() { vec![request.single.clone()] } else { request.costs.clone() };
    if entries.len() > ENTRIES_MAX {
        return Err(wrong(("costs".to_owned(), format!("has more than {ENTRIES_MAX} entries"))));
    }
    narrows_nothing(&request.single).map_err(wrong)?;
    if !request.costs.is_empty() && request.single.filters.as_ref().is_some_and(|filters| !filters.is_empty())
    {
        let reason = "are of one cost: move them into each entry of costs".to_owned();
        return Err(wrong(("filters".to_owned(), reason)));
    }
    let campaign =
        campaign_filter(&request.campaign_ids, &objects.campaigns, "campaign_ids").map_err(wrong)?;
    let mut wishes = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let at = if request.costs.is_empty() { String::new() } else { format!("costs[{index}].") };
        let found = narrows_nothing(entry).and_then(|()| one(request, entry, (workspace, objects, now)));
        let mut wish = found.map_err(|(field, reason)| wrong((format!("{at}{field}"), reason)))?;
        wish.filters.splice(0..0, campaign.clone());
        wishes.push(wish);
    }
    Ok(wishes)
}

fn one(
    request: &Request,
    entry: &Entry,
    (workspace, objects, now): (&Workspace, &Objects, Timestamp),
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
    let only_unique = entry.only_campaign_uniques.as_ref().or(request.single.only_campaign_uniques.as_ref());
    let code = entry.own_currency.as_ref().or(request.currency.as_ref());
    let currency = match code.map(|code| code.trim().to_uppercase().parse::<Currency>()) {
        None => workspace.currency,
        Some(Ok(currency)) => currency,
        Some(Err(_)) => return Err(named("currency", "is not a currency such as USD")),
    };
    let converted = convert(workspace, (amount, currency), (to, now)).map_err(|_| {
        named("currency", "has no rate that was in force then; add one to the workspace first")
    })?;
    Ok(Wish {
        origin: CostOrigin::Tool,
        from,
        to,
        timezone,
        filters: filters(entry.filters.as_ref(), objects)?,
        bots: CostBots::Exclude,
        only_unique: only_unique.is_some_and(is_yes),
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

/// Refuses what would narrow a cost if it stood among the filters: passed over, it would fall on clicks that are not meant.
fn narrows_nothing(entry: &Entry) -> Result<(), Wrong> {
    match entry.others.keys().find(|key| dimension(key).is_some()) {
        Some(key) => Err((key.clone(), "narrows a cost: move it into its filters".to_owned())),
        None => Ok(()),
    }
}

/// The dimension that a filter is about.
fn dimension(key: &str) -> Option<&str> {
    match key {
        "campaign_id" | "campaign_ids" => Some("campaign"),
        // What other trackers call the source is the site that an ad was shown on.
        "source" => Some("site"),
        _ => {
            let object = OBJECTS.iter().find(|(filter, _)| *filter == key);
            object.map(|(_, dimension)| *dimension).or_else(|| is_dimension(key).then_some(key))
        }
    }
}

/// Campaigns by id, number, link name or name; none, and 0, stand for all.
fn campaign_filter(ids: &[Value], campaigns: &Campaigns, field: &str) -> Result<Option<Condition>, Wrong> {
    let mut values = Vec::new();
    for id in ids {
        let text = match id {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => return Err((field.to_owned(), "must be ids".to_owned())),
        };
        if text != "0" {
            values.push(campaigns.find(&text).map_err(|reason| (field.to_owned(), reason))?);
        }
    }
    let filter = Filter { field: "campaign".to_owned(), op: FilterOp::Equals, values };
    Ok((!filter.values.is_empty()).then_some(Condition::Filter(filter)))
}

/// The ids of objects that a filter names by id or number.
fn ids(known: &[(u64, String)], texts: Vec<String>) -> Result<Vec<String>, String> {
    let find = |text: String| {
        let asked: Option<u64> = text.parse().ok();
        let is_it = |(raw, id): &&(u64, String)| {
            id.eq_ignore_ascii_case(&text)
                || asked.is_some_and(|asked| asked == *raw || asked == number(*raw))
        };
        let mut found = known.iter().filter(is_it);
        match (found.next(), found.next()) {
            (Some((_, id)), None) => Ok(id.clone()),
            (Some(_), Some(_)) => Err(format!("names several objects by {text:?}; use the id")),
            (None, _) => Err(format!("names {text:?}, which nothing has as its id")),
        }
    };
    texts.into_iter().map(find).collect()
}

fn filters(given: Option<&BTreeMap<String, Value>>, objects: &Objects) -> Result<Vec<Condition>, Wrong> {
    let mut filters = Vec::new();
    for (key, value) in given.into_iter().flatten() {
        let at = format!("filters.{key}");
        let mut texts: Vec<String> = match value {
            Value::Null => continue,
            Value::Array(items) => items.iter().map(plain).collect(),
            Value::String(list) => list.split(',').map(|item| item.trim().to_owned()).collect(),
            other => vec![plain(other)],
        };
        let Some(field) = dimension(key) else {
            return Err((at, "is not a dimension of clicks".to_owned()));
        };
        let is_empty = matches!(texts.as_slice(), [empty] if empty.is_empty());
        if field == "campaign" {
            let ids: Vec<Value> = texts.into_iter().map(Value::String).collect();
            filters.extend(campaign_filter(&ids, &objects.campaigns, &at)?);
            continue;
        }
        if let Some(known) = objects.others.get(key.as_str()).filter(|_| !is_empty) {
            texts = ids(known, texts).map_err(|reason| (at, reason))?;
        }
        filters.push(match texts.as_slice() {
            _ if is_empty => Condition::Filter(Filter {
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
mod tests;
