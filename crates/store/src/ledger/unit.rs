//! A unit of work: accounts are loaded once, commands are decided on them one after the other,
//! and all entries are written together. The caller opens and closes the transaction.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use kangji_core::{
    Moment,
    ids::{AccountId, CommandKey, HolderId},
};
use kangji_ledger::{
    Account, Accounts, Command, Context, Entry, Hash, No, Refusal, Seq, Terms, account_of, decide,
    snapshot,
};

use rustc_hash::{FxHashMap, FxHashSet};

use super::rows::{self, Stored};
use crate::{
    audit::Done,
    schema::{ACCOUNT_ENTRIES, ACCOUNTS, COMMANDS, ENTRIES, REFUSALS},
    sql::{Connection, Lock, SqlError, Value},
    vouchers::follow::follow,
};

/// What a command came to: its last entry in its own account, or why nothing changed.
pub type Answer = Result<Entry, Refusal>;

/// So many entries are written without waiting for more of them.
const MANY: usize = 512;

/// What is known of an account besides its state.
struct Owner {
    holder: HolderId,
    scheme: Box<str>,
}

/// A refusal to keep.
struct Refused {
    account: AccountId,
    key: CommandKey,
    input: Hash,
    refusal: Refusal,
    at: Moment,
}

/// What a key was used for.
enum Used {
    /// For the entry of this number.
    Entry(Hash, i64),
    /// For a command that was refused.
    Refused(Hash, Refusal),
}

/// A unit of work in an open transaction.
pub(crate) struct Unit<'c> {
    pub(crate) connection: &'c mut Connection,
    accounts: Accounts,
    owners: FxHashMap<AccountId, Owner>,
    opened: FxHashSet<AccountId>,
    changed: FxHashSet<AccountId>,
    entries: Vec<Entry>,
    refused: Vec<Refused>,
    keys: FxHashMap<(AccountId, CommandKey), Used>,
    terms: Option<HashMap<Box<str>, Terms>>,
    epoch: u32,
    /// What the audit log is to tell.
    pub(crate) done: Vec<Done>,
}

impl<'c> Unit<'c> {
    pub(crate) fn new(connection: &'c mut Connection) -> Self {
        Self {
            connection,
            accounts: Accounts::default(),
            owners: FxHashMap::default(),
            opened: FxHashSet::default(),
            changed: FxHashSet::default(),
            entries: Vec::new(),
            refused: Vec::new(),
            keys: FxHashMap::default(),
            terms: None,
            epoch: 0,
            done: Vec::new(),
        }
    }

    /// Loads accounts that are not loaded yet, locked in the order of their ids.
    pub(crate) fn load(
        &mut self,
        ids: impl IntoIterator<Item = AccountId>,
    ) -> Result<(), SqlError> {
        let missing = ids.into_iter().filter(|id| !self.accounts.contains_key(id));
        let mut missing: Vec<AccountId> = missing.collect();
        missing.sort_unstable();
        missing.dedup();
        // Without a lock, the number of checkpoints could change before the first one is taken.
        if missing.is_empty() {
            return Ok(());
        }
        let keys: Vec<Value<'_>> = missing.iter().map(|id| Value::from(id.bytes())).collect();
        let (accounts, owners) = (&mut self.accounts, &mut self.owners);
        self.connection.fetch(&ACCOUNTS, 1, &keys, Lock::Rows, |row| {
            let Stored { account, holder, scheme } = rows::account(&row)?;
            owners.insert(account.id, Owner { holder, scheme });
            accounts.insert(account.id, account);
            Ok(())
        })?;
        if self.terms.is_none() {
            self.read_terms()?;
        }
        Ok(())
    }

    /// The number of checkpoints and what the schemes allow, read after the first accounts are
    /// locked: from then on no checkpoint can be made until this transaction ends.
    fn read_terms(&mut self) -> Result<(), SqlError> {
        let (epoch, mut terms) = (&mut self.epoch, HashMap::new());
        let all = "SELECT epoch, schemes.id, adjustments, closed_through
            FROM ledger LEFT JOIN schemes ON ledger.id = 1";
        self.connection.query(all, &[], |row| {
            *epoch = rows::natural(&row, 0)?;
            let Some(scheme) = row.opt_text(1)? else { return Ok(()) };
            let closed_through = rows::opt_day(&row, 3)?;
            terms.insert(scheme.into(), Terms { adjustments: row.int(2)? != 0, closed_through });
            Ok(())
        })?;
        self.terms = Some(terms);
        Ok(())
    }

    /// Opens the accounts of holders that are not there, and loads the others. They are written
    /// by [`Unit::write`]; another server that opened one meanwhile makes that a conflict.
    pub(crate) fn open(
        &mut self,
        wanted: impl IntoIterator<Item = (HolderId, bool)>,
        scheme: &str,
    ) -> Result<(), SqlError> {
        let mut wanted: Vec<(AccountId, HolderId, bool)> = wanted
            .into_iter()
            .map(|(holder, pool)| (account_of(holder, scheme), holder, pool))
            .collect();
        wanted.sort_unstable();
        self.load(wanted.iter().map(|(id, ..)| *id))?;
        wanted.dedup_by_key(|(id, ..)| *id);
        wanted.retain(|(id, ..)| !self.accounts.contains_key(id));
        for (id, holder, pool) in wanted {
            self.owners.insert(id, Owner { holder, scheme: scheme.into() });
            self.accounts.insert(id, Account::new(id, pool));
            self.opened.insert(id);
        }
        Ok(())
    }

    /// Looks up what the keys of commands were used for, so that [`Unit::answer`] need not: those
    /// of refused commands always, those of accepted ones if `accepted` says so. Where it does
    /// not, [`Unit::write`] is a conflict if a key was used before.
    pub(crate) fn look_up<'a>(
        &mut self,
        commands: impl Iterator<Item = &'a Command>,
        accepted: bool,
    ) -> Result<(), SqlError> {
        let named = commands.filter_map(|command| Some((command.account, command.key?)));
        let mut named: Vec<(AccountId, CommandKey)> = named.collect();
        named.sort_unstable();
        named.dedup();
        let keys = keys_of(&named);
        if accepted {
            self.look_up_accepted(&keys)?;
        }
        let known = &mut self.keys;
        self.connection.fetch(&REFUSALS, 2, &keys, Lock::None, |row| {
            let place =
                (AccountId::from_bytes(row.array(0)?), CommandKey::from_bytes(row.array(1)?));
            let refusal = serde_json::from_str(row.text(3)?);
            let refusal = refusal.map_err(|_| row.problem(3, "holds no refusal"))?;
            known.insert(place, Used::Refused(Hash::from_bytes(row.array(2)?), refusal));
            Ok(())
        })
    }

    fn look_up_accepted(&mut self, keys: &[Value<'_>]) -> Result<usize, SqlError> {
        let known = &mut self.keys;
        let mut found = 0;
        self.connection.fetch(&COMMANDS, 2, keys, Lock::None, |row| {
            let place =
                (AccountId::from_bytes(row.array(0)?), CommandKey::from_bytes(row.array(1)?));
            known.insert(place, Used::Entry(Hash::from_bytes(row.array(3)?), row.int(2)?));
            found += 1;
            Ok(())
        })?;
        Ok(found)
    }

    /// Whether a command that is refused now was accepted before: no unique index tells that.
    pub(crate) fn refuses_what_was_accepted(&mut self) -> Result<bool, SqlError> {
        let refused = self.refused.iter().map(|refused| (refused.account, refused.key));
        let refused: Vec<(AccountId, CommandKey)> = refused.collect();
        Ok(self.look_up_accepted(&keys_of(&refused))? > 0)
    }

    /// Decides a command whose accounts are loaded and whose key was looked up. The entries stay
    /// here until [`Unit::write`].
    pub(crate) fn answer(
        &mut self,
        command: &Command,
        input: Hash,
        now: Moment,
    ) -> Result<Answer, SqlError> {
        if let Some(answer) = self.earlier(command, input)? {
            return Ok(answer);
        }
        let answer = self.decide(command, input, now)?;
        let Some(key) = command.key else { return Ok(answer) };
        let place = (command.account, key);
        match &answer {
            Ok(entry) => {
                let seq = i64::try_from(entry.seq.0).unwrap_or(i64::MAX);
                self.keys.insert(place, Used::Entry(input, seq));
            }
            // Without an account there is nothing to keep an answer with; it cannot change
            // what others see either.
            Err(Refusal::NoAccount) => {}
            Err(refusal) => {
                self.keys.insert(place, Used::Refused(input, *refusal));
                let (account, refusal) = (command.account, *refusal);
                self.refused.push(Refused { account, key, input, refusal, at: now });
            }
        }
        Ok(answer)
    }

    /// The first answer to a command that comes again; a refusal if the key is another command's.
    fn earlier(&mut self, command: &Command, input: Hash) -> Result<Option<Answer>, SqlError> {
        let Some(key) = command.key else { return Ok(None) };
        match self.keys.get(&(command.account, key)) {
            None => Ok(None),
            Some(Used::Entry(first, _) | Used::Refused(first, _)) if *first != input => {
                Ok(Some(Err(Refusal::KeyUsed)))
            }
            Some(Used::Refused(_, refusal)) => Ok(Some(Err(*refusal))),
            Some(Used::Entry(_, seq)) => {
                let seq = *seq;
                let new = self.entries.iter().find(|entry| {
                    entry.account == command.account && i64::try_from(entry.seq.0) == Ok(seq)
                });
                if let Some(entry) = new {
                    return Ok(Some(Ok(entry.clone())));
                }
                let columns: Vec<&str> = ENTRIES.columns.iter().map(|column| column.name).collect();
                let made = format!(
                    "SELECT {} FROM entries WHERE command = $1 AND account = $2",
                    columns.join(", ")
                );
                let place = [Value::from(key.bytes()), Value::from(command.account.bytes())];
                let mut found = None;
                self.connection.query(&made, &place, |row| {
                    found = Some(rows::entry(&row)?);
                    Ok(())
                })?;
                found.map(|entry| Some(Ok(entry))).ok_or_else(|| {
                    SqlError::shape(format!("entry `{seq}` of `{}` is missing", command.account))
                })
            }
        }
    }

    /// Decides a command without looking at its key.
    pub(crate) fn decide(
        &mut self,
        command: &Command,
        input: Hash,
        now: Moment,
    ) -> Result<Answer, SqlError> {
        let terms = self.terms_of(command.account);
        let context = Context { now, epoch: self.epoch };
        let first = self.entries.len();
        loop {
            let (accounts, entries) = (&mut self.accounts, &mut self.entries);
            match decide(accounts, command, input, &context, &terms, entries) {
                Ok(()) => {
                    let new = self.entries.get(first..).unwrap_or_default();
                    self.changed.extend(new.iter().map(|entry| entry.account));
                    let entry = new.iter().rfind(|entry| entry.account == command.account);
                    return entry
                        .cloned()
                        .map(Ok)
                        .ok_or_else(|| SqlError::other("no entry was decided"));
                }
                Err(No::NeedsHistory(account)) => self.read_history(account)?,
                // The accounts may be half changed: nothing of this unit may be written.
                Err(No::Refused(Refusal::Inconsistent)) => {
                    let text = format!("account `{}` contradicts itself", command.account);
                    return Err(SqlError::shape(text));
                }
                Err(No::Refused(refusal)) => return Ok(Err(refusal)),
            }
        }
    }

    /// A loaded account, as what was decided has left it.
    pub(crate) fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// The scheme of a loaded account.
    pub(crate) fn scheme_of(&self, account: AccountId) -> Option<&str> {
        self.owners.get(&account).map(|owner| &*owner.scheme)
    }

    fn terms_of(&self, account: AccountId) -> Terms {
        let terms = self.scheme_of(account).and_then(|scheme| self.terms.as_ref()?.get(scheme));
        terms.copied().unwrap_or_default()
    }

    /// Replays all entries of an account, those of this unit included.
    fn read_history(&mut self, id: AccountId) -> Result<(), SqlError> {
        let pool = self.accounts.get(&id).is_some_and(|account| account.pool);
        let mut account = Account::with_history(id, pool);
        let broken = |error| SqlError::shape(format!("account `{id}`: {error}"));
        self.connection.fetch(
            &ACCOUNT_ENTRIES,
            1,
            &[Value::from(id.bytes())],
            Lock::None,
            |row| account.follow(&rows::entry(&row)?).map_err(broken),
        )?;
        for entry in self.entries.iter().filter(|entry| entry.account == id) {
            account.follow(entry).map_err(broken)?;
        }
        let known = self.accounts.get(&id);
        if known.is_none_or(|known| (known.seq, known.hash) != (account.seq, account.hash)) {
            return Err(SqlError::shape(format!("account `{id}` does not end in its last entry")));
        }
        self.accounts.insert(id, account);
        Ok(())
    }

    /// Those of the loaded accounts that have entries.
    pub(crate) fn with_entries(&self) -> Vec<AccountId> {
        let used = self.accounts.values().filter(|account| account.seq > Seq(0));
        used.map(|account| account.id).collect()
    }

    /// Writes the entries that were decided if they have become many, so that the database takes
    /// them while others are decided.
    pub(crate) fn write_many(&mut self) -> Result<(), SqlError> {
        if self.entries.len() < MANY {
            return Ok(());
        }
        write_entries(self.connection, std::mem::take(&mut self.entries))
    }

    /// Writes what was decided, accounts in the order of their ids so that two servers that open
    /// the same ones do not lock each other out.
    pub(crate) fn write(self) -> Result<(), SqlError> {
        let Self { connection, accounts, mut owners, opened, changed, entries, refused, .. } = self;
        write_entries(connection, entries)?;
        let touched = |id: &AccountId| opened.contains(id) || changed.contains(id);
        let mut states: Vec<(Stored, Vec<u8>)> = accounts
            .into_values()
            .filter(|account| touched(&account.id))
            .filter_map(|account| {
                let Owner { holder, scheme } = owners.remove(&account.id)?;
                let lots = snapshot::lots_and_holds(&account);
                Some((Stored { account, holder, scheme }, lots))
            })
            .collect();
        states.sort_unstable_by_key(|(stored, _)| stored.account.id);
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (stored, lots) in &states {
            let is_new = opened.contains(&stored.account.id);
            rows::push_account(if is_new { &mut new } else { &mut known }, stored, lots);
        }
        connection.insert(&ACCOUNTS, &new)?;
        connection.update(&ACCOUNTS, &known)?;
        write_refused(connection, &refused)
    }
}

fn keys_of(named: &[(AccountId, CommandKey)]) -> Vec<Value<'_>> {
    let mut keys = Vec::with_capacity(named.len() * 2);
    for (account, key) in named {
        keys.extend([Value::from(account.bytes()), Value::from(key.bytes())]);
    }
    keys
}

fn write_entries(connection: &mut Connection, mut entries: Vec<Entry>) -> Result<(), SqlError> {
    // Neighbours in the table are written one after the other.
    entries.sort_unstable_by_key(|entry| (entry.account, entry.seq));
    let parts: Vec<Vec<u8>> = entries.iter().map(|entry| snapshot::parts(&entry.parts)).collect();
    let mut values = Vec::with_capacity(entries.len() * ENTRIES.columns.len());
    for (entry, parts) in entries.iter().zip(&parts) {
        rows::push_entry(&mut values, entry, parts);
    }
    connection.insert(&ENTRIES, &values)?;
    follow(connection, &entries)
}

fn write_refused(connection: &mut Connection, refused: &[Refused]) -> Result<(), SqlError> {
    let answers: Result<Vec<String>, _> =
        refused.iter().map(|refused| serde_json::to_string(&refused.refusal)).collect();
    let answers = answers.map_err(|error| SqlError::other(error.to_string()))?;
    let mut values = Vec::with_capacity(refused.len() * REFUSALS.columns.len());
    for (refused, answer) in refused.iter().zip(&answers) {
        values.extend([
            Value::from(refused.account.bytes()),
            Value::from(refused.key.bytes()),
            Value::from(refused.input.bytes()),
            Value::Text(answer),
            Value::Int(refused.at.millis()),
        ]);
    }
    connection.insert(&REFUSALS, &values)
}
