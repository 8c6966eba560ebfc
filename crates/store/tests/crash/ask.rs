//! What clients ask and what they are told, as lines of text: all that goes between the test and
//! whoever serves it.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CommandKey, HolderId},
};
use kangji_ledger::{Act, Answer, Command, Seq, Source, account_of};
use kangji_store::StoreError;

/// The scheme of all accounts.
pub(crate) const SCHEME: &str = "crash";
/// How many accounts there are. The first one is hot.
pub(crate) const ACCOUNTS: usize = 50;
/// The day that everything counts for.
pub(crate) const DAY: Day = match Day::new(2026, 3, 2) {
    Some(day) => day,
    None => Day::FIRST,
};

/// What is asked of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Credit(i64),
    Hold(i64),
    Capture(u64),
    Release(u64),
    Refund(u64),
}

/// A command of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) key: u64,
    pub(crate) account: usize,
    pub(crate) what: What,
}

/// The holder of an account.
pub(crate) fn holder(account: usize) -> HolderId {
    HolderId::from_bytes((account as u128 + 1).to_be_bytes())
}

/// The id of an account.
pub(crate) fn id(account: usize) -> AccountId {
    account_of(holder(account), SCHEME)
}

/// The bytes of a key.
pub(crate) fn key(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

impl Ask {
    /// The command for the store.
    pub(crate) fn command(&self) -> Command {
        let act = match self.what {
            What::Credit(points) => {
                let source = Source {
                    award: "help".to_owned(),
                    resident: holder(self.account),
                    record: None,
                    period: Some("2026-Q1".to_owned()),
                    version: DAY,
                };
                Act::Credit { points: Points(points), expires_on: None, source }
            }
            What::Hold(points) => Act::Hold { points: Points(points), until: None },
            What::Capture(hold) => Act::Capture { hold: Seq(hold) },
            What::Release(hold) => Act::Release { hold: Seq(hold) },
            What::Refund(capture) => Act::Refund { capture: Seq(capture) },
        };
        let (key, account) = (Some(CommandKey::from_bytes(key(self.key))), id(self.account));
        Command { key, account, day: DAY, act, answer: Answer::default() }
    }

    /// The line by which a client asks at a moment.
    pub(crate) fn line(&self, client: usize, now: i64) -> String {
        let (kind, number) = match self.what {
            What::Credit(points) => ("credit", points.to_string()),
            What::Hold(points) => ("hold", points.to_string()),
            What::Capture(hold) => ("capture", hold.to_string()),
            What::Release(hold) => ("release", hold.to_string()),
            What::Refund(capture) => ("refund", capture.to_string()),
        };
        format!("{client} {now} {} {} {kind} {number}", self.key, self.account)
    }

    /// The client, the moment and the command of [`Ask::line`].
    pub(crate) fn parse(line: &str) -> Option<(usize, Moment, Self)> {
        let words: Vec<&str> = line.split(' ').collect();
        let [client, now, key, account, kind, number] = words.as_slice() else { return None };
        let what = match *kind {
            "credit" => What::Credit(number.parse().ok()?),
            "hold" => What::Hold(number.parse().ok()?),
            "capture" => What::Capture(number.parse().ok()?),
            "release" => What::Release(number.parse().ok()?),
            "refund" => What::Refund(number.parse().ok()?),
            _ => return None,
        };
        let ask = Self { key: key.parse().ok()?, account: account.parse().ok()?, what };
        Some((client.parse().ok()?, Moment::from_millis(now.parse().ok()?), ask))
    }
}

/// The store's answer as a text. Equal answers are equal texts.
pub(crate) fn told(answer: Result<kangji_store::Answer, StoreError>) -> String {
    match answer {
        Ok(Ok(entry)) => {
            let refers = entry.refers.map_or(0, |refers| refers.0);
            let (seq, word, at) = (entry.seq.0, entry.kind.word(), entry.recorded_at.millis());
            let (total, redeemable, held) = (entry.total.0, entry.redeemable.0, entry.held.0);
            format!("ok {seq} {word} {total} {redeemable} {held} {refers} {at} {}", entry.hash)
        }
        Ok(Err(refusal)) => format!("no {}", serde_json::to_string(&refusal).unwrap_or_default()),
        Err(StoreError::Sql(error)) => format!("error {:?} {error}", error.class()),
        Err(error) => format!("error - {error}"),
    }
}

/// What the text of an accepted command's answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) seq: u64,
    pub(crate) kind: String,
    /// Changes of what was ever earned, of what can be spent, of what is set aside.
    pub(crate) changes: [i64; 3],
    pub(crate) refers: u64,
    pub(crate) recorded_at: i64,
    pub(crate) hash: String,
}

impl Said {
    /// `None` for a refusal.
    pub(crate) fn parse(answer: &str) -> Option<Self> {
        let words: Vec<&str> = answer.split(' ').collect();
        let ["ok", seq, kind, total, redeemable, held, refers, at, hash] = words.as_slice() else {
            return None;
        };
        Some(Self {
            seq: seq.parse().ok()?,
            kind: (*kind).to_owned(),
            changes: [total.parse().ok()?, redeemable.parse().ok()?, held.parse().ok()?],
            refers: refers.parse().ok()?,
            recorded_at: at.parse().ok()?,
            hash: (*hash).to_owned(),
        })
    }
}
