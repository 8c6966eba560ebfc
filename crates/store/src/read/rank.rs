//! The rank of a resident among those of the community who take part in ranks (S6). Nobody else's
//! points leave this module.

use std::collections::HashMap;

use kangji_core::{Day, ids::HolderId};
use kangji_rules::score::Program;

use super::Reading;
use crate::{
    access::filter::allows,
    ledger::rows::{number, opt_day},
    post::services::communities,
    sql::{Connection, SqlError, Value},
    store::{Store, StoreError},
};

/// What is agreed to by whoever takes part.
const PURPOSE: &str = "rank";
/// So many take part before there is a rank.
pub const RANKED_MIN: usize = 50;
/// The first age at which one is ranked.
const ADULT: u32 = 18;

/// Where a resident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// They have not agreed to be ranked.
    NotAgreed,
    /// They are not of age, or their day of birth is not known.
    Minor,
    /// They live in no community.
    NoCommunity,
    /// Too few of the community take part.
    TooFew,
    /// So many have more points, and so many take part.
    Ranked {
        /// The rank, from 1 on; the same points have the same rank.
        rank: usize,
        /// How many take part.
        of: usize,
    },
}

impl Store {
    /// Where a resident stands under a scheme; `None` where the permit does not reach them or
    /// there is no such scheme. Points that rest on illnesses do not count.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn ranking(
        &self,
        resident: HolderId,
        scheme: &str,
        reading: Reading<'_>,
    ) -> Result<Option<Ranking>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let Reading { permit, today, .. } = reading;
        if !allows(&mut connection, permit, resident, None, today)? {
            return Ok(None);
        }
        let rulebook = self.rulebook()(&mut connection)?;
        let Some(program) = rulebook.program(scheme) else { return Ok(None) };
        let lives = communities(&mut connection, std::iter::once(resident), today)?;
        let community = lives.get(&resident).and_then(|all| all.first());
        let Some(community) = community.map(ToString::to_string) else {
            return Ok(Some(Ranking::NoCommunity));
        };
        let place = Place { community: &community, scheme, today };
        let people = place.people(&mut connection)?;
        let hidden = place.sensitive(&mut connection, program)?;
        connection.rollback();
        Ok(Some(stand(resident, &people, &hidden, today)))
    }
}

fn stand(
    resident: HolderId,
    people: &HashMap<HolderId, (Option<Day>, i64)>,
    hidden: &HashMap<HolderId, i64>,
    today: Day,
) -> Ranking {
    let adult = |born: Option<Day>| born.and_then(|born| born.age_years(today)) >= Some(ADULT);
    let Some((born, _)) = people.get(&resident) else { return Ranking::NotAgreed };
    if !adult(*born) {
        return Ranking::Minor;
    }
    // Points forfeited as a whole took the sensitive ones with them.
    let points = |(id, (_, total)): (&HolderId, &(Option<Day>, i64))| {
        (*id, total.saturating_sub(hidden.get(id).copied().unwrap_or_default()).max(0))
    };
    let ranked = people.iter().filter(|(_, (born, _))| adult(*born));
    let ranked: HashMap<HolderId, i64> = ranked.map(points).collect();
    let own = ranked.get(&resident).copied().unwrap_or_default();
    if ranked.len() < RANKED_MIN {
        return Ranking::TooFew;
    }
    let ahead = ranked.values().filter(|points| **points > own).count();
    Ranking::Ranked { rank: ahead + 1, of: ranked.len() }
}

/// Where and under which scheme people are ranked.
struct Place<'a> {
    community: &'a str,
    scheme: &'a str,
    today: Day,
}

/// Those who take part, as a condition on `consents`.
const TAKE_PART: &str = "consents.purpose = $1 AND consents.withdrawn_at IS NULL
    AND EXISTS (SELECT 1 FROM standings WHERE standings.resident = consents.person
    AND standings.kind = 1 AND standings.value = $2
    AND standings.first_day <= $3 AND standings.last_day >= $3)";

impl Place<'_> {
    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(PURPOSE),
            Value::Text(self.community),
            Value::Int(number(self.today)),
            Value::Text(self.scheme),
        ]
    }

    /// Those who take part, with their days of birth and all their points.
    fn people(
        &self,
        connection: &mut Connection,
    ) -> Result<HashMap<HolderId, (Option<Day>, i64)>, SqlError> {
        let sql = format!(
            "SELECT consents.person, residents.birth_day, accounts.total FROM consents
            LEFT JOIN residents ON residents.id = consents.person
            LEFT JOIN accounts ON accounts.holder = consents.person AND accounts.scheme = $4
            WHERE {TAKE_PART}"
        );
        let mut people = HashMap::new();
        connection.query(&sql, &self.values(), |row| {
            let total = row.opt_int(2)?.unwrap_or_default();
            people.insert(HolderId::from_bytes(row.array(0)?), (opt_day(&row, 1)?, total));
            Ok(())
        })?;
        Ok(people)
    }

    /// Their points under awards that name an illness.
    fn sensitive(
        &self,
        connection: &mut Connection,
        program: &Program,
    ) -> Result<HashMap<HolderId, i64>, SqlError> {
        let awards = program.versions().iter().flat_map(|scheme| &scheme.awards);
        let secret = awards.filter(|award| award.public_name.is_some());
        let mut secret: Vec<&str> = secret.map(|award| award.id.as_str()).collect();
        secret.sort_unstable();
        secret.dedup();
        if secret.is_empty() {
            return Ok(HashMap::new());
        }
        let mut values = self.values();
        let places: Vec<String> =
            (values.len() + 1..).take(secret.len()).map(|place| format!("${place}")).collect();
        values.extend(secret.into_iter().map(Value::Text));
        let reverse = kangji_ledger::EntryKind::Reverse.code();
        let sql = format!(
            "SELECT accounts.holder, entries.seq, entries.kind, entries.refers, entries.total
            FROM accounts JOIN account_entries AS entries ON entries.account = accounts.id
            WHERE accounts.scheme = $4 AND (entries.award IN ({}) OR entries.kind = {reverse})
            AND accounts.holder IN (SELECT consents.person FROM consents WHERE {TAKE_PART})",
            places.join(", "),
        );
        let (mut credits, mut taken_back) = (HashMap::new(), Vec::new());
        connection.query(&sql, &values, |row| {
            let holder = HolderId::from_bytes(row.array(0)?);
            if row.int(2)? == i64::from(reverse) {
                taken_back.extend(row.opt_int(3)?.map(|seq| (holder, seq)));
            } else {
                credits.insert((holder, row.int(1)?), row.int(4)?);
            }
            Ok(())
        })?;
        for place in &taken_back {
            credits.remove(place);
        }
        let mut hidden: HashMap<HolderId, i64> = HashMap::new();
        for ((holder, _), points) in credits {
            let sum = hidden.entry(holder).or_default();
            *sum = sum.saturating_add(points);
        }
        Ok(hidden)
    }
}

#[cfg(test)]
mod tests {
    use kangji_core::{DayRange, Moment, vocabulary::Vocabulary};
    use kangji_rights::{Cover, Permit};

    use super::*;
    use crate::{
        facts::{Fact, RecordFact, ResidentFact, holders::known},
        post::Entered,
        schema::CONSENTS,
        sql::Location,
        verify::sample::{Folder, both},
    };

    const HERE: &str = "510403001001";
    const SCHEME: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");

    fn person(number: usize) -> Fact {
        let born = if number == 51 { 2015 } else { 1950 };
        let place = if number == 50 { "510403001002" } else { HERE };
        let always = DayRange { from: Day::FIRST, to: Day::LAST };
        Fact::Resident(ResidentFact {
            code: format!("generated-{number}"),
            birth_date: Day::new(born, 2, 3),
            sex: None,
            communities: vec![(place.to_owned(), always)],
            guardians: Vec::new(),
            groups: vec![("smi".to_owned(), always)],
        })
    }

    fn record(number: usize, kind: &str, day: u32) -> Fact {
        Fact::Record(RecordFact {
            code: format!("{kind}-{number}-{day}"),
            resident: format!("generated-{number}"),
            kind: kind.to_owned(),
            day: Day::new(2026, 7, day).unwrap(),
            org: String::new(),
            worker: String::new(),
            void: false,
            attributes: Vec::new(),
        })
    }

    /// Of 52 people the last is a minor and the one before lives elsewhere; the first has many
    /// points, but they tell of an illness; the next nine have been to a lecture.
    fn ranks(location: &Location) {
        let now = Moment::from_millis(1_790_000_000_000);
        Store::migrate(location, now).unwrap();
        let store = Store::open(location, Vocabulary::national()).unwrap();
        assert_eq!(store.publish(SCHEME, now).wait().unwrap(), Ok(true));
        let mut facts: Vec<Fact> = (0..52).map(person).collect();
        facts.extend((1..10).map(|day| record(0, "smi.followup", day)));
        facts.extend((1..10).map(|number| record(number, "lecture.attended", 1)));
        store.record(facts, Entered { now, reason: None }).wait().unwrap();
        let codes: Vec<String> = (0..52).map(|number| format!("generated-{number}")).collect();
        let ids = known(&mut store.reader().unwrap(), codes.iter().map(String::as_str)).unwrap();
        let ids: Vec<HolderId> = codes.iter().map(|code| ids[code]).collect();
        let agree = |numbers: Vec<usize>| {
            let people: Vec<HolderId> = numbers.iter().map(|number| ids[*number]).collect();
            let write = move |unit: &mut crate::ledger::unit::Unit<'_>| {
                for id in &people {
                    let id = Value::from(id.bytes());
                    let row = [id, Value::Text(PURPOSE), Value::Int(1), Value::Null];
                    unit.connection.insert(&CONSENTS, &row)?;
                }
                Ok(())
            };
            store.work(write).wait().unwrap();
        };
        let rank = |number: usize| {
            let permit = Permit::covering(
                kangji_rights::Action::PointsRead,
                vec![Cover::Person(ids[number])],
            );
            let permit = permit.unwrap();
            let reading = Reading { permit: &permit, care: None, own: None, today: now.day() };
            store.ranking(ids[number], "panzhihua-xiqu", reading).unwrap().unwrap()
        };
        assert_eq!(rank(0), Ranking::NotAgreed);
        agree((0..49).chain([50, 51]).collect());
        assert_eq!(rank(0), Ranking::TooFew, "49, a minor, and one who lives elsewhere");
        assert_eq!(rank(50), Ranking::TooFew);
        assert_eq!(rank(51), Ranking::Minor);
        agree(vec![49]);
        assert_eq!(rank(1), Ranking::Ranked { rank: 1, of: 50 });
        assert_eq!(rank(0), Ranking::Ranked { rank: 10, of: 50 }, "without the sensitive points");
    }

    #[test]
    fn adults_who_agreed_are_ranked_where_fifty_did() {
        let folder = Folder::new();
        both(&folder).iter().for_each(ranks);
    }
}
