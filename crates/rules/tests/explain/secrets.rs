//! What nobody may learn who need not: no illness in what others read, and nothing about what
//! came of a report in what a helper reads.

use kangji_core::vocabulary::{GroupId, Vocabulary};
use kangji_rules::{
    document::read,
    explain::{Explainer, Explanation, Viewer},
    scheme::{Award, Condition, Occasion},
    score::{Outcome, columns::award_of},
};

use crate::{
    outcomes::{TONGHUI, XIQU},
    support::{SHIPPED, World, day, document, tables},
};

fn all_of(explained: &Explanation) -> String {
    format!("{explained:?}{}", explained.sentence())
}

/// What an award would reveal: its name, the kinds it counts, the groups it is for, and every
/// heading but the first.
fn secrets(award: &Award, words: &Vocabulary) -> Vec<String> {
    let mut secrets = vec![award.name.clone(), award.id.clone()];
    secrets.extend(award.basis.iter().skip(1).cloned());
    let asked = award.requires.iter().chain(&award.requires_any).flat_map(|asked| &asked.on);
    let on = match &award.occasion {
        Occasion::Record(kinds) => kinds.as_slice(),
        Occasion::Period(_) => &[],
    };
    let kinds = on.iter().chain(asked).map(|kind| words.kinds()[usize::from(kind.0)].label.clone());
    secrets.extend(kinds);
    for test in &award.when {
        if let Condition::Groups(groups) = test {
            let any = groups.any.unwrap_or_default();
            let labels = (0..).zip(words.groups()).filter(|(n, _)| any.contains(GroupId(*n)));
            secrets.extend(labels.map(|(_, word)| word.label.clone()));
        }
    }
    secrets
}

/// Everything to be walked: the two worlds made for this, and every example of every document.
fn worlds() -> Vec<World> {
    let words = Vocabulary::national();
    let made = [("panzhihua-xiqu", XIQU), ("tonghui", TONGHUI)];
    let made = made.map(|(name, body)| World::read(name, "2026-12-31", body));
    let shown = SHIPPED.into_iter().flat_map(|name| {
        let examples = read(&document(name), &words).examples.into_iter();
        examples.map(move |example| World::new(name, example.tables, example.as_of))
    });
    made.into_iter().chain(shown).collect()
}

#[test]
fn others_read_nothing_that_names_an_illness() {
    let mut walked = 0;
    for world in worlds() {
        let World { program, facts, words, outcomes, as_of } = &world;
        let explainer = Explainer::new(program, facts, words, outcomes, *as_of);
        let people: Vec<Viewer> = outcomes.iter().map(|o| Viewer::Person(o.resident)).collect();
        for outcome in outcomes {
            let Some(award) = award_of(outcome, program) else { continue };
            let secrets = secrets(award, words);
            let concerned = |viewer: Viewer| {
                let theirs = explainer.explain(outcome, viewer);
                theirs.title == award.name
            };
            let holder = Viewer::Person(outcome.holder);
            let viewers = people.iter().copied().chain([Viewer::Public, holder]);
            for viewer in viewers {
                let is_self = viewer == Viewer::Person(outcome.resident);
                let is_guardian =
                    viewer == holder && !outcome.holder.is_empty() && award.to.word() == "guardian";
                let ward = facts.resident(outcome.resident).unwrap();
                let standing = facts.tables().standing_on(ward, *as_of).unwrap();
                let guards =
                    !standing.guardian.is_empty() && viewer == Viewer::Person(standing.guardian);
                if is_self || is_guardian || guards {
                    assert!(concerned(viewer));
                    continue;
                }
                let said = all_of(&explainer.explain(outcome, viewer));
                let hidden: &[String] = if award.public_name.is_some() { &secrets } else { &[] };
                let never = ["严重精神障碍", "肺结核"].map(str::to_owned);
                for secret in hidden.iter().chain(&never) {
                    assert!(!said.contains(secret), "{secret} in {said}");
                }
                let id = facts.text(outcome.resident);
                assert!(!said.contains(id), "{id} in {said}");
                walked += usize::from(award.public_name.is_some());
            }
        }
    }
    assert!(walked > 100, "only {walked} readings of sensitive awards");
}

#[test]
fn a_helper_reads_the_same_whatever_came_of_a_report() {
    let world = World::read("tonghui", "2026-11-20", TONGHUI);
    let World { program, facts, words, outcomes, as_of } = &world;
    let explainer = Explainer::new(program, facts, words, outcomes, *as_of);
    let helper = world.viewer("网格员甲");
    let Viewer::Person(id) = helper else { panic!("the helper has an id") };
    let held: Vec<&Outcome> = outcomes.iter().filter(|o| o.holder == id).collect();
    let kinds: std::collections::BTreeSet<_> = held.iter().map(|outcome| outcome.kind).collect();
    assert!(kinds.len() >= 3, "{kinds:?}");
    for outcome in held {
        let said = explainer.explain(outcome, helper);
        assert_eq!((said.kind, said.what.as_str(), said.why), (None, "已收到", None));
    }
}

#[test]
fn a_statement_of_a_helper_does_not_tell_reports_apart() {
    let report = |complete: bool, decision: &str| {
        let body = format!(
            r#"
            residents = [{{ id = "居民戊", birth_date = 1983-03-03 }}]
            records = [
              {{ id = "1", kind = "diabetes.found", date = 2026-11-03, resident = "居民戊", worker = "网格员甲", complete = {complete} }},
            ]
            confirmations = [{{ award = "diabetes-found", subject = "1", decision = "{decision}", date = 2026-11-10 }}]
            "#
        );
        let world = World::new("tonghui", tables("tonghui", &body), day("2026-11-20"));
        let text = world.statement("网格员甲", world.viewer("网格员甲")).text();
        let staff = world.statement("网格员甲", Viewer::Staff).text();
        (text, staff)
    };
    let (accepted, seen_by_staff) = report(true, "accept");
    let (rejected, _) = report(true, "reject");
    let (unconfirmed, _) = report(false, "reject");
    assert_eq!(accepted, rejected);
    assert_eq!(accepted, unconfirmed);
    assert!(!accepted.contains("居民戊") && !accepted.contains("糖尿病"), "{accepted}");
    assert!(seen_by_staff.contains("得20分"), "{seen_by_staff}");
}

#[test]
fn statements_are_not_for_others() {
    let world = World::read("panzhihua-xiqu", "2026-12-31", XIQU);
    let ids = ["王奶奶", "居民甲", "小宝"];
    for (viewer, may_read) in [
        (Viewer::Public, [false, false, false]),
        (world.viewer("小周"), [false, false, true]),
        (world.viewer("居民甲"), [false, true, false]),
        (Viewer::Staff, [true, true, true]),
    ] {
        for (id, may_read) in ids.iter().zip(may_read) {
            let made = world.statement(id, viewer);
            assert_eq!(!made.counted.is_empty(), may_read, "{viewer:?} {id}");
            if !may_read {
                assert!(made.text().contains("只给本人"), "{}", made.text());
                assert!(!made.text().contains("得分"), "{}", made.text());
            }
        }
    }
}

#[test]
fn the_sanction_of_a_guardian_is_no_business_of_the_next_one() {
    let world = World::read(
        "panzhihua-xiqu",
        "2026-12-31",
        r#"
        residents = [{ id = "小宝", birth_date = 2024-02-10, guardian = ["爸爸@..2026-08-31", "外婆@2026-09-01"] }]
        records = [{ id = "1", kind = "child.checkup", date = 2026-08-10, stage = "30" }]
        sanctions = [{ holder = "爸爸", from = 2026-08-01, until = 2026-10-01 }]
        "#,
    );
    let World { program, facts, words, outcomes, as_of } = &world;
    let explainer = Explainer::new(program, facts, words, outcomes, *as_of);
    let said = |viewer| explainer.explain(&outcomes[0], viewer).sentence();
    assert!(said(world.viewer("爸爸")).contains("2026年10月1日起恢复"));
    assert!(said(Viewer::Staff).contains("2026年10月1日起恢复"));
    for viewer in [world.viewer("外婆"), world.viewer("小宝"), Viewer::Public] {
        assert!(!said(viewer).contains("暂停"), "{}", said(viewer));
    }
}
