//! What makes two visits the same visitor, as a salted hash.

use signalbox_domain::{CampaignId, DestinationId, StreamId, WorkspaceId};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Among whom a visitor may be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    /// Visitors of a campaign.
    Campaign(CampaignId),
    /// Visitors of a stream.
    Stream(StreamId),
    /// Visitors of a workspace.
    Workspace(WorkspaceId),
    /// Visitors that a stream sent to a destination.
    Visited(StreamId, DestinationId),
}

impl From<signalbox_engine::Population> for Population {
    fn from(population: signalbox_engine::Population) -> Self {
        match population {
            signalbox_engine::Population::Campaign(id) => Self::Campaign(id),
            signalbox_engine::Population::Stream(id) => Self::Stream(id),
            signalbox_engine::Population::Workspace(id) => Self::Workspace(id),
        }
    }
}

/// A visitor in a population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VisitorKey(pub(super) u64);

impl VisitorKey {
    /// The key in a population of the visitor with this key; `salt` is the instance's and makes the hash useless elsewhere.
    pub fn of(salt: &[u8; 16], population: Population, visitor: u64) -> Self {
        let mut hasher = SipHasher13::new_with_key(salt);
        let (kind, id) = match population {
            Population::Campaign(id) => (1, id.0),
            Population::Stream(id) => (2, id.0),
            Population::Workspace(id) => (3, id.0),
            Population::Visited(stream, to) => {
                hasher.write_u64(to.0);
                (4, stream.0)
            }
        };
        hasher.write_u8(kind);
        hasher.write_u64(id);
        hasher.write_u64(visitor);
        Self(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn populations_and_visitors_do_not_meet() {
        let key = |population, visitor| VisitorKey::of(&[7; 16], population, visitor);
        let campaign = Population::Campaign(CampaignId(1));
        assert_ne!(key(campaign, 1), key(campaign, 2));
        assert_ne!(key(campaign, 1), key(Population::Stream(StreamId(1)), 1));
        assert_ne!(key(campaign, 1), VisitorKey::of(&[8; 16], campaign, 1));
    }
}
