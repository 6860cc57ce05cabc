//! What most stories start with: one source, one network, one destination, one campaign, one output.

use serde_json::{Value, json};
use signalbox_testkit::{Admin, Instance, Receiver, until};
use std::time::Duration;

pub const EXE: &str = env!("CARGO_BIN_EXE_signalbox");
pub const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
/// Reports must show a click within this.
pub const VISIBLE_MAX: Duration = Duration::from_secs(30);

/// A set-up workspace.
pub struct World {
    pub admin: Admin,
    pub receiver: Receiver,
    pub slug: String,
    pub campaign: Value,
    pub destination: Value,
    pub key: String,
}

/// A client that does not follow redirects.
pub fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).user_agent(CHROME).build().unwrap()
}

impl World {
    /// Creates everything through the API.
    pub async fn create(instance: &Instance) -> Self {
        let admin = Admin::set_up(instance).await;
        let receiver = Receiver::start().await;
        let source = admin
            .create(
                "/sources",
                json!({"name": "Source", "parameters": [
                {"parameter": "zone", "token": "{zoneid}", "role": "sub_id_1", "label": "Zone"},
                {"parameter": "ext", "token": "${CLICK}", "role": "external_id", "label": ""},
                {"parameter": "bid", "token": "{bid}", "role": "cost", "label": ""}]}),
            )
            .await;
        // Before the network: whoever knows its key knows the output too.
        admin
            .create("/outputs", json!({"name": "Back to source", "scope": {"type": "source", "id": source["id"]}, "statuses": ["sale"],
                "url": format!("{}/pb?ext={{external_id}}&sum={{payout}}&s={{status}}&tid={{transaction_id}}", receiver.url())}))
            .await;
        let network = admin
            .create(
                "/networks",
                json!({"name": "Net", "click_id_token": "{aff_sub}", "payout_token": "{payout}",
                "statuses": [{"word": "qualified", "status": "lead"}]}),
            )
            .await;
        let destination = admin
            .create(
                "/destinations",
                json!({"name": "Offer", "kind": "offer", "network_id": network["id"],
                "url": "https://offer.example/land?a=1&cid={click_id}&zone={sub_id_1}&c={country}#top"}),
            )
            .await;
        let campaign = admin
            .create("/campaigns", json!({"name": "Story", "slug": "story", "source_id": source["id"],
                "cost": {"model": "cpc", "amount": "0.05"}, "cost_from_parameter": true,
                "trafficback_url": "https://back.example/?from={campaign_id}",
                "streams": [
                    {"name": "Germany", "kind": "regular",
                        "rules": {"all": [{"test": {"criterion": "query.blocked", "op": "empty", "values": []}}]},
                        "routes": [{"destination_id": destination["id"], "weight": 100}]}]}))
            .await;
        let key = network["postback_key"].as_str().unwrap().to_owned();
        Self { admin, receiver, slug: "story".to_owned(), campaign, destination, key }
    }

    /// One click; the Location and the click id in it. Waits for the configuration to arrive.
    pub async fn click(&self, instance: &Instance, query: &str) -> (String, String) {
        let client = browser();
        let url = format!("{}/{}?{query}", instance.traffic_url(), self.slug);
        until("a click is redirected", Duration::from_secs(10), || async {
            let response = client.get(&url).send().await.map_err(|error| error.to_string())?;
            let location = response
                .headers()
                .get("location")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned();
            // Until the configuration has arrived the slug is unknown.
            if response.status() != 302 || location.starts_with("https://nowhere.example") {
                return Err(format!("{} {location}", response.status()));
            }
            let id =
                location.split_once("cid=").map_or("", |(_, rest)| &rest[..rest.len().min(26)]).to_owned();
            Ok((location, id))
        })
        .await
    }

    /// One postback; status and text of the answer.
    pub async fn postback(&self, instance: &Instance, query: &str) -> (u16, String) {
        let url = format!("{}/{}/postback?{query}", instance.postback_url(), self.key);
        let response = reqwest::get(url).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}
