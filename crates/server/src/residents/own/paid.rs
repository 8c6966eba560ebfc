//! What somebody had for their points, as they take it with them: vouchers and deductions.

use kangji_core::ids::HolderId;
use kangji_redemption::{Deduction, Voucher};
use kangji_store::VoucherQuery;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, problem::Problem, residents::shown_id};

/// A paper voucher that was issued. Points are in the scheme's smallest unit, moments in
/// milliseconds of UTC.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldVoucher {
    pub(crate) serial: String,
    pub(crate) scheme: String,
    pub(crate) points: i64,
    /// The award they were earned with.
    pub(crate) award: String,
    /// The code of the institution that issued it.
    pub(crate) institution: Option<String>,
    /// The day on the paper.
    #[schema(format = Date)]
    pub(crate) issued_on: String,
    /// The first day on which it is no longer valid.
    #[schema(format = Date)]
    pub(crate) expires_on: Option<String>,
    /// `issued`, `redeemed`, `void`, `lost` or `expired`.
    #[schema(value_type = String)]
    pub(crate) state: &'static str,
    /// When it was spent.
    pub(crate) spent_at: Option<i64>,
    /// The code of the institution or shop that took it.
    pub(crate) spent_at_place: Option<String>,
    /// When it became void or was lost.
    pub(crate) ended_at: Option<i64>,
    /// What was said of its end.
    pub(crate) reason: Option<String>,
}

/// Points that took something off a bill in a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldDeduction {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The code of the shop.
    pub(crate) shop: String,
    /// The number of its receipt.
    pub(crate) receipt: String,
    pub(crate) scheme: String,
    /// What was to be paid, in fen.
    pub(crate) bill_fen: i64,
    /// What points took off, in fen.
    pub(crate) off_fen: i64,
    /// The points, those on vouchers included.
    pub(crate) points: i64,
    /// The serials of the vouchers.
    pub(crate) vouchers: Vec<String>,
    /// `made` or `cancelled`.
    #[schema(value_type = String)]
    pub(crate) state: &'static str,
    pub(crate) made_at: i64,
    pub(crate) cancelled_at: Option<i64>,
    /// Why it was called off.
    pub(crate) reason: Option<String>,
}

/// All vouchers and deductions of somebody.
pub(super) fn paid(
    app: &App,
    person: HolderId,
) -> Result<(Vec<HeldVoucher>, Vec<HeldDeduction>), Problem> {
    let all = VoucherQuery { person: Some(person), limit: u32::MAX, ..VoucherQuery::default() };
    let (vouchers, deductions) =
        (app.store().vouchers(&all)?, app.store().held_deductions(person)?);
    let vouchers = vouchers.into_iter().filter_map(voucher).collect();
    Ok((vouchers, deductions.into_iter().map(deduction).collect()))
}

/// Of one that was never issued nobody is the holder.
fn voucher(voucher: Voucher) -> Option<HeldVoucher> {
    let issue = voucher.issue?;
    let spent = voucher.spent.as_ref();
    Some(HeldVoucher {
        serial: voucher.serial.to_string(),
        scheme: voucher.scheme,
        points: issue.points.0,
        award: issue.award,
        institution: voucher.institution,
        issued_on: issue.day.to_string(),
        expires_on: issue.expires_on.map(|day| day.to_string()),
        state: voucher.state.word(),
        spent_at: spent.map(|spent| spent.step.at.millis()),
        spent_at_place: spent.map(|spent| spent.place.clone()),
        ended_at: voucher.ended.map(|step| step.at.millis()),
        reason: voucher.reason,
    })
}

fn deduction(one: Deduction) -> HeldDeduction {
    HeldDeduction {
        id: shown_id(*one.id.bytes()),
        shop: one.shop,
        receipt: one.receipt,
        scheme: one.scheme,
        bill_fen: one.bill.0,
        off_fen: one.off.0,
        points: one.points.0,
        vouchers: one.vouchers.iter().map(ToString::to_string).collect(),
        state: one.state.word(),
        made_at: one.made.at.millis(),
        cancelled_at: one.cancelled.map(|step| step.at.millis()),
        reason: one.reason,
    }
}
