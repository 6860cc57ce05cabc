//! `/api/openapi.json` and the browsable `/api/docs`, which loads nothing from elsewhere.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::get,
};
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the document is.
pub const DOCUMENT: &str = "/api/openapi.json";

/// The document and its pages.
pub fn router(document: &OpenApi) -> Router {
    let text = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
    let json = get(move || {
        let text = text.clone();
        async move {
            let kind = HeaderValue::from_static("application/json");
            (
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))],
                text,
            )
                .into_response()
        }
    });
    // The pages carry their own copy of nothing: they read the document above. No validator of others is asked.
    let config =
        Config::new([DOCUMENT]).try_it_out_enabled(true).validator_url("none").with_credentials(true);
    let pages: Router = SwaggerUi::new("/api/docs").config(config).into();
    pages.route(DOCUMENT, json)
}
