//! The nouns of Signalbox: identifiers, money, campaigns, streams, destinations, conversions and the people who edit them.
//!
//! Promises: every value that was accepted by `validate()` can be compiled and routed; every identifier and amount has exactly one
//! text form. Never does I/O, never reads a clock by itself, never uses a float for money.

pub mod address_policy;
pub mod affiliate_network;
pub mod alert;
pub mod campaign;
pub mod cap;
pub mod clearing;
pub mod click_event;
pub mod conversion;
pub mod conversion_api;
pub mod conversion_type;
pub mod cost;
pub mod cost_correction;
pub mod counted;
pub mod destination;
pub mod erasure;
pub mod export;
pub mod host;
pub mod hosted_page;
pub mod id;
pub mod money;
pub mod output;
pub mod people;
pub mod postback_replay;
pub mod postback_upload;
pub mod rate_feed;
pub mod reporting;
pub mod retention;
pub mod rule;
pub mod schedule;
pub mod scope;
pub mod slug;
pub mod stream;
pub mod time;
pub mod traffic_source;
pub mod url_template;
pub mod validate;
pub mod visitor;
pub mod workspace;

pub use address_policy::{AddressPolicy, NO_ADDRESS, shown_address};
pub use affiliate_network::{ALLOWED_IPS_MAX, AffiliateNetwork, RETIRED_KEYS_MAX, RetiredKey, StatusMapping};
pub use alert::{
    ALERT_CHANNELS_MAX, ALERT_HISTORY_MAX, Alert, AlertChannel, AlertNotice, AlertState, AlertStatus,
    AlertSubject, Comparison, NoticeDelivery, NoticeKind,
};
pub use campaign::{
    BotPolicy, Campaign, CampaignState, ExtraPath, StreamSelection, Uniqueness, UniquenessKey,
};
pub use cap::{Cap, CapPeriod, Measure, Quarter, Series, Subject, Tally};
pub use clearing::{CLEARINGS_MAX, ClearedSums, Clearing, ClearingState, JournalHead};
pub use click_event::{EVENTS, EventChange, EventValue, EventValues, fold_events};
pub use conversion::{CUSTOM_TYPES, ConversionStatus, StatusClass};
pub use conversion_api::{ApiEvent, ConversionApi, Credentials, Platform};
pub use conversion_type::{ConversionType, RepeatPolicy};
pub use cost::{CostModel, Percent};
pub use cost_correction::{CostBots, CostCorrection, CostOrigin, CostSpread, CostState};
pub use counted::counted_subjects;
pub use destination::{
    Destination, DestinationKind, DestinationState, HealthCheck, LossRule, PAYOUT_RULES_MAX, Payout,
    PayoutRule,
};
pub use erasure::{
    ERASURE_CLICKS_MAX, ERASURE_NOTE_CHARS_MAX, ERASURES_MAX, ErasedCounts, Erasure, ErasureBy, ErasureState,
    ErasureSubject,
};
pub use export::{
    EXPORT_RUNS_MAX, ExportAttempt, ExportDays, ExportRun, ExportState, ExportTime, FileFormat,
    ScheduledExport,
};
pub use host::Domain;
pub use id::{
    AffiliateNetworkId, AlertId, ApiKeyId, CampaignId, ClearingId, ClickId, ConversionId, CostCorrectionId,
    CustomMetricId, DestinationId, DomainId, ErasureId, ExportId, OutputId, SavedViewId, SessionId,
    ShareLinkId, StreamId, TrafficSourceId, UserId, WorkspaceId,
};
pub use money::{Currency, Money};
pub use output::{HttpMethod, OUTPUT_MACROS, Output, OutputScope};
pub use people::{ApiKey, Membership, User, UserState};
pub use postback_replay::{
    PostbackId, PostbackReplay, REPLAY_IDS_MAX, REPLAY_REQUESTS_MAX, ReplayCursor, ReplayLease,
    ReplaySelection, ReplayState,
};
pub use postback_upload::{
    PostbackUpload, RowRefusal, RowSender, UPLOAD_BYTES_MAX, UPLOAD_ROWS_MAX, UploadOrigin, UploadRow,
    UploadState,
};
pub use rate_feed::{FETCHED_CURRENCIES_MAX, Quotes, RateFeed, RateFetch, RateSource, Taken};
pub use reporting::{CUSTOM_KEY_PREFIX, CustomMetric, MetricFormat, SavedView, ShareLink};
pub use retention::Retention;
pub use rule::{Criterion, Operator, Rule, Test};
pub use schedule::{Schedule, WeeklySlot};
pub use scope::{Actor, Role, Scope};
pub use slug::Slug;
pub use stream::{
    Action, Adaptive, Choosing, Exhausted, Goal, NoRepeat, OfferChoice, RedirectStatus, Route, Stream,
    StreamKind, Via,
};
pub use time::Timestamp;
pub use traffic_source::{ParameterMapping, ParameterRole, TrafficSource};
pub use validate::{FieldError, Invalid, Validator};
pub use visitor::{BotReason, ConnectionType, Device, DeviceType, Geo, Software, Visitor};
pub use workspace::{CurrencyRate, RATES_MAX, Workspace};
