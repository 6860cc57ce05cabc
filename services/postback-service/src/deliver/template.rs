//! Outgoing postbacks: macros filled in, encoded for their place.
//!
//! Known macros only; an unknown one becomes empty, never a brace at the receiver. In a URL and a form a value is percent-encoded, in a
//! JSON body it is escaped as the inside of a JSON string.

use crate::conversion::{Conversion, State};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use signalbox_domain::{ConversionStatus, EventValues, Output, Platform};

/// Everything but the unreserved characters of RFC 3986.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Url,
    Json,
}

/// A request ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// Target, as it may be logged.
    pub url: String,
    /// Body and its content type, for a POST.
    pub body: Option<(String, &'static str)>,
    /// What is sent along and never shown.
    pub secrets: Secrets,
    /// Whose answer it is that has to be understood; `None`: the status says it all.
    pub platform: Option<Platform>,
}

/// Credentials of a request. Its `Debug` prints nothing of them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// Header lines.
    pub headers: Vec<(&'static str, String)>,
    /// Parameters appended to the URL.
    pub query: Vec<(&'static str, String)>,
}

impl Secrets {
    /// `text` with every secret in it replaced.
    pub fn hide(&self, mut text: String) -> String {
        for (_, value) in self.headers.iter().chain(&self.query) {
            let secret = value.strip_prefix("Bearer ").unwrap_or(value);
            if secret.len() >= 8 && text.contains(secret) {
                text = text.replace(secret, "***");
            }
        }
        text
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Whether a template asks for events of the click.
pub(super) fn names_events(output: &Output) -> bool {
    [&output.url, &output.body].iter().any(|text| text.to_ascii_lowercase().contains("{event"))
}

/// Fills in the output for one state of a conversion, whose status the workspace calls `status`; `events` are those of its click.
pub fn render(
    output: &Output,
    conversion: &Conversion,
    (state, status): (&State, &str),
    events: &EventValues,
) -> Rendered {
    let values = Values { output, conversion, state, status, events };
    let url = fill(&output.url, Place::Url, &values);
    let body = (output.method == signalbox_domain::HttpMethod::Post).then(|| {
        if output.body.trim_start().starts_with(['{', '[']) {
            (fill(&output.body, Place::Json, &values), "application/json")
        } else {
            (fill(&output.body, Place::Url, &values), "application/x-www-form-urlencoded")
        }
    });
    Rendered { url, body, ..Rendered::default() }
}

fn fill(template: &str, place: Place, values: &Values<'_>) -> String {
    let mut filled = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        match after
            .find(['{', '}', '"', '\n'])
            .filter(|end| after.as_bytes()[*end] == b'}' && is_macro(&after[..*end]))
        {
            Some(close) => {
                push(&mut filled, &values.get(&after[..close]), place);
                rest = &after[close + 1..];
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Macro names are words with an optional argument; anything else between braces (a JSON object) is text.
fn is_macro(text: &str) -> bool {
    let name = text.split_once(':').map_or(text, |(name, _)| name);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
}

fn push(filled: &mut String, value: &str, place: Place) {
    match place {
        Place::Url => filled.extend(utf8_percent_encode(value, VALUE)),
        Place::Json => {
            let quoted = serde_json::to_string(value).unwrap_or_default();
            filled.push_str(quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default());
        }
    }
}

struct Values<'a> {
    output: &'a Output,
    conversion: &'a Conversion,
    state: &'a State,
    status: &'a str,
    events: &'a EventValues,
}

impl Values<'_> {
    fn get(&self, text: &str) -> String {
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        let name = name.to_ascii_lowercase();
        let value = self.value_of(&name, argument);
        if value.is_empty() && name != "status" { argument.to_owned() } else { value }
    }

    fn value_of(&self, name: &str, argument: &str) -> String {
        let (click, dims) = (&self.conversion.click, &self.conversion.click.dims);
        match name {
            "external_id" | "externalid" | "ref_id" => click.external_id.clone(),
            "click_id" | "clickid" | "subid" | "cid" => click.id.to_string(),
            "conversion_id" => self.conversion.id.to_string(),
            "transaction_id" | "transaction.id" | "tid" | "txid" => {
                self.conversion.transaction_of(self.state).to_owned()
            }
            "status" => map_status((self.state.status, self.status), argument),
            "original_status" => self.state.original_status.clone(),
            "second_status" | "status2" | "cnv_status2" => self.state.second_status.clone(),
            "payout" | "revenue" => self.output.payout_percent.of(self.state.payout).to_string(),
            "cost" => self.state.cost.to_string(),
            "currency" => self.conversion.currency.to_string(),
            "campaign_id" => dims.campaign.to_string(),
            "source_id" | "ts_id" => dims.source.to_string(),
            "network_id" => self.conversion.network.to_string(),
            "offer_id" | "destination_id" => dims.destination.to_string(),
            "country" => dims.country.clone().into_owned(),
            "city" => dims.city.clone().into_owned(),
            "os" => dims.os.clone().into_owned(),
            "browser" => dims.browser.clone().into_owned(),
            "device_type" => dims.device_type.as_str().to_owned(),
            "keyword" => dims.keyword.clone().into_owned(),
            "creative_id" => dims.creative_id.clone().into_owned(),
            "ad_campaign_id" => dims.ad_campaign_id.clone().into_owned(),
            "site" => dims.site.clone().into_owned(),
            "unixtime" | "date" => (self.state.at.0 / 1000).to_string(),
            _ => self.event(name).unwrap_or_else(|| self.sub_id(name)),
        }
    }

    /// The value of `event7`; empty when nobody said it.
    fn event(&self, name: &str) -> Option<String> {
        let number: u8 = name.strip_prefix("event")?.trim_start_matches('_').parse().ok()?;
        let said = self.events.iter().find(|(known, _)| *known == number);
        Some(said.map(|(_, value)| value.to_string()).unwrap_or_default())
    }

    fn sub_id(&self, name: &str) -> String {
        let digits = ["sub_id_", "sub", "var", "t", "s"].iter().find_map(|prefix| name.strip_prefix(prefix));
        let number: Option<u8> = digits.and_then(|digits| digits.parse().ok());
        let found =
            number.and_then(|number| self.conversion.click.dims.sub_ids.iter().find(|(at, _)| *at == number));
        found.map(|(_, value)| value.clone().into_owned()).unwrap_or_default()
    }
}

/// `{status:lead=0,custom1=7}` maps words; a status that is not in the map keeps its name.
fn map_status((status, name): (ConversionStatus, &str), map: &str) -> String {
    let word = map
        .split([' ', ','])
        .find_map(|pair| pair.split_once('=').filter(|(from, _)| from.trim() == status.as_str()));
    word.map_or_else(|| name.to_owned(), |(_, to)| to.trim().to_owned())
}

#[cfg(test)]
mod tests;
