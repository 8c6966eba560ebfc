//! Every reason for refusing a row, with the value beside it that is accepted.

use kangji_core::{Day, Division};

use super::*;

/// Rows of a table that are each refused for one reason, in one column.
fn each_refused(table: Table, cases: &[(&str, &str, &str)]) {
    for &(row, column, code) in cases {
        let report = report(table, format!("{}{row}\n", header(table)));
        assert_eq!(refused(&report), [(2, vec![(column, code)])], "{row}");
        assert_eq!((report.rows, report.accepted, report.refused), (1, 0, 1), "{row}");
        let fault = &report.refused_rows[0].faults[0];
        assert!(fault.chinese().ends_with(['。', '？']), "{}", fault.chinese());
        assert!(fault.reason.english().is_ascii(), "{}", fault.english());
    }
}

fn each_accepted(table: Table, rows: &[&str]) {
    for row in rows {
        let report = report(table, format!("{}{row}\n", header(table)));
        assert_eq!(refused(&report), [], "{row}");
        assert_eq!((report.rows, report.accepted, report.refused), (1, 1, 0), "{row}");
    }
}

#[test]
fn residents() {
    each_accepted(
        Table::Residents,
        &[
            "R1,,,,,",
            "R1,2024-02-29,M,510403000001,R2,ehr",
            " R1 ,\u{3000}2024-02-29\u{3000},F,510403000001;,,smi;smi@2026-01-01",
            "R1,,,510403000001@..2026-03-31;510403000002@2026-04-01,,",
            "R1,,,,R2@2026-01-01..2026-01-01;R3@2026-01-02 .. 2026-01-31,",
            "R1,,,,,smi@2026-01-01..2026-06-30;smi@2026-05-01..2026-12-31",
            "张三-1,,,,,",
            "1E+X,,,,,",
        ],
    );
    each_refused(
        Table::Residents,
        &[
            (",,,510403000001,,", "id", "empty"),
            ("R\u{1}1,,,,,", "id", "invisible"),
            ("\"R\n1\",,,,,", "id", "invisible"),
            ("R\u{200B}1,,,,,", "id", "invisible"),
            ("5.10403E+17,,,,,", "id", "lost-digits"),
            ("R1,1950-1-1,,,,", "birth_date", "date-form"),
            ("R1,2026-02-30,,,,", "birth_date", "no-such-day"),
            ("R1,2026年2月30日,,,,", "birth_date", "no-such-day"),
            ("R1,,m,,,", "sex", "sex"),
            ("R1,,男,,,", "sex", "sex"),
            ("R1,,,51040300001,,", "community", "community"),
            ("R1,,,5104030000011,,", "community", "community"),
            ("R1,,,51040300000x,,", "community", "community"),
            ("R1,,,5.10403E+11,,", "community", "lost-digits"),
            ("R1,,,5E+11@2026-01-01,,", "community", "lost-digits"),
            ("R1,,,510403000001;510403000002,,", "community", "overlap"),
            ("R1,,,510403000002@2026-04-01;510403000001@..2026-04-01,,", "community", "overlap"),
            ("R1,,,,R2;R3@2026-01-01..2026-01-31,", "guardian", "overlap"),
            ("R1,,,,R\u{7F}2,", "guardian", "invisible"),
            ("R1,,,,,Smi", "groups", "unknown-group"),
            ("R1,,,,,smi@2026-12-31..2026-01-01", "groups", "ends-before-it-begins"),
            ("R1,,,,,smi@2026-02-30", "groups", "no-such-day"),
            ("R1,,,,,smi@..2026.2.3", "groups", "date-form"),
            ("R1,,,,,smi@", "groups", "dated-form"),
            ("R1,,,,,smi@..", "groups", "dated-form"),
            ("R1,,,,,smi@2026-01-01..", "groups", "dated-form"),
            ("R1,,,,,@2026-01-01", "groups", "dated-form"),
            ("R1,,,,,smi;;ehr", "groups", "dated-form"),
            ("R1,,,,,;", "groups", "dated-form"),
            ("R1,,,,,smi；ehr", "groups", "dated-form"),
        ],
    );
    let many = |count| format!("R1,,,,,{}", vec!["smi"; count].join(";"));
    each_accepted(Table::Residents, &[&many(100)]);
    each_refused(Table::Residents, &[(&many(101), "groups", "too-many-dated")]);
}

#[test]
fn records() {
    each_accepted(
        Table::Records,
        &[
            "A1,R1,lecture.attended,2026-01-01,,,,,,",
            "A1,nobody,lecture.attended,2026-01-01,ORG1,W1,void,false,w12,0.5",
            "A1,R1,lecture.attended,2026-01-01,,,valid,true,,0.123456789000",
            "A1,R1,lecture.attended,2026-01-01,,,valid,FALSE,,",
        ],
    );
    each_refused(
        Table::Records,
        &[
            (",R1,lecture.attended,2026-01-01,,,,,,", "id", "empty"),
            ("A1,,lecture.attended,2026-01-01,,,,,,", "resident", "empty"),
            ("A1,R1,,2026-01-01,,,,,,", "kind", "empty"),
            ("A1,R1,lecture.attended,,,,,,,", "date", "empty"),
            ("A1,R1,dentist,2026-01-01,,,,,,", "kind", "unknown-kind"),
            ("A1,R1,lecture.attended,2026/01/01,,,,,,", "date", "date-form"),
            ("A1,R1,lecture.attended,2026-13-01,,,,,,", "date", "no-such-day"),
            ("A1,R1,lecture.attended,2026-01-01,O\u{0}1,,,,,", "org", "invisible"),
            ("A1,R1,lecture.attended,2026-01-01,,5.1E+17,,,,", "worker", "lost-digits"),
            ("A1,R1,lecture.attended,2026-01-01,,,Valid,,,", "status", "status"),
            ("A1,R1,lecture.attended,2026-01-01,,,,yes,,", "complete", "bool"),
            ("A1,R1,lecture.attended,2026-01-01,,,,,w\u{9}12,", "stage", "invisible"),
            ("A1,R1,lecture.attended,2026-01-01,,,,,,1h", "hours", "decimal-form"),
            ("A1,R1,lecture.attended,2026-01-01,,,,,,-0.5", "hours", "negative"),
            ("A1,R1,lecture.attended,2026-01-01,,,,,,0.1234567891", "hours", "too-precise"),
            ("A1,R1,lecture.attended,2026-01-01,,,,,,9300000000", "hours", "too-large"),
            ("A1,R1,lecture.attended,2026-01-01,,,,,", "", "too-few-cells"),
            ("A1,R1,lecture.attended,2026-01-01,,,,,,,", "", "too-many-cells"),
        ],
    );
}

#[test]
fn metrics_confirmations_and_sanctions() {
    each_accepted(Table::Metrics, &["510403000001,2026,awareness_rate,0.90"]);
    each_refused(
        Table::Metrics,
        &[
            (",2026,rate,0.9", "community", "empty"),
            ("510403,2026,rate,0.9", "community", "community"),
            ("510403000001,26,rate,0.9", "year", "year"),
            ("510403000001,0000,rate,0.9", "year", "year"),
            ("510403000001,+026,rate,0.9", "year", "year"),
            ("510403000001,2026,,0.9", "name", "empty"),
            ("510403000001,2026,rate,", "value", "empty"),
            ("510403000001,2026,rate,90%", "value", "decimal-form"),
            ("510403000001,2026,rate,-1", "value", "negative"),
        ],
    );
    each_accepted(Table::Confirmations, &["lecture,R1/2026,accept,D1,2026-01-01"]);
    each_refused(
        Table::Confirmations,
        &[
            (",A1,accept,D1,2026-01-01", "award", "empty"),
            ("lecture,,accept,D1,2026-01-01", "subject", "empty"),
            ("lecture,A1,,D1,2026-01-01", "decision", "empty"),
            ("lecture,A1,yes,D1,2026-01-01", "decision", "decision"),
            ("lecture,A1,accept,,2026-01-01", "by", "empty"),
            ("lecture,A1,accept,D1,", "date", "empty"),
            ("lecture,A1,accept,D1,2026-02-29", "date", "no-such-day"),
        ],
    );
    each_accepted(Table::Sanctions, &["R1,2026-01-01,", "R1,2026-01-01,2026-01-02"]);
    each_refused(
        Table::Sanctions,
        &[
            (",2026-01-01,", "holder", "empty"),
            ("R1,,2026-01-02", "from", "empty"),
            ("R1,2026-01-01,2026-01-01", "until", "no-days"),
            ("R1,2026-01-01,2025-12-31", "until", "no-days"),
            ("R1,2026-01-01,2026-1-2", "until", "date-form"),
        ],
    );
}

#[test]
fn all_faults_of_a_row_are_told() {
    let report = report(Table::Records, format!("{RECORDS}A1,,dentist,x,,,?,yes,,-1\n"));
    let codes = ["empty", "unknown-kind", "date-form", "status", "bool", "negative"];
    let columns = ["resident", "kind", "date", "status", "complete", "hours"];
    assert_eq!(refused(&report), [(2, columns.into_iter().zip(codes).collect())]);
}

#[test]
fn messages_say_what_to_write_instead() {
    let reason = |table: Table, row: &str| {
        let report = report(table, format!("{}{row}\n", header(table)));
        report.refused_rows[0].faults[0].clone()
    };
    let record =
        |kind: &str, date: &str| reason(Table::Records, &format!("A1,R1,{kind},{date},,,,,,"));
    let meant = Day::new(2025, 8, 27);
    for date in [
        "2025.8.27",
        "2025/8/27",
        "2025/08/27",
        "20250827",
        "2025年8月27日",
        "２０２５年８月２７日",
        "2025-8-27",
        "2025-08-27 10:30:00",
        "2025-08-27T10:30:00Z",
        "45896",
    ] {
        assert_eq!(record("lecture.attended", date).reason, Reason::DateForm { meant }, "{date}");
    }
    for date in ["27.8.2025", "yesterday", "2025-08", "1/2/25", "2025-08-27-1", "2025-008-27"] {
        let reason = record("lecture.attended", date).reason;
        assert_eq!(reason, Reason::DateForm { meant: None }, "{date}");
    }
    for kind in ["lecture_attended", "Lecture.Attended", "lecture.atended", "健康教育讲座"] {
        let meant = Some("lecture.attended".to_owned());
        assert_eq!(record(kind, "2026-01-01").reason, Reason::UnknownKind { meant }, "{kind}");
    }
    let group = reason(Table::Residents, "R1,,,,,高血压患者");
    assert_eq!(group.reason, Reason::UnknownGroup { meant: Some("hypertension".to_owned()) });
    assert_eq!(
        group.chinese(),
        "「groups」填的是「高血压患者」：没有这个人群。请按人群表填写。是否应为「hypertension」？"
    );
    let overlap = reason(Table::Residents, "R1,,,,R2@..2026-03-31;R3@2026-02-01,");
    assert_eq!(overlap.reason, Reason::Overlap { day: Day::new(2026, 2, 1).unwrap() });
    assert_eq!(
        overlap.english(),
        "`guardian`: `R2@..2026-03-31;R3@2026-02-01`: two values on one day where one may hold; \
         correct the dates; both hold on 2026-02-01"
    );
    let long = record(&format!("\u{1B}[31m{}", "长".repeat(100)), "2026-01-01");
    assert_eq!(long.value, format!("�[31m{}…", "长".repeat(54)));
}

#[test]
fn repeated_ids_refuse_all_their_rows() {
    let rows = [record("A1"), record("A2"), record("A1"), record("A3"), record("A1")].concat();
    let (tables, report) = load(Table::Records, format!("{RECORDS}\n{rows}")).unwrap();
    let repeated = |line| (line, vec![("id", "repeated")]);
    assert_eq!(refused(&report), [repeated(3), repeated(5), repeated(7)]);
    assert_eq!((report.rows, report.accepted, report.refused), (5, 2, 3));
    let other = |row: usize| report.refused_rows[row].faults[0].reason.clone();
    assert_eq!(other(0), Reason::Repeated { other_line: 5 });
    assert_eq!(other(2), Reason::Repeated { other_line: 3 });
    let kept: Vec<&str> =
        tables.records.rows.iter().map(|row| tables.symbols.text(row.id)).collect();
    assert_eq!(kept, ["A2", "A3"]);
}

#[test]
fn a_row_refused_for_its_values_still_repeats_an_id() {
    let good = resident("R1");
    let report = report(Table::Residents, format!("{RESIDENTS}R1,x,,,,\n{good}"));
    let both = vec![("id", "repeated"), ("birth_date", "date-form")];
    assert_eq!(refused(&report), [(2, both), (3, vec![("id", "repeated")])]);
}

#[test]
fn repeated_metrics_refuse_all_their_rows() {
    let rows = "510403000001,2026,a,1\n510403000001,2026,b,1\n510403000001,2026,a,2\n\
                510403000001,2027,a,1\n510403000002,2026,a,1\n";
    let (tables, report) = load(Table::Metrics, format!("{METRICS}{rows}")).unwrap();
    let repeated = |line| (line, vec![("community year name", "repeated")]);
    assert_eq!(refused(&report), [repeated(2), repeated(4)]);
    assert_eq!(report.refused_rows[0].faults[0].value, "510403000001 2026 a");
    assert_eq!(tables.metrics.len(), 3);
}

#[test]
fn accepted_values_are_what_the_cells_say() {
    let row = "R1,1950-02-28,F,510403000001@..2026-03-31;510403000002@2026-04-01,R2@2026-02-01,ehr";
    let (tables, _) = load(Table::Residents, format!("{RESIDENTS}{row}\n")).unwrap();
    let resident = tables.residents[0];
    assert_eq!(tables.symbols.text(resident.id), "R1");
    assert_eq!(resident.birth_date, Day::new(1950, 2, 28));
    let on = |month| tables.standing_on(&resident, Day::new(2026, month, 1).unwrap()).unwrap();
    assert_eq!((on(3).community, on(4).community), {
        (Division::parse("510403000001"), Division::parse("510403000002"))
    });
    assert!(on(1).guardian.is_empty());
    assert_eq!(tables.symbols.text(on(2).guardian), "R2");

    // The refused row in between must leave nothing behind for the row after it.
    let rows = "A1,R9,lecture.attended,2026-03-01,O1,W1,void,false,w12,1.5\n\
                A2,R9,dentist,2026-03-01,,,,true,pp7,2\n\
                A3,R9,lecture.attended,2026-03-02,,,,,,\n";
    let (tables, _) = load(Table::Records, format!("{RECORDS}{rows}")).unwrap();
    let [first, last] = tables.records.rows[..] else { panic!("two rows are accepted") };
    let text = |sym| tables.symbols.text(sym);
    assert_eq!(
        [first.id, first.resident, first.org, first.worker].map(text),
        ["A1", "R9", "O1", "W1"]
    );
    assert!(first.void && first.flags_recorded == 1 && first.flags_true == 0);
    assert_eq!(text(tables.records.text(0, 0)), "w12");
    assert_eq!(tables.records.decimal(0, 0).to_string(), "1.5");
    assert!(!last.void && last.flags_recorded == 0 && last.worker.is_empty());
    assert!(tables.records.text(0, 1).is_empty());
    assert_eq!(tables.records.decimal(0, 1), kangji_core::Decimal::NOT_RECORDED);

    let rows = "R1,2026-01-01,2026-03-01\nR2,2026-01-01,\n";
    let (tables, _) = load(Table::Sanctions, format!("{SANCTIONS}{rows}")).unwrap();
    let last_days: Vec<String> =
        tables.sanctions.iter().map(|sanction| sanction.days.to.to_string()).collect();
    assert_eq!(last_days, ["2026-02-28", "9999-12-31"]);
}
