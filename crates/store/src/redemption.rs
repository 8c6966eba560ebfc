//! What points bring: institutions, catalogues, stock, orders, costs. What is decided is decided in
//! `kangji_redemption` and in the ledger; here it is loaded and written.

pub(crate) mod catalogues;
mod institutions;
mod mall;
pub(crate) mod ordering;
mod orders;
mod reading;
pub(crate) mod sample;
mod shelves;
mod shopping;

pub use catalogues::{
    CatalogueQuery, CatalogueState, ItemFault, NewCatalogue, NotProposed, ProposedCatalogue, Step,
};
pub use institutions::Institution;
pub use mall::{Counter, Offered};
pub use ordering::{NotOrdered, OrderAct, OrderAnswer, OrderCommand, OrderTold};
pub use reading::OrderQuery;
