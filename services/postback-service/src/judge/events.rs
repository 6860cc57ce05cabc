//! Events of a click, said by a postback or on a tracking domain.

use super::{CAS_TRIES, Judge, JudgeError, Judged, Mode, Received, too_fast};
use crate::{
    attribute::Attribution,
    config::Config,
    conversion::{Click, Conversion, State, events_id},
    reading,
};
use signalbox_catalog::Stored;
use signalbox_domain::{AffiliateNetworkId, Currency, EventChange, RepeatPolicy, Scope};

impl Judge {
    /// Events that a tracking domain was told of a click whose link, token or key the teller had.
    pub(super) async fn judge_said_events(
        &self,
        config: &Config,
        received: &Received,
        mode: Mode,
    ) -> Result<Judged, JudgeError> {
        let postback = &received.postback;
        let (id, said) = match reading::read_events(&postback.parameters) {
            Ok(read) => read,
            Err(refusal) => return Ok(Judged::refused(refusal)),
        };
        let found = self.attributor.find(postback.workspace, id, &postback.heads).await;
        if let Some((_, refused)) = self.refused_as_gone(config, &[postback.workspace], id, &found).await? {
            return Ok(refused);
        }
        let of_key = reading::read_key_campaign(&postback.parameters);
        match found {
            Attribution::Found(click) if of_key.is_some_and(|campaign| campaign != click.dims.campaign) => {
                Ok(Judged::key_of_another_campaign(id))
            }
            Attribution::Found(click) => self.judge_events(config, received, (&click, &said), mode).await,
            Attribution::Wait => Ok(Judged::held_click(id)),
            Attribution::Unknown => Ok(Judged::orphan_click(id)),
        }
    }

    /// Makes or changes the events of a click.
    pub(super) async fn judge_events(
        &self,
        config: &Config,
        received: &Received,
        (click, said): (&Click, &[EventChange]),
        mode: Mode,
    ) -> Result<Judged, JudgeError> {
        let workspace = received.postback.workspace;
        let network = AffiliateNetworkId::NONE;
        let id = events_id(workspace, click.id);
        let currency = config.workspace(workspace).map_or(Currency::USD, |workspace| workspace.currency);
        let scope = Scope::system(workspace);
        for _ in 0..CAS_TRIES {
            let stored: Option<Stored<Conversion>> = self.catalog.conversions().find(&scope, id).await?;
            let state = State::of_events(said.to_vec(), currency, received.postback.at, received.raw);
            let attempt = match stored {
                None => {
                    let of = (network, String::new(), RepeatPolicy::default());
                    self.create(config, (id, workspace), of, click.clone(), state).await
                }
                Some(stored) => self.change(&scope, stored, state, mode).await,
            };
            if let Some((effect, revision)) = self.tell_on(config, attempt, mode).await? {
                return Ok(Judged::settled_events(effect, revision, click.id, id));
            }
        }
        Err(too_fast(id))
    }
}
