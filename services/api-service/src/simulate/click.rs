//! A made-up click, read out of what was sent.

use crate::{error::ApiError, types::SimulationInput};
use signalbox_detect::{ClientHints, RequestFacts};
use signalbox_domain::{FieldError, Invalid, Timestamp, UniquenessKey};
use signalbox_engine::{AddressSalt, Headers, Query};
use signalbox_warehouse::{VisitorSource, visitor_key, visitor_key_salted};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};
use url::Url;

/// A browser that most visitors could have.
const USER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36";
/// Longest text of each kind, bytes; clicks are capped likewise.
const TEXT_MAX: usize = 16_384;
/// Most headers.
const HEADERS_MAX: usize = 100;

/// A made-up click.
#[derive(Debug, Clone)]
pub struct Click {
    /// Host of the link, perhaps with a port.
    pub host: String,
    /// Path of the link; empty when there is none.
    pub path: String,
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
    /// Further headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Value of the first-party cookie, or empty.
    pub cookie: String,
    /// The visitor's key, when it is known.
    pub visitor_key: Option<u64>,
    /// When.
    pub at: Timestamp,
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
            ("cookie", &input.cookie),
        ];
        let headers: BTreeMap<String, String> =
            input.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        for (name, value) in &headers {
            let fits = name.len() <= 100 && value.len() <= TEXT_MAX && !value.chars().any(char::is_control);
            if !fits || headers.len() > HEADERS_MAX {
                let reason =
                    format!("at most {HEADERS_MAX} headers of {TEXT_MAX} bytes without control characters");
                errors.push(FieldError { field: format!("headers.{name}"), reason });
                break;
            }
        }
        let visitor_key = input.visitor_key.as_deref().map(|text| u64::from_str_radix(text.trim(), 16));
        let visitor_key = visitor_key.transpose().unwrap_or_else(|_| {
            let reason = "is no key such as 9c1f0a7be3d24c55".to_owned();
            errors.push(FieldError { field: "visitor_key".to_owned(), reason });
            None
        });
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
            path: link.as_ref().map_or_else(String::new, |link| link.path().to_owned()),
            query: query.join("&"),
            ip: input.ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            user_agent: input.user_agent.clone().unwrap_or_else(|| USER_AGENT.to_owned()),
            language: input.language.clone().unwrap_or_default(),
            referrer,
            referrer_domain: referrer_domain.unwrap_or_default(),
            at: input.at.map_or(now, |time| time.0),
            headers,
            cookie: input.cookie.clone().unwrap_or_default(),
            visitor_key,
            seed: input.seed.unwrap_or_else(rand::random),
        })
    }
}

impl Click {
    /// What detection looks at.
    pub fn facts(&self) -> RequestFacts<'_> {
        let named = |name: &str| self.headers.get(name).map_or("", String::as_str);
        RequestFacts {
            accept_language: &self.language,
            sec_purpose: named("sec-purpose"),
            purpose: named("purpose"),
            x_moz: named("x-moz"),
            hints: ClientHints {
                brands: named("sec-ch-ua"),
                full_version_list: named("sec-ch-ua-full-version-list"),
                mobile: named("sec-ch-ua-mobile"),
                platform: named("sec-ch-ua-platform"),
                platform_version: named("sec-ch-ua-platform-version"),
                model: named("sec-ch-ua-model"),
                form_factors: named("sec-ch-ua-form-factors"),
            },
            ..RequestFacts::new(self.ip, &self.user_agent)
        }
    }

    /// The visitor's key as traffic-service makes it; `salt` is of workspaces that do not keep whole addresses.
    pub fn key(&self, by: &UniquenessKey, query: &Query<'_>, salt: Option<AddressSalt>) -> u64 {
        if let Some(key) = self.visitor_key {
            return key;
        }
        let by_address = VisitorSource::IpUserAgent(self.ip, &self.user_agent);
        let source = match by {
            UniquenessKey::IpUserAgent => by_address,
            UniquenessKey::Ip => VisitorSource::Ip(self.ip),
            UniquenessKey::Cookie if self.cookie.is_empty() => by_address,
            UniquenessKey::Cookie => VisitorSource::Cookie(&self.cookie),
            UniquenessKey::Parameter(name) => match query.get(name).unwrap_or_default() {
                "" => by_address,
                value => VisitorSource::Parameter(value),
            },
        };
        match salt {
            None => visitor_key(source),
            Some(AddressSalt(salt)) => visitor_key_salted(source, &salt),
        }
    }
}

impl Headers for Click {
    fn header(&self, name: &str) -> Option<&str> {
        match name {
            "user-agent" => Some(&self.user_agent),
            "accept-language" => Some(&self.language).filter(|text| !text.is_empty()).map(String::as_str),
            "referer" => Some(&self.referrer).filter(|text| !text.is_empty()).map(String::as_str),
            "host" => Some(&self.host),
            name => self.headers.get(name).map(String::as_str),
        }
    }
}
