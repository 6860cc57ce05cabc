//! Events of a click: up to thirty numbers that a campaign link, a landing page, an update or a postback says about it.
//!
//! Parameters and meaning are Binom's (<https://docs.binom.org/events-v2.php>): `event7=10` sets event 7, `add_event7=1` adds to it.
//! What several requests say together is folded in the order of their receipt, so it does not hang on the order of their judgement.

use crate::{Money, money::ParseMoneyError};
use serde::{Deserialize, Serialize};

/// Numbers of events are 1 to this.
pub const EVENTS: u8 = 30;

/// What an event counts: exact to nine decimals, as money is, and of no currency.
pub type EventValue = Money;

/// Values of a click's events by their numbers, ascending; an event that was never named has none.
pub type EventValues = Vec<(u8, EventValue)>;

/// One thing said about one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventChange {
    /// Which event, 1–30.
    pub number: u8,
    /// The value.
    pub value: EventValue,
    /// Added to what the event is; otherwise put in its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub add: bool,
}

impl EventChange {
    /// What a parameter says about an event: `event7`, `event_7`, `add_event7` or `add_event_7` in any case; `None` when it is no
    /// parameter of an event.
    ///
    /// # Errors
    /// Why its value is no number.
    pub fn of_parameter(name: &str, value: &str) -> Option<Result<Self, ParseMoneyError>> {
        let (number, add) = number_of(name.trim())?;
        Some(value.parse().map(|value| Self { number, value, add }))
    }
}

/// The number in the name of an event's parameter, and whether the parameter adds.
fn number_of(name: &str) -> Option<(u8, bool)> {
    // Every parameter of every click is asked: nearly all are out at their first letter.
    if !matches!(name.as_bytes().first(), Some(b'e' | b'E' | b'a' | b'A')) {
        return None;
    }
    let after = |name: &'_ str, prefix: &str| {
        let head = name.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(prefix.len())
    };
    let add = after(name, "add_");
    let rest = name.get(add.unwrap_or(0)..)?;
    let digits = rest.get(after(rest, "event")?..)?;
    let digits = digits.strip_prefix('_').unwrap_or(digits);
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u8 = digits.parse().ok().filter(|_| plain)?;
    (1..=EVENTS).contains(&number).then_some((number, add.is_some()))
}

/// The values after `changes`, one after another, from `values` on. At the bound of the type a sum stays there.
pub fn fold_events<'a>(
    mut values: EventValues,
    changes: impl IntoIterator<Item = &'a EventChange>,
) -> EventValues {
    for change in changes {
        match values.binary_search_by_key(&change.number, |(number, _)| *number) {
            Ok(at) if change.add => values[at].1 = values[at].1.saturating_add(change.value),
            Ok(at) => values[at].1 = change.value,
            Err(at) => values.insert(at, (change.number, change.value)),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, value: &str) -> Option<Result<EventChange, ParseMoneyError>> {
        EventChange::of_parameter(name, value)
    }

    #[test]
    fn names_say_which_event_and_whether_to_add() {
        let said =
            |name: &str| change(name, "2.5").map(|change| change.map(|change| (change.number, change.add)));
        for (name, meant) in [
            ("event1", (1, false)),
            ("EVENT30", (30, false)),
            ("event_7", (7, false)),
            ("event07", (7, false)),
            ("add_event7", (7, true)),
            ("Add_Event_12", (12, true)),
            (" event2 ", (2, false)),
        ] {
            assert_eq!(said(name), Some(Ok(meant)), "{name}");
        }
        for name in [
            "event",
            "event0",
            "event31",
            "event001",
            "events1",
            "addevent1",
            "event1x",
            "event+1",
            "évent1",
            "",
        ] {
            assert_eq!(said(name), None, "{name}");
        }
        assert_eq!(change("event1", "a lot"), Some(Err(ParseMoneyError::NotANumber)));
        assert_eq!(change("event1", ""), Some(Err(ParseMoneyError::Empty)));
    }

    #[test]
    fn setting_replaces_and_adding_adds() {
        let changes: Vec<EventChange> = [
            ("event3", "5"),
            ("add_event1", "-2"),
            ("add_event3", "0.5"),
            ("event1", "7"),
            ("add_event1", "1"),
        ]
        .iter()
        .filter_map(|(name, value)| change(name, value)?.ok())
        .collect();
        let values = fold_events(EventValues::new(), &changes);
        assert_eq!(values, [(1, "8".parse().unwrap()), (3, "5.5".parse().unwrap())]);
    }
}
