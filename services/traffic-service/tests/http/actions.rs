//! What each action answers, and what is journaled of it.

use crate::support::*;
use reqwest::Method;
use signalbox_domain::{
    Action, BotPolicy, CampaignId, ExtraPath, RedirectStatus, StreamId, Uniqueness, UniquenessKey, Via,
};
use signalbox_events::wire::Outcome;

fn url(via: Via, status: RedirectStatus) -> Action {
    Action::Url { url: "https://target.example/?q={keyword}".to_owned(), status, via }
}

#[tokio::test]
async fn every_action_answers_as_it_says_and_is_kept() {
    let found = RedirectStatus::Found302;
    let actions = [
        ("http", url(Via::Http, found), 302, "", Outcome::Routed),
        ("moved", url(Via::Http, RedirectStatus::MovedPermanently301), 301, "", Outcome::Routed),
        ("again", url(Via::Http, RedirectStatus::Permanent308), 308, "", Outcome::Routed),
        ("meta", url(Via::Meta, found), 200, "http-equiv=\"refresh\"", Outcome::Routed),
        ("double", url(Via::DoubleMeta, found), 200, "/lp/onward", Outcome::Routed),
        ("js", url(Via::Js, found), 200, "location.replace(", Outcome::Routed),
        ("form", url(Via::Form, found), 200, "method=\"post\"", Outcome::Routed),
        ("iframe", url(Via::Iframe, found), 200, "<iframe src=", Outcome::Routed),
        ("html", Action::ShowHtml { body: "<p>{keyword}</p>".to_owned() }, 200, "<p>", Outcome::Answered),
        ("text", Action::ShowText { body: "k={keyword}".to_owned() }, 200, "k=<b>\"'", Outcome::Answered),
        ("nothing", Action::Nothing, 204, "", Outcome::Answered),
        ("gone", Action::NotFound, 404, "", Outcome::NotFound),
    ];
    let campaigns =
        actions.iter().map(|(slug, action, ..)| campaign(slug, vec![stream(action.clone(), &[])]));
    let service = Service::start(campaigns.collect()).await;
    for (slug, _, status, part, outcome) in &actions {
        let response = service.get(&format!("/{slug}?keyword=%3Cb%3E%22%27")).await;
        assert_eq!(response.status().as_u16(), *status, "{slug}");
        let cache = header_of(&response, "cache-control");
        assert_eq!(
            cache,
            if [301, 308].contains(status) { "private, max-age=30" } else { "no-store" },
            "{slug}"
        );
        if (300..400).contains(status) {
            assert_eq!(location(&response), "https://target.example/?q=%3Cb%3E%22%27");
        } else {
            assert_eq!(header_of(&response, "location"), "", "{slug}");
        }
        if *status == 200 {
            assert_eq!(header_of(&response, "x-content-type-options"), "nosniff", "{slug}");
            assert!(!header_of(&response, "content-security-policy").is_empty(), "{slug}");
        }
        let text = *slug == "text";
        let body = response.text().await.unwrap();
        assert!(body.contains(part), "{slug}: {body}");
        assert!(text || !body.contains("<b>"), "{slug}: {body}");
        let click = service.clicks().pop().unwrap();
        assert_eq!((click.click.outcome, click.click.status), (*outcome, *status), "{slug}");
    }
}

#[tokio::test]
async fn methods_are_answered_as_they_mean_it() {
    let service =
        Service::start(vec![campaign("cc", vec![stream(url(Via::Http, RedirectStatus::Found302), &[])])])
            .await;
    let head = service.request(Method::HEAD, "/cc").send().await.unwrap();
    assert_eq!((head.status().as_u16(), service.clicks().len()), (302, 1));
    assert_eq!(service.clicks()[0].click.dims.bot.as_str(), "head_request");
    let post = service.request(Method::POST, "/cc").body("a=1").send().await.unwrap();
    assert_eq!((post.status().as_u16(), service.clicks().len()), (303, 2));
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let response = service.request(method.clone(), "/cc").send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), header_of(&response, "allow").as_str()),
            (405, "GET, HEAD, POST")
        );
    }
    assert_eq!(service.clicks().len(), 2);
}

#[tokio::test]
async fn the_second_page_of_two_leads_only_where_the_first_said() {
    let service = Service::start(vec![campaign(
        "cc",
        vec![stream(url(Via::DoubleMeta, RedirectStatus::Found302), &[])],
    )])
    .await;
    let page = service.get("/cc?keyword=x").await.text().await.unwrap();
    let link = page.split("0;url=").nth(1).unwrap().split('"').next().unwrap();
    let link = link.replace("&#63;", "?").replace("&#61;", "=").replace("&#38;", "&").replace("&#37;", "%");
    let second = service.get(&link).await;
    assert_eq!(
        (second.status().as_u16(), header_of(&second, "referrer-policy").as_str()),
        (200, "no-referrer")
    );
    assert!(second.text().await.unwrap().contains("target.example"));
    for stolen in [link.replace("target", "evil"), "/lp/onward?u=https%3A%2F%2Fevil.example".to_owned()] {
        assert_eq!(service.get(&stolen).await.status().as_u16(), 404, "{stolen}");
    }
    assert_eq!(service.clicks().len(), 1, "the second page is no click");
}

#[tokio::test]
async fn machines_get_what_the_campaign_says() {
    let with = |slug: &str, bots| {
        let mut campaign = campaign(slug, vec![stream(redirect(Via::Http), &[OFFER])]);
        campaign.bots = bots;
        campaign
    };
    let service = Service::start(vec![
        with("route", BotPolicy::Route),
        with("url", BotPolicy::Url { url: "https://bots.example/?c={click_id}".to_owned() }),
        with("none", BotPolicy::NotFound),
        with("ignore", BotPolicy::Ignore),
    ])
    .await;
    let robot = |slug: &str| {
        let agent = "Googlebot/2.1 (+http://www.google.com/bot.html)";
        service.request_as(agent, Method::GET, &format!("/{slug}")).send()
    };
    assert!(location(&robot("route").await.unwrap()).starts_with("https://offer.example/"));
    assert!(location(&robot("url").await.unwrap()).starts_with("https://bots.example/?c="));
    assert_eq!(robot("none").await.unwrap().status().as_u16(), 404);
    let clicks = service.clicks();
    let outcomes: Vec<_> =
        clicks.iter().map(|click| (click.click.outcome, click.click.dims.bot.is_bot())).collect();
    assert_eq!(outcomes, [(Outcome::Routed, true), (Outcome::Bot, true), (Outcome::Bot, true)]);
    assert!(location(&robot("ignore").await.unwrap()).starts_with("https://offer.example/"));
    assert_eq!((service.clicks().len(), service.counted()), (3, 0), "an ignored machine leaves no record");
    assert!(location(&service.get("/ignore").await).starts_with("https://offer.example/"));
    assert_eq!(service.clicks().len(), 4, "a person does");
}

#[tokio::test]
async fn clicks_that_are_not_collected_are_only_counted() {
    let mut quiet = stream(redirect(Via::Http), &[OFFER]);
    quiet.collect_clicks = false;
    let service = Service::start(vec![campaign("cc", vec![quiet])]).await;
    assert!(location(&service.get("/cc").await).starts_with("https://offer.example/"));
    assert_eq!((service.clicks().len(), service.counted()), (0, 1));
}

#[tokio::test]
async fn a_click_that_is_passed_on_stays_with_its_campaign() {
    let inner = campaign("inner", vec![stream(redirect(Via::Http), &[OFFER])]);
    let mut pass = stream(Action::Campaign { campaign_id: inner.id }, &[]);
    pass.id = StreamId(12);
    let outer = campaign("outer", vec![pass]);
    let (outer_id, inner_id) = (outer.id, inner.id);
    let mut circle = stream(Action::Campaign { campaign_id: campaign("circle", vec![]).id }, &[]);
    circle.id = StreamId(13);
    let service = Service::start(vec![inner, outer, campaign("circle", vec![circle])]).await;
    assert!(location(&service.get("/outer").await).starts_with("https://offer.example/"));
    let click = service.clicks().pop().unwrap();
    let dims = &click.click.dims;
    assert_eq!((dims.campaign, dims.stream, dims.destination), (outer_id, StreamId(12), OFFER));
    assert_eq!((click.passed_to, click.passed_to_stream), (inner_id, StreamId(11)));
    assert_eq!(service.get("/circle").await.status().as_u16(), 404);
    let click = service.clicks().pop().unwrap();
    assert_eq!((click.click.outcome, click.passed_to), (Outcome::Loop, CampaignId::NONE));
}

#[tokio::test]
async fn parameters_and_path_go_along_when_the_campaign_says() {
    let mut forwarding = campaign("f", vec![stream(redirect(Via::Http), &[OFFER])]);
    forwarding.forward_query = true;
    forwarding.extra_path = ExtraPath::Append;
    let service =
        Service::start(vec![forwarding, campaign("p", vec![stream(redirect(Via::Http), &[OFFER])])]).await;
    let target = location(&service.get("/f/a//b%2fc?keyword=own&new=1%262&cid=stolen").await);
    assert!(target.starts_with("https://offer.example/a/b%2Fc?"), "{target}");
    assert_eq!(
        (parameter(&target, "keyword"), parameter(&target, "new")),
        ("own".to_owned(), "1%262".to_owned())
    );
    assert_eq!(parameter(&target, "cid").len(), 26, "the click id is not replaced: {target}");
    let target = location(&service.get("/p?new=1").await);
    assert_eq!(parameter(&target, "new"), "");
    assert_eq!(service.get("/p/more").await.status().as_u16(), 404);
}

#[tokio::test]
async fn a_visitor_gets_a_name_where_names_tell_visitors_apart() {
    let mut named = campaign("named", vec![stream(redirect(Via::Http), &[OFFER])]);
    named.uniqueness = Uniqueness { key: UniquenessKey::Cookie, ttl_hours: 48 };
    let service =
        Service::start(vec![named, campaign("plain", vec![stream(redirect(Via::Http), &[OFFER])])]).await;
    let first = service.get("/named").await;
    let (name, line) = cookie(&first, "sbx_visitor").unwrap();
    assert!(line.ends_with("; Path=/; Max-Age=172800; HttpOnly; SameSite=Lax"), "{line}");
    // Another address or agent, the same cookie: the same visitor.
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
    let again = service.request_as(firefox, Method::GET, "/named");
    let again = again.header("cookie", format!("sbx_visitor={name}")).send().await.unwrap();
    assert!(cookie(&again, "sbx_visitor").is_none());
    let clicks = service.clicks();
    let unique: Vec<_> = clicks.iter().map(|click| click.click.unique.campaign).collect();
    assert_eq!(unique, [true, false]);
    assert_eq!(clicks[0].visitor, clicks[1].visitor);
    assert!(cookie(&service.get("/plain").await, "sbx_visitor").is_none());
}

#[tokio::test]
async fn cookies_are_for_https_only_where_the_visit_was() {
    let mut shown = stream(redirect(Via::Http), &[OFFER]);
    shown.landings = vec![route(LANDING)];
    let service =
        Service::start_with(vec![campaign("cc", vec![shown])], &[("traffic.trusted_proxies", "127.0.0.1")])
            .await;
    let secure = service.request(Method::GET, "/cc").header("x-forwarded-for", "198.51.100.7");
    let secure = secure.header("x-forwarded-proto", "https").send().await.unwrap();
    assert!(cookie(&secure, "sbx_click").unwrap().1.ends_with("; Secure"));
    assert!(!cookie(&service.get("/cc").await, "sbx_click").unwrap().1.contains("Secure"));
    assert_eq!(service.clicks()[0].click.ip.to_string(), "198.51.100.7");
}
