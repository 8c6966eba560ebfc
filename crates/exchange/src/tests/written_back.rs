//! Refused rows as a file that can be read again.

use super::*;

#[test]
fn refused_rows_of_all_tables_share_one_file() {
    let mut all = inputs(
        Table::Records,
        format!("row,{}7,A1,R1,\"dentist, \"\"old\"\"\",2026-01-01,,,,,,\n", RECORDS).into_bytes(),
    );
    all.residents.bytes = format!("{RESIDENTS}R1,2026-02-30,,,,\nR2\n").into_bytes();
    all.sanctions = Some(Input {
        name: "s.csv".to_owned(),
        bytes: format!("{SANCTIONS}R1,2026-01-01,\n").into(),
    });
    let loaded = read(all, &Vocabulary::national(), &mut |_| ()).unwrap();
    let csv = refused_csv(&loaded.reports);
    let mut lines = csv.lines();
    assert_eq!(
        lines.next().unwrap(),
        "table,row,reason,id,birth_date,sex,community,guardian,groups,\
         resident,kind,date,org,worker,status,complete,stage,hours"
    );
    let rows: Vec<&str> = lines.collect();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[0].starts_with("residents,2,「birth_date」填的是「2026-02-30」：日历上没有这一天")
    );
    assert!(rows[0].ends_with("R1,2026-02-30,,,,,,,,,,,,,"));
    assert!(rows[1].starts_with("residents,3,") && rows[1].ends_with(",R2,,,,,,,,,,,,,,"));
    assert!(rows[2].starts_with("records,2,"));
    assert!(rows[2].ends_with("A1,,,,,,R1,\"dentist, \"\"old\"\"\",2026-01-01,,,,,,"));
}

#[test]
fn a_mended_file_can_be_fed_back() {
    let text = format!("{RESIDENTS}R1,1950.1.1,F,,,\n{}", resident("R2"));
    let (_, first) = load(Table::Residents, text).unwrap();
    let written = refused_csv(&[first]);
    assert_eq!(report(Table::Residents, &*written).refused, 1);
    let again = refused_csv(&[report(Table::Residents, &*written)]);
    assert_eq!(again, written, "the columns of an earlier round are not repeated");
    let mended = report(Table::Residents, written.replace(",1950.1.1,", ",1950-01-01,"));
    assert_eq!((mended.accepted, mended.refused), (1, 0));
}

#[test]
fn surplus_cells_are_kept_and_still_refused() {
    let (_, first) = load(Table::Residents, format!("{RESIDENTS}R1,,,,,,surplus\n")).unwrap();
    let written = refused_csv(&[first]);
    assert!(written.ends_with("R1,,,,,,surplus\n"));
    let again = report(Table::Residents, written);
    assert_eq!(refused(&again), [(2, vec![("", "too-many-cells")])]);
}

#[test]
fn an_attribute_may_be_called_reason() {
    let mut vocabulary = Vocabulary::national();
    vocabulary.declare("reason", "text", "原因", "").unwrap();
    let text = "id,resident,kind,date,reason\nA1,R1,dentist,2026-01-01,pain\n";
    let inputs = inputs(Table::Records, text.into());
    let loaded = read(inputs, &vocabulary, &mut |_| ()).unwrap();
    let csv = refused_csv(&loaded.reports);
    assert!(csv.starts_with("table,row,refused_reason,id,resident,kind,date,reason\nrecords,2,"));
    assert!(csv.ends_with(",A1,R1,dentist,2026-01-01,pain\n"));
}

#[test]
fn nothing_refused_is_a_header() {
    assert_eq!(refused_csv(&[report(Table::Residents, resident_file())]), "table,row,reason\n");
}

fn resident_file() -> String {
    format!("{RESIDENTS}{}", resident("R1"))
}
