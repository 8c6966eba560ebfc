//! The form for a new version: items are taken over from the scheme, typed into a small form, or
//! written as text; what it comes to is shown before it is proposed.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::DivisionPrefix;
use kangji_rights::{Action, Cover, Permit};
use kangji_rules::{document::item_text, scheme::Scheme};
use kangji_store::Store;
use maud::{Markup, html};
use serde::Deserialize;

use super::{goods, one};
use crate::{
    catalogues::{
        propose::{CatalogueChecked, CatalogueWanted, check, propose},
        show,
    },
    input::{At, Body, Search},
    institutions,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};

const TITLE: &str = "拟定目录";

/// From which version one begins.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    from: Option<String>,
}

/// The form, empty or with an earlier version in it.
pub(super) async fn ask(visit: Visit, Search(start): Search<Start>) -> Result<Page, Problem> {
    visit.need(Action::CataloguesPropose)?;
    let today = visit.app().now().day().to_string();
    let mut form = Form::default().with("first_day", today);
    if let Some(id) = start.from {
        let before = show(visit.state(), visit.who(), At(id)).await?.0;
        let head = before.entry.head;
        form = form
            .with("scheme", head.scheme)
            .with("area", if head.provider.is_some() { head.area } else { String::new() })
            .with("provider", head.provider.unwrap_or_else(|| OWN.to_owned()))
            .with("content", before.content);
    }
    page(&visit, &form, None, None).await
}

/// What stands for the scheme itself among the providers.
const OWN: &str = "-";

/// What somebody may choose from.
struct Choices {
    schemes: Vec<Scheme>,
    providers: Vec<(String, String)>,
}

impl Choices {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let permit = visit.who().permit(Action::CataloguesPropose, visit.app().roles());
        let permit = permit.ok_or(Code::Forbidden)?;
        let mut schemes: Vec<Scheme> = visit
            .app()
            .ask(Store::schemes)
            .await?
            .into_iter()
            .filter_map(|mut versions| versions.pop())
            .collect();
        schemes.retain(|scheme| touches(&permit, scheme.division));
        let which = institutions::Which::default();
        let known = institutions::list(visit.state(), visit.who(), Search(which)).await?.0;
        let own = schemes.iter().any(|scheme| permit.includes(scheme.division, None));
        let own = own.then(|| (OWN.to_owned(), "统一目录（各机构都办理）".to_owned()));
        let under = known.into_iter().filter(|one| {
            let area = DivisionPrefix::parse(&one.area);
            let covers = |area| permit.includes(area, Some(&one.code));
            !one.closed && area.is_some_and(covers)
        });
        let under = under.map(|one| (one.code, one.name));
        Ok(Self { schemes, providers: own.into_iter().chain(under).collect() })
    }

    fn scheme(&self, form: &Form) -> Result<&Scheme, Problem> {
        let id = form.need("scheme")?;
        let found = self.schemes.iter().find(|scheme| scheme.id == id);
        found.ok_or_else(|| Problem::invalid("scheme", "请从列表中选择积分办法"))
    }
}

/// Whether a permit covers some of an area.
fn touches(permit: &Permit, division: DivisionPrefix) -> bool {
    permit.covers().iter().any(|cover| match cover {
        Cover::Area { area, .. } => area.overlaps(division),
        Cover::Person(_) => false,
    })
}

async fn page(
    visit: &Visit,
    form: &Form,
    problem: Option<&Problem>,
    checked: Option<&CatalogueChecked>,
) -> Result<Page, Problem> {
    let choices = Choices::of(visit).await?;
    if choices.schemes.is_empty() || choices.providers.is_empty() {
        let says = "您的辖区里还没有可以拟定目录的积分办法或机构；请主管部门先在“机构”里登记。";
        let way = html! { a.button href="/catalogues" { "回到兑换目录" } };
        return Ok(visit.page(TITLE, parts::empty(says, way)));
    }
    let is_sound = problem.is_none() && checked.is_some_and(|checked| checked.problems.is_empty());
    let place = problem.and_then(|problem| problem.place.as_deref());
    let is_adding = place.is_some_and(|place| place.starts_with("add_"));
    let is_wrong = place == Some("content") || checked.is_some_and(|one| !one.problems.is_empty());
    let body = html! {
        p { a href="/catalogues" { "← 回到兑换目录" } }
        (faults(problem))
        form method="post" action="/catalogues/new" {
            (visit.seal())
            // What the enter key does wherever it is pressed.
            button.default type="submit" name="do" value="check" tabindex="-1" aria-hidden="true" {}
            (head(&choices, form, problem))
            h2 { "项目" }
            p.buttons {
                button type="submit" name="do" value="take" { "从积分办法带入全部项目" }
            }
            (goods::fields(form, problem, is_adding))
            details open[is_wrong] {
                summary { "目录文本（可以直接修改）" }
                div.toml {
                    (Field::new("content", "目录文本", Kind::Long).unmarked()
                        .hint("每个 [[item]] 是一个项目，写法与积分办法文件里的一样")
                        .value(form.whole("content")).fault(problem).show())
                }
            }
            @if let Some(checked) = checked { (outcome(form, checked)) }
            p.buttons {
                @if is_sound {
                    button.main type="submit" name="do" value="propose" { "提交审核" }
                    button type="submit" name="do" value="check" { "再看一遍" }
                } @else {
                    button.main type="submit" name="do" value="check" { "看看居民会看到什么" }
                }
            }
        }
    };
    Ok(visit.page(TITLE, body))
}

/// For which scheme, by whom, for whom and when.
fn head(choices: &Choices, form: &Form, problem: Option<&Problem>) -> Markup {
    let pair = |scheme: &Scheme| (scheme.id.clone(), scheme.title.clone());
    let schemes: Vec<(String, String)> = choices.schemes.iter().map(pair).collect();
    let providers = &choices.providers;
    let only = |all: &[(String, String)]| match all {
        [(only, _)] => Some(only.clone()),
        _ => None,
    };
    let (scheme, provider) = (only(&schemes), only(providers));
    let field = |name: &'static str, label, kind| {
        Field::new(name, label, kind).value(form.text(name)).fault(problem)
    };
    html! {
        div.pair {
            (Field::new("scheme", "积分办法", Kind::Choice(&schemes)).required()
                .value(form.text("scheme").or(scheme.as_deref())).fault(problem).show())
            (Field::new("provider", "提供单位", Kind::Choice(providers)).required()
                .value(form.text("provider").or(provider.as_deref())).fault(problem).show())
            (field("first_day", "施行的第一天", Kind::Day).required().show())
            (field("last_day", "最后一天", Kind::Day).hint("不填就到下一版接替为止").show())
        }
        (field("area", "面向哪片区划的居民", Kind::Digits)
            .hint("区划代码的前 2 到 12 位；不填就是提供单位负责的区划，统一目录不用填").show())
    }
}

/// What the version would be.
fn outcome(form: &Form, checked: &CatalogueChecked) -> Markup {
    if !checked.problems.is_empty() {
        let content = form.whole("content").unwrap_or_default();
        let columns = ["位置", "写的是", "问题", "怎么改"].map(Column::Text);
        let rows = checked.problems.iter().map(|problem| {
            let line = content.lines().nth(problem.line.saturating_sub(1)).unwrap_or_default();
            vec![
                html! { "第 " (problem.line) " 行第 " (problem.column) " 个字符" },
                html! { code { (line) } },
                html! { (problem.message) },
                html! { (problem.remedy) },
            ]
        });
        let rows: Vec<_> = rows.collect();
        return html! {
            (parts::notice(Tone::Bad, "目录文本有要改的地方", html! {
                p { "改好下面各处后再看一遍；现在还没有提交。" }
            }))
            (parts::table("要改的地方", &columns, &rows))
        };
    }
    html! {
        @if let Some(warning) = &checked.warning {
            (parts::notice(Tone::Warn, "含有实物商品", html! {
                p { (warning) "。可以提交，审核的人也会看到这条提醒。" }
            }))
        }
        h2 { "居民会看到（" (checked.items.len()) " 项）" }
        (one::items(&checked.items))
        (one::differences(&checked.changes, checked.before.as_deref()))
    }
}

/// Takes what a button of the form asks for.
pub(super) async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::CataloguesPropose)?;
    if form.text("do") == Some("propose") {
        return match proposed(&visit, &form).await {
            Ok(id) => Ok(Redirect::to(&format!("/catalogues/{id}?done=proposed")).into_response()),
            Err(problem) => again(&visit, &form, problem).await,
        };
    }
    let form = match grown(&visit, &form).await {
        Ok(form) => form,
        Err(problem) => return again(&visit, &form, problem).await,
    };
    match looked_at(&visit, &form).await {
        Ok(checked) => {
            let page = page(&visit, &form, None, Some(&checked)).await?;
            Ok(page.into_response())
        }
        Err(problem) => again(&visit, &form, problem).await,
    }
}

/// The form once more, with what is wrong at its field.
async fn again(visit: &Visit, form: &Form, problem: Problem) -> Result<Response, Problem> {
    if !matches!(problem.code, Code::Invalid | Code::OutOfArea) {
        return Err(problem);
    }
    let page = page(visit, form, Some(&problem), None).await?;
    Ok(page.with(problem.code.status()).into_response())
}

/// The form with the items in its text that a button adds to it.
async fn grown(visit: &Visit, form: &Form) -> Result<Form, Problem> {
    let content = form.whole("content").unwrap_or_default();
    let choices = Choices::of(visit).await?;
    let added = match form.text("do") {
        Some("take") => {
            let scheme = choices.scheme(form)?;
            let words = visit.app().store().words();
            let missing = scheme.items.iter().filter(|item| !has(content, &item.id));
            let texts: Vec<String> = missing.map(|item| item_text(item, scheme, words)).collect();
            texts.join("\n")
        }
        Some("add") => goods::text(visit.app(), form, choices.scheme(form)?, content)?,
        _ => return Ok(form.clone()),
    };
    let parts = [content.trim_end(), added.trim_end()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let grown = form.clone().with("content", format!("{}\n", parts.join("\n\n")));
    let is_added = form.text("do") == Some("add");
    let emptied = goods::FIELDS.iter().filter(|_| is_added);
    Ok(emptied.fold(grown, |form, name| form.with(name, "")))
}

/// Whether a text has an item with an id.
fn has(content: &str, id: &str) -> bool {
    content.lines().any(|line| line.replace(' ', "") == format!("id=\"{id}\""))
}

fn wanted(form: &Form) -> Result<CatalogueWanted, Problem> {
    let text = |name: &str| form.text(name).map(ToOwned::to_owned);
    let provider = form.need("provider")?.to_owned();
    Ok(CatalogueWanted {
        scheme: form.need("scheme")?.to_owned(),
        provider: Some(provider).filter(|provider| provider != OWN),
        area: text("area"),
        first_day: form.need("first_day")?.to_owned(),
        last_day: text("last_day"),
        // Browsers send lines with a carriage return.
        content: form.whole("content").unwrap_or_default().replace("\r\n", "\n"),
    })
}

async fn looked_at(visit: &Visit, form: &Form) -> Result<CatalogueChecked, Problem> {
    Ok(check(visit.state(), visit.who(), Body(wanted(form)?)).await?.0)
}

async fn proposed(visit: &Visit, form: &Form) -> Result<String, Problem> {
    let write = form.write(wanted(form)?)?;
    let (_, proposed) = propose(visit.state(), visit.who(), write).await?;
    Ok(proposed.0.entry.head.id)
}
