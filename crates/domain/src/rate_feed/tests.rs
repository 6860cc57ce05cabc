use super::*;
use proptest::prelude::*;

const DAY: i64 = 86_400_000;

fn currency(text: &str) -> Currency {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn workspace() -> Workspace {
    let fields =
        serde_json::json!({ "id": "0000000000001", "name": "W", "currency": "USD", "timezone": "UTC" });
    serde_json::from_value(fields).unwrap()
}

fn quotes(of: &[(&str, &str)]) -> Quotes {
    let of = of.iter().map(|(name, worth)| (currency(name), money(worth))).collect();
    Quotes { base: currency("EUR"), of }
}

fn by_hand(name: &str, rate: &str, since: Option<i64>) -> CurrencyRate {
    let source = RateSource::Manual;
    CurrencyRate { currency: currency(name), rate: money(rate), since: since.map(Timestamp), source }
}

fn take(workspace: &mut Workspace, of: &[(&str, &str)], day: i64) -> Taken {
    let span = (Timestamp(day * DAY), Timestamp((day + 1) * DAY));
    let wanted = ["EUR", "GBP", "JPY", "USD"].map(currency);
    workspace.take_fetched((&quotes(of), RateSource::Ecb), &wanted, span)
}

fn shown(workspace: &Workspace) -> Vec<String> {
    let text = |rate: CurrencyRate| {
        let day = rate.since.map_or(-1, |since| since.0 / DAY);
        format!("{} {} {day} {:?}", rate.currency, rate.rate, rate.source)
    };
    workspace.all_rates().into_iter().map(text).collect()
}

#[test]
fn rates_go_through_the_base() {
    let quotes = quotes(&[("USD", "1.0928"), ("GBP", "0.874"), ("IDR", "16000")]);
    let rate = |of: &str, unit: &str| quotes.rate(currency(of), currency(unit)).map(|it| it.to_string());
    assert_eq!(rate("EUR", "USD").as_deref(), Some("1.0928"));
    assert_eq!(rate("USD", "EUR").as_deref(), Some("0.915080527"));
    assert_eq!(rate("GBP", "USD").as_deref(), Some("1.250343249"));
    assert_eq!(rate("IDR", "USD").as_deref(), Some("0.0000683"));
    assert_eq!(rate("CHF", "USD"), None);
    assert_eq!(rate("USD", "CHF"), None);
}

#[test]
fn what_somebody_gave_stays() {
    let mut workspace = workspace();
    workspace.set_rates([by_hand("EUR", "1.1", None), by_hand("GBP", "1.3", Some(10 * DAY + 5))]);
    let day = [("USD", "1.2"), ("GBP", "0.96")];
    let taken = take(&mut workspace, &day, 10);
    assert_eq!((taken.changed, taken.refused.len()), (1, 1), "{taken:?}");
    assert_eq!(taken.refused, ["the source has no rate from JPY to USD"]);
    assert_eq!(shown(&workspace), ["EUR 1.1 -1 Manual", "EUR 1.2 10 Ecb", "GBP 1.3 10 Manual"]);
    assert_eq!(take(&mut workspace, &day, 10).changed, 0, "the same again changes nothing");
    // A correction of the source, and the next day.
    assert_eq!(take(&mut workspace, &[("USD", "1.21")], 10).changed, 1);
    assert_eq!(take(&mut workspace, &[("USD", "1.22"), ("GBP", "0.95")], 11).changed, 2);
    assert_eq!(
        shown(&workspace),
        [
            "EUR 1.1 -1 Manual",
            "EUR 1.21 10 Ecb",
            "EUR 1.22 11 Ecb",
            "GBP 1.3 10 Manual",
            "GBP 1.284210526 11 Ecb"
        ]
    );
    // Somebody's own rate takes the place of a fetched one.
    let mut edited = workspace.clone();
    edited.set_rates(workspace.all_rates().into_iter().chain([by_hand("EUR", "1.3", Some(11 * DAY))]));
    edited.keep_sources(&workspace);
    assert_eq!(take(&mut edited, &[("USD", "1.22"), ("GBP", "0.95")], 11).changed, 0);
    assert!(shown(&edited).contains(&"EUR 1.3 11 Manual".to_owned()));
    assert!(shown(&edited).contains(&"EUR 1.21 10 Ecb".to_owned()), "what nobody touched keeps its mark");
}

#[test]
fn absurd_changes_are_refused() {
    let mut workspace = workspace();
    workspace.set_rates([by_hand("EUR", "1", None)]);
    for (rate, refused) in [("1.5", false), ("1.501", true), ("0.5", false), ("0.499", true)] {
        let mut workspace = workspace.clone();
        let taken = take(&mut workspace, &[("USD", rate)], 3);
        let said = taken.refused.iter().any(|it| it.contains("by more than half"));
        assert_eq!((said, taken.changed), (refused, u32::from(!refused)), "{rate}: {taken:?}");
    }
}

#[test]
fn settings_are_checked() {
    let fetch = |feed, currencies: &[&str], minute| RateFetch {
        id: WorkspaceId(1),
        active: true,
        feed: Some(feed),
        currencies: currencies.iter().map(|it| currency(it)).collect(),
        minute,
    };
    let ecb = |mirror: &str| RateFeed::Ecb { mirror: mirror.to_owned() };
    let json = |url: &str, base: &str, rates: &str| RateFeed::Json {
        url: url.to_owned(),
        base: base.to_owned(),
        rates: rates.to_owned(),
    };
    let fields = |fetch: RateFetch| {
        let errors = fetch.validate().err().map(|wrong| wrong.0).unwrap_or_default();
        errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
    };
    let url = "https://rates.example.com/latest?key=1";
    assert_eq!(fields(fetch(ecb(""), &["EUR"], 1_020)), [""; 0]);
    assert_eq!(fields(fetch(json(url, "usd", "/data/rates"), &["EUR", "GBP"], 0)), [""; 0]);
    assert_eq!(fields(fetch(json(url, "/base", ""), &["EUR"], 0)), [""; 0]);
    assert_eq!(
        fields(fetch(ecb("ftp://x"), &["EUR", "EUR"], 1_440)),
        ["feed.mirror", "currencies", "minute"]
    );
    assert_eq!(
        fields(fetch(json("", "", "rates"), &[], 0)),
        ["feed.url", "feed.base", "feed.rates", "currencies"]
    );
    let unreadable = RateFetch { feed: None, ..fetch(ecb(""), &["EUR"], 0) };
    assert_eq!(fields(unreadable.clone()), ["feed"]);
    assert!(unreadable.validate_stored().is_ok());
}

proptest! {
    /// Whatever is fetched: what somebody gave is still there, a day has one rate for each currency, and every rate is above 0.
    #[test]
    fn nothing_that_somebody_gave_is_lost(
        given in prop::collection::vec((0..3_usize, 1..4_000_000_000_i128, prop::option::of(0..40_i64)), 0..12),
        fetched in prop::collection::vec((prop::collection::vec((0..4_usize, 1..4_000_000_000_i128), 0..5), 0..10_i64), 0..8),
    ) {
        let names = ["EUR", "GBP", "JPY", "USD"].map(currency);
        let mut workspace = workspace();
        workspace.set_rates(given.iter().map(|&(index, nanos, quarter)| CurrencyRate {
            currency: names[index],
            rate: Money::from_nanos(nanos),
            since: quarter.map(|quarter| Timestamp(quarter * DAY / 4)),
            source: RateSource::Manual,
        }));
        let before = workspace.all_rates();
        for (of, day) in &fetched {
            let of = of.iter().map(|&(index, nanos)| (names[index], Money::from_nanos(nanos))).collect();
            let quotes = Quotes { base: names[0], of };
            let span = (Timestamp(day * DAY), Timestamp((day + 1) * DAY));
            workspace.take_fetched((&quotes, RateSource::Json), &names, span);
            prop_assert!(workspace.validate().is_ok());
        }
        let after = workspace.all_rates();
        prop_assert!(before.iter().all(|rate| after.contains(rate)));
        for rate in after.iter().filter(|rate| !rate.source.is_manual()) {
            prop_assert_eq!(rate.since.unwrap().0 % DAY, 0);
            let day = rate.since.unwrap().0 / DAY;
            let rival = |it: &&CurrencyRate| {
                it.currency == rate.currency && it.since.is_some_and(|at| at.0 / DAY == day)
            };
            prop_assert_eq!(after.iter().filter(rival).count(), 1);
        }
    }
}
