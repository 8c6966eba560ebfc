//! A statement: what it comes to, each figure opened into its deductions, and what is to be done
//! next by whom.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_core::{Decimal, Decimals};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::{Markup, html};

use super::{lines, month, stage, yuan};
use crate::{
    input::{At, Whole},
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    statements::{
        show as read,
        shown::{HandShown, LineShown, ObjectionShown, StatementStage, StatementText},
        steps::{Judging, Payment, judge, review, settle},
    },
    stock::staff_names,
};

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    page(&visit, id, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    id: String,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let known = read(visit.state(), visit.who(), At(id)).await?.0;
    let entry = &known.entry;
    let here = format!("/statements/{}", entry.id);
    let answers = visit.may(Action::StatementsAnswer) && entry.state == StatementStage::Drawn;
    let body = html! {
        p.lead { (entry.shop_name) "，" (entry.title) " " (stage(entry)) }
        (faults(problem))
        (figures(&known))
        (history(visit, &known).await?)
        (next(visit, &known, form, problem))
        (objections(visit, &known, form, problem))
        p.buttons {
            a.button href=(format!("{here}/sheet")) { "打印" }
            a.button.quiet href=(format!("/api/v1{here}/xlsx")) download { "下载表格" }
        }
        @if answers {
            form method="get" action=(format!("{here}/answer")) {
                (days(&known, true))
                p { "没有问题的，一行也不用勾选。" }
                button.main type="submit" { "核对完了，下一步" }
            }
        } @else {
            (days(&known, false))
        }
        p.no-print { a href="/statements" { "← 回到结算单" } }
    };
    Ok(visit.page(&format!("{}结算单", month(&entry.period)), body))
}

fn figures(known: &StatementText) -> Markup {
    let totals = &known.entry.totals;
    html! {
        div.figures {
            (parts::figure("应结算", &yuan(totals.off_fen), "元"))
            (parts::figure("抵扣积分", &parts::points(totals.points, known.entry.decimals), "分"))
            (parts::figure("笔数", &totals.lines.to_string(), "笔"))
        }
    }
}

/// What was done with it so far. The bureau reads by whom, the shop reads when.
async fn history(visit: &Visit, known: &StatementText) -> Result<Markup, Problem> {
    let entry = &known.entry;
    let hands = [Some(&entry.drawn), entry.answered.as_ref(), entry.reviewed.as_ref()];
    let ids = hands.iter().flatten().map(|hand| &hand.by);
    let ids = ids.chain(entry.settled.as_ref().map(|payment| &payment.by));
    let names = match visit.may(Action::StatementsSettle) {
        true => staff_names(visit, ids).await?,
        false => std::collections::BTreeMap::default(),
    };
    let named = |id: &String| names.get(id).map(|name| format!("，{name}")).unwrap_or_default();
    let done = |hand: &HandShown| html! { (said(&hand.day)) (named(&hand.by)) };
    let mut facts = vec![("生成", done(&entry.drawn))];
    facts.extend(entry.answered.as_ref().map(|hand| ("商户答复", done(hand))));
    facts.extend(entry.reviewed.as_ref().map(|hand| ("审核", done(hand))));
    facts.extend(entry.settled.as_ref().map(|payment| {
        let paid = html! { (payment.document) "，" (said(&payment.day)) (named(&payment.by)) };
        ("付款凭证", paid)
    }));
    Ok(parts::facts(&facts))
}

/// What is to be done next, for whoever may do it, and for whom the others wait.
fn next(visit: &Visit, known: &StatementText, form: &Form, problem: Option<&Problem>) -> Markup {
    let entry = &known.entry;
    let here = format!("/statements/{}", entry.id);
    let settles = visit.may(Action::StatementsSettle);
    let open = known.objections.iter().any(|one| one.verdict.is_none());
    match entry.state {
        StatementStage::Drawn if visit.may(Action::StatementsAnswer) => parts::notice(
            Tone::Warn,
            "请核对每一笔",
            html! { p { "点开每一天，和小票核对。有出入的在行末勾选，再点“下一步”；都对就直接下一步确认。" } },
        ),
        StatementStage::Drawn => html! { p { "等待商户核对确认。" } },
        StatementStage::Confirmed | StatementStage::Objected if !settles => {
            html! { p { "已经答复，等待主管部门审核。" } }
        }
        StatementStage::Confirmed | StatementStage::Objected if open => {
            html! { p { "先答复下面的每一条异议，再审核。" } }
        }
        StatementStage::Confirmed | StatementStage::Objected => html! {
            form method="post" action=(here) {
                (visit.seal())
                p.hint { "审核以后由另一位工作人员结算。" }
                button.main type="submit" name="do" value="review" { "审核通过" }
            }
        },
        StatementStage::Reviewed if !settles => html! { p { "已经审核，等待主管部门结算。" } },
        StatementStage::Reviewed if is_own(visit, known) => parts::notice(
            Tone::Plain,
            "结算要由另一位工作人员办理",
            html! { p { "这一张是您审核的，请另一位有权限的人员登录后登记付款凭证。" } },
        ),
        StatementStage::Reviewed => html! {
            form method="post" action=(here) {
                (visit.seal())
                (Field::new("document", "付款凭证号", Kind::Line).required()
                    .hint("在财务系统付款以后登记；平台不经手资金")
                    .value(form.text("document")).fault(problem).show())
                (Field::new("day", "凭证日期", Kind::Day).hint("不填就是今天")
                    .value(form.text("day")).fault(problem).show())
                button.main type="submit" name="do" value="settle" { "登记结算" }
            }
        },
        StatementStage::Settled => html! {},
    }
}

fn is_own(visit: &Visit, known: &StatementText) -> bool {
    let reviewed = known.entry.reviewed.as_ref().map(|hand| hand.by.as_str());
    matches!(visit.who().principal(), Actor::Staff(id) if reviewed == Some(&id.to_string()))
}

/// What the shop objects to, with the answers, and the form for those that have none.
fn objections(
    visit: &Visit,
    known: &StatementText,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    if known.objections.is_empty() {
        return html! {};
    }
    let decimals = known.entry.decimals;
    let settles = visit.may(Action::StatementsSettle);
    let line = |number: u32| known.lines.iter().find(|line| line.number == number);
    html! {
        h2 { "商户的异议" }
        ul.entries.framed {
            @for one in &known.objections {
                li id=(format!("objection-{}", one.number)) {
                    p.head {
                        strong {
                            @match one.line {
                                Some(number) => { "第 " (number) " 行" }
                                None => { "漏记" }
                            }
                        }
                        @match &one.verdict {
                            Some(verdict) if verdict.upheld => (parts::tag(Tone::Good, "成立")),
                            Some(_) => (parts::tag(Tone::Plain, "不成立")),
                            None => (parts::tag(Tone::Warn, "待答复")),
                        }
                    }
                    @if let Some(line) = one.line.and_then(line) {
                        p.small {
                            (line.day) " 小票 " (line.receipt) "，抵扣 " (yuan(line.off_fen)) " 元、"
                            (parts::points(line.points, decimals)) " 分"
                        }
                    }
                    p.typed { (one.text) }
                    @match &one.verdict {
                        Some(verdict) => {
                            p.typed { "答复：" (verdict.text) }
                            @if verdict.upheld {
                                p { "下一张结算单更正 " (yuan(verdict.off_fen)) " 元、"
                                    (parts::change(verdict.points, decimals)) " 分。" }
                            }
                        }
                        None if settles => (verdict_form(visit, known, one, form, problem)),
                        None => {}
                    }
                }
            }
        }
    }
}

fn verdict_form(
    visit: &Visit,
    known: &StatementText,
    one: &ObjectionShown,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let number = one.number.to_string();
    // Of several forms on the page, the one that was sent shows what was typed.
    let is_sent = form.text("number") == Some(&number);
    let problem = problem.filter(|_| is_sent);
    let typed = |name: &str| form.text(name).filter(|_| is_sent);
    let rulings = match one.line {
        Some(_) => &[("dismissed", "不成立"), ("less", "成立，减少"), ("more", "成立，增加")][..],
        None => &[("dismissed", "不成立"), ("more", "成立，增加")],
    };
    let number_kind = Kind::Number { usual: None };
    html! {
        form method="post" action=(format!("/statements/{}", known.entry.id)) {
            (visit.seal())
            input type="hidden" name="number" value=(number);
            (Field::new("ruling", "答复", Kind::Pick(rulings)).required()
                .value(typed("ruling")).fault(problem).show())
            div.pair {
                (Field::new("off_fen", "更正金额", number_kind).unit("元").hint("成立的才填")
                    .value(typed("off_fen")).fault(problem).show())
                (Field::new("points", "更正积分", number_kind).unit("分")
                    .hint("只改结算，不动居民的账户")
                    .value(typed("points")).fault(problem).show())
            }
            (Field::new("text", "理由", Kind::Line).required()
                .value(typed("text")).fault(problem).show())
            button type="submit" name="do" value="judge" { "答复这一条" }
        }
    }
}

/// Each day's figures, opened into their deductions; then the corrections.
fn days(known: &StatementText, can_mark: bool) -> Markup {
    let decimals = known.entry.decimals;
    let mark = |line: &LineShown| {
        html! {
            label.tick {
                input type="checkbox" name="line" value=(line.number);
                span { "第 " (line.number) " 行有异议" }
            }
        }
    };
    let mark: Option<&dyn Fn(&LineShown) -> Markup> = can_mark.then_some(&mark);
    let corrections: Vec<&LineShown> =
        known.lines.iter().filter(|line| line.corrects.is_some()).collect();
    html! {
        @if !known.days.is_empty() {
            h2 { "每天的抵扣" }
            @for day in &known.days {
                @let of_day = |line: &&LineShown| line.corrects.is_none() && line.day == day.day;
                @let all: Vec<&LineShown> = known.lines.iter().filter(of_day).collect();
                details.month {
                    summary {
                        (said(&day.day)) "　" (day.totals.lines) " 笔　抵扣 "
                        (yuan(day.totals.off_fen)) " 元　"
                        (parts::points(day.totals.points, decimals)) " 分"
                    }
                    (lines("", &all, decimals, mark))
                }
            }
        }
        @if !corrections.is_empty() {
            h2 { "以前月份的更正" }
            (lines("更正（异议成立的）", &corrections, decimals, mark))
        }
    }
}

/// Takes a step of the bureau; one that is not possible comes back as it was typed.
pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    visit.need(Action::StatementsSettle)?;
    match step(&visit, &id, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/statements/{id}")).into_response()),
        Err(problem)
            if matches!(problem.code, Code::Invalid | Code::Conflict | Code::SamePerson) =>
        {
            let page = page(&visit, id, &form, Some(&problem)).await?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn step(visit: &Visit, id: &str, form: &Form) -> Result<(), Problem> {
    let (state, who) = (visit.state(), visit.who());
    match form.need("do")? {
        "review" => {
            let order = crate::input::Order(form.key()?);
            review(state, who, At(id.to_owned()), order).await.map(drop)
        }
        "settle" => {
            let document = form.need("document")?.to_owned();
            let payment = Payment { document, day: form.text("day").map(ToOwned::to_owned) };
            settle(state, who, At(id.to_owned()), form.write(payment)?).await.map(drop)
        }
        "judge" => {
            let number = form.need("number")?.to_owned();
            let known = read(visit.state(), visit.who(), At(id.to_owned())).await?.0;
            let judging = judging(form, known.entry.decimals)?;
            judge(state, who, At((id.to_owned(), number)), form.write(judging)?).await.map(drop)
        }
        _ => Err(Problem::invalid("do", "请从页面上的按钮中选择")),
    }
}

fn judging(form: &Form, decimals: u8) -> Result<Judging, Problem> {
    let ruling = form.need("ruling")?;
    let upheld = ruling != "dismissed";
    let off_fen = match form.text("off_fen").filter(|_| upheld) {
        Some(_) => crate::stock::yuan(form, "off_fen")?,
        None => Whole(0),
    };
    let decimals = Decimals::new(decimals).unwrap_or_default();
    let points = match form.text("points").filter(|_| upheld) {
        Some(text) => {
            let number: Option<Decimal> = text.parse().ok();
            let points = number.and_then(|number| decimals.exact(number));
            let whole = points.and_then(|points| u32::try_from(points.0).ok());
            whole.map(Whole).ok_or_else(|| Problem::invalid("points", "请填写积分数，例如 10"))?
        }
        None => Whole(0),
    };
    let text = form.need("text")?.to_owned();
    Ok(Judging { upheld, adds: ruling == "more", off_fen, points, text })
}
