//! A statement on paper: what both sides sign and seal.

use kangji_core::Moment;
use maud::{Markup, html};

use super::{lines, month, yuan};
use crate::{
    input::At,
    pages::{
        Page, Visit,
        parts::{self, Column},
    },
    points::pages::statement::said,
    problem::Problem,
    statements::{
        show as read,
        shown::{LineShown, ObjectionShown, StatementText, SumShown},
    },
};

pub(super) async fn show(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let known = read(visit.state(), visit.who(), At(id)).await?.0;
    let entry = &known.entry;
    let all: Vec<&LineShown> = known.lines.iter().collect();
    let drawn = Moment::from_millis(entry.drawn.at);
    let body = html! {
        p.buttons.no-print {
            button.main type="button" data-print { "打印" }
            a.button.quiet href=(format!("/statements/{}", entry.id)) { "回到结算单" }
        }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
        (parts::facts(&[
            ("商户", html! { (entry.shop_name) "（" (entry.shop) "）" }),
            ("积分办法", html! { (entry.title) }),
            ("状态", html! { (entry.state.chinese()) }),
            ("应结算", html! { strong { (yuan(entry.totals.off_fen)) " 元" } }),
            ("抵扣积分", html! { (parts::points(entry.totals.points, entry.decimals)) " 分" }),
            ("付款凭证", html! {
                @match &entry.settled {
                    Some(payment) => { (payment.document) "，" (said(&payment.day)) }
                    None => { "—" }
                }
            }),
        ]))
        (by_day(&known))
        (objections(&known.objections))
        (signatures())
        (lines("明细", &all, entry.decimals, None))
        p.small { "编号 " (entry.id) "，" (drawn) " 生成。结算单生成后不再改动，更正列入以后月份。" }
    };
    Ok(visit.page(&format!("{}积分抵扣结算单", month(&entry.period)), body))
}

fn by_day(known: &StatementText) -> Markup {
    let columns = [
        Column::Text("日期"),
        Column::Number("笔数"),
        Column::Number("应付（元）"),
        Column::Number("抵扣（元）"),
        Column::Number("积分"),
    ];
    let row = |name: &str, sum: &SumShown| {
        vec![
            html! { (name) },
            html! { (sum.lines) },
            html! { (yuan(sum.bill_fen)) },
            html! { (yuan(sum.off_fen)) },
            html! { (parts::points(sum.points, known.entry.decimals)) },
        ]
    };
    let mut rows: Vec<_> = known.days.iter().map(|day| row(&day.day, &day.totals)).collect();
    if known.corrections.lines > 0 {
        rows.push(row("以前月份的更正", &known.corrections));
    }
    rows.push(row("合计", &known.entry.totals));
    parts::table("每日合计", &columns, &rows)
}

fn objections(all: &[ObjectionShown]) -> Markup {
    html! {
        @if !all.is_empty() {
            h2 { "异议和答复" }
            ol {
                @for one in all {
                    li {
                        @match one.line {
                            Some(line) => { "第 " (line) " 行：" }
                            None => { "漏记：" }
                        }
                        (one.text)
                        @if let Some(verdict) = &one.verdict {
                            "。答复：" @if verdict.upheld { "成立，" } @else { "不成立，" } (verdict.text)
                        }
                    }
                }
            }
        }
    }
}

fn signatures() -> Markup {
    html! {
        div.seals {
            @for side in ["商户（盖章）", "主管部门（盖章）"] {
                div.seal {
                    p { (side) }
                    p.signatures { span { "经办人签字" } span { "日期" } }
                }
            }
        }
    }
}
