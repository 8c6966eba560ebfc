//! `kangji ledger …`: one file for each.

pub(crate) mod books;
pub(crate) mod catch_up;
pub(crate) mod checkpoint;
pub(crate) mod close;
pub(crate) mod compare;
pub(crate) mod show;
pub(crate) mod verify;
