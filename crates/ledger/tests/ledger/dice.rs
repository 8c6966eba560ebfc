//! Dice that make a command: a few bytes are read against the town as it is, so that most
//! commands have something to be about, and fewer or smaller bytes make a simpler story.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, OfficerId},
};
use kangji_ledger::{Act, Answer, Command, EntryKind, Seq};

use crate::town::{STRANGER, Town, answered, credit, id};

pub(crate) const PEOPLE: u8 = 3;

/// What one command is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dice {
    pub(crate) clock: u8,
    pub(crate) account: u8,
    pub(crate) act: u8,
    pub(crate) points: u8,
    pub(crate) expiry: u8,
    pub(crate) day: u8,
    pub(crate) pick: u8,
    pub(crate) answer: u8,
    pub(crate) terms: u8,
}

impl Dice {
    pub(crate) fn of(bytes: [u8; 9]) -> Self {
        let [clock, account, act, points, expiry, day, pick, answer, terms] = bytes;
        Self { clock, account, act, points, expiry, day, pick, answer, terms }
    }

    /// Mostly forward: an hour, a day, a week; rarely a step back.
    pub(crate) fn move_clock(&self, town: &mut Town) {
        let hours = match self.clock {
            0..=180 => 1,
            181..=225 => 24,
            226..=245 => 60,
            246..=250 => 24 * 7,
            _ => -30,
        };
        town.now = town.now.plus_millis(hours * 3_600_000);
        town.epoch += u32::from(self.clock % 16 == 3);
        town.terms.adjustments = self.terms % 16 != 1;
        town.terms.closed_through =
            (self.terms.is_multiple_of(5)).then(|| town.today().plus_days(-4));
    }

    fn who(&self) -> u8 {
        if self.account == 255 { STRANGER } else { self.account % PEOPLE }
    }

    fn points(&self) -> i64 {
        match self.points {
            0..=235 => i64::from(self.points % 9) + 1,
            236..=245 => 30,
            246..=250 => 0,
            _ => -2,
        }
    }

    fn expires_on(&self, day: Day) -> Option<Day> {
        match self.expiry {
            0..=50 => None,
            51..=150 => Some(day.plus_days(i64::from(self.expiry % 15) + 1)),
            151..=250 => Some(day.plus_days(40)),
            _ => Some(day.plus_days(-1)),
        }
    }

    /// Mostly today; else up to ten days ago, or tomorrow.
    fn day(&self, today: Day) -> Day {
        match self.day {
            0..=170 => today,
            171..=252 => today.plus_days(-i64::from(self.day % 10)),
            _ => today.next(),
        }
    }

    /// Often all there is, or a back-dated hold would rarely find too little on a later day.
    fn holding(&self, town: &Town, who: u8) -> i64 {
        let account = town.accounts.get(&id(who));
        let all = account.map_or(0, |account| account.redeemable(town.today()).0);
        if (150..=235).contains(&self.points) && all > 0 { all } else { self.points() }
    }

    /// An entry of that kind, mostly a late one to which nothing refers, rarely any number.
    fn seq(&self, town: &Town, who: u8, kind: EntryKind) -> Seq {
        let known = town.entries_of(who).filter(|entry| entry.kind == kind);
        let mut known: Vec<Seq> = known.map(|entry| entry.seq).collect();
        if self.pick > 20 {
            let later = || town.entries_of(who).filter_map(|entry| entry.refers);
            known.retain(|seq| later().all(|refers| refers != *seq));
        }
        if known.is_empty() || self.pick > 245 {
            return Seq(u64::from(self.pick % 32));
        }
        let back = usize::from(self.pick) % known.len().min(6);
        known[known.len() - 1 - back]
    }

    /// A hold or a voucher, mostly an open one.
    fn hold(&self, town: &Town, who: u8) -> Seq {
        let account = town.accounts.get(&id(who));
        let holds = account.into_iter().flat_map(|account| account.holds.iter());
        let vouchers = account.into_iter().flat_map(|account| &account.vouchers);
        let valid = vouchers.filter(|voucher| !voucher.has_expired_by(town.today()));
        let open: Vec<Seq> = holds.chain(valid).map(|hold| hold.seq).collect();
        let kind = if self.points.is_multiple_of(3) { EntryKind::Bind } else { EntryKind::Hold };
        match open.len() {
            0 => self.seq(town, who, kind),
            _ if self.pick > 230 => self.seq(town, who, kind),
            number => open[usize::from(self.pick) % number],
        }
    }

    /// Points of a lot, mostly of one that is valid, and often all of them.
    fn bind(&self, town: &Town, who: u8) -> Act {
        let account = town.accounts.get(&id(who));
        let lots = account.into_iter().flat_map(|account| &account.lots);
        let lots: Vec<_> = lots.filter(|lot| !lot.has_expired_by(town.today())).collect();
        match lots.len() {
            number if number > 0 && self.pick <= 230 => {
                let lot = lots[usize::from(self.pick) % number];
                let all = (100..=235).contains(&self.points);
                let points = if all { lot.points } else { Points(self.points()) };
                Act::Bind { lot: lot.seq, points }
            }
            _ => {
                let lot = self.seq(town, who, EntryKind::Credit);
                Act::Bind { lot, points: Points(self.points()) }
            }
        }
    }

    fn list(&self) -> Vec<(AccountId, Points)> {
        let points = self.points();
        match self.pick {
            0..=100 => vec![(id(1), Points(points))],
            101..=230 => vec![(id(1), Points(points)), (id(2), Points(points / 2 + 1))],
            231..=235 => Vec::new(),
            236..=240 => vec![(id(1), Points(1)), (id(1), Points(1))],
            241..=245 => vec![(id(1), Points(1)), (id(0), Points(1))],
            246..=250 => vec![(id(1), Points(points)), (id(2), Points(0))],
            _ => vec![(id(1), Points(points)), (id(STRANGER), Points(1))],
        }
    }

    pub(crate) fn command(&self, town: &Town) -> Command {
        let who = self.who();
        let day = self.day(town.today());
        let article = || "第一条".to_owned();
        let act = match self.act {
            0..=59 => credit(day, self.points(), self.expires_on(day)),
            60..=79 => self.bind(town, who),
            80..=109 => {
                let until = self.answer.is_multiple_of(2).then(|| {
                    Moment::start_of(day).plus_millis(i64::from(self.expiry % 8) * 86_400_000)
                });
                Act::Hold { points: Points(self.holding(town, who)), until }
            }
            110..=134 => Act::Reverse { credit: self.seq(town, who, EntryKind::Credit) },
            135..=154 => Act::Capture { hold: self.hold(town, who) },
            155..=172 => Act::Release { hold: self.hold(town, who) },
            173..=178 => Act::TimeOut { hold: self.hold(town, who) },
            179..=196 => {
                Act::Expire { year_end: self.answer.is_multiple_of(2), article: article() }
            }
            197..=201 => Act::Forfeit { article: article() },
            202..=209 => Act::Restore { forfeit: self.seq(town, who, EntryKind::Forfeit) },
            210..=223 => Act::HandOn { list: self.list() },
            224..=235 => Act::Refund { capture: self.seq(town, who, EntryKind::Capture) },
            236..=244 => {
                let sign = if self.answer.is_multiple_of(2) { 1 } else { -1 };
                let points = Points(self.points() * sign);
                Act::Adjust { points, expires_on: self.expires_on(day) }
            }
            _ => Act::WriteOff,
        };
        // Lists are mostly of the pool, or most would end at the first question.
        let who = match act {
            Act::HandOn { .. } if self.account < 220 => 0,
            _ => who,
        };
        let mut command = answered(who, day, act);
        self.leave_out(&mut command.answer);
        command
    }

    fn leave_out(&self, answer: &mut Answer) {
        match self.answer {
            200..=225 => answer.reason = None,
            226..=231 => answer.cause = None,
            232..=237 => answer.second = None,
            238..=243 => answer.second = answer.officer,
            244..=247 => answer.officer = None,
            248..=250 => *answer = Answer::default(),
            251..=255 => answer.officer = Some(OfficerId::from_bytes([9; 16])),
            _ => {}
        }
    }
}
