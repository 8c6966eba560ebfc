//! The shipped scheme documents: sound, and every award with an example that earns and one that
//! does not.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::{fs, num::NonZeroUsize, path::Path};

use kangji_core::{
    Points, Span,
    vocabulary::{GroupSet, KindId, Vocabulary},
};
use kangji_rules::{
    document::{Example, line_and_column, read},
    scheme::{AttributeRef, Award, Condition, GroupsTest, Item, Occasion, Price, Scheme},
    score::{Facts, Options, Program, columns, score},
};

/// Rules that no shipped document has: ranks, limits and awards that give way across residents,
/// parts of points.
#[test]
fn worked_documents_have_no_problem() {
    let text = include_str!("worked/across.md");
    let document = read(text, &Vocabulary::national());
    let problems = document.problems.iter().map(|problem| {
        format!("{:?}: {}", line_and_column(text, problem.range.start), problem.message)
    });
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn shipped_documents_have_no_problem() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
    let mut problems = Vec::new();
    for (name, awards, items) in
        [("panzhihua-xiqu", 23, 12), ("tonghui", 7, 5), ("shenzhen", 10, 0)]
    {
        let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
        let document = read(&text, &Vocabulary::national());
        for problem in &document.problems {
            let (line, column) = line_and_column(&text, problem.range.start);
            problems.push(format!(
                "{name}:{line}:{column} {}: {} ({})",
                problem.code.word(),
                problem.message,
                problem.remedy
            ));
        }
        if let Some(scheme) = document.scheme {
            assert_eq!((scheme.id.as_str(), scheme.awards.len()), (name, awards));
            assert_eq!(scheme.items.len(), items);
            assert!(document.examples.len() >= 2 * awards - 2, "{name}");
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What an award asks of records can be recorded in their forms.
#[test]
fn forms_have_what_awards_ask_for() {
    let words = Vocabulary::national();
    let asked = |kinds: &[KindId], when: &[Condition], unit: Option<&AttributeRef>| {
        let named = when.iter().filter_map(|condition| match condition {
            Condition::Flag(attribute, _)
            | Condition::Text(attribute, _)
            | Condition::Number(attribute, _) => Some(attribute),
            _ => None,
        });
        for attribute in named.chain(unit) {
            for kind in kinds {
                let fields = &words.form(*kind).unwrap().fields;
                let field = fields.iter().find(|field| field.attribute == attribute.name);
                assert!(field.is_some(), "{kind:?}: {}", attribute.name);
            }
        }
        for (attribute, values) in when.iter().filter_map(|condition| match condition {
            Condition::Text(attribute, test) => Some((attribute, test.one_of.as_ref()?)),
            _ => None,
        }) {
            for kind in kinds {
                let fields = &words.form(*kind).unwrap().fields;
                let field = fields.iter().find(|field| field.attribute == attribute.name).unwrap();
                assert!(values.iter().all(|value| field.values.contains(value)), "{kind:?}");
            }
        }
    };
    for name in ["panzhihua-xiqu", "tonghui", "shenzhen"] {
        for award in &scheme(name).awards {
            if let Occasion::Record(kinds) = &award.occasion {
                asked(kinds, &award.when, award.per_unit.as_ref());
            }
            for needed in award.requires.iter().chain(&award.requires_any) {
                asked(&needed.on, &needed.when, None);
            }
        }
    }
}

fn scheme(name: &str) -> Scheme {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemes/{name}.md"));
    let text = fs::read_to_string(path).unwrap();
    read(&text, &Vocabulary::national()).scheme.unwrap()
}

fn item<'s>(scheme: &'s Scheme, id: &str) -> &'s Item {
    scheme.items.iter().find(|item| item.id == id).unwrap()
}

/// The prices of an item's contents in hundredths of a point.
fn prices(item: &Item) -> Vec<i64> {
    item.contents.iter().map(|content| content.points.map_or(0, |points| points.0)).collect()
}

/// T11: twelve contents, worth 283.47, once a year, two rates in place of a price.
#[test]
fn t11_basic_check_up_pack() {
    let scheme = scheme("tonghui");
    let pack = item(&scheme, "checkup-basic");
    assert_eq!((pack.price, pack.contents.len()), (Price::Free, 12));
    assert_eq!(pack.face_value, Some(Points(28347)));
    assert_eq!(pack.limits.len(), 1);
    let given = pack.given.iter().map(|given| (given.metric.as_str(), given.test.min));
    let given: Vec<_> = given.map(|(name, min)| (name, min.unwrap().to_string())).collect();
    let wanted = [("elderly_checkup_rate", "0.65"), ("two_cancer_screening_rate", "1")];
    assert_eq!(given, wanted.map(|(name, min)| (name, min.to_owned())));
}

/// T12: 140 points for four therapies; T13: free, for the four helper roles, in the sanfu season.
#[test]
fn t12_rehabilitation_and_t13_sanfu_packs() {
    let scheme = scheme("tonghui");
    let pack = item(&scheme, "rehabilitation-pack");
    assert_eq!((pack.price, pack.contents.len()), (Price::Points(Points(14000)), 4));
    let patch = item(&scheme, "sanfu-patch");
    assert_eq!(patch.price, Price::Free);
    let words = Vocabulary::national();
    let mut helpers = GroupSet::default();
    for role in ["village_cadre", "social_worker", "grid_worker", "group_leader"] {
        helpers.insert(words.group(role).unwrap());
    }
    let test = GroupsTest { any: Some(helpers), ..GroupsTest::default() };
    assert_eq!(patch.when, [Condition::Groups(test)]);
    let season = patch.season.as_ref().unwrap();
    assert!(season.from < season.to && season.from.0 == 7);
}

/// T14 and T15: every price of the personal packs, exact to 0.01.
#[test]
fn t14_and_t15_prices() {
    let scheme = scheme("tonghui");
    let personal = item(&scheme, "checkup-personal");
    assert_eq!(personal.price, Price::ByContent);
    assert_eq!(prices(personal), [2025, 2735, 2850, 1365, 760, 475, 875, 12160, 1760, 5415, 81]);
    let therapy = item(&scheme, "rehabilitation-personal");
    assert_eq!(prices(therapy), [1900, 1425, 1710, 570]);
    let cups = therapy.contents.last().unwrap();
    assert_eq!((cups.includes, cups.each_further), (3, Some(Points(150))));
}

/// T3: only check-ups and service packs, goods are discouraged; P7: goods are welcome.
#[test]
fn t3_services_only() {
    let tonghui = scheme("tonghui");
    assert!(tonghui.redemption.goods_discouraged);
    let contents = |scheme: &Scheme| -> Vec<u32> {
        scheme.items.iter().flat_map(|item| &item.contents).map(|each| each.pieces).collect()
    };
    assert_eq!(contents(&tonghui), [0; 32]);
    let xiqu = scheme("panzhihua-xiqu");
    assert!(!xiqu.redemption.goods_discouraged);
    assert_eq!(contents(&xiqu), [1; 24]);
    for scheme in [tonghui, xiqu] {
        let week = Span::Days(7);
        assert_eq!((scheme.redemption.wait, scheme.redemption.return_within), (week, week));
    }
}

/// P8: twelve bundles; P3: 23 awards in three categories.
#[test]
fn p8_bundles_and_p3_awards() {
    let scheme = scheme("panzhihua-xiqu");
    let price = |item: &Item| match item.price {
        Price::Points(points) => points.0,
        _ => 0,
    };
    let bundles: Vec<i64> = scheme.items.iter().map(price).collect();
    assert_eq!(bundles, [5, 10, 20, 50, 100, 200, 200, 200, 300, 600, 700, 1000]);
    let contents: Vec<usize> = scheme.items.iter().map(|item| item.contents.len()).collect();
    assert_eq!(contents, [1, 1, 1, 1, 3, 3, 3, 2, 3, 2, 2, 2]);
    let mut categories: Vec<&str> =
        scheme.awards.iter().filter_map(|award| award.category.as_deref()).collect();
    assert_eq!(categories.len(), 23);
    categories.dedup();
    assert_eq!(categories, ["基础服务积分", "健康效果积分", "主动参与积分"]);
}

/// P15, A1: what would name an illness has a public name; T6: every award of the street is
/// checked by a second person; P6: effect points wait for the family doctor.
#[test]
fn sensitive_and_confirmed_awards() {
    let of = |name: &str, has: fn(&Award) -> bool| -> Vec<String> {
        let scheme = scheme(name);
        scheme.awards.iter().filter(|award| has(award)).map(|award| award.id.clone()).collect()
    };
    let sensitive = |award: &Award| award.public_name.is_some();
    assert_eq!(
        of("panzhihua-xiqu", sensitive),
        ["smi-followup", "smi-checkup", "smi-managed", "tb-completed"]
    );
    assert_eq!(of("tonghui", sensitive).len(), 5);
    assert_eq!(of("tonghui", |award| award.confirm.as_deref() == Some("checker")).len(), 7);
    assert_eq!(
        of("panzhihua-xiqu", |award| award.confirm.as_deref() == Some("family-doctor")),
        ["chronic-controlled", "health-improved", "self-monitoring"]
    );
}

/// A limit is named as the reason only where it leaves less than all.
#[test]
fn a_limit_that_is_just_filled_is_no_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes/shenzhen.md");
    let document = read(&fs::read_to_string(path).unwrap(), &Vocabulary::national());
    let program = Program::new(vec![document.scheme.unwrap()]).unwrap();
    let about = |example: &&Example| example.award == "ehr-updated" && example.expect.len() >= 4;
    let example = document.examples.iter().find(about).unwrap();
    let facts = Facts::new(example.tables.clone());
    let options = Options { as_of: example.as_of, all: false, threads: NonZeroUsize::MIN };
    let scored = score(&program, &facts, options);
    let reasons = scored.outcomes.iter().map(|outcome| columns::because(outcome, &program, &facts));
    assert_eq!(reasons.collect::<Vec<String>>(), ["", "", "", "limit 30 points/year", ""]);
}
