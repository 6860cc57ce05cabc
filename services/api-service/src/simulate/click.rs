//! A made-up click, read out of what was sent.

use crate::{error::ApiError, types::SimulationInput};
use signalbox_domain::{FieldError, Invalid, Timestamp};
use std::net::{IpAddr, Ipv4Addr};
use url::Url;

/// A browser that most visitors could have.
const USER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36";
/// Longest text of each kind, bytes; clicks are capped likewise.
const TEXT_MAX: usize = 16_384;

/// A made-up click.
#[derive(Debug, Clone)]
pub struct Click {
    /// Host of the link, perhaps with a port.
    pub host: String,
    /// Query string without `?`.
    pub query: String,
    /// Client address.
    pub ip: IpAddr,
    /// User agent.
    pub user_agent: String,
    /// `Accept-Language`.
    pub language: String,
    /// Referrer.
    pub referrer: String,
    /// Host of the referrer in lower case, or empty.
    pub referrer_domain: String,
    /// When.
    pub at: Timestamp,
    /// Whether the visitor is new to the campaign.
    pub unique: bool,
    /// Where the dice begin.
    pub seed: u64,
}

impl Click {
    /// Fills in what was left out: `base` is the address of the instance for visitors.
    ///
    /// # Errors
    /// 422 naming the field.
    pub fn new(input: &SimulationInput, base: &str, now: Timestamp) -> Result<Self, ApiError> {
        let mut errors = Vec::new();
        let texts = [
            ("url", &input.url),
            ("query", &input.query),
            ("user_agent", &input.user_agent),
            ("language", &input.language),
            ("referrer", &input.referrer),
        ];
        for (field, _) in
            texts.iter().filter(|(_, text)| text.as_ref().is_some_and(|text| text.len() > TEXT_MAX))
        {
            let reason = format!("is longer than {TEXT_MAX} bytes");
            errors.push(FieldError { field: (*field).to_owned(), reason });
        }
        let link = input.url.as_deref().map(Url::parse).transpose().unwrap_or_else(|error| {
            let reason = format!("is not a link such as https://go.example.com/slug?zone=1: {error}");
            errors.push(FieldError { field: "url".to_owned(), reason });
            None
        });
        if !errors.is_empty() {
            return Err(Invalid(errors).into());
        }
        let parts = [link.as_ref().and_then(Url::query), input.query.as_deref()];
        let query: Vec<&str> = parts.into_iter().flatten().map(|part| part.trim_start_matches('?')).collect();
        let base = Url::parse(base).ok();
        let referrer = input.referrer.clone().unwrap_or_default();
        let referrer_domain =
            Url::parse(&referrer).ok().and_then(|url| url.host_str().map(str::to_lowercase));
        Ok(Self {
            host: link.as_ref().or(base.as_ref()).and_then(Url::host_str).unwrap_or("localhost").to_owned(),
            query: query.join("&"),
            ip: input.ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            user_agent: input.user_agent.clone().unwrap_or_else(|| USER_AGENT.to_owned()),
            language: input.language.clone().unwrap_or_default(),
            referrer,
            referrer_domain: referrer_domain.unwrap_or_default(),
            at: input.at.map_or(now, |time| time.0),
            unique: input.unique,
            seed: input.seed.unwrap_or_else(rand::random),
        })
    }
}
