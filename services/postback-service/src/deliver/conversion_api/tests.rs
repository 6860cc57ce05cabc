use super::*;
use crate::{
    conversion::tests::{conversion, state},
    deliver::{attempt, guard::Guard},
};
use axum::{Router, body::Bytes, extract::State as Shared, response::IntoResponse};
use http::{HeaderMap, Uri};
use parking_lot::Mutex;
use serde_json::{Value, json};
use signalbox_domain::{
    ApiEvent, ConversionStatus, Credentials, HttpMethod, OutputId, OutputScope, Percent, Timestamp,
};
use std::{sync::Arc, time::Duration};

const CLICKED_AT: i64 = 1_767_225_600_123;

fn api(platform: Platform) -> ConversionApi {
    let google = platform == Platform::Google;
    ConversionApi {
        platform,
        account: "1234567890".to_owned(),
        manager_account: if google { "5556667777".to_owned() } else { String::new() },
        token_url: String::new(),
        events: vec![ApiEvent {
            status: ConversionStatus::Sale,
            event: if google { "987654".to_owned() } else { "Purchase".to_owned() },
        }],
        click_id: ParameterRole::ExternalId,
        test_code: String::new(),
    }
}

fn output(url: String, api: ConversionApi) -> Output {
    Output {
        id: OutputId(1),
        name: "Platform".to_owned(),
        active: true,
        scope: OutputScope::Workspace,
        statuses: Vec::new(),
        second_statuses: Vec::new(),
        method: HttpMethod::Post,
        url,
        body: String::new(),
        payout_percent: "80".parse::<Percent>().unwrap(),
        conversion_api: Some(api),
        credentials: Credentials {
            access_token: "secret-access-token".to_owned(),
            developer_token: "secret-developer-token".to_owned(),
            client_id: "client".to_owned(),
            client_secret: "secret-of-client".to_owned(),
            refresh_token: "secret-refresh-token".to_owned(),
        },
        notes: String::new(),
    }
}

/// A sale of 2.5 US dollars, a second after the click.
fn sold() -> Conversion {
    let mut first = state(1, ConversionStatus::Sale, "2.55");
    first.at = Timestamp(CLICKED_AT + 1000);
    let mut it = conversion(first);
    it.click.at = Timestamp(CLICKED_AT);
    it.click.external_id = "Click-\"1\"_é".to_owned();
    it.click.dims.sub_ids = vec![(7, "from-sub-id".into())];
    it
}

fn visitor() -> Visitor {
    Visitor {
        ip: "203.0.113.9".to_owned(),
        user_agent: "Mozilla/5.0 \"quoted\"".to_owned(),
        page: "https://go.example/summer".to_owned(),
    }
}

/// One request as a platform gets it.
#[derive(Debug, Clone)]
struct Got {
    uri: String,
    headers: HeaderMap,
    body: String,
}

#[derive(Clone)]
struct Platforms {
    got: Arc<Mutex<Vec<Got>>>,
    answer: Arc<Mutex<(u16, String)>>,
    url: String,
}

impl Platforms {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let it = Self { got: Arc::default(), answer: Arc::new(Mutex::new((200, "{}".to_owned()))), url };
        let router = Router::new().fallback(take).with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        it
    }

    fn answers(&self, status: u16, body: &Value) {
        *self.answer.lock() = (status, body.to_string());
    }

    fn last(&self) -> Got {
        self.got.lock().last().cloned().unwrap()
    }

    fn count(&self) -> usize {
        self.got.lock().len()
    }
}

async fn take(Shared(it): Shared<Platforms>, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let body = String::from_utf8(body.to_vec()).unwrap();
    it.got.lock().push(Got { uri: uri.to_string(), headers, body });
    let (status, text) = it.answer.lock().clone();
    let text = if uri.path() == "/token" {
        json!({ "access_token": format!("bearer-{}", it.count()), "expires_in": 3599, "token_type": "Bearer" }).to_string()
    } else {
        text
    };
    (http::StatusCode::from_u16(status).unwrap(), text)
}

fn local() -> (Guard, reqwest::Client) {
    let guard = Guard::new(&["127.0.0.0/8".parse().unwrap()]);
    let client = guard.client(Duration::from_secs(60)).unwrap();
    (guard, client)
}

async fn told(platforms: &Platforms, api: ConversionApi, bearer: &str) -> attempt::Attempt {
    let (_, client) = local();
    let output = output(format!("{}/v1", platforms.url), api);
    let it = sold();
    let api = output.conversion_api.as_ref().unwrap();
    let rendered = render((&output, api), &it, it.current(), &visitor(), bearer).unwrap();
    assert_eq!(rendered.url, address(&output, api));
    let shown = format!("{rendered:?}");
    assert!(!shown.contains("secret-") && !shown.contains("bearer-"), "{shown}");
    attempt::send(&client, &rendered, "delivery-1", 4096).await
}

/// Fields of `text` in the order in which they stand, to compare a payload with the documented one to the byte.
fn same(text: &str, documented: &str) {
    let plain: String = documented.lines().map(str::trim_start).collect();
    assert_eq!(text, plain);
}

#[tokio::test]
async fn meta_gets_the_documented_request() {
    let platforms = Platforms::start().await;
    platforms.answers(200, &json!({ "events_received": 1, "messages": [], "fbtrace_id": "A" }));
    let attempt = told(&platforms, api(Platform::Meta), "").await;
    assert!(attempt.delivered(), "{attempt:?}");
    let got = platforms.last();
    assert_eq!(got.uri, "/v1/1234567890/events?access_token=secret-access-token");
    assert_eq!(got.headers["content-type"], "application/json");
    assert_eq!(got.headers["idempotency-key"], "delivery-1");
    let id = sold().id;
    let documented = format!(
        r#"{{"data":[{{"event_name":"Purchase","event_time":1767225601,"event_id":"{id}",
        "action_source":"website","event_source_url":"https://go.example/summer",
        "user_data":{{"client_ip_address":"203.0.113.9","client_user_agent":"Mozilla/5.0 \"quoted\"",
        "fbc":"fb.1.1767225600123.Click-\"1\"_é"}},
        "custom_data":{{"currency":"USD","value":2.04}}}}]}}"#
    );
    same(&got.body, &documented);
    let json: Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!(json["data"][0]["custom_data"]["value"], json!(2.04));
}

#[tokio::test]
async fn tiktok_gets_the_documented_request() {
    let platforms = Platforms::start().await;
    platforms.answers(200, &json!({ "code": 0, "message": "OK", "request_id": "1", "data": {} }));
    let test = ConversionApi { test_code: "TEST1".to_owned(), ..api(Platform::Tiktok) };
    let attempt = told(&platforms, ConversionApi { account: "C4A1B2".to_owned(), ..test }, "").await;
    assert!(attempt.delivered(), "{attempt:?}");
    let got = platforms.last();
    assert_eq!(got.uri, "/v1/event/track/");
    assert_eq!(got.headers["access-token"], "secret-access-token");
    let id = sold().id;
    let documented = format!(
        r#"{{"event_source":"web","event_source_id":"C4A1B2","test_event_code":"TEST1",
        "data":[{{"event":"Purchase","event_time":1767225601,"event_id":"{id}",
        "user":{{"ttclid":"Click-\"1\"_é","ip":"203.0.113.9","user_agent":"Mozilla/5.0 \"quoted\""}},
        "page":{{"url":"https://go.example/summer"}},
        "properties":{{"currency":"USD","value":2.04}}}}]}}"#
    );
    same(&got.body, &documented);
}

#[tokio::test]
async fn google_gets_the_documented_request_with_a_token_it_was_asked_for() {
    let platforms = Platforms::start().await;
    platforms.answers(200, &json!({ "results": [{ "gclid": "x" }], "jobId": "1" }));
    let api = ConversionApi { token_url: format!("{}/token", platforms.url), ..api(Platform::Google) };
    let ((guard, client), tokens) = (local(), Tokens::default());
    let output = output(platforms.url.clone(), api.clone());
    let account = (&api, &output.credentials);
    let bearer = tokens.get(account, &client, &guard).await.unwrap();
    let asked = platforms.last();
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(
        asked.body,
        "grant_type=refresh_token&client_id=client&client_secret=secret-of-client&refresh_token=secret-refresh-token"
    );
    assert_eq!(tokens.get(account, &client, &guard).await.unwrap(), bearer, "it holds");
    assert_eq!(platforms.count(), 1);

    let attempt = told(&platforms, api.clone(), &bearer).await;
    assert!(attempt.delivered(), "{attempt:?}");
    let got = platforms.last();
    assert_eq!(got.uri, "/v1/customers/1234567890:uploadClickConversions");
    assert_eq!(got.headers["authorization"], "Bearer bearer-1");
    assert_eq!(got.headers["developer-token"], "secret-developer-token");
    assert_eq!(got.headers["login-customer-id"], "5556667777");
    let id = sold().id;
    let documented = format!(
        r#"{{"conversions":[{{"gclid":"Click-\"1\"_é",
        "conversionAction":"customers/1234567890/conversionActions/987654",
        "conversionDateTime":"2026-01-01 00:00:01+00:00","conversionValue":2.04,"currencyCode":"USD",
        "orderId":"{id}"}}],"partialFailure":true}}"#
    );
    same(&got.body, &documented);

    tokens.forget(account);
    assert_ne!(tokens.get(account, &client, &guard).await.unwrap(), bearer, "a new one");
    let public = Guard::default();
    tokens.forget(account);
    let refused = tokens.get(account, &client, &public).await.unwrap_err();
    assert!(refused.response.contains("delivery_allow_private") && !refused.retryable, "{refused:?}");
    platforms.answers(400, &json!({}));
    let failed = tokens.get(account, &client, &guard).await.unwrap_err();
    assert!(failed.retryable && failed.status == 400, "{failed:?}");
}

#[test]
fn without_its_click_id_or_an_event_nothing_is_told() {
    let told = |change: &dyn Fn(&mut ConversionApi, &mut Conversion)| {
        let (mut api, mut it) = (api(Platform::Meta), sold());
        change(&mut api, &mut it);
        let output = output("https://graph.example".to_owned(), api);
        let api = output.conversion_api.as_ref().unwrap();
        render((&output, api), &it, it.current(), &Visitor::default(), "")
    };
    let none = told(&|_, it| it.click.external_id.clear()).unwrap_err();
    assert!(none.contains("fbclid") && none.contains("external_id"), "{none}");
    assert!(told(&|api, _| api.click_id = ParameterRole::SubId(8)).is_err());
    let other = told(&|api, _| api.click_id = ParameterRole::SubId(7)).unwrap();
    assert!(other.body.unwrap().0.contains(r#""user_data":{"fbc":"fb.1.1767225600123.from-sub-id"}"#));
    let whole = told(&|_, it| it.click.external_id = "fb.1.1.AbC".to_owned()).unwrap();
    assert!(whole.body.unwrap().0.contains(r#""fbc":"fb.1.1.AbC""#));
    let unmapped = told(&|api, _| api.events[0].status = ConversionStatus::Lead).unwrap_err();
    assert!(unmapped.contains("sale"), "{unmapped}");
}

#[tokio::test]
async fn an_answer_that_repeats_the_token_is_kept_without_it() {
    let platforms = Platforms::start().await;
    platforms.answers(400, &json!({ "error": { "message": "bad token secret-access-token", "code": 190 } }));
    let attempt = told(&platforms, api(Platform::Meta), "").await;
    assert!(!attempt.delivered() && attempt.retryable, "{attempt:?}");
    assert!(attempt.response.contains("bad token ***") && !attempt.response.contains("secret-access-token"));
    // Nobody listens: the error does not carry the URL with the token either.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let rendered = Rendered {
        url: format!("http://{gone}/"),
        secrets: crate::deliver::template::Secrets {
            query: vec![("access_token", "secret-access-token".to_owned())],
            ..Default::default()
        },
        ..Rendered::default()
    };
    let failed = attempt::send(&local().1, &rendered, "delivery-2", 4096).await;
    assert!(
        failed.status == 0 && failed.retryable && !failed.response.contains("secret-access-token"),
        "{failed:?}"
    );
}

#[test]
fn answers_are_understood() {
    use Platform::{Google, Meta, Tiktok};
    let partial = |code: &str| json!({ "partialFailureError": { "code": 3, "details": [{ "errors": [{ "errorCode": { "conversionUploadError": code } }] }] } });
    for (platform, status, usual, answer, expected) in [
        (Meta, 200, false, json!({ "events_received": 1 }), Verdict::TAKEN),
        (Meta, 400, false, json!({ "error": { "code": 100 } }), Verdict::NEVER),
        (Meta, 400, false, json!({ "error": { "code": 4 } }), Verdict::LATER),
        (Meta, 400, false, json!({ "error": { "code": 100, "is_transient": true } }), Verdict::LATER),
        (Meta, 503, true, json!("down"), Verdict::LATER),
        (Tiktok, 200, false, json!({ "code": 0 }), Verdict::TAKEN),
        (Tiktok, 200, false, json!({ "code": 40002 }), Verdict::NEVER),
        (Tiktok, 200, false, json!({ "code": 40100 }), Verdict::LATER),
        (Tiktok, 200, false, json!({ "code": 50000 }), Verdict::LATER),
        (Tiktok, 200, false, json!("<html>"), Verdict::LATER),
        (Tiktok, 400, false, json!({}), Verdict::NEVER),
        (Google, 200, false, json!({ "results": [{}] }), Verdict::TAKEN),
        (Google, 200, false, partial("UNPARSEABLE_GCLID"), Verdict::NEVER),
        (Google, 200, false, partial("TOO_RECENT_CLICK"), Verdict::LATER),
        (Google, 200, false, partial("CLICK_CONVERSION_ALREADY_EXISTS"), Verdict::TAKEN),
        (Google, 401, true, json!({}), Verdict::LATER),
        (Google, 400, false, json!({ "error": {} }), Verdict::NEVER),
    ] {
        let verdict = judge(platform, (status, usual), answer.to_string().as_bytes());
        assert_eq!(verdict, expected, "{platform:?} {status} {answer}");
    }
}
