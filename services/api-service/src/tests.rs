//! The service through its router, without a socket, on a real catalog.

pub(crate) mod app;
mod conversions;
mod csrf;
mod deliveries;
mod http;
mod instance;
mod keys;
mod landings;
mod lists;
mod login;
mod openapi;
mod privacy;
mod rate_fetch;
mod reporting;
mod reports;
mod resources;
mod roles;
mod routing;
mod session;
mod setup;
mod simulator;
mod streams;
mod templates;
mod tenants;
mod uploads;
mod users;
mod workspaces;
