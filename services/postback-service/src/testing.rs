//! What tests of several parts begin with.

use signalbox_catalog::{Catalog, SystemScope};
use signalbox_domain::{Currency, Workspace, WorkspaceId};
use std::path::Path;

/// A catalog in this folder, with the workspace 1.
pub(crate) async fn catalog(folder: &Path) -> Catalog {
    let url = format!("sqlite:{}", folder.join("catalog.db").display());
    let catalog = Catalog::open(&url).await.unwrap();
    let workspace = Workspace {
        id: WorkspaceId(1),
        name: "W".to_owned(),
        currency: Currency::USD,
        timezone: "UTC".to_owned(),
        rates: Vec::new(),
        earlier_rates: Vec::new(),
        conversion_types: Vec::new(),
    };
    catalog.workspaces().create(SystemScope::new("tests"), workspace).await.unwrap();
    catalog
}
