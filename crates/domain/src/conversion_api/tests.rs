use super::*;
use crate::{HttpMethod, Output, OutputId, OutputScope, Percent};

fn output(platform: Platform) -> Output {
    let google = platform == Platform::Google;
    let given = |name: &str| {
        if platform.credentials().contains(&name) { format!("{name}-of-the-account") } else { String::new() }
    };
    Output {
        id: OutputId(1),
        name: "Platform".to_owned(),
        active: true,
        scope: OutputScope::Workspace,
        statuses: Vec::new(),
        second_statuses: Vec::new(),
        method: HttpMethod::Post,
        url: platform.base_url().to_owned(),
        body: String::new(),
        payout_percent: Percent::HUNDRED,
        conversion_api: Some(ConversionApi {
            platform,
            account: "1234567890".to_owned(),
            manager_account: String::new(),
            token_url: String::new(),
            events: vec![ApiEvent {
                status: ConversionStatus::Sale,
                event: if google { "987".to_owned() } else { "Purchase".to_owned() },
            }],
            click_id: ParameterRole::ExternalId,
            test_code: String::new(),
        }),
        credentials: Credentials {
            access_token: given("access_token"),
            developer_token: given("developer_token"),
            client_id: given("client_id"),
            client_secret: given("client_secret"),
            refresh_token: given("refresh_token"),
        },
        notes: String::new(),
    }
}

fn wrong(output: &Output) -> Vec<String> {
    output
        .validate()
        .err()
        .map(|invalid| invalid.0.into_iter().map(|it| it.field).collect())
        .unwrap_or_default()
}

fn changed(platform: Platform, change: impl Fn(&mut ConversionApi)) -> Vec<String> {
    let mut it = output(platform);
    change(it.conversion_api.as_mut().unwrap());
    wrong(&it)
}

fn with(credentials: Credentials) -> Output {
    Output { credentials, ..output(Platform::Tiktok) }
}

#[test]
fn every_platform_can_be_told() {
    for platform in Platform::ALL {
        assert_eq!(output(platform).validate(), Ok(()), "{platform:?}");
    }
}

#[test]
fn only_mapped_statuses_are_told() {
    let it = output(Platform::Meta);
    let wants = |status| it.wants((status, ""), Default::default(), Default::default(), Default::default());
    assert!(wants(ConversionStatus::Sale));
    assert!(!wants(ConversionStatus::Lead) && !wants(ConversionStatus::Rejected));
}

#[test]
fn only_named_second_statuses_are_told() {
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    let all = output(Platform::Meta);
    let some = Output { second_statuses: words(&["Called", "überprüft"]), ..all.clone() };
    let wants = |output: &Output, status, second| {
        output.wants((status, second), Default::default(), Default::default(), Default::default())
    };
    let sale = ConversionStatus::Sale;
    for (second, told) in [
        ("called", true),
        (" CALLED ", true),
        ("ÜBERPRÜFT", true),
        ("", false),
        ("shipped", false),
        ("call", false),
    ] {
        assert!(wants(&all, sale, second), "{second}");
        assert_eq!(wants(&some, sale, second), told, "{second}");
    }
    assert!(!wants(&some, ConversionStatus::Lead, "called"), "both must be named");
    let of = |words: Vec<String>| Output { second_statuses: words, ..all.clone() };
    assert_eq!(wrong(&of(words(&["a", " "]))), ["second_statuses[1]"]);
    assert_eq!(wrong(&of(vec!["a".to_owned(); 51])), ["second_statuses"]);
}

#[test]
fn what_is_wrong_is_named() {
    use Platform::{Google, Meta, Tiktok};
    assert_eq!(changed(Meta, |it| it.account = "12 34".into()), ["conversion_api.account"]);
    assert_eq!(changed(Google, |it| it.account = "123-456".into()), ["conversion_api.account"]);
    assert_eq!(changed(Tiktok, |it| it.account = "C4/../x".into()), ["conversion_api.account"]);
    assert_eq!(changed(Tiktok, |it| it.account = "C4A2ABCDEF".into()), [""; 0]);
    assert_eq!(changed(Meta, |it| it.manager_account = "1".into()), ["conversion_api.manager_account"]);
    assert_eq!(
        changed(Google, |it| it.events[0].event = "Purchase".into()),
        ["conversion_api.events[0].event"]
    );
    assert_eq!(changed(Meta, |it| it.events.clear()), ["conversion_api.events"]);
    let twice = changed(Meta, |it| it.events.push(it.events[0].clone()));
    assert_eq!(twice, ["conversion_api.events[1].status"]);
    assert_eq!(changed(Meta, |it| it.click_id = ParameterRole::Cost), ["conversion_api.click_id"]);
    assert_eq!(changed(Meta, |it| it.click_id = ParameterRole::SubId(4)), [""; 0]);
    let token = "conversion_api.credentials.access_token";
    assert_eq!(wrong(&with(Credentials::default())), [token]);
    assert_eq!(with(Credentials::default()).validate_stored(), Ok(()), "sealed by a key that is not here");
    assert_eq!(
        wrong(&with(Credentials { access_token: "a\r\nb".into(), ..Credentials::default() })),
        [token]
    );
    let plain = Output { conversion_api: None, body: String::new(), ..output(Meta) };
    assert_eq!(wrong(&plain), ["credentials"]);
    assert_eq!(changed(Google, |it| it.token_url = "http://a.example/".into()), ["conversion_api.token_url"]);
}

#[test]
fn secrets_travel_encrypted_and_are_not_printed() {
    let mut it = output(Platform::Meta);
    assert!(!format!("{it:?}").contains("of-the-account"), "{it:?}");
    it.url = "http://graph.example/v25.0".to_owned();
    assert_eq!(wrong(&it), ["url"]);
    it.url = "http://127.0.0.1:8080".to_owned();
    it.body = "x".to_owned();
    assert_eq!(wrong(&it), ["body"]);
}
