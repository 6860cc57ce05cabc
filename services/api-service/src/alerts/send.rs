//! Sends a notice to its receivers.

use super::{mail::Mailer, message::Message};
use crate::outgoing::{Outgoing, said};
use reqwest::{Method, RequestBuilder, header};
use serde_json::json;
use signalbox_chassis::outgoing::Guard;
use signalbox_domain::{AlertChannel, AlertNotice};
use std::time::Duration;

/// Longest time for one request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest text that is kept of a failure, characters.
const ERROR_MAX: usize = 300;

/// Everything that messages are sent with.
#[derive(Clone)]
pub struct Sender {
    outgoing: Outgoing,
    mailer: Option<Mailer>,
}

impl Sender {
    /// Inside a guard.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn new(guard: &Guard, mailer: Option<Mailer>) -> reqwest::Result<Self> {
        Ok(Self { outgoing: Outgoing::new(guard, PATIENCE)?, mailer })
    }

    /// Whether there is a mail server.
    pub const fn can_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// Sends to everybody of `channels` who has not taken the notice yet, once, all at one time.
    pub async fn tell(&self, channels: &[AlertChannel], notice: &mut AlertNotice, message: &Message) {
        let waiting = notice.deliveries.iter_mut().enumerate().filter(|(_, delivery)| !delivery.done);
        let attempts = waiting.map(|(index, delivery)| async move {
            // In the order of the receivers, unless they have changed since.
            let is_it = |channel: &&AlertChannel| channel.label() == delivery.channel;
            let channel = channels.get(index).filter(is_it).or_else(|| channels.iter().find(is_it));
            let outcome = match channel {
                Some(channel) => self.send(channel, message).await,
                None => Err("is no receiver of this alert any more".to_owned()),
            };
            delivery.attempts += 1;
            delivery.done = outcome.is_ok();
            delivery.error = outcome.err().unwrap_or_default().chars().take(ERROR_MAX).collect();
        });
        futures::future::join_all(attempts).await;
    }

    async fn send(&self, channel: &AlertChannel, message: &Message) -> Result<(), String> {
        match channel {
            AlertChannel::Webhook { url, authorization } => {
                let request = self.post(url)?.json(&message.json).header("idempotency-key", &message.key);
                let request = match authorization.as_str() {
                    "" => request,
                    value => request.header(header::AUTHORIZATION, value),
                };
                taken(request).await
            }
            AlertChannel::Telegram { base_url, token, chat_id } => {
                let url = format!("{}/bot{token}/sendMessage", base_url.trim_end_matches('/'));
                let body =
                    json!({ "chat_id": chat_id, "text": message.text, "disable_web_page_preview": true });
                taken(self.post(&url)?.json(&body)).await
            }
            AlertChannel::Email { to } => match &self.mailer {
                Some(mailer) => mailer.send(to, &message.subject, &message.text).await,
                None => Err("the operator has named no mail server (api.mail_url)".to_owned()),
            },
        }
    }

    fn post(&self, url: &str) -> Result<RequestBuilder, String> {
        self.outgoing.request(Method::POST, url)
    }
}

/// Whether the receiver took it. The address stays out of what is said of a failure: it may be a secret.
async fn taken(request: RequestBuilder) -> Result<(), String> {
    let answer = request.send().await.map_err(said)?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("answered {}", answer.status())) }
}
