//! One attempt to deliver, and what is done after it.

use super::{conversion_api, template::Rendered};
use rand::Rng;
use signalbox_domain::Timestamp;
use std::time::Duration;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    /// HTTP status; 0 when there was no answer.
    pub(super) status: u16,
    /// First bytes of the answer, or the error.
    pub(super) response: String,
    /// How long the receiver asked us to wait.
    pub(super) retry_after: Option<Duration>,
    /// Whether another attempt can help.
    pub(super) retryable: bool,
    /// The receiver answered well and said in its answer that it did not take it.
    pub(super) refused: bool,
}

impl Attempt {
    pub(super) const fn delivered(&self) -> bool {
        self.status >= 200 && self.status < 300 && !self.refused
    }

    /// An attempt that could not even be made.
    pub(super) fn impossible(reason: impl Into<String>) -> Self {
        Self { status: 0, response: reason.into(), retry_after: None, retryable: false, refused: true }
    }

    /// An attempt that something before it failed; another one can help.
    pub(super) fn failed(status: u16, reason: impl Into<String>) -> Self {
        Self { status, response: reason.into(), retry_after: None, retryable: true, refused: true }
    }
}

/// Sends a request and reads the start of the answer.
pub(super) async fn send(
    client: &reqwest::Client,
    rendered: &Rendered,
    key: &str,
    response_bytes_max: usize,
) -> Attempt {
    let mut request = match &rendered.body {
        Some((body, kind)) => client.post(&rendered.url).header("content-type", *kind).body(body.clone()),
        None => client.get(&rendered.url),
    };
    if !rendered.secrets.query.is_empty() {
        request = request.query(&rendered.secrets.query);
    }
    for (name, value) in &rendered.secrets.headers {
        request = request.header(*name, value);
    }
    let mut response = match request.header("idempotency-key", key).send().await {
        Ok(response) => response,
        Err(error) => return Attempt::failed(0, describe(error)),
    };
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|text| wait_of(text, Timestamp::now()));
    let least = if rendered.platform.is_some() { conversion_api::ANSWER_BYTES_MAX } else { 0 };
    let mut kept = read(&mut response, response_bytes_max.max(least)).await;
    // A receiver that says the request itself is wrong will say so again; these few mean "later".
    let mut retryable =
        status >= 500 || matches!(status, 300..=399 | 401 | 403 | 404 | 408 | 409 | 425 | 429);
    let mut refused = false;
    if let Some(platform) = rendered.platform {
        let verdict = conversion_api::judge(platform, (status, retryable), &kept);
        (refused, retryable) = (!verdict.taken, verdict.retryable);
    }
    kept.truncate(response_bytes_max);
    Attempt {
        status,
        response: rendered.secrets.hide(String::from_utf8_lossy(&kept).into_owned()),
        retry_after,
        retryable,
        refused,
    }
}

/// The start of an answer.
pub(super) async fn read(response: &mut reqwest::Response, bytes_max: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    while kept.len() < bytes_max {
        match response.chunk().await {
            Ok(Some(chunk)) => kept.extend_from_slice(&chunk[..chunk.len().min(bytes_max - kept.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    kept
}

/// The error with its causes, without the URL.
pub(super) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = String::new();
    let mut source: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(cause) = source {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    if text.is_empty() { error.to_string() } else { text }
}

/// How long a `Retry-After` asks to wait: seconds, or a date.
fn wait_of(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
    Some(Duration::from_millis(u64::try_from(Timestamp(until).since_ms(now)).unwrap_or_default()))
}

/// Wait before the next attempt: doubling, between half and all of it by chance, never below what the receiver asked for.
pub(super) fn backoff(
    attempts: u32,
    min: Duration,
    max: Duration,
    retry_after: Option<Duration>,
) -> Duration {
    let doubled =
        min.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX)).min(max);
    let half = doubled / 2;
    let jitter = rand::rng().random_range(Duration::ZERO..=doubled - half);
    (half + jitter).max(retry_after.unwrap_or_default().min(max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_asks_for_is_understood_as_seconds_and_as_a_date() {
        let now = Timestamp(1_790_000_000_000);
        let wait = |text: &str| wait_of(text, now).map(|wait| wait.as_secs());
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Mon, 21 Sep 2026 14:14:20 GMT", Some(60)),
            ("Mon, 21 Sep 2026 14:13:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(wait(text), seconds, "{text}");
        }
    }

    #[test]
    fn waits_double_within_their_bounds() {
        let (min, max) = (Duration::from_secs(5), Duration::from_secs(3600));
        for (attempts, most) in [(1, 5), (2, 10), (3, 20), (11, 3600), (40, 3600), (u32::MAX, 3600)] {
            let wait = backoff(attempts, min, max, None);
            assert!(
                wait <= Duration::from_secs(most) && wait >= Duration::from_secs(most) / 2,
                "{attempts}: {wait:?}"
            );
        }
        assert!(backoff(1, min, max, Some(Duration::from_secs(60))) >= Duration::from_secs(60));
        assert!(backoff(1, min, max, Some(Duration::from_secs(1_000_000))) <= max);
    }
}
