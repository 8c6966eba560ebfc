//! Identity providers (OpenID Connect Core 1.0): the authorization code flow with PKCE (RFC 7636)
//! and a nonce. Only what the operator named is asked, and only where nobody can listen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kangji_core::Moment;
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata},
};
use serde::{Deserialize, Serialize};
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

use crate::{
    config::{Provider, is_safe},
    problem::{Code, Problem},
    token,
};

/// How long a provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what a provider says of itself is believed, its keys above all.
const KEPT_MILLIS: i64 = 600_000;
/// The longest answer that is read.
const BYTES_MAX: u64 = 1 << 20;

/// What providers said of themselves, by their issuers.
#[derive(Default)]
pub(crate) struct Providers(Mutex<HashMap<String, (Moment, Arc<CoreProviderMetadata>)>>);

/// What has to come back, and what is shown for it: kept until then.
#[derive(Serialize, Deserialize)]
pub(crate) struct Asked {
    nonce: String,
    verifier: String,
}

/// Why there is no answer of a provider.
#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error("an address of the provider is neither https nor on this machine")]
    Unencrypted,
    #[error(transparent)]
    Ureq(#[from] ureq::Error),
    #[error(transparent)]
    Http(#[from] ureq::http::Error),
}

/// This server as a provider's client; its type says what was set, and is longer than this.
macro_rules! client {
    ($metadata:expr, $settings:expr, $callback:expr) => {
        CoreClient::from_provider_metadata(
            (*$metadata).clone(),
            ClientId::new($settings.client_id.clone()),
            Some(ClientSecret::new($settings.client_secret.clone())),
        )
        .set_redirect_uri(RedirectUrl::new($callback).map_err(unavailable)?)
    };
}
impl Providers {
    /// What a provider says of itself. It waits for the provider.
    fn metadata(
        &self,
        settings: &Provider,
        now: Moment,
    ) -> Result<Arc<CoreProviderMetadata>, Problem> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, known)) = lock().get(&settings.issuer)
            && now.millis() - at.millis() < KEPT_MILLIS
        {
            return Ok(Arc::clone(known));
        }
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(unavailable)?;
        let found = CoreProviderMetadata::discover(&issuer, &ask).map_err(unavailable)?;
        let found = Arc::new(found);
        lock().insert(settings.issuer.clone(), (now, Arc::clone(&found)));
        Ok(found)
    }

    /// The address to send a browser to, and what to keep until it comes back with `state`.
    pub(crate) fn address(
        &self,
        settings: &Provider,
        callback: String,
        state: &str,
        now: Moment,
    ) -> Result<(String, Asked), Problem> {
        let metadata = self.metadata(settings, now)?;
        let asked = Asked { nonce: token::new()?, verifier: token::new()? };
        let verifier = PkceCodeVerifier::new(asked.verifier.clone());
        let (state, nonce) = (state.to_owned(), asked.nonce.clone());
        let (address, ..) = client!(metadata, settings, callback)
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok((address.to_string(), asked))
    }

    /// By what a provider knows whoever came back with a code: issuer, a space, subject. Nothing
    /// where the provider does not say so to this server about this very attempt.
    pub(crate) fn subject(
        &self,
        settings: &Provider,
        callback: String,
        code: String,
        asked: Asked,
        now: Moment,
    ) -> Result<Option<String>, Problem> {
        let metadata = self.metadata(settings, now)?;
        let client = client!(metadata, settings, callback);
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(unavailable)?
            .set_pkce_verifier(PkceCodeVerifier::new(asked.verifier));
        let answer = match request.request(&ask) {
            Ok(answer) => answer,
            Err(openidconnect::RequestTokenError::ServerResponse(_)) => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let Some(proof) = answer.id_token() else { return Ok(None) };
        match proof.claims(&client.id_token_verifier(), &Nonce::new(asked.nonce)) {
            Ok(claims) => {
                Ok(Some(format!("{} {}", claims.issuer().as_str(), claims.subject().as_str())))
            }
            Err(error) => {
                tracing::warn!(%error, "an identity provider's proof is not taken");
                Ok(None)
            }
        }
    }
}

fn unavailable(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "an identity provider cannot be asked");
    Problem::from(Code::Unavailable).saying("身份认证服务暂时无法访问").after(10)
}

/// Asks a provider.
fn ask(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    if !is_safe(&request.uri().to_string()) {
        return Err(HttpError::Unencrypted);
    }
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .http_status_as_error(false)
        .tls_config(tls)
        .build()
        .into();
    let (parts, mut body) = agent.run(request)?.into_parts();
    let bytes = body.with_config().limit(BYTES_MAX).read_to_vec()?;
    Ok(HttpResponse::from_parts(parts, bytes))
}
