//! Where the journals of clicks stand, so that a postback is judged once every click before it has been seen.

use signalbox_chassis::warn_limited;
use signalbox_events::{EventSource, Journal, Stream, wire::HeadPosition};
use std::{sync::Arc, time::Duration};

/// How long an answer waits to learn where the click journals stand: a network does not wait long.
const HEADS_MAX: Duration = Duration::from_secs(2);

/// Asks the journals of clicks.
#[derive(Clone)]
pub(crate) struct ClickHeads {
    pub(crate) clicks: Arc<dyn EventSource>,
    /// The journal of clicks of this process.
    pub(crate) own: Option<Journal>,
}

impl ClickHeads {
    /// Where the click journals stand: every click answered before now is before these. What this process has journaled itself counts even
    /// before the event log has it; else a conversion that comes while that is away would be taken for one without a click.
    pub(crate) async fn now(&self) -> Vec<HeadPosition> {
        let asked = match tokio::time::timeout(HEADS_MAX, self.clicks.journals()).await {
            Ok(asked) => asked.map_err(|error| error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        };
        let journals = asked.unwrap_or_else(|error| {
            warn_limited!(6, %error, "the click journals cannot be asked; the postback will be judged by what is known later");
            Vec::new()
        });
        let mut heads: Vec<_> = journals
            .into_iter()
            .filter(|journal| journal.stream == Stream::Clicks)
            .map(|journal| HeadPosition { journal: journal.id.get(), head: journal.head })
            .collect();
        if let Some(own) = &self.own {
            let journal = own.id().get();
            heads.retain(|head| head.journal != journal);
            heads.push(HeadPosition { journal, head: own.head() });
        }
        heads
    }
}
