//! The engine, and a service that is set up by its own link and called over its own port.

use api_service::{Deps, Running};
use serde_json::{Value, json};
use signalbox_catalog::Catalog;
use signalbox_chassis::{
    health::Readiness,
    settings::{ApiSettings, Settings},
    shutdown::Shutdown,
};
use signalbox_detect::{Detector, DetectorConfig};
use signalbox_embedded_clickhouse::{Handle, Supervisor, SupervisorConfig};
use signalbox_warehouse::Warehouse;
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::watch;

/// A supervised engine.
pub struct Engine {
    handle: Mutex<Option<Handle>>,
    url: String,
    password: String,
    databases: AtomicU32,
    _folder: TempDir,
}

impl Engine {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = SupervisorConfig::new(std::env::current_exe().unwrap(), folder.path().join("data"));
        config.args = vec!["embedded-clickhouse".into()];
        let handle = Supervisor::start(config).await.unwrap_or_else(|error| panic!("{error}"));
        let (url, password) = (handle.base_url(), handle.password().unwrap_or_default().to_owned());
        Self {
            handle: Mutex::new(Some(handle)),
            url,
            password,
            databases: AtomicU32::new(0),
            _folder: folder,
        }
    }

    /// An empty database with the schema.
    pub async fn database(&self) -> Warehouse {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let warehouse = Warehouse::connect(&self.url, &name, "default", &self.password).await.unwrap();
        warehouse.migrate().await.unwrap();
        warehouse
    }

    /// What ClickHouse reads in a Parquet file, as text; nulls are empty.
    pub async fn read_parquet(&self, file: &[u8], columns: &str) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.parquet");
        std::fs::write(&path, file).unwrap();
        let text =
            self.run(&format!("SELECT {columns} FROM file('{}', Parquet) FORMAT TSV", path.display())).await;
        let cell = |cell: &str| if cell == "\\N" { String::new() } else { cell.to_owned() };
        text.lines().map(|line| line.split('\t').map(cell).collect()).collect()
    }

    /// What ClickHouse answers to a statement.
    pub async fn run(&self, sql: &str) -> String {
        let request = reqwest::Client::new().post(&self.url);
        let request =
            request.header("x-clickhouse-user", "default").header("x-clickhouse-key", &self.password);
        let response = request.body(sql.to_owned()).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{text}");
        text
    }

    pub async fn stop(&self) {
        let handle = self.handle.lock().unwrap().take();
        if let Some(handle) = handle {
            handle.stop().await;
        }
    }
}

/// A started service with its admin logged in.
pub struct Instance {
    pub running: Running,
    pub workspace: String,
    pub warehouse: watch::Sender<Option<Warehouse>>,
    pub http: reqwest::Client,
    cookies: String,
    csrf: String,
    shutdown: Shutdown,
    settings: ApiSettings,
    folder: TempDir,
}

impl Instance {
    /// Starts a service and sets it up by the link that it gives.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(change: impl FnOnce(&mut ApiSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default().api;
        settings.listen = "127.0.0.1:0".parse().unwrap();
        settings.exports_dir = folder.path().join("exports");
        change(&mut settings);
        let (warehouse, receiver) = watch::channel(None);
        let shutdown = Shutdown::new(Duration::from_secs(10));
        let running = Self::serve(&settings, folder.path(), receiver, &shutdown).await;
        let mut instance = Self {
            running,
            settings,
            workspace: String::new(),
            warehouse,
            http: reqwest::Client::new(),
            cookies: String::new(),
            csrf: String::new(),
            shutdown,
            folder,
        };
        instance.set_up().await;
        instance
    }

    /// Another node on the same catalog and warehouse, until it is told to stop.
    pub async fn twin(&self) -> Shutdown {
        let shutdown = Shutdown::new(Duration::from_secs(10));
        Self::serve(&self.settings, self.folder.path(), self.warehouse.subscribe(), &shutdown).await;
        shutdown
    }

    async fn serve(
        settings: &ApiSettings,
        folder: &Path,
        receiver: watch::Receiver<Option<Warehouse>>,
        shutdown: &Shutdown,
    ) -> Running {
        let deps = Deps {
            catalog: Catalog::open(&format!("sqlite:{}", folder.join("catalog").display())).await.unwrap(),
            warehouse: receiver,
            detector: Arc::new(Detector::new(&DetectorConfig::default())),
            landings_dir: folder.join("landings"),
            allow_private: vec!["127.0.0.0/8".parse().unwrap()],
            traffic_url: "http://localhost:8081".to_owned(),
            postback_url: "http://localhost:8082".to_owned(),
        };
        let readiness = Readiness::new(shutdown);
        let running = api_service::start(settings, deps, &readiness, shutdown).await.unwrap();
        assert!(readiness.is_ready());
        running
    }

    async fn set_up(&mut self) {
        let link = self.running.setup_url.clone().unwrap();
        let (page, token) = link.split_once("/setup?token=").unwrap();
        assert_eq!(page, self.running.url);
        let body = json!({
            "token": token, "email": "ana@example.com", "password": "correct horse battery",
            "workspace": { "name": "Main", "currency": "USD", "timezone": "UTC" },
        });
        let response = self.http.post(format!("{page}/api/v1/setup")).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let cookies = response.headers().get_all("set-cookie").iter();
        let pairs = cookies.map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned());
        self.cookies = pairs.collect::<Vec<_>>().join("; ");
        let session: Value = response.json().await.unwrap();
        self.csrf = session["csrf_token"].as_str().unwrap().to_owned();
        self.workspace = session["workspaces"][0]["id"].as_str().unwrap().to_owned();
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(format!("{}/api/v1{path}", self.running.url))).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(self.http.post(format!("{}/api/v1{path}", self.running.url)).json(&body)).await
    }

    /// Posts in another workspace of the same user.
    pub async fn post_in(&self, workspace: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}/api/v1{path}", self.running.url)).json(&body);
        self.send(request.header("x-workspace", workspace)).await
    }

    /// Posts and reads the answer as bytes, with its headers.
    pub async fn download(&self, path: &str, body: Value) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
        let request = self.http.post(format!("{}/api/v1{path}", self.running.url)).json(&body);
        let request = request.header("cookie", &self.cookies).header("x-csrf-token", &self.csrf);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.bytes().await.unwrap().to_vec())
    }

    /// Follows a link to a file with this request, as a browser does that says where it comes from; no CSRF token.
    pub async fn follow(
        &self,
        path: &str,
        asked: &str,
        site: &str,
    ) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
        let request = self.http.get(format!("{}/api/v1{path}", self.running.url));
        let request = request.query(&[("request", asked), ("workspace", &self.workspace)]);
        let request = request.header("cookie", &self.cookies).header("sec-fetch-site", site);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.bytes().await.unwrap().to_vec())
    }

    /// Gets a file as a link does, with its headers.
    pub async fn file(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
        let request = self.http.get(format!("{}/api/v1{path}", self.running.url)).query(query);
        let request = request.header("cookie", &self.cookies).header("sec-fetch-site", "same-origin");
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.bytes().await.unwrap().to_vec())
    }

    /// The folder of everything that it keeps.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its catalog, opened once more.
    pub async fn catalog(&self) -> Catalog {
        Catalog::open(&format!("sqlite:{}", self.folder.path().join("catalog").display())).await.unwrap()
    }

    /// Deletes and returns the status.
    pub async fn delete(&self, path: &str) -> u16 {
        let request = self.http.delete(format!("{}/api/v1{path}", self.running.url));
        let request = request.header("cookie", &self.cookies).header("x-csrf-token", &self.csrf);
        request.send().await.unwrap().status().as_u16()
    }

    pub async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(self.http.put(format!("{}/api/v1{path}", self.running.url)).json(&body)).await
    }

    /// Asks until the answer satisfies, for as long as two minutes; the answer.
    pub async fn until(&self, path: &str, what: &str, satisfies: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
        loop {
            let (status, answer) = self.get(path).await;
            assert_eq!(status, 200, "{answer}");
            if satisfies(&answer) {
                return answer;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what}: {answer}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Makes an object and returns it.
    pub async fn make(&self, collection: &str, body: Value) -> Value {
        let (status, made) = self.post(&format!("/{collection}"), body).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let request = request.header("cookie", &self.cookies).header("x-csrf-token", &self.csrf);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Stops in good order.
    pub async fn stop(self) {
        let outcome = self.shutdown.stop("the test is over").await;
        assert!(outcome.is_clean(), "{outcome:?}");
    }
}
