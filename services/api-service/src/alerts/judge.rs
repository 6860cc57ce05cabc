//! What a look at a figure changes, and whether somebody is to be told. Pure: no clock, no I/O.

use signalbox_domain::{
    Alert, AlertChannel, AlertNotice, AlertState, AlertStatus, AlertSubject, Money, NoticeDelivery,
    NoticeKind, Timestamp,
};

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Figures, as reports show them; `None` where there is none.
    Figures {
        /// Of the window.
        value: Option<String>,
        /// Of the window before, where a change is watched.
        before: Option<String>,
    },
    /// Why there are none.
    Failed(String),
}

/// Units of 10⁻⁹ of a decimal number; decimals beyond that are cut off.
fn nanos(text: &str) -> Option<i128> {
    let text = match text.split_once('.') {
        Some((whole, fraction)) if fraction.len() > 9 => format!("{whole}.{}", fraction.get(..9)?),
        _ => text.to_owned(),
    };
    Some(text.parse::<Money>().ok()?.nanos())
}

/// How much more `value` is than `before`, per cent of `before`'s size, in units of 10⁻⁹; `None` where that was nothing.
fn change(value: i128, before: i128) -> Option<i128> {
    let hundredfold = value.checked_sub(before)?.checked_mul(100)?;
    let scaled = hundredfold.checked_mul(Money::from_whole(1).nanos())?;
    scaled.checked_div(before.checked_abs()?)
}

/// Puts what was seen into the state. A notice that is to be sent stands in `pending` afterwards; one that stood there is given up.
pub fn observe(alert: &Alert, state: &mut AlertState, reading: &Reading, now: Timestamp) {
    let (status, error) = match reading {
        Reading::Failed(reason) => (AlertStatus::Failed, reason.clone()),
        Reading::Figures { value, before } => {
            let figure = value.as_deref().and_then(nanos);
            let change = figure.zip(before.as_deref().and_then(nanos)).and_then(|(v, b)| change(v, b));
            state.value.clone_from(value);
            state.before.clone_from(before);
            state.change = change.map(|change| Money::from_nanos(change).to_string());
            let watched = match alert.subject {
                AlertSubject::Value => figure,
                AlertSubject::Change => change,
            };
            (verdict(alert, watched), String::new())
        }
    };
    state.error = error;
    state.evaluated_at = now;
    if status != state.status {
        state.status = status;
        state.since = now;
        if status == AlertStatus::Firing {
            state.fired_at = Some(now);
        }
    }
    if let Some(kind) = notice(alert, state, now) {
        let said = AlertNotice {
            kind,
            at: now,
            value: state.value.clone(),
            change: state.change.clone(),
            deliveries: deliveries(alert),
        };
        if let Some(unsent) = state.pending.replace(said) {
            state.keep(unsent);
        }
    }
}

fn verdict(alert: &Alert, watched: Option<i128>) -> AlertStatus {
    let Some((figure, bound)) = watched.zip(nanos(&alert.threshold)) else { return AlertStatus::NoData };
    if alert.comparison.holds(figure, bound) { AlertStatus::Firing } else { AlertStatus::Ok }
}

/// What is to be told of the state, if anything.
fn notice(alert: &Alert, state: &mut AlertState, now: Timestamp) -> Option<NoticeKind> {
    let cooldown_ms = i64::from(alert.cooldown_minutes) * 60_000;
    match state.status {
        AlertStatus::Firing if state.told_at.is_none_or(|told| now.0 - told.0 >= cooldown_ms) => {
            let kind = if state.open { NoticeKind::StillFiring } else { NoticeKind::Firing };
            (state.told_at, state.open) = (Some(now), true);
            Some(kind)
        }
        AlertStatus::Ok if state.open => {
            state.open = false;
            alert.tells_resolved.then_some(NoticeKind::Resolved)
        }
        _ => None,
    }
}

/// Everybody who is to be told, nobody of them told yet.
pub fn deliveries(alert: &Alert) -> Vec<NoticeDelivery> {
    let delivery = |channel| NoticeDelivery { channel, done: false, attempts: 0, error: String::new() };
    alert.channels.iter().map(AlertChannel::label).map(delivery).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_domain::{AlertId, Comparison};

    fn alert(comparison: Comparison, threshold: &str) -> Alert {
        Alert {
            id: AlertId(1),
            name: "A".to_owned(),
            active: true,
            metric: "roi".to_owned(),
            query: "{}".to_owned(),
            window_minutes: 60,
            subject: AlertSubject::Value,
            comparison,
            threshold: threshold.to_owned(),
            cooldown_minutes: 10,
            tells_resolved: true,
            channels: vec![AlertChannel::Email { to: vec!["ana@example.com".to_owned()] }],
        }
    }

    fn value(text: &str) -> Reading {
        Reading::Figures { value: Some(text.to_owned()), before: None }
    }

    /// Looks once, `minute` minutes after the beginning; what is to be told.
    fn look(alert: &Alert, state: &mut AlertState, reading: &Reading, minute: i64) -> Option<NoticeKind> {
        observe(alert, state, reading, Timestamp(1_000_000 + minute * 60_000));
        state.pending.take().map(|notice| notice.kind)
    }

    #[test]
    fn bounds_are_exact() {
        for (comparison, below, at, above) in [
            (Comparison::Above, false, false, true),
            (Comparison::AtLeast, false, true, true),
            (Comparison::Below, true, false, false),
            (Comparison::AtMost, true, true, false),
        ] {
            for (figure, fires) in [("0.299999999", below), ("0.3", at), ("0.300000001", above)] {
                let mut state = AlertState::default();
                look(&alert(comparison, "0.3"), &mut state, &value(figure), 0);
                assert_eq!(state.status == AlertStatus::Firing, fires, "{comparison:?} {figure}");
            }
        }
        let mut state = AlertState::default();
        look(&alert(Comparison::Below, "0"), &mut state, &value("-0.0000000001"), 0);
        assert_eq!(state.status, AlertStatus::Ok, "decimals that no report shows are cut off");
    }

    #[test]
    fn it_is_told_once_in_a_cool_down_and_when_it_is_back() {
        let (alert, mut state) = (alert(Comparison::Below, "0"), AlertState::default());
        assert_eq!(look(&alert, &mut state, &value("1"), 0), None);
        assert_eq!(look(&alert, &mut state, &value("-1"), 1), Some(NoticeKind::Firing));
        assert_eq!(look(&alert, &mut state, &value("-2"), 2), None);
        assert_eq!(look(&alert, &mut state, &value("3"), 3), Some(NoticeKind::Resolved));
        assert_eq!(look(&alert, &mut state, &value("-1"), 4), None, "the cool-down lasts");
        assert_eq!(state.status, AlertStatus::Firing);
        assert_eq!(look(&alert, &mut state, &value("1"), 5), None, "what was not told is not told back");
        assert_eq!(look(&alert, &mut state, &value("-1"), 6), None);
        assert_eq!(look(&alert, &mut state, &value("-1"), 11), Some(NoticeKind::Firing));
        assert_eq!(look(&alert, &mut state, &value("-1"), 20), None);
        assert_eq!(look(&alert, &mut state, &value("-1"), 21), Some(NoticeKind::StillFiring));
        assert_eq!(state.fired_at, Some(Timestamp(1_000_000 + 6 * 60_000)));
        let quiet = Alert { tells_resolved: false, ..alert };
        assert_eq!(look(&quiet, &mut state, &value("1"), 22), None);
        assert!(!state.open);
    }

    #[test]
    fn what_is_no_figure_never_fires() {
        let (alert, mut state) = (alert(Comparison::Below, "10"), AlertState::default());
        let nothing = || Reading::Figures { value: None, before: None };
        assert_eq!(look(&alert, &mut state, &nothing(), 0), None);
        assert_eq!(state.status, AlertStatus::NoData);
        assert_eq!(look(&alert, &mut state, &Reading::Failed("no database".to_owned()), 1), None);
        assert_eq!((state.status, state.error.as_str()), (AlertStatus::Failed, "no database"));
        assert_eq!(look(&alert, &mut state, &value("9"), 2), Some(NoticeKind::Firing));
        assert_eq!(look(&alert, &mut state, &nothing(), 3), None, "nor is nothing a good figure");
        assert_eq!(look(&alert, &mut state, &value("11"), 4), Some(NoticeKind::Resolved));
    }

    #[test]
    fn a_change_is_per_cent_of_the_size_before() {
        let alert = Alert { subject: AlertSubject::Change, ..alert(Comparison::AtMost, "-30") };
        let pair = |before: &str, value: &str| Reading::Figures {
            value: Some(value.to_owned()),
            before: Some(before.to_owned()),
        };
        for (before, value, change, status) in [
            ("10", "7", Some("-30"), AlertStatus::Firing),
            ("10", "7.01", Some("-29.9"), AlertStatus::Ok),
            ("-10", "-13", Some("-30"), AlertStatus::Firing),
            ("3", "1", Some("-66.666666666"), AlertStatus::Firing),
            ("0", "5", None, AlertStatus::NoData),
        ] {
            let mut state = AlertState::default();
            look(&alert, &mut state, &pair(before, value), 0);
            assert_eq!((state.change.as_deref(), state.status), (change, status), "{before} {value}");
        }
        let mut state = AlertState::default();
        look(&alert, &mut state, &value("5"), 0);
        assert_eq!(state.status, AlertStatus::NoData);
    }

    #[test]
    fn a_notice_that_was_not_sent_is_kept_when_another_comes() {
        let (alert, mut state) = (alert(Comparison::Below, "0"), AlertState::default());
        observe(&alert, &mut state, &value("-1"), Timestamp(1));
        observe(&alert, &mut state, &value("1"), Timestamp(2));
        assert_eq!(state.pending.as_ref().unwrap().kind, NoticeKind::Resolved);
        assert_eq!(state.history[0].kind, NoticeKind::Firing);
        assert_eq!(state.history[0].deliveries[0].channel, "mail ana@example.com");
    }
}
