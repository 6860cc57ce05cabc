use super::*;
use signalbox_domain::{Timestamp, Visitor};
use signalbox_engine::{MappedParams, Query, Request};

const LINKS: Links<'_> = Links { token: "TOK", here: "/summer?a=1&b=\"<" };

fn fill(html: &str, query: &str) -> String {
    let visitor = Visitor::unknown("192.0.2.1".parse().unwrap());
    let query = Query::parse(query);
    let params = MappedParams::from_query(&query, None);
    let request = Request::new(&visitor, &query, &params, Timestamp(1_790_000_000_000));
    let context = MacroContext::without_campaign(&request, 7);
    Template::read(html, "/lp/7/v1/", &TimeZone::UTC).fill(&context, &LINKS)
}

/// The page without the base element.
fn filled(html: &str, query: &str) -> String {
    fill(html, query).replacen("<base href=\"/lp/7/v1/\">", "", 1)
}

#[test]
fn offers_become_landing_clicks() {
    assert_eq!(
        filled("<a href=\"{offer}\">x</a><a href='{offer:2}'>y</a><a href={OFFER:0000000000007}>z</a>", ""),
        "<a href=\"/click&#63;_token&#61;TOK\">x</a><a href='/click/2&#63;_token&#61;TOK'>y</a><a href=/click/0000000000007&#63;_token&#61;TOK>z</a>"
    );
    assert_eq!(
        filled("<script>go('{offer}');const {offer} = x;</script>", ""),
        "<script>go('\\u002fclick\\u003f\\u005ftoken\\u003dTOK');const {offer} = x;</script>"
    );
}

#[test]
fn a_value_is_written_for_its_place() {
    let evil = "keyword=%22%27%3E%3C%2Fscript%3E%3Cb%3E%26%5C%60%24%7Bx%7D%20%0A%E2%80%A8&sub_id_1=javascript%3Aalert(1)&sub_id_2=onload";
    let pages = [
        "<p>{keyword}</p>",
        "<p title=\"{keyword}\">x</p>",
        "<p title='{keyword}'>x</p>",
        "<p title={keyword}>x</p>",
        "<p onclick=\"f('{keyword}')\">x</p>",
        "<p style=\"color:{keyword}\">x</p>",
        "<a href=\"https://x.example/?k={keyword}#t\">x</a>",
        "<script>f(\"{keyword}\", '{keyword}', `{keyword}`)</script>",
        "<script type=\"application/json\">{\"k\":\"{keyword}\"}</script>",
        "<style>p{content:\"{keyword}\"}</style>",
        "<title>{keyword}</title><textarea>{keyword}</textarea>",
        "<iframe srcdoc=\"{keyword}\"></iframe>",
    ];
    for page in pages {
        let out = filled(page, evil);
        assert!(!out.contains("{keyword}"), "{page}: not replaced: {out}");
        // Nothing of the value may add a character that means something: the marks that were in the page are all there are.
        for mark in ['<', '>', '"', '\'', '`', '$', '\u{2028}'] {
            let before = page.matches(mark).count();
            assert_eq!(out.matches(mark).count(), before, "{page}: {mark:?} in {out}");
        }
    }
    assert_eq!(
        filled("<a href=\"{sub_id_1}\">x</a>", evil),
        "<a href=\"javascript%3Aalert%281%29\">x</a>",
        "no scheme"
    );
    assert_eq!(filled("<img src={sub_id_1}>", evil), "<img src=javascript%3Aalert%281%29>");
    assert_eq!(filled("<p>{keyword}</p>", "keyword=a%20%26%20b"), "<p>a&#32;&#38;&#32;b</p>");
    assert_eq!(
        filled("<p>{keyword}</p>", "keyword=%7Bsub_id_2%7D&sub_id_2=x"),
        "<p>&#123;sub&#95;id&#95;2&#125;</p>".replace("&#95;", "_")
    );
}

#[test]
fn braces_that_are_no_macro_stay() {
    for page in [
        "<style>a{color:red}b{city}</style>",
        "<script>const {city, name} = x; if(a){city}; let o={keyword:'x'}</script>",
        "<p>{}</p><p>{ keyword }</p><p>{unknown_thing}</p><p>{a{b}</p><p>{",
        "<!-- {keyword} -->",
        "<{keyword}>",
        "{\nkeyword}",
        "<p title=",
        "<p title=\"unclosed",
        "<script>unclosed {keyword}",
        "<",
        "</",
        "\u{fffd}{ü}",
    ] {
        assert_eq!(filled(page, "keyword=V&city=W"), page);
    }
    assert_eq!(filled("<script>f(\"{keyword}\")</script>", "keyword=V"), "<script>f(\"V\")</script>");
    assert_eq!(
        filled("<script>f(\"x {keyword}\")</script>", "keyword=V"),
        "<script>f(\"x {keyword}\")</script>"
    );
    assert_eq!(filled("<p>{keyword:none}</p>", ""), "<p>none</p>");
}

#[test]
fn files_are_found_from_the_campaigns_address() {
    const BASE: &str = "<base href=\"/lp/7/v1/\">";
    let page = "<!DOCTYPE html><html lang=de><head profile=\"x\"><title>{keyword}</title></head>";
    assert_eq!(
        fill(page, "keyword=V"),
        page.replace("\"x\">", &format!("\"x\">{BASE}")).replace("{keyword}", "V")
    );
    assert_eq!(fill("<html><body>x", ""), format!("<html>{BASE}<body>x"));
    assert_eq!(fill("<!doctype html>x", ""), format!("<!doctype html>{BASE}x"));
    assert_eq!(fill("x", ""), format!("{BASE}x"));
    let own = "<head><base href=\"https://cdn.example/\"></head>";
    assert_eq!(fill(own, ""), own, "a page with its own base keeps it");
    assert_eq!(fill("<header>x</header>", ""), format!("{BASE}<header>x</header>"));
}

#[test]
fn links_within_the_page_stay_within_it() {
    assert_eq!(
        filled("<a href=\"#form\">x</a><use xlink:href='#i'/><a href=\"x#y\">", ""),
        "<a href=\"/summer&#63;a&#61;1&#38;b&#61;&#34;&#60;#form\">x</a><use xlink:href='/summer&#63;a&#61;1&#38;b&#61;&#34;&#60;#i'/><a href=\"x#y\">"
    );
}

#[test]
fn hostile_pages_are_read_in_no_time() {
    for part in ["{", "<", "<a ", "<a href=\"#", "{keyword", "<script>", "</script", "<!--", "<p x={", "{a:"]
    {
        let page = part.repeat(200_000);
        let began = std::time::Instant::now();
        Template::read(&page, "/lp/7/v1/", &TimeZone::UTC);
        assert!(began.elapsed().as_secs() < 5, "{part}");
    }
}
