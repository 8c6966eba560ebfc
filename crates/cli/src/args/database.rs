//! The words of the commands that work with a database.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kangji_core::Day;
use kangji_store::Location;

use super::{Format, TableArgs, day};

/// Where the database is.
#[derive(Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// 数据库：一个文件，或 postgres://用户:口令@主机/库名（带口令时宜用环境变量）
    #[arg(long, value_name = "DB", env = "KANGJI_DATABASE", hide_env_values = true)]
    #[arg(default_value = "kangji.db", value_parser = location)]
    pub(crate) database: Location,
}

/// The database and the words its schemes are written in.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    #[command(flatten)]
    pub(crate) at: DatabaseArgs,
    /// 另行声明的记录属性
    #[arg(long, value_name = "FILE")]
    pub(crate) vocabulary: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// 建好后就公布的办法文件；有几个就写几次，次序不限
    #[arg(long, value_name = "FILE")]
    pub(crate) scheme: Vec<PathBuf>,
    /// 签名密钥写到这个文件；不写则为“数据库文件名.key.pem”
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) tables: TableArgs,
    /// 积分记到哪一天（含当天）；不写则到今天。写得更早，那天以后已记的得分会冲回
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) as_of: Option<Day>,
    /// 更正的原因；更正影响已结账的日期时必须写
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// 只存事实，暂不记积分
    #[arg(long)]
    pub(crate) no_post: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PostArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// kangji score 写出的结果表
    pub(crate) outcomes: PathBuf,
    /// 更正的原因；更正影响已结账的日期时必须写
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// 只处理表里有的持有人；不写则表里没有的人的得分全部冲回
    #[arg(long)]
    pub(crate) only_listed: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// 查看一个人的积分账户：余额、每一笔、将到期的积分
    Show(ShowArgs),
    /// 核验账本：哈希链、余额、签过名的检查点
    Verify(VerifyArgs),
    /// 按全部事实重新计算，与账本逐笔比较
    Compare(CompareArgs),
    /// 每个办法的积分总账：发出去的每一分现在在哪里，两边是否相等
    Books(BooksArgs),
    /// 把到今天为止应记的积分补记入账：到期的周期项目、日期已到的记录
    CatchUp(CatchUpArgs),
    /// 结账：这一天及以前的积分，以后写明原因才能更正
    Close(CloseArgs),
    /// 现在做一个检查点，签名，并写到库外的文件
    Checkpoint(CheckpointArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// 积分持有人的编号：居民、协助人或社区
    pub(crate) holder: String,
    /// 只看这个办法的账户
    #[arg(long, value_name = "ID")]
    pub(crate) scheme: Option<String>,
    /// 输出的格式
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// What a ledger is held against.
#[derive(Debug, Args)]
pub(crate) struct ProofArgs {
    /// 库外保存检查点的文件；没有它，数据库被换回旧状态查不出
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoints: Option<PathBuf>,
    /// 签名密钥或它的公钥；没有它，别人另签的检查点查不出
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) at: DatabaseArgs,
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BooksArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// 算到哪一天（含当天）；不写则到今天
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) as_of: Option<Day>,
    /// 输出的格式
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct CatchUpArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// 积分记到哪一天（含当天）；不写则到今天。写得更早，那天以后已记的得分会冲回
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) as_of: Option<Day>,
    /// 更正的原因；更正影响已结账的日期时必须写
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// 办法的编号
    #[arg(long, value_name = "ID")]
    pub(crate) scheme: String,
    /// 结到哪一天（含当天），不能撤回
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) through: Day,
}

#[derive(Debug, Args)]
pub(crate) struct CheckpointArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// 签名密钥
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// 库外保存检查点的文件；只往后添，宜放在别的机器或介质上
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoints: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// 做到时该做的事：退回到时的预留、清理过期的积分、每天一个检查点。可以重复运行
    Run(JobsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// 签名密钥；不写则不做检查点
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// 库外保存检查点的文件
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) checkpoints: Option<PathBuf>,
    /// 补做到哪一天（含当天）；不写则到此刻
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) today: Option<Day>,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub(crate) at: DatabaseArgs,
    /// 备份写到这个文件；已有的文件不覆盖
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    pub(crate) at: DatabaseArgs,
    /// 备份文件
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
}

fn location(text: &str) -> Result<Location, String> {
    let Ok(location) = text.parse();
    Ok(location)
}
