//! The pages on which officers keep institutions and partner shops.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::DivisionPrefix;
use kangji_redemption::Level;
use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Institution, InstitutionFacts, ProviderLevel, Which, list, put, show};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/institutions", all)
        .get("/institutions/new", ask_new)
        .post("/institutions/new", take_new)
        .get("/institutions/{code}/change", ask_change)
        .post("/institutions/{code}/change", take_change)
}

/// What was just done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    done: Option<String>,
}

async fn all(visit: Visit, Search(told): Search<Told>) -> Result<Page, Problem> {
    visit.need(Action::InstitutionsWrite)?;
    let mut found = list(visit.state(), visit.who(), Search(Which::default())).await?.0;
    let permit = visit.who().permit(Action::InstitutionsWrite, visit.app().roles());
    found.retain(|one| {
        let area = DivisionPrefix::parse(&one.area).unwrap_or(DivisionPrefix::EVERYWHERE);
        permit.as_ref().is_some_and(|permit| permit.includes(area, Some(&one.code)))
    });
    let columns = [
        Column::Text("名称"),
        Column::Text("代码"),
        Column::Text("层级"),
        Column::Text("负责的区划"),
        Column::Text("地址和电话"),
        Column::Text("办理时间"),
        Column::Text("办理"),
    ];
    let rows: Vec<_> = found.iter().map(row).collect();
    let body = html! {
        @if told.done.is_some() { (parts::notice(Tone::Good, "已经保存。", html! {})) }
        p { "这里登记的机构和商户可以拟定兑换目录、管理库存、办理兑换。工作人员的授权里写的机构就是这里的代码。" }
        p.buttons { a.button.main href="/institutions/new" { "登记机构或商户" } }
        @if rows.is_empty() {
            (parts::empty("辖区内还没有登记机构。", html! {}))
        } @else {
            (parts::table("辖区内的机构和商户", &columns, &rows))
        }
    };
    Ok(visit.page("机构", body))
}

fn row(one: &Institution) -> Vec<Markup> {
    vec![
        html! { (one.name) " " @if one.closed { (parts::tag(Tone::Plain, "已停办")) } },
        html! { (one.code) },
        html! { (Level::from(one.level).chinese()) },
        html! { (one.area) },
        html! { (one.address) " " (one.phone) },
        html! { (one.hours) },
        html! { a href=(format!("/institutions/{}/change", one.code)) { "修改" } },
    ]
}

async fn ask_new(visit: Visit) -> Result<Page, Problem> {
    visit.need(Action::InstitutionsWrite)?;
    Ok(page(&visit, None, &Form::default(), None))
}

async fn ask_change(visit: Visit, At(code): At<String>) -> Result<Page, Problem> {
    visit.need(Action::InstitutionsWrite)?;
    let known = show(visit.state(), visit.who(), At(code)).await?.0;
    let level = Level::from(known.level).word();
    let typed = [
        ("name", known.name.as_str()),
        ("level", level),
        ("area", &known.area),
        ("address", &known.address),
        ("phone", &known.phone),
        ("hours", &known.hours),
        ("closed", if known.closed { "true" } else { "" }),
    ];
    let form = typed.into_iter().fold(Form::default(), |form, (name, text)| form.with(name, text));
    Ok(page(&visit, Some(&known.code), &form, None))
}

/// The form for a new institution, or for the one with a code.
fn page(visit: &Visit, code: Option<&str>, form: &Form, problem: Option<&Problem>) -> Page {
    let field = |name: &'static str, label, kind| {
        Field::new(name, label, kind).value(form.text(name)).fault(problem)
    };
    let levels: Vec<(String, String)> =
        Level::ALL.iter().map(|one| (one.word().to_owned(), one.chinese().to_owned())).collect();
    let address = match code {
        Some(code) => format!("/institutions/{code}/change"),
        None => "/institutions/new".to_owned(),
    };
    let body = html! {
        p { a href="/institutions" { "← 回到机构" } }
        (faults(problem))
        form method="post" action=(address) {
            (visit.seal())
            @match code {
                Some(code) => (parts::facts(&[("代码", html! { (code) })])),
                None => (field("code", "代码", Kind::Line).required().first()
                    .hint("字母、数字、点和横线；登记后不能改，与工作人员授权、服务记录里的机构代码一致")
                    .show()),
            }
            (field("name", "名称", Kind::Line).required().hint("居民看到的全称").show())
            (field("level", "层级", Kind::Choice(&levels)).required()
                .hint("机构和商户只在自己这里办理；市级、区级的项目各机构都可以办理").show())
            (field("area", "负责的区划", Kind::Digits).required()
                .hint("区划代码的前 2 到 12 位，例如一个街道 9 位、一个社区 12 位").show())
            (field("address", "地址", Kind::Line).show())
            (field("phone", "电话", Kind::Line).hint("居民对商品质量有疑问时打这个电话").show())
            (field("hours", "办理时间", Kind::Line).hint("例如：周一到周五 8:30—17:00").show())
            @if code.is_some() {
                (field("closed", "停办：不再办理兑换，也不能再拟定目录", Kind::Tick).show())
            }
            button.main type="submit" { "保存" }
        }
    };
    visit.page(if code.is_some() { "修改机构" } else { "登记机构或商户" }, body)
}

async fn take_new(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::InstitutionsWrite)?;
    let kept = match form.need("code") {
        Ok(code) => match show(visit.state(), visit.who(), At(code.to_owned())).await {
            Ok(_) => {
                Err(Problem::invalid("code", "这个代码已经登记过，请在列表里修改，或换一个代码"))
            }
            Err(problem) if problem.code == Code::NotFound => keep(&visit, code, &form).await,
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    answer(&visit, None, &form, kept)
}

async fn take_change(visit: Visit, At(code): At<String>, form: Form) -> Result<Response, Problem> {
    visit.need(Action::InstitutionsWrite)?;
    drop(show(visit.state(), visit.who(), At(code.clone())).await?);
    let kept = keep(&visit, &code, &form).await;
    answer(&visit, Some(&code), &form, kept)
}

/// Goes on to the list, or shows what is wrong in the form.
fn answer(
    visit: &Visit,
    code: Option<&str>,
    form: &Form,
    kept: Result<(), Problem>,
) -> Result<Response, Problem> {
    match kept {
        Ok(()) => Ok(Redirect::to("/institutions?done=true").into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::OutOfArea) => {
            let place = problem.place.clone().or(Some("area".to_owned()));
            let problem = Problem { place, ..problem };
            let status = problem.code.status();
            Ok(page(visit, code, form, Some(&problem)).with(status).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn keep(visit: &Visit, code: &str, form: &Form) -> Result<(), Problem> {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    let level = Level::of_word(form.need("level")?).map(ProviderLevel::from);
    let body = InstitutionFacts {
        name: form.need("name")?.to_owned(),
        level: level.ok_or_else(|| Problem::invalid("level", "请从列表中选择"))?,
        area: form.need("area")?.to_owned(),
        address: text("address"),
        phone: text("phone"),
        hours: text("hours"),
        closed: form.text("closed").is_some(),
    };
    drop(put(visit.state(), visit.who(), At(code.to_owned()), form.write(body)?).await?);
    Ok(())
}
