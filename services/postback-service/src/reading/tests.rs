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
    read(&parameters, &network())
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
fn the_networks_own_words_come_first() {
    assert_eq!(read_query("subid=CLICK&status=qualified").unwrap().status, ConversionStatus::Lead);
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
