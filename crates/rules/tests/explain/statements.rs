//! Statements of three people, word for word, and of those who have nothing.

use kangji_rules::explain::Viewer;

use crate::{outcomes::TONGHUI, support::World};

#[test]
fn of_a_woman_of_72_with_hypertension() {
    let world = World::read(
        "panzhihua-xiqu",
        "2026-11-20",
        r#"
        residents = [{ id = "王奶奶", birth_date = 1954-03-01, sex = "F", groups = ["hypertension"] }]
        records = [
          { id = "01", kind = "record.established", date = 2026-01-12, standard = true },
          { id = "02", kind = "hypertension.followup", date = 2026-02-10, controlled = false },
          { id = "03", kind = "chronic.checkup", date = 2026-03-05 },
          { id = "04", kind = "elderly.checkup", date = 2026-05-06, complete = true, abnormal = true },
          { id = "05", kind = "hypertension.followup", date = 2026-08-11, controlled = true },
          { id = "06", kind = "selfmonitoring.verified", date = 2026-10-20 },
          { id = "07", kind = "lecture.attended", date = 2026-11-03 },
          { id = "08", kind = "lecture.attended", date = 2026-11-10 },
          { id = "09", kind = "lecture.attended", date = 2026-11-17 },
          { id = "10", kind = "volunteer.served", date = 2026-09-15, hours = 1.5 },
        ]
        "#,
    );
    insta::assert_snapshot!(
        "grandmother",
        world.statement("王奶奶", world.viewer("王奶奶")).text()
    );
}

#[test]
fn of_the_guardian_of_a_child_of_two() {
    let world = World::read(
        "panzhihua-xiqu",
        "2026-11-20",
        r#"
        residents = [
          { id = "小周", birth_date = 1995-07-07, sex = "F" },
          { id = "小宝", birth_date = 2024-06-10, guardian = "小周" },
        ]
        records = [
          { id = "1", resident = "小宝", kind = "child.checkup", date = 2026-06-12, stage = "24" },
          { id = "2", resident = "小宝", kind = "child.tcm", date = 2026-06-12, stage = "24" },
          { id = "3", resident = "小宝", kind = "vaccination.given", date = 2026-06-12, standard = true },
          { id = "4", resident = "小宝", kind = "vaccination.given", date = 2026-06-12, standard = true },
          { id = "5", resident = "小周", kind = "contract.contacted", date = 2026-03-02 },
          { id = "6", resident = "小周", kind = "contract.signed", date = 2026-03-02, complete = true },
        ]
        "#,
    );
    let said = world.statement("小周", world.viewer("小周")).text();
    insta::assert_snapshot!("guardian", said);
}

#[test]
fn of_a_helper_in_a_village() {
    let world = World::read("tonghui", "2026-11-20", TONGHUI);
    let said = world.statement("网格员甲", world.viewer("网格员甲")).text();
    insta::assert_snapshot!("helper", said);
    insta::assert_snapshot!("helper_for_staff", world.statement("网格员甲", Viewer::Staff).text());
    let village = world.statement("500110007000", world.viewer("500110007000"));
    insta::assert_snapshot!("village", village.text());
}

#[test]
fn of_somebody_under_a_sanction_and_of_strangers() {
    let world = World::read(
        "shenzhen",
        "2026-11-20",
        r#"
        residents = [
          { id = "居民甲", birth_date = 1980-01-01, groups = ["ehr"] },
          { id = "居民乙", birth_date = 1980-01-01 },
          { id = "居民丙", birth_date = 1980-01-01, groups = ["ehr"] },
        ]
        records = [
          { id = "1", resident = "居民甲", kind = "lecture.attended", date = 2026-05-03 },
          { id = "2", resident = "居民甲", kind = "lecture.attended", date = 2026-07-03 },
          { id = "3", resident = "居民乙", kind = "lecture.attended", date = 2026-07-03 },
        ]
        sanctions = [{ holder = "居民甲", from = 2026-06-20, until = 2027-06-20 }]
        "#,
    );
    let own = |id: &str| world.statement(id, world.viewer(id)).text();
    let said = ["居民甲", "居民乙", "居民丙"].map(own).join("----\n");
    insta::assert_snapshot!("special", said);
    insta::assert_snapshot!("unknown", world.statement("谁也不是", Viewer::Staff).text());
}
