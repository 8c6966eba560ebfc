//! The books of each scheme: where every point is now, from two sides that must agree.

use axum::{Json, extract::State};
use kangji_rights::{Action, Permit};
use kangji_store::{Books as Sums, Subject};
use maud::{Markup, html};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    pages::{
        Page, Visit,
        parts::{self, Column, Tone},
    },
    problem::{Problem, ReadProblems},
    signed::Signed,
};

/// Where the points of a scheme are, in its smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Books {
    /// The scheme.
    scheme: String,
    /// Its title.
    title: String,
    /// The decimal places of its points.
    decimals: u8,
    /// Credited and not taken back.
    issued: i64,
    /// Spent for orders.
    ordered: i64,
    /// Spent at partner shops.
    deducted: i64,
    /// Set aside for orders that wait.
    held: i64,
    /// On vouchers with residents.
    on_vouchers: i64,
    /// On lost vouchers.
    lost: i64,
    /// Expired or cleared.
    expired: i64,
    /// Taken by sanctions.
    forfeited: i64,
    /// What can be redeemed, less what is short.
    outstanding: i64,
    /// What both sides differ by: 0, unless something is wrong.
    difference: i64,
}

/// The books of all schemes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AllBooks {
    items: Vec<Books>,
}

/// See where all points of each scheme are now. All entries are read.
#[utoipa::path(
    get, path = "/ledger/books", tag = "ledger",
    responses(
        (status = 200, body = AllBooks),
        ReadProblems,
    ),
)]
pub(super) async fn list(State(app): State<App>, who: Signed) -> Result<Json<AllBooks>, Problem> {
    let read = |app: &App, _: &Permit| {
        let store = app.store();
        let mut items = Vec::new();
        for scheme in store.schemes()?.iter().filter_map(|versions| versions.last()) {
            let sums = store.books(&scheme.id)?;
            items.push(told(&scheme.id, &scheme.title, scheme.decimals.places(), &sums));
        }
        Ok(Json(AllBooks { items }))
    };
    app.reading(&who, Action::LedgerVerify, Subject::None, read).await
}

fn told(scheme: &str, title: &str, decimals: u8, sums: &Sums) -> Books {
    Books {
        scheme: scheme.to_owned(),
        title: title.to_owned(),
        decimals,
        issued: sums.issued.0,
        ordered: sums.ordered.0,
        deducted: sums.deducted.0,
        held: sums.held.0,
        on_vouchers: sums.on_vouchers.0,
        lost: sums.lost.0,
        expired: sums.expired.0,
        forfeited: sums.forfeited.0,
        outstanding: sums.outstanding.0,
        difference: sums.difference().0,
    }
}

/// `/ledger/books`
pub(super) async fn show(visit: Visit) -> Result<Page, Problem> {
    let all = list(visit.state(), visit.who()).await?.0;
    let body = html! {
        p { "发出去的每一分，现在在哪里：已兑换、已抵扣、预留、在券上、过期、处罚清零，或者还可以兑换。左边按账本的分录加总，右边按兑换单、抵扣和积分券加总，两边必须相等。" }
        @for books in &all.items { (sheet(books)) }
        @if all.items.is_empty() { (parts::empty("还没有公布办法。", html! {})) }
        p { a.button href="/ledger" { "核验账本" } }
    };
    Ok(visit.page("积分总账", body))
}

fn sheet(books: &Books) -> Markup {
    let points = |units: i64| html! { (parts::points(units, books.decimals)) };
    let columns = [Column::Text("去向"), Column::Number("积分")];
    let lines = [
        ("已发出（得分减冲回）", books.issued),
        ("兑换", books.ordered),
        ("商户抵扣", books.deducted),
        ("订单预留", books.held),
        ("在居民手里的积分券上", books.on_vouchers),
        ("在遗失的积分券上", books.lost),
        ("过期、清零", books.expired),
        ("处罚清零", books.forfeited),
        ("账户里可兑换（减待补足）", books.outstanding),
    ];
    let row = |(name, units): &(&str, i64)| vec![html! { (name) }, points(*units)];
    let rows: Vec<Vec<Markup>> = lines.iter().map(row).collect();
    let (tone, says) = match books.difference {
        0 => (Tone::Good, html! { "两边相等，一分不差。" }),
        _ => (Tone::Bad, html! { "两边相差 " (points(books.difference)) " 分，请核验账本。" }),
    };
    html! {
        section {
            h2 { (books.title) }
            (parts::table("积分的去向", &columns, &rows))
            (parts::notice(tone, "平衡", html! { p { (says) } }))
        }
    }
}
