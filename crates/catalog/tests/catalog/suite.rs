//! Configuration: entities, references, revision, feed.

use std::collections::BTreeSet;

use serde_json::json;
use signalbox_catalog::{Catalog, Entity, Error, NewDocument, PageRequest, SystemScope, Tenant, Vault};
use signalbox_domain::{
    Actor, AffiliateNetwork, Alert, Campaign, DestinationId, Role, Scope, Slug, StreamKind, WorkspaceId,
};

use crate::samples::{self, id};

pub const SYSTEM: SystemScope = SystemScope::new("catalog tests");

pub fn scope() -> Scope {
    Scope::system(id(1))
}

fn other_scope() -> Scope {
    Scope::system(id(1001))
}

/// Stores everything that the sample campaign needs.
async fn fill(catalog: &Catalog) {
    catalog.workspaces().create(SYSTEM, samples::workspace()).await.unwrap();
    catalog.affiliate_networks().create(&scope(), samples::affiliate_network()).await.unwrap();
    catalog.traffic_sources().create(&scope(), samples::traffic_source()).await.unwrap();
    catalog.destinations().create(&scope(), samples::landing()).await.unwrap();
    catalog.destinations().create(&scope(), samples::destination()).await.unwrap();
    let mut domain = samples::domain();
    domain.default_campaign_id = None;
    catalog.domains().create(&scope(), domain).await.unwrap();
}

fn fields(error: &Error) -> Vec<&str> {
    match error {
        Error::Rejected(invalid) => invalid.0.iter().map(|problem| problem.field.as_str()).collect(),
        other => panic!("{other}"),
    }
}

pub async fn an_entity_lives_its_life(catalog: &Catalog) {
    fill(catalog).await;
    let sample = samples::campaign();
    let made = catalog.campaigns().create(&scope(), sample.clone()).await.unwrap();
    assert_eq!((made.version, made.workspace, &made.value), (1, id::<WorkspaceId>(1), &sample));
    let twice = catalog.campaigns().create(&scope(), sample.clone()).await.unwrap_err();
    assert!(matches!(twice, Error::Conflict { .. }), "{twice}");

    let mut changed = sample.clone();
    changed.name = "Autumn".to_owned();
    let updated = catalog.campaigns().update(&scope(), 1, changed.clone()).await.unwrap();
    assert_eq!((updated.version, updated.created_at), (2, made.created_at));
    assert_eq!(catalog.campaigns().get(&scope(), sample.id).await.unwrap(), updated);
    let stale = catalog.campaigns().update(&scope(), 1, changed).await.unwrap_err();
    assert!(matches!(stale, Error::VersionMismatch { expected: 1, .. }), "{stale}");
    let stale = catalog.campaigns().delete(&scope(), sample.id, 1).await.unwrap_err();
    assert!(matches!(stale, Error::VersionMismatch { expected: 1, .. }), "{stale}");
    catalog.campaigns().delete(&scope(), sample.id, 2).await.unwrap();
    let gone = catalog.campaigns().get(&scope(), sample.id).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound { collection: "campaigns", .. }), "{gone}");
    assert_eq!(catalog.campaigns().find(&scope(), sample.id).await.unwrap(), None);
}

pub async fn roles_and_workspaces_are_kept_apart(catalog: &Catalog) {
    fill(catalog).await;
    let sample = samples::traffic_source();
    let with = |role| Scope { workspace: id(1), role, actor: Actor::User(id(11)) };
    let viewer = with(Role::Viewer);
    assert_eq!(catalog.traffic_sources().get(&viewer, sample.id).await.unwrap().value, sample);
    for refused in [
        catalog.traffic_sources().create(&viewer, sample.clone()).await.map(drop),
        catalog.traffic_sources().update(&viewer, 1, sample.clone()).await.map(drop),
        catalog.traffic_sources().delete(&viewer, sample.id, 1).await,
    ] {
        assert!(matches!(refused, Err(Error::Forbidden { needs: Role::Editor })), "{refused:?}");
    }
    let refused = catalog.api_keys().create(with(Role::Editor), samples::api_key()).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden { needs: Role::Admin }), "{refused}");
    catalog.api_keys().create(with(Role::Admin), samples::api_key()).await.unwrap();

    let other = other_scope();
    assert_eq!(catalog.traffic_sources().find(&other, sample.id).await.unwrap(), None);
    assert_eq!(catalog.traffic_sources().list_all(&other).await.unwrap().items, []);
    let refused = catalog.traffic_sources().update(&other, 1, sample.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound { .. }), "{refused}");
    let refused = catalog.traffic_sources().delete(&other, sample.id, 1).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound { .. }), "{refused}");

    // A workspace is seen from inside, and only that one; people are documents of the instance.
    assert_eq!(catalog.workspaces().get(&viewer, id(1)).await.unwrap().value, samples::workspace());
    assert_eq!(catalog.workspaces().find(&other, id(1)).await.unwrap(), None);
    catalog.users().create(SYSTEM, samples::user()).await.unwrap();
    assert_eq!(catalog.users().find(&scope(), samples::user().id).await.unwrap(), None);
    let members = catalog.users().list_members(&viewer).await.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!((members[0].0.value.clone(), members[0].1.role), (samples::user(), Role::Admin));
    assert!(catalog.users().list_members(&other).await.unwrap().is_empty());
    let homeless = catalog.traffic_sources().create(SYSTEM, sample).await.unwrap_err();
    assert!(matches!(&homeless, Error::Invalid { field, .. } if field == "workspace"), "{homeless}");
}

pub async fn broken_entities_and_references_are_refused_by_field(catalog: &Catalog) {
    fill(catalog).await;
    let mut broken = samples::campaign();
    broken.name = String::new();
    broken.slug = Slug("a b".to_owned());
    let refused = catalog.campaigns().create(&scope(), broken).await.unwrap_err();
    assert_eq!(fields(&refused), ["name", "slug"]);

    let mut dangling = samples::campaign();
    let nowhere: DestinationId = id(999);
    dangling.source_id = Some(id(998));
    let route = dangling.streams[0].routes[0].clone();
    dangling.streams[0].routes.push(route);
    dangling.streams[0].routes[1].destination_id = nowhere;
    dangling.streams[0].landings[0].destination_id = nowhere;
    let refused = catalog.campaigns().create(&scope(), dangling).await.unwrap_err();
    let named: BTreeSet<&str> = fields(&refused).into_iter().collect();
    let expected =
        ["source_id", "streams[0].landings[0].destination_id", "streams[0].routes[1].destination_id"];
    assert_eq!(named, expected.into_iter().collect());

    // What belongs to another workspace is not there to refer to.
    let mut foreign = samples::destination();
    foreign.id = id(500);
    let refused = catalog.destinations().create(&other_scope(), foreign).await.unwrap_err();
    assert_eq!(fields(&refused), ["network_id", "alternative_id"]);
    let mut output = samples::output();
    output.scope = signalbox_domain::OutputScope::Campaign(id(77));
    let refused = catalog.outputs().create(&scope(), output).await.unwrap_err();
    assert_eq!(fields(&refused), ["scope.id"]);
}

pub async fn a_thing_in_use_says_where(catalog: &Catalog) {
    fill(catalog).await;
    let campaign = catalog.campaigns().create(&scope(), samples::campaign()).await.unwrap();
    catalog.outputs().create(&scope(), samples::output()).await.unwrap();
    let used_by = |error: Error| match error {
        Error::InUse { users, .. } => {
            users.iter().map(|user| format!("{} {}", user.kind, user.name)).collect::<Vec<_>>().join(", ")
        }
        other => panic!("{other}"),
    };
    let refused = catalog.destinations().delete(&scope(), samples::destination().id, 1).await.unwrap_err();
    assert_eq!(used_by(refused), "campaigns Summer");
    let refused = catalog.destinations().delete(&scope(), samples::landing().id, 1).await.unwrap_err();
    assert_eq!(used_by(refused), "campaigns Summer, destinations Offer DE");
    let refused =
        catalog.traffic_sources().delete(&scope(), samples::traffic_source().id, 1).await.unwrap_err();
    assert_eq!(used_by(refused), "campaigns Summer, outputs Postback to the source");
    let refused =
        catalog.affiliate_networks().delete(&scope(), samples::affiliate_network().id, 1).await.unwrap_err();
    assert_eq!(used_by(refused), "destinations Offer DE");
    let refused = catalog.domains().delete(&scope(), samples::domain().id, 1).await.unwrap_err();
    assert_eq!(used_by(refused), "campaigns Summer");
    catalog.domains().update(&scope(), 1, samples::domain()).await.unwrap();
    let refused = catalog.campaigns().delete(&scope(), campaign.value.id, 1).await.unwrap_err();
    assert_eq!(used_by(refused), "domains trk.example.com");
    let usages = catalog.destinations().usages(&scope(), samples::destination().id).await.unwrap();
    assert_eq!((usages.len(), usages[0].id.as_str()), (1, campaign.id.as_str()));

    let mut without = samples::campaign();
    without.streams.remove(0);
    catalog.campaigns().update(&scope(), 1, without).await.unwrap();
    catalog.destinations().delete(&scope(), samples::destination().id, 1).await.unwrap();
    catalog.affiliate_networks().delete(&scope(), samples::affiliate_network().id, 1).await.unwrap();
}

pub async fn links_are_unique_where_they_would_meet(catalog: &Catalog) {
    fill(catalog).await;
    let link = |number: u64, slug: &str, domain: bool| {
        let mut campaign = samples::campaign();
        campaign.id = id(number);
        campaign.slug = Slug(slug.to_owned());
        campaign.domain_id = domain.then(|| id(2));
        campaign.source_id = None;
        campaign.streams.retain(|stream| stream.kind == StreamKind::Default);
        campaign
    };
    let taken = |outcome: Result<_, Error>| {
        assert!(matches!(outcome, Err(Error::Conflict { field: "slug", .. })), "{outcome:?}");
    };
    catalog.campaigns().create(&scope(), link(100, "sale", false)).await.unwrap();
    taken(catalog.campaigns().create(&scope(), link(101, "sale", false)).await);
    catalog.campaigns().create(&scope(), link(102, "sale", true)).await.unwrap();
    taken(catalog.campaigns().create(&scope(), link(103, "sale", true)).await);
    taken(catalog.campaigns().create(&other_scope(), link(104, "sale", false)).await);
    catalog.campaigns().create(&scope(), link(105, "Sale", false)).await.unwrap();
    taken(catalog.campaigns().update(&scope(), 1, link(105, "sale", false)).await);

    let mut domain = samples::domain();
    domain.id = id(200);
    domain.default_campaign_id = None;
    let refused = catalog.domains().create(&other_scope(), domain).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { field: "host", .. }), "{refused}");
    let network = AffiliateNetwork { id: id(201), ..samples::affiliate_network() };
    let refused = catalog.affiliate_networks().create(&other_scope(), network).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { field: "postback_key", .. }), "{refused}");
}

pub async fn lists_page_through_everything(catalog: &Catalog) {
    for number in 0..25 {
        let mut source = samples::traffic_source();
        source.id = id(1000 + number);
        source.name = format!("Source {number}");
        catalog.traffic_sources().create(&scope(), source).await.unwrap();
    }
    let mut request = PageRequest { limit: 10, newest_first: true, ..PageRequest::default() };
    let mut names = Vec::new();
    loop {
        let page = catalog.traffic_sources().list(&scope(), &request).await.unwrap();
        names.extend(page.items.into_iter().map(|stored| stored.value.name));
        if page.next.is_none() {
            break;
        }
        request.after = page.next;
    }
    let expected: Vec<String> = (0..25).rev().map(|number| format!("Source {number}")).collect();
    assert_eq!(names, expected);
    let all = catalog.traffic_sources().list_all(&scope()).await.unwrap();
    assert_eq!((all.items.len(), all.damaged.len()), (25, 0));
    let wrong = PageRequest { after: Some("nonsense".to_owned()), ..PageRequest::default() };
    let refused = catalog.traffic_sources().list(&scope(), &wrong).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "cursor"), "{refused}");
}

pub async fn the_revision_rises_with_each_change_of_configuration(catalog: &Catalog) {
    assert_eq!(catalog.config_revision(SYSTEM).await.unwrap(), 0);
    fill(catalog).await;
    let mut last = catalog.config_revision(SYSTEM).await.unwrap();
    assert_eq!(last, 6);
    let mut source = samples::traffic_source();
    source.notes = "changed".to_owned();
    catalog.traffic_sources().update(&scope(), 1, source).await.unwrap();
    let now = catalog.config_revision(SYSTEM).await.unwrap();
    assert!(now > last);
    last = now;
    catalog.traffic_sources().delete(&scope(), samples::traffic_source().id, 2).await.unwrap();
    let now = catalog.config_revision(SYSTEM).await.unwrap();
    assert!(now > last);
    last = now;

    // What routing does not depend on leaves it alone, and so does what was refused.
    catalog.users().create(SYSTEM, samples::user()).await.unwrap();
    catalog.api_keys().create(&scope(), samples::api_key()).await.unwrap();
    catalog.destinations().create(&scope(), samples::destination()).await.unwrap_err();
    assert_eq!(catalog.config_revision(SYSTEM).await.unwrap(), last);

    // Writers at once may share a revision, but none of them is hidden behind an old one.
    let writers = (0..16).map(|number| {
        let catalog = catalog.clone();
        tokio::spawn(async move {
            let mut source = samples::traffic_source();
            source.id = id(2000 + number);
            catalog.traffic_sources().create(&scope(), source).await.unwrap();
            let revision = catalog.config_revision(SYSTEM).await.unwrap();
            let routing = catalog.load_routing(SYSTEM).await.unwrap();
            assert!(routing.revision >= revision);
            assert!(routing.sources.iter().any(|stored| stored.value.id == id(2000 + number)));
            revision
        })
    });
    for seen in futures::future::join_all(writers).await {
        assert!(seen.unwrap() > last);
    }
}

pub async fn one_bad_document_never_fails_the_feed(catalog: &Catalog) {
    fill(catalog).await;
    catalog.campaigns().create(&scope(), samples::campaign()).await.unwrap();
    catalog.outputs().create(&scope(), samples::output()).await.unwrap();
    let mut good = serde_json::to_value(samples::campaign()).unwrap();
    let home = id::<WorkspaceId>(1).to_string();
    let mut plant = async |number: u64, schema: u16, change: (&str, serde_json::Value)| {
        let text = id::<signalbox_domain::CampaignId>(number).to_string();
        let mut body = good.clone();
        body["id"] = json!(text);
        body[change.0] = change.1;
        good["notes"] = json!("");
        let document = NewDocument { id: text.clone(), workspace: home.clone(), schema, body };
        catalog.store().insert(Tenant::System(SYSTEM), Campaign::spec(), document).await.unwrap();
        text
    };
    let planted = [
        plant(300, 1, ("streams", json!("not a list"))).await,
        plant(301, 1, ("name", json!(""))).await,
        plant(302, 9, ("name", json!("from the future"))).await,
        plant(303, 1, ("cost", json!({"model": "cpc", "amount": 0.1}))).await,
    ];
    let routing = catalog.load_routing(SYSTEM).await.unwrap();
    assert_eq!(routing.campaigns.len(), 1);
    assert_eq!(routing.campaigns[0].value, samples::campaign());
    let named: BTreeSet<_> = routing.problems.iter().map(|problem| problem.id.clone()).collect();
    assert_eq!(named, planted.into_iter().collect(), "{:?}", routing.problems);
    assert!(routing.problems.iter().all(|problem| problem.collection == "campaigns"));
    let counts = [
        routing.workspaces.len(),
        routing.domains.len(),
        routing.destinations.len(),
        routing.sources.len(),
        routing.networks.len(),
        routing.outputs.len(),
    ];
    assert_eq!(counts, [1, 1, 2, 1, 1, 1]);
    assert_eq!(routing.revision, catalog.config_revision(SYSTEM).await.unwrap());
    // A document that cannot be read still counts as a user of what it names.
    catalog.campaigns().delete(&scope(), samples::campaign().id, 1).await.unwrap();
    let refused = catalog.destinations().delete(&scope(), samples::destination().id, 1).await.unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");
    let listed = catalog.campaigns().list(&scope(), &PageRequest::largest()).await.unwrap();
    assert_eq!((listed.items.len(), listed.damaged.len()), (1, 3));
    let unreadable = catalog.campaigns().get(&scope(), id(300)).await.unwrap_err();
    assert!(matches!(unreadable, Error::Corrupt { .. }), "{unreadable}");
}

pub async fn people_and_programs_are_found_by_what_they_show(catalog: &Catalog) {
    fill(catalog).await;
    catalog.users().create(SYSTEM, samples::user()).await.unwrap();
    catalog.api_keys().create(&scope(), samples::api_key()).await.unwrap();
    let user = catalog.users().find_by_email(SYSTEM, "owner@example.com").await.unwrap().unwrap();
    assert_eq!((user.value, user.workspace), (samples::user(), WorkspaceId::NONE));
    assert_eq!(catalog.users().find_by_email(SYSTEM, "nobody@example.com").await.unwrap(), None);
    let secret = samples::api_key().secret_sha256;
    let key = catalog.api_keys().find_by_secret(SYSTEM, &secret).await.unwrap().unwrap();
    assert_eq!((key.value, key.workspace), (samples::api_key(), id(1)));
    let network = catalog.affiliate_networks().find_by_postback_key(SYSTEM, "k3y-0123456789_ABCdef").await;
    assert_eq!(network.unwrap().unwrap().value, samples::affiliate_network());
    let domain = catalog.domains().find_by_host(SYSTEM, "trk.example.com").await.unwrap().unwrap();
    assert_eq!(domain.value.id, samples::domain().id);
    let mut twin = samples::user();
    twin.id = id(60);
    let refused = catalog.users().create(SYSTEM, twin).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { field: "email", .. }), "{refused}");
    let mut stray = samples::user();
    stray.id = id(61);
    stray.email = "stray@example.com".to_owned();
    stray.memberships[0].workspace_id = id(62);
    let refused = catalog.users().create(SYSTEM, stray).await.unwrap_err();
    assert_eq!(fields(&refused), ["memberships[0].workspace_id"]);
}

pub async fn a_workspace_with_content_is_not_deleted(catalog: &Catalog) {
    fill(catalog).await;
    let user = catalog.users().create(SYSTEM, samples::user()).await.unwrap();
    let refused = catalog.workspaces().delete(SYSTEM, id(1), 1).await.unwrap_err();
    let Error::InUse { users, .. } = refused else { panic!("{refused}") };
    let kinds: BTreeSet<_> = users.iter().map(|user| user.kind).collect();
    let expected = ["users", "domains", "destinations", "traffic_sources", "affiliate_networks"];
    assert_eq!(kinds, expected.into_iter().collect());
    let refused = catalog.workspaces().delete(other_scope(), id(1), 1).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound { .. }), "{refused}");

    catalog.users().delete(SYSTEM, user.value.id, 1).await.unwrap();
    catalog.domains().delete(&scope(), samples::domain().id, 1).await.unwrap();
    catalog.destinations().delete(&scope(), samples::destination().id, 1).await.unwrap();
    catalog.destinations().delete(&scope(), samples::landing().id, 1).await.unwrap();
    catalog.traffic_sources().delete(&scope(), samples::traffic_source().id, 1).await.unwrap();
    catalog.affiliate_networks().delete(&scope(), samples::affiliate_network().id, 1).await.unwrap();
    catalog.workspaces().delete(SYSTEM, id(1), 1).await.unwrap();
    assert_eq!(catalog.workspaces().list_all(SYSTEM).await.unwrap().items, []);
}

pub async fn secrets_are_sealed_where_there_is_a_vault(catalog: &Catalog) {
    fill(catalog).await;
    let (plain, id) = (samples::affiliate_network(), samples::affiliate_network().id);
    let key = plain.postback_key.clone();
    let (spec, tenant) = (AffiliateNetwork::spec(), Tenant::System(SYSTEM));
    let text = || async {
        catalog.store().find(tenant, spec, &id.to_string()).await.unwrap().unwrap().body.to_string()
    };
    assert!(text().await.contains(&key), "stored before there was a vault");
    assert_eq!(catalog.seal_secrets(SYSTEM).await.unwrap(), 0, "without a vault nothing is sealed");

    let sealing = catalog.clone().with_vault(Some(Vault::new(&[1; 32])));
    assert_eq!(sealing.seal_secrets(SYSTEM).await.unwrap(), 1);
    assert_eq!(sealing.seal_secrets(SYSTEM).await.unwrap(), 0, "once");
    let stored = text().await;
    assert!(!stored.contains(&key) && !stored.contains("0ld-0123456789"), "{stored}");
    let read = sealing.affiliate_networks().get(&scope(), id).await.unwrap();
    assert_eq!((read.version, &read.value), (2, &plain));
    let found = sealing.affiliate_networks().find_by_postback_key(SYSTEM, &key).await.unwrap();
    assert_eq!(found.unwrap().value, plain);
    let twin = AffiliateNetwork { id: samples::id(201), ..plain.clone() };
    let refused = sealing.affiliate_networks().create(&other_scope(), twin).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict { field: "postback_key", .. }), "{refused}");

    // Who lacks the key sees the rest, loads it for routing, and cannot write it away.
    for lacking in [catalog.clone(), catalog.clone().with_vault(Some(Vault::new(&[2; 32])))] {
        let read = lacking.affiliate_networks().get(&scope(), id).await.unwrap();
        assert_eq!((read.value.name.as_str(), read.value.postback_key.as_str()), ("Adcombo", ""));
        let routing = lacking.load_routing(SYSTEM).await.unwrap();
        assert!(routing.networks.iter().any(|it| it.value.id == id), "{:?}", routing.problems);
        let refused = lacking.affiliate_networks().update(&scope(), read.version, read.value).await;
        assert_eq!(fields(&refused.unwrap_err()), ["postback_key"]);
    }
    let changed = AffiliateNetwork { name: "Renamed".to_owned(), ..plain };
    let written = sealing.affiliate_networks().update(&scope(), 2, changed.clone()).await.unwrap();
    assert_eq!(written.value, changed);
    assert!(!text().await.contains(&key));

    // Who is told of an alert is sealed as a whole.
    let alert = samples::alert();
    sealing.alerts().create(&scope(), alert.clone()).await.unwrap();
    let stored = catalog.store().find(tenant, Alert::spec(), &alert.id.to_string()).await.unwrap().unwrap();
    assert!(!stored.body.to_string().contains("t0p"), "{}", stored.body);
    assert_eq!(sealing.alerts().get(&scope(), alert.id).await.unwrap().value, alert);
    assert_eq!(catalog.alerts().get(&scope(), alert.id).await.unwrap().value.channels, []);
}
