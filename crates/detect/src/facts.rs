//! What a request says about its sender.

use std::net::IpAddr;

/// What a request says about its sender. Headers are as sent; absent ones are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestFacts<'a> {
    /// Client address, behind trusted proxies only.
    pub ip: IpAddr,
    /// Request method, such as `GET`.
    pub method: &'a str,
    /// `User-Agent`.
    pub user_agent: &'a str,
    /// `Accept-Language`.
    pub accept_language: &'a str,
    /// `Sec-Purpose`.
    pub sec_purpose: &'a str,
    /// `Purpose`.
    pub purpose: &'a str,
    /// `X-Purpose`.
    pub x_purpose: &'a str,
    /// `X-Moz`.
    pub x_moz: &'a str,
    /// Client hints.
    pub hints: ClientHints<'a>,
}

/// User-agent client hints as sent, quotes included; absent ones are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientHints<'a> {
    /// `Sec-CH-UA`.
    pub brands: &'a str,
    /// `Sec-CH-UA-Full-Version-List`.
    pub full_version_list: &'a str,
    /// `Sec-CH-UA-Mobile`.
    pub mobile: &'a str,
    /// `Sec-CH-UA-Platform`.
    pub platform: &'a str,
    /// `Sec-CH-UA-Platform-Version`.
    pub platform_version: &'a str,
    /// `Sec-CH-UA-Model`.
    pub model: &'a str,
    /// `Sec-CH-UA-Form-Factors`.
    pub form_factors: &'a str,
}

impl<'a> RequestFacts<'a> {
    /// A GET request with a user agent and nothing else.
    pub fn new(ip: IpAddr, user_agent: &'a str) -> Self {
        Self {
            ip,
            method: "GET",
            user_agent,
            accept_language: "",
            sec_purpose: "",
            purpose: "",
            x_purpose: "",
            x_moz: "",
            hints: ClientHints::default(),
        }
    }
}

impl ClientHints<'_> {
    /// Whether none was sent.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
