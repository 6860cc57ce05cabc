//! Conversions API of Meta: <https://developers.facebook.com/documentation/ads-commerce/conversions-api/using-the-api>.

use super::{Json, Told, Verdict};
use crate::deliver::template::{Rendered, Secrets};
use signalbox_domain::{ConversionApi, Platform};

pub(super) fn address(base: &str, api: &ConversionApi) -> String {
    format!("{base}/{}/events", api.account)
}

pub(super) fn request(told: &Told<'_>) -> Rendered {
    let user = Json::object()
        .some("client_ip_address", &told.visitor.ip)
        .some("client_user_agent", &told.visitor.user_agent)
        .text("fbc", &fbc(told))
        .end();
    let custom = Json::object()
        .text("currency", &told.conversion.currency.to_string())
        .raw("value", &told.value)
        .end();
    let event = Json::object()
        .text("event_name", told.event)
        .raw("event_time", &told.seconds())
        .text("event_id", &told.event_id())
        .text("action_source", "website")
        .some("event_source_url", &told.visitor.page)
        .raw("user_data", &user)
        .raw("custom_data", &custom)
        .end();
    let body =
        Json::object().raw("data", &format!("[{event}]")).some("test_event_code", &told.api.test_code).end();
    Rendered {
        url: address(told.base, told.api),
        body: Some((body, "application/json")),
        secrets: Secrets {
            query: vec![("access_token", told.credentials.access_token.clone())],
            ..Secrets::default()
        },
        platform: Some(Platform::Meta),
    }
}

/// `fb.1.{milliseconds}.{fbclid}`; what has that form already is taken as it is.
fn fbc(told: &Told<'_>) -> String {
    if told.click_id.starts_with("fb.") {
        return told.click_id.to_owned();
    }
    format!("fb.1.{}.{}", told.conversion.click.at.0, told.click_id)
}

/// What an error of the Graph API means where its status does not say it: rate limits, passing faults and tokens that an operator renews.
pub(super) fn refusal(json: &serde_json::Value) -> Option<Verdict> {
    let error = json.get("error")?;
    let passing = error.get("is_transient").and_then(serde_json::Value::as_bool) == Some(true);
    let code = error.get("code").and_then(serde_json::Value::as_i64);
    let later = passing || matches!(code, Some(1 | 2 | 4 | 17 | 102 | 190 | 341 | 613));
    Some(if later { Verdict::LATER } else { Verdict::NEVER })
}
