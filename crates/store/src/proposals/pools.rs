//! Pools of villages (T2): points that a community earned as a whole. They are handed on to those
//! who help there, by a list that two people sign, and in no other way.

use kangji_core::{
    Day, Division, DivisionPrefix, Moment, Points,
    ids::{AccountId, HolderId},
};
use kangji_ledger::account_of;
use kangji_rights::{Action, Cover, Permit};
use kangji_rules::score::Program;

use crate::{
    facts::{DatedText, ResidentFact, holders, residents},
    ledger::rows,
    read::{KnownResident, ResidentQuery},
    schema::ACCOUNTS,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// The groups of those who help in a village: cadres, social workers, grid workers, group leaders.
pub const HELPERS: [&str; 4] = ["village_cadre", "social_worker", "grid_worker", "group_leader"];

/// Villages whose pools are told; whoever looks after more asks for a smaller area.
const POOLS_MAX: usize = 200;
/// Helpers of a village that are told.
const HELPERS_MAX: u32 = 200;

/// The pool of a village under a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Its account.
    pub account: AccountId,
    /// The village's division code of twelve digits.
    pub community: String,
    /// The scheme.
    pub scheme: String,
    /// What can be handed on, in the scheme's smallest unit.
    pub redeemable: Points,
}

/// Whether somebody lives in a village and helps there on a day.
#[must_use]
pub fn helps_in(village: DivisionPrefix, fact: &ResidentFact, day: Day) -> bool {
    let holds = |(_, days): &&DatedText| days.contains(day);
    let lives = fact.communities.iter().filter(holds).any(|(code, _)| {
        Division::parse(code).is_some_and(|community| village.contains(community))
    });
    let helps =
        fact.groups.iter().filter(holds).any(|(group, _)| HELPERS.contains(&group.as_str()));
    lives && helps
}

/// The first of some people who does not help in a village, by their place.
pub(super) fn outside(
    connection: &mut Connection,
    village: DivisionPrefix,
    people: &[HolderId],
    day: Day,
) -> Result<Option<usize>, SqlError> {
    let known = residents::known(connection, people)?;
    let helps = |id: &HolderId| known.get(id).is_some_and(|(fact, _)| helps_in(village, fact, day));
    Ok(people.iter().position(|id| !helps(id)))
}

impl Store {
    /// Opens the pool of a village under a scheme before it has earned anything; its account.
    pub fn open_pool(&self, village: &str, scheme: &str, now: Moment) -> Pending<AccountId> {
        let (village, scheme) = (village.to_owned(), scheme.to_owned());
        self.work(move |unit| {
            let ids = holders::ids(unit.connection, [village.as_str()], now)?;
            let holder = ids.get(&village).copied();
            let holder = holder.ok_or_else(|| SqlError::other("a village got no id"))?;
            unit.open([(holder, true)], &scheme)?;
            Ok(account_of(holder, &scheme))
        })
    }

    /// The pools of the villages that a permit covers, those of one scheme after those of another.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn pools(&self, permit: &Permit, today: Day) -> Result<Vec<Pool>, StoreError> {
        let communities = self.communities_under(permit, POOLS_MAX)?;
        let mut reader = self.reader()?;
        let rulebook = self.rulebook()(&mut reader)?;
        let known = holders::known(&mut reader, communities.iter().map(String::as_str))?;
        let mut found = Vec::new();
        for scheme in rulebook.programs.iter().map(Program::scheme_id) {
            let ids: Vec<(&String, AccountId)> = communities
                .iter()
                .filter_map(|code| Some((code, account_of(*known.get(code)?, scheme))))
                .collect();
            for (community, id) in ids {
                found.extend(pool(&mut reader, id, community, today)?);
            }
        }
        Ok(found)
    }

    /// The pool with an account; `None` where the account is nobody's or no pool.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn pool(&self, id: AccountId, today: Day) -> Result<Option<Pool>, StoreError> {
        let Some((holder, _)) = self.account_owner(id)? else { return Ok(None) };
        let mut reader = self.reader()?;
        let code = holders::codes(&mut reader, &[holder])?.remove(&holder);
        let Some(code) = code else { return Ok(None) };
        Ok(pool(&mut reader, id, &code, today)?)
    }

    /// Who helps in a village today and may receive points of its pool, in the order in which they
    /// were registered.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn helpers_in(
        &self,
        village: DivisionPrefix,
        today: Day,
    ) -> Result<Vec<KnownResident>, StoreError> {
        let cover = Cover::Area { area: village, institution: None };
        let Some(permit) = Permit::covering(Action::PoolsHandOn, vec![cover]) else {
            return Ok(Vec::new());
        };
        let mut ids = Vec::new();
        for group in HELPERS {
            let query = ResidentQuery {
                area: Some(village),
                group: Some(group.to_owned()),
                after: None,
                limit: HELPERS_MAX,
                today,
            };
            ids.extend(self.residents_under(&permit, &query)?);
        }
        ids.sort_unstable();
        ids.dedup();
        self.residents(&ids)
    }
}

fn pool(
    connection: &mut Connection,
    id: AccountId,
    community: &str,
    today: Day,
) -> Result<Option<Pool>, SqlError> {
    let mut found = None;
    connection.fetch(&ACCOUNTS, 1, &[Value::from(id.bytes())], Lock::None, |row| {
        let stored = rows::account(&row)?;
        if stored.account.pool {
            found = Some(Pool {
                account: id,
                community: community.to_owned(),
                scheme: stored.scheme.into(),
                redeemable: stored.account.redeemable(today),
            });
        }
        Ok(())
    })?;
    Ok(found)
}
