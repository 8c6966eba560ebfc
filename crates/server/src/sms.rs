//! Short messages: a gateway that the operator names gets the number and the code, and makes a
//! message of them.

use std::time::Duration;

use kangji_core::identity::Phone;
use serde::Serialize;
use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

use crate::config::Sms;

/// How long a gateway may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a gateway gets.
#[derive(Serialize)]
struct Message<'a> {
    phone: &'a str,
    code: &'a str,
    minutes: u32,
}

/// Has a code sent. It waits for the gateway, and only logs where that fails: whoever asked is
/// not told whether there was anything to send.
pub(crate) fn send(settings: &Sms, phone: &Phone, code: &str, minutes: u32) {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        // What the operator named is asked, and nobody that it names.
        .max_redirects(0)
        .tls_config(tls)
        .build()
        .into();
    let mut request = agent.post(&settings.url);
    if !settings.token.is_empty() {
        request = request.header("authorization", format!("Bearer {}", settings.token));
    }
    let sent = request.send_json(Message { phone: phone.number(), code, minutes });
    match sent {
        Ok(response) if response.status().is_success() => {}
        Ok(response) => {
            tracing::warn!(status = response.status().as_u16(), "a short message was not sent");
        }
        Err(error) => tracing::warn!(%error, "a short message was not sent"),
    }
}
