//! Items of the catalogue: every mistake at its place, the same in a provider's own catalogue,
//! and the text of an item read back as the same item.

#![cfg(test)]

mod arbitrary;

use kangji_core::{Decimals, Points, vocabulary::Vocabulary};
use kangji_rules::{
    document::{Code, Problem, item_text, read, read_items},
    scheme::{Condition, Content, Item, KeyPart, Price, Scheme},
};
use proptest::prelude::*;

use arbitrary::item;

const FRONT: &str = r#"+++
id = "trial"
title = "试行办法"
issuer = "某街道"
division = "510403"
in_force = { from = 2026-01-01 }
points = { decimals = 2 }
+++

# 试行办法

## 附件2
"#;

/// A document with these rules below a heading.
fn document(rules: &str) -> String {
    format!("{FRONT}\n```toml\n{rules}\n```\n")
}

/// The scheme of a document with these rules.
fn scheme(rules: &str) -> Scheme {
    let document = read(&document(rules), &Vocabulary::national());
    assert_eq!(document.problems, [], "{rules}");
    document.scheme.unwrap()
}

/// An item with nothing wrong but what `more` adds.
fn with(more: &str) -> String {
    format!("[[item]]\nid = \"a\"\nname = \"甲\"\n{more}")
}

fn places<'t>(text: &'t str, problems: &[Problem]) -> Vec<(Code, &'t str)> {
    assert!(problems.iter().all(|problem| !problem.remedy.is_empty()));
    problems.iter().map(|problem| (problem.code, &text[problem.range.clone()])).collect()
}

fn own(text: &str) -> (Vec<Item>, Vec<Problem>) {
    read_items(text, "某店的目录", &scheme(""), &Vocabulary::national())
}

/// In a document and in a provider's own catalogue it is the same problem at the same words.
#[track_caller]
fn assert_found(rules: &str, code: Code, at: &str) {
    let text = document(rules);
    let found = read(&text, &Vocabulary::national());
    assert_eq!(places(&text, &found.problems), [(code, at)], "{rules}\n{:#?}", found.problems);
    assert!(found.scheme.is_none());
    let (_, problems) = own(rules);
    assert_eq!(places(rules, &problems), [(code, at)], "{rules}\n{problems:#?}");
}

#[test]
fn every_mistake_of_an_item_is_found() {
    for (more, code, at) in [
        ("", Code::Misplaced, "[[item]]"),
        ("free = true\npoints = 5", Code::Misplaced, "[[item]]"),
        ("points = 5.005", Code::BadValue, "5.005"),
        ("free = true\nsigned = 1", Code::WrongType, "1"),
        ("free = true\nquantity = 0", Code::EmptyRange, "0"),
        ("free = true\nquantity = 2.5", Code::WrongType, "2.5"),
        ("free = true\nbalance_min = -1", Code::BadValue, "-1"),
        ("free = true\nat = []", Code::EmptyRange, "[]"),
        ("free = true\nat = [\"M1\", \"M2\", \"M1\"]", Code::Duplicate, "\"M1\""),
        ("free = true\nat = [3]", Code::WrongType, "3"),
        ("free = true\noffered = { to = 2026-03-01 }", Code::MissingKey, "{ to = 2026-03-01 }"),
        (
            "free = true\noffered = { from = 2026-05-01, to = 2026-03-01 }",
            Code::EmptyRange,
            "{ from = 2026-05-01, to = 2026-03-01 }",
        ),
        (
            "free = true\nseason = { name = \"冬\", from = \"02-30\", to = \"03-01\" }",
            Code::BadValue,
            "\"02-30\"",
        ),
        ("free = true\nlimit = { times = 0, per = \"year\" }", Code::EmptyRange, "0"),
        (
            "free = true\nlimit = { times = 1, per = \"year\", by = [\"stage\"] }",
            Code::Misplaced,
            "[\"stage\"]",
        ),
        ("free = true\nroles = [\"grid_worker\"]", Code::UnknownKey, "roles"),
    ] {
        assert_found(&with(more), code, at);
    }
}

#[test]
fn every_mistake_about_people_is_found() {
    for (when, code, at) in [
        ("{ complete = true }", Code::Misplaced, "complete"),
        ("{ hours = { min = 1 } }", Code::Misplaced, "hours"),
        ("{ height = { min = 1 } }", Code::UnknownWord, "height"),
        ("{ age = {} }", Code::EmptyRange, "{}"),
        ("{ groups = { any = [\"grid\"] } }", Code::UnknownWord, "\"grid\""),
        ("[\"grid_worker\"]", Code::WrongType, "[\"grid_worker\"]"),
        (
            "{ age = { min = 65 }, age_months = { max = 72 } }",
            Code::NeverMatches,
            "{ age = { min = 65 }, age_months = { max = 72 } }",
        ),
    ] {
        assert_found(&with(&format!("free = true\nwhen = {when}")), code, at);
    }
}

#[test]
fn every_mistake_of_contents_is_found() {
    for (more, code, at) in [
        ("free = true\ncontents = []", Code::EmptyRange, "[]"),
        ("free = true\ncontents = [{}]", Code::MissingKey, "{}"),
        (
            "free = true\ncontents = [{ name = \"乙\" }, { name = \"乙\", quantity = \"2 个\" }]",
            Code::Duplicate,
            "{ name = \"乙\", quantity = \"2 个\" }",
        ),
        ("free = true\ncontents = [{ name = \"乙\", pieces = 0 }]", Code::EmptyRange, "0"),
        (
            "free = true\nservice = true\ncontents = [{ name = \"乙\", pieces = 2 }]",
            Code::Misplaced,
            "2",
        ),
        (
            "free = true\ncontents = [{ name = \"乙\", pieces = 2, service = true }]",
            Code::Misplaced,
            "2",
        ),
        (
            "points = 5\ncontents = [{ name = \"乙\", points = 1 }]",
            Code::Misplaced,
            "{ name = \"乙\", points = 1 }",
        ),
        (
            "points = 5\ncontents = [{ name = \"乙\", each_further = 1 }]",
            Code::Misplaced,
            "{ name = \"乙\", each_further = 1 }",
        ),
        (
            "points = 5\ncontents = [{ name = \"乙\", includes = 3 }]",
            Code::Misplaced,
            "{ name = \"乙\", includes = 3 }",
        ),
        ("by_content = true", Code::MissingKey, "[[item]]"),
        (
            "by_content = true\ncontents = [{ name = \"乙\" }]",
            Code::MissingKey,
            "{ name = \"乙\" }",
        ),
        (
            "by_content = true\ncontents = [{ name = \"乙\", each_further = 1 }]",
            Code::MissingKey,
            "{ name = \"乙\", each_further = 1 }",
        ),
        (
            "by_content = true\ncontents = [{ name = \"乙\", points = 1, includes = 0 }]",
            Code::EmptyRange,
            "0",
        ),
        (
            "by_content = true\ncontents = [{ name = \"乙\", points = 1 }, { name = \"乙\", points = 1 }]",
            Code::Duplicate,
            "{ name = \"乙\", points = 1 }",
        ),
    ] {
        assert_found(&with(more), code, at);
    }
}

/// T13: whoever still writes `roles` is told what to write.
#[test]
fn the_old_key_for_roles_names_the_new_one() {
    let (_, problems) = own(&with("free = true\nroles = [\"grid_worker\"]"));
    let remedies: Vec<&str> = problems.iter().map(|problem| problem.remedy.as_str()).collect();
    assert_eq!(remedies, ["身份也是人群，改写成 when = { groups = { any = [\"grid_worker\"] } }"]);
}

#[test]
fn services_take_nothing_out_of_stock() {
    let pieces = |more: &str| -> Vec<u32> {
        let scheme = scheme(&with(more));
        scheme.items.iter().flat_map(|item| &item.contents).map(|each| each.pieces).collect()
    };
    let contents = "contents = [{ name = \"乙\" }, { name = \"丙\", service = false, pieces = 2 }, \
                    { name = \"丁\", service = true }]";
    assert_eq!(pieces(&format!("free = true\n{contents}")), [1, 2, 0]);
    assert_eq!(pieces(&format!("free = true\nservice = true\n{contents}")), [0, 2, 0]);
    // Without contents a good is itself what is taken, a service itself what is performed.
    assert_eq!(pieces("points = 5"), []);
    let service = scheme(&with("points = 5\nservice = true")).items.remove(0);
    let (name, each_further) = ("甲".to_owned(), None);
    let itself =
        Content { name, quantity: None, points: None, includes: 1, each_further, pieces: 0 };
    assert_eq!(service.contents, [itself]);
}

#[test]
fn an_item_says_for_whom_when_where_and_how_many() {
    let more = "points = 5\nwhen = { age = { min = 65 }, sex = { is = \"F\" } }\nsigned = true\n\
                offered = { from = 2026-03-01 }\nat = [\"M1\", \"M2\"]\nquantity = 100\n\
                balance_min = 20.5\nlimit = { times = 1, per = \"year\" }";
    let item = scheme(&with(more)).items.remove(0);
    assert!(matches!(item.when.as_slice(), [Condition::Age(_), Condition::Sex(_)]));
    assert!(item.signed);
    assert_eq!(item.offered.map(|days| days.to), Some(kangji_core::Day::LAST));
    assert_eq!((item.at, item.quantity), (vec!["M1".to_owned(), "M2".to_owned()], Some(100)));
    assert_eq!(item.balance_min, Some(Points(2050)));
    assert_eq!(item.limits[0].by, [KeyPart::Holder]);
    let plain = scheme(&with("points = 5")).items.remove(0);
    assert!(plain.when.is_empty() && plain.at.is_empty() && !plain.signed);
    assert_eq!((plain.offered, plain.quantity, plain.balance_min), (None, None, None));
}

#[test]
fn how_points_are_redeemed() {
    let redemption = |more: &str| scheme(more).redemption;
    assert_eq!(redemption(""), kangji_rules::scheme::Redemption::default());
    let said = redemption("[redemption]\ngoods = \"discouraged\"\nwait = \"3 days\"");
    assert!(said.goods_discouraged);
    let week = "7 days".parse().unwrap();
    assert_eq!((said.wait, said.return_within), ("3 days".parse().unwrap(), week));
    assert_eq!(said.basis, ["附件2"]);
    assert!(!redemption("[redemption]\ngoods = \"welcome\"").goods_discouraged);

    for (rules, code, at) in [
        ("[redemption]\ngoods = \"no\"", Code::UnknownWord, "\"no\""),
        ("[redemption]\nwait = \"0 days\"", Code::BadValue, "\"0 days\""),
        ("[redemption]\nretrun_within = \"7 days\"", Code::UnknownKey, "retrun_within"),
        ("[[redemption]]\ngoods = \"welcome\"", Code::WrongType, "[[redemption]]"),
        (
            "[redemption]\ngoods = \"welcome\"\n```\n\n```toml\n[redemption]\nwait = \"9 days\"",
            Code::Duplicate,
            "[redemption]",
        ),
    ] {
        let text = document(rules);
        let problems = read(&text, &Vocabulary::national()).problems;
        assert_eq!(places(&text, &problems), [(code, at)], "{rules}\n{problems:#?}");
    }
}

/// P4: one style, numbered: what stands on a scheme's vouchers.
#[test]
fn what_stands_on_vouchers_p4() {
    let sound = "[vouchers]\nletters = \"XQ\"\ntitle = \"健康积分券\"";
    assert_eq!(scheme("").vouchers, None);
    let vouchers = scheme(sound).vouchers.unwrap();
    assert_eq!((vouchers.letters.as_str(), vouchers.title.as_str()), ("XQ", "健康积分券"));
    assert_eq!((vouchers.supervisor, vouchers.basis), (None, vec!["附件2".to_owned()]));
    let supervised = scheme(&format!("{sound}\nsupervisor = \"区卫健局\"")).vouchers.unwrap();
    assert_eq!(supervised.supervisor.as_deref(), Some("区卫健局"));

    let lettered = |letters: &str| format!("[vouchers]\nletters = {letters}\ntitle = \"券\"");
    let twice = format!("{sound}\n```\n\n```toml\n{sound}");
    let mut wrong = vec![
        ("[vouchers]\ntitle = \"券\"".to_owned(), Code::MissingKey, "[vouchers]"),
        ("[vouchers]\nletters = \"XQ\"".to_owned(), Code::MissingKey, "[vouchers]"),
        (format!("{sound}\nsupervisor = \" \""), Code::BadValue, "\" \""),
        (format!("{sound}\nsuperviser = \"区卫健局\""), Code::UnknownKey, "superviser"),
        (sound.replace("[vouchers]", "[[vouchers]]"), Code::WrongType, "[[vouchers]]"),
        (twice, Code::Duplicate, "[vouchers]"),
        (lettered("7"), Code::WrongType, "7"),
    ];
    for letters in ["\"X\"", "\"xq\"", "\"XQ1\"", "\"ABCDEFG\"", "\"西区\""] {
        wrong.push((lettered(letters), Code::BadValue, letters));
    }
    for (rules, code, at) in wrong {
        let text = document(&rules);
        let problems = read(&text, &Vocabulary::national()).problems;
        assert_eq!(places(&text, &problems), [(code, at)], "{rules}\n{problems:#?}");
    }
}

#[test]
fn a_provider_writes_items_and_nothing_else() {
    let (items, problems) = own(&format!("{}\n", with("points = 5")));
    assert_eq!(problems, []);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].basis, ["某店的目录"]);
    assert_eq!(items[0].price, Price::Points(Points(500)));
    assert_eq!(own(""), (Vec::new(), Vec::new()));

    let sound = with("points = 5");
    for (text, code, at) in [
        (format!("{sound}\n[[award]]\nid = \"b\""), Code::UnknownKey, "award"),
        (format!("{sound}\n[redemption]\nwait = \"9 days\""), Code::UnknownKey, "redemption"),
        (format!("{sound}\n[vouchers]\nletters = \"XQ\""), Code::UnknownKey, "vouchers"),
        (format!("id = \"x\"\n{sound}"), Code::UnknownKey, "id"),
        (sound.replace("[[item]]", "[item]"), Code::WrongType, "[item]"),
        (format!("{sound}\n{sound}"), Code::Duplicate, "[[item]]"),
        (sound.replace("\"甲\"", "\"甲"), Code::Syntax, ""),
    ] {
        let (_, problems) = own(&text);
        assert_eq!(places(&text, &problems), [(code, at)], "{text}\n{problems:#?}");
    }
}

#[test]
fn an_item_is_written_as_people_write_it() {
    let rules = "[[item]]\nid = \"patch\"\nname = \"三伏贴\"\nfree = true\nservice = true\n\
                 contents = [\n  { name = \"三伏贴\", quantity = \"四伏\" },\n]\n\
                 limit = [{ times = 1, per = \"year\" }]\n\
                 given = { rate = { min = 0.65 } }\n\
                 when = { groups = { any = [\"village_cadre\", \"grid_worker\"] } }\n\
                 signed = true\n\
                 season = { name = \"三伏天\", from = \"07-11\", to = \"08-31\" }\n\
                 offered = { from = 2026-07-01 }\nat = [\"M1\"]\nquantity = 100\n\
                 balance_min = 0.5\nprovider = \"卫生服务中心\"\n";
    let scheme = scheme(rules);
    assert_eq!(item_text(&scheme.items[0], &scheme, &Vocabulary::national()), rules);
}

/// Taking an item over: what the shipped documents say is written and read back.
#[test]
fn shipped_items_are_read_back() {
    let words = Vocabulary::national();
    for name in ["panzhihua-xiqu", "tonghui"] {
        let path = format!("{}/../../schemes/{name}.md", env!("CARGO_MANIFEST_DIR"));
        let scheme = read(&std::fs::read_to_string(path).unwrap(), &words).scheme.unwrap();
        let text: String =
            scheme.items.iter().map(|item| item_text(item, &scheme, &words)).collect();
        let (items, problems) = read_items(&text, "本店", &scheme, &words);
        assert_eq!(problems, [], "{text}");
        let rebased = scheme.items.iter().map(|item| {
            let basis = vec!["本店".to_owned()];
            Item { basis, ..item.clone() }
        });
        assert_eq!(items, rebased.collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_text_of_an_item_is_read_back_as_the_same_item(item in item()) {
        let words = Vocabulary::national();
        let mut scheme = scheme("");
        prop_assert_eq!(scheme.decimals, Decimals::new(2).unwrap());
        scheme.items.clear();
        let text = item_text(&item, &scheme, &words);
        let (items, problems) = read_items(&text, &item.basis[0], &scheme, &words);
        prop_assert_eq!(&problems, &[], "{}", text);
        prop_assert_eq!(items, [item], "{}", text);
    }
}
