//! No record of a workspace with a policy for addresses holds more of a visitor's address than the policy allows.

use crate::support::*;
use reqwest::{Method, header};
use sha2::{Digest as _, Sha256};
use signalbox_catalog::SystemScope;
use signalbox_domain::{
    AddressPolicy, BotPolicy, Campaign, NO_ADDRESS, Stream, UniquenessKey, Via, Workspace, WorkspaceId,
};
use signalbox_events::{ReadLimit, wire::Record};
use std::net::{IpAddr, Ipv6Addr};

const SYSTEM: SystemScope = SystemScope::new("tests");
const URL: &str =
    "https://offer.example/?cid={click_id}&a={ip}&h={ip|sha256}&x={header:x-forwarded-for}&s={sub_id_1}";

/// Whose clicks tell when a policy is in force.
const FIRST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 129));

/// Every way a visitor goes: straight on, over a landing page, into trafficback, as a machine, counted only.
fn campaigns() -> Vec<Campaign> {
    let straight = || stream(redirect(Via::Http), &[OFFER]);
    let landed = Stream { landings: vec![route(LANDING)], ..straight() };
    let mut nowhere = campaign("nowhere", Vec::new());
    nowhere.trafficback_url = Some("https://back.example/?ip={ip}".to_owned());
    let mut machines = campaign("machines", vec![straight()]);
    machines.bots = BotPolicy::Url { url: "https://bots.example/?ip={ip}".to_owned() };
    let mut by_address = campaign("by-address", vec![straight()]);
    by_address.uniqueness.key = UniquenessKey::Ip;
    let counted = Stream { collect_clicks: false, ..straight() };
    vec![
        campaign("straight", vec![straight()]),
        campaign("landed", vec![landed]),
        campaign("counted", vec![counted]),
        nowhere,
        machines,
        by_address,
    ]
}

async fn start(policy: AddressPolicy) -> Service {
    let settings = [("traffic.trusted_proxies", "127.0.0.1"), ("traffic.trace_sample_permille", "500")];
    let service = Service::start_with(campaigns(), &settings).await;
    service.change(OFFER, |offer| offer.url = URL.to_owned()).await;
    keep_only(&service, policy).await;
    service
}

/// Changes the policy of the workspace.
async fn keep_only(service: &Service, policy: AddressPolicy) {
    let repo = service.catalog.workspaces();
    let mut stored = repo.get(SYSTEM, WORKSPACE).await.unwrap();
    stored.value.addresses = policy;
    repo.update(SYSTEM, stored.version, stored.value).await.unwrap();
}

/// Addresses of all kinds, the same in every run; none that its policy leaves as it is.
fn addresses() -> Vec<IpAddr> {
    let mut bits: u128 = 0x00c0_ffee;
    let mut next = || {
        bits =
            bits.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(0x1405_7b7e_f767_814f);
        bits
    };
    let v4 = |bits: u128| {
        IpAddr::from([11 + (bits >> 100) as u8 % 90, (bits >> 80) as u8, (bits >> 60) as u8, 137])
    };
    let v6 = |bits: u128| IpAddr::from(Ipv6Addr::from_bits(bits >> 3 | 0x2000 << 112 | 0xabcd));
    (0..24).map(|round| if round % 2 == 0 { v4(next()) } else { v6(next()) }).collect()
}

fn is_in(needle: &[u8], bytes: &[u8]) -> bool {
    bytes.to_ascii_lowercase().windows(needle.len()).any(|window| window == needle)
}

/// All ways an address could be found in the bytes of a record.
fn traces_of(ip: IpAddr) -> Vec<Vec<u8>> {
    let text = ip.to_string();
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets().to_ascii_lowercase(),
        IpAddr::V6(ip) => ip.octets().to_ascii_lowercase(),
    };
    let hash: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    vec![text.clone().into_bytes(), text.replace(':', "%3a").into_bytes(), octets, hash.into_bytes()]
}

async fn visit(
    service: &Service,
    ip: IpAddr,
    agent: &str,
    path: &str,
    cookie: Option<&str>,
) -> reqwest::Response {
    let mut request = service.request_as(agent, Method::GET, path).header("x-forwarded-for", ip.to_string());
    request = request.header(header::REFERER, format!("https://ref.example/?from={ip}"));
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, format!("sbx_click={cookie}"));
    }
    request.send().await.unwrap()
}

/// One visitor goes every way there is. The destinations are told the whole address.
async fn go_every_way(service: &Service, ip: IpAddr) {
    for slug in ["straight", "counted", "nowhere", "by-address"] {
        let path = format!("/{slug}?sub_id_1={ip}&keyword={ip}&external_id={ip}&event1=5");
        let target = location(&visit(service, ip, CHROME, &path, None).await);
        let told = target.replace("%3A", ":").replace("%3a", ":");
        assert!(told.contains(&ip.to_string()), "{slug} {ip}: {target}");
    }
    let machine = visit(service, ip, "curl/8.5.0", "/machines", None).await;
    assert!(location(&machine).starts_with("https://bots.example/"), "{machine:?}");
    let landed = visit(service, ip, CHROME, &format!("/landed?sub_id_2={ip}"), None).await;
    let (token, _) = cookie(&landed, "sbx_click").unwrap();
    let onward =
        visit(service, ip, CHROME, &format!("/click?lp=1&event2=1&sub_id_1={ip}"), Some(&token)).await;
    let target = location(&onward).replace("%3A", ":").replace("%3a", ":");
    assert!(target.contains(&format!("a={ip}")), "{target}");
    visit(service, ip, CHROME, "/click?event3=1", Some(&token)).await;
}

/// Waits until the policy is in force: a click says so.
async fn in_force(service: &Service, policy: AddressPolicy) {
    let ip = FIRST;
    let began = std::time::Instant::now();
    loop {
        visit(service, ip, CHROME, "/straight", None).await;
        if service.clicks().last().unwrap().click.ip == policy.cut(ip) {
            return;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "the policy never came into force");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn records_hold_no_more_than_the_policy_allows() {
    for policy in [AddressPolicy::Truncate, AddressPolicy::Remove] {
        let service = start(policy).await;
        in_force(&service, policy).await;
        let addresses = addresses();
        for ip in &addresses {
            go_every_way(&service, *ip).await;
        }
        let records = service.all_records();
        assert!(records.len() > addresses.len() * 9, "{}", records.len());
        let mut with_address = 0;
        for bytes in &records {
            for ip in &addresses {
                for trace in traces_of(*ip) {
                    assert!(!is_in(&trace, bytes), "{policy:?} {ip}: {:?}", Record::decode(bytes));
                }
            }
            let kept = match Record::decode(bytes).unwrap() {
                Record::ClickV2(click) => click.click.ip,
                Record::EventsRaw(raw) => raw.ip,
                _ => continue,
            };
            if kept == FIRST {
                continue;
            }
            with_address += 1;
            assert_eq!(policy.cut(kept), kept);
            assert!(policy == AddressPolicy::Truncate || kept == NO_ADDRESS);
        }
        assert!(with_address > addresses.len() * 7, "{with_address}");
        assert!(service.counted() >= addresses.len(), "clicks that are only counted have no address");
    }
}

#[tokio::test]
async fn visitors_are_known_by_the_whole_address_and_their_key_does_not_give_it_away() {
    use signalbox_events::visitor::{VisitorSource, visitor_key};
    let service = start(AddressPolicy::Remove).await;
    in_force(&service, AddressPolicy::Remove).await;
    let before = service.clicks().len();
    let (one, other): (IpAddr, IpAddr) = ("198.51.100.1".parse().unwrap(), "198.51.100.2".parse().unwrap());
    for ip in [one, other, one] {
        visit(&service, ip, CHROME, "/by-address", None).await;
    }
    let clicks = service.clicks().split_off(before);
    let unique: Vec<bool> = clicks.iter().map(|click| click.click.unique.campaign).collect();
    assert_eq!(unique, [true, true, false], "neighbours are two visitors");
    assert_eq!(clicks[0].visitor, clicks[2].visitor);
    assert!(clicks.iter().all(|click| click.visitor != visitor_key(VisitorSource::Ip(one))));
    let service = service.restart_with(&[("traffic.trusted_proxies", "127.0.0.1")]).await;
    visit(&service, one, CHROME, "/by-address", None).await;
    let again = service.clicks().pop().unwrap();
    assert!(!again.click.unique.campaign, "still known after a restart");
    assert_eq!(again.visitor, clicks[0].visitor);
}

#[tokio::test]
async fn whoever_says_nothing_keeps_everything() {
    let service = start(AddressPolicy::Keep).await;
    let ip: IpAddr = "203.0.113.9".parse().unwrap();
    visit(&service, ip, CHROME, &format!("/straight?sub_id_1={ip}"), None).await;
    let click = service.clicks().pop().unwrap();
    assert_eq!(click.click.ip, ip);
    assert!(click.click.path_and_query.contains("203.0.113.9"));
}

#[tokio::test]
async fn a_changed_policy_is_in_force_with_the_configuration_that_brings_it() {
    use signalbox_events::visitor::{VisitorSource, visitor_key};
    let service = start(AddressPolicy::Keep).await;
    let ip: IpAddr = "198.51.100.7".parse().unwrap();
    let mut keys = Vec::new();
    for policy in [AddressPolicy::Keep, AddressPolicy::Truncate, AddressPolicy::Keep, AddressPolicy::Remove] {
        keep_only(&service, policy).await;
        in_force(&service, policy).await;
        visit(&service, ip, CHROME, "/by-address", None).await;
        let click = service.clicks().pop().unwrap();
        assert_eq!(click.click.ip, policy.cut(ip));
        keys.push(click.visitor);
    }
    let plain = visitor_key(VisitorSource::Ip(ip));
    assert_eq!((keys[0], keys[2]), (plain, plain));
    assert_ne!(keys[1], plain, "a key of the address alone could be tried out");
    assert_eq!(keys[1], keys[3], "the salt is the workspace's, whatever the policy");
}

#[tokio::test]
async fn browsers_of_nobody_knows_whose_visitors_have_the_strictest_policy_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let options = signalbox_events::JournalOptions::new(signalbox_events::Stream::Postbacks);
    let received = signalbox_events::Journal::open(folder.path(), options).unwrap();
    let service = Service::start_alone(received.clone()).await;
    let repo = service.catalog.workspaces();
    for id in [1_u64, 2] {
        let id = format!("{id:013}");
        let fields = serde_json::json!({ "id": id, "name": "One", "currency": "USD", "timezone": "UTC" });
        repo.create(SYSTEM, serde_json::from_value::<Workspace>(fields).unwrap()).await.unwrap();
    }
    let sent = async |path: &str| {
        assert_eq!(service.get(path).await.status().as_u16(), 200);
        let limit = ReadLimit { records: 1, bytes: 1 << 20, wait: std::time::Duration::ZERO };
        let kept = received.reader(received.head() - 1).read(limit).unwrap().records;
        match Record::decode(&kept[0].payload).unwrap() {
            Record::PostbackUnmatched(last) => last.raw.ip,
            other => panic!("{other:?}"),
        }
    };
    let whole = service.address.ip();
    for policy in [AddressPolicy::Remove, AddressPolicy::Truncate, AddressPolicy::Keep] {
        let mut stored = repo.get(SYSTEM, WorkspaceId(2)).await.unwrap();
        stored.value.addresses = policy;
        repo.update(SYSTEM, stored.version, stored.value).await.unwrap();
        let began = std::time::Instant::now();
        while sent("/conversion.gif?cid=1").await != policy.cut(whole) {
            assert!(began.elapsed() < std::time::Duration::from_secs(60), "{policy:?} never came into force");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(sent("/postback?cid=2").await, whole, "a network's server is no visitor");
    }
}
