//! The API as its callers see it, on both databases. Files mirror addresses.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod clients;
mod invitations;
mod me;
mod metrics;
mod own;
mod personal_data;
mod residents;
mod rights;
mod sign_in;
mod sign_in_oidc;
mod sign_in_resident;
mod support;
mod users;
