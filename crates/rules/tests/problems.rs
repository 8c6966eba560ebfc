//! What the checker finds: every mistake at its place, all of them at once.

use kangji_core::vocabulary::Vocabulary;
use kangji_rules::document::{Code, Document, line_and_column, read};

const FRONT: &str = r#"+++
id = "trial"
title = "试行办法"
issuer = "某街道"
division = "510403"
in_force = { from = 2026-01-01, to = 2026-12-31 }
points = { decimals = 0 }
eligible = { groups = { none = ["declined"] } }
max_window = "3 years"
+++

# 试行办法

## 附件1
"#;

fn document(rules: &str) -> (String, Document) {
    let text = format!("{FRONT}\n```toml\n{rules}\n```\n");
    let document = read(&text, &Vocabulary::national());
    (text, document)
}

/// The problems other than advice: code and the text they point at.
fn found<'t>(text: &'t str, document: &Document) -> Vec<(Code, &'t str)> {
    let problems = document.problems.iter().filter(|problem| !problem.code.is_advice());
    problems.map(|problem| (problem.code, &text[problem.range.clone()])).collect()
}

/// An award that has nothing wrong with it but what `more` adds.
fn award(more: &str) -> String {
    format!("[[award]]\nid = \"a\"\nname = \"甲\"\non = \"lecture.attended\"\npoints = 5\n{more}")
}

#[track_caller]
fn assert_found(rules: &str, code: Code, at: &str) {
    let (text, document) = document(rules);
    assert_eq!(found(&text, &document), [(code, at)], "{rules}\n{:?}", document.problems);
    assert!(document.scheme.is_none());
    assert!(document.problems.iter().all(|problem| !problem.remedy.is_empty()));
}

#[test]
fn a_sound_award_has_no_problem() {
    let (_, document) = document(&award(""));
    assert!(document.scheme.is_some());
    let advice: Vec<Code> = document.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(advice, [Code::NoExample]);
}

#[test]
fn keys_and_types() {
    for (more, code, at) in [
        ("limt = 3", Code::UnknownKey, "limt"),
        ("category = 3", Code::WrongType, "3"),
        ("category = \" \"", Code::BadValue, "\" \""),
        ("confirm = true", Code::WrongType, "true"),
        ("to = \"doctor\"", Code::UnknownWord, "\"doctor\""),
        ("limit = [{ times = 2 }]", Code::MissingKey, "{ times = 2 }"),
        ("limit = [{ times = 2, per = \"week\" }]", Code::UnknownWord, "\"week\""),
        ("limit = [{ times = \"2\", per = \"day\" }]", Code::WrongType, "\"2\""),
        ("limit = [{ times = -2, per = \"day\" }]", Code::BadValue, "-2"),
        (
            "limit = [{ times = 1, points = 1, per = \"day\" }]",
            Code::Misplaced,
            "{ times = 1, points = 1, per = \"day\" }",
        ),
        ("limit = [{ points = 1.5, per = \"day\" }]", Code::BadValue, "1.5"),
        ("limit = [{ times = 1, per = \"day\", by = [\"shoe\"] }]", Code::UnknownWord, "\"shoe\""),
        (
            "limit = [{ times = 1, per = \"day\", by = [\"holder\", \"holder\"] }]",
            Code::Duplicate,
            "\"holder\"",
        ),
        (
            "limit = [{ times = 1, per = \"day\", by = [\"holder\", \"resident\", \"community\", \"stage\", \"hours\"] }]",
            Code::BadValue,
            "[\"holder\", \"resident\", \"community\", \"stage\", \"hours\"]",
        ),
        ("per_unit = \"stage\"", Code::WrongType, "\"stage\""),
        ("per_unit = \"minutes\"", Code::UnknownWord, "\"minutes\""),
        ("sensitive = true", Code::MissingKey, "true"),
        ("public_name = \"服务\"", Code::Misplaced, "\"服务\""),
        ("sensitive = true\npublic_name = \"甲\"", Code::BadValue, "\"甲\""),
        ("every = \"year\"", Code::Misplaced, "\"year\""),
        ("counts = { to = 2026-03-01 }", Code::MissingKey, "{ to = 2026-03-01 }"),
        ("counts = { from = \"2026-02-30\" }", Code::BadValue, "\"2026-02-30\""),
        (
            "counts = { from = 2026-05-01, to = 2026-03-01 }",
            Code::EmptyRange,
            "{ from = 2026-05-01, to = 2026-03-01 }",
        ),
        (
            "counts = { from = 2027-05-01, to = 2027-06-01 }",
            Code::NeverMatches,
            "{ from = 2027-05-01, to = 2027-06-01 }",
        ),
        ("beyond = { share = 65, of = \"x\" }", Code::BadValue, "65"),
        ("given = { }", Code::EmptyRange, "{ }"),
        ("given = { rate = 0.9 }", Code::WrongType, "0.9"),
        ("given = { rate = { recorded = false } }", Code::Misplaced, "{ recorded = false }"),
    ] {
        assert_found(&award(more), code, at);
    }
}

#[test]
fn conditions() {
    for (condition, code, at) in [
        ("height = { min = 1 }", Code::UnknownWord, "height"),
        ("hours = true", Code::WrongType, "true"),
        ("complete = { min = 1 }", Code::UnknownKey, "min"),
        ("stage = { in = [] }", Code::EmptyRange, "[]"),
        ("stage = { is = \"a\", in = [\"b\"] }", Code::EmptyRange, "{ is = \"a\", in = [\"b\"] }"),
        ("stage = \"12\"", Code::WrongType, "\"12\""),
        ("age = { min = 70, max = 60 }", Code::EmptyRange, "{ min = 70, max = 60 }"),
        ("age = { above = 64, below = 64 }", Code::EmptyRange, "{ above = 64, below = 64 }"),
        ("age = { is = 5, min = 6 }", Code::EmptyRange, "{ is = 5, min = 6 }"),
        ("age = {}", Code::EmptyRange, "{}"),
        ("age = { mim = 65 }", Code::UnknownKey, "mim"),
        ("age = { min = \"65\" }", Code::WrongType, "\"65\""),
        (
            "age = { recorded = false, min = 3 }",
            Code::NeverMatches,
            "{ recorded = false, min = 3 }",
        ),
        ("sex = { is = \"X\" }", Code::UnknownWord, "\"X\""),
        ("community = [\"5104x\"]", Code::BadValue, "\"5104x\""),
        ("community = [\"440300\"]", Code::NeverMatches, "{ community = [\"440300\"] }"),
        ("groups = { any = [\"hypertention\"] }", Code::UnknownWord, "\"hypertention\""),
        ("groups = { any = [\"tb\", \"tb\"] }", Code::Duplicate, "\"tb\""),
        (
            "groups = { all = [\"tb\"], none = [\"tb\"] }",
            Code::NeverMatches,
            "{ all = [\"tb\"], none = [\"tb\"] }",
        ),
        (
            "groups = { any = [\"declined\"] }",
            Code::NeverMatches,
            "{ groups = { any = [\"declined\"] } }",
        ),
        (
            "age = { min = 65 }, age_months = { max = 72 }",
            Code::NeverMatches,
            "{ age = { min = 65 }, age_months = { max = 72 } }",
        ),
        ("glucose = { below = 0.5, min = 0.5 }", Code::EmptyRange, "{ below = 0.5, min = 0.5 }"),
    ] {
        assert_found(&award(&format!("when = {{ {condition} }}")), code, at);
    }
}

#[test]
fn requirements_and_period_awards() {
    let period = |more: &str| {
        format!("[[award]]\nid = \"a\"\nname = \"甲\"\nevery = \"year\"\npoints = 5\n{more}")
    };
    let on = "on = \"lecture.attended\"";
    for (rules, code, at) in [
        (period(""), Code::NeverMatches, "\"year\""),
        (period("requires = []"), Code::EmptyRange, "[]"),
        (
            period(&format!("requires = [{{ {on} }}]")),
            Code::MissingKey,
            "{ on = \"lecture.attended\" }",
        ),
        (
            period("requires = [{ on = \"lecture\", within = \"year\" }]"),
            Code::UnknownWord,
            "\"lecture\"",
        ),
        (
            period(&format!("requires = [{{ {on}, within = \"year\", times = 0 }}]")),
            Code::EmptyRange,
            "0",
        ),
        (
            period(&format!("requires = [{{ {on}, within = \"year\", streak = 2 }}]")),
            Code::MissingKey,
            "2",
        ),
        (
            period(&format!("requires = [{{ {on}, within = \"year\", per = \"month\" }}]")),
            Code::Misplaced,
            "\"month\"",
        ),
        (
            period(&format!(
                "requires = [{{ {on}, within = \"year\", streak = 5, per = \"quarter\" }}]"
            )),
            Code::NeverMatches,
            "\"quarter\"",
        ),
        (
            period(&format!(
                "requires = [{{ {on}, within = \"month\", streak = 2, per = \"year\" }}]"
            )),
            Code::EmptyRange,
            "\"year\"",
        ),
    ] {
        let (text, document) = document(&rules);
        assert!(found(&text, &document).contains(&(code, at)), "{rules}\n{:?}", document.problems);
    }
    let requires = format!("requires = [{{ {on}, within = \"year\" }}]\n");
    for (more, code, at) in [
        ("when = { complete = true }", Code::NeverMatches, "{ complete = true }"),
        ("per_unit = \"hours\"", Code::Misplaced, "\"hours\""),
        ("to = \"worker\"", Code::Misplaced, "\"worker\""),
        ("beyond = { share = 0.5, of = \"x\" }", Code::Misplaced, "{ share = 0.5, of = \"x\" }"),
        (
            "limit = [{ times = 1, per = \"year\", by = [\"stage\"] }]",
            Code::Misplaced,
            "[{ times = 1, per = \"year\", by = [\"stage\"] }]",
        ),
    ] {
        assert_found(&period(&format!("{requires}{more}")), code, at);
    }
}

#[test]
fn awards_among_each_other() {
    let other = "[[award]]\nid = \"b\"\nname = \"乙\"\non = \"elderly.checkup\"\npoints = 5\n";
    let yields = |to: &str| format!("yields_to = [{{ award = \"{to}\", per = \"year\" }}]\n");
    assert_found(&award(&yields("c")), Code::Dangling, "\"c\"");
    assert_found(&award(&yields("a")), Code::Cycle, "\"a\"");
    let circle = format!("{}{other}{}", award(&yields("b")), yields("a"));
    assert_found(&circle, Code::Cycle, "\"a\"");
    let twice = format!("{}\n{}", award(""), other.replace("\"b\"", "\"a\""));
    assert_found(&twice, Code::Duplicate, "\"a\"");
    assert_found(
        "[award]\nid = \"a\"\nname = \"甲\"\non = \"lecture.attended\"\npoints = 5",
        Code::WrongType,
        "[award]",
    );
    assert_found(&format!("{}\n[[awards]]\nid = \"b\"", award("")), Code::UnknownKey, "awards");
}

#[test]
fn a_syntax_error_hides_nothing_in_other_tables() {
    let broken = "[[award]]\nid = \"a\"\nname = \"甲\npoints = 5\n";
    let other = "\n[[award]]\nid = \"b\"\nname = \"乙\"\non = \"lecture.attended\"\n";
    for rules in [format!("{broken}{other}"), format!("{other}\n{broken}")] {
        let (text, document) = document(&rules);
        let codes: Vec<Code> = found(&text, &document).iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.iter().filter(|code| **code == Code::Syntax).count(), 1);
        let missing: Vec<&str> = document
            .problems
            .iter()
            .filter(|problem| problem.code == Code::MissingKey)
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!(missing, ["缺少 `points`"], "{rules}");
    }
}

#[test]
fn the_document_as_a_whole() {
    let words = Vocabulary::national();
    let codes = |text: &str| -> Vec<Code> {
        read(text, &words).problems.iter().map(|problem| problem.code).collect()
    };
    assert_eq!(codes(""), [Code::Structure]);
    for text in ["例", "+++\n+++\n````toml 例例\n", "+++\n例 = 例\n+++\n~~~toml 例\n~~~\n"] {
        let document = read(text, &words);
        assert!(!document.problems.is_empty());
        assert!(document.problems.iter().all(|problem| text.get(problem.range.clone()).is_some()));
    }
    assert_eq!(codes("# 没有开头"), [Code::Structure]);
    let rules = format!("\n```toml\n{}\n```\n", award(""));
    let with = |front: &str| codes(&format!("{front}{rules}"));
    let no_advice = |codes: Vec<Code>| -> Vec<Code> {
        codes.into_iter().filter(|code| !code.is_advice()).collect()
    };
    assert_eq!(no_advice(with(FRONT)), []);
    for (from, to, code) in [
        ("issuer = \"某街道\"\n", "", Code::MissingKey),
        ("\"510403\"", "\"5104O3\"", Code::BadValue),
        ("decimals = 0", "decimals = 3", Code::BadValue),
        ("decimals = 0", "decimals = 0, expiry = { at = \"never\" }", Code::UnknownWord),
        ("decimals = 0", "decimals = 0, expiry = { after = \"2 yeers\" }", Code::BadValue),
        ("decimals = 0", "decimals = 0, expiry = {}", Code::Misplaced),
        ("to = 2026-12-31", "to = 2025-12-31", Code::EmptyRange),
        ("to = 2026-12-31", "to = 2029-01-01", Code::WindowTooLong),
        (", to = 2026-12-31", "", Code::WindowTooLong),
        ("none = [\"declined\"] }", "none = [\"declined\"] }, complete = true", Code::Misplaced),
        ("## 附件1\n", "", Code::Structure),
        ("## 附件1\n", "## 附件1\n\n```toml exmaple\n```\n", Code::Structure),
        ("## 附件1\n", "## 附件1\n\n> ```toml\n> [[award]]\n> ```\n", Code::Structure),
    ] {
        assert_eq!(no_advice(with(&FRONT.replace(from, to))), [code], "{to}");
    }
    let to_2028 = FRONT.replace("to = 2026-12-31", "to = 2028-12-31");
    assert_eq!(no_advice(with(&to_2028)), []);
    let open = format!("{FRONT}\n```toml\n{}\n", award(""));
    assert_eq!(no_advice(codes(&open)), [Code::Structure]);
    assert_eq!(codes(FRONT), [Code::Structure]);
}

#[test]
fn worked_examples_are_run() {
    let example = |body: &str| {
        format!(
            "{}\n```\n\n```toml example\ntitle = \"小李听讲座。\"\naward = \"a\"\nas_of = 2026-11-30\n\
             residents = [{{ id = \"小李\", birth_date = 1990-01-01 }}]\n{body}",
            award("limit = [{ times = 1, per = \"month\" }]")
        )
    };
    let records = "records = [{ id = \"1\", kind = \"lecture.attended\", date = 2026-03-01 }, \
                   { id = \"2\", kind = \"lecture.attended\", date = 2026-03-02 }]\n";
    let right =
        "expect = [{ record = \"1\", points = 5 }, { record = \"2\", outcome = \"capped\" }]";
    let (_, document) = document(&example(&format!("{records}{right}")));
    assert_eq!(document.problems, []);
    for (expect, at) in [
        ("expect = [{ record = \"1\", points = 5 }]", "[{ record = \"1\", points = 5 }]"),
        (
            "expect = [{ record = \"1\", points = 6 }, { record = \"2\", outcome = \"capped\" }]",
            "{ record = \"1\", points = 6 }",
        ),
        (
            "expect = [{ record = \"1\", points = 5 }, { record = \"2\", outcome = \"capped\" }, { period = \"2026\", points = 5 }]",
            "{ period = \"2026\", points = 5 }",
        ),
    ] {
        assert_found(&example(&format!("{records}{expect}")), Code::ExampleFails, at);
    }
    let unknown = format!("{records}expect = [{{ award = \"z\", record = \"1\", points = 5 }}]");
    let (text, document) = self::document(&example(&unknown));
    let codes = found(&text, &document);
    assert!(codes.contains(&(Code::Dangling, "{ award = \"z\", record = \"1\", points = 5 }")));
}

/// Fifteen mistakes of fifteen sorts in one document, all named, each at its line and column.
#[test]
fn fifteen_mistakes_are_all_named() {
    let text = include_str!("fifteen-mistakes.md");
    let document = read(text, &Vocabulary::national());
    let places: Vec<String> = document
        .problems
        .iter()
        .map(|problem| {
            let (line, column) = line_and_column(text, problem.range.start);
            format!("{line}:{column} {}", problem.code.word())
        })
        .collect();
    assert_eq!(
        places,
        [
            "7:45 bad-value",
            "19:10 bad-value",
            "20:1 unknown-key",
            "28:1 missing-key",
            "30:6 unknown-word",
            "32:10 unknown-word",
            "40:6 duplicate",
            "43:24 dangling-reference",
            "55:16 empty-range",
            "56:10 wrong-type",
            "68:8 never-matches",
            "70:10 window-too-long",
            "71:24 cycle",
            "81:10 syntax",
            "102:11 example-fails",
        ],
        "{:#?}",
        document.problems
    );
}
