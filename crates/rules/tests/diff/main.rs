//! What changes between two versions: every field is seen, and looser and tighter are opposites.

#![cfg(test)]

mod edits;

use std::{fs, path::Path};

use kangji_core::{Day, DayRange, Decimals, DivisionPrefix, Points, vocabulary::Vocabulary};
use kangji_rules::{
    diff::{Change, ChangeKind, diff},
    document::read,
    scheme::{Benefit, Deduction, Expiry, Item, Scheme, Vouchers},
};
use proptest::prelude::*;

use edits::{AWARD_EDITS, ITEM_EDITS};

const SHIPPED: [&str; 3] = ["panzhihua-xiqu", "tonghui", "shenzhen"];

fn shipped(name: &str) -> Scheme {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
    let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
    read(&text, &Vocabulary::national()).scheme.unwrap()
}

fn changes(old: &Scheme, new: &Scheme) -> Vec<Change> {
    diff(old, new, &Vocabulary::national())
}

const fn reversed(kind: ChangeKind) -> ChangeKind {
    match kind {
        ChangeKind::GoneAward => ChangeKind::NewAward,
        ChangeKind::NewAward => ChangeKind::GoneAward,
        ChangeKind::FewerPoints => ChangeKind::MorePoints,
        ChangeKind::MorePoints => ChangeKind::FewerPoints,
        ChangeKind::Tighter => ChangeKind::Looser,
        ChangeKind::Looser => ChangeKind::Tighter,
        ChangeKind::GoneItem => ChangeKind::NewItem,
        ChangeKind::NewItem => ChangeKind::GoneItem,
        ChangeKind::Dearer => ChangeKind::Cheaper,
        ChangeKind::Cheaper => ChangeKind::Dearer,
        ChangeKind::Changed => ChangeKind::Changed,
        ChangeKind::Wording => ChangeKind::Wording,
    }
}

/// There is a change exactly where the two differ, in order, and the way back is the opposite.
fn assert_lawful(old: &Scheme, new: &Scheme) -> Vec<Change> {
    let there = changes(old, new);
    assert_eq!(there.is_empty(), old == new);
    assert!(there.is_sorted_by_key(|change| change.what));
    let kinds = |changes: &[Change], turn: &dyn Fn(ChangeKind) -> ChangeKind| {
        let mut kinds: Vec<(String, ChangeKind)> =
            changes.iter().map(|change| (change.id.clone(), turn(change.what))).collect();
        kinds.sort();
        kinds
    };
    let back = kinds(&changes(new, old), &reversed);
    assert_eq!(kinds(&there, &|kind| kind), back, "{there:#?}");
    for change in &there {
        assert!(change.sentence.ends_with('。'), "{}", change.sentence);
        assert!(!change.sentence.contains("“”"), "{}", change.sentence);
    }
    there
}

#[test]
fn a_scheme_does_not_differ_from_itself() {
    for name in SHIPPED {
        let scheme = shipped(name);
        assert_eq!(changes(&scheme, &scheme), []);
    }
}

#[test]
fn every_field_of_every_award_and_item_is_seen() {
    for name in SHIPPED {
        let old = shipped(name);
        for (place, award) in old.awards.iter().enumerate() {
            for (label, edit) in AWARD_EDITS {
                let mut new = old.clone();
                edit(new.awards.get_mut(place).unwrap());
                assert_ne!(old, new, "{label} of {} is no edit", award.id);
                let found = assert_lawful(&old, &new);
                let own = found.iter().all(|change| change.id.starts_with(&award.id));
                assert!(own, "{label} of {}: {found:#?}", award.id);
                let told = found.iter().any(|change| !change.sentence.contains("意思没有变"));
                assert!(told, "{label} of {}: {found:#?}", award.id);
            }
        }
        for (place, item) in old.items.iter().enumerate() {
            for (label, edit) in ITEM_EDITS {
                let mut new = old.clone();
                edit(new.items.get_mut(place).unwrap());
                assert_ne!(old, new, "{label} of {} is no edit", item.id);
                let found = assert_lawful(&old, &new);
                let told = found.iter().any(|change| !change.sentence.contains("意思没有变"));
                assert!(told, "{label} of {}: {found:#?}", item.id);
            }
        }
    }
}

/// What one edit of a shipped scheme is said to be.
fn said(name: &str, edit: impl FnOnce(&mut Scheme)) -> Vec<(ChangeKind, String)> {
    let old = shipped(name);
    let mut new = old.clone();
    edit(&mut new);
    let found = assert_lawful(&old, &new);
    found.into_iter().map(|change| (change.what, change.sentence)).collect()
}

fn one(what: ChangeKind, sentence: &str) -> Vec<(ChangeKind, String)> {
    vec![(what, sentence.to_owned())]
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a line for each field")]
fn every_field_of_the_scheme_is_seen() {
    // A new field of the scheme must come into this test.
    let Scheme {
        id: _,
        title: _,
        issuer: _,
        division: _,
        in_force: _,
        since: _,
        decimals: _,
        expiry: _,
        redeem_minimum: _,
        eligible: _,
        adjustments: _,
        max_window: _,
        awards: _,
        items: _,
        redemption: _,
        vouchers: _,
        benefits: _,
        deductions: _,
        digest: _,
    } = shipped("tonghui");
    let xiqu = |edit: fn(&mut Scheme)| said("panzhihua-xiqu", edit);
    assert_eq!(
        xiqu(|s| s.in_force.to = day("2027-12-31")),
        one(
            ChangeKind::Looser,
            "施行日期由“2026年1月1日到2026年12月31日”改为“2026年1月1日到2027年12月31日”。"
        )
    );
    assert_eq!(
        xiqu(|s| s.in_force.from = day("2026-12-01")),
        one(
            ChangeKind::Changed,
            "这一版从2026年12月1日起施行，2026年12月1日以前的服务仍按以前的版本计分。"
        )
    );
    assert_eq!(
        xiqu(|s| s.since = day("2025-12-01")),
        one(ChangeKind::Changed, "办法最早的施行日期由“2026年1月1日”改为“2025年12月1日”。")
    );
    assert_eq!(
        xiqu(|s| s.expiry = Some(Expiry::YearEnd { grace: None })),
        one(ChangeKind::Tighter, "积分有效期由“从得分那天起2年”改为“到当年年底”。")
    );
    assert_eq!(
        xiqu(|s| s.redeem_minimum = Some(Points(50))),
        one(ChangeKind::Tighter, "满多少分才能兑换由“不限”改为“50分”。")
    );
    assert_eq!(
        xiqu(|s| s.division = DivisionPrefix::parse("5104").unwrap()),
        one(ChangeKind::Looser, "辖区代码由“510403”改为“5104”。")
    );
    assert_eq!(
        xiqu(|s| s.eligible.clear()),
        one(ChangeKind::Looser, "不再要求参加条件“居住不满半年和不参加积分除外”。")
    );
    assert_eq!(
        xiqu(|s| s.adjustments = false),
        one(ChangeKind::Changed, "两人一起人工更正余额由“可以”改为“不可以”。")
    );
    assert_eq!(
        xiqu(|s| s.max_window = "3 years".parse().ok()),
        one(ChangeKind::Changed, "项目计分的最长时间由“不限”改为“3年”。")
    );
    assert_eq!(
        xiqu(|s| s.title = "新名".to_owned()).first().map(|change| change.0),
        Some(ChangeKind::Wording)
    );
    assert_eq!(
        xiqu(|s| s.issuer = "某局".to_owned()).first().map(|change| change.0),
        Some(ChangeKind::Changed)
    );
    let (old, mut new) = (shipped("tonghui"), shipped("tonghui"));
    new.id = "x".to_owned();
    let found = changes(&old, &new);
    assert_eq!(found.iter().map(|change| change.what).collect::<Vec<_>>(), [ChangeKind::Changed]);
    let unchanged = one(ChangeKind::Wording, "条款的文字或顺序有改动，规则没有变。");
    assert_eq!(xiqu(|s| s.digest = [0; 32]), unchanged);
    assert_eq!(xiqu(|s| s.awards.swap(0, 1)), unchanged);
}

/// P4: what stands on vouchers is a part of the rules.
#[test]
fn every_part_of_vouchers_is_seen() {
    fn xiqu(edit: fn(&mut Vouchers)) -> Vec<(ChangeKind, String)> {
        said("panzhihua-xiqu", |scheme| scheme.vouchers.iter_mut().for_each(edit))
    }
    assert_eq!(
        xiqu(|vouchers| vouchers.letters = "XQJ".to_owned()),
        one(ChangeKind::Changed, "积分券的券号开头由“XQ”改为“XQJ”。")
    );
    assert_eq!(
        xiqu(|vouchers| vouchers.title = "健康积分券".to_owned()),
        one(ChangeKind::Wording, "积分券的名称由“攀枝花市西区居民健康积分券”改为“健康积分券”。")
    );
    assert_eq!(
        xiqu(|vouchers| vouchers.supervisor = None),
        one(ChangeKind::Changed, "积分券的监制单位由“攀枝花市西区卫生健康局”改为“未写明”。")
    );
    assert_eq!(
        xiqu(|vouchers| vouchers.basis.clear()),
        one(ChangeKind::Wording, "积分券的依据由“积分怎么记、怎么领 › 积分券”改为“未写明”。")
    );
    assert_eq!(
        said("panzhihua-xiqu", |scheme| scheme.vouchers = None),
        one(ChangeKind::Changed, "纸质积分券由“发”改为“不发”。")
    );
    let given = |scheme: &mut Scheme| scheme.vouchers = shipped("panzhihua-xiqu").vouchers;
    assert_eq!(said("shenzhen", given), one(ChangeKind::Changed, "纸质积分券由“不发”改为“发”。"));
}

#[test]
fn every_part_of_redemption_is_seen() {
    let xiqu = |edit: fn(&mut Scheme)| said("panzhihua-xiqu", edit);
    assert_eq!(
        xiqu(|s| s.redemption.goods_discouraged = true),
        one(ChangeKind::Changed, "换实物由“可以换”改为“原则上不换”。")
    );
    assert_eq!(
        xiqu(|s| s.redemption.wait = "10 days".parse().unwrap()),
        one(ChangeKind::Looser, "订了以后来取的期限由“7天”改为“10天”。")
    );
    assert_eq!(
        xiqu(|s| s.redemption.return_within = "3 days".parse().unwrap()),
        one(ChangeKind::Tighter, "换错了退回的期限由“7天”改为“3天”。")
    );
    assert_eq!(
        xiqu(|s| s.redemption.basis.clear()),
        one(
            ChangeKind::Wording,
            "兑换办法的依据由“附件2 › 基层医疗卫生机构积分兑换目录”改为“未写明”。"
        )
    );
}

#[test]
fn the_unit_of_points_does_not_hide_or_invent_a_change() {
    let found = said("tonghui", |scheme| {
        scheme.decimals = Decimals::new(1).unwrap();
        for award in &mut scheme.awards {
            award.points = Points(award.points.0 / 10);
        }
        scheme.awards.first_mut().unwrap().points = Points(20);
        scheme.items.clear();
    });
    assert!(found.contains(&(ChangeKind::MorePoints, "积分由1分改为2分。".to_owned())));
    assert!(found.iter().all(|change| change.0 != ChangeKind::FewerPoints), "{found:#?}");
}

#[test]
fn what_takes_something_away_comes_first() {
    let found = said("panzhihua-xiqu", |scheme| {
        let mut new = scheme.awards.remove(0);
        new.id = "new".to_owned();
        scheme.awards.push(new);
        let award = scheme.awards.first_mut().unwrap();
        award.points = Points(80);
        award.name = "体检".to_owned();
        scheme.items.first_mut().unwrap().price = kangji_rules::scheme::Price::Points(Points(4));
    });
    let kinds: Vec<ChangeKind> = found.iter().map(|change| change.0).collect();
    let expected = [
        ChangeKind::GoneAward,
        ChangeKind::FewerPoints,
        ChangeKind::NewAward,
        ChangeKind::Cheaper,
        ChangeKind::Wording,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(found.get(1).unwrap().1, "积分由100分改为80分。");
    assert_eq!(found.get(3).unwrap().1, "价格由“5分”改为“4分”。");
}

/// T13: helper roles are groups; S9: who signed, how many, when and where.
#[test]
fn whom_and_when_an_item_is_for_is_seen() {
    let patch = |edit: fn(&mut Item)| {
        said("tonghui", |scheme| {
            let item = scheme.items.iter_mut().find(|item| item.id == "sanfu-patch");
            edit(item.unwrap());
        })
    };
    assert_eq!(
        patch(|item| item.when.clear()),
        one(
            ChangeKind::Looser,
            "不再要求兑换对象“村（社区）干部、社会工作者、网格员或村（居）民小组长”。"
        )
    );
    type Edit = fn(&mut Item);
    let cases: [(Edit, ChangeKind, &str); 6] = [
        (|item| item.signed = true, ChangeKind::Tighter, "先和办理的机构签约由“不要”改为“要”。"),
        (
            |item| item.at.push("M1".to_owned()),
            ChangeKind::Tighter,
            "办理机构的代码由“不限”改为“M1”。",
        ),
        (|item| item.quantity = Some(100), ChangeKind::Tighter, "总数由“不限”改为“100份”。"),
        (
            |item| item.balance_min = Some(Points(5050)),
            ChangeKind::Tighter,
            "至少要有的可兑换积分由“不限”改为“50.5分”。",
        ),
        (
            |item| item.offered = Some(DayRange { from: day("2026-07-15"), to: Day::LAST }),
            ChangeKind::Tighter,
            "可以换的日期由“不限”改为“2026年7月15日起”。",
        ),
        (
            |item| item.contents[0].pieces = 2,
            ChangeKind::Changed,
            "“三伏贴”发的由“服务”改为“实物2件”。",
        ),
    ];
    for (edit, what, sentence) in cases {
        assert_eq!(patch(edit), one(what, sentence));
    }
}

#[test]
fn benefits_and_deductions_are_seen() {
    let benefit = Benefit {
        id: "b".to_owned(),
        name: "优先签约".to_owned(),
        basis: vec!["附件".to_owned()],
        total_min: Points(500),
        provider: None,
    };
    let deduction = Deduction {
        id: "d".to_owned(),
        name: "超市抵扣".to_owned(),
        basis: vec!["附件".to_owned()],
        fen_per_point: 5,
        share_max: "0.3".parse().unwrap(),
    };
    let mut old = shipped("panzhihua-xiqu");
    let without = old.clone();
    old.benefits.push(benefit.clone());
    old.deductions.push(deduction.clone());
    let found = assert_lawful(&without, &old);
    let kinds: Vec<ChangeKind> = found.iter().map(|change| change.what).collect();
    assert_eq!(kinds, [ChangeKind::NewItem; 2]);

    let benefits = [
        (ChangeKind::Tighter, Benefit { total_min: Points(600), ..benefit.clone() }),
        (ChangeKind::Changed, Benefit { provider: Some("街道".to_owned()), ..benefit.clone() }),
        (ChangeKind::Wording, Benefit { name: "优先".to_owned(), ..benefit.clone() }),
        (ChangeKind::Wording, Benefit { basis: vec!["附则".to_owned()], ..benefit }),
    ];
    for (what, edited) in benefits {
        let mut new = old.clone();
        new.benefits = vec![edited];
        let found = assert_lawful(&old, &new);
        assert_eq!(found.iter().map(|change| change.what).collect::<Vec<_>>(), [what]);
    }
    let deductions = [
        (ChangeKind::Cheaper, Deduction { fen_per_point: 10, ..deduction.clone() }),
        (ChangeKind::Looser, Deduction { share_max: "0.5".parse().unwrap(), ..deduction.clone() }),
        (ChangeKind::Wording, Deduction { name: "抵扣".to_owned(), ..deduction.clone() }),
        (ChangeKind::Wording, Deduction { basis: vec!["附则".to_owned()], ..deduction }),
    ];
    for (what, edited) in deductions {
        let mut new = old.clone();
        new.deductions = vec![edited];
        let found = assert_lawful(&old, &new);
        assert_eq!(found.iter().map(|change| change.what).collect::<Vec<_>>(), [what]);
    }
}

#[test]
fn an_award_that_counts_on_days_of_its_own_is_compared_with_the_scheme() {
    let half = DayRange { from: day("2026-01-01"), to: day("2026-06-30") };
    let found = said("panzhihua-xiqu", |scheme| {
        scheme.awards.first_mut().unwrap().counts = Some(half);
    });
    assert_eq!(
        found,
        one(
            ChangeKind::Tighter,
            "计分的日期由“和方案的施行日期一样”改为“2026年1月1日到2026年6月30日”。"
        )
    );
    let found = said("panzhihua-xiqu", |scheme| {
        scheme.awards.first_mut().unwrap().counts = Some(scheme.in_force);
    });
    assert_eq!(found.first().map(|change| change.0), Some(ChangeKind::Wording));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_two_versions_are_lawful(
        which in 0..SHIPPED.len(),
        one in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4),
        other in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..4),
    ) {
        let base = shipped(SHIPPED[which]);
        let edited = |edits: &[(prop::sample::Index, prop::sample::Index)]| {
            let mut scheme = base.clone();
            for (place, edit) in edits {
                let place = place.index(scheme.awards.len());
                let (_, edit) = AWARD_EDITS[edit.index(AWARD_EDITS.len())];
                edit(&mut scheme.awards[place]);
            }
            scheme
        };
        assert_lawful(&edited(&one), &edited(&other));
    }
}
