//! Settlement with partner shops (P14): the statement of a shop under a scheme for a month, drawn
//! up from its deductions, confirmed or objected to by the shop, reviewed and settled by two people
//! of the bureau.
//!
//! A statement never changes once it is drawn: what was wrong is corrected in a later one, by a
//! line that names the statement and the deduction. No money moves through the platform (P1): that
//! something is settled is the number of the bureau's own payment document.

mod refusal;

use std::collections::BTreeMap;

use kangji_core::{
    Day, Fen, Moment, Period, PeriodKind, Points,
    ids::{DeductionId, OfficerId, StatementId},
};
use serde::{Deserialize, Serialize};

use crate::{catalogue::Signature, cost::words};

pub use refusal::SettlementRefusal;

/// So long after a month its statements can be drawn: what was asked for in its last minute is
/// over by then, made or called off.
pub const GRACE_MILLIS: i64 = 10 * 60_000;

words! {
    /// Where a statement stands.
    StatementState {
        /// Drawn up; the shop has not said anything yet.
        Drawn = "drawn", "待商户确认";
        /// The shop agrees with every line.
        Confirmed = "confirmed", "商户已确认";
        /// The shop agrees with all but what it objects to.
        Objected = "objected", "商户有异议";
        /// The bureau has reviewed it, and answered every objection.
        Reviewed = "reviewed", "已审核";
        /// Somebody else of the bureau has settled it.
        Settled = "settled", "已结算";
    }
}

/// Who did something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    /// Who.
    pub by: OfficerId,
    /// When.
    pub at: Moment,
}

/// What the lines of a statement come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many lines.
    pub lines: u32,
    /// The bills of the deductions; corrections have none.
    pub bill: Fen,
    /// What points took off: what the bureau owes the shop.
    pub off: Fen,
    /// The points.
    pub points: Points,
}

/// What a line corrects: an objection to an earlier statement that was upheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrects {
    /// The earlier statement.
    pub statement: StatementId,
    /// Its month.
    pub period: Period,
    /// The line that was objected to; `None` for something that was missing.
    pub line: Option<u32>,
    /// The objection's number there.
    pub objection: u32,
}

/// A line of a statement: a deduction that was made and not called off, or a correction of an
/// earlier statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Its number, from 1.
    pub number: u32,
    /// The day of the deduction; of a correction, on which the objection was upheld.
    pub day: Day,
    /// The deduction; of a correction, the one it corrects.
    pub deduction: Option<DeductionId>,
    /// The shop's receipt of the deduction.
    pub receipt: String,
    /// What was to be paid; nothing for a correction.
    pub bill: Fen,
    /// What points took off; below zero, what the shop got too much.
    pub off: Fen,
    /// The points.
    pub points: Points,
    /// What it corrects.
    pub corrects: Option<Corrects>,
}

/// What a statement is of, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its id.
    pub id: StatementId,
    /// The shop.
    pub shop: String,
    /// The scheme whose points were deducted.
    pub scheme: String,
    /// The calendar month.
    pub period: Period,
    /// Where it stands.
    pub state: StatementState,
    /// What its lines come to.
    pub totals: Totals,
    /// Who drew it up.
    pub drawn: Hand,
    /// Who answered for the shop.
    pub answered: Option<Hand>,
    /// Who reviewed it.
    pub reviewed: Option<Hand>,
    /// Who settled it, with the number and day of the payment document.
    pub settled: Option<Signature>,
}

/// What the bureau says to an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The shop is right: the next statement has these more, or less where they are below zero.
    Upheld {
        /// What points take off.
        off: Fen,
        /// The points.
        points: Points,
    },
    /// All stays as it is.
    Dismissed,
}

/// A ruling with what was said, by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is ruled.
    pub ruling: Ruling,
    /// Why.
    pub text: String,
    /// By whom.
    pub hand: Hand,
}

/// That a shop does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Its number, from 1.
    pub number: u32,
    /// The line; `None` for something that is missing.
    pub line: Option<u32>,
    /// What the shop says.
    pub text: String,
    /// What the bureau says to it.
    pub verdict: Option<Verdict>,
}

/// A statement with its lines, which never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is of, and how far it has come.
    pub head: Head,
    /// Its lines, by number.
    pub lines: Vec<StatementLine>,
    /// What the shop objects to, by number.
    pub objections: Vec<Objection>,
}

/// Whether the statements of a period can be drawn: it is a calendar month, and over.
///
/// # Errors
/// Where it is not.
pub fn may_draw(period: Period, now: Moment) -> Result<(), SettlementRefusal> {
    if period.kind() != PeriodKind::Month {
        return Err(SettlementRefusal::NotAMonth);
    }
    let over = Moment::start_of(period.days().to.next());
    if now < over.plus_millis(GRACE_MILLIS) { Err(SettlementRefusal::NotOver) } else { Ok(()) }
}

impl Totals {
    /// What some lines come to; `None` where it is more than can be counted.
    #[must_use]
    pub fn of<'l>(lines: impl IntoIterator<Item = &'l StatementLine>) -> Option<Self> {
        lines.into_iter().try_fold(Self::default(), |sum, line| {
            Some(Self {
                lines: sum.lines.checked_add(1)?,
                bill: sum.bill.checked_add(line.bill)?,
                off: sum.off.checked_add(line.off)?,
                points: sum.points.checked_add(line.points)?,
            })
        })
    }
}

impl Statement {
    /// Draws up the statement of a shop under a scheme for a month. Lines get their numbers here:
    /// deductions by day and id, then corrections.
    ///
    /// # Errors
    /// The first refusal.
    pub fn draw(
        id: StatementId,
        (shop, scheme): (&str, &str),
        period: Period,
        mut lines: Vec<StatementLine>,
        drawn: Hand,
    ) -> Result<Self, SettlementRefusal> {
        may_draw(period, drawn.at)?;
        if lines.is_empty() {
            return Err(SettlementRefusal::Nothing);
        }
        lines.sort_by_key(|line| {
            let corrects = line.corrects.map(|one| (one.statement, one.objection));
            (corrects, line.day, line.deduction)
        });
        for (number, line) in (1..).zip(&mut lines) {
            line.number = number;
        }
        let totals = Totals::of(&lines).ok_or(SettlementRefusal::TooLarge)?;
        let head = Head {
            id,
            shop: shop.to_owned(),
            scheme: scheme.to_owned(),
            period,
            state: StatementState::Drawn,
            totals,
            drawn,
            answered: None,
            reviewed: None,
            settled: None,
        };
        Ok(Self { head, lines, objections: Vec::new() })
    }

    /// The shop answers: it confirms every line it does not object to. An objection names a line,
    /// or none where something is missing.
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub fn answer(
        &mut self,
        objections: Vec<(Option<u32>, String)>,
        hand: Hand,
    ) -> Result<(), SettlementRefusal> {
        if self.head.state != StatementState::Drawn {
            return Err(SettlementRefusal::Answered);
        }
        for (place, (line, text)) in objections.iter().enumerate() {
            if line.is_some_and(|number| self.line(number).is_none()) {
                return Err(SettlementRefusal::NoSuchLine { place });
            }
            if objections.iter().take(place).any(|(other, _)| other == line) {
                return Err(SettlementRefusal::Twice { place });
            }
            if text.trim().is_empty() {
                return Err(SettlementRefusal::NoText { place });
            }
        }
        self.head.state = match objections.is_empty() {
            true => StatementState::Confirmed,
            false => StatementState::Objected,
        };
        self.head.answered = Some(hand);
        let numbered = (1..).zip(objections);
        self.objections = numbered
            .map(|(number, (line, text))| Objection { number, line, text, verdict: None })
            .collect();
        Ok(())
    }

    /// The bureau answers an objection, once.
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub fn judge(&mut self, number: u32, verdict: Verdict) -> Result<(), SettlementRefusal> {
        self.is_with_the_bureau()?;
        let known = self.objections.iter().find(|one| one.number == number);
        let known = known.ok_or(SettlementRefusal::NoSuchObjection)?;
        if known.verdict.is_some() {
            return Err(SettlementRefusal::Judged);
        }
        self.is_not_the_shop(verdict.hand.by)?;
        if verdict.text.trim().is_empty() {
            return Err(SettlementRefusal::NoText { place: 0 });
        }
        if let Ruling::Upheld { off, points } = verdict.ruling {
            let line = known.line.and_then(|number| self.line(number));
            correctable(line, off, points)?;
        }
        if let Some(one) = self.objections.iter_mut().find(|one| one.number == number) {
            one.verdict = Some(verdict);
        }
        Ok(())
    }

    /// Somebody of the bureau reviews it: the shop has answered, and has its answer to every
    /// objection.
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub fn review(&mut self, hand: Hand) -> Result<(), SettlementRefusal> {
        self.is_with_the_bureau()?;
        let open = self.objections.iter().filter(|one| one.verdict.is_none()).count();
        if open > 0 {
            return Err(SettlementRefusal::Open { objections: open });
        }
        self.is_not_the_shop(hand.by)?;
        self.head.reviewed = Some(hand);
        self.head.state = StatementState::Reviewed;
        Ok(())
    }

    /// Somebody else settles what was reviewed, under the bureau's payment document. Whoever drew
    /// it up may: a program drew every line.
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub fn settle(&mut self, signature: Signature, today: Day) -> Result<(), SettlementRefusal> {
        if self.head.state == StatementState::Settled {
            return Err(SettlementRefusal::Settled);
        }
        let reviewed = self.head.reviewed.ok_or(SettlementRefusal::NotReviewed)?;
        if reviewed.by == signature.by {
            return Err(SettlementRefusal::SamePerson);
        }
        self.is_not_the_shop(signature.by)?;
        if signature.document.trim().is_empty() {
            return Err(SettlementRefusal::NoDocument);
        }
        if signature.day < reviewed.at.day() || signature.day > today {
            return Err(SettlementRefusal::Day);
        }
        self.head.settled = Some(signature);
        self.head.state = StatementState::Settled;
        Ok(())
    }

    /// The line with a number.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&StatementLine> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lines.get(place)
    }

    /// What each day's deductions come to; corrections are of no day. `None` where it is more than
    /// can be counted.
    #[must_use]
    pub fn by_day(&self) -> Option<BTreeMap<Day, Totals>> {
        let deductions = self.lines.iter().filter(|line| line.corrects.is_none());
        let mut days: BTreeMap<Day, Vec<&StatementLine>> = BTreeMap::new();
        for line in deductions {
            days.entry(line.day).or_default().push(line);
        }
        days.into_iter().map(|(day, lines)| Some((day, Totals::of(lines)?))).collect()
    }

    /// The lines by which upheld objections are to be corrected in a later statement.
    #[must_use]
    pub fn corrections(&self) -> Vec<StatementLine> {
        let upheld = self.objections.iter().filter_map(|objection| {
            let verdict = objection.verdict.as_ref()?;
            let Ruling::Upheld { off, points } = verdict.ruling else { return None };
            let corrected = objection.line.and_then(|number| self.line(number));
            Some(StatementLine {
                number: 0,
                day: verdict.hand.at.day(),
                deduction: corrected.and_then(|line| line.deduction),
                receipt: corrected.map(|line| line.receipt.clone()).unwrap_or_default(),
                bill: Fen::ZERO,
                off,
                points,
                corrects: Some(Corrects {
                    statement: self.head.id,
                    period: self.head.period,
                    line: objection.line,
                    objection: objection.number,
                }),
            })
        });
        upheld.collect()
    }

    /// That the shop has answered and nobody has reviewed it yet.
    fn is_with_the_bureau(&self) -> Result<(), SettlementRefusal> {
        match self.head.state {
            StatementState::Settled => Err(SettlementRefusal::Settled),
            StatementState::Reviewed => Err(SettlementRefusal::Reviewed),
            StatementState::Drawn => Err(SettlementRefusal::NotAnswered),
            StatementState::Confirmed | StatementState::Objected => Ok(()),
        }
    }

    /// Whoever answered for the shop decides nothing for the bureau.
    fn is_not_the_shop(&self, by: OfficerId) -> Result<(), SettlementRefusal> {
        match self.head.answered {
            Some(answered) if answered.by == by => Err(SettlementRefusal::SamePerson),
            _ => Ok(()),
        }
    }
}

/// Whether a line can be corrected so: something changes, and no more is taken than it had.
fn correctable(
    line: Option<&StatementLine>,
    off: Fen,
    points: Points,
) -> Result<(), SettlementRefusal> {
    if off == Fen::ZERO && points == Points::ZERO {
        return Err(SettlementRefusal::NoCorrection);
    }
    // A correction that was itself below zero may be taken back whole, and nothing more.
    let within = |had: i64, change: i64| match had.checked_add(change) {
        Some(left) => change >= 0 || left >= had.min(0),
        None => false,
    };
    let (had, bore) = line.map_or((0, 0), |line| (line.off.0, line.points.0));
    if within(had, off.0) && within(bore, points.0) {
        Ok(())
    } else {
        Err(SettlementRefusal::BelowLine)
    }
}
