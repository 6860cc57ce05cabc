//! Logs: from the API's words to the warehouse's, and rows back.

mod query;
mod rows;

pub use self::{
    query::read,
    rows::{
        click, conversion, delivery, landing_click, postback, wanted_of_click, wanted_of_delivery,
        wanted_of_postback, wanted_of_recorded,
    },
};
