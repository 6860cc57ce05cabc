//! A client of the admin API, as any other program would write it.

use crate::Error;
use reqwest::{Client, Method, RequestBuilder, header};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Who asks.
#[derive(Debug, Clone)]
enum Credential {
    Nobody,
    Key(String),
    Session { cookie: String, csrf: String },
}

/// A client of one instance.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    client: Client,
    credential: Credential,
}

/// The first user and workspace of an instance.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FirstUser<'a> {
    /// E-mail address to log in with.
    pub email: &'a str,
    /// Password.
    pub password: &'a str,
    /// Shown name.
    pub name: &'a str,
    /// Name of the workspace.
    pub workspace: &'a str,
}

impl Api {
    /// A client without a credential; `admin` is the base address of admin and API.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(admin: &str) -> Result<Self, Error> {
        let client = Client::builder().timeout(Duration::from_secs(60)).build()?;
        Ok(Self {
            base: format!("{}/api/v1", admin.trim_end_matches('/')),
            client,
            credential: Credential::Nobody,
        })
    }

    /// The same client with an API key.
    pub fn with_key(mut self, key: &str) -> Self {
        self.credential = Credential::Key(key.to_owned());
        self
    }

    /// Makes the first user through the one-time link and logs in as that user.
    ///
    /// # Errors
    /// When the link has no token or the instance refuses.
    pub async fn set_up(mut self, setup_url: &str, user: FirstUser<'_>) -> Result<Self, Error> {
        let token = token_of(setup_url)
            .ok_or_else(|| Error::Setup(format!("the set-up link {setup_url} carries no token")))?;
        let body = json!({
            "token": token, "email": user.email, "password": user.password, "name": user.name,
            "workspace": {"name": user.workspace, "currency": "USD", "timezone": "UTC"},
        });
        let response = self.request(Method::POST, "/setup").json(&body).send().await?;
        let cookie = response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .collect::<Vec<_>>()
            .join("; ");
        let session = read("POST", "/setup", response).await?;
        let csrf = session["csrf_token"].as_str().unwrap_or_default().to_owned();
        self.credential = Credential::Session { cookie, csrf };
        Ok(self)
    }

    /// Makes an API key with the role of an admin; it is shown only here.
    ///
    /// # Errors
    /// When the instance refuses.
    pub async fn make_key(&self, name: &str) -> Result<String, Error> {
        let created = self.post("/api-keys", &json!({"name": name, "role": "admin"})).await?;
        text(&created, "key").map(str::to_owned)
    }

    /// Asks.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub async fn get(&self, path: &str) -> Result<Value, Error> {
        let response = self.request(Method::GET, path).send().await?;
        read("GET", path, response).await
    }

    /// Makes something.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let response = self.request(Method::POST, path).json(body).send().await?;
        read("POST", path, response).await
    }

    /// Replaces something.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let response = self.request(Method::PUT, path).json(body).send().await?;
        read("PUT", path, response).await
    }

    /// Every object of a collection, over all pages.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub async fn list(&self, collection: &str) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        let mut path = format!("/{collection}?limit=500&state=all");
        loop {
            let mut page = self.get(&path).await?;
            if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
                items.extend(found);
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/{collection}?limit=500&state=all&cursor={cursor}"),
                None => return Ok(items),
            }
        }
    }

    /// Number of clicks of all time in the report.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub async fn clicks(&self) -> Result<u64, Error> {
        let query = json!({"metrics": ["clicks"], "range": {"token": "all_time"}, "limit": 1});
        let report = self.post("/reports/query", &query).await?;
        let found = report["totals"].get("metrics").unwrap_or(&report["totals"]);
        found["clicks"]
            .as_u64()
            .ok_or_else(|| Error::Mismatch(format!("the report has no number of clicks: {report}")))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.credential {
            Credential::Nobody => request,
            Credential::Key(key) => request.bearer_auth(key),
            Credential::Session { cookie, csrf } => {
                request.header(header::COOKIE, cookie).header("X-CSRF-Token", csrf)
            }
        }
    }
}

/// A field that must be text.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, Error> {
    value[field]
        .as_str()
        .ok_or_else(|| Error::Mismatch(format!("an answer of the API has no {field}: {value}")))
}

async fn read(method: &'static str, path: &str, response: reqwest::Response) -> Result<Value, Error> {
    let status = response.status();
    let body = response.bytes().await?;
    if status.is_success() {
        return if body.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(&body).map_err(Error::json(format!("answer to {method} {path}")))
        };
    }
    let detail = match serde_json::from_slice::<Value>(&body) {
        Ok(problem) => describe(&problem),
        Err(_) => String::from_utf8_lossy(&body).chars().take(300).collect(),
    };
    Err(Error::Refused { method, path: path.to_owned(), status: status.as_u16(), detail })
}

fn describe(problem: &Value) -> String {
    let mut said = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or_default().to_owned();
    for error in problem["errors"].as_array().into_iter().flatten() {
        let part = |name| error[name].as_str().unwrap_or_default();
        said.push_str(&format!("; {} {}", part("field"), part("reason")));
    }
    said
}

fn token_of(setup_url: &str) -> Option<&str> {
    let (_, rest) = setup_url.split_once("token=")?;
    let token = rest.split(['&', '#']).next()?;
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_in_query_and_fragment() {
        assert_eq!(token_of("http://a/setup?token=abc&x=1"), Some("abc"));
        assert_eq!(token_of("http://a/setup#token=abc"), Some("abc"));
        assert_eq!(token_of("http://a/setup?token="), None);
        assert_eq!(token_of("http://a/setup"), None);
    }

    #[test]
    fn problems_name_their_fields() {
        let problem = json!({"title": "Invalid", "errors": [{"field": "slug", "reason": "is taken"}]});
        assert_eq!(describe(&problem), "Invalid; slug is taken");
    }
}
