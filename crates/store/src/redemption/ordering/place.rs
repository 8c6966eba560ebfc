//! A new order: whether it can be had, and the points and goods set aside for it.

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, HolderId},
};
use kangji_ledger::{Act, Refusal as NotPosted, Seq, account_of};
use kangji_redemption::{
    Bill, Catalogue, Chosen, Facts, Line, Order, Past, Quote, Refusal, State, VoucherRefusal, Wish,
    order::{NewOrder, Step},
    price::bill,
    quote,
    voucher::Serial,
};
use kangji_rules::scheme::{Item, Scheme};

use super::{Desk, OrderAct, OrderCommand};
use crate::{
    ledger::unit::Unit,
    post::rulebook::Rulebook,
    redemption::{
        catalogues::{Catalogues, scheme_on},
        shelves::Place,
        shopping::Shopper,
    },
    sql::SqlError,
    vouchers::purse::Deed,
};

/// Something that somebody wants, as far as a catalogue offers it.
pub(crate) struct Wished<'c> {
    pub(crate) person: HolderId,
    pub(crate) account: AccountId,
    pub(crate) scheme: &'c Scheme,
    pub(crate) catalogue: &'c Catalogue,
    pub(crate) item: &'c Item,
    pub(crate) sets: u32,
    pub(crate) chosen: &'c [Chosen],
    pub(crate) institution: &'c str,
}

impl Wished<'_> {
    /// Whether it can be had, what it costs, and what is in the way.
    pub(crate) fn quote(&self, shopper: &Shopper, facts: &Facts<'_>) -> Quote {
        let here = shopper.is_here(self);
        let Self { item, sets, chosen, .. } = *self;
        quote(self.scheme, &Wish { item, sets, chosen, handed_over_here: here }, facts)
    }

    /// The shelves that its goods stand on.
    pub(super) fn places(&self) -> Vec<Place> {
        let Ok(bill) = bill(self.item, self.sets, self.chosen) else { return Vec::new() };
        let goods = bill.lines.into_iter().filter(|line| line.pieces > 0);
        goods.map(|line| (self.institution.to_owned(), line.name)).collect()
    }
}

/// What new orders want of the catalogues in force.
pub(super) fn wishes<'c>(
    rulebook: &'c Rulebook,
    catalogues: &'c Catalogues,
    commands: &[&'c OrderCommand],
) -> Vec<Wished<'c>> {
    commands.iter().filter_map(|command| wished(rulebook, catalogues, command)).collect()
}

fn wished<'c>(
    rulebook: &'c Rulebook,
    catalogues: &'c Catalogues,
    command: &'c OrderCommand,
) -> Option<Wished<'c>> {
    let OrderAct::Place { person, new, .. } = &command.act else { return None };
    Wished::new(rulebook, catalogues, *person, new, command.now.day())
}

impl<'c> Wished<'c> {
    /// What somebody wants, if a catalogue in force offers it.
    pub(crate) fn new(
        rulebook: &'c Rulebook,
        catalogues: &'c Catalogues,
        person: HolderId,
        new: &'c NewOrder,
        today: Day,
    ) -> Option<Self> {
        let NewOrder { catalogue, item, sets, chosen, institution, vouchers: _ } = new;
        let catalogue = catalogues.in_force(today).find(|one| one.id == *catalogue)?;
        let item = catalogue.item(item)?;
        let scheme = scheme_on(rulebook, &catalogue.scheme, today)?;
        let account = account_of(person, &scheme.id);
        Some(Self { person, account, scheme, catalogue, item, sets: *sets, chosen, institution })
    }
}

/// The points of vouchers; of those that cannot be spent each with its reason.
pub(crate) fn borne_by(
    each: &[(&Serial, Result<Points, VoucherRefusal>)],
) -> Result<Points, Vec<Refusal>> {
    let (mut sum, mut refusals) = (Points::ZERO, Vec::new());
    for (serial, borne) in each {
        match borne {
            Ok(points) => sum = sum.saturating_add(*points),
            Err(why) => refusals.push(refused(serial, why.clone())),
        }
    }
    if refusals.is_empty() { Ok(sum) } else { Err(refusals) }
}

fn refused(serial: &Serial, why: VoucherRefusal) -> Refusal {
    Refusal::Voucher { serial: serial.to_string(), why }
}

/// Vouchers that bear more than what is to be paid: no change is given (P10).
pub(crate) fn too_much(vouchers: &[Serial], borne: Points, bill: &Bill) -> Option<Refusal> {
    let serial = || vouchers.iter().map(Serial::as_str).collect::<Vec<_>>().join("、");
    let why = VoucherRefusal::TooMuch { borne, price: bill.points };
    (borne > bill.points).then(|| Refusal::Voucher { serial: serial(), why })
}

/// Sets points of the electronic balance aside: the entry, or none for no points.
fn held(
    unit: &mut Unit<'_>,
    deed: &Deed<'_>,
    points: Points,
) -> Result<Result<Option<Seq>, NotPosted>, SqlError> {
    if points == Points::ZERO {
        return Ok(Ok(None));
    }
    Ok(deed.points(unit, Act::Hold { points, until: None })?.map(Some))
}

impl Desk<'_> {
    /// Places an order; all that is in the way where it cannot be had.
    pub(super) fn place(
        &mut self,
        unit: &mut Unit<'_>,
        command: &OrderCommand,
    ) -> Result<Result<(), Vec<Refusal>>, SqlError> {
        let OrderAct::Place { id, person, code, new, hand_over, proxy } = &command.act else {
            return Ok(Ok(()));
        };
        let today = command.now.day();
        let Some(wish) = wished(self.rulebook, self.catalogues, command) else {
            return Ok(Err(vec![Refusal::NotOffered]));
        };
        let Wished { scheme, account, .. } = wish;
        let deed = Deed {
            account,
            person: *person,
            scheme: &scheme.id,
            place: &new.institution,
            cause: CauseId::from_bytes(*id.bytes()),
            by: command.by,
            now: command.now,
        };
        let borne = match self.borne(unit, new, *hand_over, &deed) {
            Ok(borne) => borne,
            Err(refusals) => return Ok(Err(refusals)),
        };
        let quote = self.answer(unit, &wish, borne, today);
        let (Some(bill), true) = (quote.bill, quote.refusals.is_empty()) else {
            return Ok(Err(quote.refusals));
        };
        if let Some(refusal) = too_much(&new.vouchers, borne, &bill) {
            return Ok(Err(vec![refusal]));
        }
        let hold = match held(unit, &deed, bill.points.left_after(borne))? {
            Ok(hold) => hold,
            Err(refusal) => return Ok(Err(vec![Refusal::Ledger(refusal)])),
        };
        let due_at = Moment::start_of(today.plus(scheme.redemption.wait).next());
        let Bill { points, lines } = bill;
        self.set_aside(&wish, &lines, points, today)?;
        let order = Order {
            id: *id,
            account,
            person: *person,
            scheme: scheme.id.clone(),
            catalogue: wish.catalogue.id,
            provider: wish.catalogue.provider.clone(),
            item: new.item.clone(),
            name: wish.item.name.clone(),
            institution: new.institution.clone(),
            sets: new.sets,
            lines,
            points,
            hold,
            code: code.clone(),
            state: State::Waiting,
            placed: Step { at: command.now, by: command.by },
            due_at,
            handed_over: None,
            proxy: proxy.clone(),
            capture: None,
            taken: Vec::new(),
            ended: None,
            reason: None,
            rating: None,
        };
        self.orders.insert(*id, order);
        self.new.insert(*id);
        if *hand_over {
            let handed = self.hand_over(unit, *id, &new.institution, None, command)?;
            // Everything it needs was set aside just now.
            handed.map_err(|refusal| SqlError::other(format!("hand-over: {}", refusal.code())))?;
            self.purse.spend(unit, &new.vouchers, &deed)?;
        }
        Ok(Ok(()))
    }

    /// What the vouchers that were handed in bear; each that cannot be taken, and why.
    fn borne(
        &mut self,
        unit: &Unit<'_>,
        new: &NewOrder,
        hand_over: bool,
        deed: &Deed<'_>,
    ) -> Result<Points, Vec<Refusal>> {
        let each = self.purse.each(unit.account(deed.account), &new.vouchers, deed.hand());
        let mut borne = borne_by(&each);
        for (serial, why) in each.iter().filter_map(|(one, why)| Some((one, why.as_ref().err()?))) {
            self.purse.suspect(serial, why, deed);
        }
        if let (Ok(_), Some(first), false) = (&borne, new.vouchers.first(), hand_over) {
            borne = Err(vec![refused(first, VoucherRefusal::AtCounter)]);
        }
        borne
    }

    /// Whether a wish can be had, after all that was decided before it; `borne` are points on
    /// vouchers.
    fn answer(&self, unit: &Unit<'_>, wish: &Wished<'_>, borne: Points, today: Day) -> Quote {
        let taken = self.counts.get(&(wish.catalogue.id, wish.item.id.clone()));
        let taken = taken.map_or(0, |count| count.taken);
        let words = &self.rulebook.words;
        let shopper = self.shoppers.shopper(wish, unit.account(wish.account), words, today);
        let free = |good: &str| {
            let shelf = self.shelves.get(wish.institution, good);
            shelf.map_or(0, |shelf| shelf.available(today))
        };
        let facts = shopper.facts(today, words, taken, &free);
        let redeemable = facts.redeemable.saturating_add(borne);
        wish.quote(&shopper, &Facts { redeemable, ..facts })
    }

    /// Sets goods aside and remembers that they were ordered.
    fn set_aside(
        &mut self,
        wish: &Wished<'_>,
        lines: &[Line],
        points: Points,
        today: Day,
    ) -> Result<(), SqlError> {
        for line in lines.iter().filter(|line| line.pieces > 0) {
            let shelf = self.shelves.change(wish.institution, &line.name)?;
            shelf
                .reserve(line.pieces, today)
                .map_err(|error| SqlError::other(error.to_string()))?;
        }
        let sets = wish.sets;
        self.count(wish.catalogue.id, &wish.item.id, |taken| taken.saturating_add(sets));
        let past = Past {
            provider: wish.catalogue.provider.clone(),
            item: wish.item.id.clone(),
            day: today,
            sets,
            points,
        };
        self.shoppers.remember(wish.account, past);
        Ok(())
    }
}
