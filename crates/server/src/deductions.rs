//! Deductions at partner shops (P7): what points take off a bill, of whoever shows a document or
//! a pay code. What a cashier is told is yes or no, how many points, what comes off and what is
//! left to collect: never who somebody is, nor what the points were earned with (A1).
//!
//! What is possible is decided in `kangji_redemption::partner` and in the store.

mod bill;
pub(crate) mod pages;
pub(crate) mod pay_code;
mod payer;
mod read;
mod steps;

use kangji_core::Decimals;
use kangji_redemption::ShopRefusal;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    problem::{Problem, Reason},
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list, steps::make))
        .routes(routes!(read::total))
        .routes(routes!(read::show))
        .routes(routes!(steps::quote))
        .routes(routes!(steps::cancel))
        .routes(routes!(pay_code::give))
}

/// Why nothing is taken off.
fn reason(why: &ShopRefusal, decimals: Decimals) -> Reason {
    let says = why.chinese(|points| decimals.short(points));
    Reason { code: why.code(), says, missing: None }
}

fn refused(why: &ShopRefusal, decimals: Decimals) -> Problem {
    Problem::refused(vec![reason(why, decimals)])
}
