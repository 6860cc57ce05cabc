//! What is kept about reports and costs.

use signalbox_catalog::{Catalog, Error, JobKind, PageRequest, SystemScope};
use signalbox_domain::*;

use super::suite::scope;

const SYSTEM: SystemScope = SystemScope::new("reporting tests");

fn other() -> Scope {
    Scope::system(WorkspaceId(77))
}

fn correction(number: u64, key: Option<&str>) -> CostCorrection {
    let money = |text: &str| text.parse::<Money>().unwrap();
    CostCorrection {
        id: CostCorrectionId(number),
        created_by: Actor::System,
        origin: CostOrigin::Api,
        from: Timestamp(1),
        to: Timestamp(2),
        timezone: "UTC".to_owned(),
        filters: "[]".to_owned(),
        bots: CostBots::Exclude,
        only_unique: false,
        spread: CostSpread::Total,
        amount: money("12.5"),
        currency: "EUR".parse().unwrap(),
        converted: money("13.75"),
        adds: false,
        note: String::new(),
        idempotency_key: key.map(str::to_owned),
        state: CostState::Waiting,
        clicks: 0,
        before: Money::ZERO,
        after: Money::ZERO,
        order: 0,
        applied_at: None,
        undone_at: None,
    }
}

/// A request is stored once, what waits is found, and nothing of it is seen elsewhere.
pub async fn a_correction_of_costs_is_stored_once_and_found_while_it_waits(catalog: &Catalog) {
    let (costs, scope, now) = (catalog.costs(), scope(), Timestamp(1_000));
    let first = costs.create(&scope, &correction(1, Some("may")), now).await.unwrap();
    let again = costs.create(&scope, &correction(2, Some("may")), now).await.unwrap_err();
    assert!(matches!(again, Error::Conflict { field: "idempotency_key", .. }), "{again}");
    costs.create(&other(), &correction(3, Some("may")), now).await.unwrap();
    costs.create(&scope, &correction(4, None), now).await.unwrap();
    costs.create(&scope, &correction(5, None), now).await.unwrap();
    assert_eq!(costs.find_by_key(&scope, "may").await.unwrap().unwrap().value, first.value);
    assert_eq!(costs.find_by_key(&scope, "june").await.unwrap(), None);
    assert_eq!(costs.find(&scope, CostCorrectionId(3)).await.unwrap(), None, "another workspace's");
    let backwards = CostCorrection { to: Timestamp(0), ..correction(6, None) };
    assert!(matches!(costs.create(&scope, &backwards, now).await, Err(Error::Rejected(_))));

    let newest = PageRequest { newest_first: true, ..PageRequest::default() };
    let ids = |listed: signalbox_catalog::Listed<CostCorrection>| -> Vec<u64> {
        listed.items.iter().map(|stored| stored.value.id.0).collect()
    };
    assert_eq!(ids(costs.list(&scope, &newest).await.unwrap()), [5, 4, 1]);
    let open = async || {
        let mut open = ids(costs.list_open(SYSTEM, Timestamp(1_001), &PageRequest::largest()).await.unwrap());
        open.sort_unstable();
        open
    };
    assert_eq!(open().await, [1, 3, 4, 5]);
    let early = costs.list_open(SYSTEM, Timestamp(1_000), &PageRequest::largest()).await.unwrap();
    assert!(early.items.is_empty(), "not before its time");
    let done = CostCorrection { state: CostState::Applied, clicks: 3, ..first.value.clone() };
    costs.update(&scope, first.version, (&done, now)).await.unwrap();
    assert_eq!(open().await, [3, 4, 5]);
    let late = costs.update(&scope, first.version, (&done, now)).await.unwrap_err();
    assert!(matches!(late, Error::VersionMismatch { .. }));
    let viewer = Scope { role: Role::Viewer, ..scope };
    assert!(matches!(costs.create(&viewer, &correction(9, None), now).await, Err(Error::Forbidden { .. })));
}

/// The last name of what is gone, in its workspace only.
pub async fn names_outlive_what_they_named(catalog: &Catalog) {
    let (graves, scope) = (catalog.graves(), scope());
    graves.bury(&scope, ("campaigns", "7"), "Summer").await.unwrap();
    graves.bury(&scope, ("campaigns", "7"), "Autumn").await.unwrap();
    assert_eq!(graves.find(&scope, ("campaigns", "7")).await.unwrap().as_deref(), Some("Autumn"));
    assert_eq!(graves.find(&scope, ("streams", "7")).await.unwrap(), None);
    assert_eq!(graves.find(&other(), ("campaigns", "7")).await.unwrap(), None);
}

/// Keys are unique in a workspace, tokens everywhere.
pub async fn own_metrics_and_links_are_told_apart(catalog: &Catalog) {
    let metric = |number: u64| CustomMetric {
        id: CustomMetricId(number),
        key: "custom_net".to_owned(),
        title: "Net".to_owned(),
        description: String::new(),
        formula: "profit".to_owned(),
        format: MetricFormat::Money,
        decimals: 2,
    };
    let metrics = catalog.custom_metrics();
    metrics.create(&scope(), metric(1)).await.unwrap();
    let twice = metrics.create(&scope(), metric(2)).await.unwrap_err();
    assert!(matches!(twice, Error::Conflict { field: "key", .. }), "{twice}");
    metrics.create(&other(), metric(3)).await.unwrap();

    let link = |number: u64| ShareLink {
        id: ShareLinkId(number),
        name: "Client".to_owned(),
        created_by: Actor::System,
        token_sha256: "5e88".to_owned(),
        prefix: "abc".to_owned(),
        query: "{}".to_owned(),
        range_open: false,
        password_hash: None,
        expires_at: Some(Timestamp(9)),
    };
    let links = catalog.share_links();
    let made = links.create(&scope(), link(1)).await.unwrap();
    assert!(matches!(links.create(&other(), link(2)).await, Err(Error::Conflict { .. })));
    let found = links.find_by_token(SYSTEM, "5e88").await.unwrap().unwrap();
    assert_eq!((found.value, found.workspace), (made.value, scope().workspace));
    assert_eq!(links.find_by_token(SYSTEM, "5e89").await.unwrap(), None);
}

/// One holder at a time, and what is remembered stays in its workspace.
pub async fn recurring_work_is_done_by_one_and_remembered_by_workspace(catalog: &Catalog) {
    let jobs = catalog.jobs();
    let lease = |holder: &'static str, now: i64| async move {
        let until = Timestamp(now + 20);
        catalog.jobs().lease(SYSTEM, (JobKind::Alerts, holder), (Timestamp(now), until)).await.unwrap()
    };
    assert!(lease("a", 100).await);
    assert!(!lease("b", 119).await, "somebody is at it");
    assert!(lease("a", 119).await, "and goes on");
    assert!(!lease("b", 138).await);
    assert!(lease("b", 139).await, "until it stops");
    assert!(!lease("a", 140).await);
    let until = Timestamp(999);
    assert!(jobs.lease(SYSTEM, (JobKind::Exports, "a"), (Timestamp(140), until)).await.unwrap());

    let job = (JobKind::Alerts, "one");
    let (none, version) = jobs.find::<AlertState>(&scope(), job).await.unwrap();
    assert_eq!((none, version), (AlertState::default(), 0));
    let state = AlertState { status: AlertStatus::Firing, open: true, ..AlertState::default() };
    let version = jobs.replace(&scope(), (job.0, job.1, 0), &state).await.unwrap();
    let late = jobs.replace(&scope(), (job.0, job.1, 0), &state).await.unwrap_err();
    assert!(matches!(late, Error::VersionMismatch { .. }), "{late}");
    jobs.replace(&scope(), (job.0, job.1, version), &state).await.unwrap();
    assert_eq!(jobs.find::<AlertState>(&scope(), job).await.unwrap().0, state);
    assert_eq!(
        jobs.list::<AlertState>(&scope(), JobKind::Alerts).await.unwrap(),
        [("one".to_owned(), state)]
    );
    assert_eq!(jobs.list::<AlertState>(&other(), JobKind::Alerts).await.unwrap(), []);
    assert_eq!(jobs.find::<AlertState>(&other(), job).await.unwrap().1, 0);
    jobs.forget(&other(), job).await.unwrap();
    jobs.forget(&scope(), job).await.unwrap();
    assert_eq!(jobs.find::<AlertState>(&scope(), job).await.unwrap().1, 0);
}
