//! The words of the commands that change the keys of names and numbers.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DatabaseArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// 第一步：在密钥文件里添一版新密钥，从此新登记的人用它
    ///
    /// 旧密钥留在文件里，已登记的人照常使用。运行着的服务器会自己读入新密钥。
    ///
    /// 服务器各有一份密钥文件的，请立即把新文件放到每一台上。新文件请另存一份。
    Rotate(RotateArgs),
    /// 第二步：把已登记的人都换到新密钥之下；可以中断，再运行会接着做
    ///
    /// 服务器可以照常运行。全部换完之前旧密钥一直留着。
    Rewrap(RewrapArgs),
}

/// Where the keys and what they seal are.
#[derive(Debug, Args)]
pub(crate) struct KeyFileArgs {
    #[command(flatten)]
    pub(crate) at: DatabaseArgs,
    /// 密钥文件：设置里 data 一节的 keys 所写的那个
    #[arg(long, value_name = "FILE", env = "KANGJI_DATA_KEYS")]
    #[arg(default_value = "kangji.people.key")]
    pub(crate) keys: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    pub(crate) files: KeyFileArgs,
    /// 连同检索密钥（按姓名、证件号、电话查人用）也换；此时未用的短信码和柜台码随之作废
    #[arg(long)]
    pub(crate) index: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RewrapArgs {
    #[command(flatten)]
    pub(crate) files: KeyFileArgs,
    /// 再核对一遍没有人还在旧密钥之下，然后把旧密钥从文件里销毁；从此更早的备份里的姓名打不开
    #[arg(long)]
    pub(crate) destroy_old: bool,
}
