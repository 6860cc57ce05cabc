//! The password between an instance and its engine: shown to clients, never to a log.

use std::fmt;

/// What a client has to know. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// 128 random bits.
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
    }

    /// The text itself, for the one who has to send or compare it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_random_and_shows_nothing() {
        let password = Password::random();
        assert_ne!(password, Password::random());
        assert_eq!(password.expose().len(), 32);
        assert!(!format!("{password:?}").contains(password.expose()));
    }
}
