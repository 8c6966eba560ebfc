//! Every account derived again from its entries and compared with what is stored of it. It must
//! not know checkpoints but for the trees that grow with it.

use std::{sync::mpsc, thread};

use kangji_core::ids::{AccountId, HolderId};
use kangji_ledger::{Account, Entry, EntryKind, Seq, account_of, snapshot};

use super::{
    Finding, Found, Report,
    roots::{Heads, Roots},
};
use crate::{
    copied::Copied,
    ledger::rows::{self, Stored},
    schema::{ACCOUNT_ENTRIES, ACCOUNTS, ENTRIES},
    sql::{Connection, Row, SqlError, Value},
};

/// Accounts that are in memory at once.
const PAGE: usize = 512;
/// The same where the links by which entries are found cannot be trusted: SQLite then looks at all
/// entries for every page.
const PAGE_UNLINKED: usize = 65_536;
/// After how many entries the caller hears of it.
const STEP: u64 = 10_000;
/// Entries that are handed on at once.
const CHUNK: usize = 256;
/// How many such chunks are read ahead.
const CHUNKS_AHEAD: usize = 16;
/// Columns of a page: those of the account, the holder's id and the resident's.
const WIDTH: usize = ACCOUNTS.columns.len() + 2;

/// The replay of all accounts.
pub(super) struct Replay<'v> {
    /// How many checkpoints were made, if that is known.
    pub(super) made: Option<u32>,
    /// Whether the links by which entries are found lead over all of them.
    pub(super) linked: bool,
    pub(super) roots: &'v mut Roots,
    pub(super) report: &'v mut Report,
    pub(super) progress: &'v mut dyn FnMut(u64),
}

/// Accounts with ids that follow on each other.
struct Page {
    rows: Copied,
    ids: Vec<AccountId>,
    /// The next one that was not compared.
    next: usize,
    /// Whether more may follow.
    full: bool,
}

/// An entry on its way from the database.
struct Passed(Result<Entry, Unreadable>);

/// An entry that cannot be read, as far as it can.
struct Unreadable {
    account: Option<AccountId>,
    seq: Option<Seq>,
    why: Box<str>,
}

/// The account whose entries pass by.
struct Current {
    account: Account,
    /// Its row in the page.
    row: Option<usize>,
    heads: Heads,
    /// Something was found: one finding for each account is enough.
    bad: bool,
}

impl Replay<'_> {
    /// Replays everything.
    pub(super) fn run(&mut self, connection: &mut Connection) -> Result<(), SqlError> {
        let mut after: Option<AccountId> = None;
        loop {
            let mut page = self.page(connection, after)?;
            let through = page.ids.last().copied().filter(|_| page.full);
            self.entries(connection, &mut page, after, through)?;
            let Some(through) = through else { return Ok(()) };
            after = Some(through);
        }
    }

    fn page(
        &mut self,
        connection: &mut Connection,
        after: Option<AccountId>,
    ) -> Result<Page, SqlError> {
        let mut page = Page { rows: Copied::new(WIDTH), ids: Vec::new(), next: 0, full: false };
        let mut there = 0;
        let bound = after.as_ref().map(|id| Value::from(id.bytes()));
        let most = if self.linked { PAGE } else { PAGE_UNLINKED };
        let text = page_text(bound.is_some(), most);
        connection.query(&text, bound.as_slice(), |row| {
            there += 1;
            match row.of(ACCOUNTS.name).array(0) {
                Ok(id) => {
                    page.ids.push(AccountId::from_bytes(id));
                    page.rows.push(&row)?;
                }
                Err(error) => {
                    let why = error.to_string().into();
                    self.report.push(None, None, Finding::AccountUnreadable(why));
                }
            }
            Ok(())
        })?;
        page.full = there == most;
        Ok(page)
    }

    /// Passes the entries of a page by its accounts, and those whose account is not there.
    /// Another thread reads ahead, since reading and hashing take about as long.
    fn entries(
        &mut self,
        connection: &mut Connection,
        page: &mut Page,
        after: Option<AccountId>,
        through: Option<AccountId>,
    ) -> Result<(), SqlError> {
        let (sender, chunks) = mpsc::sync_channel(CHUNKS_AHEAD);
        let from = if self.linked { ACCOUNT_ENTRIES } else { ENTRIES }.name;
        let mut current: Option<Current> = None;
        thread::scope(|scope| {
            let reading =
                scope.spawn(move || read_entries(connection, from, (after, through), &sender));
            for passed in chunks.iter().flatten() {
                self.pass(page, &mut current, passed);
            }
            reading.join().unwrap_or_else(|_| Err(SqlError::other("the reading thread failed")))
        })?;
        if let Some(done) = current {
            self.finish(page, done);
        }
        self.without_entries(page, None);
        Ok(())
    }

    /// The next entry of the page.
    fn pass(&mut self, page: &mut Page, current: &mut Option<Current>, passed: Passed) {
        self.report.entries += 1;
        if self.report.entries.is_multiple_of(STEP) {
            (self.progress)(self.report.entries);
        }
        let Some(id) = passed.account() else {
            if let Err(Unreadable { seq, why, .. }) = passed.0 {
                self.report.push(None, seq, Finding::EntryUnreadable(why));
            }
            return;
        };
        match current {
            Some(current) if current.account.id == id => self.entry(current, passed),
            _ => {
                if let Some(done) = current.take() {
                    self.finish(page, done);
                }
                let new = self.start(page, id);
                self.entry(current.insert(new), passed);
            }
        }
    }

    /// Begins an account with its first entry.
    fn start(&mut self, page: &mut Page, id: AccountId) -> Current {
        self.without_entries(page, Some(id));
        let row = (page.ids.get(page.next) == Some(&id)).then_some(page.next);
        let mut bad = false;
        if row.is_some() {
            page.next += 1;
        } else {
            bad = true;
            self.report.push(Some(id), None, Finding::AccountMissing);
        }
        let pool = row.is_some_and(|row| page.is_pool(row));
        let account = Account::with_history(id, pool);
        Current { account, row, heads: Heads::default(), bad }
    }

    /// Compares the accounts before `until` that have no entries.
    fn without_entries(&mut self, page: &mut Page, until: Option<AccountId>) {
        while let Some(id) = page.ids.get(page.next).copied() {
            if until.is_some_and(|until| id >= until) {
                return;
            }
            let account = Account::new(id, page.is_pool(page.next));
            let row = Some(page.next);
            page.next += 1;
            self.finish(page, Current { account, row, heads: Heads::default(), bad: false });
        }
    }

    fn entry(&mut self, current: &mut Current, passed: Passed) {
        let entry = match passed.0 {
            Ok(entry) => entry,
            Err(Unreadable { seq, why, .. }) => {
                self.found(current, seq, Finding::EntryUnreadable(why));
                return;
            }
        };
        current.heads.push(current.account.id, &entry);
        if current.bad {
            return;
        }
        if let Some((seq, finding)) = self.wrong(&mut current.account, &entry) {
            self.found(current, Some(seq), finding);
        }
    }

    /// What is wrong with the next entry, and under which number.
    fn wrong(&self, account: &mut Account, entry: &Entry) -> Option<(Seq, Finding)> {
        let expected = Seq(account.seq.0.saturating_add(1));
        if entry.seq != expected {
            return Some((expected, Finding::EntryMissing { found: entry.seq }));
        }
        if let Err(broken) = account.follow(entry) {
            return Some((entry.seq, Finding::EntryBroken(broken)));
        }
        if let Some(made) = self.made.filter(|made| entry.epoch > *made) {
            return Some((entry.seq, Finding::EntryEpoch { epoch: entry.epoch, made }));
        }
        let from_a_person = entry.kind == EntryKind::HandOn && !account.pool;
        from_a_person.then_some((entry.seq, Finding::NotAPool))
    }

    fn found(&mut self, current: &mut Current, seq: Option<Seq>, finding: Finding) {
        if !current.bad {
            self.report.push(Some(current.account.id), seq, finding);
        }
        current.bad = true;
    }

    /// Compares an account with its row, after its last entry.
    fn finish(&mut self, page: &Page, mut current: Current) {
        self.roots.add(&current.heads);
        let Some(row) = current.row else { return };
        self.report.accounts += 1;
        if current.bad {
            return;
        }
        if let Some(finding) = compare(&mut current.account, &page.rows.row(row)) {
            self.found(&mut current, None, finding);
        }
    }
}

/// Reads the entries of the accounts between two bounds and sends them in chunks, until nobody
/// wants them.
fn read_entries(
    connection: &mut Connection,
    from: &str,
    (after, through): (Option<AccountId>, Option<AccountId>),
    sender: &mpsc::SyncSender<Vec<Passed>>,
) -> Result<(), SqlError> {
    let bounds: Vec<Value<'_>> =
        [&after, &through].into_iter().flatten().map(|id| Value::from(id.bytes())).collect();
    let text = entries_text(from, after.is_some(), through.is_some());
    let mut chunk = Vec::with_capacity(CHUNK);
    connection.query(&text, &bounds, |row| {
        chunk.push(Passed::read(&row.of(ENTRIES.name)));
        if chunk.len() == CHUNK {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            sender.send(full).map_err(|_| SqlError::other("nobody takes the entries"))?;
        }
        Ok(())
    })?;
    sender.send(chunk).map_err(|_| SqlError::other("nobody takes the entries"))
}

impl Passed {
    fn read(row: &Row<'_>) -> Self {
        Self(rows::entry(row).map_err(|error| Unreadable {
            account: row.array(0).ok().map(AccountId::from_bytes),
            seq: row.int(1).ok().and_then(|seq| u64::try_from(seq).ok()).map(Seq),
            why: error.to_string().into(),
        }))
    }

    fn account(&self) -> Option<AccountId> {
        match &self.0 {
            Ok(entry) => Some(entry.account),
            Err(unreadable) => unreadable.account,
        }
    }
}

impl Page {
    /// Whether the account of a row says that it is a pool.
    fn is_pool(&self, row: usize) -> bool {
        matches!(self.rows.row(row).get(3), Some(Value::Int(1)))
    }
}

/// What in a row does not follow from the derived account.
fn compare(account: &mut Account, row: &[Value<'_>]) -> Option<Finding> {
    let bytes = |position: usize| match row.get(position) {
        Some(Value::Bytes(bytes)) => <[u8; 16]>::try_from(*bytes).ok(),
        _ => None,
    };
    let Some(holder) = bytes(1).map(HolderId::from_bytes) else {
        return Some(Finding::AccountDiffers("holder"));
    };
    let Some(Value::Text(scheme)) = row.get(2) else {
        return Some(Finding::AccountDiffers("scheme"));
    };
    if account_of(holder, scheme) != account.id {
        return Some(Finding::AccountId);
    }
    let id = account.id;
    let account = std::mem::replace(account, Account::new(id, false));
    let stored = Stored { account, holder, scheme: (*scheme).into() };
    let lots = snapshot::lots_and_holds(&stored.account);
    let mut derived = Vec::with_capacity(WIDTH);
    rows::push_account(&mut derived, &stored, &lots);
    let columns = ACCOUNTS.columns.iter().zip(derived.iter().zip(row));
    let mut different = columns.filter(|(_, (derived, there))| derived != there);
    if let Some((column, _)) = different.next() {
        return Some(Finding::AccountDiffers(column.name));
    }
    let is_there = |position| matches!(row.get(position), Some(Value::Bytes(_)));
    if !is_there(ACCOUNTS.columns.len()) {
        return Some(Finding::HolderMissing);
    }
    let of_resident = stored.account.pool && is_there(ACCOUNTS.columns.len() + 1);
    of_resident.then_some(Finding::PoolOfResident)
}

fn page_text(after: bool, most: usize) -> String {
    let columns: Vec<String> =
        ACCOUNTS.columns.iter().map(|column| format!("accounts.{}", column.name)).collect();
    let bound = if after { "WHERE accounts.id > $1 " } else { "" };
    format!(
        "SELECT {}, holders.id, residents.id FROM accounts \
         LEFT JOIN holders ON holders.id = accounts.holder \
         LEFT JOIN residents ON residents.id = accounts.holder \
         {bound}ORDER BY accounts.id LIMIT {most}",
        columns.join(", ")
    )
}

/// Bounds on both sides but at the ends, so that no row is outside of all pages.
fn entries_text(from: &str, after: bool, through: bool) -> String {
    let columns: Vec<&str> = ENTRIES.columns.iter().map(|column| column.name).collect();
    let bounds = match (after, through) {
        (false, false) => "",
        (true, false) => "WHERE account > $1 ",
        (false, true) => "WHERE account <= $1 ",
        (true, true) => "WHERE account > $1 AND account <= $2 ",
    };
    format!("SELECT {} FROM {from} {bounds}ORDER BY account, seq", columns.join(", "))
}

impl Report {
    fn push(&mut self, account: Option<AccountId>, seq: Option<Seq>, finding: Finding) {
        self.add(Found { account, seq, finding });
    }
}
