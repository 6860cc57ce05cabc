//! The built admin pages: a single-page app served as files.
//!
//! Files under `assets/` have a hash in their name and are kept by browsers for good; every other path that names no file is the
//! app's own (`index.html`, never kept), so that a link into the app works. Compressed neighbours (`.br`, `.gz`) are used where they
//! are. Nothing outside the folder is reachable.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use signalbox_chassis::problem::Problem;
use std::path::{Path, PathBuf};
use tower::ServiceExt as _;
use tower_http::services::{ServeDir, ServeFile};

const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Shown where the pages have not been built.
const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Signalbox</title>\
    <h1>The admin pages are not built</h1>\
    <p>Run <code>make run</code>, or <code>npm ci &amp;&amp; npm run build</code> in <code>web/admin</code>, \
    or set <code>api.admin_dir</code> to the folder with <code>index.html</code>. \
    The API works: see <a href=\"/api/docs\">/api/docs</a>.</p>";

/// The folder with the built pages: the configured one, or one beside the program, or that of a source tree.
pub fn find(configured: Option<&Path>) -> Option<PathBuf> {
    let is_built = |folder: &PathBuf| folder.join("index.html").is_file();
    if let Some(folder) = configured {
        let folder = folder.to_owned();
        if is_built(&folder) {
            return Some(folder);
        }
        tracing::warn!(folder = %folder.display(), "api.admin_dir has no index.html");
        return None;
    }
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent).map(|folder| {
        [folder.join("admin"), folder.join("../share/signalbox/admin"), folder.join("../../web/admin/dist")]
    });
    beside.into_iter().flatten().chain([PathBuf::from("web/admin/dist")]).find(is_built)
}

/// Serves the pages, or a page that says how to build them.
pub fn router(folder: Option<PathBuf>) -> Router {
    let Some(folder) = folder else {
        let missing = get(|| async { (StatusCode::SERVICE_UNAVAILABLE, Html(MISSING)) });
        return Router::new().route("/", missing.clone()).route("/{*path}", missing);
    };
    let pages = Pages { files: folder.clone(), index: folder.join("index.html") };
    Router::new()
        .route("/", get(page))
        .route("/{*path}", get(page))
        .layer(from_fn(cache_rules))
        .with_state(pages)
}

#[derive(Clone)]
struct Pages {
    files: PathBuf,
    index: PathBuf,
}

async fn page(State(pages): State<Pages>, request: Request) -> Response {
    // A missing asset is an error: the app's page in its place would be executed as a script.
    if request.uri().path().starts_with("/assets/") {
        let files = ServeDir::new(&pages.files).precompressed_br().precompressed_gzip();
        return match files.oneshot(request).await {
            Ok(response) if response.status() != StatusCode::NOT_FOUND => response.into_response(),
            Ok(_) => Problem::not_found("file").into_response(),
        };
    }
    let index = ServeFile::new(&pages.index).precompressed_br().precompressed_gzip();
    let files = ServeDir::new(&pages.files).precompressed_br().precompressed_gzip().fallback(index);
    match files.oneshot(request).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}

async fn cache_rules(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let rule = if hashed { FOR_GOOD } else { ASK_AGAIN };
        response.headers_mut().insert(header::CACHE_CONTROL, rule);
    }
    response
}
