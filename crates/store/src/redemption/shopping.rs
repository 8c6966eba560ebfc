//! What bears on whether people can have something, loaded for several at once.

use std::collections::{BTreeSet, HashMap};

use kangji_core::{
    Day, Decimal, Division, DivisionPrefix, Points,
    ids::{AccountId, HolderId},
    vocabulary::{GroupSet, Vocabulary},
};
use kangji_ledger::Account;
use kangji_redemption::{Facts, Past};
use kangji_rules::{person::Profile, scheme::Price};

use super::{institutions, ordering::place::Wished, orders};
use crate::{
    facts::{DatedText, ResidentFact, residents},
    read::{is_helping, this_month},
    schema::{INSTITUTIONS, METRICS, ORDERS},
    sql::{Connection, Lock, SqlError, Value},
};

/// Facts of people who want something.
#[derive(Default)]
pub(super) struct Shoppers {
    people: HashMap<HolderId, ResidentFact>,
    past: HashMap<AccountId, Vec<Past>>,
    /// What the running month brought for helping others: until it is over nobody learns what came
    /// of a report, by ordering neither (T10).
    withheld: HashMap<AccountId, Points>,
    signed: HashMap<HolderId, Vec<String>>,
    /// The areas of institutions that are open.
    places: HashMap<String, DivisionPrefix>,
    /// Of the year, by community.
    metrics: HashMap<String, Vec<(String, Decimal)>>,
}

/// What of a wish is looked at besides points and stock: most wishes need nothing more.
#[derive(Clone, Copy, Default)]
struct Needs {
    person: bool,
    past: bool,
    signed: bool,
    metrics: bool,
}

impl Needs {
    fn of(wish: &Wished<'_>) -> Self {
        let (item, area) = (wish.item, wish.catalogue.area);
        let metrics = !item.given.is_empty();
        let elsewhere = area != wish.scheme.division;
        Self {
            person: metrics || elsewhere || item.price == Price::Free || !item.when.is_empty(),
            past: !item.limits.is_empty(),
            signed: item.signed,
            metrics,
        }
    }
}

impl Shoppers {
    /// Loads what wishes look at.
    pub(super) fn load(
        connection: &mut Connection,
        wishes: &[Wished<'_>],
        today: Day,
    ) -> Result<Self, SqlError> {
        let mut found = Self::default();
        let who = |needed: fn(&Needs) -> bool| {
            let wanting = wishes.iter().filter(|wish| needed(&Needs::of(wish)));
            let mut who: Vec<HolderId> = wanting.map(|wish| wish.person).collect();
            who.sort_unstable();
            who.dedup();
            who
        };
        let known = residents::known(connection, &who(|needs| needs.person))?;
        found.people = known.into_iter().map(|(id, (fact, _))| (id, fact)).collect();
        for person in who(|needs| needs.signed) {
            found.signed.insert(person, signed_with(connection, person, today)?);
        }
        found.read_places(connection, wishes)?;
        let limited = wishes.iter().filter(|wish| Needs::of(wish).past);
        let mut accounts: Vec<AccountId> = limited.map(|wish| wish.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        found.read_past(connection, &accounts)?;
        for wish in wishes.iter().filter(|wish| wish.scheme.awards.iter().any(is_helping)) {
            if found.withheld.contains_key(&wish.account) {
                continue;
            }
            let helping = |id: &str| wish.scheme.award(id).is_some_and(is_helping);
            let withheld = this_month(connection, wish.account, helping, today)?;
            found.withheld.insert(wish.account, withheld);
        }
        if wishes.iter().any(|wish| Needs::of(wish).metrics) {
            found.read_metrics(connection, today)?;
        }
        Ok(found)
    }

    fn read_places(
        &mut self,
        connection: &mut Connection,
        wishes: &[Wished<'_>],
    ) -> Result<(), SqlError> {
        let codes: BTreeSet<&str> = wishes.iter().map(|wish| wish.institution).collect();
        let keys: Vec<Value<'_>> = codes.into_iter().map(Value::Text).collect();
        connection.fetch(&INSTITUTIONS, 1, &keys, Lock::None, |row| {
            let institution = institutions::from_row(&row)?;
            if institution.closed_at.is_none() {
                self.places.insert(institution.code, institution.area);
            }
            Ok(())
        })
    }

    fn read_past(
        &mut self,
        connection: &mut Connection,
        accounts: &[AccountId],
    ) -> Result<(), SqlError> {
        let keys: Vec<Value<'_>> = accounts.iter().map(|id| Value::from(id.bytes())).collect();
        connection.fetch(&ORDERS, 1, &keys, Lock::None, |row| {
            let order = orders::from_row(&row)?;
            if order.counts() {
                let day = order.placed.at.day();
                let (provider, item, sets) = (order.provider, order.item, order.sets);
                let past = Past { provider, item, day, sets, points: order.points };
                self.remember(order.account, past);
            }
            Ok(())
        })
    }

    /// The figures of the communities that the people live in.
    fn read_metrics(&mut self, connection: &mut Connection, today: Day) -> Result<(), SqlError> {
        let live_in = self.people.values().filter_map(|fact| on(&fact.communities, today).next());
        let mut places: Vec<String> = live_in.map(ToOwned::to_owned).collect();
        places.sort_unstable();
        places.dedup();
        let year = Value::Int(i64::from(today.year()));
        let keys = places.iter().flat_map(|place| [Value::Text(place), year]);
        let keys: Vec<Value<'_>> = keys.collect();
        connection.fetch(&METRICS, 2, &keys, Lock::None, |row| {
            let value = row.text(3)?.parse();
            let value = value.map_err(|_| row.problem(3, "holds no number"))?;
            self.metrics
                .entry(row.text(0)?.to_owned())
                .or_default()
                .push((row.text(2)?.to_owned(), value));
            Ok(())
        })
    }

    /// What an account had just now.
    pub(super) fn remember(&mut self, account: AccountId, past: Past) {
        self.past.entry(account).or_default().push(past);
    }

    /// What can be spent, before a shortfall is taken off.
    pub(super) fn redeemable(
        &self,
        wish: &Wished<'_>,
        account: Option<&Account>,
        today: Day,
    ) -> Points {
        let shortfall = account.map_or(Points::ZERO, |account| account.shortfall);
        let balance = account.map_or(Points::ZERO, |account| account.redeemable(today));
        let withheld = self.withheld.get(&wish.account).copied().unwrap_or_default();
        balance.saturating_add(shortfall).left_after(withheld)
    }

    /// What bears on one wish.
    pub(super) fn shopper(
        &self,
        wish: &Wished<'_>,
        account: Option<&Account>,
        words: &Vocabulary,
        today: Day,
    ) -> Shopper {
        let profile = self.people.get(&wish.person).map(|fact| profile(fact, words, today));
        let community = profile.as_ref().and_then(|profile| profile.community);
        let metrics = community.and_then(|place| self.metrics.get(&place.to_string()));
        let same =
            |past: &&Past| past.item == wish.item.id && past.provider == wish.catalogue.provider;
        let past = self.past.get(&wish.account).into_iter().flatten().filter(same).cloned();
        let shortfall = account.map_or(Points::ZERO, |account| account.shortfall);
        let signed = self.signed.get(&wish.person);
        let place = self.places.get(wish.institution);
        Shopper {
            place: place.copied(),
            has_account: account.is_some(),
            profile,
            redeemable: self.redeemable(wish, account, today),
            shortfall,
            signed: signed.is_some_and(|with| with.iter().any(|org| org == wish.institution)),
            metrics: metrics.cloned().unwrap_or_default(),
            past: past.collect(),
        }
    }
}

/// What bears on one wish, besides stock.
pub(super) struct Shopper {
    /// The area of the institution, if it is open.
    place: Option<DivisionPrefix>,
    has_account: bool,
    profile: Option<Profile>,
    redeemable: Points,
    shortfall: Points,
    signed: bool,
    metrics: Vec<(String, Decimal)>,
    past: Vec<Past>,
}

impl Shopper {
    /// All that an answer depends on.
    pub(super) fn facts<'a>(
        &'a self,
        today: Day,
        words: &'a Vocabulary,
        taken: u32,
        free: &'a dyn Fn(&str) -> u32,
    ) -> Facts<'a> {
        Facts {
            today,
            words,
            person: self.profile.as_ref(),
            redeemable: self.redeemable,
            shortfall: self.shortfall,
            signed: self.signed,
            metrics: &self.metrics,
            past: &self.past,
            taken,
            free,
        }
    }

    /// Whether the institution hands it over, and to them: it is open, in the scheme's area, and
    /// the catalogue is for those who live there. A whole scheme's is also for whoever has points
    /// under it, wherever they live.
    pub(super) fn is_here(&self, wish: &Wished<'_>) -> bool {
        let (area, division) = (wish.catalogue.area, wish.scheme.division);
        let lives = |profile: &Profile| profile.community.is_some_and(|at| area.contains(at));
        let is_served = match &self.profile {
            Some(profile) => lives(profile) || area == division && self.has_account,
            None => area == division,
        };
        is_served
            && self.place.is_some_and(|place| division.overlaps(place))
            && wish.catalogue.hands_over(wish.item, wish.institution)
    }
}

/// What holds on a day.
fn on(dated: &[DatedText], day: Day) -> impl Iterator<Item = &str> {
    let holds = move |(_, days): &&DatedText| days.from <= day && day <= days.to;
    dated.iter().filter(holds).map(|(value, _)| value.as_str())
}

/// The community that somebody lives in on a day.
pub(crate) fn lives_in(fact: &ResidentFact, day: Day) -> Option<Division> {
    on(&fact.communities, day).find_map(Division::parse)
}

/// Those of some institutions that are open.
pub(crate) fn is_open(
    connection: &mut Connection,
    codes: &[&str],
) -> Result<BTreeSet<String>, SqlError> {
    let keys: Vec<Value<'_>> = codes.iter().map(|code| Value::Text(code)).collect();
    let mut open = BTreeSet::new();
    connection.fetch(&INSTITUTIONS, 1, &keys, Lock::None, |row| {
        let institution = institutions::from_row(&row)?;
        if institution.closed_at.is_none() {
            open.insert(institution.code);
        }
        Ok(())
    })?;
    Ok(open)
}

fn profile(fact: &ResidentFact, words: &Vocabulary, today: Day) -> Profile {
    let mut groups = GroupSet::default();
    on(&fact.groups, today).filter_map(|id| words.group(id)).for_each(|id| groups.insert(id));
    Profile {
        day: today,
        birth_date: fact.birth_date,
        sex: fact.sex,
        community: lives_in(fact, today),
        groups,
    }
}

/// The institutions that somebody signed with (S9), until there are contracts.
fn signed_with(
    connection: &mut Connection,
    person: HolderId,
    today: Day,
) -> Result<Vec<String>, SqlError> {
    let sql = "SELECT DISTINCT org FROM records WHERE resident = $1 AND kind = 'contract.signed'
        AND void = 0 AND day <= $2";
    let values = [Value::from(person.bytes()), Value::Int(crate::ledger::rows::number(today))];
    let mut found = Vec::new();
    connection.query(sql, &values, |row| {
        found.push(row.text(0)?.to_owned());
        Ok(())
    })?;
    Ok(found)
}
