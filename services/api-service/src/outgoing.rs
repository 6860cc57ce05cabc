//! Requests to where users of the admin have said: alerts and rates. Inside the guard, and no longer than whoever waits for the answer will.

use reqwest::{Client, Method, RequestBuilder};
use signalbox_chassis::outgoing::Guard;
use std::time::Duration;

/// A client that cannot leave its guard.
#[derive(Clone)]
pub struct Outgoing {
    client: Client,
    guard: Guard,
}

impl Outgoing {
    /// Inside a guard; `patience` is the longest time for a whole answer.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn new(guard: &Guard, patience: Duration) -> reqwest::Result<Self> {
        Ok(Self { client: guard.client(patience)?, guard: guard.clone() })
    }

    /// A request, not sent yet.
    ///
    /// # Errors
    /// A sentence for whoever gave the address, without the address: that may hold a key.
    pub fn request(&self, method: Method, url: &str) -> Result<RequestBuilder, String> {
        let url = url::Url::parse(url).map_err(|error| format!("the address is no URL: {error}"))?;
        self.guard.check_url(&url).map_err(|error| error.to_string())?;
        Ok(self.client.request(method, url))
    }
}

/// A failed request with its causes, without the address.
pub fn said(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
