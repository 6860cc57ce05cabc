use super::*;
use serde_json::json;
use signalbox_domain::{CampaignId, CurrencyRate, WorkspaceId};
use std::collections::HashMap;

fn rate(rate: &str, since: Option<&str>) -> CurrencyRate {
    let since = since.map(|text| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()));
    let currency = "EUR".parse().unwrap();
    CurrencyRate { currency, rate: rate.parse().unwrap(), since, source: Default::default() }
}

/// An id as they are made: too large for what some languages call a number.
const BIG: u64 = (1 << 60) + 99;

fn wishes(body: Value) -> Result<Vec<Wish>, ApiError> {
    let workspace = Workspace {
        id: WorkspaceId(1),
        name: "Main".to_owned(),
        currency: Currency::USD,
        timezone: "UTC".to_owned(),
        rates: vec![rate("1.25", Some("2026-05-03T00:00:00Z"))],
        earlier_rates: vec![rate("1.10", Some("2026-05-01T00:00:00Z"))],
        conversion_types: Vec::new(),
        addresses: Default::default(),
    };
    let summer = CampaignId(7).to_string();
    let campaigns =
        HashMap::from([("summer".to_owned(), vec![summer.clone()]), ("7".to_owned(), vec![summer])]);
    let known = |raw: u64| (raw, CampaignId(raw).to_string());
    let others = OBJECTS.map(|(filter, _)| (filter, vec![known(BIG), known(12)])).into();
    let objects = Objects { campaigns: Campaigns(campaigns), others };
    read(&serde_json::from_value(body).unwrap(), &workspace, (&objects, Timestamp(1_790_000_000_000)))
}

#[test]
fn requests_of_real_tools_are_understood() {
    let many = wishes(json!({
        "campaign_ids": ["summer"], "timezone": "Europe/Madrid", "currency": "USD", "only_campaign_uniques": 0,
        "costs": [
            { "start_date": "2026-05-01 00:00", "end_date": "2026-05-01 23:59", "cost": "10.21", "filters": { "sub_id_6": "ad 1" } },
            { "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": 3.5, "timezone": "UTC", "filters": { "source": "a, b", "keyword": "" } },
        ],
    }))
    .unwrap();
    let span = |wish: &Wish| (wish.from.to_rfc3339(), wish.to.to_rfc3339());
    assert_eq!(
        span(&many[0]),
        ("2026-04-30T22:00:00.000Z".to_owned(), "2026-05-01T22:00:00.000Z".to_owned())
    );
    assert_eq!(
        span(&many[1]),
        ("2026-05-01T00:00:00.000Z".to_owned(), "2026-05-02T00:00:00.000Z".to_owned())
    );
    assert_eq!(many[0].filters, [equals("campaign", &CampaignId(7).to_string()), equals("sub_id_6", "ad 1")]);
    assert_eq!(
        (many[1].amount, many[1].bots, many[1].only_unique),
        ("3.5".parse().unwrap(), CostBots::Exclude, false)
    );
    assert!(matches!(&many[1].filters[1], Condition::Filter(filter) if filter.op == FilterOp::IsNotSet));
    assert!(matches!(&many[1].filters[2], Condition::Filter(filter) if filter.values == ["a", "b"]));

    let single = wishes(json!({
        "start_date": "2026-05-01 00:00:00", "end_date": "2026-05-01 23:59:59", "cost": "1", "currency": "USD",
        "timezone": "UTC", "only_campaign_uniques": true, "campaign_ids": [0],
    }))
    .unwrap();
    assert_eq!(span(&single[0]).1, "2026-05-02T00:00:00.000Z");
    assert_eq!((single[0].only_unique, single[0].filters.len()), (true, 0));
}

#[test]
fn objects_are_named_by_id_and_by_number() {
    let of = |filters: Value| {
        let cost =
            json!({ "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": "1", "filters": filters });
        wishes(json!({ "campaign_ids": [7], "costs": [cost] }))
            .map(|mut wishes| wishes.remove(0).filters.remove(1))
    };
    let id = |raw: u64| CampaignId(raw).to_string();
    assert_eq!(of(json!({ "ts_id": 12 })).unwrap(), equals("source", &id(12)));
    assert_eq!(of(json!({ "offer_id": number(BIG) })).unwrap(), equals("destination", &id(BIG)));
    assert_eq!(of(json!({ "landing_id": BIG })).unwrap(), equals("landing", &id(BIG)));
    assert_eq!(of(json!({ "stream_id": id(BIG) })).unwrap(), equals("stream", &id(BIG)));
    let both = of(json!({ "offer_id": [12, 99] })).unwrap();
    assert!(matches!(&both, Condition::Filter(filter) if filter.values == [id(12), id(BIG)]), "{both:?}");
    let none = of(json!({ "offer_id": "" })).unwrap();
    assert!(matches!(&none, Condition::Filter(filter) if filter.op == FilterOp::IsNotSet), "{none:?}");
    assert_eq!(of(json!({ "offer_id": 5 })).unwrap_err().code(), "invalid");
}

#[test]
fn what_says_nothing_is_named_and_what_would_narrow_a_cost_is_refused() {
    let cost = json!({ "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": "1", "mood": 1, "only_campaign_uniques": 1 });
    let body = json!({ "campaign_ids": [7], "payload": {}, "cost": 3, "costs": [cost] });
    let request: Request = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(request.ignored(), ["payload", "cost", "costs[0].mood"]);
    assert!(wishes(body).unwrap()[0].only_unique);
    let plain = json!({ "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": "1" });
    for (field, value) in [("sub_id_1", json!("a")), ("campaign_id", json!(7)), ("ts_id", json!(12))] {
        let (mut inside, mut outside) = (plain.clone(), plain.clone());
        inside[field] = value.clone();
        outside[field] = value;
        assert_eq!(wishes(json!({ "costs": [inside] })).unwrap_err().code(), "invalid", "{field}");
        assert_eq!(wishes(outside).unwrap_err().code(), "invalid", "{field}");
    }
    let beside = json!({ "filters": { "sub_id_1": "a" }, "costs": [plain] });
    assert_eq!(wishes(beside).unwrap_err().code(), "invalid");
}

#[test]
fn an_amount_is_worth_what_the_rate_of_the_last_day_says() {
    let worth = |from: &str, to: &str| {
        let cost = json!({ "start_date": from, "end_date": to, "cost": "10", "currency": "eur" });
        wishes(cost).map(|wishes| wishes[0].converted.to_string())
    };
    assert_eq!(worth("2026-05-01", "2026-05-02").unwrap(), "11", "until midnight");
    assert_eq!(worth("2026-05-01", "2026-05-03").unwrap(), "12.5", "the last day's");
    assert_eq!(worth("2026-05-01", "2030-01-01").unwrap(), "12.5", "that of now");
    assert_eq!(worth("2026-04-30", "2026-04-30").unwrap_err().code(), "invalid", "none was in force");
}

#[test]
fn mistakes_are_named() {
    let cost = json!({ "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": "1" });
    let with = |key: &str, value: Value| {
        let mut cost = cost.clone();
        cost[key] = value;
        json!({ "costs": [cost] })
    };
    for body in [
        with("cost", json!("-1")),
        with("cost", json!(null)),
        with("start_date", json!("yesterday")),
        with("end_date", json!("2026-04-01")),
        with("currency", json!("CHF")),
        with("timezone", json!("Mars")),
        with("filters", json!({ "mood": "x" })),
        json!({ "campaign_ids": ["winter"], "costs": [cost.clone()] }),
        json!({ "campaign_ids": [8], "costs": [cost.clone()] }),
        json!({ "campaign_ids": ["8"], "costs": [cost.clone()] }),
        json!({}),
    ] {
        assert_eq!(wishes(body.clone()).unwrap_err().code(), "invalid", "{body}");
    }
}
