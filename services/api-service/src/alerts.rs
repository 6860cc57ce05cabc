//! Alerts: figures of the reports that are watched, and the telling of it.
//!
//! Promises: a notice is stored before it is sent, so that a process that dies loses none (it may come twice then); one node watches at
//! a time, and two that both believe to be the one never tell the same twice, because the state is changed by compare-and-set. A figure
//! that does not exist, such as a ratio of nothing, never fires. Never: connects to where outgoing postbacks may not, follows a
//! redirect, or puts a token into an error.

mod judge;
mod mail;
mod message;
mod read;
mod send;
mod watch;

pub use self::{
    mail::Mailer,
    read::figures,
    send::Sender,
    watch::{Watching, tell_test},
};
