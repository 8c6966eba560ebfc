//! Opening a database, and what it does not do in words that say what to do about it.

use std::{fs::File, io::Read};

use kangji_core::{Day, Decimals, ids::ReasonId, vocabulary::Vocabulary};
use kangji_ledger::Refusal;
use kangji_store::{
    Class, Entered, Location, MigrationError, Pending, SqlError, Store, StoreError, Subject,
};

use crate::{
    account,
    args::{DatabaseArgs, StoreArgs},
    clock,
    failure::Failure,
    files, inputs,
};

/// An open database.
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) words: Vocabulary,
    location: Location,
}

impl Database {
    /// Opens it to read.
    pub(crate) fn open(args: &StoreArgs) -> Result<Self, Failure> {
        Self::at(&args.at, inputs::vocabulary(args.vocabulary.as_deref())?)
    }

    /// Opens it to change something, which stands in the audit log with the change itself.
    pub(crate) fn open_to(action: &str, args: &StoreArgs) -> Result<Self, Failure> {
        let database = Self::open(args)?;
        let store = database.store.on_behalf(account::call(action, clock::now()));
        Ok(Self { store, ..database })
    }

    /// Opens it to read, or for what is logged by [`Database::log`].
    pub(crate) fn at(args: &DatabaseArgs, words: Vocabulary) -> Result<Self, Failure> {
        let location = args.database.clone();
        must_be_there(&location)?;
        let opened = Store::open(&location, words.clone());
        let store = opened.map_err(|error| failed(&location, &error))?;
        Ok(Self { store, words, location })
    }

    /// Writes into the audit log what is no single transaction of the database; it waits until the
    /// line is on the disk.
    pub(crate) fn log(&self, action: &str, result: &str) -> Result<(), Failure> {
        let now = clock::now();
        let deed = account::deed(action, now);
        self.wait(self.store.log(deed, Subject::None, result, now))
    }

    /// Waits for an answer.
    pub(crate) fn wait<T>(&self, pending: Pending<T>) -> Result<T, Failure> {
        self.told(pending.wait())
    }

    pub(crate) fn told<T>(&self, answer: Result<T, StoreError>) -> Result<T, Failure> {
        answer.map_err(|error| failed(&self.location, &error))
    }

    /// Writes down why something is done, if somebody says why.
    pub(crate) fn reason(&self, text: Option<&str>) -> Result<Option<ReasonId>, Failure> {
        match text.map(str::trim) {
            None => Ok(None),
            Some("") => Err(Failure::Usage("--reason 后面要写原因".to_owned())),
            Some(text) => self.wait(self.store.reason(text, clock::now())).map(Some),
        }
    }
}

/// As [`Database::log`], about a database as a whole. It is no reason to stop that the line cannot
/// be written: a copy may be made of a replica, where nobody writes.
pub(crate) fn log(at: &DatabaseArgs, action: &str, result: &str) {
    let database = Database::at(at, Vocabulary::national());
    if let Err(failure) = database.and_then(|database| database.log(action, result)) {
        eprintln!("提醒：审计日志没有记下这件事：{failure}");
    }
}

/// How something is written now.
pub(crate) fn entered(reason: Option<ReasonId>) -> Entered {
    Entered { now: clock::now(), reason }
}

/// The day points are posted to: today, or an earlier one.
pub(crate) fn as_of(wanted: Option<Day>) -> Result<Day, Failure> {
    let today = clock::now().day();
    match wanted {
        Some(day) if day > today => {
            Err(Failure::Usage(format!("{day} 晚于今天（{today}）；最晚写今天")))
        }
        wanted => Ok(wanted.unwrap_or(today)),
    }
}

const SQLITE: &[u8; 16] = b"SQLite format 3\0";

/// Refuses a file that is not there or is something else, before a library says so less clearly.
pub(crate) fn must_be_there(location: &Location) -> Result<(), Failure> {
    match location {
        Location::File(path) if !path.exists() => {
            let reason = format!("没有这个文件；先运行 kangji init --database {location}");
            Err(Failure::Database { location: location.clone(), reason })
        }
        Location::File(_) => must_be_a_database(location),
        Location::Postgres(_) => Ok(()),
    }
}

/// Gets ready for a database that may not be there yet.
pub(crate) fn may_be_made(location: &Location) -> Result<(), Failure> {
    must_be_a_database(location)?;
    match location {
        Location::File(path) => files::folders_of(path),
        Location::Postgres(_) => Ok(()),
    }
}

/// Refuses a file with anything in it but a database.
fn must_be_a_database(location: &Location) -> Result<(), Failure> {
    let Location::File(path) = location else { return Ok(()) };
    let mut start = Vec::new();
    match File::open(path).and_then(|file| file.take(16).read_to_end(&mut start)) {
        Ok(_) if start.is_empty() || start == SQLITE => Ok(()),
        Ok(_) => {
            let reason = "这个文件不是数据库，请检查 --database 写的是不是它".to_owned();
            Err(Failure::Database { location: location.clone(), reason })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::Read { path: path.clone(), error }),
    }
}

/// What the store says, for people.
pub(crate) fn failed(location: &Location, error: &StoreError) -> Failure {
    let reason = match error {
        StoreError::Sql(error) => of_sql(error),
        StoreError::Migration(MigrationError::Sql(error)) if error.class() == Class::Other => {
            format!("还没有初始化，先运行 kangji init（{error}）")
        }
        StoreError::Migration(error) => of_migration(error),
        StoreError::Refused(refusal) => of_refusal(refusal),
        StoreError::NotEmpty => "已有积分账户；请另用一个空的数据库".to_owned(),
        StoreError::Thread(text) => format!("没有做成；请再运行一次（{text}）"),
        StoreError::KeyUsed => "这个操作编号已用于另一个操作，请换新编号".to_owned(),
        StoreError::Changed => "内容已被别的程序修改；请重新查看后再做".to_owned(),
        StoreError::Closed => "写入线程已经停止，请重新运行".to_owned(),
    };
    Failure::Database { location: location.clone(), reason }
}

fn of_sql(error: &SqlError) -> String {
    let (what, remedy) = match error.class() {
        Class::Conflict => ("别的程序先写了同样的内容", "请再运行一次"),
        Class::Busy => ("正被别的程序占用", "请等它做完再运行一次"),
        Class::Unavailable => ("连不上或读写中断", "请检查地址、口令、权限和服务器，再运行一次"),
        Class::Full => ("所在的磁盘已满", "请腾出空间再运行一次"),
        Class::Shape => {
            let remedy = "请运行 kangji ledger verify；办法用到另行声明的属性时请加 --vocabulary";
            ("里面的内容与预期不符", remedy)
        }
        Class::Other => ("不接受这个操作", "请检查它是不是康积的数据库、有没有写的权限"),
    };
    format!("{what}；{remedy}（{error}）")
}

fn of_migration(error: &MigrationError) -> String {
    match error {
        MigrationError::Changed { number } => {
            format!("第 {number} 步升级与本程序的不同：它不是本程序的数据库，或被人改过")
        }
        MigrationError::Newer { number } => {
            format!("已由更新的程序升级到第 {number} 步，请改用新版本的程序")
        }
        MigrationError::Missing { number } => {
            format!("缺第 {number} 步升级，而后面的已做：它不是本程序的数据库，或被人改过")
        }
        MigrationError::Outdated { number } => {
            format!("还缺第 {number} 步升级，先运行 kangji migrate")
        }
        MigrationError::Sql(error) => of_sql(error),
    }
}

fn of_refusal(refusal: &Refusal) -> String {
    let sentence = refusal.chinese(|points| Decimals::default().text(points));
    match refusal {
        Refusal::PeriodClosed { .. } => {
            format!("{sentence}；请加 --reason 写明原因，再运行一次，会接着做完")
        }
        _ => format!("没有入账：{sentence}"),
    }
}
