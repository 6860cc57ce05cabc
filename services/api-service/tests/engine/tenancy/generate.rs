//! Requests made of names of both sides: reports, exports, logs, formulas, previews of costs. None of them changes anything.

use super::{LINK_PASSWORD, Side};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reqwest::Method;
use serde_json::{Value, json};

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub body: Option<String>,
}

impl Ask {
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), body: None }
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self { method: Method::POST, path: path.to_owned(), body: Some(body.to_string()) }
    }

    /// Whether the text stands somewhere in it.
    pub fn names(&self, text: &str) -> bool {
        self.path.contains(text) || self.body.as_deref().is_some_and(|body| body.contains(text))
    }
}

/// Makes requests; the same seed makes the same ones, but for identifiers.
pub struct Generator {
    random: StdRng,
    /// Keys of dimensions with their operators.
    dimensions: Vec<(String, Vec<String>)>,
    metrics: Vec<String>,
    values: Vec<String>,
    /// Of this side's share links; the second needs a password.
    tokens: Vec<String>,
}

/// Fields of logs that both sides have values in.
const LOG_FIELDS: &[&str] =
    &["campaign", "click_id", "keyword", "country", "external_id", "source", "network"];

impl Generator {
    pub fn new(seed: u64, metadata: &str, (mine, theirs): (&Side, &Side)) -> Self {
        let metadata: Value = serde_json::from_str(metadata).unwrap();
        let key = |it: &Value| it["key"].as_str().unwrap().to_owned();
        let operators = |it: &Value| -> Vec<String> {
            let listed = it["operators"].as_array().into_iter().flatten();
            listed.map(|op| op.as_str().unwrap().to_owned()).collect()
        };
        let dimensions = metadata["dimensions"].as_array().unwrap();
        let dimensions = dimensions.iter().map(|it| (key(it), operators(it))).collect();
        let mut metrics: Vec<String> = metadata["metrics"].as_array().unwrap().iter().map(key).collect();
        metrics.push("custom_theirs".to_owned());
        let mut values = vec!["DE".to_owned(), "' OR 1=1 --".to_owned(), "2026-05-20".to_owned()];
        for side in [mine, theirs] {
            values.extend(side.ids.iter().map(|(_, id)| id.clone()));
            values.extend(side.events.iter().take(4).cloned());
            for text in ["kw-0", "kw-1", "sub-0", "ext-3", "name", ""] {
                values.push(format!("{}-{text}", side.word));
            }
        }
        Self { random: StdRng::seed_from_u64(seed), dimensions, metrics, values, tokens: mine.tokens.clone() }
    }

    fn one<'a, T>(random: &mut StdRng, of: &'a [T]) -> &'a T {
        of.choose(random).unwrap()
    }

    pub fn ask(&mut self) -> Ask {
        match self.random.random_range(0..14) {
            12.. => self.shared(),
            0..6 => Ask::post("/api/v1/reports/query", &self.report()),
            6 => {
                let format = *Self::one(&mut self.random, &["csv", "jsonl"]);
                let body = json!({ "query": self.report(), "format": format });
                Ask::post("/api/v1/reports/export", &body)
            }
            7 | 8 => self.log_page(),
            9 => {
                let log = *Self::one(&mut self.random, &["clicks", "conversions", "postbacks", "deliveries"]);
                let filters = self.log_filters();
                let body = json!({ "log": log, "from": "2026-05-01T00:00:00Z", "filters": filters, "format": "jsonl" });
                Ask::post("/api/v1/logs/export", &body)
            }
            10 => {
                let metric = Self::one(&mut self.random, &self.metrics).clone();
                let near = Self::one(&mut self.random, &["custom_their", "theirs", "clickz", "custom_mine"]);
                let body = json!({ "formula": format!("{metric} / ({near} + 1)") });
                Ask::post("/api/v1/metrics/check", &body)
            }
            _ => {
                let filters = self.conditions(1);
                let range = json!({ "from": "2026-05-01", "to": "2026-05-31" });
                Ask::post(
                    "/api/v1/costs/preview",
                    &json!({ "range": range, "filters": filters, "amount": "10" }),
                )
            }
        }
    }

    /// A shared report, within its link and beyond it; one that needs a password with and without.
    fn shared(&mut self) -> Ask {
        let sealed = self.random.random_bool(0.6);
        let mut body = json!({});
        if sealed && self.random.random_bool(0.8) {
            body["password"] = json!(LINK_PASSWORD);
        }
        if self.random.random_bool(0.5) {
            let keys = ["campaign", "keyword", "sub_id_1", "stream"];
            let keys = &keys[..if sealed { self.random.random_range(1..4) } else { 1 }];
            body["dimensions"] = json!([*Self::one(&mut self.random, keys)]);
        }
        if self.random.random_bool(0.3) {
            body["range"] = json!({ "from": "2026-05-20", "to": "2026-05-20" });
        }
        if self.random.random_bool(0.3) {
            let key = Self::one(&mut self.random, &self.metrics);
            body["sort"] = json!([{ "key": key, "dir": "desc" }]);
        }
        Ask::post(&format!("/api/v1/shared/{}/query", self.tokens[usize::from(sealed)]), &body)
    }

    fn log_page(&mut self) -> Ask {
        let log = *Self::one(&mut self.random, &["clicks", "conversions", "postbacks", "deliveries"]);
        let filters = Value::from(self.log_filters()).to_string();
        let mut query = vec![("from", "2026-05-01T00:00:00Z".to_owned()), ("filters", filters)];
        if self.random.random_bool(0.3) {
            query.push(("click_id", Self::one(&mut self.random, &self.values).clone()));
        }
        let url = reqwest::Url::parse_with_params("http://x/", query).unwrap();
        Ask::get(&format!("/api/v1/logs/{log}?{}", url.query().unwrap_or_default()))
    }

    fn log_filters(&mut self) -> Vec<Value> {
        let count = self.random.random_range(0..2);
        (0..count)
            .map(|_| {
                let field = *Self::one(&mut self.random, LOG_FIELDS);
                let op = *Self::one(&mut self.random, &["equals", "not_equals", "contains"]);
                json!({ "field": field, "op": op, "values": self.some_values() })
            })
            .collect()
    }

    fn some_values(&mut self) -> Vec<String> {
        let count = self.random.random_range(1..3);
        (0..count).map(|_| Self::one(&mut self.random, &self.values).clone()).collect()
    }

    /// Conditions of which some are nested.
    fn conditions(&mut self, depth: usize) -> Vec<Value> {
        let count = self.random.random_range(0..3);
        (0..count)
            .map(|_| {
                if depth < 3 && self.random.random_bool(0.3) {
                    let join = *Self::one(&mut self.random, &["all", "any", "none"]);
                    return json!({ join: self.conditions(depth + 1) });
                }
                let texts = ["campaign", "keyword", "sub_id_1", "country", "source", "stream"];
                let (field, operators) = if self.random.random_bool(0.6) {
                    let field = Self::one(&mut self.random, &texts).to_string();
                    (field, vec!["equals".to_owned(), "not_equals".to_owned()])
                } else {
                    Self::one(&mut self.random, &self.dimensions).clone()
                };
                let fallback = vec!["equals".to_owned()];
                let op =
                    Self::one(&mut self.random, if operators.is_empty() { &fallback } else { &operators })
                        .clone();
                let values = if op.starts_with("is_") { Vec::new() } else { self.some_values() };
                json!({ "field": field, "op": op, "values": values })
            })
            .collect()
    }

    fn report(&mut self) -> Value {
        let (dims, figures) = (self.random.random_range(1..3), self.random.random_range(1..4));
        let known = ["campaign", "keyword", "sub_id_1", "country", "day", "stream", "destination"];
        let mut dimensions: Vec<String> = Vec::new();
        for _ in 0..dims {
            let key = if self.random.random_bool(0.7) {
                Self::one(&mut self.random, &known).to_string()
            } else {
                Self::one(&mut self.random, &self.dimensions).0.clone()
            };
            if !dimensions.contains(&key) {
                dimensions.push(key);
            }
        }
        let mut metrics: Vec<String> = vec!["clicks".to_owned()];
        for _ in 0..figures {
            let key = Self::one(&mut self.random, &self.metrics).clone();
            // One that this side does not have is a refusal: worth asking, but not always.
            if !metrics.contains(&key) && (key != "custom_theirs" || self.random.random_bool(0.5)) {
                metrics.push(key);
            }
        }
        let mut query = json!({
            "metrics": metrics, "filters": self.conditions(1), "range": { "token": "all_time" },
            "bots": *Self::one(&mut self.random, &["include", "exclude"]),
            "basis": *Self::one(&mut self.random, &["click", "conversion"]),
            "limit": self.random.random_range(1..50),
        });
        let mut sort: Vec<Value> = dimensions.iter().map(|key| json!({ "key": key, "dir": "asc" })).collect();
        if self.random.random_bool(0.5) {
            let key = Self::one(&mut self.random, &metrics);
            sort.insert(0, json!({ "key": key, "dir": *Self::one(&mut self.random, &["asc", "desc"]) }));
        }
        query["sort"] = sort.into();
        query["dimensions"] = dimensions.into();
        if self.random.random_bool(0.2) {
            let metric = Self::one(&mut self.random, &self.metrics);
            query["having"] = json!([{ "metric": metric, "op": "at_least", "values": ["0.01"] }]);
        }
        if self.random.random_bool(0.2) {
            query["range"] = json!({ "from": "2026-05-20", "to": "2026-05-20" });
            query["compare"] = json!("previous_period");
        }
        query
    }
}
