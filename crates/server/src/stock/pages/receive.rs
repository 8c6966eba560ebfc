//! Goods that come.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Fen;
use kangji_redemption::cost::Source;
use kangji_rights::Action;
use maud::html;

use super::good_at;
use crate::{
    input::{At, Whole},
    pages::{
        Form, Page, Visit,
        parts::{Field, Kind, faults},
    },
    problem::{Code, Problem},
    stock::{
        read,
        write::{self, Came},
    },
};

pub(super) async fn ask(visit: Visit, At(code): At<String>) -> Result<Page, Problem> {
    visit.need(Action::StockWrite)?;
    page(&visit, code, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    code: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let stock = read::list(visit.state(), visit.who(), At(code)).await?.0;
    let code = &stock.institution;
    let goods: Vec<String> = stock.goods.into_iter().map(|good| good.good).collect();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let (number, sources) = (Kind::Number { usual: None }, sources());
    let named = "与兑换目录里的名称一致，否则兑换时不会从这里扣减";
    let body = html! {
        p.lead { (stock.name) }
        (faults(problem))
        form method="post" action=(format!("/stock/{code}/receive")) {
            (visit.seal())
            (field("good", "物品", Kind::Line).required().first().offering(&goods).hint(named).show())
            div.pair {
                (field("pieces", "件数", number).required().unit("件").show())
                (field("piece_fen", "单价", number).required().unit("元").hint("捐赠的按估价，没有的写 0").show())
            }
            (field("source", "经费来源", Kind::Choice(&sources)).required().show())
            (field("supplier", "供货单位", Kind::Line).required().show())
            div.pair {
                (field("lot", "批号", Kind::Line).required().hint("包装上的生产批号，没有的写“无”").show())
                (field("certificate", "合格证号", Kind::Line).required().hint("合格证、备案凭证的编号，没有的写“无”").show())
            }
            (field("valid_until", "有效期至", Kind::Day).hint("最后可用的一天；没有有效期的留空").show())
            p.buttons {
                button.main type="submit" { "入库" }
                a.button.quiet href=(format!("/stock/{code}")) { "回到库存" }
            }
        }
    };
    Ok(visit.page("物品入库", body))
}

/// Who may have paid, as it is sent and read.
pub(crate) fn sources() -> Vec<(String, String)> {
    let all = Source::ALL.iter();
    all.map(|source| (source.word().to_owned(), source.chinese().to_owned())).collect()
}

/// Takes goods; what is not possible comes back as it was typed.
pub(super) async fn take(
    visit: Visit,
    At(code): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::StockWrite)?;
    match receiving(&visit, &code, &form).await {
        Ok(good) => Ok(Redirect::to(&good_at(&code, &good)).into_response()),
        Err(problem) if problem.code == Code::Invalid => {
            let page = page(&visit, code, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn receiving(visit: &Visit, code: &str, form: &Form) -> Result<String, Problem> {
    let typed = |name| form.need(name).map(ToOwned::to_owned);
    let good = typed("good")?;
    let came = Came {
        good: good.clone(),
        pieces: whole(form, "pieces")?,
        piece_fen: yuan(form, "piece_fen")?,
        source: typed("source")?,
        supplier: typed("supplier")?,
        lot: typed("lot")?,
        certificate: typed("certificate")?,
        valid_until: form.text("valid_until").map(ToOwned::to_owned),
    };
    let code = At(code.to_owned());
    drop(write::receive(visit.state(), visit.who(), code, form.write(came)?).await?);
    Ok(good)
}

/// A whole number that was typed.
pub(crate) fn whole(form: &Form, name: &str) -> Result<Whole, Problem> {
    let number = form.need(name)?.parse().map(Whole);
    number.map_err(|_| Problem::invalid(name, "请填写整数，例如 20"))
}

/// Yuan that were typed, in fen.
pub(crate) fn yuan(form: &Form, name: &str) -> Result<Whole, Problem> {
    let fen = Fen::parse_yuan(form.need(name)?).and_then(|fen| u32::try_from(fen.0).ok());
    fen.map(Whole).ok_or_else(|| Problem::invalid(name, "请填写金额，最多两位小数，例如 12.50"))
}
