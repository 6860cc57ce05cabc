//! traffic-service: a click comes in, a routing decision is made, the click is journaled, the visitor is redirected.
//!
//! Promises: an answered click is in the journal before its visitor is answered, or its loss is counted; a visitor never sees an error
//! of ours; an edit reaches routing within a second. Never asks another machine on the way: configuration is a snapshot in memory and
//! on disk, so redirects go on with every store down and after a restart.

mod api_tokens;
mod app;
mod beside;
mod click;
mod click_api;
mod compat;
mod converted;
mod counters;
mod dice;
mod feed;
pub mod fuzzing;
mod hosted;
pub mod journal;
mod landing;
mod live;
mod metrics;
mod privacy;
mod receive;
mod record;
mod respond;
mod restore;
mod said;
mod script;
mod secret;
mod serve;
mod snapshot;
mod stamp;
mod standing;
mod start;
mod token;
pub mod unique;
mod visit;

pub use app::{App, Deps};
pub use start::{Error, Running, start};
