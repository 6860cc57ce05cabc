//! What other services tell about the present, read from the catalog twice a second: totals, visitors that converted, health.
//!
//! With the catalog down everything goes on with what was read last.

use crate::app::App;
use signalbox_catalog::{Error as CatalogError, SystemScope};
use signalbox_chassis::warn_limited;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("state of the present for routing");
const EVERY: Duration = Duration::from_millis(500);
/// How long totals wait for this node to have read as much of its own journal; it reads every 50 ms.
const CATCH_UP_MAX: Duration = Duration::from_secs(1);
const CATCH_UP_POLL: Duration = Duration::from_millis(10);

/// Reads until told to stop.
pub(crate) async fn follow(app: Arc<App>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = read(&app).await {
            warn_limited!(6, %error, "the catalog does not tell the present; counters go on with what this node knows");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Reads what has changed.
pub(crate) async fn read(app: &App) -> Result<(), CatalogError> {
    totals(app).await?;
    converted(app).await?;
    let report = app.catalog.live().health(SYSTEM).await?;
    app.workings.report(report.value);
    Ok(())
}

async fn totals(app: &App) -> Result<(), CatalogError> {
    let live = app.catalog.live();
    let known = app.counters.versions();
    for (number, version) in live.totals_versions(SYSTEM).await? {
        if known.get(&number) == Some(&version) {
            continue;
        }
        if let Some(found) = live.find_totals(SYSTEM, number).await? {
            // What the totals include must not be waited for here as well.
            let position = app.counters.position_in(&found.value).min(app.clicks.head());
            let deadline = Instant::now() + CATCH_UP_MAX;
            while app.counters.position() < position && Instant::now() < deadline {
                tokio::time::sleep(CATCH_UP_POLL).await;
            }
            app.counters.publish(number, found.version, found.value);
        }
    }
    Ok(())
}

async fn converted(app: &App) -> Result<(), CatalogError> {
    let live = app.catalog.live();
    let (head, known) = (live.converted_head(SYSTEM).await?.value, app.converted.head());
    if head == known || head.version == 0 {
        return Ok(());
    }
    for number in head.first..=head.last {
        // Batches before the newest do not grow any more.
        let complete = number < known.last && app.converted.len_of(number) > 0;
        if complete {
            continue;
        }
        if let Some(found) = live.find_converted(SYSTEM, number).await? {
            let from = app.converted.len_of(number);
            app.converted.extend(number, found.value.visitors(from));
        }
    }
    app.converted.read_up_to(head);
    Ok(())
}
