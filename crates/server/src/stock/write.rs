//! What staff do to stock: goods come, are counted, are written off.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Day, Fen};
use kangji_redemption::{
    cost::Source,
    stock::{Loss, PIECES_MAX, StockRefusal},
};
use kangji_rights::{Action, Permit};
use kangji_store::{CountFault, Counted, NotCounted, Receipt, Store, WriteOff};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    day, institution_at,
    read::{Batch, batch_at},
};
use crate::{
    app::App,
    input::{At, Whole, Write, WriteHeaders, line},
    problem::{Code, Problem, WriteProblems},
    residents::{Kept, cursor, shown_id},
    signed::Signed,
};

/// Names, numbers and reasons have at most so many characters.
const LINE_MAX: usize = 100;
/// A piece costs at most so many fen.
const PIECE_FEN_MAX: u32 = 100_000_000;
/// So many batches at most are counted at once.
const COUNTED_MAX: usize = 200;

/// Goods that came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GoodsReceipt)]
pub(crate) struct Came {
    /// The good, as catalogues name it.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) good: String,
    /// Who supplied it.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) supplier: String,
    /// The maker's number of the lot.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) lot: String,
    /// The number of the certificate.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) certificate: String,
    /// The last day on which it may be handed over; null is no end.
    #[schema(format = Date)]
    pub(crate) valid_until: Option<String>,
    /// How many pieces.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000_000_000)]
    pub(crate) pieces: Whole,
    /// What a piece cost, in fen.
    #[schema(value_type = u32, minimum = 0, maximum = 100_000_000)]
    pub(crate) piece_fen: Whole,
    /// Who paid.
    #[schema(pattern = "^(subsidy|pledge|sponsor|institution)$")]
    pub(crate) source: String,
}

/// A count of a good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StockCount)]
pub(crate) struct Count {
    /// The good.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) good: String,
    /// The batches that were counted, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub(crate) batches: Vec<CountedBatch>,
}

/// A batch that was counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountedBatch {
    /// The batch.
    #[schema(format = "uuid")]
    pub(crate) batch: String,
    /// How many pieces the books said when it was counted.
    #[schema(value_type = u32, minimum = 0, maximum = 1_000_000_000)]
    pub(crate) seen: Whole,
    /// How many there are.
    #[schema(value_type = u32, minimum = 0, maximum = 1_000_000_000)]
    pub(crate) counted: Whole,
    /// Why there are not as many; has to be said then.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) reason: Option<String>,
}

/// What a count came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockCounted)]
pub(crate) struct Told {
    /// How many pieces more or fewer there are than the books said, batch by batch.
    pub(crate) differences: Vec<i64>,
}

/// Goods that nobody may have any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StockWriteOff)]
pub(crate) struct Gone {
    /// The batch.
    #[schema(format = "uuid")]
    pub(crate) batch: String,
    /// How many pieces.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000_000_000)]
    pub(crate) pieces: Whole,
    /// Why.
    #[schema(pattern = "^(expired|damaged|recalled)$")]
    pub(crate) cause: String,
    /// What else there is to say.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$")]
    pub(crate) note: Option<String>,
}

/// Receive goods as a new batch.
#[utoipa::path(
    post, path = "/institutions/{code}/stock/receipts", tag = "stock", request_body = Came,
    params(("code" = String, Path, description = "The institution."), WriteHeaders),
    responses((status = 201, body = Kept), WriteProblems),
)]
pub(crate) async fn receive(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Write { body, key }: Write<Came>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let (by, now) = (who.officer().map(|id| *id.bytes()), app.now());
    let write = move |store: &Store, permit: &Permit| {
        institution_at(store, permit, &code)?;
        let receipt = body.receipt(code, now.day())?;
        let id = store.receive_goods(receipt, by?, now).wait()?;
        let id = id.map_err(|refusal| refused("pieces", refusal))?;
        Ok((StatusCode::CREATED, Json(Kept { id: shown_id(id) })))
    };
    app.writing(&who, Action::StockWrite, Some(key), write).await
}

impl Came {
    fn receipt(self, institution: String, today: Day) -> Result<Receipt, Problem> {
        let Self { supplier, lot, certificate, pieces, piece_fen, .. } = self;
        let good = self.good.trim().to_owned();
        let texts = [("good", &good), ("supplier", &supplier), ("lot", &lot)];
        for (place, text) in texts.into_iter().chain([("certificate", &certificate)]) {
            line(place, text, LINE_MAX)?;
        }
        let until = self.valid_until.as_ref().map(|text| day("valid_until", text)).transpose()?;
        if until.is_some_and(|until| until < today) {
            return Err(Problem::invalid("valid_until", "已经过期的物品不能入库"));
        }
        if piece_fen.0 > PIECE_FEN_MAX {
            return Err(Problem::invalid("piece_fen", "单价不超过 1000000 元"));
        }
        Ok(Receipt {
            institution,
            good,
            supplier,
            lot,
            certificate,
            expires_on: until.map(Day::next),
            pieces: pieces.0,
            piece: Fen(i64::from(piece_fen.0)),
            source: source("source", &self.source)?,
        })
    }
}

/// Who paid, by its word.
pub(crate) fn source(place: &str, word: &str) -> Result<Source, Problem> {
    Source::of_word(word).ok_or_else(|| Problem::invalid(place, "请选择经费来源"))
}

/// Count batches of a good.
#[utoipa::path(
    post, path = "/institutions/{code}/stock/counts", tag = "stock", request_body = Count,
    params(("code" = String, Path, description = "The institution."), WriteHeaders),
    responses((status = 200, body = Told), WriteProblems),
)]
pub(crate) async fn count(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Write { body, key }: Write<Count>,
) -> Result<Json<Told>, Problem> {
    let (by, now) = (who.officer().map(|id| *id.bytes()), app.now());
    let write = move |store: &Store, permit: &Permit| {
        institution_at(store, permit, &code)?;
        let counted = body.counted()?;
        let told = store.count_stock(&code, &body.good, counted, by?, now).wait()?;
        let differences = told.map_err(not_counted)?;
        Ok(Json(Told { differences }))
    };
    app.writing(&who, Action::StockWrite, Some(key), write).await
}

impl Count {
    fn counted(&self) -> Result<Vec<Counted>, Problem> {
        if self.batches.is_empty() || self.batches.len() > COUNTED_MAX {
            return Err(Problem::invalid("batches", "一次盘点 1 到 200 批"));
        }
        let one = |(row, one): (usize, &CountedBatch)| {
            let place = |field: &str| format!("batches[{row}].{field}");
            let batch = cursor(&one.batch);
            let batch = batch.map_err(|_| Problem::invalid(&place("batch"), "没有这一批"))?;
            if let Some(reason) = &one.reason {
                line(&place("reason"), reason, LINE_MAX)?;
            }
            let reason = one.reason.clone();
            Ok(Counted { batch, seen: one.seen.0, counted: one.counted.0, reason })
        };
        self.batches.iter().enumerate().map(one).collect()
    }
}

fn not_counted(NotCounted { row, why }: NotCounted) -> Problem {
    let (field, says) = match why {
        CountFault::NoBatch => ("batch", "没有这一批"),
        CountFault::NoReason => ("reason", "实盘数与账面数不同，请写明原因"),
        CountFault::Pieces => ("counted", "件数太多，请核对"),
    };
    Problem::invalid(&format!("batches[{row}].{field}"), says)
}

/// Write goods off.
#[utoipa::path(
    post, path = "/institutions/{code}/stock/write-offs", tag = "stock", request_body = Gone,
    params(("code" = String, Path, description = "The institution."), WriteHeaders),
    responses((status = 200, body = Batch), WriteProblems),
)]
pub(crate) async fn write_off(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Write { body, key }: Write<Gone>,
) -> Result<Json<Batch>, Problem> {
    let (by, now) = (who.officer().map(|id| *id.bytes()), app.now());
    let write = move |store: &Store, permit: &Permit| {
        institution_at(store, permit, &code)?;
        let known = batch_at(store, &code, &body.batch)
            .map_err(|_| Problem::invalid("batch", "没有这一批"))?;
        let loss = Loss::of_word(&body.cause);
        let loss = loss.ok_or_else(|| Problem::invalid("cause", "请选择报损原因"))?;
        if let Some(note) = &body.note {
            line("note", note, LINE_MAX)?;
        }
        let gone = WriteOff {
            institution: code.clone(),
            good: known.good,
            batch: known.batch.id,
            pieces: body.pieces.0,
            loss,
            note: body.note,
        };
        let done = store.write_off(gone, by?, now).wait()?;
        done.map_err(|refusal| refused("pieces", refusal))?;
        let left = store.batch(known.batch.id)?.ok_or(Code::NotFound)?;
        Ok(Json(Batch::of(left, now.day())))
    };
    app.writing(&who, Action::StockWrite, Some(key), write).await
}

/// Why stock does not move, at the field that says how many pieces.
fn refused(place: &str, refusal: StockRefusal) -> Problem {
    match refusal {
        StockRefusal::TooFew { available } => {
            Problem::invalid(place, format!("这一批只剩 {available} 件"))
        }
        StockRefusal::NoBatch => Problem::invalid(place, "这一批已经没有了"),
        StockRefusal::Pieces => {
            Problem::invalid(place, format!("件数是 1 到 {PIECES_MAX}，连同已有的也不能超过"))
        }
    }
}
