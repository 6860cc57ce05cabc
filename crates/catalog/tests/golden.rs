//! The stored format of every kind of document is a file in `tests/golden`: what is written is exactly that,
//! and what lies there is read back whole. `tests/golden/minimal` holds the least that must stay readable.
//!
//! A change of a file is a change of the format of every installation: only add fields that older documents
//! may lack, and keep an older file under `minimal`. `UPDATE_GOLDEN=1` writes the files anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "support/samples.rs"]
mod samples;

use std::path::PathBuf;

use serde_json::{Value, json};
use signalbox_catalog::{
    Catalog, CollectionSpec, DeliveryState, Document, Entity, LeaseRequest, NewDelivery, NewDocument,
    RecordKeys, Repo, Stored, SystemScope, Tenant,
};
use signalbox_domain::{ClickId, ConversionId, Scope, Timestamp, Workspace};

const SYSTEM: SystemScope = SystemScope::new("golden files");

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.json"))
}

fn golden(name: &str) -> Value {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    serde_json::from_str(&text).unwrap()
}

/// Compares a stored document with its file.
fn pinned(name: &str, document: &Document) {
    let stored = json!({"schema": document.schema, "body": document.body});
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path(name), serde_json::to_string_pretty(&stored).unwrap() + "\n").unwrap();
    }
    assert_eq!(stored, golden(name), "{name}: the stored format changed");
}

async fn catalog() -> (Catalog, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let catalog =
        Catalog::open(&format!("sqlite:{}", home.path().join("catalog.db").display())).await.unwrap();
    (catalog, home)
}

fn spec(name: &str) -> &'static CollectionSpec {
    Catalog::collections().iter().copied().find(|spec| spec.name == name).unwrap()
}

async fn raw(catalog: &Catalog, collection: &str, id: &str) -> Document {
    catalog.store().find(Tenant::System(SYSTEM), spec(collection), id).await.unwrap().unwrap()
}

/// Puts a file's document into the store as if an earlier version had written it.
async fn plant(catalog: &Catalog, collection: &str, file: &str, id: &str, workspace: &str) {
    let file = golden(file);
    let schema = u16::try_from(file["schema"].as_u64().unwrap()).unwrap();
    let document = NewDocument {
        id: id.to_owned(),
        workspace: workspace.to_owned(),
        schema,
        body: file["body"].clone(),
    };
    catalog.store().insert(Tenant::System(SYSTEM), spec(collection), document).await.unwrap();
}

/// The sample is written as its file says, and a store that holds the file gives the sample.
async fn entity<T: Entity + PartialEq + std::fmt::Debug>(
    (catalog, other): (&Catalog, &Catalog),
    of: impl Fn(&Catalog) -> Repo<'_, T>,
    sample: T,
) {
    let name = T::spec().name;
    let home: &dyn Fn(&Catalog) -> signalbox_catalog::Access = &|_| match sample.home() {
        signalbox_catalog::Home::Scope => Scope::system(samples::id(1)).into(),
        _ => SYSTEM.into(),
    };
    of(catalog).create(home(catalog), sample.clone()).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    let document = raw(catalog, name, &sample.id().to_string()).await;
    pinned(name, &document);
    plant(other, name, name, &document.id, &document.workspace).await;
    let found: Stored<T> = of(other).get(SYSTEM, sample.id()).await.unwrap();
    assert_eq!(found.value, sample, "{name}");
}

#[tokio::test]
async fn entities_are_stored_as_pinned() {
    let ((a, _home_a), (b, _home_b)) = (catalog().await, catalog().await);
    let both = (&a, &b);
    entity(both, Catalog::workspaces, samples::workspace()).await;
    entity(both, Catalog::affiliate_networks, samples::affiliate_network()).await;
    entity(both, Catalog::traffic_sources, samples::traffic_source()).await;
    let scope = Scope::system(samples::id(1));
    a.destinations().create(&scope, samples::landing()).await.unwrap();
    entity(both, Catalog::destinations, samples::destination()).await;
    // Campaign and domain name each other: the domain first without its campaign.
    let mut bare = samples::domain();
    bare.default_campaign_id = None;
    let bare = a.domains().create(&scope, bare).await.unwrap();
    entity(both, Catalog::campaigns, samples::campaign()).await;
    a.domains().delete(&scope, samples::domain().id, bare.version).await.unwrap_err();
    a.domains().update(&scope, bare.version, samples::domain()).await.unwrap();
    let document = raw(&a, "domains", &samples::domain().id.to_string()).await;
    pinned("domains", &document);
    plant(&b, "domains", "domains", &document.id, &document.workspace).await;
    assert_eq!(b.domains().get(&scope, samples::domain().id).await.unwrap().value, samples::domain());
    entity(both, Catalog::outputs, samples::output()).await;
    entity(both, Catalog::users, samples::user()).await;
    entity(both, Catalog::api_keys, samples::api_key()).await;
}

#[tokio::test]
async fn an_output_that_is_a_conversion_api_is_stored_as_pinned() {
    let ((a, _home_a), (b, _home_b)) = (catalog().await, catalog().await);
    let (scope, sample) = (Scope::system(samples::id(1)), samples::conversion_api_output());
    a.outputs().create(&scope, sample.clone()).await.unwrap();
    let document = raw(&a, "outputs", &sample.id.to_string()).await;
    pinned("outputs_conversion_api", &document);
    plant(&b, "outputs", "outputs_conversion_api", &document.id, &document.workspace).await;
    assert_eq!(b.outputs().get(&scope, sample.id).await.unwrap().value, sample);
}

#[tokio::test]
async fn what_is_kept_about_reports_is_stored_as_pinned() {
    let ((a, _home_a), (b, _home_b)) = (catalog().await, catalog().await);
    let both = (&a, &b);
    entity(both, Catalog::custom_metrics, samples::custom_metric()).await;
    entity(both, Catalog::saved_views, samples::saved_view()).await;
    entity(both, Catalog::share_links, samples::share_link()).await;
    entity(both, Catalog::alerts, samples::alert()).await;
    entity(both, Catalog::rate_fetches, samples::rate_fetch()).await;
    entity(both, Catalog::retention, samples::retention()).await;
    entity(both, Catalog::clearings, samples::clearing()).await;
    entity(both, Catalog::erasures, samples::erasure()).await;
    entity(both, Catalog::scheduled_exports, samples::scheduled_export()).await;
    let scope = Scope::system(samples::id(1));
    let sample = samples::cost_correction();
    a.costs().create(&scope, &sample, Timestamp(5)).await.unwrap();
    let document = raw(&a, "cost_corrections", &sample.id.to_string()).await;
    pinned("cost_corrections", &document);
    plant(&b, "cost_corrections", "cost_corrections", &document.id, &document.workspace).await;
    assert_eq!(b.costs().find(&scope, sample.id).await.unwrap().unwrap().value, sample);
    a.graves().bury(&scope, ("campaigns", "7"), "Summer").await.unwrap();
    pinned("graves", &raw(&a, "graves", "campaigns/7").await);
}

#[tokio::test]
async fn the_least_that_was_ever_stored_is_still_read() {
    let (catalog, _home) = catalog().await;
    let home = samples::id::<signalbox_domain::WorkspaceId>(1).to_string();
    for (kind, id, workspace) in [
        ("workspaces", home.clone(), home.as_str()),
        ("domains", samples::domain().id.to_string(), home.as_str()),
        ("campaigns", samples::campaign().id.to_string(), home.as_str()),
        ("destinations", samples::destination().id.to_string(), home.as_str()),
        ("traffic_sources", samples::traffic_source().id.to_string(), home.as_str()),
        ("affiliate_networks", samples::affiliate_network().id.to_string(), home.as_str()),
        ("outputs", samples::output().id.to_string(), home.as_str()),
        ("users", samples::user().id.to_string(), ""),
        ("api_keys", samples::api_key().id.to_string(), home.as_str()),
    ] {
        plant(&catalog, kind, &format!("minimal/{kind}"), &id, workspace).await;
    }
    let routing = catalog.load_routing(SYSTEM).await.unwrap();
    assert_eq!(routing.problems, []);
    let counts = [
        routing.workspaces.len(),
        routing.domains.len(),
        routing.campaigns.len(),
        routing.destinations.len(),
        routing.sources.len(),
        routing.networks.len(),
        routing.outputs.len(),
    ];
    assert_eq!(counts, [1; 7]);
    assert!(catalog.users().get(SYSTEM, samples::user().id).await.unwrap().value.memberships.is_empty());
    assert_eq!(catalog.api_keys().get(SYSTEM, samples::api_key().id).await.unwrap().value.expires_at, None);
    let workspace: Workspace = routing.workspaces[0].value.clone();
    assert!(workspace.rates.is_empty());
}

#[tokio::test]
async fn state_documents_are_stored_as_pinned() {
    let ((a, _home_a), (b, _home_b)) = (catalog().await, catalog().await);
    let scope = Scope::system(samples::id(1));

    a.sessions().create(SYSTEM, &samples::session()).await.unwrap();
    let token = samples::session().token_sha256;
    pinned("sessions", &raw(&a, "sessions", &token).await);
    plant(&b, "sessions", "sessions", &token, "").await;
    assert_eq!(b.sessions().find(SYSTEM, &token).await.unwrap().unwrap().value, samples::session());

    let (id, click) = (ConversionId(77), ClickId(1 << 100));
    let keys = RecordKeys { click: Some(click), at: Timestamp(5), pending: Some(Timestamp(6)) };
    a.conversions().insert(&scope, id, &keys, &json!({"state": "sale"})).await.unwrap();
    let document = raw(&a, "conversions", &id.to_string()).await;
    pinned("conversions", &document);
    plant(&b, "conversions", "conversions", &document.id, &document.workspace).await;
    let listed = b.conversions().list_by_click::<Value>(&scope, click, &Default::default()).await.unwrap();
    assert_eq!(listed.items[0].value, json!({"state": "sale"}));

    let sample = samples::delivery();
    let new = NewDelivery {
        id: "c:o:1".to_owned(),
        output_id: sample.output_id,
        due_at: Timestamp(1_790_000_000_000),
        payload: sample.payload.clone(),
    };
    assert!(a.deliveries().enqueue(&scope, new, Timestamp(1)).await.unwrap());
    pinned("deliveries_new", &raw(&a, "deliveries", "c:o:1").await);
    let lease = LeaseRequest {
        worker: "node-1",
        output: None,
        now: Timestamp(1_790_000_000_004),
        lease_ms: 60_000,
        limit: 1,
    };
    let leased = a.deliveries().lease::<Value>(SYSTEM, &lease).await.unwrap().remove(0);
    pinned("deliveries_leased", &raw(&a, "deliveries", "c:o:1").await);
    a.deliveries().bury(SYSTEM, leased, (Timestamp(9), "connection refused")).await.unwrap();
    pinned("deliveries_dead", &raw(&a, "deliveries", "c:o:1").await);
    plant(&b, "deliveries", "deliveries_leased", "c:o:1", &scope.workspace.to_string()).await;
    let found = b.deliveries().find::<Value>(&scope, "c:o:1").await.unwrap().unwrap();
    assert_eq!((found.value.state, found.value.attempts), (DeliveryState::Queued, 1));

    a.set_setup_token(SYSTEM, "5e88", Timestamp(7)).await.unwrap();
    a.use_setup_token(SYSTEM, "5e88", Timestamp(8)).await.unwrap();
    pinned("setup", &raw(&a, "meta", "setup").await);
    plant(&b, "meta", "setup", "setup", "").await;
    assert_eq!(b.find_setup(SYSTEM).await.unwrap().unwrap().used_at, Some(Timestamp(8)));

    a.cursors().compare_and_set(SYSTEM, "writer:1", 0, json!({"next": 5})).await.unwrap();
    pinned("cursors", &raw(&a, "cursors", "writer:1").await);
    let mut instance = raw(&a, "meta", "instance").await;
    instance.body["instance_id"] = json!("0123456789abcdef");
    pinned("instance", &instance);
}
