//! What somebody does to a conversion by hand: left by api-service as an upload of one row, journaled and judged like a postback, so that it
//! is done once and the log says by whom.

use super::{CAS_TRIES, Judge, JudgeError, Judged, Received, too_fast};
use crate::{
    config::Config,
    conversion::{ByHand, Conversion, Effect, HandAction},
};
use signalbox_catalog::{Error as CatalogError, Stored};
use signalbox_domain::{ConversionId, Scope};

/// What stands in the journal for the method. No request over HTTP has it.
pub(crate) const METHOD: &str = "HAND";

impl Judge {
    /// Does it, whether it is judged for the first time or again.
    pub(super) async fn judge_by_hand(
        &self,
        config: &Config,
        received: &Received,
    ) -> Result<Judged, JudgeError> {
        let Some((id, hand)) = read(received) else { return Ok(Judged::hand_malformed()) };
        let scope = Scope::system(received.postback.workspace);
        for _ in 0..CAS_TRIES {
            let found: Option<Stored<Conversion>> = self.catalog.conversions().find(&scope, id).await?;
            let Some(mut stored) = found else { return Ok(Judged::hand_unknown()) };
            let click = stored.value.click.id;
            let effect = stored.value.change_by_hand(hand.clone(), self.postbacks.get());
            let judged = Judged::by_hand(effect, hand.action, click, id);
            if effect.is_replay() {
                return Ok(judged);
            }
            match self.store(&scope, stored).await {
                Ok(stored) => {
                    if effect == Effect::Changed {
                        self.outbox.flush(config, stored).await?;
                    }
                    return Ok(judged);
                }
                Err(CatalogError::VersionMismatch { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(too_fast(id))
    }
}

fn read(received: &Received) -> Option<(ConversionId, ByHand)> {
    let parameters = &received.postback.parameters;
    let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref());
    let action = match value("action")? {
        "delete" => HandAction::Delete,
        "restore" => HandAction::Restore,
        _ => return None,
    };
    let text = |name| value(name).unwrap_or_default().to_owned();
    let hand =
        ByHand { action, at: received.postback.at, who: text("by"), note: text("note"), raw: received.raw };
    Some((value("conversion")?.parse().ok()?, hand))
}
