//! The simulator: a made-up click, the campaign as it is saved, the engine's own decision and trace.

mod click;
mod configuration;
mod run;

pub use self::{click::Click, configuration::Configuration, run::run};
