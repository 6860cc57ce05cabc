//! Click conversions of Google Ads: <https://developers.google.com/google-ads/api/docs/conversions/upload-offline>, and the access tokens
//! that they need: <https://developers.google.com/identity/protocols/oauth2/web-server#offline>.

use super::{Json, Told, Verdict};
use crate::deliver::{
    attempt::{self, Attempt},
    guard::Guard,
    template::{Rendered, Secrets},
};
use parking_lot::Mutex;
use signalbox_domain::{ConversionApi, Credentials, Platform};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// Accounts whose tokens are remembered; beyond, all are forgotten and asked for again.
const TOKENS_MAX: usize = 256;
/// A token is not used this long before its end.
const TOKEN_SLACK: Duration = Duration::from_secs(60);

pub(super) fn address(base: &str, api: &ConversionApi) -> String {
    format!("{base}/customers/{}:uploadClickConversions", api.account)
}

pub(super) fn request(told: &Told<'_>, bearer: &str) -> Rendered {
    let api = told.api;
    let conversion = Json::object()
        .text("gclid", told.click_id)
        .text("conversionAction", &format!("customers/{}/conversionActions/{}", api.account, told.event))
        .text("conversionDateTime", &date_time(told))
        .raw("conversionValue", &told.value)
        .text("currencyCode", &told.conversion.currency.to_string())
        .text("orderId", &told.event_id())
        .end();
    let body =
        Json::object().raw("conversions", &format!("[{conversion}]")).raw("partialFailure", "true").end();
    let mut headers = vec![
        ("authorization", format!("Bearer {bearer}")),
        ("developer-token", told.credentials.developer_token.clone()),
    ];
    if !api.manager_account.is_empty() {
        headers.push(("login-customer-id", api.manager_account.clone()));
    }
    Rendered {
        url: address(told.base, api),
        body: Some((body, "application/json")),
        secrets: Secrets { headers, ..Secrets::default() },
        platform: Some(Platform::Google),
    }
}

/// `2026-01-31 12:00:00+00:00`.
fn date_time(told: &Told<'_>) -> String {
    let at = jiff::Timestamp::from_millisecond(told.state.at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d %H:%M:%S+00:00").to_string()
}

/// Google answers 200 and names what it refused in `partialFailureError`. What it has already was told before; what is too recent can be
/// told later.
pub(super) fn verdict(json: &serde_json::Value) -> Verdict {
    let Some(error) = json.get("partialFailureError") else {
        return if json.is_object() { Verdict::TAKEN } else { Verdict::LATER };
    };
    let text = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["CLICK_CONVERSION_ALREADY_EXISTS", "DUPLICATE_ORDER_ID", "ORDER_ID_ALREADY_IN_USE"]) {
        Verdict::TAKEN
    } else if says(&["TOO_RECENT", "INTERNAL_ERROR", "TRANSIENT_ERROR"]) {
        Verdict::LATER
    } else {
        Verdict::NEVER
    }
}

/// Access tokens that still hold, by what they were got with. In memory only.
#[derive(Default)]
pub(in crate::deliver) struct Tokens(Mutex<HashMap<[String; 3], (String, Instant)>>);

impl Tokens {
    /// A token that holds, from memory or asked for; what is asked goes through the guard like a delivery.
    pub(in crate::deliver) async fn get(
        &self,
        account: (&ConversionApi, &Credentials),
        client: &reqwest::Client,
        guard: &Guard,
    ) -> Result<String, Attempt> {
        let key = key(account);
        let held = self.0.lock().get(&key).filter(|(_, until)| *until > Instant::now()).cloned();
        if let Some((token, _)) = held {
            return Ok(token);
        }
        let (token, seconds) = ask(account.1, &key[0], client, guard).await?;
        let mut tokens = self.0.lock();
        if tokens.len() >= TOKENS_MAX {
            tokens.clear();
        }
        let holds = Duration::from_secs(seconds).saturating_sub(TOKEN_SLACK);
        tokens.insert(key, (token.clone(), Instant::now() + holds));
        Ok(token)
    }

    /// Forgets the token of an account: Google does not take it any more.
    pub(in crate::deliver) fn forget(&self, account: (&ConversionApi, &Credentials)) {
        self.0.lock().remove(&key(account));
    }
}

fn key((api, credentials): (&ConversionApi, &Credentials)) -> [String; 3] {
    let url = if api.token_url.is_empty() { TOKEN_URL } else { &api.token_url };
    [url.to_owned(), credentials.client_id.clone(), credentials.refresh_token.clone()]
}

async fn ask(
    credentials: &Credentials,
    url: &str,
    client: &reqwest::Client,
    guard: &Guard,
) -> Result<(String, u64), Attempt> {
    let failed = |status, reason: String| Attempt::failed(status, format!("access token: {reason}"));
    let parsed = url::Url::parse(url).map_err(|error| Attempt::impossible(format!("token_url: {error}")))?;
    guard.check_url(&parsed).map_err(|error| Attempt::impossible(error.to_string()))?;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &credentials.client_id),
        ("client_secret", &credentials.client_secret),
        ("refresh_token", &credentials.refresh_token),
    ];
    let answer = client.post(parsed).form(&form).send().await;
    let mut answer = answer.map_err(|error| failed(0, attempt::describe(error)))?;
    let status = answer.status().as_u16();
    let bytes = attempt::read(&mut answer, super::ANSWER_BYTES_MAX).await;
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let token = json.get("access_token").and_then(serde_json::Value::as_str);
    let seconds = json.get("expires_in").and_then(serde_json::Value::as_u64).unwrap_or(0);
    match token {
        Some(token) if (200..300).contains(&status) && token.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok((token.to_owned(), seconds))
        }
        _ => {
            let why = json.get("error").and_then(serde_json::Value::as_str).unwrap_or("not understood");
            Err(failed(status, why.chars().take(200).collect()))
        }
    }
}
