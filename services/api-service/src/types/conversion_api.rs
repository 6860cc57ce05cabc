//! Conversion APIs on the wire. Credentials come in and never go out.

use super::ConversionStatus;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};
use signalbox_domain::{self as domain, ParameterRole};
use utoipa::ToSchema;

api_enum! {
    /// Whose conversion API it is. Built from the public documentation, not tested against the live services.
    Platform from domain::Platform {
        /// Conversions API of Meta.
        Meta,
        /// Events API of TikTok.
        Tiktok,
        /// Click conversions of Google Ads.
        Google,
    }
}

/// A status and the event it is told as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiEvent {
    /// The status of the conversion.
    pub status: ConversionStatus,
    /// Name of the event; at Google the number of the conversion action.
    #[schema(example = "Purchase")]
    pub event: String,
}

/// Credentials of a platform. What is left out or empty stays as it is. Answered empty, whatever is kept.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApiCredentials {
    /// Meta and TikTok.
    pub access_token: String,
    /// Google.
    pub developer_token: String,
    /// Google.
    pub client_id: String,
    /// Google.
    pub client_secret: String,
    /// Google.
    pub refresh_token: String,
}

impl ApiCredentials {
    /// These, and where nothing is given those that are `held`; only of the names that are `needed`.
    fn over(self, held: domain::Credentials, needed: &[&str]) -> domain::Credentials {
        let kept = |name: &str, given: String, held: String| match given.trim() {
            _ if !needed.contains(&name) => String::new(),
            "" => held,
            given => given.to_owned(),
        };
        domain::Credentials {
            access_token: kept("access_token", self.access_token, held.access_token),
            developer_token: kept("developer_token", self.developer_token, held.developer_token),
            client_id: kept("client_id", self.client_id, held.client_id),
            client_secret: kept("client_secret", self.client_secret, held.client_secret),
            refresh_token: kept("refresh_token", self.refresh_token, held.refresh_token),
        }
    }
}

impl Serialize for ApiCredentials {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}

impl std::fmt::Debug for ApiCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// How an advertising platform is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionApi {
    /// Who is told.
    pub platform: Platform,
    /// Meta: the dataset (pixel) id. TikTok: the pixel code. Google: the customer id, digits only.
    pub account: String,
    /// Google: the manager account that logs in, digits only; empty when there is none.
    #[serde(default)]
    pub manager_account: String,
    /// Google: where access tokens are got; empty: Google's address.
    #[serde(default)]
    pub token_url: String,
    /// Which status is told as which event; a status that is not here is not told.
    pub events: Vec<ApiEvent>,
    /// Where the click carries `fbclid`, `ttclid` or `gclid`: `external_id` or `sub_id_1` to `sub_id_30`.
    #[serde(default = "external_id")]
    #[schema(value_type = String, default = "external_id")]
    pub click_id: ParameterRole,
    /// Meta and TikTok: marks events as a test; empty: real.
    #[serde(default)]
    pub test_code: String,
    /// Written only: answered empty. They have to be given again when the platform or the host of the address change.
    #[serde(default)]
    pub credentials: ApiCredentials,
    /// Names of the credentials that are kept; ignored when sent.
    #[serde(default)]
    pub credentials_set: Vec<String>,
}

fn external_id() -> ParameterRole {
    ParameterRole::ExternalId
}

impl ConversionApi {
    /// The domain's conversion API and credentials, not yet validated; `held` is what is stored for the same host.
    pub(super) fn into_domain(
        self,
        held: Option<&domain::Output>,
    ) -> (domain::ConversionApi, domain::Credentials) {
        let platform = self.platform.into();
        let same = |held: &&domain::Output| {
            let api = held.conversion_api.as_ref();
            api.is_some_and(|api| api.platform == platform && api.token_url == self.token_url)
        };
        let held = held.filter(same).map(|held| held.credentials.clone()).unwrap_or_default();
        let credentials = self.credentials.over(held, platform.credentials());
        let api = domain::ConversionApi {
            platform,
            account: self.account,
            manager_account: self.manager_account,
            token_url: self.token_url,
            events: self
                .events
                .into_iter()
                .map(|it| domain::ApiEvent { status: it.status.into(), event: it.event })
                .collect(),
            click_id: self.click_id,
            test_code: self.test_code,
        };
        (api, credentials)
    }

    /// What the API shows of a stored one.
    pub(super) fn new(api: domain::ConversionApi, credentials: &domain::Credentials) -> Self {
        let set = credentials.named().into_iter().filter(|(_, value)| !value.is_empty());
        Self {
            platform: api.platform.into(),
            account: api.account,
            manager_account: api.manager_account,
            token_url: api.token_url,
            events: api
                .events
                .into_iter()
                .map(|it| ApiEvent { status: it.status.into(), event: it.event })
                .collect(),
            click_id: api.click_id,
            test_code: api.test_code,
            credentials: ApiCredentials::default(),
            credentials_set: set.map(|(name, _)| name.to_owned()).collect(),
        }
    }
}
