//! Which postbacks are about the same conversion.

use sha2::{Digest, Sha256};
use signalbox_domain::{AffiliateNetworkId, ClickId, ConversionId, ConversionStatus, WorkspaceId};

/// Statuses that can follow one another in one conversion share a kind; others make conversions of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ConversionKind {
    /// lead, sale, rejected, trash: one conversion that changes.
    Main = 1,
    /// registration.
    Registration = 2,
    /// deposit.
    Deposit = 3,
    /// rebill.
    Rebill = 4,
    /// The events of a click: one document, whoever says them.
    Event = 5,
}

impl From<ConversionStatus> for ConversionKind {
    fn from(status: ConversionStatus) -> Self {
        match status {
            ConversionStatus::Lead
            | ConversionStatus::Sale
            | ConversionStatus::Rejected
            | ConversionStatus::Trash => Self::Main,
            ConversionStatus::Registration => Self::Registration,
            ConversionStatus::Deposit => Self::Deposit,
            ConversionStatus::Rebill => Self::Rebill,
            ConversionStatus::Event => Self::Event,
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
    hasher.update([kind as u8]);
    hasher.update(transaction.as_bytes());
    let digest = hasher.finalize();
    let random = digest.iter().take(10).fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
    ConversionId::new(click.timestamp(), random)
}

/// The identity of the events of a click, whoever says them.
pub fn events_id(workspace: WorkspaceId, click: ClickId) -> ConversionId {
    conversion_id(workspace, AffiliateNetworkId::NONE, click, "", ConversionKind::Event)
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
        let base = id(1, "a", ConversionKind::Main);
        assert_eq!(base, id(1, "a", ConversionKind::Main));
        assert_ne!(base, id(2, "a", ConversionKind::Main));
        assert_ne!(base, id(1, "b", ConversionKind::Main));
        assert_ne!(base, id(1, "a", ConversionKind::Rebill));
        assert_eq!(base.timestamp(), click.timestamp());
        assert_eq!(ConversionKind::from(ConversionStatus::Rejected), ConversionKind::Main);
    }
}
