//! Who may come in, and what they may do.
//!
//! Two kinds of callers: a person with a session cookie and a program with an API key. A handler takes one of [`CanRead`],
//! [`CanEdit`] and [`CanAdmin`] (a workspace together with at least that role) or [`Caller`] (somebody, no workspace yet), so it
//! cannot forget to ask. Tokens and secrets are stored as SHA-256 only; passwords as argon2id.
//!
//! A person's changing requests carry the session's CSRF token, and an `Origin` (when the browser sends one) that is ours. A key
//! needs neither: no browser sends it by itself.
//!
//! The session cookie lives as long as a browser allows; the server alone decides when a session ends (unused for
//! `api.session_hours`, logged out, password changed, user disabled).

mod api_key;
mod authorize;
mod caller;
mod cookie;
mod csrf;
mod device;
mod limits;
mod login;
mod password;
mod session;
mod setup;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use self::authorize::{needs_role, scope_of};
pub use self::{
    api_key::mint_key,
    authorize::{CanAdmin, CanEdit, CanRead},
    caller::{Caller, Principal},
    cookie::cleared,
    csrf::SameOrigin,
    device::device_cookie,
    limits::{Key, LoginLimits},
    login::{Attempt, log_in, normal_email},
    password::{Passwords, Who, check_rules},
    session::{Client, begin, end_all},
    setup::{Wrong, is_needed, mint_setup_token, restore_token, token_fits, use_token},
    token::{alphanumeric, digest, random_token},
};

use signalbox_catalog::SystemScope;

/// For look-ups before a workspace is known.
pub(crate) const SYSTEM: SystemScope = SystemScope::new("authentication");
