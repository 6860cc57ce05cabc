//! What a postback says about the status of its conversion.

use super::{Parameters, Refusal, STATUS, cut, is_unreplaced_macro};
use signalbox_domain::{AffiliateNetwork, ConversionStatus, Workspace};

/// Code of a postback that asks to be left out.
pub(super) const IGNORED: &str = "status_ignored";

/// Names of the second status, which some networks send beside the first.
const SECOND: &[&str] = &["cnv_status2", "status2", "status_2"];

/// The network's word in its second status; empty when there is none. It changes nothing but is kept.
pub(super) fn read_second_status<S: AsRef<str>>(parameters: &Parameters<'_, S>) -> String {
    let word = parameters.first(SECOND).map(|(_, word)| word).filter(|word| !is_unreplaced_macro(word));
    // A control character would stand between the two words where both are kept as one text.
    word.map(|word| cut(&word.replace(char::is_control, " "))).unwrap_or_default()
}

/// The status and the network's word for it: by the lists that the postback brings (`sale_status=1,approved`), then by the network's own
/// words, then by the types of the workspace, then by the words of the field. Without a word a sale, or with `upsell=1` (CPV Lab: `cladd=true`) a rebill: more money of a conversion.
pub(super) fn read_status<S: AsRef<str>>(
    parameters: &Parameters<'_, S>,
    network: &AffiliateNetwork,
    workspace: Option<&Workspace>,
) -> Result<(ConversionStatus, String), Refusal> {
    let Some((name, word)) = parameters.first(STATUS) else {
        let upsell = ["upsell", "cladd"].iter().any(|name| parameters.says(name));
        let status = if upsell { ConversionStatus::Rebill } else { ConversionStatus::default() };
        return Ok((status, String::new()));
    };
    if is_unreplaced_macro(word) {
        return Err(Refusal::new(
            "macro_not_replaced",
            format!(
                "parameter {name} is the literal {word}: the network did not replace its macro. Use its own macro for the status, or leave the parameter out to count every postback as a sale"
            ),
        ));
    }
    if let Some(name) = ["ignore_status", "ignore"].iter().find(|name| parameters.lists(name, word)) {
        let reason = format!(
            "parameter {name} of the postback itself says that status {:?} counts nothing",
            cut(word)
        );
        return Err(Refusal::new(IGNORED, reason));
    }
    let of_workspace = || workspace.and_then(|workspace| workspace.status_of_word(word));
    let known = listed(parameters, word).or_else(|| network.own_status_of(word)).or_else(of_workspace);
    match known.or_else(|| ConversionStatus::from_synonym(word)) {
        Some(status) => Ok((status, cut(word))),
        None => Err(Refusal::new(
            "status_unknown",
            format!(
                "parameter {name} is {:?}, which no status is mapped to: add the word under Networks → {} → Statuses, or to a type under Settings → Workspace; it counts from the next postback on",
                cut(word),
                network.name
            ),
        )),
    }
}

/// The status in whose list, such as `lead_status=hold,0`, the word is.
fn listed<S: AsRef<str>>(parameters: &Parameters<'_, S>, word: &str) -> Option<ConversionStatus> {
    ConversionStatus::ALL
        .into_iter()
        .filter(|status| *status != ConversionStatus::Event)
        .find(|status| parameters.lists(&format!("{}_status", status.as_str()), word))
}
