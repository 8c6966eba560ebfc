//! The words of the commands about paper vouchers.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum VoucherCommand {
    /// 验真：二维码里的文字是不是这把公钥对应的密钥签发的，有没有被改过；不联网，不用数据库
    Check(VoucherCheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct VoucherCheckArgs {
    /// 签券密钥的公钥（PEM），从 /api/v1/vouchers/key 取得
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// 二维码里的文字，以 KJ1. 开头
    pub(crate) text: String,
}
