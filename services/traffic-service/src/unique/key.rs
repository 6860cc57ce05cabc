//! What makes two visits the same visitor, as a salted hash.

use signalbox_domain::{CampaignId, StreamId, UniquenessKey, WorkspaceId};
use siphasher::sip::SipHasher13;
use std::{hash::Hasher, net::IpAddr};

/// Among whom a visitor may be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    /// Visitors of a campaign.
    Campaign(CampaignId),
    /// Visitors of a stream.
    Stream(StreamId),
    /// Visitors of a workspace.
    Workspace(WorkspaceId),
}

/// A visitor in a population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VisitorKey(pub(super) u64);

impl VisitorKey {
    /// The key of a visitor in a population; `salt` is the instance's and makes the hash useless elsewhere.
    pub fn new(
        salt: &[u8; 16],
        population: Population,
        by: UniquenessKey,
        ip: IpAddr,
        user_agent: &str,
    ) -> Self {
        let mut hasher = SipHasher13::new_with_key(salt);
        let (kind, id) = match population {
            Population::Campaign(id) => (1, id.0),
            Population::Stream(id) => (2, id.0),
            Population::Workspace(id) => (3, id.0),
        };
        hasher.write_u8(kind);
        hasher.write_u64(id);
        match ip {
            IpAddr::V4(ip) => hasher.write(&ip.octets()),
            IpAddr::V6(ip) => hasher.write(&ip.octets()),
        }
        if by == UniquenessKey::IpUserAgent {
            hasher.write(user_agent.as_bytes());
        }
        Self(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_matters_only_when_asked_for() {
        let key =
            |population, by, ua| VisitorKey::new(&[7; 16], population, by, "192.0.2.1".parse().unwrap(), ua);
        let campaign = Population::Campaign(CampaignId(1));
        assert_ne!(
            key(campaign, UniquenessKey::IpUserAgent, "a"),
            key(campaign, UniquenessKey::IpUserAgent, "b")
        );
        assert_eq!(key(campaign, UniquenessKey::Ip, "a"), key(campaign, UniquenessKey::Ip, "b"));
        assert_ne!(
            key(campaign, UniquenessKey::Ip, "a"),
            key(Population::Stream(StreamId(1)), UniquenessKey::Ip, "a")
        );
    }
}
