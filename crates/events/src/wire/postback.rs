//! Inbound postbacks: as received, and what became of them.

use serde::{Deserialize, Serialize};
use signalbox_domain::{AffiliateNetworkId, ClickId, ConversionId, Timestamp, WorkspaceId};
use std::{borrow::Cow, net::IpAddr};

/// How far a click journal had come when the postback arrived: once that much is processed, an unknown click is an orphan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadPosition {
    /// Journal identity.
    pub journal: u64,
    /// Next sequence number it would have given.
    pub head: u64,
}

/// Parameter by which a tracking domain says whose key came with events: the id of a campaign. The click must be of it. Nobody else can
/// say it, because of what is sent only names of events are kept.
pub const KEY_CAMPAIGN: &str = "key_campaign";

/// A postback as it was received, its secret already matched to a network and left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostbackRawV1<'a> {
    /// When it was received.
    pub at: Timestamp,
    /// Tenant of the network.
    pub workspace: WorkspaceId,
    /// Network whose key matched.
    pub network: AffiliateNetworkId,
    /// `GET` or `POST`.
    #[serde(borrow)]
    pub method: Cow<'a, str>,
    /// Every parameter in order as decoded text, from the query first and then the body.
    pub parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Address of the sender.
    pub ip: IpAddr,
    /// User agent of the sender, capped.
    pub user_agent: Cow<'a, str>,
    /// Where the click journals stood.
    pub heads: Vec<HeadPosition>,
}

/// A postback as it came to a tracking domain, where keys of networks are not known: carried to the postback service, which matches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostbackUnmatchedV1<'a> {
    /// As received; tenant and network are none.
    #[serde(borrow)]
    pub raw: PostbackRawV1<'a>,
    /// Host as sent, lower case.
    #[serde(borrow)]
    pub host: Cow<'a, str>,
    /// SHA-256 of the key in its path; `None`: it had none.
    pub key_sha256: Option<[u8; 32]>,
}

/// What became of a postback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Verdict {
    /// Made a conversion.
    Accepted = 1,
    /// Changed a conversion.
    Updated = 2,
    /// Said what was known already.
    Duplicate = 3,
    /// Waits for its click to become visible.
    Held = 4,
    /// Its click is unknown.
    Orphan = 5,
    /// Cannot be understood.
    Refused = 6,
}

impl Verdict {
    /// The word used in logs and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Updated => "updated",
            Self::Duplicate => "duplicate",
            Self::Held => "held",
            Self::Orphan => "orphan",
            Self::Refused => "refused",
        }
    }
}

/// What became of a postback, and why, in a sentence with the fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictV1<'a> {
    /// Journal of the raw postback.
    pub raw_journal: u64,
    /// Its sequence number.
    pub raw_seq: u64,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was judged.
    pub at: Timestamp,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Network.
    pub network: AffiliateNetworkId,
    /// What became of it.
    pub verdict: Verdict,
    /// Stable code such as `macro_not_replaced`, or empty.
    #[serde(borrow)]
    pub code: Cow<'a, str>,
    /// A sentence why, with the fix.
    pub reason: Cow<'a, str>,
    /// Click it names, or none.
    pub click: ClickId,
    /// Conversion it made or changed, or none.
    pub conversion: ConversionId,
    /// `GET` or `POST`.
    pub method: Cow<'a, str>,
    /// Parameters as a query string.
    pub query: Cow<'a, str>,
    /// Address of the sender.
    pub ip: IpAddr,
}

impl PostbackRawV1<'_> {
    /// A copy that borrows nothing.
    pub fn to_static(&self) -> PostbackRawV1<'static> {
        let owned = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
        PostbackRawV1 {
            at: self.at,
            workspace: self.workspace,
            network: self.network,
            method: owned(&self.method),
            parameters: self.parameters.iter().map(|(name, value)| (owned(name), owned(value))).collect(),
            ip: self.ip,
            user_agent: owned(&self.user_agent),
            heads: self.heads.clone(),
        }
    }
}
