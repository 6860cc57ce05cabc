//! Look-ups by a unique value, which login and the receivers need before they know a workspace.

use signalbox_domain::{AffiliateNetwork, ApiKey, Domain};

use super::{Repo, Stored};
use crate::{Result, SystemScope};

impl Repo<'_, ApiKey> {
    /// The key whose secret part has this SHA-256 in hexadecimal; its workspace is in the envelope.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_by_secret(&self, system: SystemScope, sha256: &str) -> Result<Option<Stored<ApiKey>>> {
        self.find_by(system, "secret_sha256", sha256).await
    }
}

impl Repo<'_, AffiliateNetwork> {
    /// The network with this postback key.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_by_postback_key(
        &self,
        system: SystemScope,
        key: &str,
    ) -> Result<Option<Stored<AffiliateNetwork>>> {
        if let Some(fingerprint) = self.fingerprint(key)
            && let Some(found) = self.find_by(system, "postback_key", fingerprint).await?
        {
            return Ok(Some(found));
        }
        self.find_by(system, "postback_key", key).await
    }
}

impl Repo<'_, Domain> {
    /// The domain with this host name, such as for on-demand certificates.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_by_host(&self, system: SystemScope, host: &str) -> Result<Option<Stored<Domain>>> {
        self.find_by(system, "host", host).await
    }
}
