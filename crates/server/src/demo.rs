//! A demonstration: three invented districts under the three shipped schemes with a year of
//! records, and somebody of every role to be. It is for this machine alone: whoever opens its
//! page may be anybody.

mod cast;
mod district;
mod notes;
mod page;
mod partner;
mod people;
mod settlement;
mod shop;
mod simulation;
mod village;
mod vouchers;

use std::collections::VecDeque;

use kangji_core::{Day, Moment, ids::OfficerId};
use kangji_store::{Actor, Entered, Fact, Pending, Registered, StoreError};

use crate::{
    app::App,
    password,
    problem::{Code, Problem},
};
use district::{DISTRICTS, District, Known};
use people::Invented;

use cast::PASSWORD;
pub use cast::Part;
pub(crate) use page::pages;

/// The day on which the demonstration begins. Its schemes are in force, its year is nearly over.
pub const FIRST_DAY: u32 = 20_261_116;

/// People of each district.
pub const PEOPLE: u32 = 3_000;

/// Residents that are being registered, and facts that are written, at once.
const AT_ONCE: usize = 1_000;

/// Fills a database, where it was not done yet, and gives the server the cast. `says` is told what
/// is being done.
///
/// It may be stopped at any time and goes on when it is called again.
///
/// # Errors
/// Where the database or the keys fail.
pub fn prepare(app: App, people: u32, says: &dyn Fn(&str)) -> Result<App, Problem> {
    let store = app.store();
    let now = app.now();
    let is_done = store.user_named(cast::LAST)?.is_some();
    let mut cast = Vec::new();
    let mut districts = Vec::new();
    for district in DISTRICTS {
        let known = district.known(people, FIRST_DAY_OF_DEMO).map_err(|error| {
            tracing::error!(%error, "no district could be generated");
            Problem::from(Code::Internal)
        })?;
        if !is_done {
            says(&format!("{}：{people} 位虚构的居民和一年的记录", district.name));
            register(&app, &district, &known, now)?;
            enter(&app, &known.facts, now)?;
        }
        districts.push((district, known));
    }
    if !is_done {
        says("按三个办法计分、入账");
        for district in DISTRICTS {
            let published = store.publish(district.scheme, now).wait()?;
            published.map_err(|error| Problem::from(Code::Internal).saying(error.chinese()))?;
        }
        post(&app, now)?;
    }
    let hash = if is_done { String::new() } else { password::hash(PASSWORD)? };
    for (district, known) in &districts {
        cast.extend(cast::residents(store, district, known, now.day())?);
        let institutions = shop::busiest(known);
        let institution = institutions.first().map(String::as_str);
        let staff = cast::staff(store, district, institution, &hash, now)?;
        if !is_done {
            says(&format!("{}：兑换目录、库存和兑换单", district.name));
            let officers = officers(&staff);
            if let (Some(officer), true) = (officers.first(), district.has_partner) {
                notes::publish(store, district, *officer, now)?;
            }
            shop::open(store, district, known, &officers, now)?;
            if let (Some(officer), true) = (officers.first(), district.has_partner) {
                simulation::ask(&app, district, *officer, now)?;
            }
            if let ([one, other], true) = (&officers[..], district.helpers_earn) {
                settlement::pool(store, district, known, [*one, *other], now)?;
                village::tasks(store, district, known, *one, now)?;
            }
            if let (Some(officer), Some(nurse), Some(place)) =
                (officers.first(), staff_of(&staff, "护士"), institution)
            {
                vouchers::issue(store, district, known, (*officer, nurse, place), now)?;
            }
        }
        let mut partner = Vec::new();
        if district.has_partner {
            partner = cast::partner_staff(store, district, partner::SHOP, &hash, now)?;
            if let Some(Actor::Staff(cashier)) = partner.first().map(|part| part.actor)
                && !is_done
            {
                let officers = officers(&staff);
                partner::open(store, district, known, &officers, cashier, now)?;
                settlement::deductions(store, district, known, cashier, now)?;
            }
        }
        cast.extend(staff);
        cast.extend(partner);
    }
    cast.extend(cast::offices(store, &hash, now)?);
    cast.sort_by_key(|part| DISTRICTS.iter().position(|one| one.name == part.group).unwrap_or(9));
    Ok(app.with_cast(cast))
}

/// The two officers of a district, the first of whom proposes what the second reviews.
fn officers(staff: &[Part]) -> Vec<OfficerId> {
    all_of(staff, "主管部门").collect()
}

/// The first of the staff with this title.
fn staff_of(staff: &[Part], title: &str) -> Option<OfficerId> {
    all_of(staff, title).next()
}

fn all_of(staff: &[Part], title: &str) -> impl Iterator<Item = OfficerId> {
    staff.iter().filter(move |part| part.title.starts_with(title)).filter_map(|part| {
        match part.actor {
            Actor::Staff(id) => Some(id),
            _ => None,
        }
    })
}

/// Who can sign in, by name and password, a line each.
#[must_use]
pub fn sign_ins(app: &App) -> Vec<String> {
    let staff = app.cast().iter();
    let staff = staff.filter_map(|part| Some((part.name.as_ref()?, part)));
    staff
        .map(|(name, part)| format!("{name} / {PASSWORD}　{} {}", part.group, part.title))
        .collect()
}

const FIRST_DAY_OF_DEMO: Day = match Day::from_number(FIRST_DAY) {
    Some(day) => day,
    None => Day::FIRST,
};

fn register(app: &App, district: &District, known: &Known, now: Moment) -> Result<(), Problem> {
    let mut waiting: VecDeque<Pending<Registered>> = VecDeque::new();
    for (place, fact) in (0..).zip(&known.residents) {
        let invented = Invented::of(district, place, fact);
        let new = people::registration(app.keys(), &invented, fact.clone(), now)?;
        waiting.push_back(app.store().register(new, entered(now)));
        if waiting.len() >= AT_ONCE {
            first(&mut waiting)?;
        }
    }
    while !waiting.is_empty() {
        first(&mut waiting)?;
    }
    Ok(())
}

/// Waits for the registration that was asked for first. Whoever is registered already is so from
/// the time before an interruption.
fn first(waiting: &mut VecDeque<Pending<Registered>>) -> Result<(), StoreError> {
    waiting.pop_front().map_or(Ok(()), |pending| pending.wait().map(|_| ()))
}

fn enter(app: &App, facts: &[Fact], now: Moment) -> Result<(), Problem> {
    for some in facts.chunks(AT_ONCE * 2) {
        app.store().enter(some.to_vec(), entered(now)).wait()?;
    }
    Ok(())
}

fn post(app: &App, now: Moment) -> Result<(), Problem> {
    loop {
        let (residents, _) = app.store().post_some(AT_ONCE, now.day(), entered(now)).wait()?;
        if residents == 0 {
            return Ok(());
        }
    }
}

const fn entered(now: Moment) -> Entered {
    Entered { now, reason: None }
}
