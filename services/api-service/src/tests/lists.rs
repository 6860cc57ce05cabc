//! Lists: paging, searching, states.

use super::app::TestApp;
use http::StatusCode;
use serde_json::json;

async fn all(client: &super::app::Client, query: &str) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = client.get(&format!("/sources?{query}{after}")).await.expect(StatusCode::OK);
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return names,
        }
        assert!(names.len() <= 100, "a list ends");
    }
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_without_gaps() {
    let (test, admin) = TestApp::with_admin().await;
    for number in 0..7 {
        test.advance_hours(1);
        admin.make("sources", json!({ "name": format!("Source {number}") })).await;
    }
    let expected: Vec<String> = (0..7).rev().map(|number| format!("Source {number}")).collect();
    for limit in [1, 2, 3, 6, 7, 100] {
        assert_eq!(all(&admin, &format!("limit={limit}")).await, expected, "limit {limit}");
    }
    assert_eq!(all(&admin, "limit=1&q=SOURCE%203").await, ["Source 3"]);
    assert_eq!(all(&admin, "limit=2&q=source").await, expected);
    assert_eq!(all(&admin, "q=nothing").await, Vec::<String>::new());
}

#[tokio::test]
async fn bounds_and_names_of_parameters_are_checked() {
    let (_test, admin) = TestApp::with_admin().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("page=2", "page"),
    ] {
        assert_eq!(admin.get(&format!("/sources?{query}")).await.problem(422, "invalid"), [field], "{query}");
    }
}

#[tokio::test]
async fn searches_look_into_what_people_know_a_thing_by() {
    let (_test, admin) = TestApp::with_admin().await;
    admin.make("campaigns", json!({ "name": "Alpha", "slug": "summer", "tags": ["vip"] })).await;
    admin.make("campaigns", json!({ "name": "Beta", "slug": "winter", "state": "paused" })).await;
    for (query, names) in [
        ("q=alp", vec!["Alpha"]),
        ("q=WINTER", vec!["Beta"]),
        ("q=vip", vec!["Alpha"]),
        ("state=paused", vec!["Beta"]),
        ("state=active", vec!["Alpha"]),
        ("q=a", vec!["Beta", "Alpha"]),
    ] {
        let page = admin.get(&format!("/campaigns?{query}")).await.expect(StatusCode::OK);
        let mut found: Vec<&str> =
            page["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        found.sort_by(|a, b| b.cmp(a));
        let mut expected = names;
        expected.sort_by(|a, b| b.cmp(a));
        assert_eq!(found, expected, "{query}");
    }
}
