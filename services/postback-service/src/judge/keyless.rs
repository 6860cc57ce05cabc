//! Postbacks that came without the key of a network.

use super::{Judge, JudgeError, Judged, Mode, Received};
use crate::{attribute::Attribution, config::Config, reading};
use signalbox_events::wire::PostbackRawV1;

impl Judge {
    /// A postback that came without a key: its network is that of its click's destination, when that takes such postbacks.
    pub(super) async fn judge_keyless(
        &self,
        config: &Config,
        received: &Received,
        mode: Mode,
    ) -> Result<Judged, JudgeError> {
        let postback = &received.postback;
        let id = match reading::read_click_of(&postback.parameters) {
            Ok(id) => id,
            Err(refusal) => return Ok(Judged::refused(refusal)),
        };
        let known = (!postback.workspace.is_none()).then_some(postback.workspace);
        let workspaces = known.map_or_else(|| config.keyless_workspaces(), |workspace| vec![workspace]);
        let found = self.attributor.find_among(&workspaces, id, &postback.heads).await;
        if let Some((owner, refused)) = self.refused_as_gone(config, &workspaces, id, &found).await? {
            return Ok(refused.of(owner, postback.network));
        }
        let click = match found {
            Attribution::Found(click) => click,
            Attribution::Wait => return Ok(Judged::held_click(id)),
            Attribution::Unknown => return Ok(Judged::orphan_click(id)),
        };
        let (workspace, network) = (click.dims.workspace, click.dims.network);
        let of_network = config.network(network).filter(|network| network.workspace == workspace);
        if !of_network.is_some_and(|network| network.network.keyless) {
            let name = of_network.map(|network| network.network.name.as_str());
            return Ok(Judged::keyless_refused(name).about_click(id).of(workspace, network));
        }
        if let Some(known) = of_network.filter(|known| !known.allows(postback.ip)) {
            let refused = Judged::address_refused(known.refusal_of(postback.ip));
            return Ok(refused.about_click(id).of(workspace, network));
        }
        let postback = PostbackRawV1 { workspace, network, ..postback.clone() };
        let resolved = Received { postback, ..received.clone() };
        Ok(self.judge_known(config, &resolved, mode).await?.of(workspace, network))
    }
}
