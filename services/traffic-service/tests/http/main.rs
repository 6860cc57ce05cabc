//! The service through its port: a real catalog, a real journal, real requests.

mod actions;
mod api;
mod compat;
mod hosted;
mod landing;
mod script;
mod support;
mod trace;
