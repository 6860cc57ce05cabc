use super::*;
use crate::{Dice, Severity, choose_after_landing};
use signalbox_domain::{
    Action, Choosing, CostModel, DestinationState, Money, Route, Slug, Stream, StreamId, StreamKind,
    StreamSelection, Uniqueness,
};

const HOME: WorkspaceId = WorkspaceId(1);

fn workspace(timezone: &str) -> Workspace {
    Workspace {
        id: HOME,
        name: "home".to_owned(),
        currency: "USD".parse().unwrap(),
        timezone: timezone.to_owned(),
        rates: Vec::new(),
    }
}

fn destination(id: u64, url: &str, state: DestinationState) -> (WorkspaceId, Destination) {
    let destination = Destination {
        id: DestinationId(id),
        name: format!("d{id}"),
        kind: signalbox_domain::DestinationKind::Offer,
        url: url.to_owned(),
        network_id: None,
        payout: signalbox_domain::Payout::Auto,
        currency: None,
        state,
        tags: Vec::new(),
        notes: String::new(),
    };
    (HOME, destination)
}

fn stream(id: u64, routes: &[u64]) -> Stream {
    let route = |id: &u64| Route { destination_id: DestinationId(*id), weight: 100, active: true };
    Stream {
        id: StreamId(id),
        name: format!("s{id}"),
        kind: StreamKind::Regular,
        active: true,
        weight: 100,
        rules: signalbox_domain::Rule::default(),
        action: Action::default(),
        choosing: Choosing::Weighted,
        landings: Vec::new(),
        routes: routes.iter().map(route).collect(),
        trafficback_url: None,
        notes: String::new(),
    }
}

fn campaign(id: u64, streams: Vec<Stream>) -> (WorkspaceId, Campaign) {
    let campaign = Campaign {
        id: CampaignId(id),
        name: format!("c{id}"),
        slug: Slug(format!("slug-{id}")),
        domain_id: None,
        state: signalbox_domain::CampaignState::Active,
        source_id: None,
        cost: CostModel::default(),
        cost_from_parameter: false,
        currency: None,
        uniqueness: Uniqueness::default(),
        stream_selection: StreamSelection::Position,
        trafficback_url: None,
        streams,
        tags: Vec::new(),
        notes: String::new(),
    };
    (HOME, campaign)
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

#[test]
fn after_a_landing_the_asked_route_is_taken_or_one_is_chosen() {
    let mut input = input();
    input.destinations[0].1.state = DestinationState::Paused;
    let compiled = Snapshot::compile(&input);
    let snapshot = &compiled.snapshot;
    let stream = &snapshot.campaigns()[0].streams[0];
    let choose = |number| choose_after_landing(stream, snapshot, number, &mut Fixed(0)).map(|d| d.id.0);
    for number in [None, Some(0), Some(1), Some(2), Some(3), Some(usize::MAX)] {
        assert_eq!(choose(number), Some(101), "{number:?}: only the second route takes traffic");
    }
    let compiled = Snapshot::compile(&super::tests::input());
    let snapshot = &compiled.snapshot;
    let stream = &snapshot.campaigns()[0].streams[0];
    let choose =
        |number, roll| choose_after_landing(stream, snapshot, number, &mut Fixed(roll)).map(|d| d.id.0);
    assert_eq!(choose(Some(2), 0), Some(101));
    assert_eq!(choose(Some(1), 150), Some(100));
    assert_eq!((choose(None, 0), choose(None, 150)), (Some(100), Some(101)));
    let mut closed = super::tests::input();
    closed.destinations.iter_mut().for_each(|(_, one)| one.state = DestinationState::Down);
    let compiled = Snapshot::compile(&closed);
    let stream = &compiled.snapshot.campaigns()[0].streams[0];
    assert!(choose_after_landing(stream, &compiled.snapshot, Some(1), &mut Fixed(0)).is_none());
}

#[test]
fn a_snapshot_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Snapshot>();
}
