//! A town of accounts with a clock: it decides commands as a store would, reading an account's
//! history only when a decision asks for it, and keeps every entry.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, HolderId, OfficerId, ReasonId},
};
use kangji_ledger::{
    Account, Accounts, Act, Answer, Command, Context, Entry, No, Refusal, Source, Terms, decide,
    snapshot,
};

/// Nobody opened it.
pub(crate) const STRANGER: u8 = 99;

pub(crate) fn id(number: u8) -> AccountId {
    AccountId::from_bytes([number; 16])
}

/// Whether a town keeps every history at hand or reads one when it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    Always,
    OnDemand,
}

#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) accounts: Accounts,
    pub(crate) entries: Vec<Entry>,
    pub(crate) now: Moment,
    pub(crate) epoch: u32,
    pub(crate) terms: Terms,
    pub(crate) memory: Memory,
    /// How often a decision had to look back.
    pub(crate) looked_back: usize,
}

impl Town {
    /// Accounts 0 to `people` - 1, of which account 0 is a village's pool.
    pub(crate) fn new(people: u8, memory: Memory) -> Self {
        let account = |number: u8| match memory {
            Memory::Always => Account::with_history(id(number), number == 0),
            Memory::OnDemand => Account::new(id(number), number == 0),
        };
        Self {
            accounts: (0..people).map(|number| (id(number), account(number))).collect(),
            entries: Vec::new(),
            now: Moment::start_of(Day::new(2026, 3, 1).unwrap()),
            epoch: 0,
            terms: Terms { adjustments: true, closed_through: None },
            memory,
            looked_back: 0,
        }
    }

    pub(crate) fn today(&self) -> Day {
        self.now.day()
    }

    pub(crate) fn account(&self, number: u8) -> &Account {
        &self.accounts[&id(number)]
    }

    pub(crate) fn entries_of(&self, number: u8) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.account == id(number))
    }

    /// The account as its entries alone make it.
    pub(crate) fn replayed(&self, number: u8) -> Account {
        let account = self.account(number);
        let mut replayed = Account::with_history(account.id, account.pool);
        self.entries_of(number).for_each(|entry| replayed.follow(entry).unwrap());
        replayed
    }

    /// Decides, with the history in a second try where the first asks for it.
    pub(crate) fn run(&mut self, command: &Command) -> Result<(), Refusal> {
        let mut answer = self.decide(command);
        if let Err(No::NeedsHistory(account)) = answer {
            assert_eq!(self.memory, Memory::OnDemand, "the history is there");
            assert_eq!(account, command.account, "only the account that is asked looks back");
            self.looked_back += 1;
            let number = account.bytes()[0];
            let replayed = self.replayed(number);
            self.accounts.insert(account, replayed);
            answer = self.decide(command);
            self.accounts.get_mut(&account).unwrap().history = None;
        }
        // Part of a list may have been carried out: read again, as `decide` demands.
        if answer == Err(No::Refused(Refusal::TooLarge))
            && matches!(command.act, Act::HandOn { .. })
        {
            for number in command.accounts().map(|account| account.bytes()[0]) {
                let mut replayed = self.replayed(number);
                if self.memory == Memory::OnDemand {
                    replayed.history = None;
                }
                self.accounts.insert(id(number), replayed);
            }
        }
        answer.map_err(|no| match no {
            No::Refused(refusal) => refusal,
            No::NeedsHistory(_) => panic!("the history was given and is asked for again"),
        })
    }

    fn decide(&mut self, command: &Command) -> Result<(), No> {
        let context = Context { now: self.now, epoch: self.epoch };
        let Self { accounts, entries, terms, .. } = self;
        decide(accounts, command, command.input(), &context, terms, entries)
    }

    /// As if the process ended here and everything were read again.
    pub(crate) fn restart(&mut self) {
        for account in self.accounts.values_mut() {
            let bytes = snapshot::lots_and_holds(account);
            let stored = Account { lots: Vec::new(), holds: Vec::new(), ..account.clone() };
            *account = Account { vouchers: Vec::new(), ..stored };
            snapshot::set_lots_and_holds(account, &bytes).unwrap();
        }
        for entry in &mut self.entries {
            entry.parts = snapshot::parts_from(&snapshot::parts(&entry.parts)).unwrap();
        }
    }
}

/// A command of two officers with a reason and a cause, for which only the act can be refused.
pub(crate) fn answered(account: u8, day: Day, act: Act) -> Command {
    let answer = Answer {
        officer: Some(OfficerId::from_bytes([1; 16])),
        second: Some(OfficerId::from_bytes([2; 16])),
        reason: Some(ReasonId::from_bytes([3; 16])),
        cause: Some(CauseId::from_bytes([4; 16])),
    };
    Command { key: None, account: id(account), day, act, answer }
}

pub(crate) fn source(day: Day) -> Source {
    Source {
        award: "lecture".to_owned(),
        resident: HolderId::from_bytes([5; 16]),
        record: None,
        period: Some("2026-Q1".to_owned()),
        version: day,
    }
}

pub(crate) fn credit(day: Day, points: i64, expires_on: Option<Day>) -> Act {
    Act::Credit { points: Points(points), expires_on, source: source(day) }
}

/// A refusal as cases write it: its code and what it says.
pub(crate) fn told(refusal: &Refusal) -> String {
    let code = refusal.code();
    match refusal {
        Refusal::FutureDay { today } => format!("{code} {today}"),
        Refusal::PeriodClosed { through } => format!("{code} {through}"),
        Refusal::NoSuchCredit { seq }
        | Refusal::HoldNotOpen { seq }
        | Refusal::NoSuchCapture { seq }
        | Refusal::NoSuchForfeit { seq }
        | Refusal::Reversed { by: seq } => format!("{code} {}", seq.0),
        Refusal::HoldNotDue { until: None } => format!("{code} never"),
        Refusal::HoldNotDue { until: Some(until) } => format!("{code} {}", until.day()),
        Refusal::NotLeft { left, .. } => format!("{code} {}", left.0),
        Refusal::Short { shortfall } => format!("{code} {}", shortfall.0),
        Refusal::Insufficient { redeemable } => format!("{code} {}", redeemable.0),
        Refusal::InsufficientOn { day, redeemable } => format!("{code} {day} {}", redeemable.0),
        _ => code.to_owned(),
    }
}
