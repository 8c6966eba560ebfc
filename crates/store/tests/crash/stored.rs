//! What is stored, read past the store, and compared with the model to the last point.

use kangji_core::{Day, Moment, Points, ids::CommandKey};
use kangji_ledger::{Answer, Entry, EntryKind, Hash, Seq, Source, snapshot};
use kangji_store::Location;
use tokio_postgres::NoTls;

use crate::{
    ask,
    model::{Model, Purse},
};

/// Numbers only, then texts and bytes, so that both databases read alike.
const ENTRIES: &str = "SELECT seq, epoch, kind, day, recorded_at, total, redeemable, held,
    COALESCE(refers, 0), COALESCE(version, 0), account, parts, command, input, hash,
    COALESCE(award, ''), COALESCE(period, '') FROM entries ORDER BY account, seq";
const ACCOUNTS: &str = "SELECT seq, total, redeemable, held, shortfall, recorded_at, id, hash
    FROM accounts ORDER BY id";
const REFUSALS: &str = "SELECT account, command, answer FROM refusals ORDER BY account, command";

/// A row: its numbers, its bytes, its texts, each in order.
#[derive(Debug, Default)]
struct Row {
    numbers: Vec<i64>,
    bytes: Vec<Vec<u8>>,
    texts: Vec<String>,
}

/// Everything that is stored of the ledger.
struct Stored {
    entries: Vec<Row>,
    accounts: Vec<Row>,
    refusals: Vec<Row>,
}

/// Compares what is stored with what the clients were told.
pub(crate) fn check(location: &Location, model: &Model) {
    let stored = Stored::read(location);
    let [mut accepted, mut refused] = [0, 0];
    for (account, purse) in model.purses.iter().enumerate() {
        purse.check_order();
        stored.check_entries(account, purse);
        stored.check_account(account, purse);
        stored.check_refusals(account, purse);
        accepted += purse.entries.len();
        refused += purse.refused.len();
    }
    assert_eq!(stored.entries.len(), accepted, "an entry of nobody's account");
    assert_eq!(stored.refusals.len(), refused, "a refusal of nobody's account");
    assert_eq!(stored.accounts.len(), model.purses.len(), "an account that nobody opened");
    verify(location);
}

/// The ledger's own check of itself, which the comparison above shares nothing with.
fn verify(location: &Location) {
    let report = kangji_store::verify(location, None, None, &mut |_| {}).unwrap();
    assert!(report.is_sound(), "{}", report.chinese());
}

impl Stored {
    fn read(location: &Location) -> Self {
        match location {
            Location::File(path) => {
                let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
                let connection = rusqlite::Connection::open_with_flags(path, flags).unwrap();
                let read = |sql| sqlite_rows(&connection, sql);
                // Nobody writes now, so that three readings are of one state.
                Self { entries: read(ENTRIES), accounts: read(ACCOUNTS), refusals: read(REFUSALS) }
            }
            Location::Postgres(url) => {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().unwrap();
                runtime.block_on(async {
                    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
                    tokio::spawn(connection);
                    Self {
                        entries: postgres_rows(&client, ENTRIES).await,
                        accounts: postgres_rows(&client, ACCOUNTS).await,
                        refusals: postgres_rows(&client, REFUSALS).await,
                    }
                })
            }
        }
    }

    /// One entry for each accepted command, in the order and with the hash that was told.
    fn check_entries(&self, account: usize, purse: &Purse) {
        let id = ask::id(account);
        let of_account = |row: &&Row| row.bytes[0] == id.bytes();
        let rows: Vec<&Row> = self.entries.iter().filter(of_account).collect();
        assert_eq!(rows.len(), purse.entries.len(), "entries of account {account}");
        let mut previous = Hash::NONE;
        for (row, (seq, (key, said))) in rows.into_iter().zip(&purse.entries) {
            let entry = entry(row, account);
            assert_eq!(entry.seq.0, *seq);
            assert_eq!(entry.key.unwrap().bytes(), &ask::key(*key), "entry {seq} of {account}");
            assert_eq!(entry.kind.word(), said.kind);
            assert_eq!([entry.total.0, entry.redeemable.0, entry.held.0], said.changes);
            assert_eq!(entry.recorded_at.millis(), said.recorded_at);
            assert_eq!(entry.hash.to_string(), said.hash);
            assert_eq!(entry.chained(previous), entry.hash, "the chain of account {account}");
            previous = entry.hash;
        }
    }

    /// The account's own row says what its entries and the model say.
    fn check_account(&self, account: usize, purse: &Purse) {
        let id = ask::id(account);
        let row = self.accounts.iter().find(|row| row.bytes[0] == id.bytes()).unwrap();
        let [seq, total, redeemable, held, shortfall, recorded_at] = row.numbers[..] else {
            panic!("{row:?}");
        };
        assert_eq!([total, redeemable, held], purse.balances(), "balances of account {account}");
        assert_eq!((seq, shortfall), (i64::try_from(purse.entries.len()).unwrap(), 0));
        if let Some((_, (_, last))) = purse.entries.last_key_value() {
            assert_eq!(hash(&row.bytes[1]).to_string(), last.hash);
            assert_eq!(recorded_at, last.recorded_at);
        }
    }

    /// Every refusal is kept once, in the words that were told, and made no entry.
    fn check_refusals(&self, account: usize, purse: &Purse) {
        let id = ask::id(account);
        let of_account = |row: &&Row| row.bytes[0] == id.bytes();
        let rows: Vec<&Row> = self.refusals.iter().filter(of_account).collect();
        assert_eq!(rows.len(), purse.refused.len(), "refusals of account {account}");
        for (row, (key, text)) in rows.into_iter().zip(&purse.refused) {
            assert_eq!(row.bytes[1], ask::key(*key));
            assert_eq!(&row.texts[0], text);
        }
    }
}

/// The entry of a row, to compute its hash anew.
fn entry(row: &Row, account: usize) -> Entry {
    let [seq, epoch, kind, day, recorded_at, total, redeemable, held, refers, version] =
        row.numbers[..]
    else {
        panic!("{row:?}");
    };
    let [_, parts, key, input, stored_hash] = &row.bytes[..] else { panic!("{row:?}") };
    let [award, period] = &row.texts[..] else { panic!("{row:?}") };
    let day_of = |number: i64| Day::from_number(u32::try_from(number).unwrap()).unwrap();
    let kind = EntryKind::from_code(u8::try_from(kind).unwrap()).unwrap();
    Entry {
        account: ask::id(account),
        seq: Seq(u64::try_from(seq).unwrap()),
        epoch: u32::try_from(epoch).unwrap(),
        kind,
        day: day_of(day),
        recorded_at: Moment::from_millis(recorded_at),
        total: Points(total),
        redeemable: Points(redeemable),
        held: Points(held),
        refers: (refers > 0).then(|| Seq(u64::try_from(refers).unwrap())),
        expires_on: None,
        due_at: None,
        parts: snapshot::parts_from(parts).unwrap(),
        source: (kind == EntryKind::Credit).then(|| Source {
            award: award.clone(),
            resident: ask::holder(account),
            record: None,
            period: Some(period.clone()),
            version: day_of(version),
        }),
        answer: Answer::default(),
        article: None,
        key: Some(CommandKey::from_bytes(key.as_slice().try_into().unwrap())),
        input: hash(input),
        hash: hash(stored_hash),
    }
}

fn hash(bytes: &[u8]) -> Hash {
    Hash::from_bytes(bytes.try_into().unwrap())
}

fn sqlite_rows(connection: &rusqlite::Connection, sql: &str) -> Vec<Row> {
    use rusqlite::types::Value;
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |found| {
        let mut row = Row::default();
        for column in 0..width {
            match found.get(column)? {
                Value::Integer(number) => row.numbers.push(number),
                Value::Blob(bytes) => row.bytes.push(bytes),
                Value::Text(text) => row.texts.push(text),
                other => panic!("{other:?} in column {column}"),
            }
        }
        Ok(row)
    });
    rows.unwrap().map(Result::unwrap).collect()
}

async fn postgres_rows(client: &tokio_postgres::Client, sql: &str) -> Vec<Row> {
    use tokio_postgres::types::Type;
    let read = |found: &tokio_postgres::Row| {
        let mut row = Row::default();
        for (index, column) in found.columns().iter().enumerate() {
            match *column.type_() {
                Type::INT8 => row.numbers.push(found.get(index)),
                Type::BYTEA => row.bytes.push(found.get(index)),
                _ => row.texts.push(found.get(index)),
            }
        }
        row
    };
    client.query(sql, &[]).await.unwrap().iter().map(read).collect()
}
