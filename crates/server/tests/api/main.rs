//! The API as its callers see it, on both databases. Files mirror addresses.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails says where")]

mod audit;
mod catalogue_pages;
mod catalogues;
mod clients;
mod confirmation_pages;
mod confirmations;
mod costs;
mod counter;
mod counter_pages;
mod desk;
mod desk_account;
mod institutions;
mod invitations;
mod ledger;
mod mall;
mod me;
mod metrics;
mod my;
mod openapi;
mod opinions;
mod own;
mod pages;
mod personal_data;
mod points;
mod proposals;
mod record_pages;
mod records;
mod residents;
mod rights;
mod rules;
mod scheduler;
mod schemes;
mod shop;
mod sign_in;
mod sign_in_oidc;
mod sign_in_resident;
mod sockets;
mod stock;
mod support;
mod town;
mod turns;
mod users;
