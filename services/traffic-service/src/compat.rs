//! What a request on the tracking domain asks for, in the URL shapes of every tracker that people come from.
//!
//! The shapes are tried in one order, so that none hides another (`/click` and `/click.php` mean four things, told apart by their query:
//! `cnv_id` a conversion, `upd_clickid` an update, events alone what a picture says, `lp` or no `key` and `camp_id` a landing click, else a
//! campaign). Pure: looks at path and query alone. What is none of them is a campaign's link.

use crate::said::says_events;
use signalbox_domain::DestinationId;
use signalbox_engine::Query;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked<'a> {
    /// Whatever campaign has this path.
    Path,
    /// A campaign by its slug or id, named in the query.
    Named(String),
    /// A landing click.
    Landing(Landing),
    /// A conversion; its key when the path or query has one.
    Conversion(Option<&'a str>),
    /// New sub ids and events for a click.
    Update,
    /// Events of the visitor's click, said by a picture of its landing page.
    Events,
    /// A decision as JSON for a server.
    ClickApi,
    /// Whether robots may visit this host.
    Robots,
    /// The tracking script.
    Script,
    /// The tracking script reports a page view of a campaign, by slug or id.
    PageView(&'a str),
    /// The tracking script reports a landing click.
    PageClick,
    /// The second page of a double redirect.
    Onward,
    /// A file of an uploaded landing page: what follows `/lp/`.
    Asset(&'a str),
}

/// Which destination a landing click means, and how it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Landing {
    pub(crate) which: Which,
    /// Go on without counting.
    pub(crate) uncounted: bool,
}

/// A destination of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Which {
    /// As the stream chooses.
    #[default]
    Any,
    /// By its place, from 1.
    Number(usize),
    /// By its id.
    Id(DestinationId),
}

impl Which {
    /// Reads `2` or a destination's id; anything else is as if nothing was said.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        // Thirteen digits are an id as well; no stream has that many destinations.
        match text.parse::<usize>() {
            Ok(number) if text.len() <= 6 => Self::Number(number),
            _ => text.parse().map_or(Self::Any, Self::Id),
        }
    }
}

/// What makes a request to `/click` more than a picture that says events.
const OTHER_THAN_EVENTS: &[&str] = &["key", "camp_id", "to_offer", "offer_id", "offer"];
const ID_OF_OTHER_CAMPAIGN: &[&str] = &["key", "camp_id", "c"];

/// What is asked for.
pub(crate) fn read<'a>(path: &'a str, query: &Query<'a>) -> Asked<'a> {
    let has = |name: &str| query.get(name).is_some_and(|value| !value.is_empty());
    let bare = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    match bare {
        "/postback"
        | "/cf/cv"
        | "/adclick.php"
        | "/tracking202/static/gpb.php"
        | "/conversion.gif"
        | "/conversion.html" => {
            return Asked::Conversion(None);
        }
        "/click_api/v3" | "/click_api/v3.php" => return Asked::ClickApi,
        "/api.php" if has("token") => return Asked::ClickApi,
        "/robots.txt" => return Asked::Robots,
        "/track.js" => return Asked::Script,
        "/t" | "/t/go" => return Asked::PageClick,
        "/click" | "/click.php" => return of_click(query, has),
        "/base.php" | "/base3.php" if ID_OF_OTHER_CAMPAIGN.iter().any(|name| has(name)) => {
            return named(query);
        }
        "/base3.php" | "/preclick" => return landing(Which::Any, query),
        "/" | "" if has("_lp") => return landing(Which::Any, query),
        crate::respond::page::ONWARD => return Asked::Onward,
        _ => {}
    }
    if let Some(slug) = bare.strip_prefix("/t/").filter(|slug| !slug.contains('/')) {
        return Asked::PageView(slug);
    }
    if let Some(rest) = path.strip_prefix("/lp/") {
        return Asked::Asset(rest);
    }
    let key = bare.strip_suffix("/postback").and_then(|rest| rest.strip_prefix('/'));
    if let Some(key) = key.filter(|key| !key.is_empty() && !key.contains('/')) {
        return Asked::Conversion(Some(key));
    }
    let numbered =
        ["/click/", "/click.php/", "/cf/click/"].iter().find_map(|prefix| bare.strip_prefix(prefix));
    let numbered = numbered.or_else(|| (bare == "/cf/click").then_some(""));
    match numbered.filter(|rest| !rest.contains('/')) {
        Some(number) => landing(Which::read(number), query),
        None => Asked::Path,
    }
}

fn of_click<'a>(query: &Query<'a>, has: impl Fn(&str) -> bool) -> Asked<'a> {
    if has("cnv_id") {
        Asked::Conversion(None)
    } else if has("upd_clickid") {
        Asked::Update
    } else if !has("lp") && OTHER_THAN_EVENTS.iter().all(|name| !has(name)) && says_events(query) {
        Asked::Events
    } else if has("lp") || !["key", "camp_id"].iter().any(|name| has(name)) {
        landing(Which::Any, query)
    } else {
        named(query)
    }
}

/// `to_offer`, `offer_id` and `offer` name the destination where the path does not.
fn landing<'a>(which: Which, query: &Query<'a>) -> Asked<'a> {
    let said = || ["to_offer", "offer_id", "offer"].iter().find_map(|name| query.get(name)).map(Which::read);
    let which = if which == Which::Any { said().unwrap_or_default() } else { which };
    Asked::Landing(Landing { which, uncounted: query.get("exit").is_some_and(|value| value == "1") })
}

/// Slug or id, whichever is there first.
fn named<'a>(query: &Query<'a>) -> Asked<'a> {
    let said = ID_OF_OTHER_CAMPAIGN.iter().find_map(|name| query.get(name).filter(|value| !value.is_empty()));
    Asked::Named(said.unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(url: &str) -> String {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        format!("{:?}", read(path, &Query::parse(query)))
    }

    fn landing_of(which: Which, uncounted: bool) -> String {
        format!("{:?}", Asked::Landing(Landing { which, uncounted }))
    }

    #[test]
    fn every_shape_of_conversion_is_one() {
        for url in [
            "/postback?cid=1&payout=2&txid=3&et=sale",
            "/postback?clickid=1&sum=2&type=x",
            "/postback/",
            "/click.php?cnv_id=1&payout=2&cnv_status=sale",
            "/click?cnv_id=1",
            "/click?cnv_id=1&upd_clickid=2&lp=1&key=x",
            "/cf/cv?click_id=1&payout=2",
            "/adclick.php?subid=1&revenue=2",
            "/tracking202/static/gpb.php?subid=1&amount=2",
            "/conversion.gif?cid=1",
            "/conversion.html?payout=1",
        ] {
            assert_eq!(asked(url), "Conversion(None)", "{url}");
        }
        assert_eq!(asked("/SECRETKEY/postback?subid=1"), "Conversion(Some(\"SECRETKEY\"))");
        assert_eq!(asked("/a/b/postback"), "Path");
        assert_eq!(asked("//postback"), "Path");
    }

    #[test]
    fn click_means_four_things_in_this_order() {
        assert_eq!(asked("/click?upd_clickid=1&event1=2&lp=1&key=x"), "Update");
        assert_eq!(asked("/click.php?upd_clickid=1&upd_key=k"), "Update");
        assert_eq!(asked("/click?lp=1&key=x"), landing_of(Which::Any, false));
        assert_eq!(asked("/click?cnv_id=&upd_clickid="), landing_of(Which::Any, false));
        assert_eq!(asked("/click"), landing_of(Which::Any, false));
        assert_eq!(asked("/click/"), landing_of(Which::Any, false));
        assert_eq!(asked("/click.php?lp=1&to_offer=2"), landing_of(Which::Number(2), false));
        assert_eq!(asked("/click.php?camp_id=c1&key=k1"), "Named(\"k1\")");
        assert_eq!(asked("/click.php?camp_id=c1"), "Named(\"c1\")");
        assert_eq!(asked("/click?key=summer"), "Named(\"summer\")");
    }

    #[test]
    fn landing_clicks_of_every_tracker() {
        for (url, which, uncounted) in [
            ("/click/1", Which::Number(1), false),
            ("/click/2/", Which::Number(2), false),
            ("/click/nonsense", Which::Any, false),
            ("/cf/click/3", Which::Number(3), false),
            ("/cf/click", Which::Any, false),
            ("/preclick", Which::Any, false),
            ("/?_lp=1&_token=abc", Which::Any, false),
            ("/?_lp=1&_token=abc&offer_id=4&exit=1", Which::Number(4), true),
            ("/?_lp=1&offer_id=0000000000007", Which::Id(DestinationId(7)), false),
            ("/base3.php?id=x", Which::Any, false),
        ] {
            assert_eq!(asked(url), landing_of(which, uncounted), "{url}");
        }
    }

    #[test]
    fn the_rest_is_a_campaigns_link() {
        for url in [
            "/",
            "",
            "/summer",
            "/c/summer",
            "/summer/more/path",
            "/?lp=1",
            "/click/1/2",
            "/t/a/b",
            "/api.php",
        ] {
            assert_eq!(asked(url), "Path", "{url}");
        }
        assert_eq!(asked("/base.php?c=12&key=k"), "Named(\"k\")");
        assert_eq!(asked("/click_api/v3?token=x"), "ClickApi");
        assert_eq!(asked("/api.php?token=x"), "ClickApi");
        assert_eq!(asked("/track.js"), "Script");
        assert_eq!(asked("/robots.txt"), "Robots");
        assert_eq!(asked("/t/summer"), "PageView(\"summer\")");
        assert_eq!(asked("/t/go"), "PageClick");
        assert_eq!(asked("/lp/x/../y"), "Asset(\"x/../y\")");
    }
}
