//! Whose points a bill is paid with: who has the document, or the pay code, that was shown.
//!
//! Whoever tries documents or codes of nobody has to wait longer each time, as at sign-in. A
//! document of somebody who lives elsewhere is one of nobody here.

use kangji_core::{Day, Decimals, ids::HolderId};
use kangji_ledger::Hash;
use kangji_redemption::{Agreement, ShopRefusal, partner::NewDeduction};
use kangji_rights::{Action, Permit};
use kangji_store::{Purpose, Subject, paid_for};

use super::{
    bill::{Bill, DeductionAsked},
    refused,
};
use crate::{
    app::App,
    attempts::Tried,
    orders::by,
    orders::{counter_at, not_oneself},
    people::{self, Identity},
    problem::{Code, Problem},
    residents::{GivenDocument, document, homes},
    signed::Signed,
};

/// A bill, and whose points pay some of it.
pub(super) struct Paying {
    pub(super) new: NewDeduction,
    /// The code that was shown in the place of a document.
    pub(super) pay_code: Option<Hash>,
    /// Whether somebody tried in vain before.
    tried: Option<Tried>,
}

/// What was shown.
enum Shown {
    Document(Identity),
    Code(Hash),
}

impl Paying {
    /// Finds out who pays; what fails stands in the audit log.
    ///
    /// # Errors
    /// Where the shop is out of reach, what was sent is no bill, or nobody pays.
    pub(super) async fn find(
        app: &App,
        who: &Signed,
        asked: DeductionAsked,
    ) -> Result<Self, Problem> {
        let (deed, signed) = (who.deed(Action::DeductionsMake.code()), who.clone());
        let find = move |app: &App| {
            let permit = signed.permit(Action::DeductionsMake, app.roles());
            let found = permit
                .ok_or(Problem::from(Code::Forbidden))
                .and_then(|permit| Self::found(app, &signed, &permit, &asked));
            found.inspect_err(|problem| {
                let reason = problem.reasons.first().map(|reason| reason.code);
                let word = reason.unwrap_or(problem.code.word());
                drop(app.store().log(deed, Subject::None, word, app.now()));
            })
        };
        app.looking(find).await
    }

    fn found(
        app: &App,
        who: &Signed,
        permit: &Permit,
        asked: &DeductionAsked,
    ) -> Result<Self, Problem> {
        let out_of_reach = |problem| Problem { place: Some("shop".to_owned()), ..problem };
        counter_at(app.store(), permit, &asked.shop).map_err(out_of_reach)?;
        let (bill, now) = (Bill::read(asked)?, app.now());
        let shown = shown(app, asked.document.as_ref(), asked.pay_code.as_deref())?;
        let agreement = agreement(app, asked, now.day())?;
        let tried = Tried::from(who.origin()).of("shop payer", &by(who).ok_or(Code::Forbidden)?);
        let has_failed = tried.look(app, now)?;
        let (found, pay_code) = match &shown {
            Shown::Document(identity) => (owner(app, identity, &agreement, now.day())?, None),
            Shown::Code(code) => (payer(app, *code, asked, &bill)?, Some(*code)),
        };
        let Some(person) = found else {
            tried.count(app, now)?;
            let why = match pay_code {
                None => ShopRefusal::NotResident,
                Some(_) => ShopRefusal::PayCode,
            };
            return Err(refused(&why, Decimals::default()));
        };
        not_oneself(app.store(), who.principal(), person)?;
        let new = bill.deduction(&agreement.shop, &agreement.scheme, person);
        Ok(Self { new, pay_code, tried: has_failed.then_some(tried) })
    }

    /// A deduction makes one attempt in vain good again.
    pub(super) fn went_well(self, app: &App) -> NewDeduction {
        if let Some(tried) = self.tried {
            tried.make_good(app);
        }
        self.new
    }
}

fn shown(app: &App, given: Option<&GivenDocument>, code: Option<&str>) -> Result<Shown, Problem> {
    match (given, code) {
        (Some(given), None) => {
            let document = Some(document(given, app.now().day())?);
            Ok(Shown::Document(Identity { document, ..Identity::default() }))
        }
        (None, Some(code)) if code.len() == 8 && code.bytes().all(|one| one.is_ascii_digit()) => {
            Ok(Shown::Code(super::pay_code::hash(app, code)?))
        }
        (None, Some(_)) => Err(Problem::invalid("pay_code", "付款码是 8 位数字")),
        _ => Err(Problem::invalid("document", "证件和付款码中请出示一种")),
    }
}

/// The agreement under which the shop deducts today.
fn agreement(app: &App, asked: &DeductionAsked, today: Day) -> Result<Agreement, Problem> {
    let mut all = app.store().agreements_in_force(today)?;
    all.retain(|one| one.shop == asked.shop);
    if let Some(scheme) = &asked.scheme {
        all.retain(|one| one.scheme == *scheme);
    }
    if all.len() > 1 {
        return Err(Problem::invalid("scheme", "本店收几个办法的积分，请选一个"));
    }
    let none = || refused(&ShopRefusal::NoAgreement, Decimals::default());
    all.pop().ok_or_else(none)
}

/// Who has a document, if they live where the shop serves.
fn owner(
    app: &App,
    identity: &Identity,
    agreement: &Agreement,
    today: Day,
) -> Result<Option<HolderId>, Problem> {
    let mut ids = Vec::new();
    for tag in people::searched(app.keys(), identity)? {
        ids.extend(app.store().people_found(tag)?);
    }
    ids.sort_unstable();
    ids.dedup();
    let known = app.store().residents(&ids)?;
    let here = known.into_iter().filter(|known| {
        homes(&known.fact, today).into_iter().any(|home| agreement.area.contains(home))
    });
    // A number that two people have tells nobody who it is.
    let here: Vec<HolderId> = here.map(|known| known.id).collect();
    Ok(here.first().copied().filter(|_| here.len() == 1))
}

/// Whose a pay code is. One that has paid for this receipt is gone; who sends it again because
/// the answer was lost gets the first answer, since the receipt is there.
fn payer(
    app: &App,
    code: Hash,
    asked: &DeductionAsked,
    bill: &Bill,
) -> Result<Option<HolderId>, Problem> {
    let ticket = app.store().ticket(code, Purpose::PayCode, app.now())?;
    let what = paid_for(&asked.shop, &bill.receipt);
    let usable = |content: &str| content.is_empty() || content == what;
    match ticket.filter(|ticket| usable(&ticket.content)) {
        Some(ticket) => Ok(Some(HolderId::from_bytes(ticket.principal))),
        None => {
            let known = app.store().deduction_of(&asked.shop, &bill.receipt)?;
            Ok(known.map(|known| known.person))
        }
    }
}
