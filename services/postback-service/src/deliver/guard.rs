//! Where outgoing postbacks may connect to; the same guard stands before everything that users have sent somewhere.

pub use signalbox_chassis::outgoing::Guard;
