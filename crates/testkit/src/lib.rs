//! For tests: a whole running instance, an admin client, and a receiver of outgoing postbacks.
//!
//! Everything is real: the program, its sockets, its files. Waiting is always for a condition, with a deadline. Panics say what was expected;
//! that is what a test wants. Never used outside tests.
#![allow(clippy::expect_used, clippy::panic, reason = "a test helper fails the test where it stands")]

mod admin;
mod instance;
mod receiver;
mod wait;

pub use admin::Admin;
pub use instance::Instance;
pub use receiver::{Received, Receiver};
pub use wait::until;
