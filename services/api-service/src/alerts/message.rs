//! What is told, as words and as JSON.

use serde_json::{Value, json};
use signalbox_domain::{Alert, AlertNotice, AlertSubject, Comparison, NoticeKind, Workspace};

/// A notice, ready for every kind of receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// A few lines.
    pub text: String,
    /// For programs.
    pub json: Value,
    /// The same for every attempt, so that receivers recognise a repeat.
    pub key: String,
}

impl Message {
    /// Says what happened. `title` is the metric's, `url` the address of the admin.
    pub fn new(
        (alert, notice): (&Alert, &AlertNotice),
        workspace: &Workspace,
        (title, url): (&str, &str),
    ) -> Self {
        let word = match notice.kind {
            NoticeKind::Firing => "Alert",
            NoticeKind::StillFiring => "Still",
            NoticeKind::Resolved => "Back to normal",
            NoticeKind::Test => "Test",
        };
        let window = window(alert.window_minutes);
        let figure = match (alert.subject, &notice.value, &notice.change) {
            (AlertSubject::Value, Some(value), _) => format!("{title} is {value}"),
            (AlertSubject::Change, Some(value), Some(change)) => {
                format!("{title} is {value}, a change of {change} % against the window before")
            }
            (_, Some(value), None) => format!("{title} is {value}"),
            (_, None, _) => format!("{title} has no value at the moment"),
        };
        let comparison = match alert.comparison {
            Comparison::Above => "above",
            Comparison::AtLeast => "at least",
            Comparison::Below => "below",
            Comparison::AtMost => "at most",
        };
        let (of, unit) = match alert.subject {
            AlertSubject::Value => ("", ""),
            AlertSubject::Change => ("a change ", " %"),
        };
        let subject = format!("{word}: {} ({})", alert.name, workspace.name);
        let bound = &alert.threshold;
        let text = format!(
            "{subject}\n{figure} (last {window}).\nWatched for: {of}{comparison} {bound}{unit}.\n{url}/alerts"
        );
        let json = json!({
            "event": notice.kind,
            "at": notice.at.to_rfc3339(),
            "text": text,
            "workspace": { "id": workspace.id, "name": workspace.name },
            "alert": {
                "id": alert.id, "name": alert.name, "metric": alert.metric, "subject": alert.subject,
                "comparison": alert.comparison, "threshold": alert.threshold, "window_minutes": alert.window_minutes,
            },
            "value": notice.value,
            "change": notice.change,
            "url": format!("{url}/alerts"),
        });
        Self { subject, text, json, key: format!("{}:{}", alert.id, notice.at.0) }
    }
}

fn window(minutes: u32) -> String {
    let (count, unit) = match minutes {
        days if days % 1_440 == 0 => (days / 1_440, "day"),
        hours if hours % 60 == 0 => (hours / 60, "hour"),
        minutes => (minutes, "minute"),
    };
    if count == 1 { unit.to_owned() } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn windows_are_said_in_the_largest_unit() {
        let said = [15, 60, 90, 120, 1_440, 2_880].map(window);
        assert_eq!(said, ["15 minutes", "hour", "90 minutes", "2 hours", "day", "2 days"]);
    }
}
