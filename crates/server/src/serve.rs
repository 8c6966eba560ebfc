//! Listening: connections with limits and patience, and a stop that answers what was accepted.

use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use crate::config::Server;

/// The most bytes of a request's first line and headers.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened at.
    #[error("cannot listen at `{address}`: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
}

/// Listens at an address.
///
/// # Errors
/// Where somebody else does, or it is not this machine's.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })
}

/// Answers what comes in until `stop`; then takes no more, and gives what was accepted the time
/// the settings say.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: Server,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(settings.connections_max));
    let under_way = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, &router, &settings);
                let connection = under_way.watch(connection);
                tokio::spawn(async move {
                    // A caller who went away is no event.
                    let _ = connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Too many open files, most likely: it passes when others end.
                tracing::warn!(%error, "a connection was not accepted");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let patience = Duration::from_secs(settings.stop_seconds);
    if timeout(patience, under_way.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests under way");
    }
}

/// One connection: its headers have to come in time, its requests know where they came from.
fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    settings: &Server,
) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
    let router = router.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(settings.patience_seconds))
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
}
