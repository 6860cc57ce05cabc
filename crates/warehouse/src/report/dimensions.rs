//! The dimensions of a report: the stored ones, and those computed from time and from the facts themselves.

use super::localtime::LocalTime;
use crate::dimension;
use crate::hour;
use crate::kind::Kind;
use signalbox_domain::CampaignId;

/// A dimension of reports.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReportDimension {
    pub key: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub group: &'static str,
    pub kind: Kind,
    source: Source,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    /// An expression over columns.
    Columns(&'static str),
    /// A part of local time.
    Time(Part),
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Weekday,
    HourOfDay,
}

const STATUSES: &[&str] = signalbox_domain::ConversionStatus::WORDS;
/// Of clicks only: nothing, yes, no.
const OF_CLICKS: &[&str] = &["", "true", "false"];
const EVENTS: &[&str] = &["none", "click", "landing_click", "conversion", "cost", "impression", "event"];

/// Yes or no of a click; conversions and landing clicks stand under none.
const fn of_click(
    key: &'static str,
    title: &'static str,
    description: &'static str,
    expression: &'static str,
) -> ReportDimension {
    let (kind, source) = (Kind::Word(OF_CLICKS), Source::Columns(expression));
    ReportDimension { key, title, description, group: "quality", kind, source }
}

const fn time(
    key: &'static str,
    title: &'static str,
    description: &'static str,
    kind: Kind,
    part: Part,
) -> ReportDimension {
    ReportDimension { key, title, description, group: "time", kind, source: Source::Time(part) }
}

const COMPUTED: &[ReportDimension] = &[
    time(
        "hour",
        "Hour",
        "Hour in the report's timezone, with its offset: the hour that clocks repeat is two rows.",
        Kind::Hour,
        Part::Hour,
    ),
    time("day", "Day", "Day in the report's timezone.", Kind::Date, Part::Day),
    time("week", "Week", "Week in the report's timezone, named by its Monday.", Kind::Date, Part::Week),
    time(
        "month",
        "Month",
        "Month in the report's timezone, named by its first day.",
        Kind::Date,
        Part::Month,
    ),
    time(
        "quarter",
        "Quarter",
        "Quarter of a year in the report's timezone, named by its first day.",
        Kind::Date,
        Part::Quarter,
    ),
    time("year", "Year", "Year in the report's timezone, named by its first day.", Kind::Date, Part::Year),
    time(
        "weekday",
        "Weekday",
        "Day of the week, 1 (Monday) to 7 (Sunday), in the report's timezone.",
        Kind::Weekday,
        Part::Weekday,
    ),
    time(
        "hour_of_day",
        "Hour of day",
        "Hour of the wall clock, 0 to 23, in the report's timezone.",
        Kind::HourOfDay,
        Part::HourOfDay,
    ),
    of_click(
        "is_unique",
        "Unique",
        "Whether the click was the visitor's first on the campaign within its uniqueness period. Known of clicks and what corrects \
         their cost: conversions and landing clicks stand under none.",
        "multiIf(kind = 'cost', multiIf(click_unique = 1, 'true', 'false'), kind != 'click', '', unique_campaign = 1, 'true', 'false')",
    ),
    of_click(
        "is_unique_stream",
        "Unique (stream)",
        "Whether the click was the visitor's first on the stream. Known of clicks only.",
        "multiIf(kind != 'click', '', unique_stream = 1, 'true', 'false')",
    ),
    of_click(
        "is_unique_workspace",
        "Unique (all)",
        "Whether the click was the visitor's first in the workspace. Known of clicks only.",
        "multiIf(kind != 'click', '', unique_workspace = 1, 'true', 'false')",
    ),
    of_click(
        "is_trafficback",
        "Trafficback",
        "Whether no stream or destination took the click. Known of clicks only.",
        "multiIf(kind != 'click', '', trafficback = 1, 'true', 'false')",
    ),
    ReportDimension {
        key: "is_empty_referrer",
        title: "Empty referrer",
        description: "Whether the visit came without a page that it came from.",
        group: "parameters",
        kind: Kind::Boolean,
        source: Source::Columns("referrer_domain = ''"),
    },
    ReportDimension {
        key: "event",
        title: "Event",
        description: "What a figure comes from: click, landing_click, conversion, event (a number said about a click), or cost (a correction).",
        group: "quality",
        kind: Kind::Word(EVENTS),
        source: Source::Columns("toString(kind)"),
    },
    ReportDimension {
        key: "conversion_status",
        title: "Conversion status",
        description: "Status of the conversion; clicks and landing clicks stand under none.",
        group: "quality",
        kind: Kind::Word(STATUSES),
        source: Source::Columns("toString(status)"),
    },
];

/// Every dimension of reports, in the order shown to people.
pub(crate) fn all() -> impl Iterator<Item = ReportDimension> {
    let stored = dimension::all().map(|stored| ReportDimension {
        key: stored.key,
        title: stored.title,
        description: stored.description,
        group: stored.group,
        kind: stored.kind,
        source: Source::Columns(stored.expression),
    });
    COMPUTED.iter().copied().chain(stored)
}

/// The dimension with this key.
pub(crate) fn find(key: &str) -> Option<ReportDimension> {
    all().find(|dimension| dimension.key == key)
}

impl ReportDimension {
    /// Whether corrections of costs stand under the same value as their click.
    pub fn is_of_corrections(&self) -> bool {
        let computed =
            matches!(self.source, Source::Time(_)) || ["is_unique", "is_empty_referrer"].contains(&self.key);
        computed || dimension::find(self.key).is_some()
    }

    /// Whether it is a part of a fact's time, an hour or longer.
    pub fn is_time(&self) -> bool {
        matches!(self.source, Source::Time(_))
    }

    /// Whether a click and all that follows from it stand under the same value, when their time is that of the click.
    pub fn is_of_all(&self) -> bool {
        let apart = ["event", "conversion_status", "network", "destination"].contains(&self.key);
        !apart && !matches!(self.kind, Kind::Word(OF_CLICKS))
    }

    /// Its SQL expression.
    pub fn sql(&self, local: &LocalTime) -> String {
        let day = || local.day();
        let date = || format!("addDays(toDate('1970-01-01'), {})", local.day());
        match self.source {
            Source::Columns(expression) => format!("({expression})"),
            Source::Time(Part::Hour) => hour::sql(&local.seconds, &local.offset),
            Source::Time(Part::Day) => day(),
            Source::Time(Part::Week) => format!("({} - modulo({} + 3, 7))", day(), day()),
            Source::Time(Part::Month) => format!("toInt64(toStartOfMonth({}))", date()),
            Source::Time(Part::Quarter) => format!("toInt64(toStartOfQuarter({}))", date()),
            Source::Time(Part::Year) => format!("toInt64(toStartOfYear({}))", date()),
            Source::Time(Part::Weekday) => format!("(modulo({} + 3, 7) + 1)", day()),
            Source::Time(Part::HourOfDay) => format!("intDiv(modulo({}, 86400), 3600)", local.seconds),
        }
    }

    /// The value of a row as text; `None` is "unknown" or "none".
    pub fn text(&self, raw: &str) -> Option<String> {
        match self.kind {
            Kind::Id(_) => raw.parse().ok().filter(|id| *id != 0).map(|id| CampaignId(id).to_string()),
            Kind::Word(words) => Some(raw).filter(|word| words.first() != Some(word)).map(str::to_owned),
            Kind::Boolean => Some(if raw == "1" { "true" } else { "false" }.to_owned()),
            Kind::Number => Some(raw).filter(|number| *number != "0").map(str::to_owned),
            Kind::Hour => raw.parse().ok().and_then(hour::format),
            Kind::Date => raw.parse().ok().and_then(date_of),
            Kind::Weekday | Kind::HourOfDay => Some(raw.to_owned()),
            _ => Some(raw).filter(|text| !text.is_empty()).map(str::to_owned),
        }
    }
}

/// `2026-03-29` of days since 1970.
fn date_of(days: i64) -> Option<String> {
    let seconds = days.checked_mul(86_400)?;
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(moment).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_values_become_text() {
        let keys: Vec<&str> = all().map(|dimension| dimension.key).collect();
        let distinct: std::collections::HashSet<&&str> = keys.iter().collect();
        assert_eq!(keys.len(), distinct.len());
        let text = |key: &str, raw: &str| find(key).unwrap().text(raw);
        assert_eq!(text("campaign", "7").unwrap(), CampaignId(7).to_string());
        assert_eq!(text("campaign", "0"), None);
        assert_eq!(text("day", "20541").unwrap(), "2026-03-29");
        assert_eq!(text("is_bot", "1").unwrap(), "true");
        assert_eq!(text("device_type", "unknown"), None);
        assert_eq!(text("country", ""), None);
        assert_eq!(text("country", "DE").unwrap(), "DE");
        assert_eq!(text("asn", "0"), None);
        assert_eq!(text("weekday", "7").unwrap(), "7");
    }
}
