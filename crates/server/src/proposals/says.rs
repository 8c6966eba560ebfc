//! What a proposal says, for whoever decides it on a page; a version of a scheme has a page of its
//! own.

use kangji_core::vocabulary::Vocabulary;
use maud::{Markup, html};

use super::{
    Content, HandOnWanted, LiftWanted, MetricWanted, SanctionText, VoidRecordsWanted,
    content::{AdjustmentWanted, ErasureWanted, WriteOffWanted},
};
use crate::pages::parts;

/// A fact and its name.
type Fact = (&'static str, Markup);

fn text(text: &str) -> Markup {
    html! { (text) }
}

fn days(from: &str, to: &str) -> Markup {
    html! { (from) " 至 " (to) }
}

/// Which records are to be void, and why.
fn voided(wanted: &VoidRecordsWanted, words: &Vocabulary) -> Vec<Fact> {
    let VoidRecordsWanted { institution, from, to, kinds, reason } = wanted;
    let labels: Vec<&str> = kinds.iter().map(|kind| words.kind_label(kind)).collect();
    let which = if labels.is_empty() { "所有服务".to_owned() } else { labels.join("、") };
    vec![
        ("事项", text("作废机构的不实记录")),
        ("机构", text(institution)),
        ("服务日期", days(from, to)),
        ("服务", text(&which)),
        ("查实的情况", text(reason)),
    ]
}

/// Where it is seen what that would change now.
fn seen(VoidRecordsWanted { institution, from, to, kinds, .. }: &VoidRecordsWanted) -> String {
    let kind = kinds.first().map(|kind| format!("&kind={kind}")).unwrap_or_default();
    format!("/sanctions/forged?institution={institution}&from={from}&to={to}{kind}")
}

/// The facts of a proposal, and the way to what it is about.
pub(crate) fn says(id: &str, content: &Content, words: &Vocabulary) -> Markup {
    let way = |to: String, label: &str| html! { p { a.button href=(to) { (label) } } };
    let none = || html! {};
    let (facts, way) = match content {
        Content::PublishScheme(_) => (vec![("事项", text("公布办法的新版本"))], none()),
        Content::Sanction(SanctionText { holder, from, to, article, referred_to, reason }) => {
            let points = html! {
                @match article {
                    Some(article) => { "总积分和可兑换积分清零，依据" (article) }
                    None => { "已有积分保留" }
                }
            };
            let facts = vec![
                ("对象编号", text(holder)),
                ("不得分的日子", days(from, to)),
                ("积分", points),
                ("移送", text(referred_to.as_deref().unwrap_or("不移送"))),
                ("事由", text(reason)),
            ];
            (facts, none())
        }
        Content::Lift(LiftWanted { sanction, reason }) => (
            vec![("事项", text("撤销违规处理")), ("理由", text(reason))],
            way(format!("/sanctions/{sanction}"), "看原来的处理"),
        ),
        Content::VoidRecords(wanted) => (voided(wanted, words), way(seen(wanted), "看现在的影响")),
        Content::Metric(MetricWanted { community, year, name, value, evidence }) => {
            let facts = vec![
                ("社区", text(community)),
                ("年份", html! { (year.0) }),
                ("指标", text(name)),
                ("数值", text(value)),
                ("依据", text(evidence)),
            ];
            (facts, none())
        }
        Content::Erase(ErasureWanted { resident, reason }) => {
            (vec![("居民编号", text(resident)), ("理由", text(reason))], none())
        }
        Content::Adjust(AdjustmentWanted { account, points, reason }) => {
            let facts =
                vec![("账户", text(account)), ("积分", text(points)), ("理由", text(reason))];
            (facts, none())
        }
        Content::WriteOff(WriteOffWanted { account, institution, reason }) => {
            let facts = vec![
                ("账户", text(account)),
                ("承担的机构", text(institution)),
                ("理由", text(reason)),
            ];
            (facts, none())
        }
        Content::HandOn(HandOnWanted { pool, reason, .. }) => {
            (vec![("理由", text(reason))], way(format!("/pools/{pool}/lists/{id}"), "看名单"))
        }
    };
    html! { (parts::facts(&facts)) (way) }
}
