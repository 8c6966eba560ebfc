//! Reading `[redemption]`, `[vouchers]`, `[[benefit]]` and `[[deduction]]`: what points bring beside
//! items.

use kangji_core::Decimal;

use super::{
    award::{Context, amount, identifier},
    conditions::share,
    fields::{Fields, Node},
    item::{name, text},
    problem::Code,
};
use crate::scheme::{Benefit, Deduction, Redemption, Vouchers};

/// Reads how points are redeemed; what is not said is left at its default.
pub(super) fn redemption(mut fields: Fields<'_>, basis: &[String]) -> Redemption {
    let otherwise = Redemption::default();
    let goods = fields.get("goods");
    let goods =
        goods.and_then(|node| node.word("态度", &[("discouraged", true), ("welcome", false)]));
    let mut span = |key| fields.get(key).and_then(|node| node.span());
    let redemption = Redemption {
        basis: basis.to_vec(),
        goods_discouraged: goods.unwrap_or(otherwise.goods_discouraged),
        wait: span("wait").unwrap_or(otherwise.wait),
        return_within: span("return_within").unwrap_or(otherwise.return_within),
    };
    fields.finish();
    redemption
}

/// Reads how points stand on paper; `None` where the numbers of vouchers have no letters.
pub(super) fn vouchers(mut fields: Fields<'_>, basis: &[String]) -> Option<Vouchers> {
    let node = fields.need("letters", "写出券号开头的大写字母，如 letters = \"XQ\"");
    let letters = node.and_then(|node| {
        let text = node.text()?;
        let fits =
            (2..=6).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_uppercase());
        if !fits {
            node.report(Code::BadValue, "券号开头要两到六个大写字母", "如 letters = \"XQ\"");
        }
        fits.then(|| text.to_owned())
    });
    let title = fields.need("title", "写出券面上的名称");
    let title = title.and_then(|node| node.text()).unwrap_or_default().to_owned();
    let supervisor = text(&mut fields, "supervisor");
    fields.finish();
    letters.map(|letters| Vouchers { basis: basis.to_vec(), title, letters, supervisor })
}

/// Reads one benefit; `None` where it has no id.
pub(super) fn benefit(
    mut fields: Fields<'_>,
    basis: &[String],
    context: &Context<'_>,
) -> Option<Benefit> {
    let id = identifier(&mut fields);
    let total_min = fields.need("total_min", "写出总积分的下限，如 total_min = 500");
    let benefit = Benefit {
        id: id.clone().unwrap_or_default(),
        name: name(&mut fields),
        basis: basis.to_vec(),
        total_min: total_min.and_then(|node| amount(&node, context.decimals)).unwrap_or_default(),
        provider: text(&mut fields, "provider"),
    };
    fields.finish();
    id.map(|_| benefit)
}

/// Reads one deduction; `None` where it has no id.
pub(super) fn deduction(mut fields: Fields<'_>, basis: &[String]) -> Option<Deduction> {
    let id = identifier(&mut fields);
    let fen = fields.need("fen_per_point", "写出一分抵多少分钱（人民币分），如 fen_per_point = 10");
    let share_max = fields.need("share_max", "写出账单中积分可抵的最大比例，如 share_max = 0.30");
    let whole_bill = |node: &Node<'_>, share: &Decimal| {
        let whole = Decimal::from_integer(1).is_some_and(|one| *share >= one);
        if whole {
            let message = "积分只能抵扣账单的一部分";
            node.report(Code::BadValue, message, "share_max 要小于 1");
        }
    };
    let deduction = Deduction {
        id: id.clone().unwrap_or_default(),
        name: name(&mut fields),
        basis: basis.to_vec(),
        fen_per_point: fen.and_then(|node| node.count()).unwrap_or_default(),
        share_max: share_max
            .and_then(|node| share(&node).inspect(|share| whole_bill(&node, share)))
            .unwrap_or_default(),
    };
    fields.finish();
    id.map(|_| deduction)
}
