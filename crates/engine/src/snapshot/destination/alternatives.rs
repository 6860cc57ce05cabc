//! Who gets the clicks of a destination that takes none: its alternative, and the alternative of that one, as far as there is no loop.

use super::CompiledDestination;
use crate::{Problem, problem::Report};
use rustc_hash::FxHashMap;
use signalbox_domain::DestinationId;

/// Most alternatives in a chain.
const CHAIN_MAX: usize = 20;

/// Fills in the chains. `wanted` is the alternative of each destination, at the same position.
pub(super) fn find(
    destinations: &mut [CompiledDestination],
    wanted: &[Option<DestinationId>],
    problems: &mut Vec<Problem>,
) {
    if wanted.iter().all(Option::is_none) {
        return;
    }
    let index: FxHashMap<_, _> = (0_u32..).zip(&*destinations).map(|(index, one)| (one.id, index)).collect();
    let mut next: Vec<Option<u32>> = Vec::with_capacity(destinations.len());
    for (destination, wanted) in destinations.iter().zip(wanted) {
        let workspace = destination.workspace;
        let mut report = Report { problems, workspace, campaign: None, stream: None };
        let found = wanted.and_then(|id| {
            let found = index.get(&id).copied();
            let found = found.filter(|found| destinations[*found as usize].workspace == workspace);
            if found.is_none() {
                let field = format!("destination {}: alternative_id", destination.id);
                report.left_out(field, format!("destination {id} does not exist or is invalid"));
            }
            found
        });
        next.push(found);
    }
    for start in 0..destinations.len() {
        let mut chain: Vec<u32> = Vec::new();
        let mut following = next[start];
        while let Some(one) = following {
            let again = one as usize == start || chain.contains(&one);
            if again || chain.len() == CHAIN_MAX {
                let destination = &destinations[start];
                let workspace = destination.workspace;
                let mut report = Report { problems, workspace, campaign: None, stream: None };
                let field = format!("destination {}: alternative_id", destination.id);
                report.warn(
                    field,
                    match again {
                        true => {
                            "the chain of alternatives comes back to itself: each is asked once".to_owned()
                        }
                        false => format!(
                            "the chain of alternatives has more than {CHAIN_MAX}: the rest is not asked"
                        ),
                    },
                );
                break;
            }
            chain.push(one);
            following = next[one as usize];
        }
        destinations[start].alternatives = chain.into();
    }
}
