//! What a verification can find: a closed list, each with a code, a sentence for people and one
//! for logs. It must not know how anything is found.

use std::fmt;

use kangji_core::{Moment, ids::AccountId};
use kangji_ledger::{Broken, Seq, checkpoint::SequenceFault};

use super::paper::PaperFinding;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The account, where it is about one.
    pub account: Option<AccountId>,
    /// The number of the entry, where it is about one.
    pub seq: Option<Seq>,
    /// What is wrong.
    pub finding: Finding,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The row of an entry holds what no entry holds.
    EntryUnreadable(Box<str>),
    /// Another number stands where this entry should.
    EntryMissing {
        /// What stands there.
        found: Seq,
    },
    /// The links by which entries are found do not lead over this one.
    EntryLoose,
    /// The entry does not follow from those before it.
    EntryBroken(Broken),
    /// The entry counts more checkpoints than were made.
    EntryEpoch {
        /// What it counts.
        epoch: u32,
        /// How many were made.
        made: u32,
    },
    /// Points were handed on from an account that is no pool (T2).
    NotAPool,
    /// The row of an account holds what no account holds.
    AccountUnreadable(Box<str>),
    /// There are entries of an account, but no account.
    AccountMissing,
    /// The account's id does not follow from its holder and scheme.
    AccountId,
    /// Nobody knows the account's holder.
    HolderMissing,
    /// The account is a pool, but its holder is a resident (T2).
    PoolOfResident,
    /// This column of the account does not follow from its entries.
    AccountDiffers(&'static str),
    /// The row of a refusal holds what no refusal holds.
    RefusalUnreadable(Box<str>),
    /// A command was refused for an account that is not there.
    RefusalWithoutAccount,
    /// A command both was refused and made this entry.
    RefusedAndEntered,
    /// The row that counts the checkpoints is not the one row there should be.
    Counter(Box<str>),
    /// So many checkpoints are counted, and another number is there.
    Count {
        /// How many are counted.
        counted: u32,
        /// How many are there.
        there: u32,
    },
    /// The row of a checkpoint holds what no checkpoint holds.
    CheckpointUnreadable {
        /// The number the row gives.
        number: i64,
        /// What is wrong.
        why: Box<str>,
    },
    /// The columns of a checkpoint are not what its line says.
    CheckpointDiffers {
        /// Which one.
        number: u32,
    },
    /// The checkpoints do not follow from each other, or are not signed by the trusted key.
    Sequence(SequenceFault),
    /// The entries are not those that this checkpoint, the first such one, was made of.
    Root {
        /// Which one.
        number: u32,
        /// When it was made.
        made_at: Moment,
        /// How many accounts had entries then.
        accounts: u64,
        /// How many there are that have entries from before it.
        there: u64,
        /// How many checkpoints do not fit altogether.
        all: u32,
    },
    /// A checkpoint kept outside is not in the database: an older state was put back.
    RolledBack {
        /// The first one that is not there.
        number: u32,
        /// When it was made.
        made_at: Moment,
        /// How many are not there.
        missing: u32,
    },
    /// A checkpoint kept outside is another one in the database.
    OutsideDiffers {
        /// Which one.
        number: u32,
    },
    /// A checkpoint kept outside is not signed, or not with the trusted key.
    OutsideForged {
        /// Which one.
        number: u32,
    },
    /// What stands on a shelf is not what its entries come to.
    StockDiffers {
        /// At which institution.
        institution: Box<str>,
        /// Of which good.
        good: Box<str>,
        /// How many pieces of a batch stand there.
        there: u32,
        /// How many the entries of the batch come to.
        entered: i64,
    },
    /// A batch on a shelf expires, cost or was paid otherwise than the one that was received.
    StockBatch {
        /// At which institution.
        institution: Box<str>,
        /// Of which good.
        good: Box<str>,
    },
    /// As many pieces are set aside as no orders wait for.
    StockReserved {
        /// At which institution.
        institution: Box<str>,
        /// Of which good.
        good: Box<str>,
        /// How many are set aside.
        reserved: u32,
        /// How many orders wait for.
        waiting: u64,
    },
    /// The row of a shelf or of a waiting order holds what none holds.
    StockUnreadable(Box<str>),
    /// Something about vouchers or deductions.
    Paper(PaperFinding),
    /// A line of the audit log, the first such one, is not what was written, or is missing.
    AuditBroken {
        /// Its number.
        line: i64,
    },
    /// The audit log is not the one that this checkpoint, the first such one, was made of: lines
    /// were cut off at the end, or all of them chained anew.
    AuditEnd {
        /// Which one.
        number: u32,
        /// When it was made.
        made_at: Moment,
        /// How many lines the log had then.
        lines: u64,
        /// How many lines follow from each other now.
        there: i64,
        /// How many checkpoints do not fit altogether.
        all: u32,
    },
}

impl Finding {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EntryUnreadable(_) => "entry_unreadable",
            Self::EntryMissing { .. } => "entry_missing",
            Self::EntryLoose => "entry_loose",
            Self::EntryBroken(_) => "entry_broken",
            Self::EntryEpoch { .. } => "entry_epoch",
            Self::NotAPool => "not_a_pool",
            Self::AccountUnreadable(_) => "account_unreadable",
            Self::AccountMissing => "account_missing",
            Self::AccountId => "account_id",
            Self::HolderMissing => "holder_missing",
            Self::PoolOfResident => "pool_of_resident",
            Self::AccountDiffers(_) => "account_differs",
            Self::RefusalUnreadable(_) => "refusal_unreadable",
            Self::RefusalWithoutAccount => "refusal_without_account",
            Self::RefusedAndEntered => "refused_and_entered",
            Self::Counter(_) => "counter",
            Self::Count { .. } => "count",
            Self::CheckpointUnreadable { .. } => "checkpoint_unreadable",
            Self::CheckpointDiffers { .. } => "checkpoint_differs",
            Self::Sequence(_) => "sequence",
            Self::Root { .. } => "root",
            Self::RolledBack { .. } => "rolled_back",
            Self::OutsideDiffers { .. } => "outside_differs",
            Self::OutsideForged { .. } => "outside_forged",
            Self::StockDiffers { .. } => "stock_differs",
            Self::StockBatch { .. } => "stock_batch",
            Self::StockReserved { .. } => "stock_reserved",
            Self::StockUnreadable(_) => "stock_unreadable",
            Self::Paper(finding) => finding.code(),
            Self::AuditBroken { .. } => "audit_broken",
            Self::AuditEnd { .. } => "audit_end",
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::EntryUnreadable(_) => "这笔分录的内容无法识别".to_owned(),
            Self::EntryMissing { found } => {
                format!("缺这一笔，其位置上是第 {} 笔", found.0)
            }
            Self::EntryLoose => "按账户查找时经过不了这笔分录".to_owned(),
            Self::EntryBroken(broken) => broken_chinese(*broken).to_owned(),
            Self::EntryEpoch { epoch, made } => {
                format!("这笔分录写明其前有 {epoch} 个检查点，实际只做过 {made} 个")
            }
            Self::NotAPool => "从不是积分池的账户分发了积分".to_owned(),
            Self::AccountUnreadable(_) => "账户的内容无法识别".to_owned(),
            Self::AccountMissing => "有分录，没有账户".to_owned(),
            Self::AccountId => "账户编号与持有人、办法不符".to_owned(),
            Self::HolderMissing => "没有这个账户的持有人".to_owned(),
            Self::PoolOfResident => "居民个人的账户被标为积分池".to_owned(),
            Self::AccountDiffers(column) => {
                format!("账户的“{column}”与分录推算的结果不符")
            }
            Self::RefusalUnreadable(_) => "一条拒绝记录无法识别".to_owned(),
            Self::RefusalWithoutAccount => "有拒绝记录，没有账户".to_owned(),
            Self::RefusedAndEntered => "同一操作编号既被拒绝又已入账".to_owned(),
            Self::Counter(_) => "检查点的计数无法识别".to_owned(),
            Self::Count { counted, there } => {
                format!("计数为 {counted} 个检查点，库中有 {there} 个")
            }
            Self::CheckpointUnreadable { number, .. } => {
                format!("第 {number} 个检查点无法识别")
            }
            Self::CheckpointDiffers { number } => {
                format!("第 {number} 个检查点的各栏与其签名行不符")
            }
            Self::Sequence(fault) => sequence_chinese(fault),
            Self::Root { number, made_at, accounts, there, all } => format!(
                "分录与第 {number} 个检查点（{made_at}）不符，此前的分录被改动或删除：\
                 当时有 {accounts} 个账户有分录，现在有 {there} 个；不符的检查点共 {all} 个"
            ),
            Self::RolledBack { number, made_at, missing } => format!(
                "库外保存的第 {number} 个检查点（{made_at}）不在库中，共缺 {missing} 个：\
                 数据库被换回了 {made_at} 之前的旧状态"
            ),
            Self::OutsideDiffers { number } => {
                format!("第 {number} 个检查点与库外保存的不同")
            }
            Self::OutsideForged { number } => {
                format!("库外保存的第 {number} 个检查点签名不成立或不是指定的密钥所签")
            }
            Self::StockDiffers { institution, good, there, entered } => format!(
                "机构 {institution} 的“{good}”有一批库存 {there} 件，按台账应为 {entered} 件"
            ),
            Self::StockBatch { institution, good } => {
                format!("机构 {institution} 的“{good}”有一批的有效期、单价或经费来源与入库登记不符")
            }
            Self::StockReserved { institution, good, reserved, waiting } => format!(
                "机构 {institution} 的“{good}”预留 {reserved} 件，待领取的兑换单共 {waiting} 件"
            ),
            Self::StockUnreadable(_) => "一处库存或一张待领取的兑换单无法识别".to_owned(),
            Self::Paper(finding) => finding.chinese(),
            Self::AuditBroken { line } => {
                format!("审计日志从第 {line} 行起被改动或删除")
            }
            Self::AuditEnd { number, made_at, lines, there, all } => format!(
                "审计日志与第 {number} 个检查点（{made_at}）不符，此前的日志被截去或改写：\
                 当时有 {lines} 行，现在有 {there} 行；不符的检查点共 {all} 个"
            ),
        }
    }
}

fn broken_chinese(broken: Broken) -> &'static str {
    match broken {
        Broken::Account => "这笔分录属于别的账户",
        Broken::Seq => "这笔分录的编号不连续",
        Broken::Order => "这笔分录早于它的前一笔",
        Broken::Hash => "这笔分录的哈希值与其内容和前一笔不符，内容被改动过",
        Broken::Missing => "这笔分录动用了并不存在的积分",
        Broken::Amounts => "这笔分录的各项数额互相矛盾",
        Broken::TooLarge => "积分数超出可记录的范围",
    }
}

fn sequence_chinese(fault: &SequenceFault) -> String {
    match fault {
        SequenceFault::Number(number, expected) => {
            format!("第 {expected} 个检查点的位置上是第 {number} 个")
        }
        SequenceFault::Previous(number) => {
            format!("第 {number} 个检查点与它的前一个不相连")
        }
        SequenceFault::Key(number, _) => {
            format!("第 {number} 个检查点不是指定的密钥所签")
        }
        SequenceFault::Signature(number) => format!("第 {number} 个检查点的签名不成立"),
    }
}

/// The sentence for logs.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EntryUnreadable(why) => write!(f, "the entry cannot be read: {why}"),
            Self::EntryMissing { found } => {
                write!(f, "the entry is missing, `{}` stands in its place", found.0)
            }
            Self::EntryLoose => f.write_str("the links of the account do not lead over the entry"),
            Self::EntryBroken(broken) => broken.fmt(f),
            Self::EntryEpoch { epoch, made } => {
                write!(f, "the entry counts `{epoch}` checkpoints of `{made}`")
            }
            Self::NotAPool => f.write_str("points were handed on from what is no pool"),
            Self::AccountUnreadable(why) => write!(f, "the account cannot be read: {why}"),
            Self::AccountMissing => f.write_str("there are entries without an account"),
            Self::AccountId => f.write_str("the id does not follow from holder and scheme"),
            Self::HolderMissing => f.write_str("the holder is not known"),
            Self::PoolOfResident => f.write_str("the pool belongs to a resident"),
            Self::AccountDiffers(column) => {
                write!(f, "the column `{column}` does not follow from the entries")
            }
            Self::RefusalUnreadable(why) => write!(f, "a refusal cannot be read: {why}"),
            Self::RefusalWithoutAccount => f.write_str("there are refusals without an account"),
            Self::RefusedAndEntered => f.write_str("a command was refused and made the entry"),
            Self::Counter(why) => write!(f, "the checkpoints are not counted: {why}"),
            Self::Count { counted, there } => {
                write!(f, "`{counted}` checkpoints are counted and `{there}` are there")
            }
            Self::CheckpointUnreadable { number, why } => {
                write!(f, "checkpoint `{number}` cannot be read: {why}")
            }
            Self::CheckpointDiffers { number } => {
                write!(f, "the columns of checkpoint `{number}` differ from its line")
            }
            Self::Sequence(fault) => fault.fmt(f),
            Self::Root { number, accounts, there, all, .. } => write!(
                f,
                "the entries do not fit checkpoint `{number}` over `{accounts}` accounts, there \
                 are `{there}`; `{all}` checkpoints do not fit"
            ),
            Self::RolledBack { number, missing, .. } => {
                write!(f, "checkpoint `{number}` is only outside, as are `{missing}` in all")
            }
            Self::OutsideDiffers { number } => {
                write!(f, "checkpoint `{number}` is another one outside")
            }
            Self::OutsideForged { number } => {
                write!(f, "checkpoint `{number}` outside is not signed with the trusted key")
            }
            Self::StockDiffers { there, entered, .. } => {
                write!(f, "a batch has `{there}` pieces and its entries come to `{entered}`")
            }
            Self::StockBatch { .. } => f.write_str("a batch is not what was received"),
            Self::StockReserved { reserved, waiting, .. } => {
                write!(f, "`{reserved}` pieces are set aside and orders wait for `{waiting}`")
            }
            Self::StockUnreadable(why) => write!(f, "stock cannot be read: {why}"),
            Self::Paper(finding) => finding.fmt(f),
            Self::AuditBroken { line } => {
                write!(f, "line `{line}` of the audit log is not what was written, or is missing")
            }
            Self::AuditEnd { number, lines, there, all, .. } => write!(
                f,
                "the audit log does not fit checkpoint `{number}` with `{lines}` lines, there are \
                 `{there}`; `{all}` checkpoints do not fit"
            ),
        }
    }
}

impl Found {
    /// The sentence for people, with the place.
    #[must_use]
    pub fn chinese(&self) -> String {
        let what = self.finding.chinese();
        match (self.account, self.seq) {
            (Some(account), Some(seq)) => format!("账户 {account} 第 {} 笔：{what}", seq.0),
            (Some(account), None) => format!("账户 {account}：{what}"),
            _ => what,
        }
    }
}

/// The sentence for logs, with the place.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = self.account {
            write!(f, "account `{account}`")?;
            if let Some(seq) = self.seq {
                write!(f, " entry `{}`", seq.0)?;
            }
            f.write_str(": ")?;
        }
        self.finding.fmt(f)
    }
}
