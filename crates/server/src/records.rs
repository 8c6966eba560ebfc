//! Service records: uploaded one by one, together or as a stream, read, corrected, declared void.
//! Every writing answers which points it brought or changed, and why.

mod answer;
mod input;
pub(crate) mod pages;
mod read;
mod stream;
mod worth;
mod write;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

pub(crate) use {
    answer::{Change, Written},
    input::{Attribute, Record as RecordUpload, is_code, recorded},
    read::{Record, latest},
    write::{reason, refused},
};

/// The most records of one upload.
const RECORDS_MAX: usize = 1000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list, write::upload))
        .routes(routes!(stream::upload))
        .routes(routes!(read::one, write::correct))
        .routes(routes!(write::void))
        .routes(routes!(worth::read))
}
