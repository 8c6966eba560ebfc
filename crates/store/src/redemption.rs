//! What points bring: institutions, catalogues, stock, orders, costs. What is decided is decided in
//! `kangji_redemption` and in the ledger; here it is loaded and written.

mod books;
pub(crate) mod catalogues;
mod costs;
mod figures;
pub(crate) mod institutions;
mod mall;
pub(crate) mod ordering;
mod orders;
mod reading;
pub(crate) mod sample;
mod shelves;
mod shopping;
mod stock;

#[cfg(test)]
pub(crate) mod sample_stock;

pub use books::Books;
pub(crate) use institutions::covered;
pub(crate) use shopping::is_open;

pub use catalogues::{
    CatalogueQuery, CatalogueState, ItemFault, NewCatalogue, NotProposed, ProposedCatalogue, Step,
};
pub use costs::{Cost, CostQuery, NewCost};
pub use figures::{
    Figures, FiguresQuery, ItemFigures, Outstanding, PUBLIC_RATERS_MIN, Satisfaction, Spent,
};
pub use institutions::Institution;
pub use mall::{Counter, Offered, Quoted};
pub use ordering::{NotOrdered, OrderAct, OrderAnswer, OrderCommand, OrderTold};
pub use reading::{OrderDate, OrderQuery};
pub use stock::{
    CountFault, Counted, NotCounted, Receipt, StockBatch, StockEntry, StockQuery, StockedGood,
    WriteOff,
};
