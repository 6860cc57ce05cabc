//! The simulator: a made-up click, the configuration as it is saved, the engine's own decision and trace.

mod assumed;
mod click;
mod configuration;
mod run;

pub use self::{
    assumed::Assumed,
    click::Click,
    configuration::Configuration,
    run::{Prepared, run},
};
