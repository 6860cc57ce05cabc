//! What a postback says about the events of its click.

use super::{cut, is_unreplaced_macro};
use signalbox_domain::EventChange;

/// Most changes of events that one request may say; further ones are left out.
const CHANGES_MAX: usize = 60;

/// The changes in the order of the parameters, and a sentence about those that cannot be read, or nothing. One that cannot be read costs
/// nobody the conversion that came with it. Empty values and macros that were not replaced say nothing.
pub(super) fn said_events<S: AsRef<str>>(parameters: &[(S, S)]) -> (Vec<EventChange>, String) {
    let (mut changes, mut left_out) = (Vec::new(), String::new());
    for (name, value) in parameters {
        let (name, value) = (name.as_ref(), value.as_ref().trim());
        if value.is_empty() {
            continue;
        }
        match EventChange::of_parameter(name, value) {
            Some(Ok(_)) if changes.len() >= CHANGES_MAX => {
                left_out = format!("more than {CHANGES_MAX} parameters of events: the last are left out");
            }
            Some(Ok(change)) => changes.push(change),
            Some(Err(_)) if is_unreplaced_macro(value) => {
                left_out = format!(
                    "parameter {name} is the literal {}: the sender did not replace its macro, so the event is left out",
                    cut(value)
                );
            }
            Some(Err(error)) => {
                left_out = format!(
                    "parameter {name} is {:?}, which {error}: send a decimal number such as 2.5; the event is left out",
                    cut(value)
                );
            }
            None => {}
        }
    }
    (changes, left_out)
}
