//! The form for a new agreement.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::{Decimal, Decimals, DivisionPrefix};
use kangji_redemption::{Level, partner::Bears};
use kangji_rights::{Action, Permit};
use kangji_rules::scheme::Scheme;
use kangji_store::{Institution, Store};
use maud::{Markup, html};

use crate::{
    agreements::propose::{AgreementWanted, propose},
    input::Whole,
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, faults},
    },
    problem::{Code, Problem},
    schemes::decimals_of,
};

const TITLE: &str = "拟定商户协议";

pub(super) async fn ask(visit: Visit) -> Result<Page, Problem> {
    visit.need(Action::AgreementsWrite)?;
    let today = visit.app().now().day().to_string();
    page(&visit, &Form::default().with("first_day", today), None).await
}

/// What somebody may choose from.
struct Choices {
    shops: Vec<Institution>,
    schemes: Vec<Scheme>,
}

impl Choices {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let permit = visit.who().permit(Action::AgreementsWrite, visit.app().roles());
        let permit: Permit = permit.ok_or(Code::Forbidden)?;
        let mut shops = visit.app().ask(|store| store.institutions(None)).await?;
        shops.retain(|one| {
            one.level == Level::Shop && one.closed_at.is_none() && one.is_under(&permit)
        });
        let schemes = visit.app().ask(Store::schemes).await?.into_iter();
        let mut schemes: Vec<Scheme> = schemes.filter_map(|mut all| all.pop()).collect();
        let near = |division: DivisionPrefix| shops.iter().any(|one| one.area.overlaps(division));
        schemes.retain(|scheme| near(scheme.division));
        Ok(Self { shops, schemes })
    }
}

async fn page(visit: &Visit, form: &Form, problem: Option<&Problem>) -> Result<Page, Problem> {
    let choices = Choices::of(visit).await?;
    if choices.shops.is_empty() || choices.schemes.is_empty() {
        let says = "您的辖区里还没有登记商户；请先在“机构”里登记，层级选“商户”。";
        let way = html! { a.button href="/institutions/new" { "登记商户" } };
        return Ok(visit.page(TITLE, parts::empty(says, way)));
    }
    let body = html! {
        p { a href="/agreements" { "← 回到商户协议" } }
        (faults(problem))
        form method="post" action="/agreements/new" {
            (visit.seal())
            (fields(&choices, form, problem))
            button.main type="submit" { "提交，等待公布" }
        }
    };
    Ok(visit.page(TITLE, body))
}

fn fields(choices: &Choices, form: &Form, problem: Option<&Problem>) -> Markup {
    let field = |name: &'static str, label, kind| {
        Field::new(name, label, kind).value(form.text(name)).fault(problem)
    };
    let number = Kind::Number { usual: None };
    let shops: Vec<(String, String)> =
        choices.shops.iter().map(|one| (one.code.clone(), one.name.clone())).collect();
    let schemes: Vec<(String, String)> =
        choices.schemes.iter().map(|one| (one.id.clone(), one.title.clone())).collect();
    let bears: Vec<(String, String)> =
        Bears::ALL.iter().map(|one| (one.word().to_owned(), one.chinese().to_owned())).collect();
    html! {
        (field("shop", "商户", Kind::Choice(&shops)).required().first().show())
        (field("scheme", "积分办法", Kind::Choice(&schemes)).required().show())
        (field("points_per_yuan", "多少分抵 1 元", number).required().unit("分").show())
        (field("share", "最多抵一单的百分之几", number).required().unit("%")
            .hint("1 到 99：积分只能抵扣一部分货款").show())
        (field("day_limit", "每人每天最多用", number).unit("分").show())
        (field("month_limit", "每人每月最多用", number).unit("分").show())
        (field("area", "面向的区划", Kind::Digits)
            .hint("不填就是商户登记的区划；2 到 12 位数字").show())
        (field("first_day", "施行的第一天", Kind::Day).required().show())
        (field("last_day", "最后一天", Kind::Day).hint("不填就到另一份协议接替为止").show())
        (field("bears", "收下的券是假的或重复使用的，谁承担", Kind::Choice(&bears)).required().show())
    }
}

pub(super) async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::AgreementsWrite)?;
    let done = async {
        let wanted = wanted(&visit, &form).await?;
        propose(visit.state(), visit.who(), form.write(wanted)?).await
    };
    match done.await {
        Ok((_, kept)) => {
            Ok(Redirect::to(&format!("/agreements/{}?done=proposed", kept.0.id)).into_response())
        }
        Err(problem) if matches!(problem.code, Code::Invalid | Code::OutOfArea) => {
            let page = page(&visit, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What was typed, as a program would send it.
async fn wanted(visit: &Visit, form: &Form) -> Result<AgreementWanted, Problem> {
    let text = |name: &str| form.text(name).map(ToOwned::to_owned);
    let scheme = form.need("scheme")?.to_owned();
    let schemes = visit.app().ask(Store::schemes).await?;
    let decimals = decimals_of(&schemes, &scheme);
    let points = |name: &str| form.text(name).map(|text| units(name, text, decimals)).transpose();
    let share = form.need("share")?.parse().map(Whole);
    let bears = serde_json::from_value(form.need("bears")?.into());
    Ok(AgreementWanted {
        shop: form.need("shop")?.to_owned(),
        scheme,
        first_day: form.need("first_day")?.to_owned(),
        last_day: text("last_day"),
        area: text("area"),
        points_per_yuan: units("points_per_yuan", form.need("points_per_yuan")?, decimals)?,
        share: share.map_err(|_| Problem::invalid("share", "填 1 到 99 的整数"))?,
        day_limit: points("day_limit")?,
        month_limit: points("month_limit")?,
        bears: bears.map_err(|_| Problem::invalid("bears", "请从列表中选择"))?,
    })
}

/// Points as they were typed, in the scheme's smallest unit.
fn units(name: &str, text: &str, decimals: Decimals) -> Result<Whole, Problem> {
    let number = text.parse::<Decimal>().ok().and_then(|number| decimals.exact(number));
    let units = number.and_then(|points| u32::try_from(points.0).ok());
    units.map(Whole).ok_or_else(|| Problem::invalid(name, "填一个数，例如 20"))
}
