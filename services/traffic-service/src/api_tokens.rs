//! Which campaign a Click API token belongs to.
//!
//! Tokens are secrets: in memory and in the configuration on disk only their SHA-256 is kept.

use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};
use signalbox_domain::CampaignId;
use signalbox_engine::RoutingInput;

/// Campaigns by the digest of their token.
#[derive(Debug, Default)]
pub(crate) struct ApiTokens(FxHashMap<[u8; 32], CampaignId>);

/// The digest that stands for a token.
pub(crate) fn digest(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(digest: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digest.len() != 64 || !digest.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digest[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}

impl ApiTokens {
    /// Of a configuration whose tokens are digests already.
    pub(crate) fn of(input: &RoutingInput) -> Self {
        let campaigns = input.campaigns.iter().map(|(_, campaign)| campaign);
        let tokens =
            campaigns.filter_map(|campaign| Some((bytes_of(campaign.api_token.as_deref()?)?, campaign.id)));
        Self(tokens.collect())
    }

    /// The campaign of a token. The digest is looked up, so the time it takes tells nothing about tokens.
    pub(crate) fn campaign(&self, token: &str) -> Option<CampaignId> {
        self.0.get(&<[u8; 32]>::from(Sha256::digest(token.as_bytes()))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_domain::{Campaign, Slug, WorkspaceId};

    #[test]
    fn only_the_whole_token_finds_its_campaign() {
        let mut campaign = Campaign::new(CampaignId(7), "c", Slug("c".to_owned()));
        campaign.api_token = Some(digest("a-token-of-16-chars"));
        let without = Campaign::new(CampaignId(8), "d", Slug("d".to_owned()));
        let campaigns = [campaign, without].map(|campaign| (WorkspaceId(1), campaign)).to_vec();
        let tokens = ApiTokens::of(&RoutingInput { campaigns, ..RoutingInput::default() });
        assert_eq!(tokens.campaign("a-token-of-16-chars"), Some(CampaignId(7)));
        for token in ["", "a-token", "A-token-of-16-chars", &digest("a-token-of-16-chars")] {
            assert_eq!(tokens.campaign(token), None, "{token}");
        }
    }
}
