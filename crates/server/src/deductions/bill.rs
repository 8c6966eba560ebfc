//! What a cashier sends: a receipt, a bill, points and vouchers, and who pays.

use kangji_core::{Fen, Points, ids::HolderId};
use kangji_redemption::{partner::NewDeduction, voucher::Serial};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    input::{Whole, line},
    problem::Problem,
    residents::GivenDocument,
};

/// A receipt's number has at most so many characters.
const RECEIPT_MAX: usize = 40;
/// The most vouchers of one bill.
const VOUCHERS_MAX: usize = 20;
/// What a scanner reads has at most so many characters.
const SCANNED_MAX: usize = 512;

/// A deduction of which a cashier asks what it would be.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeductionAsked {
    /// The code of the shop.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) shop: String,
    /// The scheme whose points are used; it may be left out where the shop takes those of one.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: Option<String>,
    /// The number of the shop's receipt.
    #[schema(min_length = 1, max_length = 40, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) receipt: String,
    /// What is to be paid, in fen.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) bill_fen: Whole,
    /// Points of the electronic balance, in the scheme's smallest unit; as many as take the most
    /// off if it is left out.
    #[schema(value_type = Option<u32>)]
    pub(crate) points: Option<Whole>,
    /// Vouchers by serial, or what a scanner reads from their square; each is used whole.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(crate) vouchers: Vec<String>,
    /// The document that was shown.
    pub(crate) document: Option<GivenDocument>,
    /// The pay code that was shown instead.
    #[schema(pattern = "^[0-9]{8}$")]
    pub(crate) pay_code: Option<String>,
}

/// A deduction. The same receipt again with the same content gives the first answer again.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeductionWanted {
    /// The code of the shop.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) shop: String,
    /// The scheme whose points are used; it may be left out where the shop takes those of one.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: Option<String>,
    /// The number of the shop's receipt: it makes the deduction the same one when it is sent
    /// again.
    #[schema(min_length = 1, max_length = 40, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub(crate) receipt: String,
    /// What is to be paid, in fen.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) bill_fen: Whole,
    /// Points of the electronic balance, in the scheme's smallest unit.
    #[schema(value_type = u32)]
    pub(crate) points: Whole,
    /// Vouchers by serial, or what a scanner reads from their square; each is used whole.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(crate) vouchers: Vec<String>,
    /// The document that was shown.
    pub(crate) document: Option<GivenDocument>,
    /// The pay code that was shown instead.
    #[schema(pattern = "^[0-9]{8}$")]
    pub(crate) pay_code: Option<String>,
}

impl DeductionWanted {
    /// The same as a question.
    pub(super) fn asked(self) -> DeductionAsked {
        let Self { shop, scheme, receipt, bill_fen, points, vouchers, document, pay_code } = self;
        let points = Some(points);
        DeductionAsked { shop, scheme, receipt, bill_fen, points, vouchers, document, pay_code }
    }
}

/// A bill whose form is right.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    pub(super) receipt: String,
    bill: Fen,
    pub(super) points: Option<Points>,
    vouchers: Vec<Serial>,
}

impl Bill {
    /// Reads what was sent.
    ///
    /// # Errors
    /// Where it is no bill, with the place.
    pub(super) fn read(asked: &DeductionAsked) -> Result<Self, Problem> {
        let receipt = asked.receipt.trim();
        line("receipt", receipt, RECEIPT_MAX)?;
        if asked.bill_fen.0 == 0 {
            return Err(Problem::invalid("bill_fen", "请填写应付金额，例如 86.50"));
        }
        if asked.vouchers.len() > VOUCHERS_MAX {
            let says = format!("一单最多用 {VOUCHERS_MAX} 张积分券");
            return Err(Problem::invalid("vouchers", says));
        }
        let vouchers = asked.vouchers.iter().enumerate();
        let vouchers = vouchers.map(|(place, text)| serial(place, text));
        Ok(Self {
            receipt: receipt.to_owned(),
            bill: Fen(i64::from(asked.bill_fen.0)),
            points: asked.points.map(|points| Points(i64::from(points.0))),
            vouchers: vouchers.collect::<Result<_, _>>()?,
        })
    }

    /// The deduction it would be.
    pub(super) fn deduction(self, shop: &str, scheme: &str, person: HolderId) -> NewDeduction {
        NewDeduction {
            shop: shop.to_owned(),
            receipt: self.receipt,
            scheme: scheme.to_owned(),
            person,
            bill: self.bill,
            points: self.points.unwrap_or_default(),
            vouchers: self.vouchers,
        }
    }
}

/// A serial as it was typed, or the third part of what the square on a voucher says.
fn serial(place: usize, text: &str) -> Result<Serial, Problem> {
    let text = text.trim();
    let text = match text.split_once('.') {
        Some(("KJ1", rest)) if text.len() <= SCANNED_MAX => rest.split('.').nth(1).unwrap_or(""),
        _ => text,
    };
    let wrong = |_| {
        let says = format!("第 {} 张券的编号不对，请照券面重新输入或扫描", place + 1);
        Problem::invalid(&format!("vouchers[{place}]"), says)
    };
    text.parse().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_typed_or_scanned() {
        let printed = Serial::numbered("XQ", 42).unwrap();
        let scanned = format!("KJ1.panzhihua-xiqu.{printed}.200.20280101.MEUCIQ");
        for text in [printed.to_string(), format!(" {printed}\n"), scanned] {
            assert_eq!(serial(0, &text).ok(), Some(printed.clone()), "{text}");
        }
        for text in ["", "XQ000000420", "KJ1", "KJ1.x", "KJ1.a.b.c", "KJ2.a.XQ000000427"] {
            let place = serial(1, text).unwrap_err().place;
            assert_eq!(place.as_deref(), Some("vouchers[1]"), "{text}");
        }
    }
}
