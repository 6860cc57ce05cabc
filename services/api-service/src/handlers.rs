//! One file for each resource; verbs are functions named `verb_resource`. A handler translates: it authorizes by the type of its
//! extractor, asks a store, and turns the answer into API types.

pub mod alerts;
pub mod api_keys;
pub mod campaigns;
pub mod clearings;
pub mod conversions;
pub mod cost_tools;
pub mod costs;
mod crud;
pub mod custom_metrics;
pub mod dead_letters;
pub mod deliveries;
pub mod destination_status;
pub mod destinations;
pub mod domains;
pub mod erasures;
pub mod exports;
pub mod instance;
pub mod landings;
pub mod logs;
pub mod names;
pub mod networks;
pub mod outputs;
pub mod postbacks;
pub mod rate_fetch;
pub mod reports;
pub mod retention;
pub mod scheduled;
pub mod session;
pub mod setup;
pub mod shares;
pub mod simulator;
pub mod sources;
pub mod streams;
pub mod templates;
pub mod uploads;
pub mod users;
pub mod views;
pub mod workspaces;

mod prelude {
    pub(super) use super::crud;
    pub(super) use crate::{
        app::App,
        auth::{CanAdmin, CanEdit, CanRead},
        error::ApiError,
        extract::{Created, Input, PathId, PathIds},
        types::{DeleteQuery, Id, ListQuery, Page},
    };
    pub(super) use axum::{Json, extract::State, http::StatusCode};
    pub(super) use signalbox_chassis::extract::ValidQuery;
}
