//! `/templates`: traffic sources and affiliate networks that are known already.

use super::prelude::*;
use crate::{
    templates,
    types::{NetworkTemplate, SourceTemplate},
};

/// Lists templates of traffic sources; fixed for a version of the program.
#[utoipa::path(get, path = "/templates/sources", tag = "sources", responses((status = 200, body = Vec<SourceTemplate>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_source_templates(CanRead(_scope): CanRead) -> Json<&'static [SourceTemplate]> {
    Json(templates::sources())
}

/// Lists templates of affiliate networks; fixed for a version of the program.
#[utoipa::path(get, path = "/templates/networks", tag = "networks", responses((status = 200, body = Vec<NetworkTemplate>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_network_templates(CanRead(_scope): CanRead) -> Json<&'static [NetworkTemplate]> {
    Json(templates::networks())
}
