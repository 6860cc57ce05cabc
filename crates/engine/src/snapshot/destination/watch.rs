//! What is watched about a destination from outside the engine: whether it answers and whether it loses money.

use crate::problem::Report;
use signalbox_domain::{Destination, DestinationState, LossRule, url_template};

/// How a destination is asked whether it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthProbe {
    /// What is asked; no macros.
    pub url: Box<str>,
    /// How often, seconds.
    pub interval_seconds: u32,
    /// Failures in a row until it takes no traffic.
    pub failures: u8,
}

/// The probe of a destination; none for one that takes no traffic anyway or is served by the tracker itself.
pub(super) fn probe(destination: &Destination, report: &mut Report<'_>) -> Option<HealthProbe> {
    let health = destination.health.as_ref()?;
    if destination.hosted || destination.state != DestinationState::Active {
        return None;
    }
    let field = |name: &str| format!("destination {}: health{name}", destination.id);
    let url = health.url.clone().unwrap_or_else(|| without_macros(&destination.url));
    if let Err(reason) = url_template::check(&url) {
        report.left_out(field(".url"), format!("{reason}: its health is not checked"));
        return None;
    }
    let (interval_seconds, failures) =
        (health.interval_seconds.clamp(10, 86_400), health.failures.clamp(1, 100));
    if (interval_seconds, failures) != (health.interval_seconds, health.failures) {
        let reason =
            format!("is out of range: asked every {interval_seconds} s, out after {failures} failures");
        report.warn(field(""), reason);
    }
    Some(HealthProbe { url: url.into(), interval_seconds, failures })
}

/// The loss rule of a destination, unless it is invalid.
pub(super) fn loss_rule(destination: &Destination, report: &mut Report<'_>) -> Option<LossRule> {
    let rule = destination.loss_rule.clone()?;
    // Nothing but the rule is left to be wrong.
    let alone = Destination {
        loss_rule: Some(rule.clone()),
        ..Destination::new(destination.id, "x", destination.kind, "https://x.example/")
    };
    let Err(invalid) = alone.validate() else { return Some(rule) };
    for error in invalid.0 {
        let field = format!("destination {}: {}", destination.id, error.field);
        report.left_out(field, format!("{}: it is never taken out for its losses", error.reason));
    }
    None
}

/// A target with its macros left empty.
fn without_macros(template: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_asks_the_target_without_its_macros() {
        for (template, expected) in [
            ("https://a.example/p", "https://a.example/p"),
            ("https://a.example/{sub_id_1}/x?c={click_id}&z={zone:none}#f", "https://a.example//x?c=&z=#f"),
            ("https://a.example/?x={open", "https://a.example/?x="),
        ] {
            assert_eq!(without_macros(template), expected);
        }
    }
}
