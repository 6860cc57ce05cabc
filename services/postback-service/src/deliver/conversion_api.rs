//! Conversion APIs of advertising platforms: the documented request for one state of a conversion, and what its answer means.
//!
//! Built from the public documentation of Meta, TikTok and Google and compared with it in tests against a local receiver; never tried
//! against the live services. Tokens stand in headers or a query of their own: they never reach the delivery log.

mod google;
mod meta;
mod tiktok;

pub(super) use google::Tokens;

use super::template::Rendered;
use crate::conversion::{Conversion, State};
use signalbox_domain::{ConversionApi, Credentials, Output, ParameterRole, Platform, shown_address};
use signalbox_events::wire::ClickV1;

/// Answers of a platform are read up to here, however little of them is kept.
pub(super) const ANSWER_BYTES_MAX: usize = 16_384;

/// What is known of the visitor beside the conversion; each may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Visitor {
    pub(super) ip: String,
    pub(super) user_agent: String,
    /// Where the visitor clicked, without the query.
    pub(super) page: String,
}

impl Visitor {
    pub(super) fn of(click: &ClickV1<'_>) -> Self {
        let path = click.path_and_query.split(['?', '#']).next().unwrap_or_default();
        Self {
            ip: shown_address(click.ip),
            user_agent: click.user_agent.clone().into_owned(),
            page: if click.host.is_empty() { String::new() } else { format!("https://{}{path}", click.host) },
        }
    }
}

/// All that a request is made of.
struct Told<'a> {
    api: &'a ConversionApi,
    credentials: &'a Credentials,
    base: &'a str,
    event: &'a str,
    click_id: &'a str,
    conversion: &'a Conversion,
    state: &'a State,
    value: String,
    visitor: &'a Visitor,
}

impl Told<'_> {
    /// The same for every state of a conversion, so that a platform recognises what it was told already.
    fn event_id(&self) -> String {
        self.conversion.id.to_string()
    }

    fn seconds(&self) -> String {
        (self.state.at.0 / 1000).to_string()
    }
}

/// Whether the platform wants to know who the visitor was.
pub(super) const fn asks_for_visitor(platform: Platform) -> bool {
    matches!(platform, Platform::Meta | Platform::Tiktok)
}

/// The address without what must not be seen, for the log.
pub(super) fn address(output: &Output, api: &ConversionApi) -> String {
    let base = output.url.trim_end_matches('/');
    match api.platform {
        Platform::Meta => meta::address(base, api),
        Platform::Tiktok => tiktok::address(base),
        Platform::Google => google::address(base, api),
    }
}

/// The request, or why there is none. `bearer` is Google's access token.
pub(super) fn render(
    (output, api): (&Output, &ConversionApi),
    conversion: &Conversion,
    state: &State,
    visitor: &Visitor,
    bearer: &str,
) -> Result<Rendered, String> {
    let status = state.status.as_str();
    let event = api.event(state.status).ok_or_else(|| format!("no event is set for {status}"))?;
    let told = Told {
        api,
        credentials: &output.credentials,
        base: output.url.trim_end_matches('/'),
        event,
        click_id: click_id(api, conversion).ok_or_else(|| missing(api))?,
        conversion,
        state,
        value: output.payout_percent.of(state.payout).to_string(),
        visitor,
    };
    Ok(match api.platform {
        Platform::Meta => meta::request(&told),
        Platform::Tiktok => tiktok::request(&told),
        Platform::Google => google::request(&told, bearer),
    })
}

/// The platform's click id as the click carried it.
fn click_id<'a>(api: &ConversionApi, conversion: &'a Conversion) -> Option<&'a str> {
    let click = &conversion.click;
    let value = match api.click_id {
        ParameterRole::SubId(number) => {
            click.dims.sub_ids.iter().find(|(at, _)| *at == number).map(|(_, value)| value.as_ref())
        }
        _ => Some(click.external_id.as_str()),
    };
    value.filter(|value| !value.is_empty())
}

fn missing(api: &ConversionApi) -> String {
    let name = match api.platform {
        Platform::Meta => "fbclid",
        Platform::Tiktok => "ttclid",
        Platform::Google => "gclid",
    };
    format!(
        "the click has no {name} in {}: it did not come from this platform, or the source does not map it",
        api.click_id
    )
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The platform took it.
    pub(super) taken: bool,
    /// Another attempt can help.
    pub(super) retryable: bool,
}

impl Verdict {
    const TAKEN: Self = Self { taken: true, retryable: false };
    const LATER: Self = Self { taken: false, retryable: true };
    const NEVER: Self = Self { taken: false, retryable: false };
}

/// What an answer means; `usual` is whether its status alone would be tried again.
pub(super) fn judge(platform: Platform, (status, usual): (u16, bool), answer: &[u8]) -> Verdict {
    let json: Option<serde_json::Value> = serde_json::from_slice(answer).ok();
    let json = json.unwrap_or_default();
    let ok = (200..300).contains(&status);
    let by_status = if usual { Verdict::LATER } else { Verdict::NEVER };
    match platform {
        Platform::Meta if ok => Verdict::TAKEN,
        Platform::Meta => meta::refusal(&json).unwrap_or(by_status),
        Platform::Tiktok if ok => tiktok::verdict(&json),
        Platform::Google if ok => google::verdict(&json),
        Platform::Tiktok | Platform::Google => by_status,
    }
}

/// JSON text written field by field, so that amounts stay the exact decimals they are.
struct Json(String);

impl Json {
    fn object() -> Self {
        Self("{".to_owned())
    }

    /// A field whose value is JSON already.
    fn raw(mut self, name: &str, json: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(json);
        self
    }

    fn text(self, name: &str, value: &str) -> Self {
        let value = quoted(value);
        self.raw(name, &value)
    }

    /// A text that is left out when it is empty.
    fn some(self, name: &str, value: &str) -> Self {
        if value.is_empty() { self } else { self.text(name, value) }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
