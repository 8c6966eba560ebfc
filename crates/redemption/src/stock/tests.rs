//! Stock: what goes first, what never goes, and the laws that any sequence of moves keeps.

use kangji_core::{Day, Fen};
use proptest::{collection::vec, prelude::*};

use super::{Batch, PIECES_MAX, Shelf, StockRefusal, Taken};
use crate::cost::Source;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn batch(id: u8, expires_on: Option<&str>, left: u32) -> Batch {
    let expires_on = expires_on.map(day);
    Batch { id: [id; 16], expires_on, left, piece: Fen(150), source: Source::Subsidy }
}

fn shelf(batches: &[Batch]) -> Shelf {
    let mut shelf = Shelf::default();
    batches.iter().for_each(|batch| shelf.receive(batch.clone()).unwrap());
    shelf
}

/// What was taken: of which batch, how many.
fn of(taken: &[Taken]) -> Vec<(u8, u32)> {
    taken.iter().map(|one| (one.batch[0], one.pieces)).collect()
}

/// Of which batch how many pieces are taken.
type Gone = Result<Vec<(u8, u32)>, StockRefusal>;
/// Something that a shelf may refuse.
type Attempt = fn(&mut Shelf, &Batch, &Taken) -> Result<(), StockRefusal>;

#[test]
fn what_expires_first_goes_first() {
    let later = || batch(1, Some("2026-12-01"), 5);
    let sooner = || batch(2, Some("2026-10-01"), 3);
    let never = || batch(0, None, 4);
    let same_day = || batch(9, Some("2026-10-01"), 2);
    let expired = || batch(3, Some("2026-09-21"), 7);
    let today = day("2026-09-21");
    let too_few = |available| Err(StockRefusal::TooFew { available });
    let cases: [(&[Batch], u32, Gone); 9] = [
        (&[later(), sooner()], 2, Ok(vec![(2, 2)])),
        (&[later(), sooner()], 4, Ok(vec![(2, 3), (1, 1)])),
        (&[later(), sooner()], 8, Ok(vec![(2, 3), (1, 5)])),
        (&[later(), sooner()], 9, too_few(8)),
        // What never expires goes last, though its id is the first.
        (&[never(), later()], 6, Ok(vec![(1, 5), (0, 1)])),
        // Of one day the batch that was received first goes first.
        (&[same_day(), sooner()], 4, Ok(vec![(2, 3), (9, 1)])),
        // On its day of expiry a batch is not handed over any more.
        (&[expired(), later()], 5, Ok(vec![(1, 5)])),
        (&[expired(), later()], 6, too_few(5)),
        (&[expired()], 1, too_few(0)),
    ];
    for (batches, pieces, expected) in cases {
        let mut shelf = shelf(batches);
        let before = shelf.clone();
        let found = shelf.hand_over(pieces, today);
        assert_eq!(found.as_deref().map(of).map_err(|refusal| *refusal), expected);
        if found.is_err() {
            assert_eq!(shelf, before, "what is refused changes nothing");
        }
    }
}

#[test]
fn a_batch_without_pieces_does_not_hide_those_behind_it() {
    let empty = batch(1, Some("2026-10-01"), 0);
    let mut shelf = Shelf { batches: vec![empty, batch(2, None, 2)], reserved: 2 };
    assert_eq!(of(&shelf.hand_over(2, day("2026-09-21")).unwrap()), [(2, 2)]);
    assert_eq!(shelf, Shelf::default());
}

#[test]
fn what_is_reserved_is_not_there_for_others() {
    let today = day("2026-09-21");
    let mut shelf = shelf(&[batch(1, Some("2026-09-22"), 3), batch(2, None, 2)]);
    shelf.reserve(4, today).unwrap();
    assert_eq!((shelf.valid(today), shelf.available(today)), (5, 1));
    assert_eq!(shelf.reserve(2, today), Err(StockRefusal::TooFew { available: 1 }));
    // A day later three of them have expired: two of the reserved ones are not there any more.
    let tomorrow = today.next();
    assert_eq!((shelf.available(tomorrow), shelf.missing(tomorrow)), (0, 2));
    shelf.release(4);
    assert_eq!((shelf.available(tomorrow), shelf.missing(tomorrow)), (2, 0));
}

#[test]
fn a_count_sets_what_is_left_and_tells_the_difference() {
    let known = batch(1, Some("2026-10-01"), 20);
    let cases = [(5, 5, 0), (5, 3, -2), (5, 9, 4), (5, 0, -5), (0, 0, 0), (0, 6, 6)];
    for (before, counted, difference) in cases {
        let there = batch(1, Some("2026-10-01"), before);
        let other = batch(2, Some("2026-09-30"), 1);
        let mut shelf = shelf(&[other]);
        if before > 0 {
            shelf.receive(there).unwrap();
        }
        assert_eq!(shelf.count(&known, counted), Ok(difference), "{before} → {counted}");
        assert_eq!((shelf.left_of([1; 16]), shelf.left_of([2; 16])), (counted, 1));
        assert!(shelf.batches.iter().all(|batch| batch.left > 0));
    }
}

#[test]
fn what_cannot_be_counted_is_refused_and_changes_nothing() {
    let full = shelf(&[batch(1, None, PIECES_MAX)]);
    let known = batch(2, None, 1);
    let taken = known.taken(1);
    let tries: [Attempt; 5] = [
        |shelf, known, _| shelf.receive(known.clone()),
        |shelf, known, _| shelf.receive(Batch { left: 0, ..known.clone() }),
        |shelf, known, _| shelf.count(known, 1).map(drop),
        |shelf, _, taken| shelf.put_back(&[*taken]),
        |shelf, _, _| shelf.write_off([1; 16], 0),
    ];
    for attempt in tries {
        let mut shelf = full.clone();
        assert_eq!(attempt(&mut shelf, &known, &taken), Err(StockRefusal::Pieces));
        assert_eq!(shelf, full);
    }
}

#[test]
fn only_what_is_there_is_written_off() {
    let mut shelf = shelf(&[batch(1, Some("2026-09-01"), 3), batch(2, None, 2)]);
    assert_eq!(shelf.write_off([3; 16], 1), Err(StockRefusal::NoBatch));
    assert_eq!(shelf.write_off([1; 16], 4), Err(StockRefusal::TooFew { available: 3 }));
    assert_eq!(shelf.write_off([1; 16], 3), Ok(()));
    assert_eq!(shelf.batches, [batch(2, None, 2)]);
}

/// A move of stock, as far as the shelf allows it.
#[derive(Clone, Copy, Debug)]
enum Move {
    Reserve(u32),
    Release(u32),
    HandOver(u32),
    PutBack,
    Receive(u8, u32),
    Count(u8, u32),
    WriteOff(u8, u32),
    Tomorrow,
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        (0..8_u32).prop_map(Move::Reserve),
        (0..8_u32).prop_map(Move::Release),
        (0..8_u32).prop_map(Move::HandOver),
        Just(Move::PutBack),
        (0..4_u8, 0..8_u32).prop_map(|(id, pieces)| Move::Receive(id, pieces)),
        (0..4_u8, 0..8_u32).prop_map(|(id, pieces)| Move::Count(id, pieces)),
        (0..4_u8, 0..8_u32).prop_map(|(id, pieces)| Move::WriteOff(id, pieces)),
        Just(Move::Tomorrow),
    ]
}

/// Batches expire on different days, one of them never.
fn known(id: u8, left: u32) -> Batch {
    let expires_on = ["2026-09-23", "2026-09-25", "2026-09-25"].get(usize::from(id));
    batch(id, expires_on.copied(), left)
}

/// What the moves did, kept beside the shelf.
#[derive(Default)]
struct Books {
    /// Pieces that came, less those that went.
    pieces: i64,
    /// Pieces that were reserved, less those released or handed over.
    reserved: u32,
    /// What was handed over and not put back.
    out: Vec<Vec<Taken>>,
}

impl Books {
    /// Does one move and writes down what it did.
    fn make(&mut self, one: Move, shelf: &mut Shelf, today: &mut Day) {
        let pieces_of =
            |taken: &[Taken]| taken.iter().map(|one| i64::from(one.pieces)).sum::<i64>();
        match one {
            Move::Reserve(pieces) => {
                let free = shelf.available(*today);
                assert_eq!(shelf.reserve(pieces, *today).is_ok(), pieces <= free);
                self.reserved += if pieces <= free { pieces } else { 0 };
            }
            Move::Release(pieces) => {
                shelf.release(pieces.min(self.reserved));
                self.reserved -= pieces.min(self.reserved);
            }
            Move::HandOver(pieces) => {
                let pieces = pieces.min(self.reserved);
                let Ok(taken) = shelf.hand_over(pieces, *today) else { return };
                assert_eq!(pieces_of(&taken), i64::from(pieces));
                assert!(taken.iter().all(|one| one.expires_on.is_none_or(|day| day > *today)));
                self.pieces -= i64::from(pieces);
                self.reserved -= pieces;
                self.out.push(taken);
            }
            Move::PutBack => {
                let Some(taken) = self.out.pop() else { return };
                shelf.put_back(&taken).unwrap();
                self.pieces += pieces_of(&taken);
            }
            Move::Receive(id, pieces) => {
                let came = shelf.receive(known(id, pieces)).is_ok();
                self.pieces += if came { i64::from(pieces) } else { 0 };
            }
            Move::Count(id, counted) => {
                self.pieces += shelf.count(&known(id, 1), counted).unwrap();
            }
            Move::WriteOff(id, pieces) => {
                let gone = shelf.write_off([id; 16], pieces).is_ok();
                self.pieces -= if gone { i64::from(pieces) } else { 0 };
            }
            Move::Tomorrow => *today = today.next(),
        }
    }
}

proptest! {
    /// Pieces are conserved, no more is reserved than was, nothing falls below zero, and batches
    /// stay in the order in which they go.
    #[test]
    fn pieces_are_conserved(moves in vec(moves(), 0..60)) {
        let (mut shelf, mut books, mut today) =
            (Shelf::default(), Books::default(), day("2026-09-21"));
        for one in moves {
            books.make(one, &mut shelf, &mut today);
            let left: i64 = shelf.batches.iter().map(|batch| i64::from(batch.left)).sum();
            prop_assert_eq!(left, books.pieces, "after {:?}", one);
            prop_assert_eq!(shelf.reserved, books.reserved, "after {:?}", one);
            prop_assert!(shelf.batches.iter().all(|batch| batch.left > 0));
            let order: Vec<_> = shelf.batches.iter().map(Batch::order).collect();
            prop_assert!(order.windows(2).all(|two| two[0] < two[1]), "{:?}", order);
            let (valid, free) = (shelf.valid(today), shelf.available(today));
            prop_assert_eq!(valid + shelf.missing(today), free + shelf.reserved);
        }
    }
}
