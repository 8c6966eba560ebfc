//! The HTTP server: sign-in, rights, the API. A folder or file for each resource holds its
//! handlers; what they share is [`app`], [`signed`], [`input`] and [`problem`].
//!
//! It decides nothing about points: it checks who asks, calls the store, and shows what it says.

pub mod app;
pub mod config;
pub mod input;
mod metrics;
pub mod origin;
pub mod password;
pub mod problem;
mod router;
mod serve;
mod sign_in;
pub mod signed;
mod telemetry;
pub mod token;

pub use router::{api, router};
pub use serve::{ServeError, listen, serve};
