//! Secrets that must be read again (the keys of postback URLs), kept so that a copy of the catalog alone says nothing of them.
//!
//! Promises: what is stored is sealed by XChaCha20-Poly1305 under a key that lies outside the catalog, bound to its document, with a
//! keyed fingerprint beside it by which it is found and kept unique. What was stored before there was a key is read as it is.
//! Never: loses a document because its secret cannot be opened; the secret is then blank.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::{Error, Result};

/// Field of a body that holds what is sealed.
const SEALED: &str = "_sealed";
const NONCE_BYTES: usize = 24;
/// Format of what is sealed, and what its bytes are told apart by.
const FORMAT: &str = "v1.";

/// Which fields of a document are secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secrets {
    /// A text that documents are found by and that is unique: its keyed fingerprint stands in its place.
    pub found_by: Option<&'static str>,
    /// Others, which are left out of the stored document.
    pub more: &'static [&'static str],
}

/// Seals and opens.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    fingerprints: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    /// With this secret key; two keys of its own are derived from it.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let cipher = XChaCha20Poly1305::new(&derived(secret, b"signalbox catalog: sealing v1").into());
        Self { cipher, fingerprints: derived(secret, b"signalbox catalog: fingerprints v1") }
    }

    /// The key that was `given`, else the one in `file`, which is made when it is not there and `may_make`. `None`: there is none, and
    /// secrets are stored as they are.
    ///
    /// # Errors
    /// `Invalid{catalog.secret_key}` when the file cannot be read or made, or holds no key.
    pub fn find(given: Option<[u8; 32]>, file: &Path, may_make: bool) -> Result<Option<Self>> {
        if let Some(secret) = given {
            return Ok(Some(Self::new(&secret)));
        }
        let wrong = |reason: String| {
            Error::invalid(
                "catalog.secret_key",
                format!("{reason}: {} is the file of the key", file.display()),
            )
        };
        match fs::read_to_string(file) {
            Ok(text) => {
                let secret = read_hex(&text).ok_or_else(|| {
                    wrong("is not 64 hexadecimal digits; restore the file from a backup".to_owned())
                })?;
                Ok(Some(Self::new(&secret)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_make => {
                let secret: [u8; 32] = rand::random();
                write(file, &secret).map_err(|error| wrong(format!("cannot be written ({error})")))?;
                tracing::info!(file = %file.display(), "made the key that secrets in the catalog are sealed with");
                Ok(Some(Self::new(&secret)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(format!("cannot be read ({error})"))),
        }
    }

    /// What stands for a text that documents are found by.
    pub(crate) fn fingerprint(&self, text: &str) -> String {
        let bytes = authenticated(&self.fingerprints, text.as_bytes());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        // No secret has a colon, so nobody takes this for one.
        format!("hmac:{hex}")
    }

    /// Takes the secrets out of a body and puts them in sealed.
    pub(crate) fn seal(&self, secrets: Secrets, id: &str, body: &mut Value) -> Result<()> {
        let Value::Object(fields) = body else { return Ok(()) };
        let mut hidden = Map::new();
        for name in secrets.more {
            hidden.extend(fields.remove(*name).map(|value| ((*name).to_owned(), value)));
        }
        if let Some(name) = secrets.found_by
            && let Some(Value::String(text)) = fields.get_mut(name)
        {
            let fingerprint = self.fingerprint(text);
            hidden.insert(name.to_owned(), std::mem::replace(text, fingerprint).into());
        }
        if hidden.is_empty() {
            return Ok(());
        }
        let plain = serde_json::to_vec(&hidden).map_err(|error| Error::invalid("body", error.to_string()))?;
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &plain, aad: id.as_bytes() })
            .map_err(|_| Error::invalid("body", "is too large to be sealed"))?;
        let text = format!("{FORMAT}{}", BASE64.encode([&nonce[..], &sealed].concat()));
        fields.insert(SEALED.to_owned(), text.into());
        Ok(())
    }

    fn open(&self, id: &str, text: &str) -> Option<Map<String, Value>> {
        let bytes = BASE64.decode(text.strip_prefix(FORMAT)?).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: sealed, aad: id.as_bytes() };
        let plain = self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Whether a stored body holds something sealed.
pub(crate) fn is_sealed(body: &Value) -> bool {
    body.get(SEALED).is_some()
}

/// Puts the secrets of a stored body back; without the right key they are blank.
pub(crate) fn unseal(vault: Option<&Vault>, secrets: Secrets, id: &str, body: &mut Value) {
    let Value::Object(fields) = body else { return };
    let Some(Value::String(sealed)) = fields.remove(SEALED) else { return };
    match vault.and_then(|vault| vault.open(id, &sealed)) {
        Some(hidden) => fields.extend(hidden),
        None => fields.extend(secrets.found_by.map(|name| (name.to_owned(), "".into()))),
    }
}

/// 64 hexadecimal digits, with or without white space around them.
fn read_hex(text: &str) -> Option<[u8; 32]> {
    let text = text.trim().as_bytes();
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Writes a file that only this user reads, whole or not at all.
fn write(file: &Path, secret: &[u8; 32]) -> io::Result<()> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = file.with_extension("key.tmp");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(&temporary)?;
    writeln!(opened, "{hex}")?;
    opened.sync_all()?;
    fs::rename(&temporary, file)?;
    file.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

fn derived(secret: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    authenticated(secret, purpose)
}

fn authenticated(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    // A key of any length is taken.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key) else { return [0; 32] };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SECRETS: Secrets = Secrets { found_by: Some("key"), more: &["old"] };

    #[test]
    fn what_is_sealed_is_seen_by_nobody_and_opened_in_its_own_document() {
        let vault = Vault::new(&[7; 32]);
        let body = json!({ "name": "N", "key": "top-secret-1", "old": ["top-secret-0"] });
        let mut stored = body.clone();
        vault.seal(SECRETS, "networks/1", &mut stored).unwrap();
        let text = stored.to_string();
        assert!(is_sealed(&stored) && !text.contains("top-secret") && stored["name"] == "N", "{text}");
        assert_eq!(stored["key"], vault.fingerprint("top-secret-1"));
        let opened = |vault: Option<&Vault>, id: &str, stored: &Value| {
            let mut stored = stored.clone();
            unseal(vault, SECRETS, id, &mut stored);
            stored
        };
        assert_eq!(opened(Some(&vault), "networks/1", &stored), body);
        let blank = json!({ "name": "N", "key": "" });
        assert_eq!(opened(Some(&vault), "networks/2", &stored), blank, "moved to another document");
        assert_eq!(opened(Some(&Vault::new(&[8; 32])), "networks/1", &stored), blank);
        assert_eq!(opened(None, "networks/1", &stored), blank);
        let mut broken = stored.clone();
        broken[SEALED] = "v1.AAAA".into();
        assert_eq!(opened(Some(&vault), "networks/1", &broken), blank);
        assert_eq!(opened(Some(&vault), "networks/1", &body), body, "stored before there was a key");
        let mut again = body.clone();
        vault.seal(SECRETS, "networks/1", &mut again).unwrap();
        assert_ne!(again[SEALED], stored[SEALED], "never the same nonce twice");
        assert_eq!(format!("{vault:?}"), "Vault(***)");
    }

    #[test]
    fn what_nobody_is_found_by_is_sealed_where_it_is_there() {
        const TOKENS: Secrets = Secrets { found_by: None, more: &["credentials"] };
        let (vault, body) =
            (Vault::new(&[7; 32]), json!({ "url": "u", "credentials": { "token": "top-secret" } }));
        let mut stored = body.clone();
        vault.seal(TOKENS, "outputs/1", &mut stored).unwrap();
        assert!(is_sealed(&stored) && !stored.to_string().contains("top-secret"), "{stored}");
        let mut lost = stored.clone();
        unseal(None, TOKENS, "outputs/1", &mut lost);
        assert_eq!(lost, json!({ "url": "u" }));
        unseal(Some(&vault), TOKENS, "outputs/1", &mut stored);
        assert_eq!(stored, body);
        let mut without = json!({ "url": "u" });
        vault.seal(TOKENS, "outputs/1", &mut without).unwrap();
        assert_eq!(without, json!({ "url": "u" }), "nothing to seal");
    }

    #[test]
    fn the_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data/secret.key");
        assert!(Vault::find(None, &file, false).unwrap().is_none());
        let made = Vault::find(None, &file, true).unwrap().unwrap();
        let again = Vault::find(None, &file, false).unwrap().unwrap();
        assert_eq!(made.fingerprint("x"), again.fingerprint("x"));
        let given = Vault::find(Some([1; 32]), &file, true).unwrap().unwrap();
        assert_ne!(made.fingerprint("x"), given.fingerprint("x"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&file, "not a key").unwrap();
        let error = Vault::find(None, &file, true).unwrap_err().to_string();
        assert!(error.contains("64 hexadecimal digits") && error.contains("secret.key"), "{error}");
    }
}
