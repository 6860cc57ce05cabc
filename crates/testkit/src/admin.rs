//! A client of the admin API, by API key.

use crate::{Instance, until};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// A client that may do everything in one workspace.
#[derive(Clone)]
pub struct Admin {
    client: Client,
    base: String,
    key: String,
    campaign: Option<String>,
}

impl Admin {
    /// Sets a fresh instance up through its one-time link and makes an API key.
    pub async fn set_up(instance: &Instance) -> Self {
        let link = instance.setup_url().expect("a fresh instance prints its set-up link");
        let token = link.split_once("token=").expect("the link carries a token").1;
        let base = format!("{}/api/v1", instance.admin_url());
        let client = Client::builder().build().expect("a client");
        let body = json!({"token": token, "email": "owner@example.test", "password": "correct horse battery", "name": "Owner",
            "workspace": {"name": "Test", "currency": "USD", "timezone": "UTC"}});
        let response = client.post(format!("{base}/setup")).json(&body).send().await.expect("an answer");
        let cookies: Vec<String> = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| Some(value.to_str().ok()?.split(';').next()?.to_owned()))
            .collect();
        let status = response.status();
        let session: Value = response.json().await.expect("JSON");
        assert!(status.is_success(), "set-up: {status} {session}");
        let csrf = session["csrf_token"].as_str().expect("a CSRF token").to_owned();
        let response = client
            .post(format!("{base}/api-keys"))
            .header("cookie", cookies.join("; "))
            .header("x-csrf-token", csrf)
            .header("origin", instance.admin_url())
            .json(&json!({"name": "test", "role": "admin"}))
            .send()
            .await
            .expect("an answer");
        let status = response.status();
        let made: Value = response.json().await.expect("JSON");
        let key = made["key"].as_str().unwrap_or_else(|| panic!("an API key: {status} {made}")).to_owned();
        Self { client, base, key, campaign: None }
    }

    /// A client with a key that is known already.
    pub fn with_key(instance: &Instance, key: &str) -> Self {
        let client = Client::builder().build().expect("a client");
        Self { client, base: format!("{}/api/v1", instance.admin_url()), key: key.to_owned(), campaign: None }
    }

    /// The same key at another instance, such as a restored one.
    pub fn at(&self, instance: &Instance) -> Self {
        Self { base: format!("{}/api/v1", instance.admin_url()), ..self.clone() }
    }

    /// The same client, whose reports are about one campaign only.
    pub fn about(&self, campaign: &Value) -> Self {
        Self { campaign: campaign["id"].as_str().map(str::to_owned), ..self.clone() }
    }

    /// Filters of its reports.
    pub fn filters(&self) -> Value {
        self.campaign
            .as_ref()
            .map_or_else(|| json!([]), |id| json!([{"field": "campaign", "op": "equals", "values": [id]}]))
    }

    /// The API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// A request; the answer whatever its status.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), String> {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let text = response.text().await.map_err(|error| error.to_string())?;
        let value = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Ok((status, value))
    }

    /// A request that must succeed.
    pub async fn must(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, value) = self
            .ask(method.clone(), path, body)
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert!(status.is_success(), "{method} {path}: {status} {value}");
        value
    }

    /// Creates something and returns it.
    pub async fn create(&self, path: &str, body: Value) -> Value {
        self.must(Method::POST, path, Some(&body)).await
    }

    /// Reads something.
    pub async fn get(&self, path: &str) -> Value {
        self.must(Method::GET, path, None).await
    }

    /// Reads something, or says why not: for conditions that are waited for.
    pub async fn try_get(&self, path: &str) -> Result<Value, String> {
        let (status, value) = self.ask(Method::GET, path, None).await?;
        if status.is_success() { Ok(value) } else { Err(format!("{status} {value}")) }
    }

    /// Replaces something.
    pub async fn put(&self, path: &str, body: &Value) -> Value {
        self.must(Method::PUT, path, Some(body)).await
    }

    /// Totals of a report over all time, by metric.
    pub async fn totals(&self, metrics: &[&str]) -> Result<Value, String> {
        let query = json!({"dimensions": [], "metrics": metrics, "range": {"token": "all_time"}, "bots": "include",
            "filters": self.filters()});
        let (status, report) = self.ask(Method::POST, "/reports/query", Some(&query)).await?;
        if status.is_success() {
            Ok(report["totals"]["metrics"].clone())
        } else {
            Err(format!("{status} {report}"))
        }
    }

    /// Waits until the totals of a report are exactly these.
    pub async fn until_totals(&self, expected: &Value, limit: Duration) {
        let names: Vec<String> = expected.as_object().expect("an object").keys().cloned().collect();
        let metrics: Vec<&str> = names.iter().map(String::as_str).collect();
        until("report totals", limit, || async {
            let totals = self.totals(&metrics).await?;
            let same = names.iter().all(|name| same_number(&totals[name], &expected[name]));
            if same { Ok(()) } else { Err(format!("{totals}, expected {expected}")) }
        })
        .await;
    }
}

/// Numbers come as JSON numbers or, when exact decimals, as text: `"1.250"` is `1.25`.
fn same_number(found: &Value, expected: &Value) -> bool {
    let plain = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    plain(found) == plain(expected)
}
