//! From landing pages on to destinations.

use crate::support::*;
use reqwest::{Method, header};
use signalbox_domain::{OfferChoice, Via};
use signalbox_events::wire::Record;

fn with_landing(routes: &[signalbox_domain::DestinationId]) -> signalbox_domain::Stream {
    let mut shown = stream(redirect(Via::Http), routes);
    shown.landings = vec![route(LANDING)];
    shown
}

async fn land(service: &Service, path: &str) -> (String, String) {
    let response = service.get(path).await;
    let target = location(&response);
    assert!(target.starts_with("https://landing.example/?cid="), "{target}");
    (parameter(&target, "cid"), cookie(&response, "sbx_click").unwrap().0)
}

#[tokio::test]
async fn a_landing_click_finds_its_click_by_token_cookie_or_id() {
    let service = Service::start(vec![campaign("cc", vec![with_landing(&[OFFER, SECOND])])]).await;
    let (id, token) = land(&service, "/cc?sub_id_1=a%26b").await;
    let with_cookie = |path: &str| {
        let request = service.request(Method::GET, path);
        request.header(header::COOKIE, format!("sbx_click={token}")).send()
    };
    for (response, to) in [
        (service.get(&format!("/click?cid={id}")).await, ""),
        (service.get(&format!("/click/2?clickid={id}")).await, "second"),
        (service.get(&format!("/click.php?lp=1&to_offer=1&click_id={id}")).await, "offer"),
        (service.get(&format!("/?_lp=1&_token={token}&offer_id=2")).await, "second"),
        (service.get(&format!("/cf/click/1?_token={token}")).await, "offer"),
        (service.get(&format!("/click/{SECOND}?_token={token}")).await, "second"),
        (with_cookie("/click/1").await.unwrap(), "offer"),
        (with_cookie("/click").await.unwrap(), ""),
    ] {
        let target = location(&response);
        assert_eq!(response.status().as_u16(), 302);
        assert!(
            target.starts_with(&format!("https://{to}")) && target.contains(".example/?cid="),
            "{target}"
        );
        assert_eq!((parameter(&target, "cid"), parameter(&target, "s1")), (id.clone(), "a%26b".to_owned()));
        assert_eq!(header_of(&response, "cache-control"), "no-store");
    }
    let landings = service.landing_clicks();
    let firsts: Vec<_> = landings.iter().map(|landing| landing.landing_click.first).collect();
    assert_eq!(firsts, [true, false, false, false, false, false, false, false], "only the first counts");
    let click = service.clicks().pop().unwrap();
    assert!(landings.iter().all(|landing| landing.landing_click.click == click.click.id && landing.counted));
    assert!(landings.iter().all(|landing| landing.landing_click.clicked_at == click.click.at));
    assert!(landings[0].landing_click.at >= click.click.at);
}

#[tokio::test]
async fn a_landing_click_nobody_can_prove_leads_nowhere() {
    let service = Service::start(vec![campaign("cc", vec![with_landing(&[OFFER])])]).await;
    let (_, token) = land(&service, "/cc").await;
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    let forged = format!("{}{last}", &token[..token.len() - 1]);
    for path in [
        "/click".to_owned(),
        "/click/1".to_owned(),
        format!("/click?cid={}", "01".repeat(13)),
        format!("/?_lp=1&_token={forged}"),
        "/?_lp=1&_token=".to_owned(),
        "/click?cid=%3Cscript%3E".to_owned(),
    ] {
        assert_eq!(service.get(&path).await.status().as_u16(), 404, "{path}");
    }
    assert!(service.landing_clicks().is_empty());
}

#[tokio::test]
async fn sub_ids_of_the_landing_click_take_over_and_exit_does_not_count() {
    let service = Service::start(vec![campaign("cc", vec![with_landing(&[OFFER])])]).await;
    let (id, token) = land(&service, "/cc?sub_id_1=old&sub_id_2=kept").await;
    let quiet = service.get(&format!("/?_lp=1&_token={token}&exit=1")).await;
    assert_eq!(parameter(&location(&quiet), "s1"), "old");
    let target = location(&service.get(&format!("/click?cid={id}&sub_id_1=new&sub_id_30=x")).await);
    assert_eq!(parameter(&target, "s1"), "new");
    let landings = service.landing_clicks();
    assert_eq!((landings[0].counted, landings[0].landing_click.first), (false, false));
    assert_eq!(
        (landings[1].counted, landings[1].landing_click.first),
        (true, true),
        "exit did not use it up"
    );
    let subs: Vec<_> =
        landings[1].landing_click.dims.sub_ids.iter().map(|(n, v)| (*n, v.to_string())).collect();
    assert_eq!(subs, [(1, "new".to_owned()), (2, "kept".to_owned()), (30, "x".to_owned())]);
}

#[tokio::test]
async fn an_offer_chosen_before_the_landing_is_kept() {
    let mut before = with_landing(&[OFFER, SECOND]);
    before.offer_choice = OfferChoice::BeforeLanding;
    let service = Service::start(vec![campaign("cc", vec![before])]).await;
    for _ in 0..8 {
        let (id, _) = land(&service, "/cc").await;
        let chosen = service.clicks().pop().unwrap().click.dims.destination;
        let wanted = if chosen == OFFER { "https://offer." } else { "https://second." };
        for path in [format!("/click?cid={id}"), format!("/click/1?cid={id}"), format!("/click/2?cid={id}")] {
            let target = location(&service.get(&path).await);
            assert!(target.starts_with(wanted), "{path}: {target}");
        }
    }
}

#[tokio::test]
async fn landing_clicks_go_on_after_a_restart_and_without_memory() {
    let service = Service::start(vec![campaign("cc", vec![with_landing(&[OFFER])])]).await;
    let (id, token) = land(&service, "/cc?sub_id_1=v").await;
    let service = service.restart().await;
    let target = location(&service.get(&format!("/click?cid={id}")).await);
    assert_eq!(parameter(&target, "s1"), "v", "the journal remembers: {target}");

    // Another node never saw the click; what it shares is the secret, which the catalog keeps.
    let other = Service::start(vec![campaign("cc", vec![with_landing(&[OFFER])])]).await;
    assert_eq!(
        other.get(&format!("/?_lp=1&_token={token}")).await.status().as_u16(),
        404,
        "another instance"
    );
    let fresh = service.forget_clicks().await;
    let by_id = fresh.get(&format!("/click?cid={id}")).await;
    assert_eq!(by_id.status().as_u16(), 404, "an id alone proves nothing");
    let response = fresh.get(&format!("/?_lp=1&_token={token}&sub_id_1=now")).await;
    let target = location(&response);
    assert_eq!((parameter(&target, "cid"), parameter(&target, "s1")), (id, "now".to_owned()), "{target}");
    let landing = fresh.landing_clicks().pop().unwrap();
    assert!(landing.counted && landing.landing_click.first);
    let again = fresh.get(&format!("/?_lp=1&_token={token}")).await;
    assert_eq!(again.status().as_u16(), 302);
    assert!(!fresh.landing_clicks().pop().unwrap().landing_click.first);
}

#[tokio::test]
async fn landing_clicks_of_clicks_that_are_not_kept_are_not_kept_either() {
    let mut quiet = with_landing(&[OFFER]);
    quiet.collect_clicks = false;
    let service = Service::start(vec![campaign("cc", vec![quiet])]).await;
    let (id, _) = land(&service, "/cc").await;
    assert!(location(&service.get(&format!("/click?cid={id}")).await).starts_with("https://offer.example/"));
    assert!(service.landing_clicks().is_empty() && service.clicks().is_empty());
}

#[tokio::test]
async fn an_update_needs_the_campaigns_token() {
    let mut updated = campaign("cc", vec![with_landing(&[OFFER])]);
    updated.api_token = Some("token-of-the-campaign".to_owned());
    let service = Service::start(vec![updated]).await;
    let (id, _) = land(&service, "/cc?sub_id_1=old").await;
    for key in ["", "wrong", "token-of-the-campaigN"] {
        let refused = service.get(&format!("/click?upd_clickid={id}&upd_key={key}&sub_id_1=x")).await;
        assert_eq!(refused.status().as_u16(), 404);
    }
    let path = format!("/click.php?upd_clickid={id}&upd_key=token-of-the-campaign&sub_id_1=new&t2=two");
    assert_eq!(service.get(&path).await.status().as_u16(), 200);
    let landing = service.landing_clicks().pop().unwrap();
    assert_eq!((landing.counted, landing.landing_click.dims.sub_ids.len()), (false, 2));
    assert_eq!(parameter(&location(&service.get(&format!("/click?cid={id}")).await), "s1"), "new");
    let record = Record::LandingClickV2(Box::new(landing));
    assert_eq!(record.landing_click().map(|(_, counted)| counted), Some(false));
}

#[tokio::test]
async fn a_conversion_in_the_browser_says_which_click_its_cookie_is_of() {
    let service = Service::start(vec![campaign("cc", vec![with_landing(&[OFFER])])]).await;
    let (id, token) = land(&service, "/cc").await;
    for (path, cookie, said) in [
        ("/postback?payout=1", token.as_str(), format!("GET /postback?payout=1&sbx_click={id} ")),
        ("/postback", &token, format!("GET /postback?sbx_click={id} ")),
        ("/click?cnv_id=7", &token, format!("GET /postback?cnv_id=7&sbx_click={id} ")),
        ("/postback?payout=1", "made-up", "GET /postback?payout=1 ".to_owned()),
        ("/postback?payout=1", "", "GET /postback?payout=1 ".to_owned()),
    ] {
        let request =
            service.request(Method::GET, path).header(header::COOKIE, format!("sbx_click={cookie}"));
        assert_eq!(request.send().await.unwrap().text().await.unwrap(), said, "{path} {cookie}");
    }
}
