//! Reading the figure that an alert watches.

use super::judge::Reading;
use crate::{
    app::App,
    error::{ApiError, reports_unavailable},
    handlers::reports::{counted, read},
    types::{AlertQuery, Range, ReportQuery},
};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Alert, AlertSubject, Scope, Timestamp};
use signalbox_warehouse::report::Value;

/// What an alert watches, as it is at `now`.
pub async fn reading(app: &App, scope: &Scope, alert: &Alert, now: Timestamp) -> Reading {
    if alert.channels.is_empty() {
        return Reading::Failed("the receivers cannot be opened with this node's secret key".to_owned());
    }
    figures(app, scope, alert, now).await.unwrap_or_else(|error| Reading::Failed(error.reason()))
}

/// The same, with what is wrong by field.
///
/// # Errors
/// 422 for a metric or filter that is not known, 503 while the analytics database does not answer.
pub async fn figures(app: &App, scope: &Scope, alert: &Alert, now: Timestamp) -> Result<Reading, ApiError> {
    let asked: AlertQuery = serde_json::from_str(&alert.query).map_err(Problem::internal)?;
    let window = i64::from(alert.window_minutes) * 60_000;
    let value = figure(app, scope, (alert, &asked), (now.plus_ms(-window), now)).await?;
    let before = match alert.subject {
        AlertSubject::Value => None,
        AlertSubject::Change => {
            let range = (now.plus_ms(-2 * window), now.plus_ms(-window));
            figure(app, scope, (alert, &asked), range).await?
        }
    };
    Ok(Reading::Figures { value, before })
}

async fn figure(
    app: &App,
    scope: &Scope,
    (alert, asked): (&Alert, &AlertQuery),
    (from, to): (Timestamp, Timestamp),
) -> Result<Option<String>, ApiError> {
    let query = ReportQuery {
        metrics: vec![alert.metric.clone()],
        filters: asked.filters.clone(),
        basis: asked.basis,
        bots: asked.bots,
        range: Range { token: None, from: Some(from.to_rfc3339()), to: Some(to.to_rfc3339()) },
        ..ReportQuery::default()
    };
    let asked = read(app, scope, query).await?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let answer = counted(warehouse.report(scope, &asked.query, app.now()).await)?;
    Ok(answer.totals.into_iter().next().and_then(|value| match value {
        Value::Null => None,
        Value::Count(count) => Some(count.to_string()),
        Value::Money(money) => Some(money.to_string()),
        Value::Number(text) => Some(text),
    }))
}
