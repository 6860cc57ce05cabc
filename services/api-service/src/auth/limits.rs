//! How often somebody may try to log in, so that passwords cannot be guessed and nobody can be locked out by a stranger.
//!
//! Only failures count. Three limits hold for strangers:
//! 1. **address** (IPv6: one /64): `api.login_address_per_minute_max` failures a minute, over all accounts;
//! 2. **address and account**: `api.login_account_per_hour_max` failures an hour;
//! 3. **account** over all addresses: twenty times the second one an hour, against guessing from many addresses.
//!
//! The third alone would let a stranger with many addresses lock the owner out. So a browser that has logged in to the account
//! before (it holds a signed cookie, see `device.rs`) is under none of these limits but has one of its own: a failure counts for
//! that browser alone. It also has its own lane for password checks (`password.rs`). An owner on a new browser under attack is told
//! to use a known one or to wait; sessions and API keys are not touched by any of this.
//!
//! Whether the account exists makes no difference. Memory is fixed; at the bound the least used key is forgotten.

use signalbox_chassis::{
    client_ip::limit_key,
    problem::Problem,
    ratelimit::{Limited, RateLimiter},
    settings::ApiSettings,
};
use std::{net::IpAddr, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// Keys remembered by each limit (16 bytes each).
const KEYS_MAX: usize = 65_536;
/// How many addresses' worth of failures an account takes before strangers must wait.
const ACCOUNT_FACTOR: u32 = 20;

/// Who tries to log in to which account.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// Client address.
    pub address: IpAddr,
    /// Lower-case e-mail address, or another name of an account.
    pub account: &'a str,
    /// Identity of the browser, when it has logged in to the account before.
    pub device: Option<&'a str>,
}

/// The limits.
pub struct LoginLimits {
    address: RateLimiter,
    pair: RateLimiter,
    account: RateLimiter,
    device: RateLimiter,
}

impl LoginLimits {
    /// As the settings say.
    pub fn new(settings: &ApiSettings) -> Self {
        let per_hour = settings.login_account_per_hour_max;
        Self {
            address: RateLimiter::new(settings.login_address_per_minute_max, MINUTE, KEYS_MAX),
            pair: RateLimiter::new(per_hour, HOUR, KEYS_MAX),
            account: RateLimiter::new(per_hour.saturating_mul(ACCOUNT_FACTOR), HOUR, KEYS_MAX),
            device: RateLimiter::new(per_hour, HOUR, KEYS_MAX),
        }
    }

    /// Whether another try may be made.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn admit(&self, key: Key<'_>) -> Result<(), Problem> {
        if let Some(device) = key.device {
            return self
                .device
                .peek(&(device, key.account))
                .map_err(|limited| refusal(limited, "this browser"));
        }
        let address = limit_key(key.address);
        self.address.peek(&address).map_err(|limited| refusal(limited, "this network address"))?;
        self.pair
            .peek(&(address, key.account))
            .map_err(|limited| refusal(limited, "this network address"))?;
        self.account.peek(key.account).map_err(|limited| {
            refusal(limited, "this account").with_code("account_under_attack").with_detail(
                "This account is being attacked, so new browsers have to wait. Use a browser that has logged in \
                 to it before, or try again later",
            )
        })
    }

    /// Notes a failure.
    pub fn failed(&self, key: Key<'_>) {
        // A limiter that is full already takes nothing more.
        if let Some(device) = key.device {
            let _ = self.device.check(&(device, key.account));
            return;
        }
        let address = limit_key(key.address);
        let _ = self.address.check(&address);
        let _ = self.pair.check(&(address, key.account));
        let _ = self.account.check(key.account);
    }

    /// Notes a success: whoever mistyped before starts afresh. The limits that others share are left as they are.
    pub fn succeeded(&self, key: Key<'_>) {
        match key.device {
            Some(device) => self.device.forget(&(device, key.account)),
            None => self.pair.forget(&(limit_key(key.address), key.account)),
        }
    }
}

fn refusal(limited: Limited, whom: &str) -> Problem {
    Problem::too_many_requests(limited.retry_after)
        .with_detail(format!("Too many failed logins from {whom}; try again later"))
}
