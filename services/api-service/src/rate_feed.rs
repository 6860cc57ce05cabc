//! Exchange rates that workspaces have fetched once a day: from the European Central Bank or a JSON document of their choice.
//!
//! Promises: asked by one node and inside the guard of outgoing requests, with bounds of time and size; what cannot be fetched is said
//! with the settings and tried again with growing pauses; rates that are there stay. Never: follows a redirect, shows what another
//! server answered, or takes a rate in the place of one that somebody gave.

mod fetch;
mod read;
mod run;

pub use self::{
    fetch::Fetcher,
    read::{read_ecb, read_json},
    run::{Fetching, RateFetchState, wish},
};
