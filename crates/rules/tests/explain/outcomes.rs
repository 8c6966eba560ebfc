//! Each kind of outcome, read by each viewer.

use std::collections::BTreeSet;

use kangji_rules::{
    explain::{Explainer, Viewer},
    score::OutcomeKind,
};

use crate::support::World;

pub(crate) const XIQU: &str = r#"
residents = [
  { id = "王奶奶", birth_date = 1954-03-01, groups = ["hypertension"] },
  { id = "小周", birth_date = 1990-03-01, groups = ["visitor@..2026-05-31"] },
  { id = "居民甲", birth_date = 1955-06-06, groups = ["smi"] },
  { id = "小宝", birth_date = 2024-02-10, guardian = "小周", groups = ["tb"] },
  { id = "没人管", birth_date = 2024-02-10 },
  { id = "外地人", birth_date = 1980-01-01, community = "110101001001" },
]
records = [
  { id = "01", resident = "王奶奶", kind = "lecture.attended", date = 2026-11-03 },
  { id = "02", resident = "王奶奶", kind = "lecture.attended", date = 2026-11-10 },
  { id = "03", resident = "王奶奶", kind = "lecture.attended", date = 2026-11-17 },
  { id = "04", resident = "王奶奶", kind = "chronic.checkup", date = 2026-03-05 },
  { id = "05", resident = "王奶奶", kind = "elderly.checkup", date = 2026-09-10, complete = true },
  { id = "06", resident = "王奶奶", kind = "selfmonitoring.verified", date = 2026-04-01 },
  { id = "07", resident = "王奶奶", kind = "selfmonitoring.verified", date = 2026-10-01 },
  { id = "08", resident = "王奶奶", kind = "health.education", date = 2026-10-02 },
  { id = "09", resident = "小周", kind = "lecture.attended", date = 2026-05-20 },
  { id = "10", resident = "小周", kind = "lecture.attended", date = 2026-08-20 },
  { id = "11", resident = "居民甲", kind = "smi.followup", date = 2026-02-12 },
  { id = "12", resident = "居民甲", kind = "smi.checkup", date = 2026-02-12 },
  { id = "13", resident = "居民甲", kind = "smi.checkup", date = 2026-08-12 },
  { id = "14", resident = "居民甲", kind = "elderly.checkup", date = 2026-09-12, complete = true },
  { id = "15", resident = "小宝", kind = "tb.completed", date = 2026-07-01, complete = true },
  { id = "16", resident = "小宝", kind = "child.checkup", date = 2026-02-10, stage = "24" },
  { id = "17", resident = "没人管", kind = "child.checkup", date = 2026-02-10, stage = "24" },
  { id = "18", resident = "外地人", kind = "lecture.attended", date = 2026-02-10 },
  { id = "19", resident = "王奶奶", kind = "lecture.attended", date = 2026-02-10, status = "void" },
  { id = "20", resident = "查无此人", kind = "lecture.attended", date = 2026-02-10 },
  { id = "21", resident = "王奶奶", kind = "lecture.attended", date = 2025-02-10 },
  { id = "22", resident = "王奶奶", kind = "volunteer.served", date = 2026-06-10, hours = 1.25 },
  { id = "23", resident = "王奶奶", kind = "hypertension.followup", date = 2026-06-11, controlled = true },
  { id = "24", resident = "王奶奶", kind = "lecture.attended", date = 2027-02-10 },
  { id = "25", resident = "小宝", kind = "child.checkup", date = 2026-08-10, stage = "30" },
]
confirmations = [
  { award = "self-monitoring", subject = "06", decision = "reject", by = "李医生", date = 2026-04-09 },
]
sanctions = [{ holder = "小周", from = 2026-08-01, until = 2026-09-01 }]
"#;

pub(crate) const TONGHUI: &str = r#"
residents = [
  { id = "王奶奶", birth_date = 1955-03-01 },
  { id = "李爷爷", birth_date = 1954-08-09 },
  { id = "孙爷爷", birth_date = 1950-02-08, community = "500110007002" },
  { id = "居民戊", birth_date = 1983-03-03, community = "500110007002" },
]
records = [
  { id = "1", kind = "elderly.checkup", date = 2026-03-10, resident = "王奶奶" },
  { id = "2", kind = "elderly.checkup", date = 2026-03-11, resident = "李爷爷" },
  { id = "3", kind = "elderly.checkup", date = 2026-03-12, resident = "孙爷爷" },
  { id = "4", kind = "record.established", date = 2026-03-12, resident = "王奶奶", worker = "网格员甲" },
  { id = "5", kind = "record.established", date = 2026-03-13, resident = "居民戊", worker = "网格员甲" },
  { id = "6", kind = "hypertension.found", date = 2026-04-01, resident = "居民戊", worker = "网格员甲", complete = true },
  { id = "7", kind = "hypertension.found", date = 2026-04-02, resident = "居民戊", worker = "小组长乙", complete = true },
  { id = "8", kind = "infectious.assisted", date = 2026-11-03, resident = "居民戊", worker = "网格员甲", complete = true },
  { id = "9", kind = "diabetes.found", date = 2026-05-01, resident = "居民戊", worker = "居民戊", complete = true },
  { id = "a", kind = "diabetes.found", date = 2026-05-02, resident = "居民戊", worker = "网格员甲", complete = false },
]
metrics = [
  { year = 2026, name = "elderly_residents", value = 2 },
  { year = 2026, name = "awareness_rate", value = 0.5 },
]
confirmations = [
  { award = "elderly-checkup-organised", subject = "2", by = "核对员丙", date = 2026-03-20 },
  { award = "hypertension-found", subject = "6", by = "核对员丙", date = 2026-04-20 },
  { award = "hypertension-found", subject = "7", by = "核对员丙", date = 2026-04-20 },
]
"#;

fn table(world: &World) -> (String, BTreeSet<&'static str>) {
    let World { program, facts, words, outcomes, as_of, .. } = world;
    let explainer = Explainer::new(program, facts, words, outcomes, *as_of);
    let mut said = String::new();
    let mut seen = BTreeSet::new();
    for outcome in outcomes {
        seen.insert(outcome.kind.word());
        let award = outcome.award.map_or("", |award| program.award_id(award));
        let (resident, holder) = (facts.text(outcome.resident), facts.text(outcome.holder));
        said +=
            &format!("{} {} {award} {resident} → {holder}\n", outcome.date, outcome.kind.word());
        let viewers = [
            ("工作人员", Viewer::Staff),
            ("本人", Viewer::Person(outcome.resident)),
            ("得分人", Viewer::Person(outcome.holder)),
            ("公众", Viewer::Public),
        ];
        for (name, viewer) in viewers {
            let is_same = outcome.holder == outcome.resident || outcome.holder.is_empty();
            if viewer == Viewer::Person(outcome.holder) && is_same {
                continue;
            }
            let explained = explainer.explain(outcome, viewer);
            said += &format!("  {name}：{}——{}\n", explained.title, explained.sentence());
        }
    }
    (said, seen)
}

#[test]
fn every_outcome_for_every_viewer() {
    let (xiqu, mut seen) = table(&World::read("panzhihua-xiqu", "2026-12-31", XIQU));
    let (tonghui, more) = table(&World::read("tonghui", "2026-11-20", TONGHUI));
    seen.extend(more);
    assert_eq!(seen, OutcomeKind::ALL.map(OutcomeKind::word).into_iter().collect());
    insta::assert_snapshot!("xiqu", xiqu);
    insta::assert_snapshot!("tonghui", tonghui);
}

#[test]
fn a_full_month_says_when_it_counts_again() {
    let world = World::read("panzhihua-xiqu", "2026-11-20", XIQU);
    let World { program, facts, words, outcomes, as_of, .. } = &world;
    let explainer = Explainer::new(program, facts, words, outcomes, *as_of);
    let capped = outcomes
        .iter()
        .find(|o| o.kind == OutcomeKind::Capped && program.award_id(o.award.unwrap()) == "lecture");
    let said = explainer.explain(capped.unwrap(), world.viewer("王奶奶"));
    assert_eq!(
        said.sentence(),
        "本月“参加健康教育讲座”积分已达上限（2次/月，依据附件1·参加健康教育讲座），\
         本次已记录但不计分，12月1日起可再次获得。"
    );
}

#[test]
fn a_guardian_reads_the_child_in_full_and_others_do_not() {
    let world = World::read("panzhihua-xiqu", "2026-12-31", XIQU);
    let World { program, facts, words, outcomes, as_of, .. } = &world;
    let explainer = Explainer::new(program, facts, words, outcomes, *as_of);
    let tb = outcomes
        .iter()
        .find(|o| o.award.is_some_and(|award| program.award_id(award) == "tb-completed"));
    let title = |viewer| explainer.explain(tb.unwrap(), viewer).title;
    assert_eq!(title(world.viewer("小周")), "肺结核患者规范治疗");
    assert_eq!(title(world.viewer("小宝")), "肺结核患者规范治疗");
    assert_eq!(title(world.viewer("王奶奶")), "健康管理服务");
    assert_eq!(title(world.viewer("没听说过的人")), "健康管理服务");
}
