//! Every construct of the scheme language has words.

use kangji_core::{
    DayRange, Decimal, DivisionPrefix, PeriodKind, Points,
    tables::Sex,
    vocabulary::{GroupSet, Vocabulary},
};
use kangji_rules::{
    document::read_items,
    scheme::{
        AttributeRef, Award, Beyond, Bound, Condition, FlagTest, Given, GroupsTest, HolderType,
        KeyPart, Limit, NumberTest, Occasion, Requirement, RequirementShape, SexTest, TextTest,
        YieldsTo,
    },
    words::{
        condition, item_sentence, limit_short, redemption_sentence, requirement_missing,
        rule_sentence, voucher_sentence,
    },
};

use crate::support::{SHIPPED, day, scheme};

#[test]
fn sentences_of_the_shipped_schemes() {
    let words = Vocabulary::national();
    let mut said = String::new();
    for name in SHIPPED {
        let scheme = scheme(name);
        for award in &scheme.awards {
            said += &format!("{}\n  {}\n", award.name, rule_sentence(award, &scheme, &words));
        }
        for item in &scheme.items {
            said += &format!("{}\n  {}\n", item.name, item_sentence(item, &scheme, &words));
        }
        said += "\n";
    }
    insta::assert_snapshot!(said);
}

fn number(text: &str) -> Option<Decimal> {
    Some(text.parse().unwrap())
}

fn attribute(name: &str) -> AttributeRef {
    let holds = Vocabulary::national().attribute(name).unwrap().holds;
    AttributeRef { name: name.to_owned(), holds }
}

fn groups(names: &[&str]) -> GroupSet {
    let mut set = GroupSet::default();
    for name in names {
        set.insert(Vocabulary::national().group(name).unwrap());
    }
    set
}

#[test]
fn every_condition_has_words() {
    let words = Vocabulary::national();
    let age = |test| Condition::Age(test);
    let test = NumberTest::default;
    let text = |one_of: Option<&str>, recorded| TextTest {
        one_of: one_of.map(|one| vec![one.to_owned()]),
        recorded,
    };
    let table = [
        (age(NumberTest { min: number("65"), ..test() }), "65岁及以上"),
        (age(NumberTest { max: number("6"), ..test() }), "6岁及以下"),
        (age(NumberTest { min: number("7"), max: number("64"), ..test() }), "7到64岁"),
        (age(NumberTest { below: number("7"), ..test() }), "未满7岁"),
        (age(NumberTest { above: number("64"), ..test() }), "超过64岁"),
        (age(NumberTest { one_of: Some(vec![number("6").unwrap()]), ..test() }), "6岁"),
        (age(NumberTest { recorded: Some(false), ..test() }), "没有登记出生日期"),
        (
            Condition::AgeMonths(NumberTest { min: number("6"), max: number("36"), ..test() }),
            "6到36个月龄",
        ),
        (Condition::Sex(SexTest { one_of: Some(vec![Sex::Female]), recorded: None }), "女性"),
        (Condition::Sex(SexTest { one_of: None, recorded: Some(true) }), "已登记性别"),
        (
            Condition::Community(vec![DivisionPrefix::parse("510403").unwrap()]),
            "住在区划代码以510403开头的村（社区）",
        ),
        (
            Condition::Groups(GroupsTest {
                any: Some(groups(&["hypertension", "diabetes"])),
                all: groups(&["ehr"]),
                none: groups(&["visitor", "declined"]),
            }),
            "高血压或糖尿病患者，已建立电子健康档案，居住不满半年和不参加积分除外",
        ),
        (flag("controlled", Some(true), None), "控制达标"),
        (flag("controlled", Some(false), None), "未控制达标"),
        (flag("controlled", None, Some(true)), "已登记“控制达标”一栏"),
        (flag("controlled", None, Some(false)), "没有登记“控制达标”一栏"),
        (Condition::Text(attribute("stage"), text(Some("w12"), None)), "阶段为孕12周"),
        (Condition::Text(attribute("stage"), text(None, Some(true))), "已登记阶段"),
        (Condition::Text(attribute("stage"), text(None, Some(false))), "没有登记阶段"),
        (
            Condition::Number(
                attribute("systolic"),
                NumberTest { above: number("90"), below: number("140"), ..test() },
            ),
            "收缩压高于90毫米汞柱、收缩压低于140毫米汞柱",
        ),
        (
            Condition::Number(
                attribute("glucose"),
                NumberTest { min: number("3.9"), max: number("7"), ..test() },
            ),
            "血糖达到3.9毫摩尔/升、血糖不超过7毫摩尔/升",
        ),
        (
            Condition::Number(attribute("hours"), NumberTest { recorded: Some(true), ..test() }),
            "时长已登记",
        ),
    ];
    for (asked, said) in table {
        assert_eq!(condition(&asked, &words), said);
    }
}

fn flag(name: &str, is: Option<bool>, recorded: Option<bool>) -> Condition {
    Condition::Flag(attribute(name), FlagTest { is, recorded })
}

fn kinds(names: &[&str]) -> Vec<kangji_core::vocabulary::KindId> {
    names.iter().map(|name| Vocabulary::national().kind(name).unwrap()).collect()
}

fn plain() -> Award {
    Award {
        id: "plain".to_owned(),
        name: "讲座".to_owned(),
        category: None,
        basis: Vec::new(),
        occasion: Occasion::Record(kinds(&["lecture.attended"])),
        when: Vec::new(),
        points: Points(5),
        per_unit: None,
        to: HolderType::Resident,
        public_name: None,
        limits: Vec::new(),
        yields_to: Vec::new(),
        requires: Vec::new(),
        requires_any: Vec::new(),
        given: Vec::new(),
        beyond: None,
        confirm: None,
        counts: None,
    }
}

fn limited(bound: Bound, per: PeriodKind, by: Vec<KeyPart>) -> Vec<Limit> {
    vec![Limit { bound, per, by }]
}

fn asked(on: &[&str], when: Vec<Condition>, shape: RequirementShape) -> Requirement {
    Requirement { on: kinds(on), when, within: PeriodKind::Year, shape }
}

#[test]
fn holders_and_limits_have_words() {
    let (holder, resident) = (KeyPart::Holder, KeyPart::Resident);
    let two = Bound::Times(2);
    let table = [
        (plain(), "参加健康教育讲座，每次得5分。"),
        (
            Award { per_unit: Some(attribute("hours")), ..plain() },
            "参加健康教育讲座，每小时得5分，零头按比例算。",
        ),
        (Award { to: HolderType::Guardian, ..plain() }, "孩子参加健康教育讲座，监护人每次得5分。"),
        (
            Award { to: HolderType::Worker, ..plain() },
            "协助参加健康教育讲座，上报或协助的人每次得5分。",
        ),
        (Award { to: HolderType::Community, ..plain() }, "参加健康教育讲座，村（社区）每次得5分。"),
        (
            Award { limits: limited(two, PeriodKind::Day, vec![holder.clone()]), ..plain() },
            "参加健康教育讲座，每次得5分，每天至多2次。",
        ),
        (
            Award {
                limits: limited(
                    Bound::Points(Points(30)),
                    PeriodKind::Quarter,
                    vec![holder.clone()],
                ),
                ..plain()
            },
            "参加健康教育讲座，每次得5分，每季度至多30分。",
        ),
        (
            Award {
                to: HolderType::Worker,
                limits: limited(two, PeriodKind::Life, vec![holder, resident]),
                ..plain()
            },
            "协助参加健康教育讲座，上报或协助的人每次得5分，每位上报人每位居民总共至多2次。",
        ),
        (
            Award {
                limits: limited(
                    two,
                    PeriodKind::Month,
                    vec![KeyPart::Community, KeyPart::Attribute(attribute("stage"))],
                ),
                ..plain()
            },
            "参加健康教育讲座，每次得5分，每个村（社区）每个阶段每月至多2次。",
        ),
        (
            Award { limits: limited(two, PeriodKind::Month, Vec::new()), ..plain() },
            "参加健康教育讲座，每次得5分，全体合计每月至多2次。",
        ),
    ];
    say(&table);
}

fn say(table: &[(Award, &str)]) {
    let (words, scheme) = (Vocabulary::national(), scheme("panzhihua-xiqu"));
    for (award, said) in table {
        assert_eq!(rule_sentence(award, &scheme, &words), *said);
    }
}

#[test]
fn provisos_and_requirements_have_words() {
    let streak = RequirementShape::Streak { length: 2, per: PeriodKind::Quarter };
    let yearly = |award: Award| Award { occasion: Occasion::Period(PeriodKind::Year), ..award };
    let table = [
        (
            Award {
                given: vec![Given {
                    metric: "awareness_rate".to_owned(),
                    test: NumberTest { min: number("0.9"), ..NumberTest::default() },
                }],
                beyond: Some(Beyond {
                    share: number("0.65").unwrap(),
                    of: "elderly_residents".into(),
                }),
                confirm: Some("checker".to_owned()),
                yields_to: vec![YieldsTo { award: "lecture".into(), per: PeriodKind::Life }],
                counts: Some(DayRange { from: day("2026-03-01"), to: day("2026-06-30") }),
                public_name: Some("健康管理服务".to_owned()),
                ..plain()
            },
            "参加健康教育讲座，每次得5分；所在村（社区）当年档案知晓率达到90%才计分；\
             当年人数超出65岁以上常住人数的65%以后，超出的部分才计分；\
             与“参加健康教育讲座”不叠加，以后者为准；经核对人确认后计分；\
             限2026年3月1日至2026年6月30日的活动；对外只显示“健康管理服务”。",
        ),
        (
            Award {
                requires: vec![asked(
                    &["elderly.checkup"],
                    vec![flag("abnormal", Some(true), None)],
                    RequirementShape::Times(1),
                )],
                requires_any: vec![
                    asked(&["chronic.checkup"], Vec::new(), RequirementShape::Times(2)),
                    asked(&["copd.followup"], Vec::new(), streak),
                ],
                ..plain()
            },
            "参加健康教育讲座，每次得5分；当年须先完成1次老年人年度体检（发现异常）；\
             须先当年慢性病年度体检满2次，或者当年连续2个季度都有慢阻肺随访。",
        ),
        (
            yearly(Award {
                requires: vec![
                    asked(&["lecture.attended"], Vec::new(), RequirementShape::Times(4)),
                    asked(&["copd.followup"], vec![flag("controlled", Some(true), None)], streak),
                ],
                ..plain()
            }),
            "全年健康教育讲座满4次，并且连续2个季度、每季度最后一次慢阻肺随访控制达标，年末得5分。",
        ),
    ];
    say(&table);
}

#[test]
fn measures_and_what_is_missing_are_short() {
    let words = Vocabulary::national();
    let decimals = scheme("tonghui").decimals;
    let limit = |bound, per| Limit { bound, per, by: vec![KeyPart::Holder] };
    let short = |bound, per| limit_short(&limit(bound, per), decimals);
    assert_eq!(short(Bound::Times(2), PeriodKind::Month), "2次/月");
    assert_eq!(short(Bound::Points(Points(2050)), PeriodKind::Year), "20.5分/年");
    assert_eq!(short(Bound::Times(1), PeriodKind::Life), "总共1次");
    let four = asked(&["hypertension.followup"], Vec::new(), RequirementShape::Times(4));
    let missing = |found| requirement_missing(&four, found, &words);
    assert_eq!(missing(0).unwrap(), "还需高血压随访4次");
    assert_eq!(missing(1).unwrap(), "还需高血压随访3次（已有1次）");
    assert_eq!(missing(4), None);
}

/// T3, P8, S9: for whom, where, until when, how many; services and pieces.
#[test]
fn every_part_of_an_item_has_words() {
    let (words, scheme) = (Vocabulary::national(), scheme("tonghui"));
    let said = |more: &str| {
        let text = format!("[[item]]\nid = \"a\"\nname = \"口罩\"\n{more}");
        let (items, problems) = read_items(&text, "本店", &scheme, &words);
        assert_eq!(problems, [], "{text}");
        items.iter().map(|item| item_sentence(item, &scheme, &words)).collect::<String>()
    };
    for (more, sentence) in [
        ("points = 5", "5分。"),
        ("points = 5\nservice = true", "5分换口罩；是服务，不是实物。"),
        ("points = 5\ncontents = [{ name = \"口罩\", pieces = 2 }]", "5分：口罩（2件）。"),
        (
            "points = 5\ncontents = [{ name = \"口罩\" }, { name = \"量血压\", service = true }]",
            "5分：口罩、量血压（服务）。",
        ),
        (
            "by_content = true\ncontents = [{ name = \"口罩\", points = 2, pieces = 5 }]",
            "选哪样算哪样：口罩（5件，2分）。",
        ),
        (
            "free = true\nwhen = { age = { min = 65 }, groups = { none = [\"visitor\"] } }\n\
             signed = true",
            "不用积分；兑换对象：65岁及以上，居住不满半年除外；要先和办理的机构签约家庭医生。",
        ),
        (
            "points = 5\nbalance_min = 20.5\nlimit = { times = 1, per = \"life\" }\nquantity = 100",
            "5分；可兑换积分要有20.5分才能换；每人只换1次；一共100份，换完为止。",
        ),
        (
            "points = 5\noffered = { from = 2026-03-01, to = 2026-06-30 }\nat = [\"M1\", \"M2\"]",
            "5分；2026年3月1日到2026年6月30日办理；只在代码为M1和M2的机构办理。",
        ),
        ("points = 5\noffered = { from = 2026-03-01 }", "5分；2026年3月1日起办理。"),
    ] {
        assert_eq!(said(more), sentence, "{more}");
    }
    let xiqu = crate::support::scheme("panzhihua-xiqu");
    assert_eq!(
        voucher_sentence(xiqu.vouchers.as_ref().unwrap()),
        "得到的分可以印在《攀枝花市西区居民健康积分券》上，券号以XQ开头，由攀枝花市西区卫生健康局监制；\
        印上去的分从账户里转到券上，一张券整张用、不找零，可以几张一起用；不想用纸质券了，可以存回账户；\
        丢了不补。"
    );
    let redemption = &scheme.redemption;
    assert_eq!(
        redemption_sentence(redemption),
        "原则上不换实物；订了以后7天内来取；换错了7天内可以退。"
    );
}
