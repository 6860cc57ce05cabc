//! Streams that pass clicks on to another campaign.

use super::{Act, CompiledCampaign};
use crate::{Problem, problem::Report};
use rustc_hash::FxHashMap;
use signalbox_domain::CampaignId;

/// Switches streams off whose other campaign is not there, and reports what looks like a mistake.
pub(super) fn check(
    campaigns: &mut [CompiledCampaign],
    index: &FxHashMap<CampaignId, u32>,
    problems: &mut Vec<Problem>,
) {
    let mut dead_ends = Vec::new();
    for (position, campaign) in campaigns.iter().enumerate() {
        let workspace = campaign.workspace.id;
        for (number, stream) in campaign.streams.iter().enumerate() {
            let Act::Campaign(id) = stream.act else { continue };
            let mut report =
                Report { problems, workspace, campaign: Some(campaign.id), stream: Some(stream.id) };
            let other = index.get(&id).and_then(|other| campaigns.get(*other as usize));
            if other.is_none_or(|other| other.workspace.id != workspace) {
                let reason =
                    format!("campaign {id} does not exist or is invalid: the stream takes no clicks");
                report.left_out("action.campaign_id", reason);
                dead_ends.push((position, number));
            } else if id == campaign.id {
                report.warn("action.campaign_id", "is the campaign itself: clicks go to trafficback");
            }
        }
    }
    for (position, number) in dead_ends {
        campaigns[position].streams[number].active = false;
    }
}
