//! Pages of cases: those that wait, one with its places and times, and its decision. The page of
//! one is printed for the file.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::Fen;
use kangji_redemption::{
    fraud::{CaseKind, Party},
    partner::Bears,
};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::{Markup, html};

use super::{CaseShown, Deciding, Opening, Which, decide, list, open, show};
use crate::{
    input::{At, Search},
    orders::pages::minute,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    stock::{reached, staff_names, yuan},
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/cases", all)
        .get("/cases/new", ask)
        .post("/cases/new", take_new)
        .get("/cases/{id}", one)
        .post("/cases/{id}", take)
}

fn kind(case: &CaseShown) -> &'static str {
    CaseKind::of_word(&case.kind).map_or("", CaseKind::chinese)
}

fn state(case: &CaseShown) -> Markup {
    match case.outcome {
        None => parts::tag(Tone::Warn, "待处理"),
        Some(_) => parts::tag(Tone::Good, "已处理"),
    }
}

async fn all(visit: Visit, Search(which): Search<Which>) -> Result<Page, Problem> {
    let open = which.open;
    let found = list(visit.state(), visit.who(), Search(which)).await?.0;
    let next = found.next.as_ref().map(|next| match open {
        Some(open) => format!("/cases?open={open}&after={next}"),
        None => format!("/cases?after={next}"),
    });
    let columns = [
        Column::Text("发现时间"),
        Column::Text("种类"),
        Column::Text("积分券或抵扣"),
        Column::Text("发现地点"),
        Column::Text("先前使用"),
        Column::Text("状态"),
    ];
    let row = |case: &CaseShown| {
        vec![
            html! { a href=(format!("/cases/{}", case.id)) { (minute(case.opened_at)) } },
            html! { (kind(case)) },
            html! { (case.serial.as_deref().unwrap_or("一笔抵扣")) },
            html! { (case.place_name) },
            html! {
                @if let Some(first) = &case.first { (first.place_name) " " (minute(first.at)) }
            },
            state(case),
        ]
    };
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let here = |wanted: Option<bool>| (open == wanted).then_some("page");
    let body = html! {
        p { "已经用过或挂失的积分券再次出现时自动立案；其他情况由工作人员登记。" }
        nav.switch aria-label="案件" {
            a href="/cases" aria-current=[here(None)] { "全部" }
            a href="/cases?open=true" aria-current=[here(Some(true))] { "待处理" }
            a href="/cases?open=false" aria-current=[here(Some(false))] { "已处理" }
        }
        @if visit.may(Action::CasesDecide) {
            p.buttons { a.button href="/cases/new" { "登记一个案件" } }
        }
        @if rows.is_empty() {
            (parts::empty("没有案件。", html! {}))
        } @else {
            (parts::table("违规案件（新的在前）", &columns, &rows))
        }
        (parts::more(next.as_deref()))
    };
    Ok(visit.page("违规案件", body))
}

async fn ask(visit: Visit) -> Result<Page, Problem> {
    visit.need(Action::CasesDecide)?;
    new_page(&visit, &Form::default(), None).await
}

async fn new_page(visit: &Visit, form: &Form, problem: Option<&Problem>) -> Result<Page, Problem> {
    let places = reached(visit, Action::CasesDecide).await?.into_iter();
    let places: Vec<_> = places.map(|one| (one.code, one.name)).collect();
    let schemes = visit.app().ask(|store| store.schemes()).await?;
    let schemes = schemes.iter().filter_map(|versions| versions.last());
    let schemes: Vec<_> = schemes.map(|scheme| (scheme.id.clone(), scheme.title.clone())).collect();
    let kinds: Vec<_> =
        CaseKind::ALL.iter().map(|one| (one.word().to_owned(), one.chinese().to_owned())).collect();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let body = html! {
        (faults(problem))
        form method="post" action="/cases/new" {
            (visit.seal())
            (field("kind", "种类", Kind::Choice(&kinds)).required().show())
            (field("serial", "积分券编号", Kind::Line).hint("关于一张积分券的，填编号、地点和办法").show())
            div.pair {
                (field("place", "发现地点", Kind::Choice(&places)).show())
                (field("scheme", "积分办法", Kind::Choice(&schemes)).show())
            }
            (field("deduction", "抵扣编号", Kind::Line)
                .hint("关于一笔抵扣的，只填结算单表格里的抵扣编号").show())
            (field("note", "发现了什么", Kind::Line).required()
                .hint("不要写居民的姓名和证件号").show())
            button.main type="submit" { "登记" }
        }
        p { a href="/cases" { "← 回到违规案件" } }
    };
    Ok(visit.page("登记案件", body))
}

async fn take_new(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::CasesDecide)?;
    match opening(&visit, &form).await {
        Ok(id) => Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
        Err(problem) if problem.code == Code::Invalid => {
            let page = new_page(&visit, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn opening(visit: &Visit, form: &Form) -> Result<String, Problem> {
    let typed = |name| form.text(name).map(ToOwned::to_owned);
    let opening = Opening {
        kind: form.need("kind")?.to_owned(),
        serial: typed("serial"),
        place: typed("place"),
        scheme: typed("scheme"),
        deduction: typed("deduction"),
        note: form.need("note")?.to_owned(),
    };
    Ok(open(visit.state(), visit.who(), form.write(opening)?).await?.1.0.id)
}

async fn one(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    page(&visit, id, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let case = show(visit.state(), visit.who(), At(id)).await?.0;
    let ids = case.opened_by.iter().chain(case.outcome.as_ref().map(|one| &one.decided_by));
    let names = staff_names(visit, ids).await?;
    let by = |id: &String| names.get(id).map(|name| format!("，{name}")).unwrap_or_default();
    let opener = case.opened_by.as_ref().map(by).unwrap_or_default();
    let body = html! {
        (faults(problem))
        p.lead { (kind(&case)) " " (state(&case)) }
        (parts::facts(&[
            ("积分券", html! { (case.serial.as_deref().unwrap_or("—")) }),
            ("抵扣", html! { (case.deduction.as_deref().unwrap_or("—")) }),
            ("发现", html! { (minute(case.opened_at)) "，" (case.place_name) (opener) }),
            ("先前使用", html! {
                @match &case.first {
                    Some(first) => { (minute(first.at)) "，" (first.place_name) }
                    None => { "—" }
                }
            }),
            ("损失承担", html! { (bears(&case)) }),
        ]))
        @if !case.note.is_empty() { p.typed { "说明：" (case.note) } }
        @match &case.outcome {
            Some(outcome) => {
                h2 { "处理" }
                (parts::facts(&[
                    ("责任方", html! {
                        (Party::of_word(&outcome.party).map_or("", Party::chinese)) " "
                        (outcome.party_code)
                    }),
                    ("损失", html! { (Fen(outcome.loss_fen)) " 元" }),
                    ("处理人", html! { (minute(outcome.decided_at)) (by(&outcome.decided_by)) }),
                ]))
                p.typed { "认定和决定：" (outcome.decision) }
                @if !outcome.consequence.is_empty() { p.typed { "后续：" (outcome.consequence) } }
                div.only-print {
                    p.signatures { span { "处理人签字" } span { "单位盖章" } span { "日期" } }
                }
                p.buttons { button type="button" data-print { "打印" } }
            }
            None if !visit.may(Action::CasesDecide) => { p { "等待主管部门处理。" } }
            None if is_own(visit, &case) => {
                (parts::notice(Tone::Plain, "要由另一位工作人员处理", html! {
                    p { "这个案件是您登记的，请另一位有权限的人员登录后处理。" }
                }))
            }
            None => { (decision_form(visit, &case, form, problem)) }
        }
        p.no-print { a href="/cases" { "← 回到违规案件" } }
    };
    Ok(visit.page("违规案件", body))
}

fn is_own(visit: &Visit, case: &CaseShown) -> bool {
    matches!(visit.who().principal(), Actor::Staff(id) if case.opened_by == Some(id.to_string()))
}

fn bears(case: &CaseShown) -> &'static str {
    match case.bears.as_deref().and_then(Bears::of_word) {
        Some(bears) => bears.chinese(),
        None => "没有商户协议，按责任认定处理",
    }
}

fn decision_form(
    visit: &Visit,
    case: &CaseShown,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let parties: Vec<_> = Party::ALL.iter().map(|one| (one.word(), one.chinese())).collect();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    html! {
        h2 { "处理" }
        form method="post" action=(format!("/cases/{}", case.id)) {
            (visit.seal())
            (field("party", "责任方", Kind::Pick(&parties)).required().show())
            (field("party_code", "责任方编号", Kind::Line)
                .hint("商户或机构代码、工作人员工号、居民编号；不要写姓名。无人过错的空着").show())
            (field("loss_fen", "损失", Kind::Number { usual: None }).required().unit("元")
                .hint("没有损失填 0").show())
            (field("decision", "认定的事实和处理决定", Kind::Line).required().show())
            (field("consequence", "后续怎么办", Kind::Line)
                .hint("例如：从下月结算中扣回，暂停合作").show())
            button.main type="submit" { "处理完毕" }
        }
    }
}

async fn take(visit: Visit, At(id): At<String>, form: Form) -> Result<Response, Problem> {
    visit.need(Action::CasesDecide)?;
    match deciding(&visit, &id, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
        Err(problem)
            if matches!(problem.code, Code::Invalid | Code::Conflict | Code::SamePerson) =>
        {
            let page = page(&visit, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn deciding(visit: &Visit, id: &str, form: &Form) -> Result<(), Problem> {
    let deciding = Deciding {
        party: form.need("party")?.to_owned(),
        party_code: form.text("party_code").unwrap_or_default().to_owned(),
        loss_fen: yuan(form, "loss_fen")?,
        decision: form.need("decision")?.to_owned(),
        consequence: form.text("consequence").unwrap_or_default().to_owned(),
    };
    let at = At(id.to_owned());
    drop(decide(visit.state(), visit.who(), at, form.write(deciding)?).await?);
    Ok(())
}
