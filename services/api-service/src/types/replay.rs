//! Replays on the wire: past postbacks that are judged again.

use super::{EventId, Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_catalog::Stored;
use signalbox_domain::{
    AffiliateNetworkId, FieldError, Invalid, PostbackReplay, ReplaySelection, ReplayState,
};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Which past postbacks are to be judged again: all that meet every condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayInput {
    /// These alone, at most 1000: `id` of rows of the log of received postbacks.
    #[serde(default)]
    pub ids: Vec<String>,
    /// Of this network.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub network_id: Option<AffiliateNetworkId>,
    /// Received at or after; needed where no ids are named.
    #[serde(default)]
    pub from: Option<Time>,
    /// Received before; now when absent.
    #[serde(default)]
    pub to: Option<Time>,
    /// Verdicts of which the latest must be one; `refused` and `orphan` when absent and no ids are named. With `accepted`, `updated` and
    /// `duplicate` what counted already follows the statuses as they are mapped now.
    #[serde(default)]
    pub verdicts: Option<Vec<String>>,
    /// Codes such as `status_unknown`, of which the latest must be one; any when empty.
    #[serde(default)]
    pub codes: Vec<String>,
}

/// What a replay is about to judge again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplayPreview {
    /// How many postbacks are selected.
    pub total: u64,
}

/// Past postbacks that are judged again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replay {
    /// Identity.
    #[schema(value_type = EventId)]
    pub id: String,
    /// When it was asked for. What came later is none of its business.
    pub created_at: Time,
    /// Whether the product itself asked for it.
    pub automatic: bool,
    /// `running`, `done` or `cancelled`.
    pub state: String,
    /// How many postbacks are selected.
    pub total: u64,
    /// How many were judged again until now.
    pub judged: u64,
    /// How many of them ended how: `accepted`, `updated`, `duplicate`, `orphan` or `refused` where that is news, `unchanged` for the others.
    pub outcomes: BTreeMap<String, u64>,
    /// Network that was asked for.
    #[schema(value_type = Option<Id>)]
    pub network_id: Option<AffiliateNetworkId>,
    /// Received at or after.
    pub from: Option<Time>,
    /// Received before.
    pub to: Option<Time>,
    /// Verdicts that were asked for; empty: any.
    pub verdicts: Vec<String>,
    /// When it ended.
    pub finished_at: Option<Time>,
}

impl ReplayInput {
    /// The domain's selection, validated.
    ///
    /// # Errors
    /// Every problem with its field.
    pub fn into_domain(self) -> Result<ReplaySelection, Invalid> {
        let mut ids = Vec::with_capacity(self.ids.len());
        for (index, text) in self.ids.iter().enumerate() {
            ids.push(
                text.parse()
                    .map_err(|reason| Invalid(vec![FieldError { field: format!("ids[{index}]"), reason }]))?,
            );
        }
        let usual = || {
            let words: &[&str] = if ids.is_empty() { &["refused", "orphan"] } else { &[] };
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let selection = ReplaySelection {
            verdicts: self.verdicts.unwrap_or_else(usual),
            ids,
            network: self.network_id,
            from: self.from.map(|time| time.0),
            to: self.to.map(|time| time.0),
            codes: self.codes,
        };
        selection.validate()?;
        Ok(selection)
    }
}

impl From<Stored<PostbackReplay>> for Replay {
    fn from(stored: Stored<PostbackReplay>) -> Self {
        let replay = stored.value;
        let state = match replay.state {
            ReplayState::Running => "running",
            ReplayState::Done => "done",
            ReplayState::Cancelled => "cancelled",
        };
        Self {
            id: stored.id,
            created_at: replay.created_at.into(),
            automatic: replay.created_by == signalbox_domain::Actor::System,
            state: state.to_owned(),
            total: replay.total,
            judged: replay.judged,
            outcomes: replay.outcomes,
            network_id: replay.selection.network,
            from: replay.selection.from.map(Time::from),
            to: replay.selection.to.map(Time::from),
            verdicts: replay.selection.verdicts,
            finished_at: replay.finished_at.map(Time::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_understood_is_selected_unless_more_is_asked_for() {
        let from = Some(Time(signalbox_domain::Timestamp(5)));
        let usual = ReplayInput { from, ..ReplayInput::default() }.into_domain().unwrap();
        assert_eq!(usual.verdicts, ["refused", "orphan"]);
        let named = ReplayInput { ids: vec!["000000000000009f-12".to_owned()], ..ReplayInput::default() };
        assert_eq!(named.into_domain().unwrap().verdicts, Vec::<String>::new());
        let all = ReplayInput { from, verdicts: Some(Vec::new()), ..ReplayInput::default() };
        assert_eq!(all.into_domain().unwrap().verdicts, Vec::<String>::new());
        let wrong = ReplayInput { ids: vec!["12".to_owned()], ..ReplayInput::default() };
        assert_eq!(wrong.into_domain().unwrap_err().0[0].field, "ids[0]");
    }
}
