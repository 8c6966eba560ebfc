//! A draft: its awards, what is wrong with it, what changes for people and from when, and the way
//! to the second person.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use maud::{Markup, html};

use super::{changes_table, day_words, problems_table, state_tag};
use crate::{
    drafts::{
        DraftChecked, DraftText, EditWanted, EditsWanted, Seen, TermsForm, check, edit, give_up,
        propose, show as read,
    },
    input::{At, Whole},
    orders::pages::minute,
    pages::{
        Form, Page, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    proposals,
};

/// Where a draft's pages lie.
pub(super) fn address(draft: &DraftText) -> String {
    format!("/drafts/{}", draft.entry.id)
}

/// The hidden revision of every form of a draft.
pub(super) fn revision(draft: &DraftText) -> Markup {
    html! { input type="hidden" name="revision" value=(draft.entry.revision); }
}

/// The revision that a form was shown with.
pub(super) fn seen(form: &Form) -> Result<Whole, Problem> {
    let revision = form.need("revision")?.parse();
    revision.map(Whole).map_err(|_| Problem::invalid("revision", "不是数字"))
}

/// The way back to a draft.
pub(super) fn back(draft: &DraftText) -> Markup {
    html! { p { a href=(address(draft)) { "← 回到草案" } } }
}

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let draft = read(visit.state(), visit.who(), At(id.clone())).await?.0;
    let found = check(visit.state(), visit.who(), At(id)).await?.0;
    let title = draft.terms.as_ref().map_or("积分办法草案", |terms| &terms.title);
    let is_open = draft.entry.state == "open";
    let at = address(&draft);
    let body = html! {
        p { a href=(format!("/schemes/{}", draft.entry.scheme)) { "← 回到这个办法" } }
        p {
            (state_tag(draft.entry.state)) "第 " (draft.entry.revision) " 稿，"
            (minute(draft.entry.changed_at)) "改"
        }
        (returned(&visit, &draft).await?)
        (force(&found))
        p.buttons {
            @if is_open {
                a.button.quiet href=(format!("{at}/terms")) { "改施行日期、名称、有效期" }
                a.button.quiet href=(format!("{at}/awards/new")) { "新增项目" }
                a.button.quiet href=(format!("{at}/text")) { "改文本" }
            }
            a.button.quiet href=(format!("{at}/preview")) { "居民会看到的样子" }
            a.button.quiet href=(format!("/simulations/new?draft={}", draft.entry.id)) { "试算影响" }
        }
        h2 { "检查结果" }
        (result(&draft, &found))
        h2 { "和现在的版本相比" }
        @if let Some(before) = &found.before { p.small { "比的是" (day_words(before)) "起的版本。" } }
        (changes_table(&found.changes))
        h2 { "得分项目" }
        (awards(&draft, &found, is_open))
        @if is_open { (ending(&visit, &draft, &found)) }
        @if let Some(proposal) = draft.entry.proposal.as_ref().filter(|_| !is_open) {
            p { a.button href=(format!("/proposals/{proposal}")) { "看提交的内容和决定" } }
        }
    };
    Ok(visit.page(title, body))
}

/// Why it came back, if it did.
async fn returned(visit: &Visit, draft: &DraftText) -> Result<Markup, Problem> {
    let Some(id) = draft.entry.proposal.clone().filter(|_| draft.entry.state == "open") else {
        return Ok(html! {});
    };
    let proposal = proposals::show(visit.state(), visit.who(), At(id)).await?.0;
    let reason = proposal.entry.decision.map(|decision| decision.reason).unwrap_or_default();
    Ok(parts::notice(
        Tone::Warn,
        "另一位同事退回了这份草案",
        html! {
            p { @if reason.is_empty() { "没有写原因，请当面问一问。" } @else { (reason) } }
        },
    ))
}

/// From when it counts, in sentences.
pub(super) fn force(found: &DraftChecked) -> Markup {
    html! {
        @if !found.force.is_empty() {
            (parts::notice(Tone::Plain, "什么时候起作用", html! {
                @for sentence in &found.force { p { (sentence) } }
            }))
        }
    }
}

/// What is wrong, or that nothing is.
pub(super) fn result(draft: &DraftText, found: &DraftChecked) -> Markup {
    let wrong = found.problems.iter().filter(|problem| !problem.advice).count();
    html! {
        @if found.publishable {
            (parts::notice(Tone::Good, "可以提交", html! {
                p { "文件没有问题，" (found.examples) " 个例子照新的规则都算得对。" }
            }))
        } @else if wrong > 0 {
            (parts::notice(Tone::Bad, "还不能提交", html! {
                p { "有 " (wrong) " 处要改。例子算得不对的，在那个项目的页面里可以一键改成按新规则算出的结果。" }
            }))
        }
        @if let Some(obstacle) = &found.obstacle {
            (parts::notice(Tone::Bad, "还不能提交", html! { p { (obstacle) "。" } }))
        }
        (problems_table(&draft.document, &found.problems))
        (still_said(draft, found))
    }
}

fn still_said(draft: &DraftText, found: &DraftChecked) -> Markup {
    html! {
        @if !found.still_said.is_empty() {
            (parts::notice(Tone::Warn, "文字里可能还写着原来的数", html! {
                p { "规则改了，下面几行给居民看的话没有跟着改。请核对，需要时到文本里改。" }
                ul {
                    @for said in &found.still_said {
                        li {
                            "第 " (said.line) " 行还有“" (said.number) "”："
                            a href=(format!("{}/text#line-{}", address(draft), said.line)) {
                                (said.text)
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn awards(draft: &DraftText, found: &DraftChecked, is_open: bool) -> Markup {
    let Some(scheme) = &found.scheme else {
        return html! { p { "文件读不懂，请先在文本里改好上面的问题。" } };
    };
    let columns = [Column::Text("项目"), Column::Text("规则"), Column::Number("")];
    let row = |award: &crate::schemes::AwardText| {
        let changed = found.changes.iter().any(|change| change.id == award.id);
        vec![
            html! {
                (award.name)
                @if changed { " " (parts::tag(Tone::Warn, "有改动")) }
            },
            html! { (award.rule) },
            html! {
                @if is_open {
                    a href=(format!("{}/awards/{}", address(draft), award.id)) {
                        "修改" span.unseen { (award.name) }
                    }
                }
            },
        ]
    };
    let rows: Vec<_> = scheme.awards.iter().map(row).collect();
    parts::table("全部得分项目", &columns, &rows)
}

/// To the second person, or no further.
fn ending(visit: &Visit, draft: &DraftText, found: &DraftChecked) -> Markup {
    html! {
        form method="post" action=(address(draft)) {
            (visit.seal()) (revision(draft))
            p.buttons {
                @if found.publishable {
                    button.main type="submit" name="do" value="propose" { "提交给另一位同事" }
                }
                button.quiet type="submit" name="do" value="drop" { "放弃这份草案" }
            }
            @if found.publishable {
                p.small { "提交后不能再改；另一位有权发布的同事看过差别后公布或退回。" }
            }
        }
    }
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::SchemesPublish)?;
    let write = form.write(Seen { revision: seen(&form)? })?;
    let (state, who) = (visit.state(), visit.who());
    let to = match form.need("do")? {
        "propose" => {
            let draft = propose(state, who, At(id.clone()), write).await?.0;
            draft.entry.proposal.map(|proposal| format!("/proposals/{proposal}"))
        }
        "drop" => {
            let draft = give_up(state, who, At(id.clone()), write).await?.0;
            Some(format!("/schemes/{}", draft.entry.scheme))
        }
        _ => return Err(Problem::invalid("do", "只能提交或放弃")),
    };
    Ok(Redirect::to(&to.unwrap_or_else(|| format!("/drafts/{id}"))).into_response())
}

/// How long points can last, where nothing else was written.
const EXPIRIES: [(&str, &str); 6] = [
    ("", "长期有效"),
    ("1 years", "得分后 1 年"),
    ("2 years", "得分后 2 年"),
    ("3 years", "得分后 3 年"),
    ("year-end", "当年年底清零"),
    ("year-end+31 days", "当年年底再宽限 31 天"),
];

pub(super) async fn terms(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let draft = read(visit.state(), visit.who(), At(id)).await?.0;
    let terms = draft.terms.clone().ok_or_else(unreadable)?;
    let form = Form::default()
        .with("title", terms.title)
        .with("first_day", terms.first_day)
        .with("last_day", terms.last_day.unwrap_or_default())
        .with("redeem_minimum", terms.redeem_minimum.unwrap_or_default())
        .with("expiry", terms.expiry.unwrap_or_default());
    Ok(terms_page(&visit, &draft, &form, None))
}

/// What a form says of a document that cannot be read.
pub(super) fn unreadable() -> Problem {
    Problem::from(Code::Conflict).saying("文件读不懂，请先在文本里改好")
}

fn terms_page(visit: &Visit, draft: &DraftText, form: &Form, problem: Option<&Problem>) -> Page {
    let known = form.text("expiry").unwrap_or_default();
    let own = (!EXPIRIES.iter().any(|(value, _)| *value == known)).then_some((known, known));
    let expiries = EXPIRIES.into_iter().chain(own);
    let expiries: Vec<_> = expiries.map(|(value, says)| (value.into(), says.into())).collect();
    let field =
        |name, label, kind| Field::new(name, label, kind).value(form.text(name)).fault(problem);
    let number = Kind::Number { usual: None };
    let body = html! {
        (back(draft))
        (faults(problem))
        form method="post" action=(format!("{}/terms", address(draft))) {
            (visit.seal()) (revision(draft))
            (field("title", "名称", Kind::Line).required().show())
            div.pair {
                (field("first_day", "这一版从哪天起施行", Kind::Day).required()
                    .hint("前一天，原来的版本自动结束").show())
                (field("last_day", "到哪天为止", Kind::Day).hint("不填就一直施行").show())
            }
            (Field::new("expiry", "积分有效期", Kind::Choice(&expiries)).unmarked()
                .value(Some(known)).fault(problem).show())
            (field("redeem_minimum", "满多少分才能兑换", number).unit("分").show())
            button.main type="submit" { "写进草案" }
        }
    };
    visit.page("施行日期、名称、有效期", body)
}

pub(super) async fn take_terms(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    let draft = read(visit.state(), visit.who(), At(id)).await?.0;
    let typed = |name| form.text(name).map(ToOwned::to_owned);
    let terms = || {
        Ok(EditWanted::Terms(TermsForm {
            title: form.need("title")?.to_owned(),
            first_day: form.need("first_day")?.to_owned(),
            last_day: typed("last_day"),
            redeem_minimum: typed("redeem_minimum"),
            expiry: typed("expiry"),
        }))
    };
    match written(&visit, &draft, &form, terms()).await {
        Ok(to) => Ok(to),
        Err(problem) if problem.code == Code::Invalid => {
            let page = terms_page(&visit, &draft, &form, Some(&problem));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Writes what a form says into the draft, and goes back to it.
pub(super) async fn written(
    visit: &Visit,
    draft: &DraftText,
    form: &Form,
    wanted: Result<EditWanted, Problem>,
) -> Result<Response, Problem> {
    let wanted = EditsWanted { revision: seen(form)?, edits: vec![wanted?] };
    let id = At(draft.entry.id.clone());
    let draft = edit(visit.state(), visit.who(), id, form.write(wanted)?).await?.0;
    Ok(Redirect::to(&address(&draft)).into_response())
}
