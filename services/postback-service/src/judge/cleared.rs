//! Postbacks for clicks that were cleared as test data: they make nothing any more, and are told why.

use super::Judged;
use crate::{attribute::Attribution, config::Config};
use signalbox_domain::{ClickId, WorkspaceId};

/// The verdict when the click was cleared, or was probably one of those that were: it is gone, and with it what it was. `workspaces` are
/// those in which it was looked for; with the one that cleared it.
pub(super) fn refused(
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
