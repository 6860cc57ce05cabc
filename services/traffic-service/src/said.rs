//! Events said about a click, by its link, on its landing page or by whoever has its key: numbers that the postback service folds.
//!
//! They are kept in the journal of postbacks after the click itself is in that of clicks, so that whoever judges them finds it.

use crate::{app::App, visit::cut};
use signalbox_chassis::warn_limited;
use signalbox_domain::{AffiliateNetworkId, CampaignId, ClickId, EventChange, Timestamp, WorkspaceId};
use signalbox_engine::Query;
use signalbox_events::wire::{HeadPosition, KEY_CAMPAIGN, PostbackRawV1, Record};
use std::{borrow::Cow, net::IpAddr};

/// Most parameters of events that one request may bring; further ones are left out.
const PARAMETERS_MAX: usize = 60;

/// What a request said about the events of a click.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    about: ClickId,
    workspace: WorkspaceId,
    /// Whose key the sender has, where it is not known that the click is of that campaign.
    key_of: Option<CampaignId>,
    at: Timestamp,
    ip: IpAddr,
    /// Names and values as sent; only those that can be read.
    parameters: Vec<(String, String)>,
}

/// Whether a query says anything about events.
pub(crate) fn says_events(query: &Query<'_>) -> bool {
    events_of(query).next().is_some()
}

fn events_of<'q>(query: &'q Query<'_>) -> impl Iterator<Item = (&'q str, &'q str)> {
    query
        .iter()
        .filter(|(name, value)| EventChange::of_parameter(name, value).is_some_and(|said| said.is_ok()))
}

impl Said {
    /// What `query` says about the events of this click; `None`, as mostly, when it says nothing.
    pub(crate) fn of(
        query: &Query<'_>,
        (about, workspace): (ClickId, WorkspaceId),
        (ip, at): (IpAddr, Timestamp),
    ) -> Option<Box<Self>> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), cut(value, 60).to_owned());
        let parameters: Vec<_> = events_of(query).take(PARAMETERS_MAX).map(owned).collect();
        (!parameters.is_empty())
            .then(|| Box::new(Self { about, workspace, key_of: None, at, ip, parameters }))
    }

    /// The same, said by whoever has the key of a campaign: it counts when the click turns out to be of it.
    pub(crate) fn with_key_of(mut self: Box<Self>, campaign: CampaignId) -> Box<Self> {
        self.key_of = Some(campaign);
        self
    }

    /// Appends it for the postback service. The click must be in its journal by now.
    pub(crate) async fn keep(&self, app: &App) {
        let Some(journal) = &app.events else {
            app.metrics.lost("events").increment(1);
            warn_limited!(
                6,
                "events of a click were not kept: no event log carries them to the postback service"
            );
            return;
        };
        let kept = match self.record(app).encode() {
            Ok(record) => {
                journal.append_with(&record, app.durability).await.map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = kept {
            app.metrics.lost("events").increment(1);
            warn_limited!(6, %error, "events of a click could not be journaled");
        }
    }

    fn record(&self, app: &App) -> Record<'_> {
        let id = (Cow::Borrowed("click_id"), Cow::Owned(self.about.to_string()));
        let events = self.parameters.iter().map(|(name, value)| (name.into(), value.into()));
        let key = self.key_of.map(|campaign| (Cow::Borrowed(KEY_CAMPAIGN), Cow::Owned(campaign.to_string())));
        Record::EventsRaw(PostbackRawV1 {
            at: self.at,
            workspace: self.workspace,
            network: AffiliateNetworkId::NONE,
            method: Cow::Borrowed("GET"),
            parameters: std::iter::once(id).chain(events).chain(key).collect(),
            ip: self.ip,
            user_agent: Cow::Borrowed(""),
            heads: vec![HeadPosition { journal: app.clicks.id().get(), head: app.clicks.head() }],
        })
    }
}
