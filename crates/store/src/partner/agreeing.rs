//! An agreement is drawn up by one, published by another one, and ended (P7).

use kangji_core::{
    DayRange, DivisionPrefix, Moment, Points,
    ids::{AgreementId, OfficerId},
};
use kangji_redemption::{
    Agreement, Level, Signature,
    partner::{AgreementRefusal, Bears},
};
use kangji_rights::Permit;
use serde::{Deserialize, Serialize};

use super::agreements::{read, row};
use crate::{
    audit::{DONE, Done, Subject},
    post::rulebook::Rulebook,
    redemption::{catalogues::scheme_on, institutions},
    schema::AGREEMENTS,
    sql::{Connection, Lock, SqlError},
    store::{Pending, Store},
};

/// What somebody draws up.
#[derive(Clone, Debug)]
pub struct NewAgreement {
    /// The id it will have.
    pub id: AgreementId,
    /// The shop.
    pub shop: String,
    /// The scheme whose points it takes.
    pub scheme: String,
    /// The days on which it holds.
    pub days: DayRange,
    /// Whose residents the shop serves; `None`: those of the shop's own area.
    pub area: Option<DivisionPrefix>,
    /// How many points take one yuan off a bill.
    pub points_per_yuan: Points,
    /// The most of a bill that points pay, in percent.
    pub share: u8,
    /// The most points of one person on one day.
    pub day_limit: Option<Points>,
    /// The most points of one person in one month.
    pub month_limit: Option<Points>,
    /// Who bears a forgery.
    pub bears: Bears,
    /// Who draws it up.
    pub by: OfficerId,
}

/// Why an agreement is not drawn up, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotAgreed {
    /// There is no such scheme on its first day.
    Scheme,
    /// There is no such shop, or it is closed, or lies outside of where the scheme holds.
    Shop,
    /// The last day comes before the first one.
    Days,
    /// Residents of that area are not all under the scheme, or none of them is near the shop.
    Area,
    /// The ratio is not more than nothing.
    Ratio,
    /// The share is not 1 to 99.
    Share,
    /// A limit is not more than nothing, or that of a day more than that of a month.
    Limit,
    /// The permit does not cover the shop, or whose residents it would serve.
    OutOfReach,
}

/// What somebody does with an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementStep {
    /// Its ratio is published.
    Publish,
    /// It is given back, or ended.
    End,
}

/// The answer to a step; `None` where there is no agreement that the permit covers.
type Stepped = Option<Result<(), AgreementRefusal>>;

impl Store {
    /// Keeps an agreement that somebody else will publish; gives the bytes of its id, of the first
    /// one where the call came before.
    #[must_use = "it may be refused"]
    pub fn propose_agreement(
        &self,
        permit: &Permit,
        new: NewAgreement,
        now: Moment,
    ) -> Pending<Result<[u8; 16], NotAgreed>> {
        let (permit, rulebook) = (permit.clone(), self.rulebook());
        self.once(move |unit| {
            let rulebook = rulebook(unit.connection)?;
            let agreement = match checked(unit.connection, &rulebook, &permit, &new)? {
                Ok(agreement) => agreement,
                Err(why) => {
                    unit.done.push(Done { subject: Subject::None, result: "refused" });
                    return Ok(Err(why));
                }
            };
            unit.done.push(Done { subject: Subject::Agreement(new.id), result: DONE });
            let area = agreement.area.to_string();
            unit.connection.insert(&AGREEMENTS, &row(&agreement, &area, now))?;
            Ok(Ok(*new.id.bytes()))
        })
    }

    /// Takes a step with an agreement; `None` where there is none that the permit covers.
    #[must_use = "a step may be refused"]
    pub fn decide_agreement(
        &self,
        permit: &Permit,
        id: AgreementId,
        step: AgreementStep,
        signature: Signature,
        now: Moment,
    ) -> Pending<Stepped> {
        let permit = permit.clone();
        self.once(move |unit| {
            let Some(found) = read(unit.connection, id, Lock::Rows)? else { return Ok(None) };
            let mut agreement = found.agreement;
            let shop = institutions::read(unit.connection, &agreement.shop, Lock::None)?;
            if !shop.is_some_and(|shop| shop.is_under(&permit)) {
                return Ok(None);
            }
            let (signature, today) = (signature.clone(), now.day());
            let done = match step {
                AgreementStep::Publish => agreement.publish(signature, today),
                AgreementStep::End => agreement.end(signature, today),
            };
            let result = if done.is_ok() { DONE } else { "refused" };
            unit.done.push(Done { subject: Subject::Agreement(id), result });
            if done.is_ok() {
                let area = agreement.area.to_string();
                let row = row(&agreement, &area, found.proposed_at);
                unit.connection.update(&AGREEMENTS, &row)?;
            }
            Ok(Some(done))
        })
    }
}

/// The agreement that a draft would be.
fn checked(
    connection: &mut Connection,
    rulebook: &Rulebook,
    permit: &Permit,
    new: &NewAgreement,
) -> Result<Result<Agreement, NotAgreed>, SqlError> {
    let Some(scheme) = scheme_on(rulebook, &new.scheme, new.days.from) else {
        return Ok(Err(NotAgreed::Scheme));
    };
    let shop = institutions::read(connection, &new.shop, Lock::None)?;
    let is_fit = |shop: &institutions::Institution| {
        let is_open = shop.closed_at.is_none() && shop.level == Level::Shop;
        is_open && shop.area.overlaps(scheme.division)
    };
    let Some(shop) = shop.filter(is_fit) else { return Ok(Err(NotAgreed::Shop)) };
    let area = new.area.unwrap_or(shop.area);
    let limits = [new.day_limit, new.month_limit];
    let is_limit = limits.iter().flatten().all(|limit| *limit > Points::ZERO)
        && new.day_limit.zip(new.month_limit).is_none_or(|(day, month)| day <= month);
    let wrong = [
        (!new.days.is_empty(), NotAgreed::Days),
        (scheme.division.includes(area) && area.overlaps(shop.area), NotAgreed::Area),
        (new.points_per_yuan > Points::ZERO, NotAgreed::Ratio),
        ((1..=99).contains(&new.share), NotAgreed::Share),
        (is_limit, NotAgreed::Limit),
        (permit.includes(area, Some(&shop.code)) && shop.is_under(permit), NotAgreed::OutOfReach),
    ];
    if let Some((_, why)) = wrong.into_iter().find(|(is_right, _)| !is_right) {
        return Ok(Err(why));
    }
    Ok(Ok(Agreement {
        id: new.id,
        shop: new.shop.clone(),
        scheme: new.scheme.clone(),
        days: new.days,
        area,
        points_per_yuan: new.points_per_yuan,
        share: new.share,
        day_limit: new.day_limit,
        month_limit: new.month_limit,
        bears: new.bears,
        proposed_by: new.by,
        published: None,
        ended: None,
    }))
}
