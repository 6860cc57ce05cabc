//! API keys: `sbx_<id>_<secret>`.

use super::{SYSTEM, token};
use crate::{app::App, error::ApiError};
use axum::http::{HeaderMap, HeaderName, header};
use signalbox_catalog::Stored;
use signalbox_domain::{ApiKey, ApiKeyId};

const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// A new key: what its owner gets and what is stored.
#[derive(Debug, Clone)]
pub struct MintedKey {
    /// The whole key.
    pub key: String,
    /// First characters, to recognise it by.
    pub prefix: String,
    /// SHA-256 of the secret part.
    pub secret_sha256: String,
}

/// Makes a key for the given id.
pub fn mint_key(id: ApiKeyId) -> MintedKey {
    let secret = token::random_token();
    MintedKey {
        prefix: format!("sbx_{id}_{}", &secret[..4]),
        secret_sha256: token::digest(&secret),
        key: format!("sbx_{id}_{secret}"),
    }
}

/// The key text of a request: `Authorization: Bearer …` or `Api-Key: …`.
pub(super) fn given(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(&header::AUTHORIZATION).and_then(|line| {
        let (scheme, rest) = line.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
    });
    bearer.or_else(|| text(&API_KEY).map(str::trim))
}

/// The stored key that `text` opens, when it is still good.
pub(super) async fn recognise(app: &App, text: &str) -> Result<Option<Stored<ApiKey>>, ApiError> {
    let parts = text.strip_prefix("sbx_").and_then(|rest| rest.split_once('_'));
    let Some((id, secret)) = parts.filter(|(_, secret)| secret.len() == 52) else { return Ok(None) };
    let Ok(id) = id.parse::<ApiKeyId>() else { return Ok(None) };
    let found = app.catalog().api_keys().find_by_secret(SYSTEM, &token::digest(secret)).await?;
    let good = |key: &Stored<ApiKey>| {
        key.value.id == id && key.value.expires_at.is_none_or(|expires| expires > app.now())
    };
    Ok(found.filter(good))
}
