//! Mails through the operator's server.

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor, message::Mailbox,
    message::header::ContentType,
};
use signalbox_chassis::settings::ApiSettings;
use std::time::Duration;

/// Longest time for one command of the server.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest time for a whole mail.
const WHOLE: Duration = Duration::from_secs(30);

/// Sends mails.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// By the settings; `None` when they name no server.
    ///
    /// # Errors
    /// What is wrong with them, without the address, which may hold a password.
    pub fn new(settings: &ApiSettings) -> Result<Option<Self>, String> {
        let Some(url) = &settings.mail_url else { return Ok(None) };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|_| "api.mail_url is not the address of a mail server that can be used".to_owned())?;
        let from = settings.mail_from.parse().map_err(|error| format!("api.mail_from: {error}"))?;
        Ok(Some(Self { transport: transport.timeout(Some(PATIENCE)).build(), from }))
    }

    /// Sends a mail; it is taken when the server has accepted it.
    ///
    /// # Errors
    /// What the server said.
    pub async fn send(&self, to: &[String], subject: &str, body: &str) -> Result<(), String> {
        let mut mail = Message::builder().from(self.from.clone()).subject(subject);
        for address in to {
            mail = mail.to(address.parse().map_err(|error| format!("{address}: {error}"))?);
        }
        let mail = mail.header(ContentType::TEXT_PLAIN).body(body.to_owned()).map_err(|it| it.to_string())?;
        match tokio::time::timeout(WHOLE, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the mail server did not answer within {} s", WHOLE.as_secs())),
        }
    }
}
