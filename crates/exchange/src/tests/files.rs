//! Encodings, line ends, headers, and files that are broken or huge.

use super::*;

fn read_as(bytes: Vec<u8>) -> (Encoding, LineEnds, Vec<String>) {
    let (tables, report) = load(Table::Residents, bytes).unwrap();
    let id = |resident: &kangji_core::tables::Resident| tables.symbols.text(resident.id).to_owned();
    (report.encoding, report.line_ends, tables.residents.iter().map(id).collect())
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{FEFF}{text}").encode_utf16().flat_map(bytes).collect()
}

#[test]
fn encodings_are_recognised_and_named() {
    let text = format!("{RESIDENTS}张三😀,,,,,\n");
    let ids = vec!["张三😀".to_owned()];
    let gb18030 = encoding_rs::GB18030.encode(&text).0.into_owned();
    for (bytes, encoding) in [
        (text.clone().into_bytes(), Encoding::Utf8),
        (format!("\u{FEFF}{text}").into_bytes(), Encoding::Utf8Bom),
        (utf16(&text, u16::to_le_bytes), Encoding::Utf16Le),
        (utf16(&text, u16::to_be_bytes), Encoding::Utf16Be),
        (gb18030, Encoding::Gb18030),
    ] {
        assert_eq!(read_as(bytes), (encoding, LineEnds::Lf, ids.clone()), "{encoding}");
    }
}

#[test]
fn a_byte_of_no_encoding_is_placed() {
    let mut bytes = format!("{RESIDENTS}R1,,,,,\nR").into_bytes();
    let offset = bytes.len() as u64;
    bytes.extend(b"\xFF2,,,,,\n");
    let place = Place { offset, line: 3 };
    assert_eq!(faults(Table::Residents, bytes), [FileFault::UnknownByte(place)]);

    // Valid UTF-8 before shows which of the two encodings was meant.
    let mut bytes = format!("{RESIDENTS}张三,,,,,\r\nR").into_bytes();
    let place = Place { offset: bytes.len() as u64, line: 3 };
    bytes.extend(b"\xFF2,,,,,\n");
    assert_eq!(faults(Table::Residents, bytes), [FileFault::UnknownByte(place)]);

    let mut bytes = utf16(RESIDENTS, u16::to_le_bytes);
    let place = Place { offset: bytes.len() as u64, line: 2 };
    bytes.extend([0x00, 0xDC, b'\n', 0]);
    assert_eq!(faults(Table::Residents, bytes), [FileFault::UnknownByte(place)]);
}

#[test]
fn a_file_cut_inside_a_character_is_named() {
    let text = format!("{RESIDENTS}张三,,,,,\nR1,,,,,张");
    let cut = |mut bytes: Vec<u8>| {
        bytes.pop();
        faults(Table::Residents, bytes)
    };
    let gb18030 = encoding_rs::GB18030.encode(&text).0.into_owned();
    for (bytes, encoding) in [
        (text.clone().into_bytes(), Encoding::Utf8),
        (gb18030, Encoding::Gb18030),
        (utf16(&text, u16::to_le_bytes), Encoding::Utf16Le),
        (utf16(&text, u16::to_be_bytes), Encoding::Utf16Be),
    ] {
        assert_eq!(cut(bytes), [FileFault::CutCharacter { encoding }]);
    }
    let mut half_a_pair = utf16(&format!("{text}😀"), u16::to_le_bytes);
    half_a_pair.truncate(half_a_pair.len() - 2);
    let encoding = Encoding::Utf16Le;
    assert_eq!(faults(Table::Residents, half_a_pair), [FileFault::CutCharacter { encoding }]);
}

#[test]
fn what_is_no_text_is_unreadable() {
    for bytes in [&b""[..], b"\xEF\xBB\xBF", b" \r\n\r\n", "\u{3000}\n".as_bytes(), b"\xFF\xFE"] {
        assert_eq!(faults(Table::Residents, bytes), [FileFault::Empty], "{bytes:?}");
    }
    let format = "XLSX/ZIP";
    assert_eq!(faults(Table::Residents, b"PK\x03\x04..."), [FileFault::OtherFormat { format }]);
    for bytes in [&b"\x00\x01\x02\x03"[..], b"i\x00d\x00,\x00", b"\x7FELF\x00\xFF\xFF\n"] {
        assert_eq!(faults(Table::Residents, bytes), [FileFault::Binary], "{bytes:?}");
    }
    // A region of zero bytes in a text costs the rows it lies in, not the file.
    let report = report(Table::Residents, format!("{RESIDENTS}{}\0\0\0\0", resident("R1")));
    assert_eq!(refused(&report), [(3, vec![("", "cut")])]);
}

#[test]
fn line_ends_are_named_and_lines_counted() {
    for (end, named) in [("\n", LineEnds::Lf), ("\r\n", LineEnds::CrLf), ("\r", LineEnds::Cr)] {
        let text = format!("{RESIDENTS}{}\n\"R\n2\",,,,,\n{}", resident("R1"), resident(""));
        let report = report(Table::Residents, text.replace('\n', end));
        assert_eq!(report.line_ends, named);
        let codes = [(4, vec![("id", "invisible")]), (6, vec![("id", "empty")])];
        assert_eq!(refused(&report), codes, "{named}");
    }
    let mixed = format!("{RESIDENTS}R1,,,,,\r\nR2,,,,,\r");
    assert_eq!(report(Table::Residents, mixed).line_ends, LineEnds::Mixed);
    assert_eq!(report(Table::Residents, RESIDENTS.trim()).line_ends, LineEnds::None);
}

#[test]
fn lines_without_values_are_no_rows() {
    let text = format!("{RESIDENTS}\n,,,,,\n , ,\n{}\r\n\r\n,,,,,", resident("R1"));
    let report = report(Table::Residents, text);
    assert_eq!((report.rows, report.accepted, report.refused), (1, 1, 0));
}

#[test]
fn headers_may_have_more_columns_in_any_order() {
    let header = "\u{FEFF} date ,姓名,kind\u{3000},resident,\"id\",,\n";
    let (tables, report) =
        load(Table::Records, format!("{header}2026-01-01,张三,lecture.attended,R1,A1,,\n"))
            .unwrap();
    assert_eq!(report.accepted, 1);
    assert_eq!(report.columns, ["date", "姓名", "kind", "resident", "id", "", ""]);
    assert_eq!(report.columns_read, ["date", "kind", "resident", "id"]);
    assert!(tables.records.rows[0].org.is_empty());
}

#[test]
fn missing_and_repeated_columns_are_named() {
    let missing = |name: &str, near: Option<&str>| MissingColumn {
        name: name.to_owned(),
        near: near.map(str::to_owned),
    };
    let found = ["Id", "resident_id", "kind", "stage", "kind", "stage", "x", "x"];
    let faults = faults(Table::Records, format!("{}\n", found.join(",")));
    let missing = vec![
        missing("id", Some("Id")),
        missing("resident", Some("resident_id")),
        missing("date", None),
    ];
    let found = found.map(str::to_owned).to_vec();
    let columns = vec!["kind".to_owned(), "stage".to_owned()];
    assert_eq!(
        faults,
        [FileFault::MissingColumns { missing, found }, FileFault::RepeatedColumns { columns }]
    );
}

#[test]
fn other_delimiters_are_recognised_in_the_header() {
    for delimiter in [';', '\t'] {
        let header = SANCTIONS.replace(',', &delimiter.to_string());
        let expected = [FileFault::Delimiter { found: delimiter }];
        assert_eq!(faults(Table::Sanctions, header), expected);
    }
}

#[test]
fn endless_headers_are_unreadable() {
    let wide = format!("{},{}\n", SANCTIONS.trim(), vec!["x"; 1000].join(","));
    for text in [format!("\"{SANCTIONS}"), format!("{}\n", "x".repeat(2 << 20)), wide] {
        assert_eq!(faults(Table::Sanctions, text), [FileFault::EndlessHeader]);
    }
}

#[test]
fn all_unreadable_files_are_told_at_once() {
    let mut all = inputs(Table::Residents, Vec::new());
    all.records.bytes = b"id\n".to_vec();
    all.metrics =
        Some(Input { name: "指标.csv".to_owned(), bytes: b"\x89PNG\xFF\xFF\0".to_vec() });
    let unreadable = read(all, &Vocabulary::national(), &mut |_| ()).unwrap_err();
    let codes: Vec<_> = unreadable.iter().map(|one| (one.table, one.fault.code())).collect();
    assert_eq!(
        codes,
        [
            (Table::Residents, "file-empty"),
            (Table::Records, "columns-missing"),
            (Table::Metrics, "file-binary"),
        ]
    );
    for one in &unreadable {
        assert!(one.chinese().starts_with(&one.file) && one.chinese().ends_with('。'));
        assert!(one.english().starts_with(&one.file) && one.to_string() == one.english());
    }
}

#[test]
fn a_line_of_100_megabytes_costs_only_itself() {
    let (before, after) = (resident("R1"), resident("R2"));
    let mut text = format!("{RESIDENTS}{before}R9,");
    text.push_str(&"x".repeat(50_000_000));
    text.push_str(&",".repeat(50_000_000));
    text.push('\n');
    text.push_str(&after);
    let report = report(Table::Residents, text);
    assert_eq!((report.rows, report.accepted), (3, 2));
    assert_eq!(refused(&report), [(3, vec![("", "row-too-long")])]);
    assert!(report.refused_rows[0].cells.is_empty());
    assert_eq!(report.refused_rows[0].faults[0].reason, Reason::RowTooLong { quote_line: None });
}

#[test]
fn a_row_may_have_a_mebibyte_and_no_byte_more() {
    let row = |length: usize| format!("{},,,,,\n", "x".repeat(length - 5));
    let report = |length| report(Table::Residents, format!("{RESIDENTS}{}", row(length)));
    assert_eq!(report(1 << 20).accepted, 1);
    assert_eq!(refused(&report((1 << 20) + 1)), [(2, vec![("", "row-too-long")])]);
}

#[test]
fn quotation_marks_out_of_step_are_placed() {
    let reason = |text: String| {
        let report = report(Table::Residents, text);
        let last = report.refused_rows.last().unwrap();
        (last.line, last.faults[0].reason.clone())
    };
    let rows: String = (0..40_000).map(|number| resident(&format!("X{number}"))).collect();
    let (one, two) = (resident("R1"), resident("R2"));
    assert_eq!(
        reason(format!("{RESIDENTS}{one}\"R9,,,,,\n{two}")),
        (3, Reason::UnclosedQuote { line: 3 })
    );
    assert_eq!(
        reason(format!("{RESIDENTS}{one}R9,,\r\n\"a\"\"b\nc\",,,\"\n{rows}")),
        (4, Reason::UnclosedQuote { line: 4 }),
    );
    assert_eq!(
        reason(format!("{RESIDENTS}\"R8\nR9\",,,,,\"{rows}\"\n{two}")),
        (2, Reason::RowTooLong { quote_line: Some(2) })
    );
    assert_eq!(
        reason(format!("{RESIDENTS}R9,,,\"5104\n03\"\n{two}")),
        (2, Reason::CellCount { expected: 6, found: 4, quote_line: Some(2) })
    );
}

#[test]
fn a_file_cut_inside_its_last_row_is_named() {
    let text = format!("{RESIDENTS}{}{}", resident("R1"), resident("R2"));
    let cut = |bytes: usize| report(Table::Residents, &text[..text.len() - bytes]);
    assert_eq!(refused(&cut(6)), [(3, vec![("", "cut")])]);
    assert_eq!(refused(&cut(1)), []);
    let ended = report(Table::Residents, format!("{RESIDENTS}R1,,\n"));
    assert_eq!(refused(&ended), [(2, vec![("", "too-few-cells")])]);
}

#[test]
fn progress_is_told() {
    let rows: String = (0..70_000).map(|number| record(&number.to_string())).collect();
    let mut told = Vec::new();
    let inputs = inputs(Table::Records, format!("{RECORDS}{rows}").into_bytes());
    read(inputs, &Vocabulary::national(), &mut |progress| told.push(progress)).unwrap();
    let rows: Vec<_> = told.iter().map(|progress| (progress.table, progress.rows)).collect();
    assert_eq!(rows, [(Table::Residents, 0), (Table::Records, 65_536), (Table::Records, 70_000)]);
    assert!(told[1].bytes < told[1].bytes_in_all && told[2].bytes == told[2].bytes_in_all);
}
