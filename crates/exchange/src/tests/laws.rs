//! What holds of any input.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

fn table() -> impl Strategy<Value = Table> {
    select(&Table::ALL)
}

/// A cell that is right or wrong in some column, with what trips up readers of CSV.
fn cell() -> impl Strategy<Value = String> {
    let words = [
        "",
        "R1",
        "R2",
        "A1",
        "A2",
        "M",
        "510403000001",
        "5.1E+11",
        "2026-01-01",
        "2026-02-30",
        "2026.1.1",
        "lecture.attended",
        "smi",
        "smi@2026-01-01",
        "R2@..2026-01-01;R3",
        "true",
        "valid",
        "accept",
        "1.5",
        "-1",
        "2026",
        "\"",
        "\"a\nb\"",
        "\"a\"\"b\"",
        "张三",
        "\r",
        " ",
        "\0",
        "x;y",
        ";",
    ];
    prop_oneof![9 => select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn file() -> impl Strategy<Value = (Table, String)> {
    (table(), vec(vec(cell(), 2..12), 0..12)).prop_map(|(table, rows)| {
        let rows: String = rows.iter().map(|row| format!("{}\n", row.join(","))).collect();
        (table, format!("{}{rows}", header(table)))
    })
}

fn accepted(tables: &Tables) -> usize {
    let Tables { residents, records, metrics, confirmations, sanctions, .. } = tables;
    residents.len() + records.rows.len() + metrics.len() + confirmations.len() + sanctions.len()
}

fn check_account(tables: &Tables, report: &TableReport) {
    assert_eq!(report.rows, report.accepted + report.refused);
    assert_eq!(report.accepted, accepted(tables) as u64);
    assert_eq!(report.refused, report.refused_rows.len() as u64);
    let lines: Vec<u64> = report.refused_rows.iter().map(|row| row.line).collect();
    assert!(lines.is_sorted_by(|a, b| a < b), "{lines:?}");
    assert!(report.refused_rows.iter().all(|row| row.line > 1 && !row.faults.is_empty()));
}

/// The rows that are accepted, each as its text.
fn accepted_rows(table: Table, rows: &[String]) -> BTreeSet<String> {
    let text = format!("{}{}", header(table), rows.concat());
    let report = report(table, text);
    let refused: BTreeSet<usize> =
        report.refused_rows.iter().map(|row| usize::try_from(row.line).unwrap() - 2).collect();
    let kept = rows.iter().enumerate().filter(|(place, _)| !refused.contains(place));
    kept.map(|(_, row)| row.clone()).collect()
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(table in table(), bytes in vec(any::<u8>(), 0..200)) {
        if let Ok((tables, report)) = load(table, bytes) {
            check_account(&tables, &report);
        }
    }

    #[test]
    fn any_bytes_below_a_header_are_read_or_refused(
        table in table(), bytes in vec(any::<u8>(), 0..200),
    ) {
        let bytes = [header(table).as_bytes(), &bytes].concat();
        if let Ok((tables, report)) = load(table, bytes) {
            check_account(&tables, &report);
        }
    }

    #[test]
    fn every_row_is_accepted_or_refused((table, text) in file()) {
        let (tables, report) = load(table, text).unwrap();
        check_account(&tables, &report);
    }

    #[test]
    fn what_is_written_back_can_be_read((table, text) in file()) {
        let (_, first) = load(table, text).unwrap();
        prop_assume!(first.refused > 0);
        let (tables, again) = load(table, refused_csv(std::slice::from_ref(&first))).unwrap();
        check_account(&tables, &again);
        prop_assert_eq!(again.rows, first.refused);
        // Values are refused again, unless their row was refused for its cells or for others.
        let is_still_wrong = |fault: &Fault| {
            fault.column.is_some() && !matches!(fault.reason, Reason::Repeated { .. })
        };
        let wrong = first.refused_rows.iter().filter(|row| row.faults.iter().any(is_still_wrong));
        prop_assert!(again.refused >= wrong.count() as u64);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        table in select(vec![Table::Residents, Table::Records, Table::Metrics]),
        rows in vec((0_usize..4, 0_usize..6), 1..12).prop_shuffle(),
        seed in any::<u64>(),
    ) {
        // Rows differ in an ignored place where they can, so that each stands for itself.
        let row = |(number, (id, fault)): (usize, &(usize, usize))| match table {
            Table::Residents => {
                let sex = ["F", "M", "", "x", "F", "M"][*fault];
                format!("R{id},19{:02}-01-01,{sex},,,\n", number + 10)
            }
            Table::Records => {
                let kind = ["lecture.attended", "tb.completed", "dentist"][fault % 3];
                format!("A{id},R{number},{kind},2026-01-01,,,,,,\n")
            }
            _ => format!("51040300000{id},202{fault},a,{number}\n"),
        };
        let rows: Vec<String> = rows.iter().enumerate().map(row).collect();
        let mut turned = rows.clone();
        let by = usize::try_from(seed % rows.len() as u64).unwrap();
        turned.rotate_left(by);
        turned[..].reverse();
        prop_assert_eq!(accepted_rows(table, &rows), accepted_rows(table, &turned));
    }

    #[test]
    fn every_encoding_reads_the_same((table, text) in file()) {
        prop_assume!(!text.contains('\u{FEFF}'));
        let facts = |bytes: Vec<u8>| {
            load(table, bytes).map(|(tables, report)| (accepted(&tables), report.refused))
        };
        let expected = facts(text.clone().into_bytes());
        let units: Vec<u8> =
            format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        prop_assert_eq!(&facts(units), &expected);
        prop_assert_eq!(&facts(format!("\u{FEFF}{text}").into_bytes()), &expected);
        let (bytes, _, unmapped) = encoding_rs::GB18030.encode(&text);
        let is_other_text = std::str::from_utf8(&bytes).is_ok_and(|same| same != text);
        if !unmapped && !is_other_text {
            prop_assert_eq!(&facts(bytes.into_owned()), &expected);
        }
    }
}
