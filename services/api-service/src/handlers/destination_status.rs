//! `/destinations/{id}/status`: health, caps and loss rule of a destination at this moment.

use super::prelude::*;
use crate::{
    present::Present,
    types::{CapUsage, Counts, DestinationStatus, HealthStatus, LossStatus, OutReason},
};
use jiff::tz::TimeZone;
use signalbox_catalog::live::DestinationHealth;
use signalbox_domain::{Destination, DestinationId, DestinationState, Series, Subject, Tally, Timestamp};
use signalbox_engine::{cap_since, loss, schedule_is_open};
use std::collections::BTreeSet;

const HOUR_MS: i64 = 3_600_000;

/// Returns how a destination stands at this moment: whether its health check holds, how much of its caps is used, whether its loss rule
/// took it out. As told by postback-service about once a second; a traffic node may know a little more.
#[utoipa::path(get, path = "/destinations/{id}/status", tag = "destinations", params(("id" = Id, Path)),
    responses((status = 200, body = DestinationStatus)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_destination_status(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<DestinationId>,
) -> Result<Json<DestinationStatus>, ApiError> {
    let catalog = app.catalog();
    let destination = catalog.destinations().get(&scope, id).await?.value;
    let workspace = catalog.workspaces().get(&scope, scope.workspace).await?.value;
    let timezone = TimeZone::get(&workspace.timezone).unwrap_or(TimeZone::UTC);
    let subject = Subject::Destination(id);
    let present = Present::load(catalog, BTreeSet::from([subject])).await?;
    let health = present.health.destinations.get(&id);
    let down = present.health.is_down(id, app.now());
    Ok(Json(status(&destination, &timezone, (present.series(subject), health, down), app.now())))
}

fn status(
    destination: &Destination,
    timezone: &TimeZone,
    (series, health, down): (Series, Option<&DestinationHealth>, bool),
    now: Timestamp,
) -> DestinationStatus {
    let caps: Vec<CapUsage> = destination
        .caps
        .iter()
        .map(|cap| {
            let since = cap_since(cap, timezone, now);
            let counted = series.since(since, cap.measure);
            let reached = counted >= cap.limit;
            CapUsage { cap: cap.clone().into(), counted, since: since.map(Into::into), reached }
        })
        .collect();
    let loss = destination.loss_rule.as_ref().map(|rule| LossStatus {
        counts: (&window(&series, now.plus_ms(-i64::from(rule.window_hours) * HOUR_MS))).into(),
        out: loss::holds(rule, &series, now),
    });
    let checked = health.filter(|_| destination.health.is_some());
    let open = destination.schedule.as_ref().is_none_or(|it| schedule_is_open(it, timezone, now));
    let out = match &loss {
        _ if checked.is_some() && down => Some(OutReason::Unhealthy),
        Some(loss) if loss.out => Some(OutReason::Loss),
        _ => None,
    };
    let counted = !destination.caps.is_empty() || loss.is_some();
    DestinationStatus {
        destination_id: destination.id,
        takes_traffic: destination.state == DestinationState::Active
            && open
            && out.is_none()
            && !caps.iter().any(|cap| cap.reached),
        out,
        open,
        health: checked.map(describe_health),
        caps,
        loss,
        ever: counted.then(|| Counts::from(series.ever())),
    }
}

fn window(series: &Series, since: Timestamp) -> Tally {
    use signalbox_domain::Measure as M;
    let whole = |measure| {
        i64::try_from(series.since(Some(since), measure).nanos() / 1_000_000_000).unwrap_or(i64::MAX)
    };
    Tally {
        clicks: whole(M::Clicks),
        conversions: whole(M::Conversions),
        cost: series.since(Some(since), M::Cost),
        revenue: series.since(Some(since), M::Revenue),
    }
}

fn describe_health(health: &DestinationHealth) -> HealthStatus {
    HealthStatus {
        up: health.up,
        since: health.since.into(),
        checked_at: health.checked_at.into(),
        failures: health.failures,
        last_error: health.last_error.clone(),
    }
}
