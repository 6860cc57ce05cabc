//! Stories of a whole instance over real sockets: the program, its files, its embedded engine.

mod backup;
mod bad_input;
mod ledger;
mod loop_story;
mod starting;
mod world;
