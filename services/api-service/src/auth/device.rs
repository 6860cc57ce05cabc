//! Browsers that have logged in to an account before.
//!
//! After a login the browser keeps a cookie `USER.NONCE.MAC`. The MAC is keyed by the user's stored password hash, which nobody
//! outside knows: nothing has to be stored for it, a stranger cannot make one, and a new password makes all of them void. It opens
//! nothing; it only exempts from the limits that strangers share.

use super::{cookie, token};
use axum::http::HeaderMap;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use signalbox_domain::{User, UserId};

/// One cookie for each account that the browser knows.
fn name(user: UserId) -> String {
    format!("signalbox_device_{user}")
}

/// The cookie line that makes a browser known to `user`'s account.
pub fn device_cookie(user: &User, secure: bool) -> String {
    let nonce = token::alphanumeric(26);
    let value = format!("{nonce}.{}", mac(user, &nonce));
    cookie::set_cookie(&name(user.id), &value, "/api/v1/session", secure)
}

/// The browser's nonce, when it has logged in to `user`'s account before.
pub(super) fn known_device(headers: &HeaderMap, user: &User) -> Option<String> {
    let value = cookie::find(headers, &name(user.id))?;
    let (nonce, given) = value.split_once('.')?;
    let fits = nonce.len() == 26 && token::same(given, &mac(user, nonce));
    fits.then(|| nonce.to_owned())
}

fn mac(user: &User, nonce: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(user.password_hash.as_bytes()) else {
        return String::new();
    };
    mac.update(b"signalbox device ");
    mac.update(user.id.to_string().as_bytes());
    mac.update(nonce.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
