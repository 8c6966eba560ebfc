//! Paper vouchers at the counter: what was typed or scanned, and what an order was paid with.

use kangji_core::Points;
use kangji_redemption::voucher::{Serial, SerialError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// The most vouchers for one order.
pub(super) const VOUCHERS_MAX: usize = 50;
/// The longest text of a voucher: its scanned code holds a signature.
pub(super) const TEXT_MAX: usize = 1024;
/// How a scanned code begins; the scheme and the serial follow, each behind a dot.
const SCANNED: &str = "KJ1.";

/// A voucher that is handed in or was spent.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OrderVoucher)]
pub(crate) struct VoucherShown {
    /// What stands on it.
    pub(crate) serial: String,
    /// What it bears, in the scheme's smallest unit.
    pub(crate) points: i64,
}

/// Vouchers as they are told.
pub(super) fn shown(vouchers: Vec<(Serial, Points)>) -> Vec<VoucherShown> {
    let one = |(serial, points): (Serial, Points)| VoucherShown {
        serial: serial.to_string(),
        points: points.0,
    };
    vouchers.into_iter().map(one).collect()
}

/// What they bear together.
pub(super) fn sum(vouchers: &[VoucherShown]) -> i64 {
    vouchers.iter().fold(0, |sum, voucher| sum.saturating_add(voucher.points))
}

/// The serials of vouchers that were typed or scanned.
pub(super) fn serials(texts: &[String]) -> Result<Vec<Serial>, Problem> {
    if texts.len() > VOUCHERS_MAX {
        let says = format!("一次最多用 {VOUCHERS_MAX} 张积分券");
        return Err(Problem::invalid("vouchers", says));
    }
    texts.iter().zip(1..).map(|(text, number)| serial(text, number)).collect()
}

/// The serial in a text; whether a scanned one was signed does not matter here, for what counts is
/// what the ledger knows of the serial.
fn serial(text: &str, number: usize) -> Result<Serial, Problem> {
    let text = text.trim();
    let written = match text.strip_prefix(SCANNED) {
        Some(scanned) => scanned.split('.').nth(1).unwrap_or_default(),
        None => text,
    };
    let parsed = if text.len() > TEXT_MAX { Err(SerialError::Form) } else { written.parse() };
    parsed.map_err(|error| {
        let says = match error {
            SerialError::Form => "不是券号。券号是几个字母加九位数字，手写券以 H- 开头",
            SerialError::CheckDigit => "的券号抄错了，请对照券面再看一遍",
        };
        Problem::invalid("vouchers", format!("第 {number} 张{says}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_or_scanned_is_one_serial() {
        let serial = Serial::numbered("XQ", 7).unwrap().to_string();
        let spaced = format!(" {} ", serial.to_lowercase());
        for text in [&serial, &format!("KJ1.panzhihua-xiqu.{serial}.10.20261231.c2ln"), &spaced] {
            let read = serials(std::slice::from_ref(text)).unwrap();
            assert_eq!(read.first().map(ToString::to_string).as_ref(), Some(&serial), "{text}");
        }
        assert!(serials(&["H-西0012".to_owned()]).unwrap().first().unwrap().is_by_hand());
        for (text, says) in [
            ("KJ1.panzhihua-xiqu", "不是券号"),
            ("KJ1.", "不是券号"),
            ("", "不是券号"),
            ("XQ000000070", "抄错了"),
            (&"X".repeat(TEXT_MAX + 1), "不是券号"),
        ] {
            let problem = serials(&[serial.clone(), text.to_owned()]).unwrap_err();
            assert_eq!(problem.place.as_deref(), Some("vouchers"));
            let detail = problem.detail.unwrap();
            assert!(detail.starts_with("第 2 张") && detail.contains(says), "{detail}");
        }
        let many = vec![serial; VOUCHERS_MAX + 1];
        assert!(serials(&many).unwrap_err().detail.unwrap().contains("最多用 50 张"));
    }
}
