//! Entries: what happened to an account, in a chain that shows every later change.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, CommandKey, HolderId, OfficerId, ReasonId, RecordId},
};
use serde::{Deserialize, Serialize};

use crate::{canonical::Canonical, hash::Hash};

/// The place of an entry in its account, from 1. A lot, a hold and a forfeit are known by the
/// entry that made them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Seq(pub u64);

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// Points earned: a lot.
    Credit = 1,
    /// A credit taken back; `refers` names it.
    Reverse = 2,
    /// Points set aside for an order.
    Hold = 3,
    /// What a hold set aside is spent; `refers` names the hold.
    Capture = 4,
    /// What a hold set aside comes back; what expired meanwhile does not.
    Release = 5,
    /// Lots whose day has come (P9).
    Expire = 6,
    /// What is left at the end of the year (T17).
    Clear = 7,
    /// Both balances to zero after forged records (S11).
    Forfeit = 8,
    /// An appeal was upheld; `refers` names the forfeit.
    Restore = 9,
    /// Points of a village's pool to its helpers by a signed list (T2).
    HandOn = 10,
    /// Points out of a pool.
    Receive = 11,
    /// A correction by two people, more or less.
    Adjust = 12,
    /// A shortfall that an institution bears (S12).
    WriteOff = 13,
    /// What a capture spent comes back; `refers` names the capture. What expired meanwhile or a
    /// sanction took does not.
    Refund = 14,
    /// Points of one lot go onto a paper voucher (P10); they are set aside until it ends.
    Bind = 15,
    /// A voucher whose day has come (P9); `refers` names what bound its points.
    Lapse = 16,
}

impl EntryKind {
    /// Every kind with its word in tables and its word for people.
    pub const ALL: [(Self, &str, &str); 16] = [
        (Self::Credit, "credit", "得分"),
        (Self::Reverse, "reverse", "冲回"),
        (Self::Hold, "hold", "预留"),
        (Self::Capture, "capture", "兑付"),
        (Self::Release, "release", "退回预留"),
        (Self::Expire, "expire", "过期"),
        (Self::Clear, "clear", "年终清零"),
        (Self::Forfeit, "forfeit", "处罚清零"),
        (Self::Restore, "restore", "申诉恢复"),
        (Self::HandOn, "hand_on", "分发"),
        (Self::Receive, "receive", "收到分发"),
        (Self::Adjust, "adjust", "双人调整"),
        (Self::WriteOff, "write_off", "机构承担"),
        (Self::Refund, "refund", "退还"),
        (Self::Bind, "bind", "制券"),
        (Self::Lapse, "lapse", "积分券过期"),
    ];

    fn line(self) -> (Self, &'static str, &'static str) {
        let found = Self::ALL.into_iter().find(|(kind, ..)| *kind == self);
        found.expect("every kind has a line")
    }

    /// The code it is stored and hashed under.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|(kind, ..)| kind.code() == code).map(|(kind, ..)| *kind)
    }

    /// The word in tables and logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.line().1
    }

    /// The word people read.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        self.line().2
    }
}

/// So many points of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// The entry that made the lot.
    pub lot: Seq,
    /// More than zero.
    pub points: Points,
}

/// What points were earned with: an award of a scheme's version, and a resident's record or
/// period. Two credits that differ in nothing but the version are for the same thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The award's id.
    pub award: String,
    /// The resident concerned, who is not always the holder.
    pub resident: HolderId,
    /// The record, unless it is a period award.
    pub record: Option<RecordId>,
    /// The period of a period award, as in `2026-Q3`.
    pub period: Option<String>,
    /// First day of force of the scheme's version.
    pub version: Day,
}

/// Who answers for an entry that no rule made by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Answer {
    /// Who did it.
    pub officer: Option<OfficerId>,
    /// Who agreed, where two must.
    pub second: Option<OfficerId>,
    /// Why.
    pub reason: Option<ReasonId>,
    /// For what: an order, a sanction, an institution, another account.
    pub cause: Option<CauseId>,
}

/// An entry of an account. Amounts are changes in the scheme's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account.
    pub account: AccountId,
    /// Its place in the account.
    pub seq: Seq,
    /// How many checkpoints were made before it.
    pub epoch: u32,
    /// What it does.
    pub kind: EntryKind,
    /// The day it counts for.
    pub day: Day,
    /// When it was written; never before the entry in front of it, whatever the clock said.
    pub recorded_at: Moment,
    /// Change of all points ever earned and not taken back (S7).
    pub total: Points,
    /// Change of what can be redeemed; below zero in sum is a shortfall.
    pub redeemable: Points,
    /// Change of what is set aside.
    pub held: Points,
    /// The credit, hold, capture or forfeit this is about.
    pub refers: Option<Seq>,
    /// Of a lot: the first day its points are no longer valid.
    pub expires_on: Option<Day>,
    /// Of a hold: when it is given back by itself.
    pub due_at: Option<Moment>,
    /// The lots it took from or gave back to.
    pub parts: Vec<Part>,
    /// What points were earned with.
    pub source: Option<Source>,
    /// Who answers for it.
    pub answer: Answer,
    /// The article that orders it, for what a job does by itself.
    pub article: Option<String>,
    /// The command's key; entries that follow from stored facts have none.
    pub key: Option<CommandKey>,
    /// Hash of the command's input.
    pub input: Hash,
    /// Hash of the entry before and of all of the above.
    pub hash: Hash,
}

impl Entry {
    /// The hash that belongs to this entry after one with the hash `previous`.
    #[must_use]
    pub fn chained(&self, previous: Hash) -> Hash {
        let mut form = Canonical::new(b'E', 1);
        form.id(self.account.bytes());
        form.number(self.seq.0);
        form.number(u64::from(self.epoch));
        form.byte(self.kind.code());
        form.day(self.day);
        form.moment(self.recorded_at);
        form.points(self.total);
        form.points(self.redeemable);
        form.points(self.held);
        form.option(self.refers, |form, seq| form.number(seq.0));
        form.option(self.expires_on, Canonical::day);
        form.option(self.due_at, Canonical::moment);
        form.parts(&self.parts);
        form.option(self.source.as_ref(), |form, source| source.write(form));
        self.answer.write(&mut form);
        form.option(self.article.as_deref(), Canonical::text);
        form.option(self.key, |form, key| form.id(key.bytes()));
        form.hashed(self.input);
        form.hash(Some(previous))
    }
}

impl Source {
    pub(crate) fn write(&self, form: &mut Canonical) {
        form.text(&self.award);
        form.id(self.resident.bytes());
        form.option(self.record, |form, id| form.id(id.bytes()));
        form.option(self.period.as_deref(), Canonical::text);
        form.day(self.version);
    }
}

impl Answer {
    pub(crate) fn write(&self, form: &mut Canonical) {
        form.option(self.officer, |form, id| form.id(id.bytes()));
        form.option(self.second, |form, id| form.id(id.bytes()));
        form.option(self.reason, |form, id| form.id(id.bytes()));
        form.option(self.cause, |form, id| form.id(id.bytes()));
    }
}
