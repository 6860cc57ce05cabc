//! `/share-links`: links to one report for people without an account; `/shared`: what they see.

use super::{prelude::*, reports};
use crate::{
    app::Peer,
    auth::{Key, SYSTEM, Who, check_rules, digest, random_token},
    report::resolve,
    types::{Granularity, ReportQuery, ShareLink, ShareLinkInput, ShareLinks, SharedQuery, SharedReport},
};
use jiff::tz::TimeZone;
use signalbox_catalog::Stored;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, Actor, Invalid, Role, Scope, ShareLinkId};

/// Most links of a workspace.
const LINKS_MAX: usize = 500;
/// Characters of a token that are shown later.
const PREFIX: usize = 6;

/// Lists links.
#[utoipa::path(get, path = "/share-links", tag = "views", responses((status = 200, body = ShareLinks)),
    extensions(("x-role" = json!("editor"))))]
pub async fn list_share_links(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
) -> Result<Json<ShareLinks>, ApiError> {
    let all = app.catalog().share_links().list_all(&scope).await?.items;
    Ok(Json(ShareLinks { items: all.into_iter().rev().filter_map(|stored| shown(stored, None)).collect() }))
}

/// Makes a link. Its token is part of this answer and never shown again.
#[utoipa::path(post, path = "/share-links", tag = "views", request_body = ShareLinkInput, responses((status = 201, body = ShareLink)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_share_link(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<ShareLinkInput>,
) -> Result<Created<ShareLink>, ApiError> {
    let repo = app.catalog().share_links();
    if repo.list_all(&scope).await?.items.len() >= LINKS_MAX {
        let detail = format!("A workspace has at most {LINKS_MAX} links; delete some first");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many", detail).into());
    }
    if input.expires_at.is_some_and(|at| at.0 <= app.now()) {
        return Err(Problem::invalid_field("expires_at", "must be in the future").into());
    }
    if let Some(error) = input.password.as_deref().and_then(|text| check_rules("password", text, "")) {
        return Err(Invalid(vec![error]).into());
    }
    // Asked once, so that a link never leads to a refusal.
    reports::run(&app, &scope, ReportQuery { limit: Some(1), compare: None, ..input.query.clone() }).await?;
    let password_hash = match input.password {
        Some(password) => Some(app.passwords().hash(password).await?),
        None => None,
    };
    let token = random_token();
    let value = domain::ShareLink {
        id: ShareLinkId::random(app.now()),
        name: input.name,
        created_by: scope.actor,
        token_sha256: digest(&token),
        prefix: token[..PREFIX].to_owned(),
        query: serde_json::to_string(&input.query).map_err(Problem::internal)?,
        range_open: input.range_open,
        password_hash,
        expires_at: input.expires_at.map(|at| at.0),
    };
    let made = repo.create(&scope, value).await?;
    let url = format!("{}/shared/{token}", app.urls().admin);
    Ok(Created(shown(made, Some((token, url))).ok_or_else(unreadable)?))
}

/// Ends a link.
#[utoipa::path(delete, path = "/share-links/{id}", tag = "views", params(("id" = Id, Path)), responses((status = 204)),
    extensions(("x-role" = json!("editor"))))]
pub async fn delete_share_link(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<ShareLinkId>,
) -> Result<StatusCode, ApiError> {
    let repo = app.catalog().share_links();
    let found = repo.get(&scope, id).await?;
    repo.delete(&scope, id, found.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers a shared report. 401 `password_needed` without the right password, 404 for a link that has ended.
#[utoipa::path(post, path = "/shared/{token}/query", tag = "views", security(()), params(("token" = String, Path)),
    request_body = SharedQuery, responses((status = 200, body = SharedReport)), extensions(("x-role" = json!("public"))))]
pub async fn query_shared_report(
    State(app): State<App>,
    peer: Peer,
    signalbox_chassis::extract::ValidPath(token): signalbox_chassis::extract::ValidPath<String>,
    Input(asked): Input<SharedQuery>,
) -> Result<Json<SharedReport>, ApiError> {
    let link = open(&app, peer, &token, asked.password.clone()).await?;
    let locked: ReportQuery = serde_json::from_str(&link.value.query).map_err(|_| unreadable())?;
    let dimensions = locked.dimensions.clone();
    let query = within(&link.value, locked, asked)?;
    // As somebody who may only read, and only this.
    let scope = Scope { workspace: link.workspace, role: Role::Viewer, actor: Actor::System };
    let report = reports::run(&app, &scope, query).await?;
    let (name, range_open) = (link.value.name, link.value.range_open);
    Ok(Json(SharedReport { name, dimensions, range_open, report }))
}

/// The link of a token, when it has not ended and the password fits.
async fn open(
    app: &App,
    peer: Peer,
    token: &str,
    password: Option<String>,
) -> Result<Stored<domain::ShareLink>, ApiError> {
    let gone = || ApiError::from(Problem::not_found("shared report"));
    // Tokens cannot be guessed; whoever tries many is slowed down all the same.
    let strangers = Key { address: peer.address, account: "shared reports", device: None };
    app.login_limits().admit(strangers)?;
    let found = app.catalog().share_links().find_by_token(SYSTEM, &digest(token)).await?;
    let Some(link) = found.filter(|link| link.value.expires_at.is_none_or(|at| at > app.now())) else {
        app.login_limits().failed(strangers);
        return Err(gone());
    };
    let Some(hash) = link.value.password_hash.clone() else { return Ok(link) };
    let account = format!("share-link {}", link.id);
    let key = Key { address: peer.address, account: &account, device: None };
    let wrong = |detail: &str| ApiError::from(Problem::unauthorized(detail).with_code("password_needed"));
    let Some(password) = password else { return Err(wrong("This report needs a password")) };
    let admit = || app.login_limits().admit(key);
    if !app.passwords().verify(Who::Stranger, Some(hash), password, admit).await? {
        app.login_limits().failed(key);
        return Err(wrong("This is not the password of the report"));
    }
    app.login_limits().succeeded(key);
    Ok(link)
}

/// What is asked, inside what the link allows: its filters hold, nothing is shown that it does not name.
fn within(
    link: &domain::ShareLink,
    locked: ReportQuery,
    asked: SharedQuery,
) -> Result<ReportQuery, ApiError> {
    let refuse = |field: &str, reason: &str| ApiError::from(Problem::invalid_field(field, reason));
    if let Some(other) = asked.dimensions.iter().flatten().find(|key| !locked.dimensions.contains(key)) {
        return Err(refuse("dimensions", &format!("{other} is not part of this report")));
    }
    if asked.range.is_some() && !link.range_open {
        return Err(refuse("range", "is fixed for this report"));
    }
    if asked.timezone.is_some() && !link.range_open {
        return Err(refuse("timezone", "is fixed for this report"));
    }
    let query = ReportQuery {
        dimensions: asked.dimensions.unwrap_or_else(|| locked.dimensions.clone()),
        range: asked.range.unwrap_or_else(|| locked.range.clone()),
        timezone: asked.timezone.or_else(|| locked.timezone.clone()),
        sort: asked.sort.unwrap_or_else(|| locked.sort.clone()),
        limit: asked.limit.or(locked.limit),
        offset: asked.offset.unwrap_or(locked.offset),
        ..locked
    };
    // A sort by a dimension that was left out would be refused for the wrong reason.
    let sorts = query.sort.iter().filter(|sort| {
        query.dimensions.contains(&sort.key)
            || query.metrics.contains(&sort.key)
            || query.metrics.is_empty()
            || query.granularity.is_some_and(|step: Granularity| step.dimension() == sort.key)
    });
    let sort = sorts.cloned().collect();
    let _ = resolve(&query.range, &TimeZone::UTC)?;
    Ok(ReportQuery { sort, ..query })
}

fn shown(stored: Stored<domain::ShareLink>, secret: Option<(String, String)>) -> Option<ShareLink> {
    let (created_at, value) = (stored.created_at.into(), stored.value);
    let (token, url) = secret.unzip();
    Some(ShareLink {
        id: value.id,
        created_at,
        name: value.name,
        prefix: value.prefix,
        query: serde_json::from_str(&value.query).ok()?,
        range_open: value.range_open,
        has_password: value.password_hash.is_some(),
        expires_at: value.expires_at.map(Into::into),
        token,
        url,
    })
}

fn unreadable() -> ApiError {
    Problem::internal("a share link cannot be read").into()
}
