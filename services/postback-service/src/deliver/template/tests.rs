use super::*;
use crate::conversion::tests::{conversion, state};
use signalbox_domain::{HttpMethod, OutputId, OutputScope, Percent};

fn output(url: &str, body: &str) -> Output {
    Output {
        id: OutputId(1),
        name: "Source".to_owned(),
        active: true,
        scope: OutputScope::Workspace,
        statuses: Vec::new(),
        second_statuses: Vec::new(),
        method: if body.is_empty() { HttpMethod::Get } else { HttpMethod::Post },
        url: url.to_owned(),
        body: body.to_owned(),
        payout_percent: "80".parse::<Percent>().unwrap(),
        conversion_api: None,
        credentials: signalbox_domain::Credentials::default(),
        notes: String::new(),
    }
}

fn rendered(url: &str, body: &str) -> Rendered {
    let mut it = conversion(state(1, ConversionStatus::Sale, "2.5"));
    it.click.external_id = "a&b=\"ü\"\r\n".to_owned();
    it.click.dims.sub_ids = vec![(3, "three".into())];
    let current = it.current().clone();
    render(&output(url, body), &it, (&current, "sale"), &vec![(7, "-2.5".parse().unwrap())])
}

#[test]
fn events_of_the_click_are_told_and_others_are_empty() {
    let url = "https://s.example/?a={event7}&b={EVENT_7}&c={event8}&d={event8:0}";
    assert_eq!(rendered(url, "").url, "https://s.example/?a=-2.5&b=-2.5&c=&d=0");
    assert!(
        names_events(&output(url, "")) && names_events(&output("https://s.example/", "{\"x\":\"{Event1}\"}"))
    );
    assert!(!names_events(&output("https://s.example/?e={status}", "")));
}

#[test]
fn urls_are_filled_and_encoded() {
    let it = rendered(
        "https://s.example/pb?cid={external_id}&p={payout}&s={status:lead=0 sale=1}&z={sub_id_3}&u={nope}&d={nope:x}",
        "",
    );
    assert_eq!(it.url, "https://s.example/pb?cid=a%26b%3D%22%C3%BC%22%0D%0A&p=2&s=1&z=three&u=&d=x");
    assert_eq!(it.body, None);
}

#[test]
fn a_status_outside_the_map_keeps_its_name() {
    assert_eq!(rendered("https://s.example/?s={status:lead=0}", "").url, "https://s.example/?s=sale");
}

#[test]
fn a_type_of_the_workspaces_own_is_told_by_its_name_or_as_mapped() {
    let it = conversion(state(1, ConversionStatus::Custom4, "2.5"));
    let told = |url: &str| render(&output(url, ""), &it, (it.current(), "Qualified lead"), &Vec::new()).url;
    assert_eq!(told("https://s.example/?s={status}"), "https://s.example/?s=Qualified%20lead");
    assert_eq!(told("https://s.example/?s={status:sale=1,custom4=7}"), "https://s.example/?s=7");
}

#[test]
fn json_bodies_stay_valid() {
    let it = rendered(
        "https://s.example/",
        r#"{"id": "{external_id}", "value": {payout}, "nested": {"a": "{sub_id_3}"}}"#,
    );
    let (body, kind) = it.body.unwrap();
    assert_eq!(kind, "application/json");
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["id"], "a&b=\"ü\"\r\n");
    assert_eq!(json["value"], 2);
    assert_eq!(json["nested"]["a"], "three");
}

#[test]
fn forms_are_encoded() {
    let (body, kind) = rendered("https://s.example/", "id={external_id}&x=1").body.unwrap();
    assert_eq!(
        (body.as_str(), kind),
        ("id=a%26b%3D%22%C3%BC%22%0D%0A&x=1", "application/x-www-form-urlencoded")
    );
}

#[test]
fn every_macro_that_is_offered_is_filled() {
    let mut it = conversion(state(1, ConversionStatus::Sale, "2.5"));
    it.click.external_id = "x".to_owned();
    it.transaction = "t".to_owned();
    it.click.dims.sub_ids = vec![(1, "one".into())];
    let dims = &mut it.click.dims;
    for text in [
        &mut dims.ad_campaign_id,
        &mut dims.creative_id,
        &mut dims.site,
        &mut dims.keyword,
        &mut dims.country,
        &mut dims.city,
        &mut dims.os,
        &mut dims.browser,
    ] {
        *text = "something".into();
    }
    let mut current = it.current().clone();
    current.original_status = "approved".to_owned();
    current.second_status = "called".to_owned();
    for (name, _) in signalbox_domain::OUTPUT_MACROS {
        let said = vec![(1, "3".parse().unwrap())];
        let url =
            render(&output(&format!("https://s.example/?v={name}"), ""), &it, (&current, "sale"), &said).url;
        assert!(url.len() > "https://s.example/?v=".len() && !url.contains('{'), "{name}: {url}");
    }
}
