//! Ports that were free a moment ago, all different, for an instance that is started again and again on the same ones.

use crate::{Error, instance::LISTENERS};
use std::net::TcpListener;

/// The listeners of an instance on loopback ports of their own.
pub(crate) fn reserve() -> Result<Vec<(String, String)>, Error> {
    let mut held = Vec::new();
    let mut environment = Vec::new();
    for (variable, _) in LISTENERS {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::io("no free port"))?;
        let address = listener.local_addr().map_err(Error::io("no free port"))?;
        environment.push(((*variable).to_owned(), address.to_string()));
        held.push(listener);
    }
    Ok(environment)
}
