//! What a stream does with a click, on the wire.

use super::Id;
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, CampaignId, RedirectStatus};
use utoipa::ToSchema;

api_enum! {
    /// By what means the visitor is sent on.
    Via from domain::Via {
        /// The `Location` header with the status of the redirect.
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
}

/// What a stream does with a click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Choose a destination and send the visitor there. With landings, the visitor sees one first and goes on from there.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        #[serde(default, with = "redirect_status")]
        #[schema(value_type = u16, default = 302, example = 302)]
        status: RedirectStatus,
        /// By what means.
        #[serde(default = "http")]
        #[schema(default = "http")]
        via: Via,
    },
    /// Send to a fixed URL with macros, without a destination.
    Url {
        /// Target with macros.
        url: String,
        /// 301, 302, 303, 307 or 308.
        #[serde(default, with = "redirect_status")]
        #[schema(value_type = u16, default = 302, example = 302)]
        status: RedirectStatus,
        /// By what means.
        #[serde(default = "http")]
        #[schema(default = "http")]
        via: Via,
    },
    /// Let the streams of another campaign decide. The click, its cost and its reports stay with this one. A loop ends in trafficback.
    Campaign {
        /// The campaign.
        #[schema(value_type = Id)]
        campaign_id: CampaignId,
    },
    /// Answer 200 with a page; macros in it are escaped for HTML.
    ShowHtml {
        /// The page with macros.
        #[schema(max_length = 262_144)]
        body: String,
    },
    /// Answer 200 with plain text; macros in it are replaced as they are.
    ShowText {
        /// The text with macros.
        #[schema(max_length = 262_144)]
        body: String,
    },
    /// Answer 204 without a body: the click is kept, the visitor stays where it is.
    Nothing,
    /// Answer 404: the click is kept, the visitor goes nowhere.
    NotFound,
}

fn http() -> Via {
    Via::Http
}

impl Default for Action {
    fn default() -> Self {
        domain::Action::default().into()
    }
}

impl From<Action> for domain::Action {
    fn from(action: Action) -> Self {
        match action {
            Action::Redirect { status, via } => Self::Redirect { status, via: via.into() },
            Action::Url { url, status, via } => Self::Url { url, status, via: via.into() },
            Action::Campaign { campaign_id } => Self::Campaign { campaign_id },
            Action::ShowHtml { body } => Self::ShowHtml { body },
            Action::ShowText { body } => Self::ShowText { body },
            Action::Nothing => Self::Nothing,
            Action::NotFound => Self::NotFound,
        }
    }
}

impl From<domain::Action> for Action {
    fn from(action: domain::Action) -> Self {
        match action {
            domain::Action::Redirect { status, via } => Self::Redirect { status, via: via.into() },
            domain::Action::Url { url, status, via } => Self::Url { url, status, via: via.into() },
            domain::Action::Campaign { campaign_id } => Self::Campaign { campaign_id },
            domain::Action::ShowHtml { body } => Self::ShowHtml { body },
            domain::Action::ShowText { body } => Self::ShowText { body },
            domain::Action::Nothing => Self::Nothing,
            domain::Action::NotFound => Self::NotFound,
        }
    }
}

mod redirect_status {
    //! The status as its number.
    use serde::{Deserialize, Deserializer, Serializer};
    use signalbox_domain::RedirectStatus;

    pub fn serialize<S: Serializer>(status: &RedirectStatus, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(status.code())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RedirectStatus, D::Error> {
        match u16::deserialize(deserializer)? {
            301 => Ok(RedirectStatus::MovedPermanently301),
            302 => Ok(RedirectStatus::Found302),
            303 => Ok(RedirectStatus::SeeOther303),
            307 => Ok(RedirectStatus::Temporary307),
            308 => Ok(RedirectStatus::Permanent308),
            other => Err(serde::de::Error::custom(format!("{other} is not one of 301, 302, 303, 307, 308"))),
        }
    }
}
