//! Templates of sources and networks over the API.

use super::app::TestApp;
use crate::templates;
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn every_template_becomes_what_it_is_a_template_of() {
    let (_test, admin) = TestApp::with_admin().await;
    let listed = admin.get("/templates/sources").await.expect(StatusCode::OK);
    assert_eq!(listed.as_array().unwrap().len(), templates::sources().len());
    for template in listed.as_array().unwrap() {
        let source = json!({ "name": template["name"], "parameters": template["parameters"] });
        let made = admin.post("/sources", source).await.expect(StatusCode::CREATED);
        assert_eq!(made["parameters"], template["parameters"]);
        if template["postback_url"] != json!("") {
            let scope = json!({ "type": "source", "id": made["id"] });
            let output = json!({ "url": template["postback_url"], "scope": scope });
            admin.post("/outputs", output).await.expect(StatusCode::CREATED);
        }
    }
    let listed = admin.get("/templates/networks").await.expect(StatusCode::OK);
    assert_eq!(listed.as_array().unwrap().len(), templates::networks().len());
    for template in listed.as_array().unwrap() {
        let mut network = template.clone();
        for only_here in ["kind", "pages"] {
            network.as_object_mut().unwrap().remove(only_here);
        }
        admin.post("/networks", network).await.expect(StatusCode::CREATED);
    }
}
