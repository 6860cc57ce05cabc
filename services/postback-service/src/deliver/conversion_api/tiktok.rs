//! Events API 2.0 of TikTok: <https://business-api.tiktok.com/portal/docs?id=1771101276978178>.

use super::{Json, Told, Verdict};
use crate::deliver::template::{Rendered, Secrets};
use signalbox_domain::Platform;

pub(super) fn address(base: &str) -> String {
    format!("{base}/event/track/")
}

pub(super) fn request(told: &Told<'_>) -> Rendered {
    let user = Json::object()
        .text("ttclid", told.click_id)
        .some("ip", &told.visitor.ip)
        .some("user_agent", &told.visitor.user_agent)
        .end();
    let properties = Json::object()
        .text("currency", &told.conversion.currency.to_string())
        .raw("value", &told.value)
        .end();
    let mut event = Json::object()
        .text("event", told.event)
        .raw("event_time", &told.seconds())
        .text("event_id", &told.event_id())
        .raw("user", &user);
    if !told.visitor.page.is_empty() {
        event = event.raw("page", &Json::object().text("url", &told.visitor.page).end());
    }
    let event = event.raw("properties", &properties).end();
    let body = Json::object()
        .text("event_source", "web")
        .text("event_source_id", &told.api.account)
        .some("test_event_code", &told.api.test_code)
        .raw("data", &format!("[{event}]"))
        .end();
    Rendered {
        url: address(told.base),
        body: Some((body, "application/json")),
        secrets: Secrets {
            headers: vec![("access-token", told.credentials.access_token.clone())],
            ..Secrets::default()
        },
        platform: Some(Platform::Tiktok),
    }
}

/// TikTok answers 200 to everything it could read; `code` says what became of it: 0 taken, 401xx the token or the rate, 5xxxx its own
/// faults, anything else a request that would be refused again.
pub(super) fn verdict(json: &serde_json::Value) -> Verdict {
    match json.get("code").and_then(serde_json::Value::as_i64) {
        Some(0) => Verdict::TAKEN,
        Some(40_100..=40_199 | 50_000..) | None => Verdict::LATER,
        Some(_) => Verdict::NEVER,
    }
}
