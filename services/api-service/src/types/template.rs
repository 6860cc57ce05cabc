//! Templates of traffic sources and affiliate networks on the wire.

use super::{SourceParameter, StatusWord};
use serde::Serialize;
use utoipa::ToSchema;

/// What a traffic source sends and takes, ready to become a source and its outgoing postback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceTemplate {
    /// Name of the source.
    pub name: String,
    /// What it sells, such as `push` or `native`.
    #[schema(example = "native")]
    pub kind: String,
    /// Parameters of the campaign link with the source's tokens.
    pub parameters: Vec<SourceParameter>,
    /// URL by which it is told of conversions, with our macros. What starts with `YOUR_` is the account's own. Empty: none is known.
    pub postback_url: String,
    /// Public pages that say so.
    pub pages: Vec<String>,
}

/// What an affiliate network takes and sends, ready to become a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NetworkTemplate {
    /// Name of the network, or of the software that many networks run on.
    pub name: String,
    /// `network`, or `platform` for software that many networks run on.
    #[schema(example = "network")]
    pub kind: String,
    /// Its macro for the click id.
    pub click_id_token: String,
    /// Its macro for the payout; empty: none is known.
    pub payout_token: String,
    /// Its macro for the status; empty: none is known.
    pub status_token: String,
    /// Its macro for the transaction id; empty: none is known.
    pub transaction_token: String,
    /// Query string by which it takes the click id in the URLs of its offers; empty: not known.
    pub offer_parameters: String,
    /// Words for statuses that are not understood without this.
    pub statuses: Vec<StatusWord>,
    /// Public pages that say so.
    pub pages: Vec<String>,
}
