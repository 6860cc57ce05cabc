//! Uploaded landing pages at the campaign's own address.

use crate::support::*;
use signalbox_domain::{DestinationId, Via};
use std::{fs, path::Path};

fn upload(root: &Path, id: DestinationId, version: &str, html: &str) {
    let folder = root.join(id.to_string()).join(version);
    fs::create_dir_all(folder.join("css")).unwrap();
    fs::write(folder.join("index.html"), html).unwrap();
    fs::write(folder.join("css/main.css"), "body{}").unwrap();
    fs::write(root.join(id.to_string()).join(".current"), version).unwrap();
    fs::rename(root.join(id.to_string()).join(".current"), root.join(id.to_string()).join("current"))
        .unwrap();
}

async fn hosting() -> Service {
    let mut shown = stream(redirect(Via::Http), &[OFFER, SECOND]);
    shown.landings = vec![route(LANDING)];
    let service = Service::start(vec![campaign("cc", vec![shown])]).await;
    service.change(LANDING, |destination| destination.hosted = true).await;
    service
}

#[tokio::test]
async fn the_page_is_answered_with_its_links_and_files() {
    let service = hosting().await;
    let html = "<html><head><title>{keyword}</title></head><body><link rel=stylesheet href=css/main.css><a href=\"{offer}\">go</a><a href=\"{offer:2}\">two</a><p>{keyword}</p></body></html>";
    upload(&service.landings_dir(), LANDING, "v1", html);
    let path = "/cc?keyword=%3Cscript%3Ealert(1)%3C%2Fscript%3E&sub_id_1=v";
    let response = service.until(path, |response| response.status() == 200).await;
    assert_eq!(header_of(&response, "cache-control"), "no-store");
    assert_eq!(header_of(&response, "content-type"), "text/html; charset=utf-8");
    assert!(cookie(&response, "sbx_click").is_some());
    let page = response.text().await.unwrap();
    assert!(!page.contains("<script") && page.contains("&#60;script&#62;"), "{page}");
    let base = format!("/lp/{LANDING}/v1/");
    assert!(page.contains(&format!("<base href=\"{base}\">")), "{page}");
    let links: Vec<String> = page
        .split("<a href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().replace("&#63;", "?").replace("&#61;", "="))
        .collect();
    let second = location(&service.get(&links[1]).await);
    assert!(second.starts_with("https://second.example/") && parameter(&second, "s1") == "v", "{second}");
    assert_eq!(service.get(&links[0]).await.status().as_u16(), 302);
    let click = service.clicks().pop().unwrap();
    assert_eq!((click.click.dims.landing, &*click.click.target), (LANDING, ""));
    let file = service.get(&format!("{base}css/main.css")).await;
    assert_eq!(header_of(&file, "content-type"), "text/css; charset=utf-8");
    for path in ["../current", "%2e%2e/current", "css", "css/", "..%2f..%2f..%2fcatalog.db", "current"] {
        assert_eq!(service.get(&format!("{base}{path}")).await.status().as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_new_version_is_shown_and_a_missing_page_sends_to_its_url() {
    let service = hosting().await;
    let waiting = service.until("/cc", |response| response.status() == 302).await;
    assert!(location(&waiting).starts_with("https://landing.example/"), "nothing was uploaded yet");
    upload(&service.landings_dir(), LANDING, "v1", "<p>one</p>");
    service.until("/cc", |response| response.status() == 200).await;
    upload(&service.landings_dir(), LANDING, "v2", "<p>two, longer</p>");
    let two = service.until("/cc", |response| response.content_length() > Some(50)).await;
    assert!(two.text().await.unwrap().contains("two"));
}
