//! Forms write into documents: any edit of any award of the shipped documents reads back as it was
//! meant, and every line it does not concern stays as it was, to the byte.

#![cfg(test)]

mod random;

use std::{fs, path::Path};

use kangji_core::{Day, DayRange, Points, vocabulary::Vocabulary};
use kangji_rules::{
    document::{Code, Terms, read},
    edit::{Edit, EditFault, apply, headings, still_said},
    scheme::{Award, Bound, Condition, Expiry, NumberTest, Scheme},
};
use proptest::prelude::*;

use random::change;

const SHIPPED: [&str; 3] = ["panzhihua-xiqu", "tonghui", "shenzhen"];

fn shipped(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
    fs::read_to_string(folder.join(format!("{name}.md"))).unwrap()
}

fn words() -> Vocabulary {
    Vocabulary::national()
}

fn made_out(text: &str) -> Scheme {
    read(text, &words()).made_out.unwrap()
}

fn award(text: &str, id: &str) -> Award {
    made_out(text).award(id).unwrap().clone()
}

fn with_award(text: &str, target: &Award) -> Result<String, EditFault> {
    apply(text, &[Edit::Award(Box::new(target.clone()))], &words())
}

/// The lines of a document outside the keys of an award that differ between two texts of it.
fn untouched<'t>(text: &'t str, id: &str, differ: &[String]) -> Vec<&'t str> {
    let mut own = false;
    let mut skipping = false;
    let (mut rest, mut lines) = (Vec::new(), text.split_inclusive('\n').peekable());
    while let Some(line) = lines.next() {
        if line.trim_end() == "[[award]]" {
            let next = lines.peek().copied().unwrap_or_default();
            own = next.trim_end() == format!("id = \"{id}\"");
            skipping = false;
        } else if line.starts_with("```") {
            (own, skipping) = (false, false);
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| {
            own && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        }) {
            skipping = differ.iter().any(|one| one == key);
        }
        if !skipping {
            rest.push(line);
        }
    }
    rest
}

/// The keys under which two versions of an award differ.
fn differing(old: &Award, new: &Award) -> Vec<String> {
    let mut keys = Vec::new();
    let mut add = |differs: bool, names: &[&str]| {
        keys.extend(names.iter().filter(|_| differs).map(|name| (*name).to_owned()));
    };
    add(old.name != new.name, &["name"]);
    add(old.category != new.category, &["category"]);
    add(old.occasion != new.occasion, &["on", "every"]);
    add(old.when != new.when, &["when"]);
    add(old.points != new.points, &["points"]);
    add(old.per_unit != new.per_unit, &["per_unit"]);
    add(old.to != new.to, &["to"]);
    add(old.public_name.is_some() != new.public_name.is_some(), &["sensitive"]);
    add(old.public_name != new.public_name, &["public_name"]);
    add(old.limits != new.limits, &["limit"]);
    add(old.yields_to != new.yields_to, &["yields_to"]);
    add(old.requires != new.requires, &["requires"]);
    add(old.requires_any != new.requires_any, &["requires_any"]);
    add(old.given != new.given, &["given"]);
    add(old.beyond != new.beyond, &["beyond"]);
    add(old.confirm != new.confirm, &["confirm"]);
    add(old.counts != new.counts, &["counts"]);
    keys
}

fn assert_lawful(text: &str, old: &Award, target: &Award) {
    let after = with_award(text, target).unwrap();
    let (before, read) = (made_out(text), made_out(&after));
    for (was, is) in before.awards.iter().zip(&read.awards) {
        let wanted = if was.id == target.id { target } else { was };
        let mut wanted = wanted.clone();
        // The order of conditions means nothing; a new one may stand elsewhere.
        if wanted.when.iter().all(|one| is.when.contains(one)) && wanted.when.len() == is.when.len()
        {
            wanted.when = is.when.clone();
        }
        assert_eq!(&wanted, is);
    }
    assert_eq!(before.awards.len(), read.awards.len());
    assert_eq!(
        (before.items, Terms::of(&made_out(text))),
        (read.items, Terms::of(&made_out(&after)))
    );
    let differ = differing(old, target);
    assert_eq!(
        untouched(text, &old.id, &differ),
        untouched(&after, &old.id, &differ),
        "{differ:?}"
    );
    let crlf = |text: &str| text.matches("\r\n").count() == text.matches('\n').count();
    assert_eq!(text.contains('\r'), after.contains('\r'));
    assert!(!text.contains('\r') || crlf(&after), "line ends stay");
    assert_eq!(with_award(&after, target).unwrap(), after, "what is there changes nothing");
    if differ.is_empty() {
        assert_eq!(text, after);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// The statement of issue 8: form edits of any award of the three documents change only the
    /// lines concerned.
    #[test]
    fn any_edit_of_any_award_changes_only_its_lines(
        document in 0..3_usize,
        place in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..4),
        crlf in any::<bool>(),
    ) {
        let mut text = shipped(SHIPPED[document]);
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let scheme = made_out(&text);
        let old = place.get(&scheme.awards).clone();
        let mut target = old.clone();
        for change in changes {
            change.make(&mut target, &scheme);
        }
        assert_lawful(&text, &old, &target);
    }

    #[test]
    fn terms_read_back_and_change_only_the_front(
        document in 0..3_usize,
        title in "[一-龥]{1,8}\"?",
        last in prop::option::of(0..700_i32),
        revised in prop::option::of(1..300_i32),
        least in prop::option::of(1..500_i64),
        expiry in 0..4_u8,
    ) {
        let text = shipped(SHIPPED[document]);
        let old = Terms::of(&made_out(&text));
        let day = |days: i32| old.in_force.from.plus_days(i64::from(days));
        let terms = Terms {
            title,
            in_force: DayRange { from: old.in_force.from, to: last.map_or(Day::LAST, |days| day(days + 300)) },
            revised_from: revised.map(day),
            expiry: match expiry {
                0 => None,
                1 => Some(Expiry::After("2 years".parse().unwrap())),
                2 => Some(Expiry::YearEnd { grace: None }),
                _ => Some(Expiry::YearEnd { grace: Some("31 days".parse().unwrap()) }),
            },
            redeem_minimum: least.map(Points),
        };
        let after = apply(&text, &[Edit::Terms(terms.clone())], &words()).unwrap();
        prop_assert_eq!(Terms::of(&made_out(&after)), terms.clone());
        let body = |text: &str| text.splitn(3, "+++").nth(2).unwrap().to_owned();
        prop_assert_eq!(body(&text), body(&after));
        let again = apply(&after, &[Edit::Terms(terms)], &words()).unwrap();
        prop_assert_eq!(again, after);
    }
}

/// The statement's own example: the lecture limit from 2 to 3.
#[test]
fn the_lecture_limit_is_one_figure_in_the_text() {
    let text = shipped("panzhihua-xiqu");
    let mut lecture = award(&text, "lecture");
    lecture.limits[0].bound = Bound::Times(3);
    let after = with_award(&text, &lecture).unwrap();
    let line = "limit = [{ times = 2, per = \"month\" }]";
    let at = text.find("id = \"lecture\"").unwrap()
        + text[text.find("id = \"lecture\"").unwrap()..].find(line).unwrap();
    let wanted = format!("{}{}{}", &text[..at], line.replace('2', "3"), &text[at + line.len()..]);
    assert_eq!(after, wanted);
    // The example that shows the old limit no longer holds; its sentence says the old numbers.
    let document = read(&after, &words());
    assert!(document.scheme.is_none());
    let failing: Vec<_> = document.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(failing, [Code::ExampleFails]);
    let before = award(&text, "lecture");
    let said =
        still_said(&text, &read(&text, &words()), (&before, &lecture), made_out(&text).decimals);
    assert!(said.iter().any(|said| said.number == "两次"), "{said:?}");
    let mended = Edit::Example {
        award: "lecture".to_owned(),
        number: 0,
        title: Some("王奶奶11月听了三次讲座，每次得5分。".to_owned()),
        as_scored: true,
    };
    let mended = apply(&after, &[mended], &words()).unwrap();
    let document = read(&mended, &words());
    assert_eq!(document.problems.iter().filter(|p| !p.code.is_advice()).count(), 0);
    let others = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.contains("三次讲座") && !line.contains("record = \"3\""))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(others(&after), others(&mended));
    assert!(mended.contains("  { record = \"3\", points = 5 },\n"));
}

/// A revision begins on its day, and its examples stay those of the whole time.
#[test]
fn a_revision_keeps_its_examples() {
    let text = shipped("panzhihua-xiqu");
    let mut terms = Terms::of(&made_out(&text));
    let day = Day::new(2026, 12, 1).unwrap();
    terms.revised_from = Some(day);
    let after = apply(&text, &[Edit::Terms(terms)], &words()).unwrap();
    let changed: Vec<&str> = after.lines().filter(|line| !text.contains(line)).collect();
    assert_eq!(changed, ["revised_from = 2026-12-01"]);
    let scheme = read(&after, &words()).scheme.unwrap();
    assert_eq!((scheme.in_force.from, scheme.since), (day, made_out(&text).in_force.from));
    let before_begin = after.replace("revised_from = 2026-12-01", "revised_from = 2025-12-01");
    assert!(read(&before_begin, &words()).scheme.is_none());
}

#[test]
fn an_award_comes_under_a_heading_and_goes_with_its_examples() {
    for name in SHIPPED {
        let text = shipped(name);
        let scheme = made_out(&text);
        let mut new = scheme.awards[0].clone();
        new.id = "new-one".to_owned();
        *new.basis.last_mut().unwrap() = "新的项目".to_owned();
        new.name = "新的项目".to_owned();
        let edit = Edit::NewAward { award: Box::new(new.clone()), prose: "说明。".to_owned() };
        let with = apply(&text, std::slice::from_ref(&edit), &words()).unwrap();
        assert_eq!(award(&with, "new-one"), new);
        assert!(headings(&with).iter().any(|heading| heading.path == new.basis));
        let lost: Vec<&str> = text.lines().filter(|line| !with.contains(line)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        assert_eq!(apply(&with, &[edit], &words()), Err(EditFault::Taken("new-one".to_owned())));
        for old in &scheme.awards {
            let edit = Edit::GoneAward { award: old.id.clone() };
            let without = apply(&text, &[edit], &words()).unwrap();
            let left = made_out(&without);
            assert_eq!(left.awards.len() + 1, scheme.awards.len());
            let about = format!("award = \"{}\"\n", old.id);
            assert!(!without.contains(&about), "its examples are gone");
        }
    }
}

#[test]
fn what_a_form_cannot_write_is_refused() {
    let text = shipped("panzhihua-xiqu");
    let mut lecture = award(&text, "lecture");
    let number = |number: &str| Some(number.parse().unwrap());
    let test = NumberTest { min: number("65"), max: number("6"), ..NumberTest::default() };
    lecture.when = vec![Condition::Age(test)];
    let Err(EditFault::NotKept(why)) = with_award(&text, &lecture) else { panic!() };
    assert!(why.contains("没有一个数能满足"), "{why}");
    lecture.id = "unknown".to_owned();
    assert_eq!(with_award(&text, &lecture), Err(EditFault::NoAward("unknown".to_owned())));
    let headed = text.replace(
        "limit = [{ times = 2, per = \"month\" }]",
        "[[award.limit]]\ntimes = 2\nper = \"month\"",
    );
    let mut lecture = award(&headed, "lecture");
    lecture.limits[0].bound = Bound::Times(3);
    assert_eq!(with_award(&headed, &lecture), Err(EditFault::Unusual("limit".to_owned())));
    assert_eq!(
        apply("", &[Edit::GoneAward { award: String::new() }], &words()),
        Err(EditFault::NoAward(String::new()))
    );
}

/// Comments, spacing and quoting of what does not change stay.
#[test]
fn what_is_written_in_another_style_keeps_it() {
    let text = shipped("panzhihua-xiqu").replace(
        "points = 5\nlimit = [{ times = 2, per = \"month\" }]",
        "points   =  5   # 每次\n# 每月\nlimit = [\n  {times=2,per='month'}, # 两次\n]",
    );
    let mut lecture = award(&text, "lecture");
    lecture.limits[0].bound = Bound::Times(3);
    lecture.points = Points(8);
    let after = with_award(&text, &lecture).unwrap();
    assert!(
        after.contains(
            "points   =  8   # 每次\n# 每月\nlimit = [\n  {times=3,per='month'}, # 两次\n]"
        )
    );
}
