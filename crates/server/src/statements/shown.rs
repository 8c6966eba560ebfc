//! Statements as they are told.

use std::collections::BTreeMap;

use kangji_core::{Decimals, ids::DeductionId};
use kangji_redemption::{
    Statement,
    settlement::{Hand, Head, Objection, Ruling, StatementLine, StatementState, Totals},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    problem::{Code, Problem},
};

/// A statement without its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StatementEntry {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The shop's code.
    pub(crate) shop: String,
    /// Its name.
    pub(crate) shop_name: String,
    /// The scheme whose points were deducted.
    pub(crate) scheme: String,
    /// Its title.
    pub(crate) title: String,
    /// The decimal places of its points.
    pub(crate) decimals: u8,
    /// The calendar month.
    pub(crate) period: String,
    pub(crate) state: StatementStage,
    pub(crate) totals: SumShown,
    /// Who of the bureau drew it up.
    pub(crate) drawn: HandShown,
    /// Who answered for the shop.
    pub(crate) answered: Option<HandShown>,
    /// Who of the bureau reviewed it.
    pub(crate) reviewed: Option<HandShown>,
    /// Who else of the bureau settled it.
    pub(crate) settled: Option<PaymentShown>,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatementStage {
    Drawn,
    Confirmed,
    Objected,
    Reviewed,
    Settled,
}

/// What some lines come to.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = SettlementSum)]
pub(crate) struct SumShown {
    /// How many lines.
    pub(crate) lines: u32,
    /// The bills, in fen.
    pub(crate) bill_fen: i64,
    /// What points took off, in fen: what the bureau owes the shop.
    pub(crate) off_fen: i64,
    /// The points, in the scheme's smallest unit.
    pub(crate) points: i64,
}

/// Who of the staff did something, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SettlementHand)]
pub(crate) struct HandShown {
    #[schema(format = "uuid")]
    pub(crate) by: String,
    /// In milliseconds of UTC.
    pub(crate) at: i64,
    /// The day.
    #[schema(format = Date)]
    pub(crate) day: String,
}

/// The bureau's payment document, entered by whoever settled.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SettlementPayment)]
pub(crate) struct PaymentShown {
    #[schema(format = "uuid")]
    pub(crate) by: String,
    /// The day on the document.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// Its number.
    pub(crate) document: String,
}

/// A statement with its lines and objections.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StatementText {
    #[serde(flatten)]
    pub(crate) entry: StatementEntry,
    /// What the deductions of each day come to.
    pub(crate) days: Vec<DayShown>,
    /// What the corrections come to.
    pub(crate) corrections: SumShown,
    /// The lines, which never change.
    pub(crate) lines: Vec<LineShown>,
    /// What the shop objects to.
    pub(crate) objections: Vec<ObjectionShown>,
}

/// What the deductions of a day come to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SettlementDay)]
pub(crate) struct DayShown {
    #[schema(format = Date)]
    pub(crate) day: String,
    #[serde(flatten)]
    pub(crate) totals: SumShown,
}

/// A line of a statement.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SettlementLine)]
pub(crate) struct LineShown {
    /// Its number, from 1.
    pub(crate) number: u32,
    /// The day of the deduction; of a correction, on which it was decided.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// The deduction; of a correction, the one it corrects.
    #[schema(format = "uuid")]
    pub(crate) deduction: Option<String>,
    /// The number of the shop's receipt.
    pub(crate) receipt: String,
    /// What was to be paid, in fen.
    pub(crate) bill_fen: i64,
    /// What points took off, in fen; below zero, what the shop got too much before.
    pub(crate) off_fen: i64,
    /// The points, in the scheme's smallest unit.
    pub(crate) points: i64,
    /// The earlier statement that it corrects.
    pub(crate) corrects: Option<CorrectsShown>,
}

/// What a line corrects.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SettlementCorrects)]
pub(crate) struct CorrectsShown {
    /// The earlier statement.
    #[schema(format = "uuid")]
    pub(crate) statement: String,
    /// Its month.
    pub(crate) period: String,
    /// The line that was objected to; null for something that was missing.
    pub(crate) line: Option<u32>,
    /// The number of the objection.
    pub(crate) objection: u32,
}

/// What a shop objects to, and what was answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SettlementObjection)]
pub(crate) struct ObjectionShown {
    /// Its number, from 1.
    pub(crate) number: u32,
    /// The line; null for something that is missing.
    pub(crate) line: Option<u32>,
    /// What the shop says.
    pub(crate) text: String,
    /// What the bureau answered; null while it has not.
    pub(crate) verdict: Option<VerdictShown>,
}

/// What the bureau answered to an objection.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SettlementVerdict)]
pub(crate) struct VerdictShown {
    /// Whether the shop is right; then the next statement has a correction.
    pub(crate) upheld: bool,
    /// By how many fen it is corrected, below zero by how much less.
    pub(crate) off_fen: i64,
    /// By how many points, in the scheme's smallest unit.
    pub(crate) points: i64,
    /// Why.
    pub(crate) text: String,
    /// Who of the bureau answered.
    pub(crate) hand: HandShown,
}

/// What tells statements: the names of shops and schemes, each looked up once.
pub(super) struct Telling<'a> {
    app: &'a App,
    shops: BTreeMap<String, String>,
    schemes: BTreeMap<String, (String, Decimals)>,
}

impl<'a> Telling<'a> {
    pub(super) const fn new(app: &'a App) -> Self {
        Self { app, shops: BTreeMap::new(), schemes: BTreeMap::new() }
    }

    pub(super) fn entry(&mut self, head: &Head) -> Result<StatementEntry, Problem> {
        let shop_name = self.shop(&head.shop)?;
        let (title, decimals) = self.scheme(head)?;
        Ok(StatementEntry {
            id: head.id.to_string(),
            shop: head.shop.clone(),
            shop_name,
            scheme: head.scheme.clone(),
            title,
            decimals: decimals.places(),
            period: head.period.to_string(),
            state: head.state.into(),
            totals: head.totals.into(),
            drawn: head.drawn.into(),
            answered: head.answered.map(HandShown::from),
            reviewed: head.reviewed.map(HandShown::from),
            settled: head.settled.as_ref().map(|signature| PaymentShown {
                by: signature.by.to_string(),
                day: signature.day.to_string(),
                document: signature.document.clone(),
            }),
        })
    }

    pub(super) fn text(&mut self, statement: &Statement) -> Result<StatementText, Problem> {
        // What was drawn up could be counted.
        let days = statement.by_day().ok_or(Code::Internal)?;
        let corrections = statement.lines.iter().filter(|line| line.corrects.is_some());
        Ok(StatementText {
            entry: self.entry(&statement.head)?,
            days: days
                .into_iter()
                .map(|(day, totals)| DayShown { day: day.to_string(), totals: totals.into() })
                .collect(),
            corrections: Totals::of(corrections).ok_or(Code::Internal)?.into(),
            lines: statement.lines.iter().map(LineShown::from).collect(),
            objections: statement.objections.iter().map(ObjectionShown::from).collect(),
        })
    }

    fn shop(&mut self, code: &str) -> Result<String, Problem> {
        if let Some(name) = self.shops.get(code) {
            return Ok(name.clone());
        }
        let known = self.app.store().institution(code)?;
        let name = known.map_or_else(|| code.to_owned(), |known| known.name);
        self.shops.insert(code.to_owned(), name.clone());
        Ok(name)
    }

    fn scheme(&mut self, head: &Head) -> Result<(String, Decimals), Problem> {
        if let Some(known) = self.schemes.get(&head.scheme) {
            return Ok(known.clone());
        }
        let found = self.app.store().scheme_on(&head.scheme, head.period.days().to)?;
        let known = found.map_or_else(
            || (head.scheme.clone(), Decimals::default()),
            |scheme| (scheme.title, scheme.decimals),
        );
        self.schemes.insert(head.scheme.clone(), known.clone());
        Ok(known)
    }
}

impl StatementStage {
    /// The word for people.
    pub(super) const fn chinese(self) -> &'static str {
        match self {
            Self::Drawn => StatementState::Drawn.chinese(),
            Self::Confirmed => StatementState::Confirmed.chinese(),
            Self::Objected => StatementState::Objected.chinese(),
            Self::Reviewed => StatementState::Reviewed.chinese(),
            Self::Settled => StatementState::Settled.chinese(),
        }
    }
}

impl From<StatementState> for StatementStage {
    fn from(state: StatementState) -> Self {
        match state {
            StatementState::Drawn => Self::Drawn,
            StatementState::Confirmed => Self::Confirmed,
            StatementState::Objected => Self::Objected,
            StatementState::Reviewed => Self::Reviewed,
            StatementState::Settled => Self::Settled,
        }
    }
}

impl From<Totals> for SumShown {
    fn from(totals: Totals) -> Self {
        let Totals { lines, bill, off, points } = totals;
        Self { lines, bill_fen: bill.0, off_fen: off.0, points: points.0 }
    }
}

impl From<Hand> for HandShown {
    fn from(hand: Hand) -> Self {
        let day = hand.at.day().to_string();
        Self { by: hand.by.to_string(), at: hand.at.millis(), day }
    }
}

impl From<&StatementLine> for LineShown {
    fn from(line: &StatementLine) -> Self {
        Self {
            number: line.number,
            day: line.day.to_string(),
            deduction: line.deduction.as_ref().map(DeductionId::to_string),
            receipt: line.receipt.clone(),
            bill_fen: line.bill.0,
            off_fen: line.off.0,
            points: line.points.0,
            corrects: line.corrects.map(|one| CorrectsShown {
                statement: one.statement.to_string(),
                period: one.period.to_string(),
                line: one.line,
                objection: one.objection,
            }),
        }
    }
}

impl From<&Objection> for ObjectionShown {
    fn from(objection: &Objection) -> Self {
        let verdict = objection.verdict.as_ref().map(|verdict| {
            let (upheld, off_fen, points) = match verdict.ruling {
                Ruling::Upheld { off, points } => (true, off.0, points.0),
                Ruling::Dismissed => (false, 0, 0),
            };
            let (text, hand) = (verdict.text.clone(), verdict.hand.into());
            VerdictShown { upheld, off_fen, points, text, hand }
        });
        Self {
            number: objection.number,
            line: objection.line,
            text: objection.text.clone(),
            verdict,
        }
    }
}
