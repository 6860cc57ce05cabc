//! Events of clicks: numbers that links, landing pages and holders of a key say.

use crate::support::*;
use reqwest::{Method, header};
use signalbox_domain::{Stream, Via};

fn with_landing() -> Stream {
    let mut shown = stream(redirect(Via::Http), &[OFFER]);
    shown.landings = vec![route(LANDING)];
    shown
}

/// Visits the landing page: the click's id and the cookie.
async fn land(service: &Service, path: &str) -> (String, String) {
    let response = service.get(path).await;
    (parameter(&location(&response), "cid"), cookie(&response, "sbx_click").unwrap().0)
}

fn said(service: &Service, id: &str) -> Vec<String> {
    service.events().into_iter().filter(|(click, ..)| click == id).map(|(_, said, _)| said).collect()
}

#[tokio::test]
async fn a_campaign_link_says_events_of_its_click_which_is_kept_before() {
    let service = Service::start(vec![campaign("cc", vec![stream(redirect(Via::Http), &[OFFER])])]).await;
    let target =
        location(&service.get("/cc?event3=10&x=1&ADD_EVENT30=-0.5&event4=abc&event31=1&event5=").await);
    let id = parameter(&target, "cid");
    assert_eq!(service.events(), [(id, "event3=10 ADD_EVENT30=-0.5".to_owned(), 1)]);
    service.get("/cc?eventful=1").await;
    assert_eq!((service.events().len(), service.clicks().len()), (1, 2), "no event, nothing said");
}

#[tokio::test]
async fn landing_clicks_say_events_and_a_picture_says_them_without_going_on() {
    let service = Service::start(vec![campaign("cc", vec![with_landing()])]).await;
    let (id, token) = land(&service, "/cc").await;
    let with_cookie = |path: &str| {
        let request = service.request(Method::GET, path);
        request.header(header::COOKIE, format!("sbx_click={token}")).send()
    };
    for path in ["/click?lp=1&event1=555", "/click/1?event1=2", "/click?to_offer=1&add_event1=1"] {
        assert!(location(&with_cookie(path).await.unwrap()).starts_with("https://offer.example/"), "{path}");
    }
    assert_eq!(service.landing_clicks().len(), 3);
    for path in ["/click.php?event2=1", "/click?add_event2=1&sub_id_1=x"] {
        let picture = with_cookie(path).await.unwrap();
        let kind = header_of(&picture, "content-type");
        assert_eq!((picture.status().as_u16(), kind.as_str()), (200, "image/gif"), "{path}");
    }
    let by_id = service.get(&format!("/click?cid={id}&event3=7")).await;
    assert_eq!(header_of(&by_id, "content-type"), "image/gif");
    assert_eq!(service.landing_clicks().len(), 3, "a picture is no landing click");
    let expected = ["event1=555", "event1=2", "add_event1=1", "event2=1", "add_event2=1", "event3=7"];
    assert_eq!(said(&service, &id), expected);
    // A click that nobody can prove: the picture is answered, nothing is kept.
    let stranger = service.get("/click?event1=9").await;
    assert_eq!(header_of(&stranger, "content-type"), "image/gif");
    assert_eq!(service.events().len(), expected.len());
}

#[tokio::test]
async fn an_update_says_events_of_any_click_with_the_key_of_its_campaign() {
    let mut updated = campaign("cc", vec![stream(redirect(Via::Http), &[OFFER])]);
    updated.api_token = Some("token-of-the-campaign".to_owned());
    let service = Service::start(vec![updated]).await;
    let id = parameter(&location(&service.get("/cc").await), "cid");
    for key in ["", "wrong"] {
        let refused = service.get(&format!("/click?upd_clickid={id}&upd_key={key}&event1=5")).await;
        assert_eq!(refused.status().as_u16(), 404);
    }
    let taken = service.get(&format!("/click?upd_clickid={id}&upd_key=token-of-the-campaign&event1=5")).await;
    assert_eq!(taken.status().as_u16(), 200);
    let of = campaign("cc", Vec::new()).id;
    assert_eq!(said(&service, &id), [format!("event1=5 key_campaign={of}")]);
    // Of a click that is not remembered here, whoever judges it has to see whether it is of the campaign; nobody says that in its place.
    let forgotten =
        signalbox_domain::ClickId(id.parse::<signalbox_domain::ClickId>().unwrap().0 + 1).to_string();
    let path =
        format!("/click?key_campaign=1&upd_clickid={forgotten}&upd_key=token-of-the-campaign&add_event2=1");
    assert_eq!(service.get(&path).await.status().as_u16(), 200);
    assert_eq!(said(&service, &forgotten), [format!("add_event2=1 key_campaign={of}")]);
    let nothing = service.get(&format!("/click?upd_clickid={id}&upd_key=token-of-the-campaign")).await;
    assert_eq!(nothing.status().as_u16(), 404);
}

#[tokio::test]
async fn the_key_of_another_campaign_says_nothing_of_a_click_that_is_remembered() {
    let mut other = campaign("other", vec![with_landing()]);
    other.id = signalbox_domain::CampaignId(other.id.0 + 1);
    other.api_token = Some("token-of-another-one".to_owned());
    let service = Service::start(vec![campaign("cc", vec![with_landing()]), other]).await;
    let (id, _) = land(&service, "/cc").await;
    let path = format!("/click?upd_clickid={id}&upd_key=token-of-another-one&event1=5");
    assert_eq!(service.get(&path).await.status().as_u16(), 404);
    assert!(service.events().is_empty());
}

#[tokio::test]
async fn events_of_clicks_that_are_not_kept_are_not_kept_either() {
    let mut quiet = with_landing();
    quiet.collect_clicks = false;
    let service = Service::start(vec![campaign("cc", vec![quiet])]).await;
    let (id, _) = land(&service, "/cc?event1=1").await;
    assert!(
        location(&service.get(&format!("/click?lp=1&cid={id}&event1=2")).await).starts_with("https://offer")
    );
    assert!(service.events().is_empty());
}
