//! The demo's user and its API key, kept in the data directory for the next start.

use crate::{
    Error,
    api::{Api, FirstUser},
    instance::Addresses,
};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Who logs in.
pub(super) const EMAIL: &str = "demo@signalbox.invalid";
const FILE: &str = "demo-account.json";
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Access to the demo's workspace.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) key: String,
    /// Only when it was made now.
    pub(super) password: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    email: String,
    api_key: String,
}

/// The account of this data directory; made through the one-time link when there is none.
pub(super) async fn open(data_dir: &Path, addresses: &Addresses) -> Result<Account, Error> {
    let path = data_dir.join(FILE);
    let Some(link) = &addresses.setup_url else {
        return match fs::read(&path) {
            Ok(text) => {
                let stored: Stored =
                    serde_json::from_slice(&text).map_err(Error::json(path.display().to_string()))?;
                Ok(Account { key: stored.api_key, password: None })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::Setup(format!(
                "{} holds an instance with users but without the demo's key ({FILE}). Choose another --data-dir, or delete this one if it is an old demo.",
                data_dir.display()
            ))),
            Err(error) => Err(Error::file("cannot read", &path)(error)),
        };
    };
    let password: String = {
        let mut random = rand::rng();
        (0..20).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
    };
    let user = FirstUser { email: EMAIL, password: &password, name: "Demo", workspace: "Demo" };
    let api = Api::new(&addresses.admin)?.set_up(link, user).await?;
    let key = api.make_key("Demo traffic").await?;
    keep(&path, &Stored { email: EMAIL.to_owned(), api_key: key.clone() })?;
    Ok(Account { key, password: Some(password) })
}

fn keep(path: &Path, stored: &Stored) -> Result<(), Error> {
    // A file of an instance that is gone must not lend its rights to this key.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::file("cannot replace", path)(error));
        }
        _ => {}
    }
    let text = serde_json::to_vec_pretty(stored).map_err(Error::json(FILE))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::file("cannot make", path))?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(Error::file("cannot write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn the_key_is_kept_for_its_owner_alone_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, "old").unwrap();
        keep(&path, &Stored { email: EMAIL.to_owned(), api_key: "sbx_1".to_owned() }).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let nowhere = String::new();
        let addresses = Addresses {
            admin: nowhere.clone(),
            traffic: nowhere.clone(),
            postback: nowhere,
            setup_url: None,
        };
        let account = open(folder.path(), &addresses).await.unwrap();
        assert_eq!((account.key.as_str(), account.password), ("sbx_1", None));
        fs::remove_file(&path).unwrap();
        let error = open(folder.path(), &addresses).await.unwrap_err().to_string();
        assert!(error.contains("without the demo's key"), "{error}");
    }
}
