//! Which postbacks are about the same conversion.

use sha2::{Digest, Sha256};
use signalbox_domain::{AffiliateNetworkId, ClickId, ConversionId, ConversionStatus, WorkspaceId};

/// Statuses that can follow one another in one conversion share a kind; others make conversions of their own. The number is part of what
/// conversions are known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConversionKind(u8);

impl ConversionKind {
    /// lead, sale, rejected, trash: one conversion that changes.
    pub const MAIN: Self = Self(1);
    /// registration.
    pub const REGISTRATION: Self = Self(2);
    /// deposit.
    pub const DEPOSIT: Self = Self(3);
    /// rebill.
    pub const REBILL: Self = Self(4);
    /// The events of a click: one document, whoever says them.
    pub const EVENT: Self = Self(5);
}

impl From<ConversionStatus> for ConversionKind {
    fn from(status: ConversionStatus) -> Self {
        match status {
            ConversionStatus::Lead
            | ConversionStatus::Sale
            | ConversionStatus::Rejected
            | ConversionStatus::Trash => Self::MAIN,
            ConversionStatus::Registration => Self::REGISTRATION,
            ConversionStatus::Deposit => Self::DEPOSIT,
            ConversionStatus::Rebill => Self::REBILL,
            // A type of the workspace's own.
            other => Self(Self::EVENT.0 + other.custom_number().unwrap_or_default()),
        }
    }
}

/// The identity of the conversion that (network, click, transaction, kind) is about: the click's moment and a hash of the four, so that
/// parallel posts on any node arrive at the same document and the store's unique id lets one of them create it.
pub fn conversion_id(
    workspace: WorkspaceId,
    network: AffiliateNetworkId,
    click: ClickId,
    transaction: &str,
    kind: ConversionKind,
) -> ConversionId {
    let mut hasher = Sha256::new();
    hasher.update(b"conversion-v1");
    hasher.update(workspace.0.to_be_bytes());
    hasher.update(network.0.to_be_bytes());
    hasher.update(click.0.to_be_bytes());
    hasher.update([kind.0]);
    hasher.update(transaction.as_bytes());
    let digest = hasher.finalize();
    let random = digest.iter().take(10).fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
    ConversionId::new(click.timestamp(), random)
}

/// The identity of the events of a click, whoever says them.
pub fn events_id(workspace: WorkspaceId, click: ClickId) -> ConversionId {
    conversion_id(workspace, AffiliateNetworkId::NONE, click, "", ConversionKind::EVENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_domain::Timestamp;

    #[test]
    fn each_part_of_the_key_matters() {
        let click = ClickId::new(Timestamp(1_790_000_000_000), 1);
        let id = |network, transaction, kind| {
            conversion_id(WorkspaceId(1), AffiliateNetworkId(network), click, transaction, kind)
        };
        let base = id(1, "a", ConversionKind::MAIN);
        assert_eq!(base, id(1, "a", ConversionKind::MAIN));
        assert_ne!(base, id(2, "a", ConversionKind::MAIN));
        assert_ne!(base, id(1, "b", ConversionKind::MAIN));
        assert_ne!(base, id(1, "a", ConversionKind::REBILL));
        assert_eq!(base.timestamp(), click.timestamp());
        assert_eq!(ConversionKind::from(ConversionStatus::Rejected), ConversionKind::MAIN);
        assert_eq!(ConversionKind::from(ConversionStatus::Event), ConversionKind::EVENT);
        let kinds: std::collections::HashSet<ConversionKind> =
            ConversionStatus::ALL.into_iter().map(ConversionKind::from).collect();
        assert_eq!(kinds.len(), 5 + usize::from(signalbox_domain::CUSTOM_TYPES));
    }
}
