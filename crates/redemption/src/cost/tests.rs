//! What goods cost by who paid, and what points are worth under an assumption.

use std::collections::BTreeMap;

use kangji_core::{Decimals, Fen, Points};

use super::{Source, Use, of_goods, value};
use crate::stock::Taken;

fn taken(pieces: u32, fen: i64, source: Source) -> Taken {
    Taken { batch: [1; 16], pieces, piece: Fen(fen), source, expires_on: None }
}

#[test]
fn p11_goods_cost_what_their_batches_cost_by_who_paid() {
    let all = [
        taken(3, 150, Source::Subsidy),
        taken(1, 990, Source::Sponsor),
        taken(2, 5, Source::Subsidy),
        taken(4, 0, Source::Pledge),
    ];
    let expected =
        [(Source::Subsidy, Fen(460)), (Source::Pledge, Fen::ZERO), (Source::Sponsor, Fen(990))];
    assert_eq!(of_goods(&all), Some(BTreeMap::from(expected)));
    assert_eq!(of_goods([]), Some(BTreeMap::new()));
    assert_eq!(of_goods(&[taken(2, i64::MAX, Source::Pledge)]), None);
    assert_eq!(of_goods(&[taken(1, i64::MAX, Source::Pledge); 2]), None);
}

#[test]
fn points_are_worth_what_is_assumed_half_a_fen_up() {
    let cases = [
        (100, 0, 5, Some(500)),
        (0, 2, 5, Some(0)),
        // 0.10 of a point at 5 fen is half a fen.
        (10, 2, 5, Some(1)),
        (9, 2, 5, Some(0)),
        (12_345, 2, 10, Some(1235)),
        (12_344, 2, 10, Some(1234)),
        (5, 1, 1, Some(1)),
        (4, 1, 1, Some(0)),
        (1, 0, 0, Some(0)),
        // What is owed is worth as much less: half a fen goes up as well.
        (-10, 2, 5, Some(0)),
        (-11, 2, 5, Some(-1)),
        (i64::MAX, 0, 1, Some(i64::MAX)),
        (i64::MAX, 0, 2, None),
    ];
    for (points, decimals, fen, expected) in cases {
        let decimals = Decimals::new(decimals).unwrap();
        let found = value(Points(points), decimals, fen).map(|fen| fen.0);
        assert_eq!(found, expected, "{points} at {fen}");
    }
}

#[test]
fn words_lead_back_to_what_they_name() {
    for source in Source::ALL {
        assert_eq!(Source::of_word(source.word()), Some(*source));
    }
    for used_for in Use::ALL {
        assert_eq!(Use::of_word(used_for.word()), Some(*used_for));
    }
    assert_eq!((Source::of_word("gift"), Use::of_word("")), (None, None));
}
