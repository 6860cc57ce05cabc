//! The fields each log can be filtered by.

use super::dead_letters::{RECORD_SQL, RECORDS, STREAM_SQL, STREAMS};
use super::postbacks::SENDER;
use super::{Log, LogField, VISITOR_BY_ADDRESS, VISITOR_KEY};
use crate::dimension;
use crate::kind::Kind;
use crate::packed::unpack_sql;
use signalbox_domain::ConversionStatus;
use std::sync::LazyLock;

/// A field: its key, its kind and its SQL expression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub key: &'static str,
    pub kind: Kind,
    pub expression: &'static str,
}

const fn field(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, expression: key }
}

const fn flag(key: &'static str, expression: &'static str) -> Field {
    Field { key, kind: Kind::Boolean, expression }
}

const OUTCOMES: &[&str] = &[
    "",
    "routed",
    "no_stream",
    "no_destination",
    "campaign_paused",
    "not_found",
    "cap_reached",
    "loop",
    "bot",
    "answered",
    "exhausted",
];
const VERDICTS: &[&str] = &["received", "accepted", "updated", "duplicate", "held", "orphan", "refused"];
const DELIVERY_OUTCOMES: &[&str] = &["", "delivered", "retry", "dead"];

const CLICKS: &[Field] = &[
    field("click_id", Kind::ClickId),
    field("outcome", Kind::Word(OUTCOMES)),
    flag(
        "trafficback",
        "outcome IN ('no_stream', 'no_destination', 'campaign_paused', 'cap_reached', 'loop', 'exhausted')",
    ),
    flag("traced", "trace != ''"),
    flag("by_script", "by_script != 0"),
    flag(VISITOR_BY_ADDRESS, "visitor_by = 1"),
    // Where it is that of address and user agent, see `visitors`.
    Field { key: VISITOR_KEY, kind: Kind::VisitorKey, expression: "if(visitor_by = 0, visitor, 0)" },
    field("passed_to", Kind::Id("campaign_id")),
    field("http_status", Kind::Number),
    flag("unique_campaign", "unique_campaign != 0"),
    flag("unique_stream", "unique_stream != 0"),
    flag("unique_workspace", "unique_workspace != 0"),
    field("cost", Kind::Money),
    field("currency", Kind::Text),
    field("external_id", Kind::Text),
    field("ip", Kind::Address),
    field("user_agent", Kind::Text),
    field("referrer", Kind::Text),
    field("host", Kind::Text),
    field("path_and_query", Kind::Text),
    field("target", Kind::Text),
];

const LANDING_CLICKS: &[Field] = &[
    field("click_id", Kind::ClickId),
    Field { key: "went_on_at", kind: Kind::Moment, expression: "at" },
    Field {
        key: "on_landing_ms",
        kind: Kind::Number,
        expression: "greatest(toUnixTimestamp64Milli(at) - toUnixTimestamp64Milli(click_at), 0)",
    },
    flag("first", "first != 0"),
    field("target", Kind::Text),
];

const CONVERSIONS: &[Field] = &[
    field("conversion_id", Kind::ConversionId),
    field("click_id", Kind::ClickId),
    Field { key: "status", kind: Kind::Word(ConversionStatus::WORDS), expression: "toString(status)" },
    Field {
        key: "previous_status",
        kind: Kind::Word(ConversionStatus::WORDS),
        expression: "toString(status_before)",
    },
    field("payout", Kind::Money),
    field("cost", Kind::Money),
    field("currency", Kind::Text),
    Field { key: "clicked_at", kind: Kind::Moment, expression: "click_at" },
    Field { key: "changed_at", kind: Kind::Moment, expression: "at" },
    field("revision", Kind::Number),
    field("transaction", Kind::Text),
    // The second word stands after the first one and a unit separator.
    Field {
        key: "original_status",
        kind: Kind::Text,
        expression: "splitByChar('\\x1F', toString(original_status))[1]",
    },
    Field {
        key: "second_status",
        kind: Kind::Text,
        expression: "splitByChar('\\x1F', toString(original_status))[2]",
    },
    field("original_payout", Kind::Money),
    field("original_currency", Kind::Text),
    field("external_id", Kind::Text),
    field("events", Kind::Text),
];

const POSTBACKS: &[Field] = &[
    field("network", Kind::Id("network_id")),
    Field { key: "verdict", kind: Kind::Word(VERDICTS), expression: "toString(verdict)" },
    field("code", Kind::Text),
    field("reason", Kind::Text),
    field("click_id", Kind::ClickId),
    field("conversion_id", Kind::ConversionId),
    field("method", Kind::Text),
    field("query", Kind::Text),
    field("ip", Kind::Address),
    Field { key: "user_agent", kind: Kind::Text, expression: SENDER },
    // Comparing with nothing holds never: what is not judged was judged neither before nor after.
    Field { key: "judged_at", kind: Kind::Moment, expression: "if(verdict = 'received', NULL, at)" },
];

const DELIVERIES: &[Field] = &[
    field("output", Kind::Id("output_id")),
    field("conversion_id", Kind::ConversionId),
    field("click_id", Kind::ClickId),
    field("campaign", Kind::Id("campaign_id")),
    field("source", Kind::Id("source_id")),
    Field { key: "outcome", kind: Kind::Word(DELIVERY_OUTCOMES), expression: "toString(outcome)" },
    field("revision", Kind::Number),
    field("attempt", Kind::Number),
    field("method", Kind::Text),
    field("url", Kind::Text),
    field("http_status", Kind::Number),
    field("response", Kind::Text),
    field("duration_ms", Kind::Number),
];

const DEAD_LETTERS: &[Field] = &[
    field("reason", Kind::Text),
    Field { key: "stream", kind: Kind::Word(STREAMS), expression: STREAM_SQL },
    Field { key: "record", kind: Kind::Word(RECORDS), expression: RECORD_SQL },
    Field { key: "journal", kind: Kind::Text, expression: "leftPad(lower(hex(_journal)), 16, '0')" },
    Field { key: "seq", kind: Kind::Number, expression: "_seq" },
    field("refused_by", Kind::Text),
    field("code", Kind::Number),
    flag("written", "written != 0"),
    field("tries", Kind::Number),
    field("workspace", Kind::Id("workspace_id")),
    Field { key: "bytes", kind: Kind::Number, expression: "intDiv(length(payload_hex), 2)" },
];

fn own(log: Log) -> (&'static [Field], bool) {
    match log {
        Log::Clicks => (CLICKS, true),
        Log::LandingClicks => (LANDING_CLICKS, true),
        Log::Conversions => (CONVERSIONS, true),
        Log::Postbacks => (POSTBACKS, false),
        Log::Deliveries => (DELIVERIES, false),
        Log::DeadLetters => (DEAD_LETTERS, false),
    }
}

/// What of a click is stored packed, as it came.
fn unpacked(log: Log, field: Field) -> Field {
    static PATH_AND_QUERY: LazyLock<String> = LazyLock::new(|| unpack_sql("path_and_query"));
    static TARGET: LazyLock<String> = LazyLock::new(|| unpack_sql("target"));
    match (log, field.key) {
        (Log::Clicks, "path_and_query") => Field { expression: &PATH_AND_QUERY, ..field },
        (Log::Clicks | Log::LandingClicks, "target") => Field { expression: &TARGET, ..field },
        _ => field,
    }
}

/// The field of a log with this key.
pub(crate) fn find(log: Log, key: &str) -> Option<Field> {
    let (own, with_dimensions) = own(log);
    let dimension = || {
        let found = dimension::find(key).filter(|_| with_dimensions)?;
        Some(Field { key: found.key, kind: found.kind, expression: found.expression })
    };
    let own = own.iter().copied().find(|field| field.key == key).map(|field| unpacked(log, field));
    own.or_else(dimension)
}

/// Every field of a log.
pub(crate) fn all(log: Log) -> Vec<Field> {
    let (own, with_dimensions) = own(log);
    let dimensions = dimension::all().filter(|_| with_dimensions);
    let as_field = |found: &dimension::Dimension| Field {
        key: found.key,
        kind: found.kind,
        expression: found.expression,
    };
    own.iter().copied().map(|field| unpacked(log, field)).chain(dimensions.map(as_field)).collect()
}

/// The fields a log can be filtered by.
pub fn fields(log: Log) -> Vec<LogField> {
    let (own, with_dimensions) = own(log);
    let dimensions = dimension::all().filter(|_| with_dimensions);
    let own = own.iter().map(|field| (field.key, field.kind));
    own.chain(dimensions.map(|dimension| (dimension.key, dimension.kind))).map(describe).collect()
}

fn describe((key, kind): (&'static str, Kind)) -> LogField {
    let words = if let Kind::Word(words) = kind { words } else { &[] };
    LogField { key, kind: kind.name(), operators: kind.operators(), words }
}
