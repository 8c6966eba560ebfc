//! The statement of a resident as staff read it, and on paper in large print.

use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Scheme, accounts, of_these_on_vouchers, on_vouchers, schemes,
    statement::{self, Context, said},
    statement_of, wards,
};
use crate::{
    input::{At, Search},
    pages::{
        Page, Visit,
        parts::{self, qr},
    },
    points::{accounts::Account, statement::Statement},
    problem::{Code, Problem},
    residents::{
        self, Resident,
        pages::{at_desk, name},
    },
};

/// Under which scheme; the one somebody has points under unless it is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    scheme: Option<String>,
}

/// What both pages show.
struct Sheet {
    resident: Resident,
    accounts: Vec<Account>,
    schemes: Vec<Scheme>,
    scheme: String,
    statement: Statement,
    wards: Vec<(String, String)>,
}

impl Sheet {
    async fn of(visit: &Visit, id: &str, which: Which) -> Result<Option<Self>, Problem> {
        at_desk(visit)?;
        if !visit.may(Action::PointsRead) {
            return Err(Code::Forbidden.into());
        }
        let id = id.to_owned();
        let (_, known) = residents::show(visit.state(), visit.who(), At(id.clone())).await?;
        let resident = known.0;
        let accounts = accounts(visit, &id).await?.ok_or(Code::NotFound)?;
        let schemes = schemes(visit, &resident, Some(&accounts)).await?;
        let first = schemes.first().map(|scheme| scheme.id.clone());
        let Some(scheme) = which.scheme.or(first) else { return Ok(None) };
        let statement = statement_of(visit, &id, &scheme).await?;
        let wards = wards(visit, &statement).await?;
        Ok(Some(Self { resident, accounts, schemes, scheme, statement, wards }))
    }

    fn account(&self) -> Option<&Account> {
        self.accounts.iter().find(|account| account.scheme == self.scheme)
    }

    fn context(&self) -> Context<'_> {
        Context { scheme: &self.scheme, wards: &self.wards }
    }
}

/// How a scheme is called.
pub(crate) fn called<'a>(schemes: &'a [Scheme], id: &'a str) -> &'a str {
    schemes.iter().find(|scheme| scheme.id == id).map_or(id, |scheme| &scheme.title)
}

pub(crate) async fn statement_page(
    visit: Visit,
    At(id): At<String>,
    Search(which): Search<Which>,
) -> Result<Page, Problem> {
    let Some(sheet) = Sheet::of(&visit, &id, which).await? else {
        return Ok(visit.page("积分明细", no_scheme(&id)));
    };
    let body = html! {
        p { a href=(format!("/residents/{id}")) { "← 回到" (name(&sheet.resident)) } }
        (choice(&sheet, "statement"))
        p.lead { (sheet.statement.scheme) "，截至" (said(&sheet.statement.as_of)) }
        @if let Some(account) = sheet.account() {
            p { "可兑换 " strong { (parts::points(account.redeemable, account.decimals)) } " 分" }
            (on_vouchers(account.on_vouchers, account.decimals))
        }
        (statement::statement(&sheet.statement, sheet.context()))
        p.buttons { a.button href=(paper_of(&sheet)) { "打印大字积分单" } }
    };
    Ok(visit.page("积分明细", body))
}

fn paper_of(sheet: &Sheet) -> String {
    format!("/residents/{}/paper?scheme={}", sheet.resident.id, sheet.scheme)
}

/// The ways to the other schemes that concern the person.
fn choice(sheet: &Sheet, page: &str) -> Markup {
    let id = &sheet.resident.id;
    html! {
        @if sheet.schemes.len() > 1 {
            p.buttons {
                @for scheme in &sheet.schemes {
                    @let is_this = (scheme.id == sheet.scheme).then_some("page");
                    a.button.quiet href=(format!("/residents/{id}/{page}?scheme={}", scheme.id))
                        aria-current=[is_this] { (scheme.title) }
                }
            }
        }
    }
}

fn no_scheme(id: &str) -> Markup {
    parts::empty(
        "这位居民居住的地方还没有发布积分办法。",
        html! { a.button href=(format!("/residents/{id}")) { "回到居民" } },
    )
}

/// Large print for those without a phone: who, how much, what lapses, what still earns, and why
/// what was recorded counted or did not.
pub(crate) async fn paper(
    visit: Visit,
    At(id): At<String>,
    Search(which): Search<Which>,
) -> Result<Page, Problem> {
    let Some(sheet) = Sheet::of(&visit, &id, which).await? else {
        return Ok(visit.page("积分单", no_scheme(&id)));
    };
    let body = html! {
        p.no-print { a href=(format!("/residents/{id}")) { "← 回到" (name(&sheet.resident)) } }
        div.no-print { (choice(&sheet, "paper")) }
        p.buttons { button.main type="button" data-print { "打印" } }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
        (on_paper(&sheet))
    };
    Ok(visit.page("积分单", body))
}

fn on_paper(sheet: &Sheet) -> Markup {
    let Sheet { resident, statement, .. } = sheet;
    let document = resident.document.as_ref().map(|document| document.number.as_str());
    html! {
        article.paper {
            header.head {
                div {
                    p.scheme { (statement.scheme) }
                    p { (name(resident)) " " (document.unwrap_or_default()) }
                    p { "截至" (said(&statement.as_of)) }
                }
                // Read at the counter instead of typing a number.
                figure.qr { (qr(&resident.id)) figcaption { "柜台扫码" } }
            }
            @match sheet.account() {
                Some(account) => (balances(account)),
                None => p { "还没有积分。" },
            }
            @for notice in &statement.notices { p { strong { (notice) "。" } } }
            (ahead(sheet))
            (counted(statement))
            (not_counted(statement))
            p.small { "对积分有疑问，请到柜台询问，或写下意见交给工作人员。" }
        }
    }
}

fn balances(account: &Account) -> Markup {
    let text = |units| parts::points(units, account.decimals);
    html! {
        p.balances {
            span { "总积分 " strong { (text(account.total)) } " 分" }
            span { "可兑换 " strong { (text(account.redeemable)) } " 分" }
        }
        (on_vouchers(account.on_vouchers, account.decimals))
        @for lapse in &account.expiring {
            p {
                (text(lapse.points)) " 分" (of_these_on_vouchers(lapse, account.decimals))
                (said(&lapse.date)) "起失效，请尽早使用。"
            }
        }
    }
}

fn counted(statement: &Statement) -> Markup {
    html! {
        @if !statement.counted.is_empty() {
            h2 { "得到的积分" }
            ul.entries {
                @for award in &statement.counted {
                    li {
                        p.head {
                            strong { (award.title) }
                            span.points { (parts::change(award.points, statement.decimals)) "分" }
                        }
                        @for line in &award.lines {
                            p { (said(&line.date)) "：" (line.reason) }
                        }
                    }
                }
            }
        }
    }
}

fn not_counted(statement: &Statement) -> Markup {
    let both = [("没有计分的", &statement.not_counted), ("正在等待的", &statement.waiting)];
    html! {
        @for (title, lines) in both {
            @if !lines.is_empty() {
                h2 { (title) }
                ul.entries {
                    @for line in lines {
                        li { p { (said(&line.date)) " " strong { (line.title) } "：" (line.reason) } }
                    }
                }
            }
        }
    }
}

fn ahead(sheet: &Sheet) -> Markup {
    html! {
        @if !sheet.statement.prospects.is_empty() {
            h2 { "接下来可以得分" }
            (statement::prospects(&sheet.statement.prospects, sheet.statement.decimals, sheet.context()))
        }
        @if !sheet.statement.ways.is_empty() {
            h2 { "怎样得分" }
            ul { @for way in &sheet.statement.ways { li { (way) } } }
        }
    }
}
