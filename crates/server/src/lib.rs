//! The HTTP server: sign-in, rights, the API. A folder or file for each resource holds its
//! handlers; what they share is [`app`], [`signed`], [`input`] and [`problem`].
//!
//! It decides nothing about points: it checks who asks, calls the store, and shows what it says.

mod agreements;
pub mod app;
mod attempts;
mod audit;
pub mod calls;
mod cases;
mod catalogues;
mod clients;
pub mod config;
mod confirmations;
mod costs;
mod deductions;
pub mod demo;
mod etag;
mod figures;
pub mod input;
mod institutions;
mod invitations;
pub mod key_files;
mod ledger;
mod mall;
mod me;
mod metrics;
mod my;
mod oauth;
mod oidc;
mod openapi;
mod operations;
mod opinions;
mod orders;
pub mod origin;
mod pages;
pub mod password;
pub mod people;
mod points;
mod pools;
pub mod problem;
mod proposals;
mod records;
mod residents;
mod router;
pub mod run;
mod sanctions;
pub mod scheduler;
mod schemes;
mod serve;
mod session;
mod sign_in;
pub mod signed;
mod sms;
mod staff_seal;
mod statements;
mod stock;
pub mod tasks;
mod telemetry;
pub mod token;
mod totp;
mod users;
mod vouchers;

pub use invitations::first_administrator;
pub use pages::addresses as page_addresses;
pub use router::{api, router};
pub use serve::{ServeError, listen, serve};
