//! Postbacks for clicks that were cleared as test data, or erased: they make nothing any more, and are told why.

use super::{Judge, JudgeError, Judged};
use crate::{attribute::Attribution, config::Config};
use signalbox_domain::{ClickId, WorkspaceId};

impl Judge {
    /// The verdict when the click is gone because somebody wanted that, with the workspace in which it was. `workspaces` are those in which
    /// it was looked for.
    pub(super) async fn refused_as_gone(
        &self,
        config: &Config,
        workspaces: &[WorkspaceId],
        id: ClickId,
        found: &Attribution,
    ) -> Result<Option<(WorkspaceId, Judged)>, JudgeError> {
        let looked_in = match found {
            Attribution::Found(click) => std::slice::from_ref(&click.dims.workspace),
            Attribution::Unknown | Attribution::Wait => workspaces,
        };
        let erased = config.erased_in(&self.catalog, looked_in, id).await?;
        Ok(match erased {
            Some(workspace) => Some((workspace, Judged::erased().about_click(id))),
            None => refused_as_cleared(config, workspaces, id, found),
        })
    }
}

/// The verdict when the click was cleared, or was probably one of those that were: it is gone, and with it what it was.
fn refused_as_cleared(
    config: &Config,
    workspaces: &[WorkspaceId],
    id: ClickId,
    found: &Attribution,
) -> Option<(WorkspaceId, Judged)> {
    let cleared = |workspace, of_click| {
        let clearing = config.clearing_of(workspace, of_click)?;
        Some((workspace, Judged::cleared(clearing, of_click.1.is_some()).about_click(id)))
    };
    match found {
        Attribution::Found(click) => cleared(click.dims.workspace, (click.at, Some(click.dims.campaign))),
        Attribution::Unknown => {
            workspaces.iter().find_map(|workspace| cleared(*workspace, (id.timestamp(), None)))
        }
        Attribution::Wait => None,
    }
}
