//! Operational state: sessions, set-up, named documents, records.

use serde_json::{Value, json};
use signalbox_catalog::{Catalog, Error, NewDocument, PageRequest, RecordKeys, Replacement, Session, Tenant};
use signalbox_domain::{ClickId, ConversionId, Scope, Timestamp};

use crate::samples::{self, id};
use crate::suite::{SYSTEM, scope};

pub async fn sessions_are_found_ended_and_forgotten(catalog: &Catalog) {
    let sessions = catalog.sessions();
    let session = |number: u64, user: u64, expires: i64| Session {
        id: id(number),
        token_sha256: format!("{number:064x}"),
        user_id: id(user),
        expires_at: Timestamp(expires),
        ..samples::session()
    };
    for (number, user, expires) in [(1, 11, 100), (2, 11, 200), (3, 11, 300), (4, 12, 100), (5, 12, 900)] {
        sessions.create(SYSTEM, &session(number, user, expires)).await.unwrap();
    }
    let token = |number: u64| format!("{number:064x}");
    let found = sessions.find(SYSTEM, &token(1)).await.unwrap().unwrap();
    assert_eq!(found.value, session(1, 11, 100));
    let mut seen = found.value.clone();
    seen.seen_at = Timestamp(50);
    sessions.update(SYSTEM, found.version, &seen).await.unwrap();
    let stale = sessions.update(SYSTEM, found.version, &seen).await.unwrap_err();
    assert!(matches!(stale, Error::VersionMismatch { .. }), "{stale}");

    sessions.delete(SYSTEM, &token(1)).await.unwrap();
    sessions.delete(SYSTEM, &token(1)).await.unwrap();
    assert_eq!(sessions.find(SYSTEM, &token(1)).await.unwrap(), None);
    assert_eq!(sessions.list_of(SYSTEM, id(11)).await.unwrap().len(), 2);
    assert_eq!(sessions.delete_of(SYSTEM, id(11), Some(&token(3))).await.unwrap(), 1);
    assert_eq!(sessions.list_of(SYSTEM, id(11)).await.unwrap()[0].value.id, id(3));
    assert_eq!(sessions.purge(SYSTEM, Timestamp(101)).await.unwrap(), 1);
    assert_eq!(sessions.find(SYSTEM, &token(4)).await.unwrap(), None);
    assert!(sessions.find(SYSTEM, &token(5)).await.unwrap().is_some());
}

pub async fn a_secret_is_made_once_for_all_nodes(catalog: &Catalog) {
    let asks = (0..16).map(|_| {
        let catalog = catalog.clone();
        tokio::spawn(async move { catalog.get_secret(SYSTEM, "tokens").await.unwrap() })
    });
    let secrets: Vec<_> = futures::future::join_all(asks).await.into_iter().map(Result::unwrap).collect();
    assert!(secrets.iter().all(|secret| *secret == secrets[0] && secret != &[0; 32]));
    assert_ne!(catalog.get_secret(SYSTEM, "other").await.unwrap(), secrets[0]);
}

pub async fn the_setup_token_works_once(catalog: &Catalog) {
    assert_eq!(catalog.find_setup(SYSTEM).await.unwrap(), None);
    let none = catalog.use_setup_token(SYSTEM, "aa", Timestamp(1)).await.unwrap_err();
    assert!(matches!(none, Error::NotFound { .. }), "{none}");
    catalog.set_setup_token(SYSTEM, "aa", Timestamp(1)).await.unwrap();
    catalog.set_setup_token(SYSTEM, "bb", Timestamp(2)).await.unwrap();
    let old = catalog.use_setup_token(SYSTEM, "aa", Timestamp(3)).await.unwrap_err();
    assert!(matches!(old, Error::NotFound { .. }), "{old}");
    let uses = (0..16).map(|_| {
        let catalog = catalog.clone();
        tokio::spawn(async move { catalog.use_setup_token(SYSTEM, "bb", Timestamp(4)).await })
    });
    let outcomes: Vec<_> = futures::future::join_all(uses).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Error::Conflict { .. } | Error::VersionMismatch { .. }), "{refused}");
    }
    assert_eq!(catalog.find_setup(SYSTEM).await.unwrap().unwrap().used_at, Some(Timestamp(4)));
}

pub async fn the_instance_keeps_its_identity(catalog: &Catalog) {
    let first = catalog.prepare().await.unwrap();
    assert_eq!(first.instance_id.len(), 16);
    let nodes = (0..8).map(|_| {
        let catalog = catalog.clone();
        tokio::spawn(async move { catalog.prepare().await.unwrap() })
    });
    for node in futures::future::join_all(nodes).await {
        assert_eq!(node.unwrap(), first);
    }
}

pub async fn newer_data_is_not_touched(catalog: &Catalog) {
    let meta = Catalog::collections().iter().copied().find(|spec| spec.name == "meta").unwrap();
    let found = catalog.store().find(Tenant::System(SYSTEM), meta, "instance").await.unwrap().unwrap();
    let mut body = found.body;
    body["data"] = json!(99);
    let newer = Replacement { id: found.id, expected: found.version, schema: 1, body };
    catalog.store().replace(Tenant::System(SYSTEM), meta, newer).await.unwrap();
    let refused = catalog.prepare().await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "catalog.url"), "{refused}");
    assert!(refused.to_string().contains("99"), "{refused}");
}

pub async fn named_documents_change_by_compare_and_set(catalog: &Catalog) {
    let cursors = catalog.cursors();
    assert_eq!(cursors.find(SYSTEM, "writer:1").await.unwrap(), None);
    assert_eq!(cursors.compare_and_set(SYSTEM, "writer:1", 0, json!({"next": 1})).await.unwrap(), 1);
    let late = cursors.compare_and_set(SYSTEM, "writer:1", 0, json!({})).await.unwrap_err();
    assert!(matches!(late, Error::VersionMismatch { expected: 0, .. }), "{late}");
    assert_eq!(cursors.compare_and_set(SYSTEM, "writer:1", 1, json!({"next": 2})).await.unwrap(), 2);
    let late = cursors.compare_and_set(SYSTEM, "writer:1", 1, json!({})).await.unwrap_err();
    assert!(matches!(late, Error::VersionMismatch { expected: 1, .. }), "{late}");
    let never = cursors.compare_and_set(SYSTEM, "writer:9", 4, json!({})).await.unwrap_err();
    assert!(matches!(never, Error::VersionMismatch { expected: 4, .. }), "{never}");
    let found = cursors.find(SYSTEM, "writer:1").await.unwrap().unwrap();
    assert_eq!((found.version, found.body), (2, json!({"next": 2})));

    for name in ["writer:2", "judge:1", "writer:10", "writes"] {
        cursors.compare_and_set(SYSTEM, name, 0, json!({})).await.unwrap();
    }
    let names: Vec<_> =
        cursors.list(SYSTEM, "writer:").await.unwrap().into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["writer:1", "writer:10", "writer:2"]);
    assert!(catalog.counters().list(SYSTEM, "").await.unwrap().is_empty(), "counters are another collection");
    cursors.delete(SYSTEM, "writer:2", 1).await.unwrap();
    assert_eq!(cursors.find(SYSTEM, "writer:2").await.unwrap(), None);

    // Sixteen at once: each round has one winner.
    let attempts = (0..16).map(|number| {
        let catalog = catalog.clone();
        tokio::spawn(async move {
            catalog.counters().compare_and_set(SYSTEM, "caps", 0, json!({"by": number})).await.is_ok()
        })
    });
    let won =
        futures::future::join_all(attempts).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
}

pub async fn records_are_found_by_click_time_and_outbox(catalog: &Catalog) {
    let conversions = catalog.conversions();
    let (here, elsewhere) = (scope(), Scope::system(id(1001)));
    let keys = |click: u128, at: i64, pending: Option<i64>| RecordKeys {
        click: (click > 0).then_some(ClickId(click)),
        at: Timestamp(at),
        pending: pending.map(Timestamp),
    };
    for (number, scope, keys) in [
        (1_u128, &here, keys(7, 30, Some(3))),
        (2, &here, keys(7, 10, None)),
        (3, &here, keys(8, 20, Some(1))),
        (4, &elsewhere, keys(7, 40, Some(2))),
        (5, &here, keys(0, 50, None)),
    ] {
        let value = json!({"number": u64::try_from(number).unwrap()});
        conversions.insert(scope, ConversionId(number), &keys, &value).await.unwrap();
    }
    let again = conversions.insert(&here, ConversionId(1), &keys(7, 30, None), &json!({})).await.unwrap_err();
    assert!(matches!(again, Error::Conflict { field: "id", .. }), "{again}");
    let numbers = |listed: signalbox_catalog::Listed<Value>| {
        listed.items.iter().map(|stored| stored.value["number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let page = PageRequest::default();
    assert_eq!(numbers(conversions.list_pending(SYSTEM, &page).await.unwrap()), [3, 4, 1]);
    assert_eq!(conversions.count_pending(SYSTEM, 100).await.unwrap(), 3);
    assert_eq!(numbers(conversions.list_by_click(&here, ClickId(7), &page).await.unwrap()), [2, 1]);
    assert_eq!(numbers(conversions.list_by_click(SYSTEM, ClickId(7), &page).await.unwrap()), [2, 1, 4]);
    let newest = PageRequest { newest_first: true, limit: 3, after: None };
    let first = conversions.list::<Value>(&here, &newest).await.unwrap();
    let rest = PageRequest { after: first.next.clone(), ..newest };
    assert_eq!(numbers(first), [5, 1, 3]);
    assert_eq!(numbers(conversions.list(&here, &rest).await.unwrap()), [2]);

    let told = keys(7, 30, None);
    let stored =
        conversions.replace(&here, (ConversionId(1), 1), &told, &json!({"number": 1, "told": true})).await;
    assert_eq!(stored.unwrap().version, 2);
    let stale = conversions.replace(&here, (ConversionId(1), 1), &told, &json!({})).await.unwrap_err();
    assert!(matches!(stale, Error::VersionMismatch { .. }), "{stale}");
    assert_eq!(numbers(conversions.list_pending(SYSTEM, &page).await.unwrap()), [3, 4]);
    let found = conversions.find::<Value>(&here, ConversionId(1)).await.unwrap().unwrap();
    assert_eq!(found.value, json!({"number": 1, "told": true}), "derived values stay in the store");
    assert_eq!(conversions.find::<Value>(&elsewhere, ConversionId(1)).await.unwrap(), None);
    assert_eq!(catalog.orphans().find::<Value>(&here, ConversionId(1)).await.unwrap(), None);
    conversions.delete(&here, ConversionId(1), 2).await.unwrap();
    assert_eq!(conversions.find::<Value>(&here, ConversionId(1)).await.unwrap(), None);

    let strange = NewDocument {
        id: "x".to_owned(),
        workspace: "not an id".to_owned(),
        schema: 1,
        body: json!({"_index": {"at": 99, "pending": 99}}),
    };
    let spec = Catalog::collections().iter().copied().find(|spec| spec.name == "conversions").unwrap();
    catalog.store().insert(Tenant::System(SYSTEM), spec, strange).await.unwrap();
    let listed = conversions.list_pending::<Value>(SYSTEM, &page).await.unwrap();
    assert_eq!((listed.items.len(), listed.damaged.len()), (2, 1));
}

pub async fn live_state_is_told_by_version(catalog: &Catalog) {
    use signalbox_catalog::live::{
        ConvertedBatch, ConvertedHead, ConvertedVisitor, DestinationHealth, HealthReport, TotalsChunk,
    };
    use signalbox_domain::{CampaignId, Series, Subject, Tally};
    let live = catalog.live();
    assert!(live.totals_versions(SYSTEM).await.unwrap().is_empty());
    let mut totals = TotalsChunk::default();
    totals.positions.insert(0xffff_ffff_ffff_fff0, 12);
    let mut series = Series::default();
    series.add(
        Timestamp(1_800_000_000_000),
        &Tally { clicks: 3, cost: "1.5".parse().unwrap(), ..Tally::default() },
    );
    totals.series.insert(Subject::Campaign(CampaignId(9)), series);
    let version = live.put_totals(SYSTEM, (7, 0), &totals).await.unwrap();
    let late = live.put_totals(SYSTEM, (7, 0), &totals).await.unwrap_err();
    assert!(matches!(late, Error::VersionMismatch { .. }), "{late}");
    live.announce_totals(SYSTEM, &[(7, version), (9, 4)].into()).await.unwrap();
    live.announce_totals(SYSTEM, &[(9, 2), (63, 1)].into()).await.unwrap();
    let versions = live.totals_versions(SYSTEM).await.unwrap();
    assert_eq!(versions, [(7, version), (9, 4), (63, 1)].into(), "a version never goes back");
    let found = live.find_totals(SYSTEM, 7).await.unwrap().unwrap();
    assert_eq!((found.version, found.value), (version, totals));
    assert_eq!(live.find_totals(SYSTEM, 8).await.unwrap(), None);

    let visitor = ConvertedVisitor { campaign: id(3), workspace: id(1), visitor: u64::MAX };
    let mut batch = ConvertedBatch::default();
    batch.push(&visitor, Timestamp(5));
    batch.positions.insert("0f".to_owned(), 4);
    let version = live.put_converted(SYSTEM, (1, 0), &batch).await.unwrap();
    let head = ConvertedHead { first: 1, last: 1, version };
    live.announce_converted(SYSTEM, 0, head).await.unwrap();
    assert_eq!(live.converted_head(SYSTEM).await.unwrap().value, head);
    let found = live.find_converted(SYSTEM, 1).await.unwrap().unwrap().value;
    assert_eq!(found, batch);
    assert_eq!(found.visitors(0).collect::<Vec<_>>(), [visitor]);
    live.delete_converted(SYSTEM, 1).await.unwrap();
    live.delete_converted(SYSTEM, 1).await.unwrap();
    assert_eq!(live.find_converted(SYSTEM, 1).await.unwrap(), None);

    let none = live.health(SYSTEM).await.unwrap();
    assert_eq!((none.version, none.value), (0, HealthReport::default()));
    let mut report = HealthReport { node: "a".to_owned(), lease_until: 9, ..HealthReport::default() };
    let down = DestinationHealth {
        up: false,
        since: Timestamp(1),
        checked_at: Timestamp(2),
        failures: 3,
        valid_until: Timestamp(10),
        last_error: Some("no answer in time".to_owned()),
    };
    report.destinations.insert(id(5), down);
    live.put_health(SYSTEM, 0, &report).await.unwrap();
    let found = live.health(SYSTEM).await.unwrap();
    assert_eq!((found.version, &found.value), (1, &report));
    assert!(report.is_down(id(5), Timestamp(9)) && !report.is_down(id(5), Timestamp(10)));
    assert!(!report.is_down(id(6), Timestamp(9)));
}

pub async fn erased_clicks_are_known_by_workspace_and_told_to_nobody(catalog: &Catalog) {
    let (here, there) = (scope(), Scope::system(id(1001)));
    let key = catalog.erased_key(SYSTEM).await.unwrap();
    assert_eq!(catalog.erased_key(SYSTEM).await.unwrap(), key, "the same on every node");
    let erased = catalog.erased_clicks(key);
    let clicks: Vec<ClickId> =
        (1..=200).map(|number| ClickId::new(Timestamp(1_790_000_000_000), number)).collect();
    erased.mark(&here, &clicks, Timestamp(1_000)).await.unwrap();
    erased.mark(&here, &clicks[..5], Timestamp(9_000)).await.unwrap();
    erased.mark(&there, &clicks[..1], Timestamp(9_000)).await.unwrap();
    for click in [clicks[0], clicks[199]] {
        assert!(erased.contains(&here, click).await.unwrap());
    }
    assert!(erased.contains(&there, clicks[0]).await.unwrap());
    assert!(!erased.contains(&there, clicks[1]).await.unwrap(), "of another workspace");
    assert!(!erased.contains(&here, ClickId(7)).await.unwrap());

    let spec = Catalog::collections().iter().copied().find(|spec| spec.name == "erased_clicks").unwrap();
    let query = signalbox_catalog::Query::new().limit(signalbox_catalog::PAGE_MAX);
    let stored = catalog.store().list(Tenant::System(SYSTEM), spec, &query).await.unwrap();
    assert_eq!(stored.documents.len(), 201);
    for document in &stored.documents {
        let text = format!("{} {}", document.id, document.body);
        assert!(clicks.iter().all(|click| !text.contains(&click.to_string())), "{text}");
        assert!(clicks.iter().all(|click| !text.contains(&format!("{:032x}", click.0))), "{text}");
    }
    assert_eq!(erased.purge(SYSTEM, Timestamp(1_000)).await.unwrap(), 0);
    assert_eq!(erased.purge(SYSTEM, Timestamp(1_001)).await.unwrap(), 200);
    assert!(!erased.contains(&here, clicks[0]).await.unwrap());
    assert!(erased.contains(&there, clicks[0]).await.unwrap());
}
