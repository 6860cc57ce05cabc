//! Entry points for fuzzers: what networks send, with its promises checked. A panic is a finding.

use crate::{
    judge,
    reading::{self, TRANSACTION_BYTES_MAX},
    receive::{BYTES_MAX, PARAMETERS_MAX, read_parameters},
};
use http::{HeaderMap, HeaderValue, header};
use signalbox_domain::{AffiliateNetwork, AffiliateNetworkId, PostbackId};

/// Reads the first line as the query of a postback, the second as its content type and the rest as its body.
pub fn postback(data: &[u8]) {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let query = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let kind = HeaderValue::from_bytes(lines.next().unwrap_or_default());
    let headers = HeaderMap::from_iter(kind.ok().map(|kind| (header::CONTENT_TYPE, kind)));
    let body = lines.next().unwrap_or_default();
    let read = read_parameters(&query, &headers, body);
    assert_eq!(read, read_parameters(&query, &headers, body), "read differently");
    let Ok(parameters) = read else { return };
    assert!(parameters.len() <= PARAMETERS_MAX);
    assert!(parameters.iter().all(|(name, value)| name.len() <= BYTES_MAX && value.len() <= BYTES_MAX));
    // What is judged again is read from the log.
    let again = read_parameters(&judge::query(&parameters), &HeaderMap::new(), b"");
    assert_eq!(again.as_ref(), Ok(&parameters), "the log does not give back what was received");
    let network = network();
    let judged = reading::read(&parameters, &network, None);
    assert_eq!(judged, reading::read(&parameters, &network, None), "judged differently");
    match judged {
        Ok(reading) => {
            assert!(reading.transaction.len() <= TRANSACTION_BYTES_MAX);
            assert_eq!(reading::read_click_of(&parameters), Ok(reading.click));
        }
        Err(refusal) => assert!(!refusal.code.is_empty() && !refusal.reason.is_empty()),
    }
}

/// Reads text as the id of a received postback.
pub fn postback_id(data: &[u8]) {
    let Ok(id) = String::from_utf8_lossy(data).parse::<PostbackId>() else { return };
    assert_eq!(id.to_string().parse(), Ok(id), "the text form does not read back");
}

fn network() -> AffiliateNetwork {
    AffiliateNetwork {
        id: AffiliateNetworkId(1),
        name: "Network".to_owned(),
        postback_key: "k".repeat(20),
        retired_keys: Vec::new(),
        allowed_ips: Vec::new(),
        click_id_token: String::new(),
        payout_token: String::new(),
        status_token: String::new(),
        transaction_token: String::new(),
        statuses: Vec::new(),
        currency: None,
        offer_parameters: String::new(),
        keyless: false,
        notes: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_networks_send_keeps_the_promises() {
        postback(b"subid=0PG2HN8000000000000000000A&payout=1,5&status=sale");
        postback(b"SUBID={clickid}\napplication/json\n{\"payout\": 1e400, \"tid\": \"x\"}");
        postback(b"a=%ff\ntext/xml\n<a/>");
        postback(b"=&a=%2B+%26&a=");
        postback(b"");
        for id in ["9f3c5a1e7b2d4c6f-1042", "+f3c5a1e7b2d4c6f-+1", "-", ""] {
            postback_id(id.as_bytes());
        }
    }
}
