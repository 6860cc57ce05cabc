//! `/admin_api`: what tools ask and post that speak the Admin API of another tracker. Not part of the described API: the shape is theirs.

use super::{
    costs::{campaigns, make_all},
    prelude::*,
};
use crate::costs::{self, TOOL_OBJECTS, ToolObjects, ToolRequest, tool_number};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use signalbox_catalog::Stored;
use signalbox_chassis::extract::{ValidJson, ValidPath};
use signalbox_domain::{
    self as domain, Campaign, CampaignState, CostModel, Currency, Scope, StreamSelection,
};

/// Which part of a list is asked for.
#[derive(Debug, Deserialize)]
pub struct Part {
    limit: Option<usize>,
    #[serde(default)]
    offset: usize,
}

/// Lists the campaigns, each by its number.
pub async fn list_tool_campaigns(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(part): ValidQuery<Part>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let workspace = app.catalog().workspaces().get(&scope, scope.workspace).await?.value;
    let all = app.catalog().campaigns().list_all(&scope).await?.items;
    let shown = all.into_iter().filter(|stored| stored.value.state != CampaignState::Archived);
    let shown = shown.skip(part.offset).take(part.limit.unwrap_or(usize::MAX));
    Ok(Json(shown.map(|stored| campaign(&stored.value, workspace.currency)).collect()))
}

/// A campaign in the words of that tracker, as far as both have them.
fn campaign(campaign: &Campaign, currency: Currency) -> Value {
    let (cost_type, cost_value) = match campaign.cost {
        CostModel::None => (None, None),
        CostModel::Cpc { amount } => (Some("CPC"), Some(amount.to_string())),
        CostModel::Cpm { amount } => (Some("CPM"), Some(amount.to_string())),
        CostModel::Cpa { amount } => (Some("CPA"), Some(amount.to_string())),
        CostModel::Cpl { amount } => (Some("CPL"), Some(amount.to_string())),
        CostModel::RevShare { percent } => (Some("RevShare"), Some(percent.to_string())),
    };
    json!({
        "id": tool_number(campaign.id.0),
        "alias": campaign.slug.as_str(),
        "name": campaign.name,
        "state": if campaign.state == CampaignState::Active { "active" } else { "disabled" },
        "type": match campaign.stream_selection {
            StreamSelection::Position => "position",
            StreamSelection::Weight => "weight",
        },
        "cost_type": cost_type,
        "cost_value": cost_value,
        "cost_currency": campaign.currency.unwrap_or(currency),
        "cost_auto": campaign.cost_from_parameter,
        "traffic_source_id": campaign.source_id.map(|id| tool_number(id.0)),
        "domain_id": campaign.domain_id.map(|id| tool_number(id.0)),
    })
}

/// Sets what clicks cost.
pub async fn update_click_costs(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    ValidJson(request): ValidJson<ToolRequest>,
) -> Response {
    let ignored = request.ignored();
    match make_of_tool(&app, &scope, request).await {
        Ok(results) if ignored.is_empty() => {
            Json(json!({ "success": true, "results": results })).into_response()
        }
        Ok(results) => {
            Json(json!({ "success": true, "results": results, "ignored": ignored })).into_response()
        }
        Err(error) => error.into_response(),
    }
}

/// The same for one campaign, which the path names.
pub async fn update_campaign_costs(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    ValidPath(campaign): ValidPath<String>,
    ValidJson(request): ValidJson<ToolRequest>,
) -> Response {
    update_click_costs(State(app), CanEdit(scope), ValidJson(request.of_campaign(campaign))).await
}

async fn make_of_tool(app: &App, scope: &Scope, request: ToolRequest) -> Result<Vec<Value>, ApiError> {
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    let objects = objects(app, scope, &request).await?;
    let wishes = costs::read_tool(&request, &workspace, (&objects, app.now()))?;
    costs::ledger(app)?;
    let mut kept = Vec::new();
    for wish in &wishes {
        kept.push(costs::keep(app, scope, wish).await?);
    }
    let made = make_all(app, scope, kept.clone()).await?;
    let result = |stored: Stored<domain::CostCorrection>| {
        let value = made.get(&stored.id).cloned().unwrap_or(stored).value;
        let state = crate::types::CostState::from(value.state);
        json!({ "correction_id": value.id, "state": state, "clicks": value.clicks })
    };
    Ok(kept.into_iter().map(result).collect())
}

/// The objects that the filters of a request may name.
async fn objects(app: &App, scope: &Scope, request: &ToolRequest) -> Result<ToolObjects, ApiError> {
    let mut objects = ToolObjects { campaigns: campaigns(app, scope).await?, ..ToolObjects::default() };
    for (filter, dimension) in TOOL_OBJECTS {
        if !request.names(filter) {
            continue;
        }
        let ids: Vec<(u64, String)> = match dimension {
            "stream" => {
                let all = app.catalog().campaigns().list_all(scope).await?.items;
                let streams = all.iter().flat_map(|stored| &stored.value.streams);
                streams.map(|stream| (stream.id.0, stream.id.to_string())).collect()
            }
            "source" => {
                let all = app.catalog().traffic_sources().list_all(scope).await?.items;
                all.iter().map(|stored| (stored.value.id.0, stored.value.id.to_string())).collect()
            }
            _ => {
                let all = app.catalog().destinations().list_all(scope).await?.items;
                all.iter().map(|stored| (stored.value.id.0, stored.value.id.to_string())).collect()
            }
        };
        objects.others.insert(filter, ids);
    }
    Ok(objects)
}
