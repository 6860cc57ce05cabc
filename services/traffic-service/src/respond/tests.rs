use super::*;
use http_body_util::BodyExt as _;

const NOW: Timestamp = Timestamp(1_790_000_000_000);
const TARGET: &str = "https://offer.example/p?sub=a%26b&x=%22%3E%3C/script%3E#top";

fn signer() -> Signer {
    Signer::new(&[1; 32])
}

fn send(via: Via, status: u16, target: &str, method: &Method) -> Response {
    SendOn { via, status, target, method, now: NOW }.answer(&signer())
}

fn header_of(response: &Response, name: header::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn page_of(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[test]
fn each_redirect_status_has_its_caching() {
    for (status, cache) in [
        (301, "private, max-age=30"),
        (302, "no-store"),
        (303, "no-store"),
        (307, "no-store"),
        (308, "private, max-age=30"),
    ] {
        let response = send(Via::Http, status, TARGET, &Method::GET);
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(header_of(&response, header::LOCATION), TARGET);
        assert_eq!(header_of(&response, header::CACHE_CONTROL), cache);
        assert!(response.headers().get(header::SET_COOKIE).is_none());
    }
}

#[test]
fn a_post_is_told_clearly_what_to_do_next() {
    for (status, answered) in [(301, 303), (302, 303), (303, 303), (307, 307), (308, 308)] {
        assert_eq!(send(Via::Http, status, TARGET, &Method::POST).status().as_u16(), answered);
    }
}

#[test]
fn what_is_no_web_address_is_sent_by_no_means() {
    let evil = [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/local",
        "",
        "JAVASCRIPT://x%0aalert(1)",
    ];
    for via in [Via::Http, Via::Meta, Via::DoubleMeta, Via::Js, Via::Form, Via::Iframe] {
        for target in evil {
            let response = send(via, 302, target, &Method::GET);
            assert_eq!(response.status(), 404, "{via:?} {target}");
            assert!(response.headers().get(header::LOCATION).is_none());
        }
    }
    assert_eq!(redirect(302, "https://a.example/\r\nSet-Cookie: x").status(), 404);
    assert_eq!(redirect(200, "https://a.example/").status(), 302, "a redirect is one");
}

#[tokio::test]
async fn pages_that_send_on_allow_themselves_only_what_they_need() {
    for (via, allowed) in [
        (Via::Meta, "form-action 'none'"),
        (Via::DoubleMeta, "form-action 'none'"),
        (Via::Js, "script-src 'nonce-"),
        (Via::Form, "form-action http: https:"),
        (Via::Iframe, "frame-src http: https:"),
    ] {
        let response = send(via, 302, TARGET, &Method::GET);
        assert_eq!(response.status(), 200, "{via:?}");
        assert_eq!(header_of(&response, header::CACHE_CONTROL), "no-store");
        assert_eq!(header_of(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
        let referrer = if via == Via::DoubleMeta { "no-referrer" } else { "origin" };
        assert_eq!(header_of(&response, header::REFERRER_POLICY), referrer);
        let policy = header_of(&response, header::CONTENT_SECURITY_POLICY).to_owned();
        assert!(policy.starts_with("default-src 'none'") && policy.contains(allowed), "{policy}");
        let again = send(via, 302, TARGET, &Method::GET);
        if policy.contains("nonce-") {
            assert_ne!(policy, header_of(&again, header::CONTENT_SECURITY_POLICY), "a nonce is used once");
        }
    }
}

/// Elements that a page holds, by name.
fn count(page: &str, element: &str) -> usize {
    page.matches(&format!("<{element}")).count()
}

#[tokio::test]
async fn a_target_stays_a_target_in_every_page() {
    // Raw on purpose: expansion encodes these, and the pages must not depend on it.
    let evil = "https://offer.example/?a=\"><script>alert(1)</script>'&b=\u{2028}\\\"</iframe>\n";
    for (via, scripts) in
        [(Via::Meta, 0), (Via::Js, 1), (Via::Form, 1), (Via::Iframe, 0), (Via::DoubleMeta, 0)]
    {
        let page = page_of(send(via, 302, evil, &Method::GET)).await;
        assert_eq!((count(&page, "script"), page.matches("</script>").count()), (scripts, scripts), "{page}");
        assert_eq!(count(&page, "iframe"), usize::from(via == Via::Iframe), "{page}");
        assert!(!page.contains("alert(1)") && !page.contains('\u{2028}'), "{page}");
    }
}

#[tokio::test]
async fn a_form_posts_the_targets_query() {
    let page =
        page_of(send(Via::Form, 302, "https://offer.example/p?sub=a%26b+c&flag#top", &Method::GET)).await;
    assert!(page.contains("method=\"post\" action=\"https://offer.example/p&#35;top\""), "{page}");
    assert!(page.contains("name=\"sub\" value=\"a&#38;b&#32;c\""), "{page}");
    assert!(page.contains("name=\"flag\" value=\"\""), "{page}");
}

#[tokio::test]
async fn the_second_page_of_two_is_signed() {
    let first = page_of(send(Via::DoubleMeta, 302, TARGET, &Method::GET)).await;
    let link = first.split("url=").nth(1).unwrap().split("\">").next().unwrap();
    let link = link.replace("&#63;", "?").replace("&#61;", "=").replace("&#38;", "&").replace("&#37;", "%");
    let (path, query) = link.split_once('?').unwrap();
    assert_eq!(path, page::ONWARD);
    let second = page::onward(&signer(), query, NOW);
    assert_eq!((second.status().as_u16(), header_of(&second, header::REFERRER_POLICY)), (200, "no-referrer"));
    assert!(page_of(second).await.contains(&escape::to_html(TARGET)));
    let elsewhere = query.replace("offer%2Eexample", "evil%2Eexample");
    assert_ne!(elsewhere, query);
    for query in
        [elsewhere.as_str(), "", "u=https%3A%2F%2Fevil.example", "e=9999999999&s=AAAA&u=https://evil.example"]
    {
        assert_eq!(page::onward(&signer(), query, NOW).status(), 404, "{query}");
    }
    assert_eq!(page::onward(&signer(), query, NOW.plus_ms(600_000)).status(), 404, "it ends");
}

#[test]
fn a_text_is_no_page_and_nothing_is_nothing() {
    let text = shown_text("<script>alert(1)</script>".to_owned());
    assert_eq!(header_of(&text, header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert_eq!(header_of(&text, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(header_of(&text, header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    assert_eq!(
        (nothing().status(), header_of(&nothing(), header::CACHE_CONTROL)),
        (StatusCode::NO_CONTENT, "no-store")
    );
    assert_eq!(header_of(&wrong_method(), header::ALLOW), "GET, HEAD, POST");
}

#[test]
fn cookies_are_first_party_and_hidden_from_scripts() {
    let mut response = not_found();
    cookie::set_click(&mut response, "abc", true);
    cookie::set_visitor(&mut response, "v1", 24, false);
    let lines: Vec<_> =
        response.headers().get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "sbx_click=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure",
            "sbx_visitor=v1; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax",
        ]
    );
    let mut headers = http::HeaderMap::new();
    headers.append(header::COOKIE, "a=1; sbx_click=abc".parse().unwrap());
    headers.append(header::COOKIE, "sbx_visitor=v1".parse().unwrap());
    assert_eq!(cookie::read(&headers, cookie::CLICK), Some("abc"));
    assert_eq!(cookie::read(&headers, cookie::VISITOR), Some("v1"));
    assert_eq!(cookie::read(&headers, "none"), None);
}
