use super::*;
use crate::{Dice, MappedParams, Query, Request, Severity, choose_after_landing};
use signalbox_domain::{
    Adaptive, Cap, CapPeriod, Choosing, CostModel, DestinationState, HealthCheck, LossRule, Measure, Money,
    Route, Slug, Stream, StreamId, StreamKind, Subject, Timestamp, Visitor,
};

const HOME: WorkspaceId = WorkspaceId(1);

fn workspace(timezone: &str) -> Workspace {
    Workspace {
        id: HOME,
        name: "home".to_owned(),
        currency: "USD".parse().unwrap(),
        timezone: timezone.to_owned(),
        rates: Vec::new(),
        earlier_rates: Vec::new(),
        conversion_types: Vec::new(),
        addresses: Default::default(),
    }
}

fn destination(id: u64, url: &str, state: DestinationState) -> (WorkspaceId, Destination) {
    let kind = signalbox_domain::DestinationKind::Offer;
    (HOME, Destination { state, ..Destination::new(DestinationId(id), format!("d{id}"), kind, url) })
}

fn stream(id: u64, routes: &[u64]) -> Stream {
    let route = |id: &u64| Route { destination_id: DestinationId(*id), weight: 100, active: true };
    Stream {
        routes: routes.iter().map(route).collect(),
        ..Stream::new(StreamId(id), format!("s{id}"), StreamKind::Regular)
    }
}

fn campaign(id: u64, streams: Vec<Stream>) -> (WorkspaceId, Campaign) {
    let slug = Slug(format!("slug-{id}"));
    (HOME, Campaign { streams, ..Campaign::new(CampaignId(id), format!("c{id}"), slug) })
}

fn input() -> RoutingInput {
    RoutingInput {
        workspaces: vec![workspace("UTC")],
        campaigns: vec![campaign(10, vec![stream(1, &[100, 101])])],
        destinations: vec![
            destination(100, "https://a.example/", DestinationState::Active),
            destination(101, "https://b.example/", DestinationState::Active),
        ],
        revision: 7,
        ..RoutingInput::default()
    }
}

fn fields(compiled: &Compiled) -> Vec<(&str, Severity)> {
    compiled.problems.iter().map(|problem| (problem.field.as_str(), problem.severity)).collect()
}

#[test]
fn a_sound_configuration_compiles_whole() {
    let compiled = Snapshot::compile(&input());
    assert_eq!(compiled.problems, []);
    assert_eq!(compiled.snapshot.revision(), 7);
    assert_eq!(compiled.snapshot.campaigns().len(), 1);
    assert_eq!(compiled.snapshot.campaign(CampaignId(10)).unwrap().streams.len(), 1);
    assert_eq!(&*compiled.snapshot.destination(DestinationId(101)).unwrap().name, "d101");
    assert!(compiled.snapshot.campaign(CampaignId(11)).is_none());
}

#[test]
fn only_the_smallest_invalid_part_is_left_out() {
    let mut input = input();
    let (_, campaign) = &mut input.campaigns[0];
    campaign.name.clear();
    campaign.tags = vec![String::new()];
    campaign.cost = CostModel::Cpc { amount: Money::from_whole(-1) };
    campaign.streams.push(stream(2, &[]));
    campaign.streams.push(Stream { name: String::new(), notes: "x".repeat(3000), ..stream(3, &[100]) });
    input.destinations.push(destination(102, "ftp://x.example/", DestinationState::Active));
    input.destinations.push(destination(100, "https://twice.example/", DestinationState::Active));
    let compiled = Snapshot::compile(&input);
    let campaign = compiled.snapshot.campaign(CampaignId(10)).unwrap();
    let ids: Vec<_> = campaign.streams.iter().map(|stream| stream.id.0).collect();
    assert_eq!(
        ids,
        [1, 3],
        "a name too short does not stop traffic, a stream that leads nowhere is left out"
    );
    assert_eq!(campaign.cost, CostModel::None);
    assert!(compiled.snapshot.destination(DestinationId(102)).is_none());
    let mut seen = fields(&compiled);
    seen.sort_unstable_by_key(|(field, _)| *field);
    assert_eq!(
        seen,
        [
            ("cost.amount", Severity::LeftOut),
            ("destination 0000000000034: id", Severity::LeftOut),
            ("destination 0000000000036: url", Severity::LeftOut),
            ("routes", Severity::LeftOut)
        ]
    );
    assert_eq!(compiled.problems.iter().find(|p| p.field == "routes").unwrap().stream, Some(StreamId(2)));
}

#[test]
fn a_campaign_that_cannot_be_routed_is_left_out_alone() {
    let mut input = input();
    input.campaigns.push(campaign(11, vec![stream(2, &[100]); 501]));
    input.campaigns.push(campaign(10, Vec::new()));
    let compiled = Snapshot::compile(&input);
    assert_eq!(compiled.snapshot.campaigns().len(), 1);
    assert_eq!(fields(&compiled), [("streams", Severity::LeftOut), ("id", Severity::LeftOut)]);
}

#[test]
fn an_unknown_timezone_is_utc_and_reported() {
    let mut input = input();
    input.workspaces = vec![workspace("Mars/Olympus")];
    let compiled = Snapshot::compile(&input);
    assert_eq!(fields(&compiled), [("timezone", Severity::Warning)]);
    assert_eq!(compiled.snapshot.campaigns().len(), 1);
}

#[test]
fn destinations_of_another_workspace_get_nothing() {
    let mut input = input();
    input.workspaces.push(Workspace { id: WorkspaceId(2), ..workspace("UTC") });
    input.destinations[0].0 = WorkspaceId(2);
    let compiled = Snapshot::compile(&input);
    let stream = &compiled.snapshot.campaigns()[0].streams[0];
    let states: Vec<_> = stream.routes().iter().map(|route| route.state).collect();
    assert_eq!(states, [RouteState::DestinationMissing, RouteState::Available]);
    assert_eq!(fields(&compiled), [("routes[0].destination_id", Severity::LeftOut)]);
}

/// Rolls the same number always.
struct Fixed(u64);

impl Dice for Fixed {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 % below.max(1)
    }
}

/// Chooses after a landing of the first stream, as a visitor of whom nothing is known.
fn after_landing(snapshot: &Snapshot, number: Option<usize>, roll: u64) -> Option<u64> {
    let (visitor, query) = (Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into()), Query::parse(""));
    let params = MappedParams::default();
    let request = Request::new(&visitor, &query, &params, Timestamp(1_790_000_000_000));
    let stream = &snapshot.campaigns()[0].streams[0];
    choose_after_landing(stream, snapshot, number, &request, &mut Fixed(roll)).map(|one| one.id.0)
}

#[test]
fn after_a_landing_the_asked_route_is_taken_or_one_is_chosen() {
    let mut input = input();
    input.destinations[0].1.state = DestinationState::Paused;
    let snapshot = Snapshot::compile(&input).snapshot;
    for number in [None, Some(0), Some(1), Some(2), Some(3), Some(usize::MAX)] {
        let chosen = after_landing(&snapshot, number, 0);
        assert_eq!(chosen, Some(101), "{number:?}: only the second route takes traffic");
    }
    let snapshot = Snapshot::compile(&super::tests::input()).snapshot;
    assert_eq!(after_landing(&snapshot, Some(2), 0), Some(101));
    assert_eq!(after_landing(&snapshot, Some(1), 150), Some(100));
    assert_eq!(
        (after_landing(&snapshot, None, 0), after_landing(&snapshot, None, 150)),
        (Some(100), Some(101))
    );
    let mut closed = super::tests::input();
    closed.destinations.iter_mut().for_each(|(_, one)| one.state = DestinationState::Down);
    assert_eq!(after_landing(&Snapshot::compile(&closed).snapshot, Some(1), 0), None);
}

#[test]
fn what_must_be_counted_and_watched_is_named_once() {
    let mut input = input();
    let cap =
        Cap { measure: Measure::Clicks, period: CapPeriod::Day, limit: Money::from_whole(5), timezone: None };
    let adaptive = Adaptive::default();
    let (_, campaign) = &mut input.campaigns[0];
    campaign.caps = vec![cap.clone()];
    campaign.streams[0].caps = vec![cap.clone()];
    let mut learning = stream(2, &[100, 101, 100, 999]);
    learning.choosing = Choosing::Adaptive(adaptive);
    learning.routes[1].weight = 7;
    campaign.streams.push(learning);
    let mut counting = stream(3, &[100]);
    let json = r#"{"any":[{"test":{"criterion":"stream_clicks_day","op":"at_most","values":["10"]}}]}"#;
    counting.rules = serde_json::from_str(json).unwrap();
    campaign.streams.push(counting);
    let watched = &mut input.destinations[0].1;
    watched.loss_rule = Some(LossRule { roi_below: Money::ZERO, clicks_min: 1, window_hours: 1 });
    watched.health = Some(HealthCheck { url: None, interval_seconds: 30, failures: 3 });
    watched.url = "https://a.example/x?c={click_id}".to_owned();
    input.destinations[1].1.caps = vec![cap];
    let snapshot = Snapshot::compile(&input).snapshot;
    let (stream, first, second) = (StreamId(2), DestinationId(100), DestinationId(101));
    let subjects: Vec<_> = counted_subjects(&snapshot).collect();
    assert_eq!(
        subjects,
        [
            Subject::Campaign(CampaignId(10)),
            Subject::Stream(StreamId(1)),
            Subject::Stream(StreamId(3)),
            Subject::Destination(first),
            Subject::Destination(second),
            Subject::Route(stream, first),
            Subject::Route(stream, second),
            Subject::Route(stream, DestinationId(999)),
        ]
    );
    let streams: Vec<_> = snapshot.adaptive().collect();
    assert_eq!((streams.len(), streams[0].stream, streams[0].adaptive), (1, stream, &adaptive));
    assert_eq!(streams[0].weights(), [100, 7, 0, 0], "once for a repeated one, not at all for a missing one");
    assert_eq!(streams[0].subjects().count(), 4);
    assert_eq!(
        snapshot.loss_rules().map(|(id, rule)| (id, rule.clicks_min)).collect::<Vec<_>>(),
        [(first, 1)]
    );
    let probes: Vec<_> = snapshot.health_checks().collect();
    assert_eq!((probes.len(), probes[0].0, &*probes[0].1.url), (1, first, "https://a.example/x?c="));
}

#[test]
fn limits_that_are_invalid_are_left_out_alone_and_reported() {
    let mut input = input();
    let (_, campaign) = &mut input.campaigns[0];
    campaign.streams[0].choosing = Choosing::Sticky { ttl_hours: 0 };
    let bad = Cap { measure: Measure::Clicks, period: CapPeriod::Day, limit: Money::ZERO, timezone: None };
    campaign.streams[0].caps = vec![bad.clone()];
    campaign.caps = vec![bad; 21];
    let watched = &mut input.destinations[0].1;
    watched.loss_rule = Some(LossRule { roi_below: Money::from_whole(-200), clicks_min: 0, window_hours: 0 });
    watched.health = Some(HealthCheck { url: Some("ftp://x".to_owned()), interval_seconds: 1, failures: 0 });
    let other = &mut input.destinations[1].1;
    other.health = Some(HealthCheck { url: None, interval_seconds: 1, failures: 0 });
    let compiled = Snapshot::compile(&input);
    assert_eq!(compiled.snapshot.campaigns()[0].streams.len(), 1);
    let mut seen: Vec<_> = fields(&compiled).into_iter().map(|(field, _)| field).collect();
    seen.retain(|field| !field.starts_with("caps[") || *field == "caps[0].limit");
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            "caps",
            "caps[0].limit",
            "caps[0].limit",
            "choosing.ttl_hours",
            "destination 0000000000034: health.url",
            "destination 0000000000034: loss_rule.clicks_min",
            "destination 0000000000034: loss_rule.roi_below",
            "destination 0000000000034: loss_rule.window_hours",
            "destination 0000000000035: health",
        ]
    );
    let snapshot = &compiled.snapshot;
    assert_eq!((snapshot.loss_rules().count(), snapshot.health_checks().count()), (0, 1));
    assert_eq!(counted_subjects(snapshot).count(), 0, "no cap is left");
}

#[test]
fn a_snapshot_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Snapshot>();
}
