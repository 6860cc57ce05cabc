//! Which clicks keep the reasons of their decision.

use crate::support::*;
use serde_json::Value;
use signalbox_domain::Via;

#[tokio::test]
async fn fallbacks_keep_their_reasons_and_others_are_sampled() {
    let taken = campaign("taken", vec![stream(redirect(Via::Http), &[OFFER])]);
    let empty = campaign("empty", vec![]);
    let service = Service::start(vec![taken.clone(), empty.clone()]).await;
    service.get("/taken").await;
    assert_eq!(&*service.clicks().pop().unwrap().trace, "", "none is sampled here");
    service.get("/empty").await;
    let click = service.clicks().pop().unwrap();
    let trace: Value = serde_json::from_str(&click.trace).unwrap();
    assert_eq!(trace["outcome"], "no_stream", "{trace}");

    let all = Service::start_with(vec![taken, empty], &[("traffic.trace_sample_permille", "1000")]).await;
    all.get("/taken").await;
    let trace: Value = serde_json::from_str(&all.clicks().pop().unwrap().trace).unwrap();
    assert_eq!(trace["outcome"], "routed", "{trace}");
    assert_eq!(trace["streams"][0]["verdict"], "taken", "{trace}");
}
