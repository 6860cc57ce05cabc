//! Reports: from the API's words to the warehouse's and back.

mod answer;
mod asked;
mod compare;
mod metadata;
mod range;

pub(crate) use self::asked::filters;
pub(crate) use self::range::moment;
pub use self::{
    answer::{answer, collect},
    asked::Asked,
    metadata::{log_metadata, metadata},
};
pub(crate) use self::{
    metadata::{entity, is_dimension, metric_title},
    range::resolve,
};
