//! What a stream does with a click.

use crate::CampaignId;
use serde::{Deserialize, Serialize};

/// HTTP status of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RedirectStatus {
    MovedPermanently301,
    #[default]
    Found302,
    SeeOther303,
    Temporary307,
    Permanent308,
}

impl RedirectStatus {
    /// The status code.
    pub const fn code(self) -> u16 {
        match self {
            Self::MovedPermanently301 => 301,
            Self::Found302 => 302,
            Self::SeeOther303 => 303,
            Self::Temporary307 => 307,
            Self::Permanent308 => 308,
        }
    }
}

/// By what means the visitor is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The `Location` header with the status of the redirect.
    #[default]
    Http,
    /// A page with `<meta http-equiv="refresh">`.
    Meta,
    /// Two such pages, one after the other, so that the target sees the tracker or nothing as referrer.
    DoubleMeta,
    /// A page whose script replaces the location.
    Js,
    /// A page that posts the target's query as a form to the target.
    Form,
    /// A page that shows the target in a frame over the whole window.
    Iframe,
}

/// Longest text or page of an action, bytes.
pub const BODY_MAX: usize = 262_144;

/// What the stream does with the click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Choose a destination and send the visitor there. With landings, the visitor sees one first and goes on to a destination from there.
    Redirect {
        /// Status of the redirect.
        #[serde(default)]
        status: RedirectStatus,
        /// By what means.
        #[serde(default)]
        via: Via,
    },
    /// Send to a fixed URL with macros, without a destination.
    Url {
        /// Target with macros.
        url: String,
        /// Status of the redirect.
        #[serde(default)]
        status: RedirectStatus,
        /// By what means.
        #[serde(default)]
        via: Via,
    },
    /// Let the streams of another campaign decide. The click, its cost and its reports stay with this one. A loop ends in trafficback.
    Campaign {
        /// The campaign.
        campaign_id: CampaignId,
    },
    /// Answer 200 with a page; macros in it are escaped for HTML.
    ShowHtml {
        /// The page with macros.
        body: String,
    },
    /// Answer 200 with plain text; macros in it are replaced as they are.
    ShowText {
        /// The text with macros.
        body: String,
    },
    /// Answer 204 without a body: the click is kept, the visitor stays where it is.
    Nothing,
    /// Answer 404: the click is kept, the visitor goes nowhere.
    NotFound,
}

impl Default for Action {
    fn default() -> Self {
        Self::Redirect { status: RedirectStatus::Found302, via: Via::Http }
    }
}
