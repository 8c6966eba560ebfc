//! What surrounds a page: for residents a heading and a few ways on at the bottom, as phones have
//! them; for staff the menu on the left that they know from their other systems.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use kangji_rights::Action;
use kangji_store::Actor;
use maud::{DOCTYPE, Markup, html};

use super::{assets, edition::Edition, visit::Guest};

/// A page, ready to be sent.
pub(crate) struct Page {
    status: StatusCode,
    text: Markup,
}

impl Page {
    pub(super) fn new(guest: &Guest, title: &str, body: Markup) -> Self {
        Self { status: StatusCode::OK, text: whole(guest, title, &body) }
    }

    /// With another status than fine: a form that is shown again is not an answer.
    pub(crate) fn with(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (self.status, Html(self.text.into_string())).into_response()
    }
}

/// An entry of the staff's menu: its name, its address, and what one has to be allowed for it.
type Entry = (&'static str, &'static str, Action);

/// The menu of staff, grouped by task. Who may do nothing of a group does not see it.
const MENU: [(&str, &[Entry]); 5] = [
    (
        "服务",
        &[
            ("居民", "/residents", Action::ResidentsRead),
            ("待核实的上报", "/reports", Action::RecordsWrite),
            ("待确认", "/confirmations", Action::ConfirmationsDecide),
            ("居民意见", "/opinions", Action::OpinionsAnswer),
            ("导入居民和记录", "/imports", Action::ResidentsWrite),
        ],
    ),
    (
        "村（社区）",
        &[
            ("我的村", "/village", Action::ReportsMake),
            ("上报", "/report", Action::ReportsMake),
            ("核对积分", "/confirmations", Action::ConfirmationsCheck),
            ("登记簿", "/registers/opinions", Action::RegistersKeep),
            ("指标", "/metrics", Action::MetricsPropose),
            ("任务数", "/targets", Action::MetricsRead),
        ],
    ),
    (
        "兑换",
        &[
            ("柜台", "/counter", Action::OrdersHandle),
            ("兑换登记簿", "/counter/orders", Action::OrdersRead),
            ("目录", "/catalogues", Action::CataloguesPropose),
            ("机构", "/institutions", Action::InstitutionsWrite),
            ("导入机构和指标", "/imports", Action::InstitutionsWrite),
            ("库存", "/stock", Action::StockRead),
            ("积分券", "/vouchers", Action::VouchersCheck),
            ("经费和统计", "/figures", Action::OrdersRead),
            ("积分抵扣", "/shop", Action::DeductionsMake),
            ("抵扣记录", "/shop/today", Action::DeductionsRead),
            ("商户协议", "/agreements", Action::AgreementsWrite),
            ("结算单", "/statements", Action::DeductionsRead),
            ("村（社区）积分池", "/pools", Action::PoolsHandOn),
        ],
    ),
    (
        "办法",
        &[
            ("改积分办法", "/schemes", Action::SchemesPublish),
            ("待另一人处理", "/proposals", Action::SchemesPublish),
        ],
    ),
    (
        "监督",
        &[
            ("办法模拟", "/simulations/new", Action::SchemesPublish),
            ("违规案件", "/cases", Action::CasesRead),
            ("违规处理", "/sanctions", Action::SanctionsDecide),
            ("操作日志", "/audit", Action::AuditRead),
            ("账本核验", "/ledger", Action::LedgerVerify),
        ],
    ),
];

/// A way on of residents: its name, its address, and the pages that belong to it.
type Way = (&'static str, &'static str, &'static [&'static str]);

/// The ways on of residents.
const WAYS: [Way; 5] = [
    ("积分", "/my", &["/my/rank", "/my/vouchers", "/my/sanctions"]),
    ("明细", "/my/statement", &["/my/entries", "/my/opinion"]),
    ("商城", "/my/mall", &["/my/orders", "/my/pay-code", "/my/shops"]),
    ("规则", "/rules", &[]),
    ("我的", "/my/account", &["/my/family", "/my/data", "/my/consents"]),
];

fn whole(guest: &Guest, title: &str, body: &Markup) -> Markup {
    let is_large = guest.edition() == Edition::Large;
    html! {
        (DOCTYPE)
        html lang="zh-CN" class=[is_large.then_some("large")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · 康积" }
                link rel="icon" type="image/svg+xml" href=(assets::icon());
                link rel="stylesheet" href=(assets::style());
                script defer src=(assets::script()) {}
            }
            @match guest.who().map(|who| who.principal()) {
                Some(Actor::Staff(_)) => (desk(guest, title, body)),
                Some(Actor::Resident(_)) => (phone(guest, title, body, &WAYS)),
                _ => (phone(guest, title, body, &[])),
            }
        }
    }
}

/// The frame of residents and guests.
fn phone(guest: &Guest, title: &str, body: &Markup, ways: &[Way]) -> Markup {
    html! {
        body.phone {
            a.skip href="#main" { "跳到正文" }
            header.top {
                a.brand href="/" { "康积" }
                (demo_way(guest))
                (edition_button(guest))
            }
            main #main {
                h1 { (title) }
                (body)
            }
            @if !ways.is_empty() {
                nav.ways aria-label="主要页面" {
                    @for (name, address, pages) in ways {
                        @let inside = pages.iter().find_map(|page| current(guest, page));
                        @let inside = inside.map(|_| "true");
                        a href=(address) aria-current=[current(guest, address).or(inside)] {
                            (name)
                        }
                    }
                }
            }
        }
    }
}

/// The frame of staff.
fn desk(guest: &Guest, title: &str, body: &Markup) -> Markup {
    html! {
        body.desk {
            a.skip href="#main" { "跳到正文" }
            header.top {
                a.brand href="/" { "康积" }
                (demo_way(guest))
                (edition_button(guest))
                a.quiet href="/tasks" { "任务" }
                a.quiet href="/account" { "账号" }
                (sign_out(guest))
            }
            nav.menu aria-label="菜单" {
                @for (group, entries) in MENU {
                    @let entries = entries.iter().filter(|(_, _, action)| guest.may(*action));
                    @let entries: Vec<_> = entries.collect();
                    @if !entries.is_empty() {
                        h2 { (group) }
                        ul {
                            @for (name, address, _) in entries {
                                li {
                                    a href=(address) aria-current=[current(guest, address)] {
                                        (name)
                                    }
                                }
                            }
                        }
                    }
                }
                h2 { "查阅" }
                ul {
                    li { a href="/rules" aria-current=[current(guest, "/rules")] { "积分办法" } }
                    li {
                        a href="/mall/catalogue" aria-current=[current(guest, "/mall/catalogue")] {
                            "积分能换什么"
                        }
                    }
                    li { a href="/shops" aria-current=[current(guest, "/shops")] { "收积分的商户" } }
                }
            }
            main #main {
                h1 { (title) }
                (body)
            }
        }
    }
}

/// Whether this is the page of a way, or one below it.
fn current(guest: &Guest, address: &str) -> Option<&'static str> {
    let path = guest.path();
    let below = |entry: &str| path.strip_prefix(entry).is_some_and(|rest| rest.starts_with('/'));
    // A page belongs to the entry that is closest above it.
    let closer = MENU
        .iter()
        .flat_map(|(_, entries)| *entries)
        .any(|(_, entry, _)| entry.len() > address.len() && (*entry == path || below(entry)));
    match path == address {
        true => Some("page"),
        false => (address != "/my" && below(address) && !closer).then_some("true"),
    }
}

/// The way back to the start of a demonstration.
fn demo_way(guest: &Guest) -> Markup {
    html! { @if !guest.app().cast().is_empty() { a.quiet href="/demo" { "演示" } } }
}

fn edition_button(guest: &Guest) -> Markup {
    let (other, says) = guest.edition().other();
    html! {
        form.inline method="post" action="/edition" {
            input type="hidden" name="edition" value=(other.word());
            input type="hidden" name="to" value=(guest.path());
            button.quiet type="submit" { (says) }
        }
    }
}

/// The button that ends the session.
pub(crate) fn sign_out(guest: &Guest) -> Markup {
    let csrf = guest.who().and_then(|who| who.csrf());
    html! {
        form.inline method="post" action="/sign-out" {
            input type="hidden" name="csrf" value=(csrf.unwrap_or_default());
            button.quiet type="submit" { "退出" }
        }
    }
}
