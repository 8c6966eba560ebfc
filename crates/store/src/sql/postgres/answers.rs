//! Requests that are under way, and reading what the server answers.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

use futures_util::TryStreamExt;

use super::told;
use crate::sql::{Row, SqlError, backend::EachOf};

pub(super) type Answer<T> = Result<T, tokio_postgres::Error>;

/// A request for rows, and what to call it in messages.
pub(super) type Reading<'t> =
    (Pin<Box<dyn Future<Output = Answer<tokio_postgres::RowStream>> + Send + 't>>, &'t str);

pub(super) struct Pending {
    pub(super) answer: Pin<Box<dyn Future<Output = Answer<u64>> + Send>>,
    /// How many rows an update must have found, and in which table.
    pub(super) updated: Option<(u64, &'static str)>,
}

/// Sends a request, reads the answers of all that were sent before, then its own.
pub(super) async fn answer<T>(
    pending: &mut Vec<Pending>,
    request: impl Future<Output = Answer<T>>,
) -> Result<T, SqlError> {
    let mut request = pin!(request);
    let early = first_poll(request.as_mut()).await;
    collect(pending).await?;
    match early {
        Poll::Ready(result) => result.map_err(told),
        Poll::Pending => request.await.map_err(told),
    }
}

/// Sends readings and hands their rows on as they arrive.
pub(super) async fn read(
    pending: &mut Vec<Pending>,
    readings: impl IntoIterator<Item = Reading<'_>>,
    each: EachOf<'_>,
) -> Result<(), SqlError> {
    let mut sent = Vec::new();
    for (mut request, source) in readings {
        let early = first_poll(request.as_mut()).await;
        sent.push((early, request, source));
    }
    collect(pending).await?;
    // Each is read to its end before the next: what nobody reads keeps all behind it waiting.
    for (place, (early, request, source)) in sent.into_iter().enumerate() {
        let rows = match early {
            Poll::Ready(result) => result,
            Poll::Pending => request.await,
        };
        let mut rows = pin!(rows.map_err(told)?);
        while let Some(row) = rows.try_next().await.map_err(told)? {
            each(place, Row::postgres(&row, source))?;
        }
    }
    Ok(())
}

/// Reads all answers and gives the first error: those after it only say that the transaction has
/// failed.
pub(super) async fn collect(pending: &mut Vec<Pending>) -> Result<(), SqlError> {
    let mut result = Ok(());
    for Pending { answer, updated } in pending.drain(..) {
        let found = answer.await.map_err(told).and_then(|found| match updated {
            Some((wanted, table)) if found != wanted => {
                Err(SqlError::shape(format!("a row of `{table}` to be updated is missing")))
            }
            _ => Ok(()),
        });
        result = result.and(found);
    }
    result
}

/// The first step of a request puts it into the connection's queue.
pub(super) async fn first_poll<F: Future + ?Sized>(mut request: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(request.as_mut().poll(context))).await
}
