//! An app for tests, and clients of each kind that call its router.

use crate::{
    app::App,
    auth::{SYSTEM, mint_key, mint_setup_token},
    router, service,
    service::Deps,
};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use signalbox_catalog::Catalog;
use signalbox_chassis::settings::ApiSettings;
use signalbox_detect::{Detector, DetectorConfig};
use signalbox_domain::{
    ApiKey, ApiKeyId, Membership, Role, Timestamp, User, UserId, UserState, Workspace, WorkspaceId,
};
use signalbox_warehouse::Warehouse;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};
use tokio::sync::{OnceCell, watch};
use tower::ServiceExt as _;

/// The password of every user that tests make.
pub const PASSWORD: &str = "correct horse battery";
/// When tests begin.
pub const START: Timestamp = Timestamp(1_780_000_000_000);

/// A service on a catalog of its own.
pub struct TestApp {
    pub app: App,
    pub router: Router,
    _warehouse: watch::Sender<Option<Warehouse>>,
    clock: Arc<AtomicI64>,
    addresses: AtomicUsize,
    _folder: tempfile::TempDir,
}

/// What differs from the usual.
#[derive(Default)]
pub struct Options {
    pub settings: Option<ApiSettings>,
    pub admin_folder: Option<PathBuf>,
}

/// Settings of tests: the documented defaults.
pub fn settings() -> ApiSettings {
    signalbox_chassis::settings::Settings::default().api
}

async fn password_hash() -> String {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let make = || async { crate::auth::Passwords::new(1).hash(PASSWORD.to_owned()).await.unwrap() };
    HASH.get_or_init(make).await.clone()
}

impl TestApp {
    /// Without any user.
    pub async fn fresh() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("catalog.sqlite3").display());
        let clock = Arc::new(AtomicI64::new(START.0));
        let (warehouse, receiver) = watch::channel(None);
        let deps = Deps {
            catalog: Catalog::open(&url).await.unwrap(),
            warehouse: receiver,
            detector: Arc::new(Detector::new(&DetectorConfig::default())),
            landings_dir: folder.path().join("landings"),
            allow_private: vec!["127.0.0.0/8".parse().unwrap()],
            traffic_url: "http://localhost:8081".to_owned(),
            postback_url: "https://pb.example.com".to_owned(),
        };
        let settings = options.settings.unwrap_or_else(settings);
        let now = Arc::clone(&clock);
        let now = Arc::new(move || Timestamp(now.load(Ordering::SeqCst)));
        let app = service::app(&settings, deps, "http://localhost:8080".to_owned(), now).unwrap();
        let router = router::service(app.clone(), options.admin_folder);
        Self { app, router, _warehouse: warehouse, clock, addresses: AtomicUsize::new(1), _folder: folder }
    }

    /// With a workspace and its admin, who is logged in.
    pub async fn with_admin() -> (Self, Client) {
        let test = Self::fresh().await;
        let workspace = test.workspace("Main").await;
        let admin = test.member("admin@example.com", workspace, Role::Admin).await;
        (test, admin)
    }

    pub fn catalog(&self) -> &Catalog {
        self.app.catalog()
    }

    pub fn advance_hours(&self, hours: i64) {
        self.clock.fetch_add(hours * 3_600_000, Ordering::SeqCst);
    }

    pub async fn setup_token(&self) -> Option<String> {
        mint_setup_token(self.catalog(), self.app.now()).await.unwrap()
    }

    pub async fn workspace(&self, name: &str) -> WorkspaceId {
        let id = WorkspaceId::random(self.app.now());
        let workspace = Workspace {
            id,
            name: name.to_owned(),
            currency: "USD".parse().unwrap(),
            timezone: "Europe/Berlin".to_owned(),
            rates: Vec::new(),
            earlier_rates: Vec::new(),
            conversion_types: Vec::new(),
            addresses: Default::default(),
        };
        self.catalog().workspaces().create(SYSTEM, workspace).await.unwrap();
        id
    }

    pub async fn user(&self, email: &str, memberships: &[(WorkspaceId, Role)]) -> UserId {
        let membership = |(workspace_id, role): &(WorkspaceId, Role)| Membership {
            workspace_id: *workspace_id,
            role: *role,
        };
        let user = User {
            id: UserId::random(self.app.now()),
            email: email.to_owned(),
            name: "Test".to_owned(),
            password_hash: password_hash().await,
            state: UserState::Active,
            memberships: memberships.iter().map(membership).collect(),
            session_epoch: 0,
        };
        self.catalog().users().create(SYSTEM, user).await.unwrap().value.id
    }

    /// A client with an address of its own and nothing else.
    pub fn anonymous(&self) -> Client {
        let number = self.addresses.fetch_add(1, Ordering::SeqCst);
        self.client(&format!("198.51.{}.{}", 100 + number / 250, number % 250 + 1))
    }

    /// A client at an address.
    pub fn client(&self, address: &str) -> Client {
        Client {
            router: self.router.clone(),
            address: SocketAddr::new(address.parse().unwrap(), 50_000),
            cookies: Mutex::default(),
            headers: Mutex::default(),
        }
    }

    /// A new member of a workspace, logged in.
    pub async fn member(&self, email: &str, workspace: WorkspaceId, role: Role) -> Client {
        self.user(email, &[(workspace, role)]).await;
        let client = self.anonymous();
        client.log_in(email, PASSWORD).await.expect(StatusCode::CREATED);
        client
    }

    /// A program with a key of a workspace.
    pub async fn key(&self, workspace: WorkspaceId, role: Role) -> Client {
        let id = ApiKeyId::random(self.app.now());
        let minted = mint_key(id);
        let key = ApiKey {
            id,
            name: "Test".to_owned(),
            role,
            secret_sha256: minted.secret_sha256,
            prefix: minted.prefix,
            created_at: self.app.now(),
            expires_at: None,
        };
        let scope = signalbox_domain::Scope::system(workspace);
        self.catalog().api_keys().create(&scope, key).await.unwrap();
        let client = self.anonymous();
        client.set_header("authorization", &format!("Bearer {}", minted.key));
        client
    }
}

/// Calls the router like a browser or a program: keeps cookies and standing headers.
pub struct Client {
    router: Router,
    address: SocketAddr,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Mutex<BTreeMap<String, String>>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn expect(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The fields of a problem that must have this status and code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Vec<String> {
        assert_eq!(
            (self.status.as_u16(), self.json()["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        let fields = self.json()["errors"].as_array().cloned().unwrap_or_default();
        fields.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn cookies(&self) -> Vec<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        lines.map(|line| line.to_str().unwrap().to_owned()).collect()
    }
}

impl Client {
    pub fn set_header(&self, name: &str, value: &str) {
        self.headers.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub fn remove_header(&self, name: &str) {
        self.headers.lock().unwrap().remove(name);
    }

    pub fn cookie(&self, prefix: &str) -> Option<(String, String)> {
        let cookies = self.cookies.lock().unwrap();
        cookies
            .iter()
            .find(|(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.clone(), value.clone()))
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub fn forget_cookie(&self, prefix: &str) {
        self.cookies.lock().unwrap().retain(|name, _| !name.starts_with(prefix));
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        let answer = self.post("/session", json!({ "email": email, "password": password })).await;
        if answer.status == StatusCode::CREATED {
            self.set_header("x-csrf-token", answer.json()["csrf_token"].as_str().unwrap());
        }
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// `path` below `/api/v1`, or the whole path of anything else.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let elsewhere = path == "/"
            || ["/api", "/assets", "/index", "/app"]
                .iter()
                .any(|it| path.starts_with(it) && !path.starts_with("/api-keys"));
        let path = if elsewhere { path.to_owned() } else { format!("/api/v1{path}") };
        let mut request = self.request(method, &path);
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// A request to a whole path with the standing headers and cookies.
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
        for (name, value) in self.headers.lock().unwrap().iter() {
            request = request.header(name, value);
        }
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer = Answer { status: parts.status, headers: parts.headers, text };
        for line in answer.cookies() {
            let (pair, _) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.forget_cookie(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        answer
    }

    /// Makes an object and returns its id.
    pub async fn make(&self, collection: &str, body: Value) -> String {
        let answer = self.post(&format!("/{collection}"), body).await;
        answer.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned()
    }
}
