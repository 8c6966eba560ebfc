//! Figures on both databases: orders, satisfaction, costs and points that are out.

use std::collections::BTreeMap;

use kangji_core::{Day, DayRange, DivisionPrefix, Fen, Points};
use kangji_redemption::{
    State,
    cost::{Source, Use},
    stock::Loss,
};

use super::{Figures, FiguresQuery, ItemFigures, Satisfaction, Spent};
use crate::{
    redemption::{
        CostQuery, NewCost, OrderAct, WriteOff,
        sample_stock::{CLERK, CLINIC, Clinic, OTHER, SCHEME, noon, receipt},
    },
    sql::tests::place::{Place, on_both},
};

const MASKS: &str = "医用口罩";

fn day(text: &str) -> Day {
    format!("2026-{text}").parse().unwrap()
}

fn days(from: &str, to: &str) -> DayRange {
    DayRange { from: day(from), to: day(to) }
}

fn figures(clinic: &Clinic, institution: Option<&str>, area: &str, days: DayRange) -> Figures {
    let area = DivisionPrefix::parse(area).unwrap();
    let institution = institution.map(ToOwned::to_owned);
    let query = FiguresQuery { institution, area, days, today: day("09-30") };
    clinic.store.figures(&query).unwrap()
}

fn september(clinic: &Clinic) -> Figures {
    figures(clinic, Some(CLINIC), "510403001", days("09-01", "09-30"))
}

fn item(figures: &Figures) -> &ItemFigures {
    figures.items.iter().find(|one| one.item == "mask").unwrap()
}

fn spend(
    clinic: &Clinic,
    institution: &str,
    on: &str,
    (source, used_for): (Source, Use),
    fen: i64,
) {
    let institution = institution.to_owned();
    let (day, amount, note) = (day(on), Fen(fen), "生成的支出".to_owned());
    let cost = NewCost { institution, day, source, used_for, amount, note };
    clinic.store.enter_cost(cost, CLERK, noon(on)).wait().unwrap();
}

fn spent(source: Source, used_for: Use, fen: i64) -> Spent {
    Spent { source, used_for, amount: Fen(fen) }
}

#[test]
fn averages_are_rounded_half_up_and_public_from_ten_people_on() {
    let of = |stars, ratings| Satisfaction { stars, ratings, raters: ratings };
    let cases = [(0, 0, None), (5, 1, Some(500)), (13, 3, Some(433)), (9, 8, Some(113))];
    for (stars, ratings, expected) in cases {
        assert_eq!(of(stars, ratings).hundredths(), expected, "{stars}/{ratings}");
    }
    assert!(!of(45, 9).is_public() && of(50, 10).is_public());
}

on_both! {
    fn orders_are_counted_by_item_and_where_they_stand(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let person = clinic.person("p", "510403001001", 1000);
        clinic.receive(MASKS, 50, noon("08-01"));
        // Ordered in August and fetched in September: redeemed in September.
        let early = clinic.order(person, ("mask", 4), false, noon("08-31")).unwrap();
        let fetch = OrderAct::HandOver { order: early, institution: CLINIC.into(), proxy: None };
        clinic.act(fetch, noon("09-01")).unwrap();
        clinic.order(person, ("mask", 2), true, noon("09-02")).unwrap();
        clinic.order(person, ("mask", 1), false, noon("09-03")).unwrap();
        let called_off = clinic.order(person, ("mask", 1), false, noon("09-03")).unwrap();
        clinic.act(OrderAct::Cancel { order: called_off, reason: None }, noon("09-04")).unwrap();
        let back = clinic.order(person, ("mask", 3), true, noon("09-05")).unwrap();
        clinic.bring_back(back, true, noon("09-06"));
        let september = september(&clinic);
        let [mask] = september.items.as_slice() else { panic!("{september:?}") };
        let states =
            [(State::Waiting, 1), (State::HandedOver, 1), (State::Cancelled, 1), (State::Returned, 1)];
        assert_eq!(mask.orders, BTreeMap::from(states));
        assert_eq!((mask.sets, mask.points), (6, Points(60)));
        assert_eq!((mask.name.as_str(), mask.provider.as_deref()), (MASKS, None));
        let august = figures(&clinic, None, "5104", days("08-01", "08-31"));
        assert_eq!(item(&august).orders, BTreeMap::from([(State::HandedOver, 1)]));
        assert_eq!(item(&august).sets, 0);
        let elsewhere = figures(&clinic, None, "4403", days("01-01", "12-31"));
        assert_eq!(elsewhere.items, []);
        assert_eq!(figures(&clinic, Some(OTHER), "440300", days("01-01", "12-31")).items, []);
    }

    fn p12_satisfaction_is_the_average_of_those_who_rated(place: &Place) {
        let clinic = Clinic::open(&place.location);
        clinic.receive(MASKS, 50, noon("08-01"));
        for (name, stars) in [("a", Some(5)), ("b", Some(4)), ("c", None), ("a", Some(4))] {
            let person = clinic.person(name, "510403001001", 100);
            let order = clinic.order(person, ("mask", 1), true, noon("09-02")).unwrap();
            if let Some(stars) = stars {
                clinic.act(OrderAct::Rate { order, stars }, noon("09-03")).unwrap();
            }
        }
        let expected = Satisfaction { stars: 13, ratings: 3, raters: 2 };
        let september = september(&clinic);
        assert_eq!((september.satisfaction, item(&september).satisfaction), (expected, expected));
        assert_eq!(expected.hundredths(), Some(433));
        assert!(!expected.is_public());
        let october = figures(&clinic, Some(CLINIC), "510403001", days("10-01", "10-31"));
        assert_eq!(october.satisfaction, Satisfaction::default());
    }

    fn p11_costs_are_by_source_and_use_without_what_was_restocked(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let person = clinic.person("p", "510403001001", 1000);
        // Two pieces paid by the subsidy go first, then those of a sponsor.
        clinic.receive(MASKS, 2, noon("08-01"));
        let mut given = receipt(MASKS, 20);
        (given.source, given.piece) = (Source::Sponsor, Fen(99));
        given.expires_on = None;
        let given = clinic.store.receive_goods(given, CLERK, noon("08-02")).wait().unwrap();
        clinic.order(person, ("mask", 5), true, noon("09-02")).unwrap();
        let kept = clinic.order(person, ("mask", 1), true, noon("09-03")).unwrap();
        clinic.bring_back(kept, false, noon("09-04"));
        let back = clinic.order(person, ("mask", 4), true, noon("09-29")).unwrap();
        clinic.bring_back(back, true, noon("10-02"));
        let gone = WriteOff {
            institution: CLINIC.to_owned(),
            good: MASKS.to_owned(),
            batch: given.unwrap(),
            pieces: 3,
            loss: Loss::Recalled,
            note: None,
        };
        clinic.store.write_off(gone, CLERK, noon("09-07")).wait().unwrap().unwrap();
        let printing = (Source::Subsidy, Use::Printing);
        spend(&clinic, CLINIC, "09-01", printing, 10_000);
        spend(&clinic, CLINIC, "09-30", printing, 500);
        spend(&clinic, CLINIC, "09-30", printing, -200);
        spend(&clinic, CLINIC, "10-01", printing, 7);
        spend(&clinic, OTHER, "09-15", (Source::Pledge, Use::Labour), 9);
        let in_september = september(&clinic);
        let expected = [
            spent(Source::Subsidy, Use::Goods, 300),
            spent(Source::Subsidy, Use::Printing, 10_300),
            spent(Source::Sponsor, Use::Goods, 8 * 99),
        ];
        assert_eq!(in_september.spent, expected);
        assert_eq!(in_september.lost, BTreeMap::from([(Source::Sponsor, Fen(297))]));
        // What came back in October takes its cost back then.
        let autumn = figures(&clinic, Some(CLINIC), "510403001", days("09-01", "10-31"));
        assert_eq!(autumn.spent.last(), Some(&spent(Source::Sponsor, Use::Goods, 4 * 99)));
        let october = figures(&clinic, Some(CLINIC), "510403001", days("10-01", "10-31"));
        assert_eq!(october.spent.last(), Some(&spent(Source::Sponsor, Use::Goods, -4 * 99)));
        let all = figures(&clinic, None, "44", days("09-01", "09-30"));
        assert_eq!(all.spent, [spent(Source::Pledge, Use::Labour, 9)]);
    }

    fn costs_are_listed_as_they_were_entered(place: &Place) {
        let clinic = Clinic::open(&place.location);
        for (on, fen) in [("09-01", 1), ("09-02", 2), ("09-03", 3)] {
            spend(&clinic, CLINIC, on, (Source::Pledge, Use::Publicity), fen);
        }
        let query = |before, limit| CostQuery {
            institution: CLINIC.to_owned(),
            days: days("09-01", "09-02"),
            before,
            limit,
        };
        let first = clinic.store.costs(&query(None, 1)).unwrap();
        assert_eq!(first[0].cost.amount, Fen(2));
        assert_eq!((first[0].entered_by, first[0].entered_at), (CLERK, noon("09-02")));
        let rest = clinic.store.costs(&query(Some(first[0].id), 10)).unwrap();
        assert_eq!(rest.iter().map(|one| one.cost.amount).collect::<Vec<_>>(), [Fen(1)]);
    }

    fn p11_points_that_are_out_are_those_of_who_lives_in_the_area(place: &Place) {
        let clinic = Clinic::open(&place.location);
        let first = clinic.person("a", "510403001001", 100);
        clinic.person("b", "510403002001", 40);
        clinic.person("c", "440300001001", 7);
        // A holder who is no resident: a helper, say.
        clinic.credit(kangji_core::ids::HolderId::from_bytes([8; 16]), 5, noon("01-03"));
        clinic.receive(MASKS, 9, noon("08-01"));
        clinic.order(first, ("mask", 2), false, noon("09-02")).unwrap();
        clinic.order(first, ("mask", 1), true, noon("09-02")).unwrap();
        let out = |institution, area: &str| {
            let found = figures(&clinic, institution, area, days("09-01", "09-30")).outstanding;
            let one = found.first().cloned();
            one.map(|one| (one.redeemable.0, one.held.0, one.accounts, one.placeless))
        };
        assert_eq!(out(Some(CLINIC), "510403001"), Some((75, 20, 2, 1)));
        assert_eq!(out(None, "510403"), Some((115, 20, 3, 1)));
        assert_eq!(out(None, "4403"), Some((7, 0, 1, 0)));
        assert_eq!(out(None, "3301"), None);
        let one = september(&clinic).outstanding.remove(0);
        assert_eq!((one.scheme.as_str(), one.decimals.places()), (SCHEME, 0));
    }
}
