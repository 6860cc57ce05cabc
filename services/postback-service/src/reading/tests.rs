use super::*;
use signalbox_domain::{AffiliateNetworkId, StatusMapping, Timestamp};

fn network() -> AffiliateNetwork {
    AffiliateNetwork {
        id: AffiliateNetworkId(1),
        name: "Net".to_owned(),
        postback_key: "k".repeat(20),
        retired_keys: Vec::new(),
        allowed_ips: Vec::new(),
        click_id_token: String::new(),
        payout_token: String::new(),
        status_token: String::new(),
        transaction_token: String::new(),
        statuses: vec![StatusMapping { word: "Qualified".to_owned(), status: ConversionStatus::Lead }],
        currency: None,
        offer_parameters: String::new(),
        keyless: false,
        notes: String::new(),
    }
}

fn workspace() -> Workspace {
    let types =
        serde_json::json!([{ "status": "custom3", "name": "Qualified lead", "words": ["ql", "new"] }]);
    let fields = serde_json::json!({
        "id": "0000000000001", "name": "W", "currency": "USD", "timezone": "UTC", "conversion_types": types,
    });
    serde_json::from_value(fields).unwrap()
}

fn click() -> ClickId {
    ClickId::new(Timestamp(1_790_000_000_000), 5)
}

fn read_query(query: &str) -> Result<Reading, Refusal> {
    let query = query.replace("CLICK", &click().to_string());
    let parameters: Vec<(&str, &str)> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .collect();
    read(&parameters, &network(), Some(&workspace()))
}

#[test]
fn every_dialect_reads_the_same() {
    for query in [
        "subid=CLICK&payout=1.50&status=sale&tid=t1",
        "cid=CLICK&payout=1.50&txid=t1&et=approved",
        "clickid=CLICK&sum=1.50&type=1&rdtk_event_id=t1",
        "cnv_id=CLICK&payout=1,50&cnv_status=Confirmed&oid=t1",
        "CLICK_ID=CLICK&Amount=$1.50&STATUS=SALE&Order_Id= t1 ",
        "subid=&clickid=CLICK&payout=&revenue=1.5&status=paid&transaction_id=t1",
    ] {
        let reading = read_query(&query.replace("CLICK_ID", "click_Id")).unwrap();
        assert_eq!(reading.click, click(), "{query}");
        assert_eq!(reading.status, ConversionStatus::Sale, "{query}");
        assert_eq!(reading.payout, Some("1.5".parse().unwrap()), "{query}");
        assert_eq!(reading.transaction, "t1", "{query}");
    }
}

#[test]
fn defaults_apply_to_what_is_missing() {
    let reading = read_query("subid=CLICK").unwrap();
    assert_eq!(reading.status, ConversionStatus::Sale);
    assert_eq!((reading.payout, reading.currency, reading.transaction.as_str()), (None, None, ""));
}

#[test]
fn a_postback_may_bring_its_own_words_for_statuses() {
    let status = |query: &str| read_query(&format!("subid=CLICK&{query}")).map(|reading| reading.status);
    for (query, meant) in [
        ("status=7&sale_status=6,7&lead_status=1", ConversionStatus::Sale),
        ("status=1&SALE_STATUS=6&Lead_Status= 1 ,2", ConversionStatus::Lead),
        ("status=qualified&rejected_status=Qualified", ConversionStatus::Rejected),
        ("status=approved&trash_status=spam", ConversionStatus::Sale),
        ("status=ftd&registration_status=ftd", ConversionStatus::Registration),
        ("upsell=1&payout=3", ConversionStatus::Rebill),
        ("cladd=true&payout=3", ConversionStatus::Rebill),
        ("upsell=0&payout=3", ConversionStatus::Sale),
        ("upsell=1&status=lead", ConversionStatus::Lead),
    ] {
        assert_eq!(status(query), Ok(meant), "{query}");
    }
    assert_eq!(
        status("status=event&event_status=event").unwrap_err().code,
        "status_unknown",
        "no word means it"
    );
}

#[test]
fn a_postback_may_ask_to_count_nothing_or_to_tell_nobody() {
    for query in ["status=hold&ignore_status=trash,Hold", "status=hold&ignore=hold"] {
        let refusal = read_query(&format!("subid=CLICK&{query}")).unwrap_err();
        assert!(refusal.code == "status_ignored" && refusal.is_wish(), "{}", refusal.reason);
    }
    assert!(!read_query("subid=CLICK&status=frobnicated").unwrap_err().is_wish());
    assert_eq!(
        read_query("subid=CLICK&status=sale&ignore_status=hold").unwrap().status,
        ConversionStatus::Sale
    );
    for (query, quiet) in
        [("disable_postback=1", true), ("DISABLE_POSTBACK=true", true), ("disable_postback=0", false)]
    {
        assert_eq!(read_query(&format!("subid=CLICK&payout=1&{query}")).unwrap().quiet, quiet, "{query}");
    }
}

#[test]
fn the_networks_own_words_come_first() {
    assert_eq!(read_query("subid=CLICK&status=qualified").unwrap().status, ConversionStatus::Lead);
}

#[test]
fn words_of_the_workspaces_types_come_between_those_of_the_network_and_the_usual_ones() {
    for (word, status) in [
        ("QL", ConversionStatus::Custom3),
        ("qualified lead", ConversionStatus::Custom3),
        ("new", ConversionStatus::Custom3),
        ("qualified", ConversionStatus::Lead),
        ("pending", ConversionStatus::Lead),
    ] {
        assert_eq!(read_query(&format!("subid=CLICK&status={word}")).unwrap().status, status, "{word}");
    }
    let listed = read_query("subid=CLICK&status=7&custom9_status=7").unwrap();
    assert_eq!(listed.status, ConversionStatus::Custom9);
}

#[test]
fn a_second_status_is_kept() {
    for (query, second) in [
        ("cnv_status=lead&cnv_status2=Called", "Called"),
        ("status=lead&STATUS2= x ", "x"),
        ("status=lead&status_2={status2}", ""),
        ("status=lead", ""),
        ("status2=a\u{1f}b", "a b"),
    ] {
        assert_eq!(read_query(&format!("subid=CLICK&{query}")).unwrap().second_status, second, "{query}");
    }
}

#[test]
fn refusals_name_the_parameter_and_the_fix() {
    for (query, code, word) in [
        ("payout=1", "click_id_missing", "subid"),
        ("", "click_id_missing", "no parameters"),
        ("subid={click_id}&payout=1", "macro_not_replaced", "Networks → Net"),
        ("subid=12345", "click_id_malformed", "26 characters"),
        ("subid=CLICK&payout={payout}", "macro_not_replaced", "payout"),
        ("subid=CLICK&payout=ten", "payout_not_a_number", "payout"),
        ("subid=CLICK&payout=1,234", "payout_not_a_number", "ambiguous"),
        ("subid=CLICK&status=frobnicated", "status_unknown", "frobnicated"),
        ("subid=CLICK&currency=dollars", "currency_malformed", "currency"),
    ] {
        let refusal = read_query(query).unwrap_err();
        assert_eq!(refusal.code, code, "{query}");
        assert!(refusal.reason.contains(word), "{query}: {}", refusal.reason);
    }
    let long = format!("subid=CLICK&tid={}", "x".repeat(201));
    assert_eq!(read_query(&long).unwrap_err().code, "transaction_too_long");
}

#[test]
fn events_are_read_beside_a_conversion_and_alone() {
    let said = |query: &str| {
        let reading = read_query(query).unwrap();
        let events: Vec<(u8, String, bool)> =
            reading.events.iter().map(|event| (event.number, event.value.to_string(), event.add)).collect();
        (events, reading.only_events, reading.status)
    };
    let two = vec![(1, "5".to_owned(), false), (30, "-0.5".to_owned(), true)];
    let both = "subid=CLICK&EVENT1=5&add_event30=-0.5";
    assert_eq!(said(both), (two.clone(), true, ConversionStatus::Event));
    for more in ["payout=1", "status=lead", "tid=7"] {
        let (events, only, status) = said(&format!("{both}&{more}"));
        assert_eq!((&events, only), (&two, false), "{more}");
        assert_ne!(status, ConversionStatus::Event, "{more}");
    }
    assert_eq!(said("subid=CLICK&event1="), (Vec::new(), false, ConversionStatus::Sale), "says nothing");
    assert_eq!(said("subid=CLICK&event31=4"), (Vec::new(), false, ConversionStatus::Sale), "is no event");
}

#[test]
fn an_event_that_cannot_be_read_costs_no_conversion() {
    for (event, word) in [("event2=many", "event2"), ("event2={event2}", "macro")] {
        let reading = read_query(&format!("subid=CLICK&payout=2&event1=1&{event}")).unwrap();
        assert_eq!((reading.payout, reading.events.len()), (Some("2".parse().unwrap()), 1), "{event}");
        assert!(reading.events_left_out.contains(word), "{}", reading.events_left_out);
        let refusal = read_query(&format!("subid=CLICK&{event}")).unwrap_err();
        assert_eq!(refusal.code, "event_not_a_number", "{event}");
    }
    let many: String = (0..70).map(|_| "&add_event1=1").collect();
    let reading = read_query(&format!("subid=CLICK{many}")).unwrap();
    assert_eq!(reading.events.len(), 60);
    assert!(reading.events_left_out.contains("60"));
}
