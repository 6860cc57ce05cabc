//! The secret that visitors' tokens are signed with: from the catalog, which all nodes share, and beside the journal for a start without it.

use crate::token::Signer;
use signalbox_catalog::{Catalog, SystemScope};
use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

const SYSTEM: SystemScope = SystemScope::new("secret of visitors' tokens");

/// The instance's signer. Without the catalog the secret of the last start counts; without either one is made up, and tokens end with this
/// process.
pub(crate) async fn signer(catalog: &Catalog, state_dir: &Path) -> Signer {
    let path = state_dir.join("token-secret.bin");
    let secret = match catalog.get_secret(SYSTEM, Catalog::VISITOR_SECRET).await {
        Ok(secret) => {
            if let Err(error) = write(&path, &secret) {
                tracing::warn!(%error, path = %path.display(), "the secret of visitors' tokens could not be written; a start without the catalog would not know tokens of now");
            }
            secret
        }
        Err(error) => {
            let kept = fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok());
            if kept.is_none() {
                tracing::warn!(%error, "the catalog does not answer and no secret is kept: landing clicks by token end with this process");
            }
            kept.unwrap_or_else(rand::random)
        }
    };
    Signer::new(&secret)
}

/// Writes a file that only this user reads.
fn write(path: &Path, secret: &[u8; 32]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|kept| kept == secret) {
        return Ok(());
    }
    let temporary = path.with_extension("tmp");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(temporary, path)
}
