//! Agreements with the shops, and the settlement of every month (P14).

use kangji_core::{
    DayRange, Moment, Period, PeriodKind, Points,
    ids::{AgreementId, OfficerId},
};
use kangji_redemption::{partner::Bears, settlement::Ruling};
use kangji_rights::Action;
use kangji_store::{AgreementStep, NewAgreement, StatementQuery, StatementStep, new_id};

use crate::{
    district::{District, FIRST, SCHEME, SECOND, everywhere, signed},
    support::noon,
};

/// Who answers for the shops.
const SHOPKEEPER: [u8; 16] = [3; 16];

impl District {
    /// Every shop takes points: 20 for a yuan, at most 30 % of a bill.
    pub(crate) fn sign_agreements(&self, now: Moment) {
        let permit = everywhere(Action::AgreementsWrite);
        for shop in &self.shops {
            let id = AgreementId::from_bytes(new_id(now));
            let new = NewAgreement {
                id,
                shop: shop.clone(),
                scheme: SCHEME.to_owned(),
                days: DayRange::ALWAYS,
                area: None,
                points_per_yuan: Points(20),
                share: 30,
                day_limit: None,
                month_limit: Some(Points(200)),
                bears: Bears::Shop,
                by: OfficerId::from_bytes(FIRST),
            };
            assert!(self.store.propose_agreement(&permit, new, now).wait().unwrap().is_ok());
            let step = AgreementStep::Publish;
            let done = self.store.decide_agreement(&permit, id, step, signed(now), now);
            assert_eq!(done.wait().unwrap(), Some(Ok(())));
        }
    }

    /// The month before is settled: one shop objects to a line and is right.
    pub(crate) fn settle(&mut self, month: u32) {
        let (year, month) = if month > 12 { (2027, 1) } else { (2026, month) };
        let now = noon(&format!("{year}-{month:02}-28"));
        let first = kangji_core::Day::new(year, month, 1).unwrap();
        let period = Period::containing(PeriodKind::Month, first.previous());
        let officer = OfficerId::from_bytes;
        let drawn = self.store.draw_statements(period, self.shops.clone(), officer(FIRST), now);
        let Ok(drawn) = drawn.wait().unwrap() else { return };
        self.diary.settled = first.previous().month();
        for (number, id) in drawn.iter().enumerate() {
            let id = id.parse().unwrap();
            let does = |step: StatementStep, by: [u8; 16]| {
                let done = self.store.step_statement(id, step, officer(by), now).wait();
                assert_eq!(done.unwrap(), Ok(()));
            };
            let objects = number == 0;
            let said = objects.then(|| (Some(1), "少了一元".to_owned()));
            does(StatementStep::Answer { objections: said.into_iter().collect() }, SHOPKEEPER);
            if objects {
                let ruling = Ruling::Upheld { off: kangji_core::Fen(100), points: Points(20) };
                does(StatementStep::Judge { number: 1, ruling, text: "属实".to_owned() }, FIRST);
                self.diary.upheld_fen += 100;
            }
            does(StatementStep::Review, FIRST);
            let (document, day) = ("付1号".to_owned(), now.day());
            does(StatementStep::Settle { document, day }, SECOND);
        }
    }

    /// Statements = deductions, and every objection that was upheld is corrected once.
    pub(crate) fn check_statements(&self) {
        let query = StatementQuery {
            permit: everywhere(Action::StatementsSettle),
            period: None,
            shop: None,
            state: None,
            before: None,
            limit: 10_000,
        };
        let (mut fen, mut points, mut corrected) = (0, 0, 0);
        for head in self.store.shop_statements(&query).unwrap() {
            let statement = self.store.shop_statement(head.id).unwrap().unwrap();
            for line in &statement.lines {
                match line.corrects {
                    None => {
                        fen += line.off.0;
                        points += line.points.0;
                    }
                    Some(_) => corrected += line.off.0,
                }
            }
        }
        // What was deducted in a month whose statement was drawn.
        let settled = self.diary.deductions.iter().filter(|one| one.month <= self.diary.settled);
        let expected =
            settled.fold((0, 0), |(fen, points), one| (fen + one.fen, points + one.points.0));
        assert_eq!((fen, points), expected);
        assert!(corrected <= self.diary.upheld_fen, "{corrected} were corrected");
    }
}
