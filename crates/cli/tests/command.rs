//! The command as its users run it: exit codes, files, messages.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The root of the project, from which the README's commands are run.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A fresh folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn kangji(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kangji"));
    command.args(arguments).current_dir(root()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    let shown = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{shown:?}");
}

const PANZHIHUA: &str = "schemes/panzhihua-xiqu.md";

/// Writes the two tables that scoring needs, with `records` as given.
fn tables(name: &str, records: &[u8]) -> (PathBuf, Vec<String>) {
    let folder = folder(name);
    let residents = "id,birth_date,sex,community,guardian,groups\n\
                     R1,1950-01-01,F,510403001001,,\nR2,1990-01-01,M,510403001001,,\n";
    fs::write(folder.join("residents.csv"), residents).unwrap();
    fs::write(folder.join("records.csv"), records).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let arguments = ["score", "--scheme", PANZHIHUA, "--as-of", "2026-11-30"];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
    arguments.extend(["--tables".to_owned(), folder.display().to_string()]);
    arguments.extend(["--out".to_owned(), path("out.csv")]);
    (folder, arguments)
}

fn run(arguments: &[String]) -> Output {
    kangji(&arguments.iter().map(String::as_str).collect::<Vec<&str>>())
}

const HEADER: &str = "id,resident,kind,date\n";

#[test]
fn scoring_writes_outcomes_a_summary_and_a_report() {
    let records = format!("{HEADER}a,R1,lecture.attended,2026-03-01\n");
    let (folder, mut arguments) = tables("score", records.as_bytes());
    let report = folder.join("report.html");
    arguments.extend(["--report".to_owned(), report.display().to_string()]);
    let output = run(&arguments);
    assert_code(&output, 0);
    assert_eq!(
        fs::read_to_string(folder.join("out.csv")).unwrap(),
        "scheme,version,award,holder_type,holder,resident,record,period,date,points,expires_on,outcome,because,basis\n\
         panzhihua-xiqu,1,lecture,resident,R1,R1,a,,2026-03-01,5,2028-03-01,credited,,附件1 › 主动参与积分 › 参加健康教育讲座\n"
    );
    assert!(text(&output.stdout).contains("合计：计分 1 条，积分 5，得分 1 人。"));
    let page = fs::read_to_string(report).unwrap();
    assert!(page.contains("参加健康教育讲座") && !page.contains("R1"), "no ids in a report");
    let left: Vec<_> = fs::read_dir(folder).unwrap().collect();
    assert_eq!(left.len(), 4, "nothing unfinished is left behind");
}

#[test]
fn what_is_passed_over_is_listed_only_on_request() {
    let records = "id,resident,kind,date,status\n\
                   a,R1,lecture.attended,2026-03-01,void\nb,R9,lecture.attended,2026-03-01,\n\
                   c,R2,lecture.attended,2025-03-01,\nd,R2,lecture.attended,2026-12-01,\n";
    let (folder, mut arguments) = tables("all", records.as_bytes());
    let output = run(&arguments);
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains(
        "作废的记录 1 条；不在范围内的记录 3 条（居民表中没有 1，晚于计算日 1，不在施行期内 1）。"
    ));
    let out = || fs::read_to_string(folder.join("out.csv")).unwrap();
    assert_eq!(out().lines().count(), 1);
    arguments.push("--all".to_owned());
    assert_code(&run(&arguments), 0);
    let rows: Vec<String> = out().lines().skip(1).map(str::to_owned).collect();
    assert_eq!(
        rows,
        [
            "panzhihua-xiqu,,,,,R2,c,,2025-03-01,0,,out_of_scope,not_in_force,",
            "panzhihua-xiqu,1,,,,R1,a,,2026-03-01,0,,void,,",
            "panzhihua-xiqu,1,,,,R9,b,,2026-03-01,0,,out_of_scope,unknown_resident,",
            "panzhihua-xiqu,1,,,,R2,d,,2026-12-01,0,,out_of_scope,later,",
        ]
    );
}

#[test]
fn refused_rows_stop_scoring_unless_told_otherwise() {
    let records = format!(
        "{HEADER}a,R1,lecture.attended,2026-03-01\nb,R1,lecture.attended,2026-02-30\n\
         c,R1,lecture,2026-03-01\nd,R2,lecture.attended,2026-03-01\nd,R2,lecture.attended,2026-03-02\n"
    );
    let (folder, mut arguments) = tables("refused", records.as_bytes());
    let refused = folder.join("refused.csv");
    arguments.extend(["--refused".to_owned(), refused.display().to_string()]);
    let output = run(&arguments);
    assert_code(&output, 1);
    let said = text(&output.stderr);
    for part in ["records.csv 第 3 行", "「date」填的是「2026-02-30」", "「kind」", "没有计算"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!folder.join("out.csv").exists(), "nothing is half applied");
    let rows = fs::read_to_string(&refused).unwrap();
    assert_eq!(rows.lines().count(), 5, "{rows}");
    assert!(rows.starts_with("table,row,reason,id,resident,kind,date\n"), "{rows}");
    arguments.push("--skip-refused".to_owned());
    assert_code(&run(&arguments), 0);
    let out = fs::read_to_string(folder.join("out.csv")).unwrap();
    assert_eq!(out.lines().count(), 2, "only the sound row is scored: {out}");
}

#[test]
fn encodings_are_named_and_odd_files_are_told_apart() {
    let (_, arguments) =
        tables("bom", format!("\u{feff}{HEADER}a,R1,lecture.attended,2026-03-01\r\n").as_bytes());
    let output = run(&arguments);
    assert_code(&output, 0);
    assert!(text(&output.stderr).contains("BOM"), "{}", text(&output.stderr));

    // 讲座 in GBK, as the name of an institution.
    let mut gbk = b"id,resident,kind,date,org\na,R1,lecture.attended,2026-03-01,".to_vec();
    gbk.extend([0xBD, 0xB2, 0xD7, 0xF9, b'\n']);
    let (_, arguments) = tables("gbk", &gbk);
    let output = run(&arguments);
    assert_code(&output, 0);
    assert!(text(&output.stderr).contains("GB18030"), "{}", text(&output.stderr));

    for (name, bytes, part) in [
        ("empty", &b""[..], "records.csv"),
        ("columns", &b"id,resident,date\n"[..], "kind"),
        ("binary", &b"\x00\x01\x02\x03"[..], "records.csv"),
    ] {
        let (_, arguments) = tables(name, bytes);
        let output = run(&arguments);
        assert_code(&output, 2);
        assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
    }
}

#[test]
fn documents_are_checked_shown_and_compared() {
    let all = ["scheme", "check", PANZHIHUA, "schemes/tonghui.md", "schemes/shenzhen.md"];
    assert_code(&kangji(&all), 0);
    let wrong = "crates/rules/tests/fifteen-mistakes.md";
    let output = kangji(&["scheme", "check", wrong]);
    assert_code(&output, 1);
    let said = text(&output.stdout);
    assert!(said.contains("fifteen-mistakes.md:7:45") && said.contains("15 个问题"), "{said}");
    let output = kangji(&["scheme", "check", "--format", "json", wrong]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 15);
    assert_eq!(list[0]["line"], 7);
    assert_code(&kangji(&["scheme", "check", "no-such-file.md"]), 2);
    assert_code(&kangji(&["scheme", "show", wrong]), 2);
    assert_code(&kangji(&["scheme", "diff", PANZHIHUA, "schemes/tonghui.md"]), 2);

    let folder = folder("schemes");
    let page = folder.join("page.html");
    assert_code(&kangji(&["scheme", "show", PANZHIHUA, "--out", page.to_str().unwrap()]), 0);
    assert!(fs::read_to_string(page).unwrap().contains("id=\"award-lecture\""));

    let newer = folder.join("newer.md");
    let old = fs::read_to_string(root().join(PANZHIHUA)).unwrap();
    // The worked examples show two lectures a month, so they go with the rule.
    let before = old.find("id = \"lecture\"").unwrap();
    let (kept, rest) = old.split_at(before);
    let rest = rest.replacen("times = 2", "times = 3", 1);
    let end = rest.find("```\n").unwrap() + 4;
    let next = rest[end..].find("\n#### ").unwrap() + end;
    fs::write(&newer, format!("{kept}{}{}", &rest[..end], &rest[next..])).unwrap();
    let output = kangji(&["scheme", "diff", "--format", "csv", PANZHIHUA, newer.to_str().unwrap()]);
    assert_code(&output, 0);
    assert!(text(&output.stdout).contains("looser,lecture,"), "{}", text(&output.stdout));
}

#[test]
fn devices_are_written_and_files_that_cannot_be_leave_nothing() {
    let (folder, mut arguments) =
        tables("out", format!("{HEADER}a,R1,lecture.attended,2026-03-01\n").as_bytes());
    let place = arguments.len() - 1;
    arguments[place] = "/dev/stdout".to_owned();
    let output = run(&arguments);
    assert_code(&output, 0);
    assert!(text(&output.stdout).starts_with("scheme,version,award,"));
    for path in ["/dev/full", "/proc/nowhere/out.csv", folder.to_str().unwrap()] {
        arguments[place] = path.to_owned();
        let output = run(&arguments);
        assert_code(&output, 2);
        assert!(text(&output.stderr).contains(path), "{}", text(&output.stderr));
    }
    assert!(!fs::metadata("/dev/full").unwrap().is_file());
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "only the two tables");
}

#[test]
fn wrong_usage_ends_with_two() {
    assert_code(&kangji(&[]), 2);
    assert_code(&kangji(&["score", "--scheme", PANZHIHUA]), 2);
    let (_, mut arguments) = tables("usage", HEADER.as_bytes());
    arguments[4] = "2026-02-30".to_owned();
    assert_code(&run(&arguments), 2);
    arguments[4] = "2026-12-31".to_owned();
    arguments[2] = "crates/rules/tests/fifteen-mistakes.md".to_owned();
    assert_code(&run(&arguments), 2);
    assert_code(&kangji(&["generate", "out/never", "--people", "0"]), 2);
}

#[test]
fn the_same_seed_generates_the_shipped_sample() {
    let folder = folder("sample");
    let path = folder.to_str().unwrap();
    assert_code(&kangji(&["generate", path, "--people", "1000", "--seed", "1"]), 0);
    for name in ["residents", "records", "metrics", "confirmations", "sanctions"] {
        let name = format!("{name}.csv");
        let shipped = fs::read_to_string(root().join("sample").join(&name)).unwrap();
        assert!(fs::read_to_string(folder.join(&name)).unwrap() == shipped, "{name} differs");
    }
}

/// Every command of the README runs as written, but for where it writes and the placeholders of
/// the comparison.
#[test]
fn the_commands_of_the_readme_run() {
    let folder = folder("readme");
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let commands = page.lines().filter_map(|line| line.strip_prefix("cargo kangji "));
    // A server runs until it is stopped; tests/serve.rs does both.
    let runs_on = |command: &&str| ["serve", "demo"].iter().any(|name| command.starts_with(name));
    let commands = commands.filter(|command| !runs_on(command));
    let documents = "schemes/panzhihua-xiqu.md schemes/shenzhen.md schemes/tonghui.md";
    let mut said = Vec::new();
    for command in commands {
        let command = command
            .replace("schemes/*.md", documents)
            .replace("old.md new.md", "schemes/tonghui.md schemes/tonghui.md")
            .replace("--people 100000", "--people 100")
            .replace("out/", &format!("{}/", folder.display()));
        let output = kangji(&command.split_whitespace().collect::<Vec<&str>>());
        assert_code(&output, 0);
        said.push(text(&output.stdout));
    }
    assert_eq!(said.len(), 11);
    assert!(said[0].contains("合计：计分 2504 条，积分 41100，得分 509 人。"), "{}", said[0]);
    assert!(folder.join("report.html").exists());
}

/// The statements in the documentation are what the command prints today.
#[test]
fn the_documented_statements_are_current() {
    let folder = folder("statements");
    let tonghui = folder.to_str().unwrap();
    let generate = ["generate", tonghui, "--people", "1000", "--seed", "1"];
    assert_code(&kangji(&[&generate[..], &["--division", "500110007"]].concat()), 0);
    let page = fs::read_to_string(root().join("docs/statements.md")).unwrap();
    let mut commands = 0;
    for part in page.split("\n`kangji explain --").skip(1) {
        let (command, rest) = part.split_once('`').unwrap();
        let expected = rest.split_once("```text\n").unwrap().1.split_once("\n```").unwrap().0;
        let command = format!("explain --{}", command.replace("out/tonghui", tonghui));
        let output = kangji(&command.split_whitespace().collect::<Vec<&str>>());
        assert_code(&output, 0);
        assert_eq!(text(&output.stdout).trim_end(), expected, "{command}");
        commands += 1;
    }
    assert_eq!(commands, 3);
}
