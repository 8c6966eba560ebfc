//! The commands that keep the ledger, as their users run them, on both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread::sleep,
    time::Duration,
};

use kangji_core::vocabulary::Vocabulary;
use kangji_store::{Actor, AuditQuery, Line, Location, Store};
use serde_json::Value;

/// A folder of a test's own, in which its commands run.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ledger").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// With a scheme whose days and whose points' days have passed, and a year of records.
    fn with_data(name: &str, people: &str) -> Self {
        let place = Self::new(name);
        place.write("scheme.md", &scheme());
        let generate = ["generate", "tables", "--people", people, "--year", "2021"];
        place.done("none", &generate);
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn command(&self, database: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kangji"));
        command.args(arguments).current_dir(&self.0).env("KANGJI_DATABASE", database);
        command
    }

    fn run(&self, database: &str, arguments: &[&str]) -> Output {
        self.command(database, arguments).output().unwrap()
    }

    /// What a command prints that does what it should.
    #[track_caller]
    fn done(&self, database: &str, arguments: &[&str]) -> String {
        let output = self.run(database, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A command that ends with this code and says this.
    #[track_caller]
    fn refused(&self, database: &str, arguments: &[&str], code: i32, part: &str) {
        let output = self.run(database, arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {said}");
        assert!(said.contains(part), "{arguments:?}: {part}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }

    fn account(&self, database: &str, holder: &str) -> Value {
        let shown = self.done(database, &["ledger", "show", holder, "--format", "json"]);
        let mut all: Value = serde_json::from_str(&shown).unwrap();
        all[0].take()
    }

    /// What stands in the audit log, all of it done by this account at the command line.
    fn logged(&self, database: &str) -> BTreeSet<&'static str> {
        const ACTIONS: [&str; 9] = [
            "migrate",
            "publish",
            "import",
            "post",
            "jobs",
            "checkpoint",
            "close",
            "backup",
            "restore",
        ];
        let location = match database.parse() {
            Ok(Location::File(name)) => Location::File(self.0.join(name)),
            Ok(location) => location,
        };
        let store = Store::open(&location, Vocabulary::national()).unwrap();
        let query = AuditQuery { limit: u16::MAX, ..AuditQuery::default() };
        let account = format!("cli:{}", whoami::username().unwrap());
        let action = |line: Line| {
            assert_eq!((line.deed.actor, &line.deed.origin), (Actor::Program, &account));
            ACTIONS.into_iter().find(|action| *action == line.deed.action).unwrap()
        };
        store.audit(&query).unwrap().into_iter().map(action).collect()
    }

    fn balances(&self, database: &str, holder: &str) -> Vec<Value> {
        let account = self.account(database, holder);
        ["total", "redeemable", "held", "shortfall"].map(|key| account[key].clone()).to_vec()
    }
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// The Panzhihua document for the year 2021, without its worked examples of 2026.
fn scheme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes/panzhihua-xiqu.md");
    let text = fs::read_to_string(path).unwrap();
    let year = "from = 2026-01-01, to = 2026-12-31";
    let text = text.replacen(year, &year.replace("2026", "2021"), 1);
    let mut parts = text.split("```toml example\n");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once("```\n").unwrap().1)
}

const IMPORT: [&str; 5] = ["import", "--tables", "tables", "--as-of", "2022-01-31"];
const COMPARE: [&str; 4] = ["ledger", "compare", "--as-of", "2022-01-31"];
const SCORE: [&str; 9] = [
    "score",
    "--scheme",
    "scheme.md",
    "--tables",
    "tables",
    "--as-of",
    "2022-01-31",
    "--out",
    "out.csv",
];
const KEPT: [&str; 4] = ["--key", "key.pem", "--checkpoints", "outside.txt"];

/// Everything a city does with a ledger, once.
#[track_caller]
fn journey(place: &Place, first: &str, second: &str, third: &str) {
    let init = ["init", "--scheme", "scheme.md", "--key", "key.pem"];
    let said = place.done(first, &init);
    assert!(said.contains("已建好") && said.contains("PUBLIC KEY"), "{said}");
    assert!(!said.contains("PRIVATE"), "{said}");
    let key = place.read("key.pem");
    let said = place.done(first, &init);
    assert!(said.contains("早已建好") && said.contains("没有改动"), "{said}");
    assert_eq!(place.read("key.pem"), key);

    let said = place.done(first, &IMPORT);
    assert!(said.contains("更正 0 条，没有变化 0 条") && said.contains("得分 "), "{said}");
    assert!(place.done(first, &COMPARE).contains("完全一致"));
    assert!(place.done(first, &IMPORT).contains("什么都没有变"));

    place.done("none", &SCORE);
    let rows = place.read("out.csv");
    let holders: BTreeSet<&str> = rows
        .lines()
        .filter(|row| row.contains(",credited,"))
        .map(|row| row.split(',').nth(4).unwrap())
        .collect();
    place.done(second, &["init", "--key", "other.pem", "--scheme", "scheme.md"]);
    let said = place.done(second, &["post", "out.csv"]);
    assert!(said.contains("没有变化的得分 0 笔"), "{said}");
    assert!(place.done(second, &["post", "out.csv"]).contains("积分没有变化。"));
    for holder in holders.iter().step_by(holders.len() / 8 + 1) {
        let balances = place.balances(first, holder);
        assert_ne!(balances[0], "0", "{holder}");
        assert_eq!(place.balances(second, holder), balances, "{holder}");
    }
    let holder = holders.first().unwrap();
    let said = place.done(first, &["ledger", "show", holder]);
    assert!(
        said.contains("总积分") && said.contains("得分") && !said.contains("chronic"),
        "{said}"
    );
    lists_decide(place, second, &rows, holder);

    let said = place.done(first, &[&["jobs", "run"], &KEPT[..]].concat());
    assert!(said.contains("到期的积分：清理") && said.contains("检查点：第 1 个"), "{said}");
    let account = place.account(first, holder);
    assert!(account["redeemable"] == "0" && account["total"] != "0", "{account}");
    assert!(account["entries"].to_string().contains("积分有效期为从得分那天起2年"), "{account}");
    assert!(place.done(first, &[&["jobs", "run"], &KEPT[..]].concat()).contains("没有到时"));
    let said = place.done(first, &[&["ledger", "checkpoint"], &KEPT[..]].concat());
    assert!(said.contains("第 2 个检查点"), "{said}");
    let outside = place.read("outside.txt");
    assert_eq!(outside.lines().count(), 2);
    // Stopped before its line was kept, or while it was being written.
    place.write("outside.txt", outside.split_inclusive('\n').next().unwrap());
    place.done(first, &[&["jobs", "run"], &KEPT[..]].concat());
    assert_eq!(place.read("outside.txt"), outside);
    place.write("outside.txt", outside.trim_end());
    place.refused(first, &[&["jobs", "run"], &KEPT[..]].concat(), 2, "第 2 行）没有写完");
    place.write("outside.txt", &outside);
    let said = place.done(first, &[&["ledger", "verify"], &KEPT[..]].concat());
    assert!(said.contains("2 个检查点、") && said.contains("未发现问题"), "{said}");
    // The jobs have posted what became due until today.
    let today = ["ledger", "compare"];
    assert!(place.done(first, &today).contains("完全一致"), "expiry takes no credit back");

    let close = ["ledger", "close", "--scheme", "panzhihua-xiqu", "--through", "2021-12-31"];
    assert!(place.done(first, &close).contains("已结账到 2021-12-31"));
    assert!(place.done(first, &close).contains("没有变化"));

    place.done(first, &[&["backup", "backup.db"], &KEPT[..]].concat());
    place.refused(first, &["backup", "backup.db"], 2, "已经有了");
    place.refused(first, &["restore", "backup.db"], 2, "已有内容");
    place.done(third, &[&["restore", "backup.db"], &KEPT[..]].concat());
    let other = ["ledger", "checkpoint", "--key", "other.pem", "--checkpoints", "outside.txt"];
    place.refused(second, &other, 2, "与数据库的不一致");
    let rolled_back = ["ledger", "verify", "--checkpoints", "outside.txt"];
    place.refused(second, &rolled_back, 1, "旧状态");
    place.refused(first, &["ledger", "verify", "--key", "other.pem"], 1, "发现问题");
    place.done(third, &[&["ledger", "verify"], &KEPT[..]].concat());
    assert!(place.done(third, &today).contains("完全一致"));
    assert_eq!(place.account(third, holder), account);
}

/// What was done on the journey stands in the audit logs.
#[track_caller]
fn all_is_logged(place: &Place, first: &str, second: &str, third: &str) {
    let done = ["migrate", "publish", "import", "jobs", "checkpoint", "close", "backup"];
    assert_eq!(place.logged(first), done.into_iter().collect());
    assert_eq!(place.logged(second), ["migrate", "publish", "post"].into_iter().collect());
    assert!(place.logged(third).contains("restore"));
}

/// An outcome file says all there is, unless only those it lists are meant.
fn lists_decide(place: &Place, database: &str, rows: &str, left_out: &str) {
    let of_others = |row: &&str| row.split(',').nth(4) != Some(left_out);
    let rest: Vec<&str> = rows.lines().filter(of_others).collect();
    place.write("rest.csv", &(rest.join("\n") + "\n"));
    let before = place.balances(database, left_out);
    place.done(database, &["post", "rest.csv", "--only-listed"]);
    assert_eq!(place.balances(database, left_out), before);
    let said = place.done(database, &["post", "rest.csv"]);
    assert!(said.contains("表里没有、账上有得分的人：得分 0 笔，冲回 "), "{said}");
    assert_eq!(place.balances(database, left_out)[0], "0");
    place.done(database, &["post", "out.csv"]);
    assert_eq!(place.balances(database, left_out), before);
}

#[test]
fn a_ledger_is_kept_on_sqlite() {
    let place = Place::with_data("sqlite", "300");
    journey(&place, "first.db", "second.db", "third.db");
    all_is_logged(&place, "first.db", "second.db", "third.db");
}

#[test]
fn a_ledger_is_kept_on_postgresql() {
    let place = Place::with_data("postgresql", "300");
    let [first, second, third] = [(); 3].map(|()| kangji_testdb::fresh_database());
    place.refused(&first, &IMPORT, 2, "还没有初始化，先运行 kangji init");
    journey(&place, &first, &second, &third);
    all_is_logged(&place, &first, &second, &third);
}

/// Kills an import three times at moments nobody chose; the next one completes it.
#[track_caller]
fn survives(place: &Place, database: &str) {
    place.done(database, &["init", "--scheme", "scheme.md", "--key", "key.pem"]);
    let mut killed = 0;
    // A fast machine may be done before it is killed; then it is tried again.
    for _ in 0..30 {
        let mut command = place.command(database, &IMPORT);
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(u64::from(getrandom::u32().unwrap() % 600) + 20));
        running.kill().unwrap();
        killed += usize::from(!running.wait().unwrap().success());
        if killed == 3 {
            break;
        }
    }
    assert!(killed > 0, "no import was long enough to be killed");
    place.done(database, &IMPORT);
    assert!(place.done(database, &COMPARE).contains("完全一致"));
    assert!(place.done(database, &IMPORT).contains("什么都没有变"));
    place.done(database, &["ledger", "verify"]);
}

#[test]
fn a_killed_import_is_completed_by_the_next() {
    let place = Place::with_data("killed", "2000");
    survives(&place, "killed.db");
    fs::remove_file(place.0.join("key.pem")).unwrap();
    survives(&place, &kangji_testdb::fresh_database());
}

#[test]
fn a_database_that_is_none_is_named_with_what_to_do() {
    let place = Place::with_data("none", "20");
    place.write("text.db", "not a database\n");
    place.write("empty.db", "");
    let nowhere = "postgres://kangji:secret@127.0.0.1:1/nowhere";
    let commands: [&[&str]; 6] = [
        &IMPORT,
        &COMPARE,
        &["ledger", "verify"],
        &["ledger", "show", "G0000001"],
        &["jobs", "run"],
        &["backup", "b.db"],
    ];
    for command in commands {
        place.refused("missing.db", command, 2, "kangji init --database missing.db");
        place.refused("text.db", command, 2, "这个文件不是数据库");
        place.refused("empty.db", command, 2, "还没有初始化");
        let output = place.run(nowhere, command);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("postgres://127.0.0.1:1/nowhere：连不上"));
        assert!(!said(&output).contains("secret"));
    }
    place.refused("text.db", &["init"], 2, "这个文件不是数据库");
    place.refused("missing.db", &["migrate"], 2, "没有这个文件");
    assert!(place.done("empty.db", &["migrate"]).contains("第 1"));
    assert!(place.done("empty.db", &["migrate"]).contains("已是最新"));
    for name in ["missing.db", "b.db", "text.db.key.pem"] {
        assert!(!place.0.join(name).exists(), "{name}");
    }
    assert_eq!(place.read("text.db"), "not a database\n");
}

#[test]
fn files_of_another_kind_are_refused() {
    let place = Place::with_data("files", "20");
    place.done("k.db", &["init", "--scheme", "scheme.md"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(place.0.join("k.db.key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let cases: [(&[&str], i32, &str); 12] = [
        (&["restore", "scheme.md"], 2, "这个文件不是备份"),
        (&["restore", "nothing"], 2, "没有这个备份文件"),
        (&["ledger", "verify", "--key", "scheme.md"], 2, "scheme.md：不是 SM2 公钥"),
        (&["ledger", "verify", "--checkpoints", "scheme.md"], 2, "第 1 行不是检查点"),
        (&["ledger", "verify", "--checkpoints", "nothing"], 2, "读不了 nothing"),
        (&["jobs", "run", "--key", "scheme.md"], 2, "不是未加密的 SM2 私钥"),
        (&["jobs", "run", "--checkpoints", "o.txt"], 2, "--key"),
        (&["jobs", "run", "--today", "9999-01-01"], 2, "晚于今天"),
        (&["ledger", "show", "nobody"], 2, "没有编号为「nobody」"),
        (&["import", "--tables", "tables", "--as-of", "9999-01-01"], 2, "晚于今天"),
        (&["import", "--tables", "nowhere"], 2, "nowhere"),
        (&["init", "--key", "scheme.md"], 2, "不是未加密的 SM2 私钥"),
    ];
    for (command, code, part) in cases {
        place.refused("k.db", command, code, part);
    }
    place.refused("k.db", &["scheme", "publish", "tables/records.csv"], 2, "办法文件有误");
    place.write("changed.md", &scheme().replacen("points = 50", "points = 51", 1));
    place.refused("k.db", &["scheme", "publish", "changed.md"], 2, "已公布的版本不能修改");
    assert!(place.done("k.db", &["scheme", "publish", "scheme.md"]).contains("早已公布"));
    place.refused("other.db", &["init", "--scheme", "tables/records.csv"], 2, "办法文件有误");
    place.refused("other.db", &["init", "--key", "scheme.md"], 2, "不是未加密的 SM2 私钥");
    assert!(!place.0.join("other.db").exists(), "nothing is half made");
}

#[test]
fn refused_rows_are_not_imported_and_a_correction_is_posted() {
    let place = Place::with_data("rows", "50");
    place.done("k.db", &["init", "--scheme", "scheme.md"]);
    let records = place.read("tables/records.csv");
    place.write("tables/records.csv", &records.replacen("2021-", "2021-13-", 1));
    let mut refused = IMPORT.to_vec();
    place.refused("k.db", &refused, 1, "没有导入");
    assert!(place.done("k.db", &COMPARE).contains("0 人、账上 0 笔"));
    refused.push("--skip-refused");
    place.done("k.db", &refused);
    place.write("tables/records.csv", &records);
    place.done("k.db", &[&IMPORT[..], &["--no-post"]].concat());
    place.done("k.db", &IMPORT);
    place.write("tables/records.csv", &records.replace(",valid,", ",void,"));
    let said = place.done("k.db", &[&IMPORT[..], &["--reason", "全部重录"]].concat());
    assert!(said.contains("得分 0 笔，冲回 "), "{said}");
    assert!(place.done("k.db", &COMPARE).contains("账上 0 笔"));
}

/// What time alone brings is posted by catching up: records of days that were still to come.
#[test]
fn catching_up_posts_what_time_brings() {
    let place = Place::with_data("time", "50");
    place.done("k.db", &["init", "--scheme", "scheme.md"]);
    let early = ["import", "--tables", "tables", "--as-of", "2021-06-30"];
    let printed = place.done("k.db", &early);
    assert!(printed.contains("条记录的日期晚于 2021-06-30"), "{printed}");
    let output = place.run("k.db", &[&COMPARE[..], &["--format", "csv"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(output.stdout.starts_with(b"scheme,resident,award,subject,posted,scored\n"));
    place.done("k.db", &["ledger", "catch-up", "--as-of", "2022-01-31"]);
    assert!(place.done("k.db", &COMPARE).contains("完全一致"));
}

/// Every mistake an outcome file can have is named with its line, and nothing is posted.
#[test]
fn every_mistake_of_an_outcome_file_is_listed() {
    let place = Place::new("mistakes");
    place.write("scheme.md", &scheme());
    place.done("k.db", &["init", "--scheme", "scheme.md"]);
    let header = "scheme,version,award,holder_type,holder,resident,record,period,date,points,\
                  expires_on,outcome,because,basis\n";
    let row = |record: &str| {
        format!(
            "panzhihua-xiqu,1,lecture,resident,R1,R1,{record},,2021-03-01,5,2023-03-01,credited,,\n"
        )
    };
    let good = format!("{header}{}", row("a"));
    let cases: [(&str, &str, &str); 22] = [
        ("panzhihua-xiqu,1", "nobody,1", "第 3 行：scheme「nobody」与前面的"),
        (",1,", ",2,", "第 3 行：version「2」没有公布；已公布的是 1 到 1"),
        (",1,", ",0,", "version「0」"),
        (",1,", ",+,", "version「+」"),
        ("lecture", "lectures", "第 3 行：award「lectures」不是"),
        ("resident,R1", "residents,R1", "holder_type「residents」应为"),
        ("resident,R1", "community,R1", "持有人「R1」在前面的行里不是社区"),
        (",R1,R1,", ",,R1,", "holder 是空的"),
        (",R1,R1,", ",R1,,", "resident 是空的"),
        (",b,,", ",,,", "应恰好填一个"),
        (",b,,", ",b,2021,", "应恰好填一个"),
        (",b,,", ",,2021-13,", "period「2021-13」不是期间"),
        (",b,,", ",a,,", "与前面一行重复"),
        ("2021-03-01", "2021-02-30", "date「2021-02-30」不是日历上的一天"),
        ("2021-03-01", "9021-03-01", "晚于今天"),
        (",5,", ",5.5,", "points「5.5」不符合办法的小数位数（0 位）"),
        (",5,", ",-5,", "points「-5」小于零"),
        (",5,", ",five,", "points「five」不是数"),
        (",5,", ",99999999999,", "超出可记录的范围"),
        ("2023-03-01", "soon", "expires_on「soon」"),
        ("credited", "credit", "outcome「credit」不是结果的种类"),
        ("credited,,", "credited,", "有 13 列，应有 14 列"),
    ];
    for (from, to, part) in cases {
        place.write("bad.csv", &format!("{good}{}", row("b").replacen(from, to, 1)));
        place.refused("k.db", &["post", "bad.csv"], 1, part);
    }
    let apart = format!("{good}{}{}", row("b").replace("R1", "R2"), row("c"));
    let whole: [(&str, &str); 7] = [
        ("", "文件是空的"),
        ("id,resident\n", "表头第 1 列应为「scheme」，现为「id」"),
        (header, "没有一行得分"),
        (&good.replace("credited", "capped"), "没有一行得分"),
        (&good.replace("panzhihua-xiqu", "nobody"), "第 2 行：scheme「nobody」没有公布"),
        (&apart, "第 4 行：持有人「R1」的行没有排在一起"),
        (&good.repeat(60), "……另有 "),
    ];
    for (text, part) in whole {
        place.write("bad.csv", text);
        place.refused("k.db", &["post", "bad.csv"], 1, part);
    }
    fs::write(place.0.join("bad.csv"), [header.as_bytes(), b"\xBD\xB2\n"].concat()).unwrap();
    place.refused("k.db", &["post", "bad.csv"], 1, "第 2 行：不是 UTF-8");
    place.refused("k.db", &["post", "none.csv"], 2, "读不了 none.csv");
    place.refused("k.db", &["post", "."], 2, "不是普通文件");
    place.refused("k.db", &["ledger", "show", "R1"], 2, "没有编号为「R1」");
    place.write("good.csv", &format!("\u{feff}{good}"));
    place.done("k.db", &["post", "good.csv"]);
    assert_eq!(place.balances("k.db", "R1")[0], "5");
}
