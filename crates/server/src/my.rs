//! The pages of residents about their points and those of the children they look after. They are
//! made for phones and for large type; every one of them works without script.

mod account;
mod consents;
mod data;
mod entries;
mod family;
pub(crate) mod mall;
mod opinion;
mod orders;
mod overview;
mod pay_code;
mod people;
mod rank;
pub(crate) mod shops;
mod statement;
mod vouchers;

use crate::{pages::Pages, sanctions};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/my", overview::show)
        .get("/my/statement", statement::show)
        .get("/my/entries", entries::show)
        .get("/my/rank", rank::show)
        .post("/my/rank", rank::choose)
        .get("/my/mall", mall::show)
        .get("/my/mall/{catalogue}/{item}", mall::item::show)
        .post("/my/mall/{catalogue}/{item}", mall::item::reckon)
        .get("/my/pay-code", pay_code::ask)
        .post("/my/pay-code", pay_code::give)
        .get("/my/shops", shops::show)
        .get("/my/orders", orders::list)
        .post("/my/orders", mall::item::order)
        .get("/my/orders/{id}", orders::show)
        .post("/my/orders/{id}/cancel", orders::cancel)
        .post("/my/orders/{id}/rating", orders::rate)
        .get("/my/vouchers", vouchers::show)
        .get("/my/sanctions", sanctions::my_page)
        .get("/my/opinion", opinion::show)
        .post("/my/opinion", opinion::give)
        .get("/my/account", account::show)
        .get("/my/family", family::show)
        .get("/my/data", data::show)
        .post("/my/data", data::ask)
        .get("/my/consents", consents::show)
        .post("/my/consents", consents::choose)
}
