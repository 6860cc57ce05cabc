//! Logging in with e-mail address and password.

use super::{SYSTEM, device::known_device, limits::Key, password::Who};
use crate::{app::App, error::ApiError, metrics};
use axum::http::{HeaderMap, StatusCode};
use signalbox_catalog::Stored;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{User, UserState};
use std::net::IpAddr;

/// Somebody tries to log in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// E-mail address as typed.
    pub email: &'a str,
    /// Password.
    pub password: &'a str,
    /// Client address.
    pub address: IpAddr,
    /// Headers of the request.
    pub headers: &'a HeaderMap,
}

/// An address as it is stored: no blanks around it, lower case.
pub fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The user, when the password is right. An unknown address takes as long and gives the same answer as a wrong password.
///
/// # Errors
/// 401 `login_failed`, 403 `user_disabled`, 429 (see `limits.rs`), 503 when the service is busy or the catalog does not answer.
pub async fn log_in(app: &App, attempt: Attempt<'_>) -> Result<Stored<User>, ApiError> {
    let email = normal_email(attempt.email);
    let found = app.catalog().users().find_by_email(SYSTEM, &email).await?;
    let device = found.as_ref().and_then(|user| known_device(attempt.headers, &user.value));
    let key = Key { address: attempt.address, account: &email, device: device.as_deref() };
    let who = if device.is_some() { Who::Known } else { Who::Stranger };
    let limits = app.login_limits();
    let admit = || limits.admit(key).inspect_err(|_| metrics::login("limited"));
    admit()?;
    let stored = found.as_ref().map(|user| user.value.password_hash.clone());
    // Asked again when the check begins: those who waited meanwhile may have used up what was left.
    let fits = app.passwords().verify(who, stored, attempt.password.to_owned(), admit).await?;
    let Some(user) = found.filter(|_| fits) else {
        limits.failed(key);
        metrics::login("failed");
        let problem =
            Problem::new(StatusCode::UNAUTHORIZED, "login_failed", "E-mail address or password is wrong");
        return Err(problem.into());
    };
    limits.succeeded(key);
    if user.value.state == UserState::Disabled {
        metrics::login("disabled");
        return Err(Problem::forbidden("This user is disabled; ask an admin")
            .with_code("user_disabled")
            .into());
    }
    metrics::login("succeeded");
    Ok(user)
}
