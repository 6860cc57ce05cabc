//! Metrics of the hot path. Handles are made at the start; no label is looked up for a click.

use metrics::{Counter, Gauge, counter, gauge};
use signalbox_engine::Outcome;

/// Handles.
pub(crate) struct Metrics {
    clicks: [Counter; 10],
    /// Requests refused because too many were worked on.
    pub(crate) shed: Counter,
    /// Requests that no campaign answers.
    pub(crate) not_found: Counter,
    /// Cost parameters that were no amounts.
    pub(crate) cost_refused: Counter,
    /// Landing clicks answered with a destination.
    pub(crate) landing_clicks: Counter,
    /// Landing clicks whose click is not known here any more.
    pub(crate) landing_unknown: Counter,
    /// Landing clicks that went on by their token alone.
    pub(crate) landing_by_token: Counter,
    /// Clicks that were answered and not kept, as their stream or bot policy says.
    pub(crate) not_collected: Counter,
    /// Landing pages of our own that were to be shown and were not there.
    pub(crate) hosted_missing: Counter,
    /// Conversions received on the tracking domain.
    pub(crate) conversions: Counter,
    /// Requests of the Click API that named no campaign.
    pub(crate) api_refused: Counter,
    /// Revision of the snapshot in use.
    pub(crate) snapshot_revision: Gauge,
    /// Streams, campaigns and other parts left out of the snapshot.
    pub(crate) snapshot_problems: Gauge,
    /// Seconds since the configuration was last known to be current.
    pub(crate) snapshot_age: Gauge,
    /// Entries in the memory of visitors.
    pub(crate) seen_entries: Gauge,
    /// Bytes that the memory of visitors takes.
    pub(crate) seen_bytes: Gauge,
    /// Entries forgotten at the bound although they had not ended.
    pub(crate) seen_forgotten: Counter,
    /// Clicks decided again because another was counted at the same moment.
    pub(crate) decided_again: Counter,
    /// Destinations out of rotation by their health or their loss.
    pub(crate) destinations_out: Gauge,
    /// Requests worked on now.
    pub(crate) in_flight: Gauge,
}

impl Metrics {
    /// Registers every metric of this service.
    pub(crate) fn new() -> Self {
        let clicks = |outcome: &'static str| counter!("traffic_clicks_total", "outcome" => outcome);
        Self {
            clicks: [
                clicks("routed"),
                clicks("no_stream"),
                clicks("no_destination"),
                clicks("campaign_paused"),
                clicks("not_found"),
                clicks("answered"),
                clicks("cap_reached"),
                clicks("exhausted"),
                clicks("loop"),
                clicks("bot"),
            ],
            shed: counter!("traffic_shed_total"),
            not_found: counter!("traffic_not_found_total"),
            cost_refused: counter!("traffic_cost_parameter_refused_total"),
            landing_clicks: counter!("traffic_landing_clicks_total"),
            landing_unknown: counter!("traffic_landing_clicks_unknown_total"),
            landing_by_token: counter!("traffic_landing_clicks_by_token_total"),
            not_collected: counter!("traffic_clicks_not_collected_total"),
            hosted_missing: counter!("traffic_hosted_landings_missing_total"),
            conversions: counter!("traffic_conversions_received_total"),
            api_refused: counter!("traffic_click_api_refused_total"),
            snapshot_revision: gauge!("traffic_snapshot_revision"),
            snapshot_problems: gauge!("traffic_snapshot_problems"),
            snapshot_age: gauge!("traffic_snapshot_age_seconds"),
            seen_entries: gauge!("traffic_unique_entries"),
            seen_bytes: gauge!("traffic_unique_bytes"),
            seen_forgotten: counter!("traffic_unique_forgotten_total"),
            decided_again: counter!("traffic_clicks_decided_again_total"),
            destinations_out: gauge!("traffic_destinations_out"),
            in_flight: gauge!("traffic_in_flight"),
        }
    }

    /// Counter of clicks with this outcome.
    pub(crate) const fn clicks(&self, outcome: Outcome) -> &Counter {
        &self.clicks[match outcome {
            Outcome::Routed => 0,
            Outcome::NoStream => 1,
            Outcome::NoDestination => 2,
            Outcome::CampaignPaused => 3,
            Outcome::NotFound => 4,
            Outcome::Answered => 5,
            Outcome::CapReached => 6,
            Outcome::Exhausted => 7,
            Outcome::Loop => 8,
            Outcome::Bot => 9,
        }]
    }

    /// Counter of clicks that were redirected but not kept. Rare, so the label is looked up.
    pub(crate) fn lost(&self, reason: &'static str) -> Counter {
        counter!("traffic_clicks_lost_total", "reason" => reason)
    }
}
