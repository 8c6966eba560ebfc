//! Files as grass-roots staff have them: where the header is found, what is told of a wrong one,
//! that a workbook and a CSV say the same, and that nothing makes reading panic.

use kangji_core::vocabulary::Vocabulary;
use kangji_exchange::{FileFault, Form, Sheet, cells};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

fn open(form: Form, bytes: impl Into<Vec<u8>>) -> Result<Sheet, FileFault> {
    Sheet::open(bytes.into(), form, &Vocabulary::national())
}

fn texts(sheet: &Sheet, column: &str) -> Vec<(u64, Option<String>)> {
    sheet.lines().map(|line| (line.number, line.text(column))).collect()
}

#[test]
fn the_header_is_found_below_a_title_and_by_every_usual_word() {
    let text =
        "某村登记表,,\n\n 姓 名 *,公民身份号码,联系方式（选填）,备注\n甲,1,2,x\n,,,\n乙,3,,\n";
    let sheet = open(Form::Residents, text).unwrap();
    assert_eq!(texts(&sheet, "name"), [(4, Some("甲".into())), (6, Some("乙".into()))]);
    assert_eq!(texts(&sheet, "phone"), [(4, Some("2".into())), (6, None)]);
    assert_eq!((sheet.unknown(), sheet.count()), (vec!["备注"], 2));
    let english = open(Form::Residents, "name,document\na,1\n").unwrap();
    assert!(english.has("document") && !english.has("phone"));
}

#[test]
fn attributes_are_columns_of_records() {
    let sheet = open(Form::Records, "居民编号,服务项目,服务日期,systolic\nR,x,y,120\n").unwrap();
    assert_eq!(sheet.attributes().collect::<Vec<_>>(), ["systolic"]);
    let line = sheet.lines().next().unwrap();
    assert_eq!(line.attribute("systolic").as_deref(), Some("120"));
}

#[test]
fn what_is_missing_is_told_with_what_was_probably_meant() {
    let Err(fault) = open(Form::Residents, "姓名,证件号玛\n甲,1\n") else { unreachable!() };
    assert!(
        fault.chinese().contains("「证件号码」（是否写成了「证件号玛」？）"),
        "{}",
        fault.chinese()
    );
    let Err(fault) = open(Form::Records, "服务项目,服务日期\n") else { unreachable!() };
    assert!(fault.chinese().contains("「证件号码或居民编号」"), "{}", fault.chinese());
    let twice = open(Form::Residents, "姓名,证件号码,身份证号\n");
    assert!(matches!(twice, Err(FileFault::RepeatedColumns { .. })));
    let tabs = open(Form::Residents, "姓名\t证件号码\n甲\t1\n");
    assert!(matches!(tabs, Err(FileFault::Delimiter { found: '\t' })));
    for empty in ["", "\n\n", "\u{FEFF}"] {
        assert!(open(Form::Residents, empty).is_err());
    }
}

#[test]
fn every_encoding_says_the_same() {
    let text = "姓名,证件号码\n王芳,1\n";
    let gbk = encoding_rs::GBK.encode(text).0.into_owned();
    let utf16: Vec<u8> =
        "\u{FEFF}".chars().chain(text.chars()).flat_map(|one| (one as u16).to_le_bytes()).collect();
    for bytes in [text.into(), format!("\u{FEFF}{text}").into(), gbk, utf16] {
        let sheet = open(Form::Residents, bytes).unwrap();
        assert_eq!(texts(&sheet, "name"), [(2, Some("王芳".into()))]);
    }
}

#[test]
fn a_workbook_says_what_its_csv_says() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for (column, text) in (0..).zip(["姓名", "证件号码", "出生日期", "电话"]) {
        sheet.write_string(1, column, text).unwrap();
    }
    sheet.write_string(3, 0, "王,\"芳\"\n女").unwrap();
    sheet.write_number(3, 1, 5.104_031_950_010_11e17).unwrap();
    let born = ExcelDateTime::from_ymd(1950, 1, 1).unwrap();
    sheet.write_datetime_with_format(3, 2, &born, &day).unwrap();
    sheet.write_number(3, 3, 13_800_138_000.0).unwrap();
    let sheet = open(Form::Residents, book.save_to_buffer().unwrap()).unwrap();
    assert!(sheet.is_workbook());
    assert_eq!(texts(&sheet, "name"), [(4, Some("王,\"芳\" 女".into()))]);
    assert_eq!(texts(&sheet, "birth_date"), [(4, Some("1950-01-01".into()))]);
    assert_eq!(texts(&sheet, "phone"), [(4, Some("13800138000".into()))]);
    let number = sheet.lines().next().unwrap().text("document").unwrap();
    assert!(cells::document(&number, true).is_err(), "{number}");
}

fn read_all(bytes: &[u8]) {
    for form in Form::ALL {
        let Ok(sheet) = open(form, bytes) else { continue };
        let (mut count, mut last) = (0, 0);
        for line in sheet.lines() {
            for column in form.columns() {
                let cell = line.text(column.id).unwrap_or_default();
                let _ = cells::day(&cell, false);
                let _ = cells::document(&cell, false);
                let _ = cells::division(&cell);
                let _ = cells::year(&cell);
            }
            assert!(line.number > last, "lines grow");
            assert_eq!(line.cells.len().max(sheet.header().len()), line.cells.len());
            (count, last) = (count + 1, line.number);
        }
        assert_eq!(count, sheet.count());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        read_all(&bytes);
    }

    #[test]
    fn no_cells_make_it_panic(
        rows in proptest::collection::vec(proptest::collection::vec("(?s).{0,12}", 0..6), 0..8),
    ) {
        let mut text = "姓名,证件号码,区划代码,人群,日期\n".to_owned();
        for row in rows {
            text.push_str(&row.join(","));
            text.push('\n');
        }
        read_all(text.as_bytes());
    }

    #[test]
    fn no_damage_to_a_workbook_makes_it_panic(at in 0_usize..6000, byte: u8) {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, text) in (0..).zip(["姓名", "证件号码", "区划代码"]) {
            sheet.write_string(0, column, text).unwrap();
            sheet.write_number(1, column, 1.5).unwrap();
        }
        let mut bytes = book.save_to_buffer().unwrap();
        let length = bytes.len();
        if let Some(place) = bytes.get_mut(at % length) {
            *place = byte;
        }
        read_all(&bytes);
    }

    #[test]
    fn no_cell_makes_reading_it_panic(cell in "\\PC{0,40}") {
        let cell = cells::tidy(&cell);
        let _ = (cells::day(&cell, true), cells::document(&cell, true), cells::area(&cell));
        let _ = (cells::sex(&cell), cells::flag(&cell), cells::decimal(&cell));
    }
}
