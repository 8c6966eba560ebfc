//! The words of the command line.

mod bench;
mod database;
mod keys;
mod vouchers;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use kangji_core::{Day, DivisionPrefix};

pub(crate) use bench::{
    BenchCommand, LoadArgs, OrderArgs, PlaceArgs, PostingArgs, RedeemArgs, SimulateArgs,
};
pub(crate) use database::{
    BackupArgs, BooksArgs, CatchUpArgs, CheckpointArgs, CloseArgs, CompareArgs, DatabaseArgs,
    ImportArgs, InitArgs, JobsArgs, JobsCommand, LedgerCommand, PostArgs, ProofArgs, RestoreArgs,
    ShowArgs, StoreArgs, VerifyArgs,
};
pub(crate) use keys::{KeyFileArgs, KeysCommand, RewrapArgs, RotateArgs};
pub(crate) use vouchers::{VoucherCheckArgs, VoucherCommand};

/// 康积：居民健康积分。
///
/// 办法是一份既给居民看、又能执行的文件；服务记录按它算出积分，每一分都说得出依据。
#[derive(Debug, Parser)]
#[command(name = "kangji", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "退出码：0 没有问题；1 有发现（文件有误、有拒收的行、账本不符）；2 用法不对，文件读不了，或数据库不答应。"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 检查、展示、比较、公布积分办法
    #[command(subcommand)]
    Scheme(SchemeCommand),
    /// 按办法计算积分，写出结果表
    Score(Box<ScoreArgs>),
    /// 用平常话说明一个人的积分：得了什么、为什么没得、还能得什么
    Explain(Box<ExplainArgs>),
    /// 生成一个虚构的人群和他们一年的服务记录，供试用
    Generate(GenerateArgs),
    /// 建立数据库和签名密钥，公布办法
    Init(InitArgs),
    /// 把数据库的表升级到本程序需要的样子
    Migrate(DatabaseArgs),
    /// 把居民、记录等表存入数据库，积分记入账本
    Import(Box<ImportArgs>),
    /// 把结果表记入账本：与已记的不同之处，冲回或补记
    Post(PostArgs),
    /// 查看、核验、比较账本
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// 到时该做的事
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// 运行服务器：接口、登录、到时该做的事
    Serve(ServeArgs),
    /// 演示：虚构的居民和记录，选一个身份试用
    Demo(DemoArgs),
    /// 更换保护姓名和号码的密钥
    #[command(subcommand)]
    Keys(KeysCommand),
    /// 纸质积分券
    #[command(subcommand)]
    Voucher(VoucherCommand),
    /// 备份数据库，备份好即核验
    Backup(BackupArgs),
    /// 把备份恢复到空的数据库
    Restore(RestoreArgs),
    /// 测速：在空的数据库里，与手写的做法比
    #[command(subcommand)]
    Bench(BenchCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemeCommand {
    /// 检查办法文件：一次列出全部问题，并运行文件里的例子
    Check {
        /// 办法文件（Markdown）
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        common: CommonArgs,
    },
    /// 把办法写成居民看的网页：每个项目下面有一句由规则生成的说明
    Show {
        /// 办法文件（Markdown）
        file: PathBuf,
        /// 写到这个文件；不写则输出到屏幕
        #[arg(long, short)]
        out: Option<PathBuf>,
        /// 另行声明的记录属性
        #[arg(long, value_name = "FILE")]
        vocabulary: Option<PathBuf>,
    },
    /// 比较两个版本对居民意味着什么：新增、取消、多得、少得、更严、更宽
    Diff {
        /// 旧版本
        old: PathBuf,
        /// 新版本
        new: PathBuf,
        #[command(flatten)]
        common: CommonArgs,
    },
    /// 公布一个版本：存入数据库，从此不能修改；已有的积分按它重新核对
    Publish {
        /// 办法文件（Markdown）
        file: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Options of every command that prints data.
#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    /// 输出的格式
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// 另行声明的记录属性（TOML：每个 `attribute` 有 name、type、label、unit）
    #[arg(long, value_name = "FILE")]
    pub(crate) vocabulary: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// 给人看
    Table,
    /// 给电子表格
    Csv,
    /// 给程序
    Json,
}

/// The inputs of scoring.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// 办法文件；有几个版本就写几次，次序不限
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) scheme: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) tables: TableArgs,
    /// 计算到哪一天（含当天），如 2026-12-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) as_of: Day,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// The tables to read.
#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    /// 含有 residents.csv、records.csv 等表的文件夹；下面的选项可另指其中一个
    #[arg(long, value_name = "DIR")]
    pub(crate) tables: Option<PathBuf>,
    /// 居民表
    #[arg(long, value_name = "FILE", required_unless_present = "tables")]
    pub(crate) residents: Option<PathBuf>,
    /// 服务记录表
    #[arg(long, value_name = "FILE", required_unless_present = "tables")]
    pub(crate) records: Option<PathBuf>,
    /// 社区指标表
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// 审核确认表
    #[arg(long, value_name = "FILE")]
    pub(crate) confirmations: Option<PathBuf>,
    /// 处罚表
    #[arg(long, value_name = "FILE")]
    pub(crate) sanctions: Option<PathBuf>,
    /// 把拒收的行连同原因写到这个文件
    #[arg(long, value_name = "FILE")]
    pub(crate) refused: Option<PathBuf>,
    /// 有拒收的行也继续，只用其余的行
    #[arg(long)]
    pub(crate) skip_refused: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// 作废的和不在范围内的记录也各写一行
    #[arg(long)]
    pub(crate) all: bool,
    /// 结果表（CSV）写到这个文件
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// 另写一份给人看的报告（网页）
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// 用几个线程；不写则用机器的全部核心
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// 积分持有人的编号：居民、协助人或社区
    #[arg(long, value_name = "ID")]
    pub(crate) holder: String,
    /// 给谁看：决定能看到什么
    #[arg(long, value_enum, default_value_t = ViewerArg::Holder)]
    pub(crate) viewer: ViewerArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ViewerArg {
    /// 持有人本人
    Holder,
    /// 当班工作人员
    Staff,
    /// 其他人：看不到病名
    Public,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// 写到这个文件夹
    pub(crate) dir: PathBuf,
    /// 多少人
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) people: u32,
    /// 随机种子：同样的种子生成同样的人群
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// 辖区代码
    #[arg(long, value_name = "CODE", default_value = "510403", value_parser = division)]
    pub(crate) division: DivisionPrefix,
    /// 哪一年的记录
    #[arg(long, value_name = "YEAR", default_value_t = 2026, value_parser = clap::value_parser!(u32).range(1901..=9000))]
    pub(crate) year: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// 设置文件（TOML）；不写则用默认设置，环境变量 KANGJI_节_项 可另指其中一项
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// 只输出全部设置、默认值和说明
    #[arg(long)]
    pub(crate) settings: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// 数据放在这个文件夹；删掉它就从头开始
    #[arg(long, value_name = "DIR", default_value = "out/demo")]
    pub(crate) dir: PathBuf,
    /// 监听的地址，只能是本机的
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// 每个辖区有多少虚构的居民
    #[arg(long, value_name = "N", default_value_t = kangji_server::demo::PEOPLE,
        value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub(crate) people: u32,
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|_| format!("`{text}` 不是日历上的一天，写成 2026-12-31"))
}

fn division(text: &str) -> Result<DivisionPrefix, String> {
    DivisionPrefix::parse(text).ok_or_else(|| format!("`{text}` 不是 2 到 12 位数字的区划代码"))
}
