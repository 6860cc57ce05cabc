//! The ClickHouse engine of libchdb behind ClickHouse's HTTP interface, in a process of its own. The README has the whole story:
#![doc = include_str!("../README.md")]

pub mod child;

mod answer;
mod control;
mod engine;
mod error;
mod ffi;
mod http;
mod lanes;
mod locate;
mod lock;
mod multipart;
mod os;
mod password;
mod pieces;
mod request;
mod run;
mod server;
mod spool;
mod sql;
mod supervisor;
mod ticket;

pub use engine::EngineConfig;
pub use error::Error;
pub use locate::{LIBCHDB_VERSION, find_library};
pub use password::Password;
pub use run::Limits;
pub use server::{Server, ServerConfig};
pub use supervisor::{Handle, State, Supervisor, SupervisorConfig};

/// The one user there is.
pub const USER: &str = "default";
