//! What the notices say of prices and of who may have what, on the published documents: T3, T4,
//! T11–T15, P8, S8, S9.

#![expect(clippy::unwrap_used, reason = "tests")]

use kangji_core::{
    Day, DayRange, Decimal, Division, DivisionPrefix, Points,
    ids::{CatalogueId, OfficerId},
    vocabulary::{GroupSet, Vocabulary},
};
use kangji_redemption::{
    Catalogue, Chosen, Facts, Level, Past, Quote, Refusal, Signature, Wish, WrongChoice,
    benefit::reached,
    catalogue::{CatalogueRefusal, discouraged, in_force},
    price::bill,
    quote,
};
use kangji_rules::{
    document::{read, read_items},
    person::Profile,
    scheme::{Benefit, Item, Scheme},
};

fn scheme(text: &str) -> Scheme {
    read(text, &Vocabulary::national()).scheme.unwrap()
}

fn tonghui() -> Scheme {
    scheme(include_str!("../../../schemes/tonghui.md"))
}

fn panzhihua() -> Scheme {
    scheme(include_str!("../../../schemes/panzhihua-xiqu.md"))
}

fn shenzhen() -> Scheme {
    scheme(include_str!("../../../schemes/shenzhen.md"))
}

fn item<'s>(scheme: &'s Scheme, id: &str) -> &'s Item {
    scheme.items.iter().find(|item| item.id == id).unwrap()
}

fn own(text: &str) -> Item {
    let (mut items, problems) = read_items(text, "本机构", &shenzhen(), &Vocabulary::national());
    assert!(problems.is_empty(), "{problems:?}");
    items.pop().unwrap()
}

fn chosen(of: &[(&str, u32)]) -> Vec<Chosen> {
    of.iter().map(|(name, units)| Chosen { content: (*name).to_owned(), units: *units }).collect()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Somebody who has everything that is asked for.
struct Person {
    profile: Profile,
    redeemable: i64,
    shortfall: i64,
    signed: bool,
    metrics: Vec<(String, Decimal)>,
    past: Vec<Past>,
    taken: u32,
    free: u32,
    words: Vocabulary,
    today: Day,
}

impl Person {
    fn on(today: &str) -> Self {
        let today = day(today);
        let metric = |(name, value): (&str, &str)| (name.to_owned(), value.parse().unwrap());
        let metrics =
            [("elderly_checkup_rate", "0.65"), ("two_cancer_screening_rate", "1")].map(metric);
        Self {
            profile: Profile {
                day: today,
                birth_date: Some(day("1950-01-01")),
                sex: None,
                community: Division::parse("510403001001"),
                groups: GroupSet::default(),
            },
            redeemable: 1_000_000,
            shortfall: 0,
            signed: true,
            metrics: metrics.into(),
            past: Vec::new(),
            taken: 0,
            free: 100,
            words: Vocabulary::national(),
            today,
        }
    }

    fn is(mut self, group: &str) -> Self {
        self.profile.groups.insert(self.words.group(group).unwrap());
        self
    }

    fn asks(&self, scheme: &Scheme, item: &Item, sets: u32, chosen: &[Chosen]) -> Quote {
        let free = |_: &str| self.free;
        let facts = Facts {
            today: self.today,
            words: &self.words,
            person: Some(&self.profile),
            redeemable: Points(self.redeemable),
            shortfall: Points(self.shortfall),
            signed: self.signed,
            metrics: &self.metrics,
            past: &self.past,
            taken: self.taken,
            free: &free,
        };
        quote(scheme, &Wish { item, sets, chosen, handed_over_here: true }, &facts)
    }

    fn had(mut self, item: &str, on: &str) -> Self {
        let (provider, day) = (None, day(on));
        let past = Past { provider, item: item.to_owned(), day, sets: 1, points: Points(140) };
        self.past.push(past);
        self
    }
}

fn codes(quote: &Quote) -> Vec<&'static str> {
    quote.refusals.iter().map(Refusal::code).collect()
}

fn sentence(scheme: &Scheme, quote: &Quote) -> String {
    quote.refusals.first().map(|first| first.chinese(scheme.decimals)).unwrap_or_default()
}

/// T14, T15: every line of the two tables, in hundredths of a point.
#[test]
fn t14_t15_every_content_has_its_exact_price() {
    let scheme = tonghui();
    let cases: [(&str, &str, u32, &str); 22] = [
        ("checkup-personal", "肝功能三项检查", 1, "20.25"),
        ("checkup-personal", "肾功能", 1, "27.35"),
        ("checkup-personal", "血脂检查", 1, "28.50"),
        ("checkup-personal", "血常规（五分类）", 1, "13.65"),
        ("checkup-personal", "血糖（静脉）", 1, "7.60"),
        ("checkup-personal", "血糖（手指）", 1, "4.75"),
        ("checkup-personal", "尿常规", 1, "8.75"),
        ("checkup-personal", "彩色多普勒超声腹部常规（腹部）", 1, "121.60"),
        ("checkup-personal", "十二通道常规心电图检查", 1, "17.60"),
        ("checkup-personal", "DR 胸片正位（不打片）", 1, "54.15"),
        ("checkup-personal", "真空采血管", 1, "0.81"),
        ("checkup-personal", "真空采血管", 3, "2.43"),
        ("checkup-personal", "真空采血管", 99, "80.19"),
        ("rehabilitation-personal", "隔物灸法1", 1, "19.00"),
        ("rehabilitation-personal", "电针1", 1, "14.25"),
        ("rehabilitation-personal", "中频脉冲治疗1", 1, "17.10"),
        ("rehabilitation-personal", "拔罐", 1, "5.70"),
        ("rehabilitation-personal", "拔罐", 2, "5.70"),
        ("rehabilitation-personal", "拔罐", 3, "5.70"),
        ("rehabilitation-personal", "拔罐", 4, "7.20"),
        ("rehabilitation-personal", "拔罐", 5, "8.70"),
        ("rehabilitation-personal", "拔罐", 6, "10.20"),
    ];
    for (id, content, units, expected) in cases {
        let found = bill(item(&scheme, id), 1, &chosen(&[(content, units)])).unwrap();
        assert_eq!(scheme.decimals.text(found.points), expected, "{content} × {units}");
        assert_eq!(found.lines.len(), 1);
        assert_eq!(found.lines[0].pieces, 0, "{content} is a service");
    }
}

/// Venous glucose, three tubes and an ECG of the check-up, five cups of the rehabilitation.
#[test]
fn t14_t15_the_personal_pack_costs_36_33() {
    let scheme = tonghui();
    let checkup = chosen(&[("血糖（静脉）", 1), ("真空采血管", 3), ("十二通道常规心电图检查", 1)]);
    let checkup = bill(item(&scheme, "checkup-personal"), 1, &checkup).unwrap();
    let cups = bill(item(&scheme, "rehabilitation-personal"), 1, &chosen(&[("拔罐", 5)])).unwrap();
    let lines: Vec<i64> =
        checkup.lines.iter().chain(&cups.lines).map(|line| line.points.0).collect();
    let parts = [760, 1760, 243, 870];
    assert_eq!(lines, parts);
    let sum = checkup.points.checked_add(cups.points).unwrap();
    assert_eq!(scheme.decimals.text(sum), "36.33");
}

#[test]
fn t14_a_choice_that_cannot_be_priced_is_told() {
    let scheme = tonghui();
    let personal = item(&scheme, "checkup-personal");
    let wrong = |of: &[(&str, u32)]| bill(personal, 1, &chosen(of)).unwrap_err();
    assert_eq!(wrong(&[]), WrongChoice::Nothing);
    assert_eq!(wrong(&[("核磁", 1)]), WrongChoice::Unknown("核磁".to_owned()));
    assert_eq!(wrong(&[("肾功能", 1), ("肾功能", 1)]), WrongChoice::Twice("肾功能".to_owned()));
    let once = |max| WrongChoice::Units { content: "肾功能".to_owned(), max };
    assert_eq!(wrong(&[("肾功能", 2)]), once(1));
    assert_eq!(wrong(&[("肾功能", 0)]), once(1));
    let tubes = WrongChoice::Units { content: "真空采血管".to_owned(), max: 99 };
    assert_eq!(wrong(&[("真空采血管", 100)]), tubes);
    let whole = bill(item(&scheme, "rehabilitation-pack"), 1, &chosen(&[("拔罐", 1)]));
    assert_eq!(whole.unwrap_err(), WrongChoice::Whole);
}

/// T11: 12 contents worth 283.47, no points, once a year, if both figures are good enough.
#[test]
fn t11_conditions_take_the_place_of_the_price() {
    let scheme = tonghui();
    let pack = item(&scheme, "checkup-basic");
    assert_eq!(pack.face_value, Some(Points(28347)));
    let mut person = Person { redeemable: 0, ..Person::on("2026-05-01") };
    let quote = person.asks(&scheme, pack, 1, &[]);
    let bill = quote.bill.unwrap();
    assert_eq!((quote.refusals, bill.points, bill.lines.len()), (Vec::new(), Points::ZERO, 12));
    person.metrics[0].1 = "0.6499".parse().unwrap();
    let refused = person.asks(&scheme, pack, 1, &[]);
    assert_eq!(codes(&refused), ["given"]);
    assert!(
        sentence(&scheme, &refused).contains("现在是64.99%"),
        "{}",
        sentence(&scheme, &refused)
    );
    person.metrics.remove(0);
    let refused = person.asks(&scheme, pack, 1, &[]);
    assert!(sentence(&scheme, &refused).contains("还没有公布"));
    let again = Person::on("2026-12-31").had("checkup-basic", "2026-01-01");
    let refused = again.asks(&scheme, pack, 1, &[]);
    assert_eq!(codes(&refused), ["limit"]);
    assert!(sentence(&scheme, &refused).contains("2027年1月1日起可以再换"));
    let next_year = Person::on("2027-01-01").had("checkup-basic", "2026-01-01");
    assert_eq!(next_year.asks(&scheme, pack, 1, &[]).refusals, []);
}

/// T12: 140 points, once a year.
#[test]
fn t12_the_rehabilitation_pack_costs_140_once_a_year() {
    let scheme = tonghui();
    let pack = item(&scheme, "rehabilitation-pack");
    let person = Person { redeemable: 14000, ..Person::on("2026-05-01") };
    let quote = person.asks(&scheme, pack, 1, &[]);
    assert_eq!((quote.refusals, quote.bill.unwrap().points), (Vec::new(), Points(14000)));
    let poor = Person { redeemable: 13999, ..Person::on("2026-05-01") };
    let refused = poor.asks(&scheme, pack, 1, &[]);
    assert!(refused.needs_only_points());
    assert_eq!(sentence(&scheme, &refused), "要 140 分，还差 0.01 分");
    let again = person.had("rehabilitation-pack", "2026-03-01");
    assert_eq!(codes(&again.asks(&scheme, pack, 1, &[])), ["limit"]);
    let two = Person::on("2026-05-01");
    assert_eq!(codes(&two.asks(&scheme, pack, 2, &[])), ["limit"]);
}

/// T13: free, once a year, for the four helper roles only, in the season.
#[test]
fn t13_the_sanfu_patch_is_for_helpers_in_the_season() {
    let scheme = tonghui();
    let pack = item(&scheme, "sanfu-patch");
    for role in ["village_cadre", "social_worker", "grid_worker", "group_leader"] {
        let helper = Person { redeemable: 0, ..Person::on("2026-07-11") }.is(role);
        let quote = helper.asks(&scheme, pack, 1, &[]);
        assert_eq!((quote.refusals, quote.bill.unwrap().points), (Vec::new(), Points::ZERO));
    }
    let resident = Person::on("2026-08-31").asks(&scheme, pack, 1, &[]);
    assert_eq!(codes(&resident), ["not_for_you"]);
    assert!(sentence(&scheme, &resident).contains("网格员"), "{}", sentence(&scheme, &resident));
    for (today, from) in [("2026-07-10", "2026年7月11日"), ("2026-09-01", "2027年7月11日")] {
        let helper = Person::on(today).is("grid_worker");
        let refused = helper.asks(&scheme, pack, 1, &[]);
        assert_eq!(codes(&refused), ["not_today"]);
        assert!(sentence(&scheme, &refused).contains(from), "{}", sentence(&scheme, &refused));
    }
}

/// P8: twelve bundles with their prices; a bundle takes a piece of each of its components.
#[test]
fn p8_bundles_have_their_prices_and_take_every_component() {
    let scheme = panzhihua();
    let prices: Vec<i64> =
        scheme.items.iter().map(|item| bill(item, 1, &[]).unwrap().points.0).collect();
    assert_eq!(prices, [5, 10, 20, 50, 100, 200, 200, 200, 300, 600, 700, 1000]);
    let bundle = item(&scheme, "spoon-tape-swabs");
    let taken = bill(bundle, 2, &[]).unwrap();
    let pieces: Vec<(&str, u32)> =
        taken.lines.iter().map(|line| (line.name.as_str(), line.pieces)).collect();
    assert_eq!(pieces, [("定量勺", 2), ("体重指数腰围尺", 2), ("医用棉签", 2)]);
    assert_eq!(taken.points, Points(200));
    let short = Person { free: 1, ..Person::on("2026-05-01") };
    let refused = short.asks(&scheme, bundle, 2, &[]);
    assert_eq!(codes(&refused), ["out_of_stock"; 3]);
    assert!(sentence(&scheme, &refused).contains("只剩 1 件"));
}

/// T3: goods give a warning, where the scheme discourages them; services do not.
#[test]
fn t3_goods_are_warned_of() {
    let scheme = tonghui();
    assert!(scheme.redemption.goods_discouraged);
    assert!(discouraged(&scheme.items, &scheme).is_empty());
    let goods = own("[[item]]\nid = \"towel\"\nname = \"毛巾\"\npoints = 20\n");
    assert_eq!(discouraged(std::slice::from_ref(&goods), &scheme).len(), 1);
    assert!(discouraged(std::slice::from_ref(&goods), &panzhihua()).is_empty());
}

/// T3: nothing is redeemed before the agreed score is reached.
#[test]
fn t3_the_agreed_score_must_be_reached() {
    let scheme = Scheme { redeem_minimum: Some(Points(100)), ..panzhihua() };
    let brush = item(&scheme, "toothbrush");
    let person = Person { redeemable: 60, ..Person::on("2026-05-01") };
    let refused = person.asks(&scheme, brush, 1, &[]);
    assert_eq!(sentence(&scheme, &refused), "满 100 分才能兑换，还差 40 分");
    let person = Person { redeemable: 100, ..Person::on("2026-05-01") };
    assert_eq!(person.asks(&scheme, brush, 1, &[]).refusals, []);
}

/// S9: signed residents, total quantity, days and balance are the provider's to set.
#[test]
fn s9_a_provider_sets_for_whom_how_many_and_until_when() {
    let scheme = shenzhen();
    let item = own("[[item]]\nid = \"cleaning\"\nname = \"洁牙\"\nservice = true\npoints = 30\n\
        contents = [{ name = \"洁牙\" }]\nsigned = true\nquantity = 100\nbalance_min = 50\n\
        offered = { from = 2026-03-01, to = 2026-06-30 }\nwhen = { age = { min = 18 } }\n");
    let fine = Person { redeemable: 50, taken: 99, ..Person::on("2026-06-30") };
    assert_eq!(fine.asks(&scheme, &item, 1, &[]).refusals, []);
    let person = || Person { redeemable: 50, ..Person::on("2026-05-01") };
    let child = || {
        let mut child = person();
        child.profile.birth_date = Some(day("2015-01-01"));
        child
    };
    let cases: [(Person, &str, &str); 6] = [
        (Person { signed: false, ..person() }, "not_signed", "签约"),
        (Person { taken: 100, ..person() }, "sold_out", "换完"),
        (Person { redeemable: 49, ..person() }, "below_minimum", "还差 1 分"),
        (Person { shortfall: 1, ..person() }, "short", "补足"),
        (Person { redeemable: 50, ..Person::on("2026-07-01") }, "not_today", "时间已经过了"),
        (child(), "not_for_you", "18"),
    ];
    for (person, code, word) in cases {
        let refused = person.asks(&scheme, &item, 1, &[]);
        assert_eq!(codes(&refused), [code]);
        let said = sentence(&scheme, &refused);
        assert!(said.contains(word), "{said}");
    }
    let early = Person { redeemable: 50, ..Person::on("2026-02-01") };
    let said = sentence(&scheme, &early.asks(&scheme, &item, 1, &[]));
    assert!(said.contains("2026年3月1日起"), "{said}");
}

/// Of several refusals the first in the order of precedence is the answer.
#[test]
fn refusals_come_in_the_order_of_precedence() {
    let scheme = tonghui();
    let pack = item(&scheme, "sanfu-patch");
    let person = Person::on("2026-05-01").had("sanfu-patch", "2026-02-01");
    let refused = person.asks(&scheme, pack, 1, &[]);
    assert_eq!(codes(&refused), ["not_today", "not_for_you", "limit"]);
}

/// S8: benefits rest on the total, the nearest comes first.
#[test]
fn s8_benefits_come_with_the_total() {
    let benefit = |id: &str, total_min| Benefit {
        id: id.to_owned(),
        name: id.to_owned(),
        basis: Vec::new(),
        total_min: Points(total_min),
        provider: None,
    };
    let all = [benefit("c", 900), benefit("a", 100), benefit("b", 500)];
    let found: Vec<(&str, i64)> =
        reached(&all, Points(450)).iter().map(|one| (&*one.benefit.id, one.missing.0)).collect();
    assert_eq!(found, [("a", 0), ("b", 50), ("c", 450)]);
}

fn officer(byte: u8) -> OfficerId {
    OfficerId::from_bytes([byte; 16])
}

fn signature(by: u8, on: &str, document: &str) -> Signature {
    Signature { by: officer(by), day: day(on), document: document.to_owned() }
}

fn catalogue(byte: u8, from: &str, provider: Option<&str>) -> Catalogue {
    Catalogue {
        id: CatalogueId::from_bytes([byte; 16]),
        scheme: "tonghui".to_owned(),
        provider: provider.map(ToOwned::to_owned),
        level: Level::Institution,
        area: DivisionPrefix::parse("500110007").unwrap(),
        days: DayRange { from: day(from), to: Day::LAST },
        items: tonghui().items,
        proposed_by: officer(1),
        reviewed: None,
        filed: None,
        returned: None,
    }
}

/// T4: live only after review and filing by somebody else, each with day and document number.
#[test]
fn t4_a_catalogue_is_in_force_after_review_and_filing() {
    let today = day("2026-01-10");
    let mut one = catalogue(1, "2026-02-01", None);
    let live = |one: &Catalogue, on: &str| in_force(std::slice::from_ref(one), day(on)).count();
    let file = |one: &mut Catalogue, by, on, document| one.file(signature(by, on, document), today);
    assert_eq!(file(&mut one, 3, "2026-01-09", "备1"), Err(CatalogueRefusal::NotReviewed));
    let review =
        |one: &mut Catalogue, by, on, document| one.review(signature(by, on, document), today);
    assert_eq!(review(&mut one, 1, "2026-01-08", "卫健1"), Err(CatalogueRefusal::SamePerson));
    assert_eq!(review(&mut one, 2, "2026-01-08", " "), Err(CatalogueRefusal::NoDocument));
    assert_eq!(review(&mut one, 2, "2026-01-11", "卫健1"), Err(CatalogueRefusal::Day));
    assert_eq!(review(&mut one, 2, "2026-01-08", "卫健1"), Ok(()));
    assert_eq!(review(&mut one, 2, "2026-01-08", "卫健1"), Err(CatalogueRefusal::Reviewed));
    assert_eq!(live(&one, "2026-02-01"), 0);
    assert_eq!(file(&mut one, 3, "2026-01-07", "备1"), Err(CatalogueRefusal::Day));
    assert_eq!(file(&mut one, 1, "2026-01-09", "备1"), Err(CatalogueRefusal::SamePerson));
    assert_eq!(file(&mut one, 3, "2026-01-09", "备1"), Ok(()));
    assert_eq!((live(&one, "2026-01-31"), live(&one, "2026-02-01")), (0, 1));
    assert_eq!(
        one.give_back(signature(2, "2026-01-09", "错"), today),
        Err(CatalogueRefusal::Filed)
    );
    let mut other = catalogue(2, "2026-02-01", None);
    assert_eq!(other.give_back(signature(2, "2026-01-09", "价格不对"), today), Ok(()));
    assert_eq!(review(&mut other, 2, "2026-01-09", "卫健2"), Err(CatalogueRefusal::Returned));
    assert!(!one.is_due(day("2027-01-31")) && one.is_due(day("2027-02-01")));
}

/// T4, P8: of each provider the latest version is in force, and earlier ones are kept.
#[test]
fn t4_p8_a_later_version_takes_the_place_of_the_one_before() {
    let filed = |mut one: Catalogue| {
        one.reviewed = Some(signature(2, "2026-01-01", "卫健"));
        one.filed = Some(signature(3, "2026-01-01", "备"));
        one
    };
    let all = [
        filed(catalogue(1, "2026-01-01", None)),
        filed(catalogue(2, "2026-06-01", None)),
        filed(catalogue(3, "2026-01-01", Some("clinic-1"))),
        catalogue(4, "2026-07-01", None),
    ];
    let live =
        |on: &str| -> Vec<u8> { in_force(&all, day(on)).map(|one| one.id.bytes()[0]).collect() };
    assert_eq!(live("2025-12-31"), Vec::<u8>::new());
    assert_eq!(live("2026-05-31"), [1, 3]);
    assert_eq!(live("2026-07-15"), [2, 3]);
}

/// S9: a city's or district's provider serves everywhere, an institution's and a shop's own goods
/// are had there, unless the item says where.
#[test]
fn s9_who_hands_something_over_follows_from_the_level() {
    let item = own("[[item]]\nid = \"a\"\nname = \"毛巾\"\npoints = 20\n");
    let at = own("[[item]]\nid = \"a\"\nname = \"毛巾\"\npoints = 20\nat = [\"clinic-2\"]\n");
    let here = |level, provider, item: &Item| {
        let one = Catalogue { level, ..catalogue(1, "2026-01-01", provider) };
        ["clinic-1", "clinic-2"].map(|institution| one.hands_over(item, institution))
    };
    assert_eq!(here(Level::Institution, Some("clinic-1"), &item), [true, false]);
    assert_eq!(here(Level::Shop, Some("clinic-2"), &item), [false, true]);
    assert_eq!(here(Level::District, Some("clinic-1"), &item), [true, true]);
    assert_eq!(here(Level::City, None, &item), [true, true]);
    assert_eq!(here(Level::City, None, &at), [false, true]);
}
