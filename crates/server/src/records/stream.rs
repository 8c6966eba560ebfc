//! Records as a stream: one JSON object a line in, one answer a line out, in order. Rows are
//! written some hundred at a time; a bad one is answered with its problem and stops nobody.

use std::{collections::HashSet, convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, StreamExt, stream};
use kangji_core::Moment;
use kangji_rights::{Action, Permit};
use kangji_store::{CheckedService, Manner, Service, Store, WrittenServices};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    answer::{Line, Written},
    input::Record,
    write::refused,
};
use crate::{
    app::App,
    input,
    points::care,
    problem::{Code, Problem, WriteProblems},
    signed::Signed,
};

/// Rows that are written together.
const BATCH: usize = 256;
/// The longest line, in bytes.
const LINE_MAX: usize = 64 * 1024;
const NDJSON: &str = "application/x-ndjson";

/// Upload records as a stream.
///
/// One record a line, as in the upload of one; the answer has one line for each, in order, and
/// begins while records are still being sent. Every record is done once by its code: after a broken
/// connection the whole stream can be sent again.
#[utoipa::path(
    post, path = "/records/stream", tag = "records",
    request_body(content = Record, content_type = "application/x-ndjson"),
    responses((status = 200, body = Line, content_type = "application/x-ndjson"), WriteProblems),
)]
pub(super) async fn upload(
    State(app): State<App>,
    who: Signed,
    request: Request,
) -> Result<Response, Problem> {
    if who.permit(Action::RecordsWrite, app.roles()).is_none() {
        return Err(Code::Forbidden.into());
    }
    is_ndjson(request.headers())?;
    let (answers, read) = unbounded_channel();
    let time = Duration::from_secs(app.config().server.request_seconds.saturating_mul(10));
    let body = request.into_body();
    tokio::spawn(async move {
        let late = answers.clone();
        let mut upload = Upload::new(app, who, answers);
        if tokio::time::timeout(time, upload.run(body)).await.is_err() {
            let _ = late.send(line(upload.number, Err(Code::Timeout.into())));
        }
    });
    let kind = [(header::CONTENT_TYPE, NDJSON)];
    Ok((kind, Body::from_stream(lines(read))).into_response())
}

fn is_ndjson(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    let plain = !headers.contains_key(header::CONTENT_ENCODING);
    let right = essence.is_some_and(|kind| kind.eq_ignore_ascii_case(NDJSON));
    if right && plain { Ok(()) } else { Err(Code::UnsupportedMedia.into()) }
}

/// The answers as they come. They are not held back when nobody reads them: most callers send all
/// they have before they begin to read, and the size of what is sent bounds what is answered.
fn lines(read: UnboundedReceiver<Bytes>) -> impl stream::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(read, |mut read| async move { Some((Ok(read.recv().await?), read)) })
}

fn line(number: u64, answer: Result<Written, Problem>) -> Bytes {
    let (record, problem) = match answer {
        Ok(record) => (Some(record), None),
        Err(problem) => (None, Some(problem.body())),
    };
    // Texts and numbers only: there is nothing in it that JSON cannot say.
    let mut text = serde_json::to_vec(&Line { line: number, record, problem }).unwrap_or_default();
    text.push(b'\n');
    Bytes::from(text)
}

/// A row of a batch: its line, and what is wrong with it or what it says.
type Row = (u64, Result<Service, Problem>);

/// What a line is answered.
type Answered = (u64, Result<Written, Problem>);

/// A stream that is being read.
struct Upload {
    app: App,
    who: Signed,
    care: Option<Permit>,
    answers: UnboundedSender<Bytes>,
    /// Bytes that may still come.
    room: usize,
    /// Lines so far.
    number: u64,
    batch: Vec<Row>,
    codes: HashSet<String>,
}

impl Upload {
    fn new(app: App, who: Signed, answers: UnboundedSender<Bytes>) -> Self {
        let care = care(&app, &who);
        let (batch, codes) = (Vec::with_capacity(BATCH), HashSet::new());
        let room = app.config().server.body_bytes_max.saturating_mul(100);
        Self { app, who, care, answers, room, number: 0, batch, codes }
    }

    /// Reads to the end of the body. What was complete before it broke off is written.
    async fn run(&mut self, body: Body) {
        let mut body = body.into_data_stream();
        let mut rest = Vec::new();
        loop {
            // While nothing comes, what is there is written.
            let piece = match body.next().now_or_never() {
                Some(piece) => piece,
                None => {
                    self.write().await;
                    body.next().await
                }
            };
            match piece {
                Some(Ok(bytes)) if bytes.len() <= self.room => {
                    self.room -= bytes.len();
                    self.take(&bytes, &mut rest).await;
                }
                Some(Ok(_)) => return self.break_off(Code::TooLarge.into()).await,
                Some(Err(error)) => {
                    tracing::debug!(%error, "a stream of records broke off");
                    return self.break_off(Code::Malformed.into()).await;
                }
                None => break,
            }
        }
        if !rest.is_empty() {
            self.row(&rest).await;
        }
        self.write().await;
    }

    /// Writes what is complete and says that the rest is not read.
    async fn break_off(&mut self, why: Problem) {
        self.write().await;
        let why = why.saying("这一行起没有读完；已答复的行已经登记，其余请重新发送");
        let _ = self.answers.send(line(self.number + 1, Err(why)));
    }

    /// Takes the lines that are complete; what is left waits for the next piece.
    async fn take(&mut self, bytes: &[u8], rest: &mut Vec<u8>) {
        let mut pieces = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            // Of a line that is too long only enough is kept to refuse it.
            let room = (LINE_MAX + 1).saturating_sub(rest.len());
            rest.extend(piece.iter().take(room));
            if pieces.peek().is_some() {
                let whole = std::mem::take(rest);
                self.row(&whole).await;
            }
        }
    }

    async fn row(&mut self, text: &[u8]) {
        self.number += 1;
        if text.trim_ascii().is_empty() {
            return;
        }
        let service = if text.len() > LINE_MAX {
            Err(Problem::from(Code::TooLarge).saying("一行最多 64 KB"))
        } else {
            let today = self.app.now().day();
            input::read::<Record>(text)
                .and_then(|record| record.service("", self.app.store().words(), today))
        };
        // Of two rows with one code the second is written after the first.
        let twice = service.as_ref().is_ok_and(|service| self.codes.contains(&service.code));
        if twice || self.batch.len() >= BATCH {
            self.write().await;
        }
        self.codes.extend(service.iter().map(|service| service.code.clone()));
        self.batch.push((self.number, service));
    }

    /// Writes the batch and answers its rows.
    async fn write(&mut self) {
        self.codes.clear();
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return;
        }
        let numbers: Vec<u64> = batch.iter().map(|(number, _)| *number).collect();
        let now = self.app.now();
        let care = self.care.clone();
        let work = move |store: &Store, permit: &Permit| {
            write_rows(store, permit, care.as_ref(), batch, now)
        };
        let written = self.app.writing(&self.who, Action::RecordsWrite, None, work).await;
        let answers = written.unwrap_or_else(|problem| {
            numbers.iter().map(|number| (*number, Err(problem.clone()))).collect()
        });
        for (number, answer) in answers {
            // Whoever no longer reads can send the stream again.
            let _ = self.answers.send(line(number, answer));
        }
    }
}

/// Writes the rows that can be, together; where that fails, each by itself.
fn write_rows(
    store: &Store,
    permit: &Permit,
    care: Option<&Permit>,
    batch: Vec<Row>,
    now: Moment,
) -> Result<Vec<Answered>, Problem> {
    let (mut answers, mut good) = (Vec::with_capacity(batch.len()), Vec::new());
    for (number, row) in batch {
        match row {
            Ok(service) => good.push((number, service)),
            Err(problem) => answers.push((number, Err(problem))),
        }
    }
    let services = good.iter().map(|(_, service)| service.clone()).collect();
    let checked = store.check_services(permit, care, services, now.day())?;
    let mut ready = Vec::with_capacity(good.len());
    for ((number, service), checked) in good.into_iter().zip(checked) {
        match checked {
            Ok(checked) => ready.push((number, service, checked)),
            Err(fault) => answers.push((number, Err(refused(fault, "")))),
        }
    }
    let manner = Manner { now, reason: None, changes: false };
    let write = |services: Vec<CheckedService>| -> Result<WrittenServices, Problem> {
        Ok(store.record_services(services, manner.clone()).wait()?)
    };
    if let Ok(written) = write(ready.iter().map(|(.., checked)| checked.clone()).collect()) {
        let numbers = ready.iter().map(|(number, ..)| *number);
        answers.extend(numbers.zip(written.records.into_iter().map(|one| Ok(one.into()))));
    } else {
        for (number, service, _) in ready {
            let checked = store.check_services(permit, care, vec![service], now.day())?.pop();
            let answer = match checked {
                Some(Ok(checked)) => write(vec![checked]).and_then(|mut written| {
                    Ok(written.records.pop().ok_or(Code::Internal)?.into())
                }),
                Some(Err(fault)) => Err(refused(fault, "")),
                None => Err(Code::Internal.into()),
            };
            answers.push((number, answer));
        }
    }
    answers.sort_unstable_by_key(|(number, _)| *number);
    Ok(answers)
}
