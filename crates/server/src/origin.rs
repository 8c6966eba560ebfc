//! Where a request came from, and the id by which it is traced through logs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use kangji_core::ids::TraceId;
use kangji_store::{Actor, Deed};

use crate::{app::App, config::Config};

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The caller's address.
    pub address: IpAddr,
    /// The request.
    pub trace: TraceId,
}

impl Origin {
    /// What is known of a request.
    #[must_use]
    pub fn of(parts: &Parts, config: &Config) -> Self {
        let trace = parts.extensions.get::<TraceId>().copied();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let address =
            if config.server.behind_proxy { forwarded(parts).unwrap_or(peer) } else { peer };
        Self { address, trace: trace.unwrap_or(TraceId::from_bytes([0; 16])) }
    }

    /// Something that somebody does from there.
    #[must_use]
    pub fn deed(&self, actor: Actor, action: &str) -> Deed {
        let (action, origin) = (action.to_owned(), self.address.to_string());
        Deed { actor, action, origin, trace: self.trace }
    }
}

/// The last address of `X-Forwarded-For`: the one our own proxy saw.
fn forwarded(parts: &Parts) -> Option<IpAddr> {
    let last = parts.headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

impl FromRequestParts<App> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, app.config()))
    }
}
