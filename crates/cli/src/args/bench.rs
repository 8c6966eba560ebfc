//! The arguments of `kangji bench`.

use clap::{Args, Subcommand};
use kangji_store::Location;

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// 预留再兑付：每秒多少笔，对比手写 SQL 一笔一个事务；最后一行是 ratio
    Redeem(RedeemArgs),
    /// 带库存的兑换单：每秒多少张，平摊到各项和五分之一都要同一项时各是多少；最后一行是 ratio
    Order(OrderArgs),
    /// 一个账户有一万个小批次：兑付其中十个、兑付全部各要多久
    Lots(PlaceArgs),
    /// 给已有五百条记录的人再记一条并入账，要等多久
    Posting(PostingArgs),
    /// 一百万条结果入空账本，对比把同样的分录直接复制进表
    Load(LoadArgs),
    /// 虚构的居民有一年的记录，模拟另一版办法要多久
    Simulate(SimulateArgs),
}

/// Where it is measured.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// 在哪个空数据库里测：文件路径或 postgres://……；不写则用临时文件
    #[arg(long, value_name = "LOCATION")]
    pub(crate) database: Option<Location>,
}

#[derive(Debug, Args)]
pub(crate) struct RedeemArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// 账户数；五分之一的操作都落在其中一个
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) accounts: u64,
    /// 同时操作的人数
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub(crate) clients: usize,
    /// 双方各测几秒
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) seconds: u64,
}

#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// 有积分的人数
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) people: u64,
    /// 目录里有几项
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) items: u16,
    /// 同时下单的人数
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(crate) clients: usize,
    /// 两种情形各测几秒
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) seconds: u64,
}

#[derive(Debug, Args)]
pub(crate) struct PostingArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// 每秒交来几条
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
}

#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// 结果条数
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) outcomes: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// 居民人数
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    pub(crate) people: u32,
    /// 同时计分的线程数
    #[arg(long, value_name = "N", default_value = "2")]
    pub(crate) threads: std::num::NonZeroUsize,
}
