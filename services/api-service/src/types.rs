//! What travels over the API: own types, apart from the domain's and the stored ones, with conversions both ways.
//!
//! Promises: every type here has a schema in the OpenAPI document; a field that was understood wrongly is named. Never: business
//! logic, and never a domain struct on the wire – only the domain's scalars (ids, money, criteria), which have one text form.

/// Declares an enum of the API that mirrors one of the domain, with conversions both ways and its schema.
macro_rules! api_enum {
    ($(#[$meta:meta])* $name:ident from $domain:path { $($(#[$variant_meta:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => <$domain>::$variant),+ }
            }
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value { $(<$domain>::$variant => Self::$variant),+ }
            }
        }
    };
}

mod action;
mod alert;
mod api_key;
mod campaign;
mod cap;
mod choosing;
mod clearing;
mod conversion;
mod conversion_api;
mod conversion_type;
mod cost;
mod cost_correction;
mod custom_metric;
mod dead_letter;
mod delivery;
mod destination;
mod domain;
mod erasure;
mod export;
mod filter;
mod instance;
mod landing;
mod landing_click;
mod list;
mod log;
mod network;
mod output;
mod policy;
mod problem;
mod progress;
mod rate_fetch;
mod replay;
mod report;
mod retention;
mod rule;
mod scalar;
mod schedule;
mod scheduled;
mod session;
mod simulation;
mod source;
mod status;
mod stream;
mod template;
mod trace;
mod upload;
mod user;
mod view;
mod workspace;

use self::cap::{caps_in, caps_out};
pub use self::{
    action::*, alert::*, api_key::*, campaign::*, cap::*, choosing::*, clearing::*, conversion::*,
    conversion_api::*, conversion_type::*, cost::*, cost_correction::*, custom_metric::*, dead_letter::*,
    delivery::*, destination::*, domain::*, erasure::*, export::*, filter::*, instance::*, landing::*,
    landing_click::*, list::*, log::*, network::*, output::*, policy::*, problem::*, progress::*,
    rate_fetch::*, replay::*, report::*, retention::*, rule::*, scalar::*, schedule::*, scheduled::*,
    session::*, simulation::*, source::*, status::*, stream::*, template::*, trace::*, upload::*, user::*,
    view::*, workspace::*,
};
