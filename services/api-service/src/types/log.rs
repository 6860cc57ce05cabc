//! Logs on the wire: clicks, conversions, inbound postbacks, deliveries.

use super::{ConversionStatus, Currency, EventId, FilterOp, Id, Money, Time, Trace, ValueType};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, AffiliateNetworkId, ClickId, ConversionId};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Which part of a log is wanted. Filters are joined by "and".
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// First moment (RFC 3339), or first day of the workspace's timezone (`2026-05-01`); 24 hours ago when absent, or everything when a
    /// click or conversion is named.
    #[param(example = "2026-05-01T12:30:00Z")]
    pub from: Option<String>,
    /// End (RFC 3339), left out, or last day, which is whole; now when absent.
    #[param(example = "2026-05-14")]
    pub to: Option<String>,
    /// Most rows of the answer.
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// JSON array of filters as in a report: `[{"field":"country","op":"equals","values":["DE","AT"]}]`.
    #[param(example = r#"[{"field":"country","op":"equals","values":["DE","AT"]}]"#)]
    pub filters: Option<String>,
    /// Keeps what belongs to this click.
    pub click_id: Option<String>,
}

/// One page of a log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogPage<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Asks for older rows; absent when there are none.
    pub next_cursor: Option<String>,
    /// How long the query took.
    pub took_ms: u64,
}

/// An object of the configuration that a fact refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntityRef {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: String,
    /// Its name now; `deleted (id)` when it is gone.
    pub name: String,
}

/// Who clicked, from where and with what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[allow(missing_docs)]
pub struct VisitorInfo {
    /// Two capital letters, or empty.
    pub country: String,
    pub region: String,
    pub city: String,
    pub isp: String,
    /// 0 is unknown.
    pub asn: u32,
    pub connection_type: String,
    pub device_type: String,
    pub device_brand: String,
    pub device_model: String,
    pub os: String,
    pub os_version: String,
    pub browser: String,
    pub browser_version: String,
    pub language: String,
    /// Whether it is held to be a machine.
    pub bot: bool,
    /// Why; empty for a person.
    pub bot_reason: String,
}

/// What the campaign, its streams and its source say about a click.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClickOrigin {
    /// Campaign.
    pub campaign: Option<EntityRef>,
    /// Stream that took it.
    pub stream: Option<EntityRef>,
    /// Landing shown first.
    pub landing: Option<EntityRef>,
    /// Destination.
    pub destination: Option<EntityRef>,
    /// Traffic source.
    pub source: Option<EntityRef>,
    /// Network of the destination.
    pub network: Option<EntityRef>,
    /// Domain it came to.
    pub domain: Option<EntityRef>,
    /// The source's own click id.
    pub external_id: String,
    /// Keyword of the source.
    pub keyword: String,
    /// Campaign id of the source.
    pub ad_campaign_id: String,
    /// Creative id of the source.
    pub creative_id: String,
    /// Site or zone of the source.
    pub site: String,
    /// Sub ids that were sent, by number (`"1"` to `"30"`).
    pub sub_ids: BTreeMap<String, String>,
}

/// A click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClickRow {
    /// Identity, sent along as the sub id.
    #[schema(value_type = EventId)]
    pub id: ClickId,
    /// When it was received.
    pub at: Time,
    /// What was answered: `routed`, `no_stream`, `no_destination`, `campaign_paused`, `not_found`, `cap_reached`, `loop`, `bot`, `answered` or `exhausted`.
    pub outcome: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Whether the visitor was new to the campaign.
    pub unique_campaign: bool,
    /// Whether the visitor was new to the stream.
    pub unique_stream: bool,
    /// Whether the visitor was new to the workspace.
    pub unique_workspace: bool,
    /// What it cost.
    #[schema(value_type = Money)]
    pub cost: domain::Money,
    /// Currency of the cost.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// Where it came from and went to.
    #[serde(flatten)]
    pub origin: ClickOrigin,
    /// Who clicked.
    pub visitor: VisitorInfo,
    /// Client address.
    pub ip: String,
    /// User agent as sent.
    pub user_agent: String,
    /// Referrer as sent.
    pub referrer: String,
    /// Host of the referrer.
    pub referrer_domain: String,
    /// Host as sent.
    pub host: String,
    /// Path and query as sent.
    pub path_and_query: String,
    /// Where the visitor was sent; empty when nowhere.
    pub target: String,
    /// The last campaign that decided, when the click was passed on.
    pub passed_to: Option<EntityRef>,
    /// Recorded by the tracking script on the landing page.
    pub by_script: bool,
    /// Why it went where it went, as the simulator says it; of sampled clicks and of those that ended in a fallback.
    pub trace: Option<Trace>,
    /// The visitor's key: the same for the same visitor.
    #[schema(example = "9c1f0a7be3d24c55")]
    pub visitor_key: Option<String>,
}

/// A conversion in one of its states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConversionRow {
    /// Identity.
    #[schema(value_type = EventId)]
    pub id: ConversionId,
    /// 1 for the first state, then one more for each change.
    pub revision: u32,
    /// The click.
    #[schema(value_type = EventId)]
    pub click_id: ClickId,
    /// When the click was received.
    pub clicked_at: Time,
    /// When the conversion was first reported.
    pub converted_at: Time,
    /// When this change was reported.
    pub at: Time,
    /// Status; absent when the conversion was taken away.
    pub status: Option<ConversionStatus>,
    /// What the status is called in the workspace; empty when the conversion was taken away.
    #[schema(example = "Qualified lead")]
    pub status_name: String,
    /// Status before this change; absent for the first state.
    pub previous_status: Option<ConversionStatus>,
    /// The network's word for the status.
    pub original_status: String,
    /// The network's word in its second status (`cnv_status2`), or empty.
    pub second_status: String,
    /// Payout in the workspace's currency.
    #[schema(value_type = Money)]
    pub payout: domain::Money,
    /// Cost it causes (CPA, RevShare).
    #[schema(value_type = Money)]
    pub cost: domain::Money,
    /// The workspace's currency.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// Amount as reported.
    #[schema(value_type = Money)]
    pub original_payout: domain::Money,
    /// Currency as reported.
    #[schema(value_type = Currency)]
    pub original_currency: domain::Currency,
    /// The network's transaction id.
    pub transaction: String,
    /// Values of the click's events after this change; of status `event` alone.
    pub events: Vec<EventRow>,
    /// Where the click came from and went to.
    #[serde(flatten)]
    pub origin: ClickOrigin,
    /// Who clicked.
    pub visitor: VisitorInfo,
}

/// The value of one event of a click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventRow {
    /// Which event.
    #[schema(minimum = 1, maximum = 30)]
    pub number: u8,
    /// What it counts.
    #[schema(value_type = String, example = "2.5")]
    pub value: domain::EventValue,
}

/// An inbound postback and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostbackRow {
    /// Identity: the journal that took it and its number there.
    #[schema(example = "9f3c5a1e7b2d4c6f-1042")]
    pub id: String,
    /// When it was received.
    pub at: Time,
    /// Network whose key it carried.
    pub network: Option<EntityRef>,
    /// `accepted`, `updated`, `duplicate`, `held`, `orphan`, `refused`, or `received` while it is not judged.
    pub verdict: String,
    /// Stable code of the reason, or empty.
    pub code: String,
    /// Why, in a sentence with the fix.
    pub reason: String,
    /// When it was judged.
    pub judged_at: Option<Time>,
    /// Click it names.
    #[schema(value_type = Option<EventId>)]
    pub click_id: Option<ClickId>,
    /// Conversion it made or changed.
    #[schema(value_type = Option<EventId>)]
    pub conversion_id: Option<ConversionId>,
    /// `GET` or `POST`; `UPLOAD` for what people brought in.
    pub method: String,
    /// Parameters as a query string.
    pub query: String,
    /// Address of the sender.
    pub ip: String,
    /// User agent of the sender.
    pub user_agent: String,
}

/// A request to the postback address that belongs to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StrayPostback {
    /// Names it in `assign`.
    pub id: String,
    /// Whether it can be given to a network: all that it said is kept.
    pub assignable: bool,
    /// The network that it was given to.
    #[schema(value_type = Option<Id>)]
    pub assigned_to: Option<AffiliateNetworkId>,
    /// When it came, or came last.
    pub at: Time,
    /// How often the same came, one after another.
    pub times: u64,
    /// `key_unknown`, `address_not_allowed` or `parameters_unreadable`.
    pub code: String,
    /// Why, in a sentence with the fix.
    pub reason: String,
    /// Stands for the key, which is not kept: equal for equal keys. Empty: it came without a key.
    pub key_fingerprint: String,
    /// `GET` or `POST`.
    pub method: String,
    /// First characters of its query.
    pub query: String,
    /// Address of the sender.
    pub ip: String,
    /// User agent of the sender.
    pub user_agent: String,
}

/// Requests to the postback address that belong to nobody, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StrayPostbacks {
    /// The latest of them; older ones are forgotten.
    pub items: Vec<StrayPostback>,
}

/// An attempt to deliver an outgoing postback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveryRow {
    /// When the attempt ended.
    pub at: Time,
    /// Output.
    pub output: Option<EntityRef>,
    /// Conversion that is told.
    #[schema(value_type = EventId)]
    pub conversion_id: ConversionId,
    /// Its revision.
    pub revision: u32,
    /// Its click.
    #[schema(value_type = EventId)]
    pub click_id: ClickId,
    /// Campaign of the click.
    pub campaign: Option<EntityRef>,
    /// Traffic source of the click.
    pub source: Option<EntityRef>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// `delivered`, `retry` or `dead`.
    pub outcome: String,
    /// `GET` or `POST`.
    pub method: String,
    /// The URL as sent.
    pub url: String,
    /// HTTP status of the answer; absent when there was none.
    pub status: Option<u16>,
    /// First bytes of the answer, or the error.
    pub response: String,
    /// How long it took.
    pub duration_ms: u32,
}

impl StrayPostback {
    /// What the API shows of a kept request.
    pub fn new(
        stray: signalbox_catalog::live::StrayPostback,
        id: String,
        assigned_to: Option<AffiliateNetworkId>,
    ) -> Self {
        Self {
            id,
            assignable: stray.is_whole(),
            assigned_to,
            at: stray.at.into(),
            times: stray.times,
            code: stray.code,
            reason: stray.reason,
            key_fingerprint: stray.key_fingerprint,
            method: stray.method,
            query: stray.query,
            ip: stray.ip,
            user_agent: stray.user_agent,
        }
    }
}

/// The fields that logs can be filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogMetadata {
    /// Of clicks.
    pub clicks: Vec<LogFieldInfo>,
    /// Of landing clicks.
    pub landing_clicks: Vec<LogFieldInfo>,
    /// Of conversions.
    pub conversions: Vec<LogFieldInfo>,
    /// Of inbound postbacks.
    pub postbacks: Vec<LogFieldInfo>,
    /// Of deliveries.
    pub deliveries: Vec<LogFieldInfo>,
    /// Of records that could not be written.
    pub dead_letters: Vec<LogFieldInfo>,
}

/// A field that a log can be filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogFieldInfo {
    /// Name in filters.
    #[schema(example = "country")]
    pub key: String,
    /// What its values are.
    pub value_type: ValueType,
    /// For objects of the configuration: which, such as `campaigns`.
    pub entity: Option<String>,
    /// Values it can have, when they are few; empty: any.
    pub values: Vec<String>,
    /// Operators that its filters take.
    pub operators: Vec<FilterOp>,
}
