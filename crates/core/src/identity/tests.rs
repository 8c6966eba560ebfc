//! Documents, telephone numbers, names and masks. Every number here is generated: divisions from
//! 99 on are nobody's, and residence permits are of persons born in 1901.

use proptest::prelude::*;

use super::*;
use crate::{calendar::Day, tables::Sex};

const RESIDENT: DocumentKind = DocumentKind::ResidentCard;
const FOREIGN: DocumentKind = DocumentKind::PermanentResidenceCard;
const PERMIT: DocumentKind = DocumentKind::ResidencePermit;

fn today() -> Day {
    "2026-07-15".parse().unwrap()
}

fn parse(kind: DocumentKind, text: &str) -> Result<Document, DocumentError> {
    Document::parse(kind, text, today())
}

/// A generated number: 17 digits and their check character.
fn checked(body: &str) -> String {
    format!("{body}{}", check_character(body).unwrap())
}

fn refused(kind: DocumentKind, text: &str) -> &'static str {
    parse(kind, text).unwrap_err().code()
}

/// The example of GB 11643-1999, appendix A: a number of the standard, not of a person.
#[test]
fn the_examples_of_the_standard_have_its_check_characters() {
    assert_eq!(check_character("11010519491231002"), Some('X'));
    assert_eq!(check_character("44052418800101001"), Some('4'));
    for text in ["", "1101051949123100", "110105194912310020", "1101051949123100x"] {
        assert_eq!(check_character(text), None);
    }
}

#[test]
fn a_resident_card_tells_birth_and_sex() {
    let man = parse(RESIDENT, &checked("99000019491231001")).unwrap();
    assert_eq!(man.birth_date(), Day::new(1949, 12, 31));
    assert_eq!((man.sex(), man.is_invented()), (Some(Sex::Male), true));
    let woman = parse(RESIDENT, &checked("99000020260715002")).unwrap();
    assert_eq!((woman.sex(), woman.birth_date()), (Some(Sex::Female), Some(today())));
    assert!(!parse(PERMIT, &checked("81000019010101001")).unwrap().is_invented());
}

#[test]
fn a_number_is_read_as_people_write_it() {
    let body = (0..).map(|at| format!("990000194912310{at:02}"));
    let number = body.map(|body| checked(&body)).find(|number| number.ends_with('X')).unwrap();
    let wide = |text: &str| -> String {
        text.chars().map(|it| char::from_u32(u32::from(it) + 0xFEE0).unwrap()).collect()
    };
    let divided = format!(" {} {}—{}\u{3000}", &number[..6], &number[6..14], &number[14..]);
    let quoted = format!("'{number}\u{200B}\t");
    let texts = [number.to_lowercase(), wide(&number), wide(&number.to_lowercase())];
    for text in texts.into_iter().chain([divided, quoted]) {
        assert_eq!(parse(RESIDENT, &text).unwrap().number(), Some(&*number), "{text}");
    }
}

#[test]
fn a_refused_number_has_its_own_reason() {
    let wrong = |body: &str| {
        let right = checked(body);
        let other = if right.ends_with('5') { '6' } else { '5' };
        format!("{body}{other}")
    };
    let cases = [
        (RESIDENT, String::new(), "empty"),
        (RESIDENT, " \u{200B}".into(), "empty"),
        (RESIDENT, "990000491231001".into(), "first-generation"),
        (RESIDENT, "9.90000E+17".into(), "lost-digits"),
        (RESIDENT, "９.9E17".into(), "lost-digits"),
        (RESIDENT, "990000194912310011.0".into(), "lost-digits"),
        (RESIDENT, "990000194912311000".into(), "lost-digits"),
        (RESIDENT, "990000194912311100".into(), "check"),
        (RESIDENT, "99000019491231".into(), "form"),
        (RESIDENT, checked("99000019491231001").replace("1949", "19X9"), "form"),
        (RESIDENT, "无".into(), "form"),
        (RESIDENT, checked("81000019010101001"), "other-kind"),
        (RESIDENT, checked("91111119490101001"), "other-kind"),
        (RESIDENT, checked("19000019490101001"), "division"),
        (RESIDENT, checked("81010119490101001"), "division"),
        (RESIDENT, checked("99000019490229001"), "no-such-birth-date"),
        (RESIDENT, checked("99000020260716001"), "birth-ahead"),
        (RESIDENT, checked("99000018750101001"), "birth-too-early"),
        (RESIDENT, wrong("99000019491231001"), "check"),
        (PERMIT, checked("99000019491231001"), "other-kind"),
        (PERMIT, checked("84000019010101001"), "division"),
        (PERMIT, wrong("83000019010101001"), "check"),
        (FOREIGN, checked("81000019010101001"), "other-kind"),
        (FOREIGN, wrong("91111119490101001"), "check"),
        (FOREIGN, "ABCD12345678901".into(), "form"),
        (FOREIGN, "ABC1234567890123".into(), "form"),
        (DocumentKind::HongKongMacaoPermit, "H1234567".into(), "form"),
        (DocumentKind::HongKongMacaoPermit, "H123456789".into(), "form"),
        (DocumentKind::HongKongMacaoPermit, "A12345678".into(), "form"),
        (DocumentKind::TaiwanPermit, "1234567".into(), "form"),
        (DocumentKind::TaiwanPermit, "12345678B".into(), "form"),
        (DocumentKind::TaiwanPermit, "0123456701BC".into(), "form"),
        (DocumentKind::Newborn, "12345678901".into(), "form"),
        (DocumentKind::Newborn, "AB123456789".into(), "form"),
    ];
    for (kind, text, code) in cases {
        assert_eq!(refused(kind, &text), code, "{kind:?} {text}");
    }
}

#[test]
fn zeros_at_the_end_that_check_are_a_number() {
    let bodies = (1901..2026).map(|year| format!("990000{year}1231100"));
    let number = bodies.map(|body| checked(&body)).find(|number| number.ends_with('0')).unwrap();
    assert!(number.ends_with("000") && parse(RESIDENT, &number).is_ok());
}

#[test]
fn other_documents_are_read() {
    let foreign = checked("91111119490101001");
    let cases = [
        (DocumentKind::HongKongMacaoPermit, "h00000000", "H00000000"),
        (DocumentKind::HongKongMacaoPermit, "Ｍ0000000001", "M0000000001"),
        (DocumentKind::TaiwanPermit, "00000000", "00000000"),
        (DocumentKind::TaiwanPermit, "0000000001（b）", "0000000001B"),
        (DocumentKind::TaiwanPermit, "0000000001", "0000000001"),
        (FOREIGN, "abc000000000000", "ABC000000000000"),
        (FOREIGN, &foreign, &foreign),
        (DocumentKind::Newborn, "a000 000 000", "A000000000"),
    ];
    for (kind, text, number) in cases {
        assert_eq!(parse(kind, text).unwrap().number(), Some(number), "{text}");
    }
    let document = parse(FOREIGN, &foreign).unwrap();
    assert_eq!((document.birth_date(), document.sex()), (Day::new(1949, 1, 1), None));
    for division in ["810000", "820000", "830000"] {
        let document = parse(PERMIT, &checked(&format!("{division}19010101002"))).unwrap();
        assert_eq!(document.sex(), Some(Sex::Female));
    }
    let newborn = parse(DocumentKind::Newborn, "").unwrap();
    assert_eq!((newborn.number(), newborn.masked()), (None, String::new()));
}

#[test]
fn kinds_have_words_of_their_own() {
    for kind in DocumentKind::ALL {
        assert_eq!(DocumentKind::from_code(kind.code()), Some(kind));
    }
    assert_eq!(DocumentKind::from_code("passport"), None);
}

#[test]
fn a_message_says_place_masked_value_and_remedy() {
    let error = parse(RESIDENT, &checked("99000019490229001")).unwrap_err();
    let masked = error.shown().masked();
    assert!(masked.starts_with("990000********001"), "{masked}");
    assert_eq!(
        error.chinese(),
        format!(
            "居民身份证号码「{masked}」第 7 至 14 位不是日历上有的出生日期：请对照证件核对这 8 位。"
        )
    );
    assert_eq!(
        error.to_string(),
        format!(
            "resident-card {masked}: characters 7 to 14 are no day of the calendar; compare them \
             with the document"
        )
    );
}

#[test]
fn telephone_numbers_are_read_as_people_write_them() {
    let cases = [
        ("13800000000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("0086 13800000000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("＋８６１９９００００００００", "19900000000"),
        ("010-80000000", "01080000000"),
        ("(0812) 300 0000", "08123000000"),
        ("（０２８）８０００００００", "02880000000"),
        ("+86 812 3000000", "08123000000"),
        ("+86 10 80000000", "01080000000"),
        ("+86 0755 80000000", "075580000000"),
    ];
    for (text, number) in cases {
        assert_eq!(Phone::parse(text).unwrap().number(), number, "{text}");
    }
    let refused = [
        ("", "empty"),
        ("1.38E+10", "lost-digits"),
        ("13800000000.0", "lost-digits"),
        ("12800000000", "form"),
        ("1380000000", "form"),
        ("138000000000", "form"),
        ("3000000", "no-area-code"),
        ("80000000", "no-area-code"),
        ("10000000", "form"),
        ("010-3000000", "form"),
        ("0100-80000000", "form"),
        ("0812-1000000", "form"),
        ("0812-3000000转12", "form"),
        ("+852 30000000", "form"),
        ("812 3000000", "form"),
    ];
    for (text, code) in refused {
        assert_eq!(Phone::parse(text).unwrap_err().code(), code, "{text}");
    }
}

#[test]
fn names_have_one_form() {
    let cases = [
        (" 张 三 ", "张三"),
        ("张\u{3000}三\u{200B}", "张三"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提 ． 艾力", "买买提·艾力"),
        ("Ｊｏｈｎ\t Smith", "John Smith"),
        ("J. R. Smith", "J. R. Smith"),
        ("张 John", "张John"),
    ];
    for (text, name) in cases {
        assert_eq!(PersonName::parse(text).unwrap().full(), name, "{text}");
    }
    assert_eq!(PersonName::parse(" \t"), Err(NameError::Empty));
    assert_eq!(PersonName::parse("张三１"), Err(NameError::Digits));
    assert_eq!(PersonName::parse(&"张".repeat(65)), Err(NameError::TooLong));
    assert_eq!(format!("{:?}", PersonName::parse("张三丰").unwrap()), "PersonName(张**)");
}

#[test]
fn masks_keep_what_the_counter_needs() {
    let names = [
        ("", ""),
        ("张", "*"),
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳", "欧*"),
        ("欧阳修", "欧阳*"),
        ("司马相如", "司马**"),
        ("买买提·艾力", "买**·**"),
        ("欧阳·艾力", "欧*·**"),
        ("John Smith", "J*** *****"),
    ];
    for (name, masked) in names {
        assert_eq!(mask::name(name), masked, "{name}");
    }
    let documents = [
        ("510403000000001234", "510403********1234"),
        ("000000000000000", "000*********000"),
        ("H00000001", "H0*****01"),
        ("12345678", "12****78"),
        ("1234", "1**4"),
        ("123", "***"),
        ("", ""),
    ];
    for (number, masked) in documents {
        assert_eq!(mask::document(number), masked, "{number}");
    }
    let phones = [
        ("13800005678", "138****5678"),
        ("01080000123", "010*****123"),
        ("08123000123", "0812****123"),
        ("075580000123", "0755*****123"),
        ("8000123", "8*****3"),
        ("电话", "**"),
    ];
    for (number, masked) in phones {
        assert_eq!(mask::phone(number), masked, "{number}");
    }
}

#[test]
fn identity_numbers_are_found_where_plain_codes_belong() {
    let number = checked("99000019491231001");
    let mistyped = format!("{}9", &number[..17]);
    let divided = format!("{}-{}", &number[..6], &number[6..]);
    let inside = format!("R{number}-2");
    for text in [&number, &mistyped, &divided, &inside, "11000019491231001x", "110000491231001"] {
        assert!(looks_like_identity_number(text), "{text}");
    }
    let codes = [
        "",
        "R1024",
        "510403001001",
        "202607151234567890",
        "018f3a52-7c00-7000-8000-000000000001",
        "99000019491231",
        "1990000194912310012",
        "990000491231001",
        "110000491331001",
        "居民",
    ];
    for text in codes {
        assert!(!looks_like_identity_number(text), "{text}");
    }
}

prop_compose! {
    /// A generated number of an invented resident.
    fn invented()(year in 1901_u32..2026, month in 1_u32..=12, day in 1_u32..=28,
                  division in 0_u32..10_000, sequence in 0_u32..1000) -> String {
        checked(&format!("99{division:04}{year}{month:02}{day:02}{sequence:03}"))
    }
}

fn shows(error: &DocumentError) -> String {
    format!("{error} {error:?} {error:#?} {}", error.chinese())
}

proptest! {
    #[test]
    fn a_wrong_character_is_noticed(number in invented(), at in 0_usize..18, with in 0_u8..10) {
        let mut bytes = number.clone().into_bytes();
        prop_assume!(bytes[at] != b'0' + with);
        bytes[at] = b'0' + with;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(check_character(&changed[..17]) != changed.chars().last());
        prop_assert!(parse(RESIDENT, &changed).is_err());
    }

    #[test]
    fn two_exchanged_neighbours_are_noticed(number in invented(), at in 0_usize..17) {
        let mut bytes = number.clone().into_bytes();
        bytes.swap(at, at + 1);
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != number);
        prop_assert!(check_character(&changed[..17]) != changed.chars().last());
        prop_assert!(parse(RESIDENT, &changed).is_err());
    }

    #[test]
    fn a_number_reads_itself(number in invented(), kind in 0_usize..6, text: String) {
        let document = parse(RESIDENT, &number).unwrap();
        prop_assert_eq!(document.number(), Some(&*number));
        let kind = DocumentKind::ALL[kind];
        if let Ok(document) = parse(kind, &text) {
            prop_assert_eq!(&parse(kind, document.number().unwrap_or("")).unwrap(), &document);
        }
    }

    #[test]
    fn normalizing_twice_changes_nothing(
        number in "[0-9０-９xXｘ \u{3000}'’—-]{0,24}",
        name in "[张三力・.． Jj'\t\u{200B}]{0,9}",
        text: String,
    ) {
        for text in [&number, &text] {
            let once = normal::number(text);
            prop_assert_eq!(normal::number(&once), once);
        }
        for text in [&name, &text] {
            if let Ok(once) = PersonName::parse(text) {
                prop_assert_eq!(PersonName::parse(once.full()), Ok(once));
            }
        }
    }

    #[test]
    fn a_phone_reads_itself(text in "[+0]{0,2}(86)?1?[0-9]{7,12}") {
        if let Ok(phone) = Phone::parse(&text) {
            prop_assert_eq!(Phone::parse(phone.number()).unwrap(), phone.clone());
            let shown = format!("{phone:?} {}", phone.masked());
            prop_assert!(!shown.contains(phone.number()));
        }
    }

    #[test]
    fn nothing_shows_a_whole_number(
        number in invented(),
        other in "([HM][0-9]{6,12}|[A-Z]{0,4}[0-9]{8,20}|[0-9]{15}|[0-9]{17}[0-9X])",
        kind in 0_usize..6,
    ) {
        let kind = DocumentKind::ALL[kind];
        for text in [&number, &other] {
            match parse(kind, text) {
                Ok(document) => {
                    let shown = format!("{document:?} {document:#?} {}", document.masked());
                    prop_assert!(!shown.contains(text.as_str()));
                    let shown = format!("{document:?}");
                    prop_assert!(!shown.contains(&text[..4]));
                }
                Err(error) => prop_assert!(!shows(&error).contains(text.as_str())),
            }
            if let Err(error) = Phone::parse(text) {
                let shown = format!("{error} {error:?} {}", error.chinese());
                prop_assert!(!shown.contains(text.as_str()));
            }
        }
        // Nor does a birth date stand beside the rest.
        if let Err(error) = parse(PERMIT, &number) {
            prop_assert!(!shows(&error).contains(&number[6..14]));
        }
    }

    #[test]
    fn a_mask_hides_a_third(text: String) {
        for masked in [mask::document(&text), mask::phone(&text)] {
            let kept = masked.chars().filter(|character| *character != '*').count();
            let length = text.chars().count();
            prop_assert!(kept <= length * 7 / 11);
        }
    }

    #[test]
    fn an_invented_number_looks_like_one(number in invented()) {
        prop_assert!(looks_like_identity_number(&number));
    }
}
