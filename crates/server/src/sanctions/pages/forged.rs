//! Declaring an institution's forged records void: first what it would change, then the proposal.

use axum::response::{IntoResponse, Response};
use kangji_core::Decimal;
use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_field, proposed};
use crate::{
    input::Search,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    proposals::Wanted,
    sanctions::{ForgedAccount, ForgedShown, ForgedWhich, foresee},
    stock::reached,
};

/// What the form asks: nothing yet, or which records.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    institution: Option<String>,
    from: Option<String>,
    to: Option<String>,
    kind: Option<String>,
}

impl Asked {
    fn which(&self) -> Option<ForgedWhich> {
        let kind = self.kind.clone().filter(|kind| !kind.is_empty());
        Some(ForgedWhich {
            institution: self.institution.clone()?,
            from: self.from.clone().unwrap_or_default(),
            to: self.to.clone().unwrap_or_default(),
            kind,
        })
    }

    fn form(&self) -> Form {
        let fields = [
            ("institution", &self.institution),
            ("from", &self.from),
            ("to", &self.to),
            ("kind", &self.kind),
        ];
        fields.into_iter().fold(Form::default(), |form, (name, value)| match value {
            Some(value) if !value.is_empty() => form.with(name, value.clone()),
            _ => form,
        })
    }
}

pub(super) async fn ask(visit: Visit, Search(asked): Search<Asked>) -> Result<Response, Problem> {
    visit.need(Action::SanctionsDecide)?;
    let form = asked.form();
    let Some(which) = asked.which() else {
        return Ok(page(&visit, &form, None, None).await?.into_response());
    };
    match foresee(visit.state(), visit.who(), Search(which.clone())).await {
        Ok(found) => {
            let told = Some((&which, &found.0));
            Ok(page(&visit, &form, told, None).await?.into_response())
        }
        Err(problem) if problem.code == Code::Invalid => {
            let problem = at_field(problem, "void_records.");
            let page = page(&visit, &form, None, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    visit: &Visit,
    form: &Form,
    told: Option<(&ForgedWhich, &ForgedShown)>,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let places = reached(visit, Action::SanctionsDecide).await?.into_iter();
    let places: Vec<_> = places.map(|one| (one.code, one.name)).collect();
    let words = visit.app().store().words();
    let kinds = words.kinds().iter().map(|kind| (kind.id.clone(), kind.label.clone()));
    let kinds: Vec<_> = [(String::new(), "所有服务".to_owned())].into_iter().chain(kinds).collect();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let body = html! {
        (faults(problem))
        p.lead { "机构伪造的服务记录一起作废。无辜居民的其他记录和积分保留。先看影响，再提出，由另一位工作人员批准。" }
        form.filter method="get" action="/sanctions/forged" {
            (field("institution", "机构", Kind::Choice(&places)).required().show())
            (field("from", "服务日期从", Kind::Day).required().show())
            (field("to", "到", Kind::Day).required().show())
            (field("kind", "服务", Kind::Choice(&kinds)).unmarked()
                .value(form.text("kind").or(Some(""))).show())
            button type="submit" { "看影响" }
        }
        @if let Some((which, told)) = told { (effect(visit, which, told, form, problem)) }
        p { a href="/sanctions" { "← 回到违规处理" } }
    };
    Ok(visit.page("作废机构的不实记录", body))
}

/// What it would change, and the form that proposes it.
fn effect(
    visit: &Visit,
    which: &ForgedWhich,
    told: &ForgedShown,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let words = visit.app().store().words();
    let records: u64 = told.kinds.iter().map(|kind| kind.records).sum();
    if records == 0 {
        return parts::empty("没有符合条件的有效记录。", html! {});
    }
    let kinds: Vec<_> = told
        .kinds
        .iter()
        .map(|one| vec![html! { (words.kind_label(&one.kind)) }, html! { (one.records) }])
        .collect();
    let row = |one: &ForgedAccount| {
        let short = one.short.parse::<Decimal>().is_ok_and(|short| short > Decimal::ZERO);
        vec![
            html! { a href=(format!("/residents/{}", one.holder)) { "看这个人" } },
            html! { (one.scheme) },
            html! { (one.points) },
            html! { @if short { (parts::tag(Tone::Warn, &one.short)) } },
        ]
    };
    let rows: Vec<_> = told.changes.iter().map(row).collect();
    let columns = [
        Column::Text("居民"),
        Column::Text("办法"),
        Column::Number("积分变动"),
        Column::Number("已花掉、待补"),
    ];
    html! {
        h2 { "影响" }
        (parts::facts(&[
            ("作废记录", html! { (records) " 条" }),
            ("涉及居民", html! { (told.residents) " 人" }),
            ("积分变动的账户", html! { (told.accounts) " 个" }),
            ("积分已花掉、以后得分先补的", html! { (told.short) " 个" }),
        ]))
        (parts::table("按服务", &[Column::Text("服务"), Column::Number("记录")], &kinds))
        @if !rows.is_empty() {
            (parts::table("减得最多的在前，最多列 200 个", &columns, &rows))
        }
        h2 { "提出作废" }
        form method="post" action="/sanctions/forged" {
            (visit.seal())
            input type="hidden" name="institution" value=(which.institution);
            input type="hidden" name="from" value=(which.from);
            input type="hidden" name="to" value=(which.to);
            @if let Some(kind) = &which.kind { input type="hidden" name="kind" value=(kind); }
            (Field::new("reason", "查实的情况", Kind::Long).required()
                .value(form.text("reason")).fault(problem).show())
            button.main type="submit" { "提出作废 " (records) " 条记录" }
        }
    }
}

pub(super) async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::SanctionsDecide)?;
    let text = |name: &str| form.text(name).map(ToOwned::to_owned);
    let asked = Asked {
        institution: text("institution"),
        from: text("from"),
        to: text("to"),
        kind: text("kind"),
    };
    let which = asked.which().ok_or_else(|| Problem::invalid("institution", "请选择机构"))?;
    let reason = text("reason").unwrap_or_default();
    let mut wanted = which.clone().wanted();
    wanted.reason = reason;
    match proposed(&visit, &form, Wanted::VoidRecords(wanted)).await {
        Ok(response) => Ok(response),
        Err(problem) if problem.code == Code::Invalid => {
            let problem = at_field(problem, "void_records.");
            let found = foresee(visit.state(), visit.who(), Search(which.clone())).await.ok();
            let told = found.as_ref().map(|found| (&which, &found.0));
            let page = page(&visit, &form, told, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}
