//! One module for each command.

pub(crate) mod backup;
pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod migrate;
pub(crate) mod post;
pub(crate) mod publish;
pub(crate) mod restore;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod voucher;
