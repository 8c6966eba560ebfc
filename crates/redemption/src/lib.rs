//! What points bring: catalogues and who may put one into force, prices, who may have what,
//! orders from reservation to hand-over, paper vouchers, partner shops, stock, and what all of it costs.
//!
//! Nothing here reads a database or asks the clock: facts come in, decisions go out. The points
//! themselves are the ledger's.

pub mod benefit;
pub mod catalogue;
pub mod cost;
pub mod forecast;
pub mod fraud;
pub mod order;
pub mod partner;
pub mod price;
pub mod quote;
pub mod refusal;
pub mod settlement;
pub mod stock;
pub mod voucher;

pub use catalogue::{Catalogue, Level, Signature};
pub use order::{Order, OrderRefusal, State};
pub use partner::{Agreement, Deduction, ShopRefusal};
pub use price::{Bill, Chosen, Line, WrongChoice};
pub use quote::{Facts, Past, Quote, Wish, quote};
pub use refusal::Refusal;
pub use settlement::{SettlementRefusal, Statement};
pub use stock::{Batch, Movement, Shelf, Taken};
pub use voucher::{Voucher, VoucherRefusal, VoucherState};
