//! What is declared holds together.

use super::*;

#[test]
fn attributes_are_declared_once() {
    let mut words = Vocabulary::national();
    assert_eq!(words.declare("pulse", "decimal", "脉搏", "次/分"), Ok(()));
    let pulse = words.attribute("pulse").unwrap();
    assert_eq!((pulse.holds, pulse.unit.as_str()), (AttributeType::Decimal(7), "次/分"));
    for name in ["pulse", "hours", "age", "worker", "holder", ""] {
        let refused = words.declare(name, "bool", "", "");
        assert_eq!(refused, Err(DeclareError::Taken(name.into())));
    }
    let refused = words.declare("colour", "float", "", "");
    assert_eq!(refused, Err(DeclareError::Type("float".into())));
    let declared = (0..).take_while(|n| words.declare(&format!("b{n}"), "bool", "", "").is_ok());
    assert_eq!(declared.count(), 27);
}

#[test]
fn group_sets_compare_as_sets() {
    let words = Vocabulary::national();
    let mut both = GroupSet::default();
    both.insert(words.group("hypertension").unwrap());
    both.insert(words.group("declined").unwrap());
    let mut one = GroupSet::default();
    one.insert(words.group("declined").unwrap());
    assert!(both.includes(one) && both.intersects(one) && !one.includes(both));
    assert!(one.includes(GroupSet::default()) && !one.intersects(GroupSet::default()));
    assert!(both.contains(words.group("hypertension").unwrap()));
    assert_eq!(words.group("tall"), None);
    assert_eq!(words.kind_label("tb.completed"), "肺结核规范治疗完成");
}

#[test]
fn every_form_holds_together() {
    let words = Vocabulary::national();
    for (place, kind) in (0..).zip(words.kinds()) {
        let form = words.form(KindId(place)).unwrap();
        let mut seen = FxHashSet::default();
        for field in &form.fields {
            let at = format!("{}: {}", kind.id, field.attribute);
            let attribute = words.attribute(&field.attribute).expect(&at);
            assert!(seen.insert(&field.attribute), "{at}");
            let is_text = matches!(attribute.holds, AttributeType::Text(_));
            assert_eq!(is_text, !field.values.is_empty(), "{at}");
            let is_number = matches!(attribute.holds, AttributeType::Decimal(_));
            assert_eq!(is_number, field.usual.is_some() && attribute.possible.is_some(), "{at}");
            let nested = field.usual.zip(attribute.possible);
            assert!(nested.is_none_or(|(usual, all)| all.includes(usual)), "{at}");
        }
    }
    assert_eq!(words.form(KindId(30)), None);
    let meant = |kind: &str| words.form(words.kind(kind).unwrap()).unwrap().people;
    let mut groups = GroupSet::default();
    groups.insert(words.group("hypertension").unwrap());
    assert!(meant("hypertension.followup").include(groups, None));
    assert!(!meant("diabetes.followup").include(groups, Some(70)));
    assert!(meant("elderly.checkup").include(GroupSet::default(), Some(65)));
    assert!(!meant("elderly.checkup").include(GroupSet::default(), Some(64)));
    assert!(!meant("elderly.checkup").include(GroupSet::default(), None));
}

#[test]
fn a_deployment_says_where_an_attribute_stands_and_what_it_may_be() {
    let range = |low: &str, high: &str| {
        Some(Range { low: low.parse().unwrap(), high: high.parse().unwrap() })
    };
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let mut words = Vocabulary::national();
    words.declare("pulse", "decimal", "脉搏", "次/分").unwrap();
    words.declare("diet", "text", "饮食", "").unwrap();
    let pulse = Description {
        usual: range("60", "100"),
        possible: range("20", "300"),
        kinds: texts(&["hypertension.followup", "diabetes.followup"]),
        required: texts(&["hypertension.followup"]),
        ..Description::default()
    };
    words.describe("pulse", pulse.clone()).unwrap();
    let last = |words: &Vocabulary, kind: &str| {
        words.form(words.kind(kind).unwrap()).unwrap().fields.last().unwrap().clone()
    };
    let field = last(&words, "hypertension.followup");
    assert_eq!((field.attribute.as_str(), field.is_required), ("pulse", true));
    assert!(!last(&words, "diabetes.followup").is_required);
    assert_eq!(words.attribute("pulse").unwrap().possible, range("20", "300"));
    let values = Description { values: texts(&["清淡", "偏咸"]), ..Description::default() };
    words.describe("diet", values.clone()).unwrap();
    let wrong = |id: &str, says: Description| words.clone().describe(id, says).unwrap_err();
    let narrow = Description { usual: range("10", "100"), ..pulse.clone() };
    assert_eq!(wrong("pulse", narrow), DeclareError::Range);
    let turned = Description { usual: range("100", "60"), ..pulse.clone() };
    assert_eq!(wrong("pulse", turned), DeclareError::Range);
    assert_eq!(wrong("diet", pulse.clone()), DeclareError::Range);
    assert_eq!(wrong("pulse", values), DeclareError::Values);
    let twice = Description { values: texts(&["清淡", "清淡"]), ..Description::default() };
    assert_eq!(wrong("diet", twice), DeclareError::Values);
    let elsewhere = Description { kinds: Vec::new(), ..pulse.clone() };
    let kind = "hypertension.followup".to_owned();
    assert_eq!(wrong("pulse", elsewhere), DeclareError::RequiredElsewhere(kind));
    let unknown = Description { kinds: texts(&["sleep"]), ..Description::default() };
    assert_eq!(wrong("diet", unknown), DeclareError::Kind("sleep".to_owned()));
    assert_eq!(wrong("mood", pulse), DeclareError::Unknown("mood".to_owned()));
}
