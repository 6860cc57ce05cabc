//! Words and numbers as they are stored, and back to the types of the domain.
//!
//! A word that this version does not know (a newer one wrote it) reads as the type's "unknown": a log must not fail for it.

use signalbox_domain::{BotReason, ConnectionType, ConversionStatus, Currency, DeviceType, EventValues};
use signalbox_events::wire::{ConversionMeasures, DeliveryOutcome, Outcome, Verdict};
use std::borrow::Cow;

/// A copy that borrows nothing.
pub(crate) fn owned(text: &str) -> Cow<'static, str> {
    if text.is_empty() { Cow::Borrowed("") } else { Cow::Owned(text.to_owned()) }
}

pub(crate) const DEVICE_TYPES: [DeviceType; 9] = [
    DeviceType::Unknown,
    DeviceType::Desktop,
    DeviceType::Mobile,
    DeviceType::Tablet,
    DeviceType::Tv,
    DeviceType::Console,
    DeviceType::Wearable,
    DeviceType::Bot,
    DeviceType::Other,
];

pub(crate) const CONNECTION_TYPES: [ConnectionType; 6] = [
    ConnectionType::Unknown,
    ConnectionType::Cable,
    ConnectionType::Cellular,
    ConnectionType::Corporate,
    ConnectionType::Dialup,
    ConnectionType::Satellite,
];

pub(crate) const BOT_REASONS: [BotReason; 9] = [
    BotReason::None,
    BotReason::Prefetch,
    BotReason::HeadRequest,
    BotReason::KnownBot,
    BotReason::ClientLibrary,
    BotReason::EmptyUserAgent,
    BotReason::DataCenter,
    BotReason::OperatorList,
    BotReason::SelfDeclared,
];

pub(crate) const VERDICTS: [Verdict; 6] = [
    Verdict::Accepted,
    Verdict::Updated,
    Verdict::Duplicate,
    Verdict::Held,
    Verdict::Orphan,
    Verdict::Refused,
];

pub(crate) const DELIVERY_OUTCOMES: [DeliveryOutcome; 3] =
    [DeliveryOutcome::Delivered, DeliveryOutcome::Retry, DeliveryOutcome::Dead];

pub(crate) fn device_type(word: &str) -> DeviceType {
    DEVICE_TYPES.into_iter().find(|known| known.as_str() == word).unwrap_or_default()
}

pub(crate) fn connection(word: &str) -> ConnectionType {
    CONNECTION_TYPES.into_iter().find(|known| known.as_str() == word).unwrap_or_default()
}

/// A bot reason that is not known stays a bot.
pub(crate) fn bot_reason(word: &str) -> BotReason {
    BOT_REASONS.into_iter().find(|known| known.as_str() == word).unwrap_or(BotReason::OperatorList)
}

pub(crate) fn outcome(word: &str) -> Outcome {
    Outcome::ALL.into_iter().find(|known| known.as_str() == word).unwrap_or(Outcome::NotFound)
}

/// The stored number of a status; 0 is none.
pub(crate) fn status_number(measures: Option<&ConversionMeasures>) -> i8 {
    measures.map_or(0, |measures| measures.status as i8)
}

pub(crate) fn status(number: i8) -> Option<ConversionStatus> {
    ConversionStatus::ALL.into_iter().find(|known| *known as i8 == number)
}

pub(crate) fn currency(text: &str) -> Currency {
    text.parse().unwrap_or_default()
}

/// The stored number of a verdict; 0 is "received, not judged".
pub(crate) fn verdict(number: i8) -> Option<Verdict> {
    VERDICTS.into_iter().find(|known| *known as i8 == number)
}

pub(crate) fn delivery_outcome(number: i8) -> DeliveryOutcome {
    DELIVERY_OUTCOMES.into_iter().find(|known| *known as i8 == number).unwrap_or(DeliveryOutcome::Dead)
}

/// Values of events as they are stored: `1=5 30=-2.5`.
pub(crate) fn events(values: &EventValues) -> String {
    let texts: Vec<String> = values.iter().map(|(number, value)| format!("{number}={value}")).collect();
    texts.join(" ")
}

/// Back from the stored text; what is not known to this version is left out.
pub(crate) fn event_values(text: &str) -> EventValues {
    let value = |pair: &str| {
        let (number, value) = pair.split_once('=')?;
        Some((number.parse().ok()?, value.parse().ok()?))
    };
    text.split(' ').filter_map(value).collect()
}
