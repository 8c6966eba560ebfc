//! Why something is not sealed or opened. None of the texts shows anything secret or personal.

use crate::master::KeyVersion;

/// Why the vault refuses. The text of the error is for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The key, the person or the field is another, or a bit was changed: which of them, nobody can
    /// tell.
    #[error("does not open: another key, person or field, or changed bytes")]
    Closed,
    /// Bytes of another format than those written here.
    #[error("not bytes of a known format")]
    Format,
    /// There is no key of this version.
    #[error("no key of version {0}")]
    NoKey(KeyVersion),
    /// The current key cannot be destroyed.
    #[error("version {0} is the current key; rotate first")]
    Current(KeyVersion),
    /// No version follows the last one.
    #[error("no more versions")]
    NoMoreVersions,
    /// A value longer than 4 MiB.
    #[error("longer than 4 MiB")]
    TooLong,
    /// A line (from 1) of a key file that is not as it must be.
    #[error("key file, line {line}: {problem}")]
    KeyFile {
        /// The line, from 1.
        line: usize,
        /// What is wrong; never what is written there.
        problem: &'static str,
    },
    /// A module outside failed; its code, such as GM/T 0018 defines.
    #[error("the key module failed with code {0:#010x}")]
    Module(u32),
}

impl VaultError {
    /// For people: what is wrong and what to do, as a Chinese sentence.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Closed => {
                "密文无法解开：密钥、人员或字段不符，或数据被改动；请核对密钥文件，或从备份恢复。"
                    .into()
            }
            Self::Format => "密文格式不认识：请核对数据来源，或升级程序。".into(),
            Self::NoKey(version) => {
                format!("缺少第 {version} 版密钥：请使用包含该版本的密钥文件。")
            }
            Self::Current(version) => {
                format!("第 {version} 版是当前密钥，不能销毁：请先轮换密钥。")
            }
            Self::NoMoreVersions => "密钥版本号已用尽：请联系开发者。".into(),
            Self::TooLong => "内容超过 4 MiB：请缩短后再存。".into(),
            Self::KeyFile { line, .. } => {
                format!("密钥文件第 {line} 行有误：请对照备份核对这一行，或从备份恢复密钥文件。")
            }
            Self::Module(code) => {
                format!("密码设备出错，错误码 {code:#010x}：请检查设备后重试。")
            }
        }
    }
}
