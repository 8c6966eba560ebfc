//! Commands: what somebody asks of an account.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CommandKey},
};

use crate::{
    canonical::Canonical,
    entry::{Answer, Seq, Source},
    hash::Hash,
};

/// What is asked of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Points earned. What an earlier reversal left uncovered is filled first.
    Credit {
        /// How many; more than zero.
        points: Points,
        /// First day they are no longer valid; `None` is never.
        expires_on: Option<Day>,
        /// What they were earned with.
        source: Source,
    },
    /// A credit taken back: from what is left of its lot, then from the other lots, and what no
    /// lot covers is a shortfall. What expired or was forfeited is not taken a second time. Vouchers
    /// with its points are recalled first.
    Reverse {
        /// The credit.
        credit: Seq,
    },
    /// Points set aside, from the lots that expire first.
    Hold {
        /// How many; more than zero.
        points: Points,
        /// When they come back by themselves.
        until: Option<Moment>,
    },
    /// Points of one lot go onto a voucher (P10): as a hold, but of that lot, until its day comes.
    /// It is captured and released as a hold is.
    Bind {
        /// The entry that made the lot.
        lot: Seq,
        /// How many; more than zero.
        points: Points,
    },
    /// What a hold set aside is spent.
    Capture {
        /// The hold.
        hold: Seq,
    },
    /// What a hold set aside comes back.
    Release {
        /// The hold.
        hold: Seq,
    },
    /// What a capture spent comes back, as far as [`Act::Release`] would give it back: an order was
    /// returned.
    Refund {
        /// The capture.
        capture: Seq,
    },
    /// As [`Act::Release`], if the hold's time is over.
    TimeOut {
        /// The hold.
        hold: Seq,
    },
    /// Every lot whose day has come by the command's day, an entry for each such day, and every
    /// voucher of such a lot.
    Expire {
        /// Whether the scheme clears its accounts at the end of the year.
        year_end: bool,
        /// The article that says so.
        article: String,
    },
    /// Both balances to zero, what is set aside included.
    Forfeit {
        /// The article that says so.
        article: String,
    },
    /// Gives back what a forfeit took, less what was reversed or has expired since.
    Restore {
        /// The forfeit.
        forfeit: Seq,
    },
    /// Points of a pool to several accounts, lots with their days of expiry.
    HandOn {
        /// Who receives how much.
        list: Vec<(AccountId, Points)>,
    },
    /// A correction by two people.
    Adjust {
        /// More or less than zero.
        points: Points,
        /// Of points given: the first day they are no longer valid.
        expires_on: Option<Day>,
    },
    /// The whole shortfall is borne by the institution named as the cause.
    WriteOff,
}

/// A command to one account; a list is handed on by a command to the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What makes it the same command when it comes again. Only what follows from stored facts
    /// (posting, jobs) has none: there the facts decide whether anything is left to do.
    pub key: Option<CommandKey>,
    /// The account.
    pub account: AccountId,
    /// The day it counts for.
    pub day: Day,
    /// What is asked.
    pub act: Act,
    /// Who answers for it.
    pub answer: Answer,
}

impl Command {
    /// The hash of everything but the key: the same key with another hash is another command.
    #[must_use]
    pub fn input(&self) -> Hash {
        let mut form = Canonical::new(b'C', 1);
        form.id(self.account.bytes());
        form.day(self.day);
        self.act.write(&mut form);
        self.answer.write(&mut form);
        form.hash(None)
    }

    /// The accounts it reads or changes.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        let list = match &self.act {
            Act::HandOn { list } => list.as_slice(),
            _ => &[],
        };
        std::iter::once(self.account).chain(list.iter().map(|(account, _)| *account))
    }
}

impl Act {
    fn write(&self, form: &mut Canonical) {
        match self {
            Self::Credit { points, expires_on, source } => {
                form.byte(1);
                form.points(*points);
                form.option(*expires_on, Canonical::day);
                source.write(form);
            }
            Self::Reverse { credit } => Self::about(form, 2, *credit),
            Self::Hold { points, until } => {
                form.byte(3);
                form.points(*points);
                form.option(*until, Canonical::moment);
            }
            Self::Capture { hold } => Self::about(form, 4, *hold),
            Self::Release { hold } => Self::about(form, 5, *hold),
            Self::TimeOut { hold } => Self::about(form, 6, *hold),
            Self::Expire { year_end, article } => {
                form.byte(7);
                form.byte(u8::from(*year_end));
                form.text(article);
            }
            Self::Forfeit { article } => {
                form.byte(8);
                form.text(article);
            }
            Self::Restore { forfeit } => Self::about(form, 9, *forfeit),
            Self::HandOn { list } => {
                form.byte(10);
                form.number(list.len() as u64);
                for (account, points) in list {
                    form.id(account.bytes());
                    form.points(*points);
                }
            }
            Self::Adjust { points, expires_on } => {
                form.byte(11);
                form.points(*points);
                form.option(*expires_on, Canonical::day);
            }
            Self::WriteOff => form.byte(12),
            Self::Refund { capture } => Self::about(form, 13, *capture),
            Self::Bind { lot, points } => {
                Self::about(form, 14, *lot);
                form.points(*points);
            }
        }
    }

    fn about(form: &mut Canonical, code: u8, seq: Seq) {
        form.byte(code);
        form.number(seq.0);
    }
}
