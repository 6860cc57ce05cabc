use super::*;
use serde_json::{Value, json};

/// A trace of streams that were asked in turn; the last one took the click.
fn trace(streams: usize) -> Trace {
    let id = |number: usize| signalbox_domain::StreamId(number as u64).to_string();
    let test = json!({"type": "test", "held": true, "criterion": "user_agent", "op": "contains",
                      "values": vec!["ü".repeat(200); 20], "values_total": 20, "actual": "x".repeat(500)});
    let rules = json!({"type": "all", "held": true, "parts": [test]});
    let stream = |number: usize| {
        let verdict = if number == streams { "taken" } else { "refused" };
        json!({"stream": id(number), "name": format!("stream {number}"), "kind": "forced", "weight": 100,
               "verdict": verdict, "turn": number, "rules": rules})
    };
    let idle = json!({"stream": id(999), "name": "idle", "kind": "default", "weight": 100, "verdict": "not_reached"});
    let mut list: Vec<Value> = (1..=streams).map(stream).collect();
    list.push(idle);
    let route = json!({"destination": id(7), "weight": 1, "state": "available", "chosen": true});
    serde_json::from_value(json!({"campaign": id(1), "streams": list, "landings": [], "routes": [route],
        "outcome": "routed", "status": 302}))
    .unwrap()
}

#[test]
fn a_trace_fits_and_stays_a_trace() {
    let whole = trace(10);
    let length = |bytes_max| whole.to_json_within(bytes_max).map(|json| json.len());
    let full = serde_json::to_string(&whole).unwrap();
    assert_eq!(whole.to_json_within(full.len()).as_ref(), Some(&full), "nothing is cut that fits");
    let mut last = full.len() + 1;
    for bytes_max in [full.len() - 1, 8000, 3000, 1700, 400, 250] {
        let json = whole.to_json_within(bytes_max).unwrap();
        assert!(json.len() <= bytes_max && json.len() <= last, "{bytes_max}: {}", json.len());
        last = json.len();
        let read: Trace = serde_json::from_str(&json).unwrap();
        assert_eq!((read.outcome, read.status), (whole.outcome, whole.status));
        let taken = read.streams.iter().find(|stream| stream.verdict == StreamVerdict::Taken).unwrap();
        assert_eq!(taken.name, "stream 10");
    }
    assert_eq!(length(100), None);
}
