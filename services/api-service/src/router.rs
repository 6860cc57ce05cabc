//! Every route of the API in one list, the OpenAPI document made of the same list, and what stands around them.

use crate::{
    admin,
    app::App,
    docs,
    handlers::{
        alerts, api_keys, campaigns, clearings, conversions, cost_tools, costs, custom_metrics, dead_letters,
        deliveries, destination_status, destinations, domains, erasures, exports, instance, landings, logs,
        networks, outputs, postbacks, rate_fetch, reports, retention, scheduled, session, setup, shares,
        simulator, sources, streams, templates, uploads, users, views, workspaces,
    },
    landing_store::Limits,
    openapi,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use signalbox_chassis::{layers::Layers, problem::Problem, security_headers::STRICT_CSP};
use std::{path::PathBuf, time::Duration};
use tower_http::compression::CompressionLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A request that takes longer is given up with 504.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Where the API lives.
pub const PREFIX: &str = "/api/v1";

/// Every route, with its description.
pub fn api() -> OpenApiRouter<App> {
    // Not compressed: these answers hold tokens.
    let session = OpenApiRouter::new()
        .routes(routes!(setup::get_setup, setup::create_setup))
        .routes(routes!(session::get_session, session::create_session, session::delete_session))
        .routes(routes!(session::change_password))
        .routes(routes!(session::sign_out_everywhere));
    let resources = configuration().merge(analysis()).layer(CompressionLayer::new());
    let uploads = OpenApiRouter::new()
        .routes(routes!(landings::upload_landing))
        .layer(DefaultBodyLimit::max(Limits::default().archive_bytes_max));
    let all = session.merge(resources).merge(uploads);
    OpenApiRouter::with_openapi(openapi::document()).nest(PREFIX, all)
}

/// What routing and accounting are configured by.
fn configuration() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(campaigns::list_campaigns, campaigns::create_campaign))
        .routes(routes!(campaigns::get_campaign, campaigns::replace_campaign, campaigns::delete_campaign))
        .routes(routes!(campaigns::clone_campaign))
        .routes(routes!(campaigns::get_campaign_link))
        .routes(routes!(campaigns::rotate_campaign_token))
        .routes(routes!(simulator::simulate_click))
        .routes(routes!(streams::list_streams, streams::create_stream))
        .routes(routes!(streams::get_stream, streams::replace_stream, streams::delete_stream))
        .routes(routes!(streams::reorder_streams))
        .routes(routes!(destinations::list_destinations, destinations::create_destination))
        .routes(routes!(
            destinations::get_destination,
            destinations::replace_destination,
            destinations::delete_destination
        ))
        .routes(routes!(destination_status::get_destination_status))
        .routes(routes!(landings::get_landing, landings::delete_landing))
        .routes(routes!(landings::activate_landing))
        .routes(routes!(sources::list_sources, sources::create_source))
        .routes(routes!(sources::get_source, sources::replace_source, sources::delete_source))
        .routes(routes!(networks::list_networks, networks::create_network))
        .routes(routes!(networks::get_network, networks::replace_network, networks::delete_network))
        .routes(routes!(networks::get_postback_url))
        .routes(routes!(networks::rotate_network_key))
        .routes(routes!(templates::list_source_templates))
        .routes(routes!(templates::list_network_templates))
        .routes(routes!(outputs::list_outputs, outputs::create_output))
        .routes(routes!(outputs::get_output, outputs::replace_output, outputs::delete_output))
        .routes(routes!(outputs::list_open_circuits))
        .routes(routes!(deliveries::resend_deliveries))
        .routes(routes!(domains::list_domains, domains::create_domain))
        .routes(routes!(domains::get_domain, domains::replace_domain, domains::delete_domain))
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::get_user, users::replace_user, users::delete_user))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::get_api_key, api_keys::replace_api_key, api_keys::delete_api_key))
        .routes(routes!(workspaces::list_workspaces, workspaces::create_workspace))
        .routes(routes!(
            workspaces::get_workspace,
            workspaces::replace_workspace,
            workspaces::delete_workspace
        ))
        .routes(routes!(workspaces::import_rates))
        .routes(routes!(rate_fetch::get_rate_fetch, rate_fetch::replace_rate_fetch))
        .routes(routes!(rate_fetch::run_rate_fetch))
        .routes(routes!(retention::get_retention, retention::replace_retention))
        .routes(routes!(clearings::list_clearings, clearings::create_clearing))
        .routes(routes!(clearings::preview_clearing))
        .routes(routes!(erasures::list_erasures, erasures::create_erasure))
        .routes(routes!(erasures::preview_erasure))
}

/// What is seen of it: the instance, reports, costs, views, exports and logs.
fn analysis() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(instance::get_instance))
        .routes(routes!(instance::get_vocabulary))
        .routes(routes!(reports::query_report))
        .routes(routes!(reports::get_report_metadata))
        .routes(routes!(reports::get_report_progress))
        .routes(routes!(custom_metrics::list_custom_metrics, custom_metrics::create_custom_metric))
        .routes(routes!(
            custom_metrics::get_custom_metric,
            custom_metrics::replace_custom_metric,
            custom_metrics::delete_custom_metric
        ))
        .routes(routes!(custom_metrics::check_formula))
        .routes(routes!(costs::list_cost_corrections, costs::create_cost_correction))
        .routes(routes!(costs::get_cost_correction))
        .routes(routes!(costs::preview_cost_correction))
        .routes(routes!(costs::undo_cost_correction))
        .routes(routes!(costs::preview_cost_file))
        .routes(routes!(costs::import_cost_file))
        .routes(routes!(views::list_views, views::create_view))
        .routes(routes!(views::get_view, views::replace_view, views::delete_view))
        .routes(routes!(shares::list_share_links, shares::create_share_link))
        .routes(routes!(shares::delete_share_link))
        .routes(routes!(shares::query_shared_report))
        .routes(routes!(alerts::list_alerts, alerts::create_alert))
        .routes(routes!(alerts::get_alert, alerts::replace_alert, alerts::delete_alert))
        .routes(routes!(alerts::test_alert))
        .routes(routes!(exports::export_report, exports::download_report))
        .routes(routes!(exports::export_log, exports::download_log))
        .routes(routes!(scheduled::list_scheduled_exports, scheduled::create_scheduled_export))
        .routes(routes!(
            scheduled::get_scheduled_export,
            scheduled::replace_scheduled_export,
            scheduled::delete_scheduled_export
        ))
        .routes(routes!(scheduled::run_scheduled_export))
        .routes(routes!(scheduled::download_scheduled_export))
        .routes(routes!(logs::get_log_metadata))
        .routes(routes!(logs::list_clicks))
        .routes(routes!(logs::list_landing_clicks))
        .routes(routes!(logs::list_conversions))
        .routes(routes!(logs::get_conversion_history))
        .routes(routes!(conversions::get_conversion))
        .routes(routes!(conversions::delete_conversions))
        .routes(routes!(conversions::restore_conversions))
        .routes(routes!(logs::list_postbacks))
        .routes(routes!(postbacks::list_stray_postbacks))
        .routes(routes!(uploads::assign_stray_postbacks))
        .routes(routes!(uploads::list_uploads, uploads::create_upload))
        .routes(routes!(uploads::get_upload))
        .routes(routes!(uploads::list_upload_rows))
        .routes(routes!(uploads::take_upload))
        .routes(routes!(postbacks::create_replay))
        .routes(routes!(postbacks::preview_replay))
        .routes(routes!(postbacks::list_replays))
        .routes(routes!(postbacks::get_replay))
        .routes(routes!(postbacks::cancel_replay))
        .routes(routes!(logs::list_deliveries))
        .routes(routes!(dead_letters::list_dead_letters))
        .routes(routes!(dead_letters::retry_dead_letters))
}

/// The whole service: API, its documentation, admin pages, and what stands around them.
pub fn service(app: App, admin_folder: Option<PathBuf>) -> Router {
    let (api, document) = api().split_for_parts();
    let settings = app.settings();
    let layers = Layers {
        service: "api",
        log_successes: false,
        in_flight_max: settings.in_flight_max,
        body_bytes_max: settings.body_bytes_max,
        csp: STRICT_CSP,
    };
    let api = api.merge(tools());
    let api = api.layer(from_fn(never_kept)).layer(from_fn(in_time)).with_state(app);
    let unknown = any(|| async { Problem::not_found("page") });
    let all = api
        .merge(docs::router(&openapi::finish(document)))
        .route("/api/{*path}", unknown)
        .merge(admin::router(admin_folder));
    layers.around(all)
}

/// Addresses of another tracker that tools read campaigns from and post costs to; their shape is not ours, so they are not described.
fn tools() -> Router<App> {
    Router::new()
        .route("/admin_api/v1/campaigns", get(cost_tools::list_tool_campaigns))
        .route("/admin_api/v1/clicks/update_costs", post(cost_tools::update_click_costs))
        .route("/admin_api/v1/campaigns/{id}/update_costs", post(cost_tools::update_campaign_costs))
}

/// Answers hold what only the caller may see.
async fn never_kept(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn in_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(ANSWER_MAX, next.run(request)).await.unwrap_or_else(|_| {
        let detail = "This took too long and was given up; ask for less, such as a shorter range";
        Problem::new(StatusCode::GATEWAY_TIMEOUT, "timeout", detail).into_response()
    })
}
