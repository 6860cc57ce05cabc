//! Landing pages that are uploaded.

use super::app::{Answer, Client, TestApp};
use axum::body::Body;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::io::Write as _;
use zip::{ZipWriter, write::SimpleFileOptions};

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

async fn upload(client: &Client, id: &str, media: &str, body: Vec<u8>) -> Answer {
    let path = format!("/api/v1/destinations/{id}/landing");
    client
        .send(
            client
                .request(Method::PUT, &path)
                .header(header::CONTENT_TYPE, media)
                .body(Body::from(body))
                .unwrap(),
        )
        .await
}

async fn landing(admin: &Client) -> String {
    admin.make("destinations", json!({ "kind": "landing", "url": "https://l.example/" })).await
}

#[tokio::test]
async fn a_page_is_uploaded_listed_switched_and_deleted() {
    let (_test, admin) = TestApp::with_admin().await;
    let id = landing(&admin).await;
    let path = format!("/destinations/{id}/landing");
    let empty = admin.get(&path).await.expect(StatusCode::OK);
    assert_eq!((&empty["current"], &empty["preview_url"]), (&Value::Null, &Value::Null));

    let first =
        upload(&admin, &id, "application/zip", zip(&[("index.html", b"<h1>One"), ("a.css", b"b{}")])).await;
    let first = first.expect(StatusCode::OK);
    let paths: Vec<&str> =
        first["files"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["a.css", "index.html"]);
    assert_eq!(first["files"][0]["content_type"], "text/css; charset=utf-8");
    assert!(first["preview_url"].as_str().unwrap().contains(&id));
    let second =
        upload(&admin, &id, "application/octet-stream", zip(&[("site/index.html", b"<h1>Two")])).await;
    let second = second.expect(StatusCode::OK);
    assert_eq!(second["versions"].as_array().unwrap().len(), 2);
    assert_eq!(admin.get(&path).await.expect(StatusCode::OK), second);

    let back = json!({ "version": first["current"] });
    let back = admin.post(&format!("{path}/activate"), back).await.expect(StatusCode::OK);
    assert_eq!(back["current"], first["current"]);
    let lost = json!({ "version": "../../x" });
    admin.post(&format!("{path}/activate"), lost).await.problem(404, "not_found");

    // What is shown cannot go.
    let mut shown = admin.get(&format!("/destinations/{id}")).await.json();
    shown["hosted"] = json!(true);
    let mut shown = admin.put(&format!("/destinations/{id}"), shown).await.expect(StatusCode::OK);
    assert_eq!(admin.delete(&path).await.problem(422, "invalid"), ["hosted"]);
    shown["hosted"] = json!(false);
    admin.put(&format!("/destinations/{id}"), shown).await.expect(StatusCode::OK);
    admin.delete(&path).await.expect(StatusCode::NO_CONTENT);
    admin.delete(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn wrong_archives_and_wrong_places_are_refused() {
    let (test, admin) = TestApp::with_admin().await;
    let id = landing(&admin).await;
    let page = zip(&[("index.html", b"x")]);
    for (body, part) in [
        (zip(&[("index.html", b"x"), ("../up.html", b"x")]), "../up.html"),
        (zip(&[("index.php", b"x")]), "index.php"),
        (b"PK nonsense".to_vec(), "ZIP"),
    ] {
        let answer = upload(&admin, &id, "application/zip", body).await;
        assert_eq!(answer.problem(422, "invalid"), ["archive"]);
        assert!(answer.text.contains(part), "{}", answer.text);
    }
    upload(&admin, &id, "text/html", b"<h1>".to_vec()).await.problem(415, "unsupported_media_type");
    upload(&admin, &id, "application/zip", vec![0; 33 << 20]).await.problem(413, "payload_too_large");
    let offer = admin.make("destinations", json!({ "url": "https://o.example/" })).await;
    assert_eq!(
        upload(&admin, &offer, "application/zip", page.clone()).await.problem(422, "invalid"),
        ["kind"]
    );
    upload(&admin, "0000000000001", "application/zip", page.clone()).await.problem(404, "not_found");
    let other = test.workspace("Other").await;
    let stranger = test.key(other, signalbox_domain::Role::Admin).await;
    upload(&stranger, &id, "application/zip", page.clone()).await.problem(404, "not_found");
    stranger.get(&format!("/destinations/{id}/landing")).await.problem(404, "not_found");
    let viewer =
        test.member("v@example.com", test.workspace("Third").await, signalbox_domain::Role::Viewer).await;
    upload(&viewer, &id, "application/zip", page).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_deleted_destination_takes_its_page_along() {
    let (test, admin) = TestApp::with_admin().await;
    let id = landing(&admin).await;
    upload(&admin, &id, "application/zip", zip(&[("index.html", b"x")])).await.expect(StatusCode::OK);
    let parsed: signalbox_domain::DestinationId = id.parse().unwrap();
    assert!(test.app.landings().find(parsed).unwrap().is_some());
    admin.delete(&format!("/destinations/{id}")).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(test.app.landings().find(parsed).unwrap(), None);
}
