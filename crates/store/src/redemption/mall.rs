//! What somebody can have at an institution, and what is in the way of the rest.

use std::collections::{BTreeSet, HashMap};

use kangji_core::{
    Day, Decimals, Points,
    ids::{AccountId, CatalogueId, HolderId},
};
use kangji_ledger::{Account, account_of};
use kangji_redemption::{
    Facts, Level, Quote, Refusal, Shelf, WrongChoice, benefit, catalogue::discouraged,
    order::NewOrder, voucher::Serial,
};
use kangji_rules::scheme::{Benefit, Item, Price, Scheme};

use super::{
    catalogues::Catalogues,
    ordering::place::{Wished, borne_by, too_much},
    shelves::shelf_from,
    shopping::Shoppers,
};
use crate::{
    ledger::rows::{self, natural},
    post::rulebook::Rulebook,
    schema::{ACCOUNTS, ITEM_COUNTS, SHELVES},
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
    vouchers::purse::{Hand, Purse},
};

/// Something on offer, for somebody at an institution.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The catalogue that offers it.
    pub catalogue: CatalogueId,
    /// Who provides it; `None` for the scheme's own catalogue.
    pub provider: Option<String>,
    /// At which level.
    pub level: Level,
    /// The item.
    pub item: Item,
    /// The answer to a wish for one set; of an item that is priced by content nothing is chosen
    /// yet, which is no refusal.
    pub quote: Quote,
    /// Whether the scheme discourages what it is made of (T3).
    pub discouraged: bool,
}

/// What a scheme's points can bring somebody at an institution.
#[derive(Clone, Debug)]
pub struct Counter {
    /// The scheme.
    pub scheme: String,
    /// The scheme's title.
    pub title: String,
    /// Its decimal places.
    pub decimals: Decimals,
    /// All points ever earned and not taken back (S7).
    pub total: Points,
    /// What can be redeemed.
    pub redeemable: Points,
    /// What paper vouchers bear besides, those that are lost included.
    pub on_vouchers: Points,
    /// What is on offer: what can be had first, then what only points are missing for, the nearest
    /// first, then the rest.
    pub offers: Vec<Offered>,
    /// What the total brings, with what is missing (S8).
    pub benefits: Vec<(Benefit, Points)>,
}

/// The answer to a wish.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// What it costs, and what is in the way: vouchers that cannot be taken come first.
    pub quote: Quote,
    /// The scheme.
    pub scheme: String,
    /// The decimal places of its points.
    pub decimals: Decimals,
    /// What the vouchers bear that can be taken.
    pub vouchers: Vec<(Serial, Points)>,
}

impl Store {
    /// What somebody can have at an institution, scheme by scheme; schemes under which they have
    /// no points and nothing is on offer are left out.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn counters(
        &self,
        person: HolderId,
        institution: &str,
        today: Day,
    ) -> Result<Vec<Counter>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let catalogues = self.offers().current(&mut connection, &rulebook)?;
        let asked = asked(&catalogues, institution, today);
        let wishes =
            asked.iter().filter_map(|new| Wished::new(&rulebook, &catalogues, person, new, today));
        let wishes: Vec<Wished<'_>> = wishes.collect();
        let window = Window::load(&mut connection, &rulebook, &wishes, person, today)?;
        let mut counters: Vec<Counter> = window.counters(&rulebook, today);
        for wish in &wishes {
            let offered = window.offered(&rulebook, wish, today);
            // What is for people of another place is nothing to them.
            if offered.quote.refusals.contains(&Refusal::NotHere) {
                continue;
            }
            let its = counters.iter_mut().find(|counter| counter.scheme == wish.scheme.id);
            its.into_iter().for_each(|counter| counter.offers.push(offered.clone()));
        }
        connection.rollback();
        for counter in &mut counters {
            counter.offers.sort_by_key(rank);
        }
        counters.retain(|one| !one.offers.is_empty() || one.total > Points::ZERO);
        Ok(counters)
    }

    /// The answer to a wish, vouchers that are handed in for it counted; `None` where no catalogue
    /// in force offers it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn quote(
        &self,
        person: HolderId,
        new: &NewOrder,
        today: Day,
    ) -> Result<Option<Quoted>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let catalogues = self.offers().current(&mut connection, &rulebook)?;
        let wish = Wished::new(&rulebook, &catalogues, person, new, today);
        let found = match wish {
            None => None,
            Some(wish) => {
                let wishes = [wish];
                let window = Window::load(&mut connection, &rulebook, &wishes, person, today)?;
                let purse = Purse::read(&mut connection, &new.vouchers)?;
                let [wish] = wishes;
                Some(window.with_vouchers(&rulebook, &wish, (&purse, &new.vouchers), today))
            }
        };
        connection.rollback();
        Ok(found)
    }
}

/// One set of everything on offer.
fn asked(catalogues: &Catalogues, institution: &str, today: Day) -> Vec<NewOrder> {
    let items = catalogues.in_force(today).flat_map(|one| {
        let here = one.items.iter().filter(|item| one.hands_over(item, institution));
        here.map(|item| (one.id, item.id.clone()))
    });
    let new = |(catalogue, item)| {
        let (chosen, institution) = (Vec::new(), institution.to_owned());
        NewOrder { catalogue, item, sets: 1, chosen, institution, vouchers: Vec::new() }
    };
    items.map(new).collect()
}

/// What can be had comes first, then what only points are missing for.
fn rank(offered: &Offered) -> (u8, Points) {
    let missing = offered.quote.refusals.iter().filter_map(Refusal::missing).max();
    match (offered.quote.refusals.is_empty(), offered.quote.needs_only_points()) {
        (true, _) => (0, Points::ZERO),
        (false, true) => (1, missing.unwrap_or_default()),
        (false, false) => (2, Points::ZERO),
    }
}

/// All that the answers to one person's wishes depend on.
struct Window {
    shoppers: Shoppers,
    person: HolderId,
    accounts: HashMap<AccountId, Account>,
    shelves: HashMap<String, Shelf>,
    counts: HashMap<(CatalogueId, String), u32>,
}

impl Window {
    fn load(
        connection: &mut Connection,
        rulebook: &Rulebook,
        wishes: &[Wished<'_>],
        person: HolderId,
        today: Day,
    ) -> Result<Self, SqlError> {
        let shoppers = Shoppers::load(connection, wishes, today)?;
        let schemes = rulebook.programs.iter().map(|program| program.scheme_id());
        let ids: Vec<AccountId> = schemes.map(|scheme| account_of(person, scheme)).collect();
        let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::from(id.bytes())).collect();
        let mut accounts = HashMap::new();
        connection.fetch(&ACCOUNTS, 1, &keys, Lock::None, |row| {
            let stored = rows::account(&row)?;
            accounts.insert(stored.account.id, stored.account);
            Ok(())
        })?;
        let places: BTreeSet<&str> = wishes.iter().map(|wish| wish.institution).collect();
        let keys: Vec<Value<'_>> = places.into_iter().map(Value::Text).collect();
        let mut shelves = HashMap::new();
        connection.fetch(&SHELVES, 1, &keys, Lock::None, |row| {
            shelves.insert(row.text(1)?.to_owned(), shelf_from(&row)?);
            Ok(())
        })?;
        let limited = wishes.iter().filter(|wish| wish.item.quantity.is_some());
        let keys = limited
            .flat_map(|wish| [Value::from(wish.catalogue.id.bytes()), Value::Text(&wish.item.id)]);
        let keys: Vec<Value<'_>> = keys.collect();
        let mut counts = HashMap::new();
        connection.fetch(&ITEM_COUNTS, 2, &keys, Lock::None, |row| {
            let place = (CatalogueId::from_bytes(row.array(0)?), row.text(1)?.to_owned());
            counts.insert(place, natural(&row, 2)?);
            Ok(())
        })?;
        Ok(Self { shoppers, person, accounts, shelves, counts })
    }

    /// The answer to a wish for which vouchers are handed in.
    fn with_vouchers(
        &self,
        rulebook: &Rulebook,
        wish: &Wished<'_>,
        (purse, serials): (&Purse, &[Serial]),
        today: Day,
    ) -> Quoted {
        let hand = Hand { person: self.person, scheme: &wish.scheme.id, today };
        let each = purse.each(self.accounts.get(&wish.account), serials, hand);
        let good = |(serial, borne): &(&Serial, Result<Points, _>)| {
            Some(((*serial).clone(), *borne.as_ref().ok()?))
        };
        let vouchers: Vec<(Serial, Points)> = each.iter().filter_map(good).collect();
        let borne =
            vouchers.iter().fold(Points::ZERO, |sum, (_, borne)| sum.saturating_add(*borne));
        let mut quote = self.quote(rulebook, wish, borne, today);
        let refused = borne_by(&each).err().unwrap_or_default();
        quote.refusals.splice(0..0, refused);
        let over = quote.bill.as_ref().and_then(|bill| too_much(serials, borne, bill));
        quote.refusals.extend(over);
        let Scheme { id, decimals, .. } = wish.scheme;
        Quoted { quote, scheme: id.clone(), decimals: *decimals, vouchers }
    }

    /// The answer to a wish; `borne` are points on vouchers.
    fn quote(&self, rulebook: &Rulebook, wish: &Wished<'_>, borne: Points, today: Day) -> Quote {
        let account = self.accounts.get(&wish.account);
        let shopper = self.shoppers.shopper(wish, account, &rulebook.words, today);
        let place = (wish.catalogue.id, wish.item.id.clone());
        let taken = self.counts.get(&place).copied().unwrap_or_default();
        let free = |good: &str| self.shelves.get(good).map_or(0, |shelf| shelf.available(today));
        let facts = shopper.facts(today, &rulebook.words, taken, &free);
        let redeemable = facts.redeemable.saturating_add(borne);
        wish.quote(&shopper, &Facts { redeemable, ..facts })
    }

    fn offered(&self, rulebook: &Rulebook, wish: &Wished<'_>, today: Day) -> Offered {
        let mut quote = self.quote(rulebook, wish, Points::ZERO, today);
        if wish.item.price == Price::ByContent {
            let nothing = Refusal::Choice(WrongChoice::Nothing);
            quote.refusals.retain(|refusal| *refusal != nothing);
            quote.refusals.extend(self.too_dear(wish, today));
        }
        Offered {
            catalogue: wish.catalogue.id,
            provider: wish.catalogue.provider.clone(),
            level: wish.catalogue.level,
            item: wish.item.clone(),
            quote,
            discouraged: !discouraged(std::slice::from_ref(wish.item), wish.scheme).is_empty(),
        }
    }

    /// Of what is chosen by content not even the cheapest thing can be had.
    fn too_dear(&self, wish: &Wished<'_>, today: Day) -> Option<Refusal> {
        let price = wish.item.contents.iter().filter_map(|content| content.points).min()?;
        let account = self.accounts.get(&wish.account);
        let missing = price.left_after(self.shoppers.redeemable(wish, account, today));
        (missing > Points::ZERO).then_some(Refusal::Insufficient { price, missing })
    }

    /// A counter without offers for every scheme.
    fn counters(&self, rulebook: &Rulebook, today: Day) -> Vec<Counter> {
        let schemes = rulebook.programs.iter().filter_map(|program| {
            super::catalogues::scheme_on(rulebook, program.scheme_id(), today)
        });
        let counter = |scheme: &Scheme| {
            let account = self.accounts.get(&account_of(self.person, &scheme.id));
            let total = account.map_or(Points::ZERO, |account| account.total);
            let benefits = benefit::reached(&scheme.benefits, total);
            Counter {
                scheme: scheme.id.clone(),
                title: scheme.title.clone(),
                decimals: scheme.decimals,
                total,
                redeemable: account.map_or(Points::ZERO, |account| account.redeemable(today)),
                on_vouchers: account.map_or(Points::ZERO, Account::on_vouchers),
                offers: Vec::new(),
                benefits: benefits
                    .into_iter()
                    .map(|one| (one.benefit.clone(), one.missing))
                    .collect(),
            }
        };
        schemes.map(counter).collect()
    }
}
