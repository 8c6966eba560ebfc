//! A month: what is earned goes onto paper, is spent at counters and in shops, and some of it goes
//! wrong.

use kangji_core::{
    Fen, Moment, Points,
    ids::{DeductionId, HolderId, OrderId},
};
use kangji_ledger::{Act, Answer, Command, account_of};
use kangji_redemption::{
    Refusal, ShopRefusal, State, VoucherRefusal, order::NewOrder, partner::NewDeduction,
    voucher::Serial,
};
use kangji_rules::scheme::{Item, Price};
use kangji_store::{
    DeductionAct, DeductionCommand, Entered, Fact, Issuing, NotOrdered, OrderAct, OrderCommand,
    RecordFact, VoucherAct, VoucherCommand, new_id,
};
use rand::RngExt;

use crate::{
    diary::{Deducted, Paper},
    district::{District, FIRST, SCHEME, SECOND},
    support::noon,
};

/// What is asked at once.
const TOGETHER: usize = 2_000;

/// Whether the players cannot know that a voucher in somebody's hand is refused: a correction
/// recalled it, or its holder owes points.
fn is_expected(why: &VoucherRefusal) -> bool {
    matches!(why, VoucherRefusal::Void(_) | VoucherRefusal::Ledger(_))
}

impl District {
    /// Plays a month.
    pub(crate) fn play(&mut self, month: u32) {
        let last = kangji_core::Day::new(2026, month, 28).unwrap().to_string();
        let now = noon(&last);
        self.enter(month, now);
        self.jobs(&last);
        self.issue(now);
        self.order(now);
        self.deduct(now, month);
        self.go_wrong(now);
        self.correct(now);
        self.count(now);
        self.settle(month);
    }

    /// What the year's end brings (periods that ended), and a sanction.
    pub(crate) fn end_of_year(&mut self) {
        self.jobs("2027-01-15");
        let now = noon("2027-01-16");
        let person = self.people[self.dice.random_range(0..self.people.len())];
        let account = account_of(person, SCHEME);
        let act = Act::Forfeit { article: "测".to_owned() };
        let cause = Some(kangji_core::ids::CauseId::from_bytes([9; 16]));
        let answer = Answer { cause, ..Answer::default() };
        let forfeit = Command { key: None, account, day: now.day(), act, answer };
        let _ = self.store.execute(forfeit, now).wait().unwrap();
        self.settle(13);
    }

    /// About half of what can go onto paper does (P4, P5).
    fn issue(&mut self, now: Moment) {
        let mut wanted = Vec::new();
        for person in self.people.clone() {
            let account = self.store.account(account_of(person, SCHEME)).unwrap();
            let Some(account) = account else { continue };
            for lot in &account.lots {
                if !lot.has_expired_by(now.day()) && self.dice.random_ratio(1, 2) {
                    wanted.push((person, lot.seq));
                }
            }
        }
        self.stock_up(wanted.len(), now);
        for some in wanted.chunks(TOGETHER) {
            let mut asked = Vec::new();
            for (person, lot) in some {
                let clinic = self.clinics[self.dice.random_range(0..self.clinics.len())].clone();
                let serial = self.blank.get_mut(&clinic).and_then(|all| all.pop_front()).unwrap();
                let issuing = Issuing {
                    person: *person,
                    scheme: SCHEME.to_owned(),
                    lot: *lot,
                    institution: clinic,
                    day: now.day(),
                    authority: "护士".to_owned(),
                    or_next: false,
                    proxy: None,
                };
                asked.push((
                    serial.clone(),
                    *person,
                    self.act(serial, VoucherAct::Issue(issuing), now),
                ));
            }
            for (serial, person, pending) in asked {
                match pending.wait().unwrap() {
                    Ok(told) => {
                        self.diary.papers.insert(serial, Paper { person, points: told.points });
                    }
                    // Somebody owes points, or the lot is no credit: the form is spoiled.
                    Err(_) => {
                        self.spoil(serial, now);
                    }
                }
            }
        }
    }

    fn act(
        &self,
        serial: Serial,
        act: VoucherAct,
        now: Moment,
    ) -> kangji_store::Pending<kangji_store::VoucherAnswer> {
        self.store.voucher_act(VoucherCommand { serial, act, by: FIRST, now })
    }

    fn spoil(&mut self, serial: Serial, now: Moment) {
        for clinic in self.clinics.clone() {
            let reason = "写错".to_owned();
            let act = VoucherAct::Spoil { institution: clinic, reason };
            if self.act(serial.clone(), act, now).wait().unwrap().is_ok() {
                self.diary.spoiled += 1;
                return;
            }
        }
        panic!("nobody has the spoiled form {serial}");
    }

    /// Enough blank vouchers for every clinic.
    fn stock_up(&mut self, wanted: usize, now: Moment) {
        for clinic in self.clinics.clone() {
            let there = self.blank.entry(clinic.clone()).or_default().len();
            let lacking = u32::try_from(wanted.saturating_sub(there)).unwrap().min(10_000);
            if lacking == 0 {
                continue;
            }
            let printed = self.store.print_vouchers(SCHEME, lacking, SECOND, now).wait().unwrap();
            self.diary.printed += u64::from(printed.unwrap().count);
            let given = self.store.stock_vouchers(SCHEME, &clinic, lacking, SECOND, now);
            let given = given.wait().unwrap().unwrap();
            let first: u32 = given.first[2..10].parse().unwrap();
            let serials = (first..first + given.count).map(|number| Serial::numbered("XQ", number));
            self.blank.entry(clinic).or_default().extend(serials.map(Option::unwrap));
        }
    }

    /// The papers of each person.
    fn in_hand(&self) -> std::collections::BTreeMap<HolderId, Vec<(Serial, Points)>> {
        let mut all: std::collections::BTreeMap<HolderId, Vec<(Serial, Points)>> =
            std::collections::BTreeMap::new();
        for (serial, paper) in &self.diary.papers {
            all.entry(paper.person).or_default().push((serial.clone(), paper.points));
        }
        all
    }

    /// People fetch goods for vouchers and points of the electronic balance; some order and do not
    /// fetch, some bring back.
    fn order(&mut self, now: Moment) {
        let papers = self.in_hand();
        let mut asked = Vec::new();
        for person in self.people.clone() {
            if !self.dice.random_ratio(1, 3) {
                continue;
            }
            let account = self.store.account(account_of(person, SCHEME)).unwrap();
            let electronic = account.map_or(0, |account| account.redeemable(now.day()).0);
            let own = papers.get(&person).cloned().unwrap_or_default();
            let Some((item, vouchers)) = self.choose(electronic, &own) else { continue };
            let hand_over = !vouchers.is_empty() || self.dice.random_ratio(4, 5);
            let clinic = self.clinics[self.dice.random_range(0..self.clinics.len())].clone();
            let new = NewOrder {
                catalogue: kangji_core::ids::CatalogueId::from_bytes([7; 16]),
                item: item.id.clone(),
                sets: 1,
                chosen: Vec::new(),
                institution: clinic.clone(),
                vouchers: vouchers.clone(),
            };
            let id = OrderId::from_bytes(new_id(now));
            let code = "12345678".to_owned();
            let act = OrderAct::Place { id, person, code, new, hand_over, proxy: None };
            let command = OrderCommand { act, by: Some(FIRST), now };
            asked.push((id, person, clinic, vouchers, self.store.order(command)));
        }
        for (order, person, institution, vouchers, pending) in asked {
            match pending.wait().unwrap() {
                Err(NotOrdered::Refused(why)) => {
                    let expected = |one: &Refusal| match one {
                        Refusal::Voucher { why, .. } => is_expected(why),
                        _ => true,
                    };
                    assert!(why.iter().all(expected), "{why:?}");
                }
                Err(other) => panic!("{other:?}"),
                Ok(told) if told.state == State::HandedOver => {
                    for serial in vouchers {
                        self.diary.papers.remove(&serial).unwrap();
                        self.diary.redeemed.push((serial, person));
                    }
                    self.diary.ordered += told.points.0;
                    if self.dice.random_ratio(1, 30) {
                        let (reason, restock) = ("坏了".to_owned(), self.dice.random());
                        let act = OrderAct::Return { order, institution, reason, restock };
                        let command = OrderCommand { act, by: Some(FIRST), now };
                        assert!(self.store.order(command).wait().unwrap().is_ok());
                        self.diary.ordered -= told.points.0;
                    }
                }
                // Not fetched: the jobs of the next month call it off.
                Ok(_) => {}
            }
        }
    }

    /// Something whose price vouchers can pay without change, with what the electronic balance adds.
    fn choose(&mut self, electronic: i64, own: &[(Serial, Points)]) -> Option<(Item, Vec<Serial>)> {
        let at = self.dice.random_range(0..self.items.len());
        for step in 0..self.items.len() {
            let item = &self.items[(at + step) % self.items.len()];
            let Price::Points(price) = item.price else { continue };
            let (mut vouchers, mut borne) = (Vec::new(), 0);
            for (serial, points) in own {
                if borne + points.0 <= price.0 {
                    borne += points.0;
                    vouchers.push(serial.clone());
                }
            }
            if price.0 - borne <= electronic {
                return Some((item.clone(), vouchers));
            }
        }
        None
    }

    /// Points take something off bills (P7); some are called off on the same day.
    fn deduct(&mut self, now: Moment, month: u32) {
        let papers = self.in_hand();
        let mut asked = Vec::new();
        for (number, person) in self.people.clone().into_iter().enumerate() {
            if !self.dice.random_ratio(1, 4) {
                continue;
            }
            let account = self.store.account(account_of(person, SCHEME)).unwrap();
            let electronic = account.map_or(0, |account| account.redeemable(now.day()).0.max(0));
            let points = Points(electronic.min(self.dice.random_range(0..30)));
            let own = papers.get(&person).and_then(|own| own.first()).cloned();
            let own = own.filter(|_| self.dice.random_ratio(1, 2));
            let shop = self.shops[self.dice.random_range(0..self.shops.len())].clone();
            let new = NewDeduction {
                shop: shop.clone(),
                receipt: format!("{month}-{number}"),
                scheme: SCHEME.to_owned(),
                person,
                bill: Fen(50_000),
                points,
                vouchers: own.iter().map(|(serial, _)| serial.clone()).collect(),
            };
            let id = DeductionId::from_bytes(new_id(now));
            let act = DeductionAct::Make { id, new, pay_code: None };
            let pending = self.store.deduct(DeductionCommand { act, by: FIRST, now });
            asked.push((shop, person, own, pending));
        }
        for (shop, person, own, pending) in asked {
            let told = match pending.wait().unwrap() {
                Ok(told) => told,
                Err(ShopRefusal::Voucher { why, .. }) => {
                    assert!(is_expected(&why), "{why:?}");
                    continue;
                }
                // Nothing to spend, from elsewhere, or too much of a bill.
                Err(_) => continue,
            };
            if self.dice.random_ratio(1, 20) {
                let act = DeductionAct::Cancel {
                    id: told.id.parse().unwrap(),
                    shop,
                    reason: "退货".to_owned(),
                };
                let command = DeductionCommand { act, by: FIRST, now };
                assert!(self.store.deduct(command).wait().unwrap().is_ok());
                continue;
            }
            if let Some((serial, _)) = own {
                self.diary.papers.remove(&serial).unwrap();
                self.diary.redeemed.push((serial, person));
            }
            let (points, fen) = (told.points, told.off.0);
            self.diary.deductions.push(Deducted { points, fen, month });
        }
    }

    /// Vouchers get lost, are handed in again, come a second time, or were never printed (P9, P13).
    fn go_wrong(&mut self, now: Moment) {
        let papers: Vec<(Serial, HolderId)> = self
            .diary
            .papers
            .iter()
            .map(|(serial, paper)| (serial.clone(), paper.person))
            .collect();
        for (serial, person) in papers {
            let reason = "居民来说".to_owned();
            let drawn = self.dice.random_range(0..100);
            let act = match drawn {
                0 | 1 => VoucherAct::Lose { reason },
                2 | 3 => VoucherAct::TakeBack { reason },
                _ => continue,
            };
            // Points may have gone since, with a correction.
            if self.act(serial.clone(), act, now).wait().unwrap().is_err() {
                continue;
            }
            self.diary.papers.remove(&serial);
            if drawn < 2 {
                self.diary.lost.push((serial, person));
            } else {
                self.diary.taken_back += 1;
            }
        }
        let redeemed = &self.diary.redeemed;
        let again: Vec<(Serial, HolderId)> =
            redeemed.iter().rev().step_by(17).take(20).cloned().collect();
        for (number, (serial, person)) in again.into_iter().enumerate() {
            let why = self.present(serial, person, format!("again-{number}"), now);
            let redeemed = matches!(why, None | Some(VoucherRefusal::Redeemed { .. }));
            assert!(redeemed, "{why:?}");
        }
        let lost: Vec<(Serial, HolderId)> = self.diary.lost.iter().rev().take(3).cloned().collect();
        for (number, (serial, person)) in lost.into_iter().enumerate() {
            let why = self.present(serial, person, format!("lost-{number}"), now);
            assert!(why.as_ref().is_none_or(VoucherRefusal::is_suspicious), "{why:?}");
        }
        let forged = Serial::numbered("XQ", 99_999_999).unwrap();
        let why = self.present(forged, self.people[0], "forged".to_owned(), now);
        assert!(matches!(why, None | Some(VoucherRefusal::Unknown)), "{why:?}");
    }

    /// Somebody presents a voucher that cannot be used: why not. `None` for whoever moved away,
    /// which is told before the voucher is looked at.
    fn present(
        &mut self,
        serial: Serial,
        person: HolderId,
        receipt: String,
        now: Moment,
    ) -> Option<VoucherRefusal> {
        let receipt = format!("{receipt}-{}", now.day());
        let new = NewDeduction {
            shop: self.shops[0].clone(),
            receipt,
            scheme: SCHEME.to_owned(),
            person,
            bill: Fen(50_000),
            points: Points::ZERO,
            vouchers: vec![serial],
        };
        let id = DeductionId::from_bytes(new_id(now));
        let act = DeductionAct::Make { id, new, pay_code: None };
        match self.store.deduct(DeductionCommand { act, by: FIRST, now }).wait().unwrap() {
            Err(ShopRefusal::Voucher { why, .. }) => Some(why),
            Err(ShopRefusal::NotResident) => None,
            other => panic!("{other:?}"),
        }
    }

    /// Records turn out to be wrong: what rests on them is taken back, also from paper (S12).
    fn correct(&mut self, now: Moment) {
        let every = 97;
        let wrong = self.diary.facts.iter().skip(now.day().month() as usize).step_by(every);
        let voids: Vec<Fact> = wrong
            .filter_map(|fact| match fact {
                Fact::Record(record) => {
                    Some(Fact::Record(RecordFact { void: true, ..record.clone() }))
                }
                _ => None,
            })
            .take(200)
            .collect();
        let entered = Entered { now, reason: None };
        let _ = self.store.record(voids, entered).wait().unwrap();
    }

    /// Stock is counted; now and then a piece is missing, or one too many.
    fn count(&mut self, now: Moment) {
        for clinic in self.clinics.clone() {
            let batches = self.store.batches(&clinic, None).unwrap();
            for batch in batches.into_iter().filter(|batch| batch.batch.left > 10).take(2) {
                let seen = batch.batch.left;
                let counted = seen + 1 - 2 * u32::from(self.dice.random::<bool>());
                let reason = Some("盘点".to_owned());
                let counted =
                    kangji_store::Counted { batch: batch.batch.id, seen, counted, reason };
                let done = self.store.count_stock(&clinic, &batch.good, vec![counted], FIRST, now);
                assert!(done.wait().unwrap().is_ok());
            }
        }
        self.restock(now, 50);
    }
}
