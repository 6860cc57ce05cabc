//! `/costs`: corrections of costs.

use super::prelude::*;
use crate::{
    costs::{self, Campaigns, Row, Wish},
    report::resolve,
    types::{
        CostCorrection, CostCorrectionInput, CostFileInput, CostFileReport, CostFileRow, CostMode,
        CostPreview, ListQuery,
    },
};
use jiff::tz::TimeZone;
use signalbox_catalog::{PageRequest, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, CostCorrectionId, CostOrigin, Scope};
use signalbox_warehouse::{Range, RangeToken};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long a request goes on making corrections before it leaves the rest to the background.
const MAKE_MAX: Duration = Duration::from_secs(45);

/// Lists corrections, newest first.
#[utoipa::path(get, path = "/costs", tag = "costs", params(ListQuery), responses((status = 200, body = Page<CostCorrection>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_cost_corrections(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<CostCorrection>>, ApiError> {
    let limit = u16::try_from(crud::page_size(query.limit)?).unwrap_or(u16::MAX);
    let request = PageRequest { after: query.cursor, limit, newest_first: true };
    let found = app.catalog().costs().list(&scope, &request).await?;
    Ok(Json(Page { items: found.items.into_iter().map(Into::into).collect(), next_cursor: found.next }))
}

/// Returns a correction.
#[utoipa::path(get, path = "/costs/{id}", tag = "costs", params(("id" = Id, Path)),
    responses((status = 200, body = CostCorrection)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_cost_correction(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<CostCorrectionId>,
) -> Result<Json<CostCorrection>, ApiError> {
    Ok(Json(costs::find(&app, &scope, id).await?.into()))
}

/// Corrects what clicks cost. The figures are right when this answers; clicks that come later are not touched.
#[utoipa::path(post, path = "/costs", tag = "costs", request_body = CostCorrectionInput,
    responses((status = 201, body = CostCorrection)), extensions(("x-role" = json!("editor"))))]
pub async fn create_cost_correction(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<CostCorrectionInput>,
) -> Result<Created<CostCorrection>, ApiError> {
    let wish = wish(&app, &scope, input).await?;
    costs::ledger(&app)?;
    let stored = costs::keep(&app, &scope, &wish).await?;
    Ok(Created(costs::make(&app, &scope, stored).await?.into()))
}

/// Says what a correction would change now, and changes nothing.
#[utoipa::path(post, path = "/costs/preview", tag = "costs", request_body = CostCorrectionInput,
    responses((status = 200, body = CostPreview)), extensions(("x-role" = json!("viewer"))))]
pub async fn preview_cost_correction(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(input): Input<CostCorrectionInput>,
) -> Result<Json<CostPreview>, ApiError> {
    let wish = wish(&app, &scope, input).await?;
    Ok(Json(shown(costs::preview(&app, &scope, &wish).await?)))
}

/// Takes a correction back. 409 `later_corrections` when others have replaced the cost of its clicks since.
#[utoipa::path(post, path = "/costs/{id}/undo", tag = "costs", params(("id" = Id, Path)),
    responses((status = 200, body = CostCorrection)), extensions(("x-role" = json!("editor"))))]
pub async fn undo_cost_correction(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CostCorrectionId>,
) -> Result<Json<CostCorrection>, ApiError> {
    Ok(Json(costs::undo(&app, &scope, id).await?.into()))
}

/// Says what each line of a file would change now, each as if it came alone, and changes nothing.
#[utoipa::path(post, path = "/costs/import/preview", tag = "costs", request_body = CostFileInput,
    responses((status = 200, body = CostFileReport)), extensions(("x-role" = json!("viewer"))))]
pub async fn preview_cost_file(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(input): Input<CostFileInput>,
) -> Result<Json<CostFileReport>, ApiError> {
    let mut rows = Vec::new();
    let (read, until) = (rows_of(&app, &scope, &input).await?, Instant::now() + MAKE_MAX);
    for row in read {
        let preview = match &row.wish {
            Ok(wish) if Instant::now() < until => Some(shown(costs::preview(&app, &scope, wish).await?)),
            _ => None,
        };
        rows.push(line(row, preview, None));
    }
    Ok(Json(report(rows)))
}

/// Makes a correction of each good line of a file, in order. Lines for which there is no time are made in the background; repeated
/// with the same key, it answers with what became of them.
#[utoipa::path(post, path = "/costs/import", tag = "costs", request_body = CostFileInput,
    responses((status = 200, body = CostFileReport)), extensions(("x-role" = json!("editor"))))]
pub async fn import_cost_file(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<CostFileInput>,
) -> Result<Json<CostFileReport>, ApiError> {
    if input.idempotency_key.as_ref().is_none_or(|key| key.trim().is_empty() || key.len() > 150) {
        let reason = "is needed, at most 150 bytes: a name for this file, so that a repeated import makes nothing twice";
        return Err(Problem::invalid_field("idempotency_key", reason).into());
    }
    costs::ledger(&app)?;
    let read = rows_of(&app, &scope, &input).await?;
    let mut kept = Vec::new();
    for row in read {
        let stored = match &row.wish {
            Ok(wish) => Some(costs::keep(&app, &scope, wish).await?),
            Err(_) => None,
        };
        kept.push((row, stored));
    }
    let waiting = kept.iter().filter_map(|(_, stored)| stored.clone()).collect();
    let made = make_all(&app, &scope, waiting).await?;
    let latest =
        |stored: Stored<domain::CostCorrection>| made.get(&stored.id).cloned().unwrap_or(stored).into();
    let rows = kept.into_iter().map(|(row, stored)| line(row, None, stored.map(latest)));
    Ok(Json(report(rows.collect())))
}

/// Makes corrections in their order for as long as there is time; the rest follows in the background. The latest state by id.
pub(super) async fn make_all(
    app: &App,
    scope: &Scope,
    kept: Vec<Stored<domain::CostCorrection>>,
) -> Result<HashMap<String, Stored<domain::CostCorrection>>, ApiError> {
    let until = Instant::now() + MAKE_MAX;
    let (mut made, mut left) = (HashMap::new(), kept.into_iter());
    while Instant::now() < until {
        let Some(stored) = left.next() else { return Ok(made) };
        let latest = costs::make(app, scope, stored).await?;
        made.insert(latest.id.clone(), latest);
    }
    let (app, scope) = (app.clone(), *scope);
    tokio::spawn(async move {
        for stored in left {
            let id = stored.id.clone();
            if let Err(error) = costs::make(&app, &scope, stored).await {
                tracing::warn!(id, code = error.code(), "a correction of costs has to wait");
                return;
            }
        }
    });
    Ok(made)
}

async fn wish(app: &App, scope: &Scope, input: CostCorrectionInput) -> Result<Wish, ApiError> {
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    let timezone = input.timezone.unwrap_or_else(|| workspace.timezone.clone());
    let zone = TimeZone::get(&timezone).map_err(|_| {
        let reason = format!("{timezone:?} is not an IANA timezone such as Europe/Berlin or UTC");
        Problem::invalid_field("timezone", reason)
    })?;
    let range = resolve(&input.range, &zone)?;
    if range == Range::Token(RangeToken::AllTime) {
        return Err(Problem::invalid_field(
            "range.token",
            "must have a beginning: name one with from and to",
        )
        .into());
    }
    let resolved = range.resolve(&timezone, app.now())?;
    let (from, to) = (resolved.from.unwrap_or_default(), resolved.to.unwrap_or_else(|| app.now()));
    let currency = input.currency.unwrap_or(workspace.currency);
    Ok(Wish {
        origin: CostOrigin::Api,
        from,
        to,
        timezone,
        filters: input.filters,
        bots: input.bots.into(),
        only_unique: input.only_unique,
        spread: input.spread.into(),
        amount: input.amount,
        currency,
        converted: costs::convert(&workspace, (input.amount, currency), (to, app.now()))?,
        adds: input.mode == CostMode::Add,
        note: input.note,
        idempotency_key: input.idempotency_key,
    })
}

async fn rows_of(app: &App, scope: &Scope, input: &CostFileInput) -> Result<Vec<Row>, ApiError> {
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    costs::read_file(input, &workspace, (&campaigns(app, scope).await?, app.now()))
}

pub(super) async fn campaigns(app: &App, scope: &Scope) -> Result<Campaigns, ApiError> {
    let mut found = Campaigns::default();
    for stored in app.catalog().campaigns().list_all(scope).await?.items {
        let id = stored.value.id.to_string();
        let (raw, name) = (stored.value.id.0, stored.value.name.to_lowercase());
        let mut words = vec![id.clone(), stored.value.slug.as_str().to_lowercase(), name];
        words.extend([raw.to_string(), costs::tool_number(raw).to_string()]);
        words.sort();
        words.dedup();
        for word in words {
            found.0.entry(word).or_default().push(id.clone());
        }
    }
    Ok(found)
}

fn shown(preview: signalbox_warehouse::costs::CostPreview) -> CostPreview {
    CostPreview { clicks: preview.clicks, before: preview.before, after: preview.after }
}

fn line(row: Row, preview: Option<CostPreview>, correction: Option<CostCorrection>) -> CostFileRow {
    CostFileRow { line: row.line, errors: row.wish.err().unwrap_or_default(), preview, correction }
}

fn report(rows: Vec<CostFileRow>) -> CostFileReport {
    let count = |good: bool| {
        let rows = rows.iter().filter(|row| row.errors.is_empty() == good);
        u32::try_from(rows.count()).unwrap_or(u32::MAX)
    };
    CostFileReport { good: count(true), bad: count(false), rows }
}
