//! What the invented people can have for their points: institutions, catalogues in force, full
//! shelves, and the orders of some of them.

use std::collections::BTreeMap;

use kangji_core::{
    Day, DayRange, Fen, Moment,
    ids::{CatalogueId, HolderId, OfficerId, OrderId},
};
use kangji_redemption::{Level, Signature, cost::Source, order::NewOrder, price::bill};
use kangji_rights::{Action, Cover, Permit};
use kangji_rules::{
    document::{item_text, read_items},
    scheme::{Item, Price, Scheme},
};
use kangji_store::{
    Fact, Institution, NewCatalogue, OrderAct, OrderCommand, Receipt, Step, Store, new_id,
};

use super::district::{District, Known};
use crate::problem::{Code, Problem};

/// Institutions of a district that hand something over.
const INSTITUTIONS: usize = 3;
/// People of a district who have ordered something.
const BUYERS: usize = 60;

/// What a health centre of the city offers on its own, since the city's scheme lists nothing (S9).
const OWN: &str = r#"
[[item]]
id = "teeth-cleaning"
name = "洁牙一次"
points = 60
service = true
limit = [{ times = 1, per = "year" }]
signed = true

[[item]]
id = "blood-pressure-monitor"
name = "电子血压计"
points = 200
quantity = 50
limit = [{ times = 1, per = "life" }]
when = { groups = { any = ["hypertension"] } }

[[item]]
id = "pillbox"
name = "七天药盒"
points = 20

[[item]]
id = "elderly-foot-care"
name = "足部护理一次"
points = 80
service = true
when = { age = { min = 65 } }
"#;

/// The codes of the institutions with the most records, the busiest first.
pub(super) fn busiest(known: &Known) -> Vec<String> {
    let mut records: BTreeMap<&str, usize> = BTreeMap::new();
    for fact in &known.facts {
        if let Fact::Record(record) = fact {
            *records.entry(&record.org).or_default() += 1;
        }
    }
    let mut busiest: Vec<(usize, &str)> =
        records.into_iter().map(|(org, records)| (records, org)).collect();
    busiest.sort_unstable_by(|one, other| other.cmp(one));
    busiest.into_iter().take(INSTITUTIONS).map(|(_, code)| code.to_owned()).collect()
}

/// Opens the shops of a district; `officers` answer for it.
///
/// # Errors
/// Where the database fails.
pub(super) fn open(
    store: &Store,
    district: &District,
    known: &Known,
    officers: &[OfficerId],
    now: Moment,
) -> Result<(), Problem> {
    let [proposer, reviewer] = officers else { return Err(Code::Internal.into()) };
    let schemes = store.schemes()?;
    let versions = schemes.iter().filter_map(|versions| versions.last());
    let scheme = versions.into_iter().find(|scheme| scheme.division.includes(district.area()));
    let scheme = scheme.ok_or(Code::Internal)?;
    let places = institutions(store, district, known, now)?;
    let Some(centre) = places.first() else { return Ok(()) };
    let words = store.words();
    let (provider, content) = if scheme.items.is_empty() {
        (Some(centre.clone()), OWN.to_owned())
    } else {
        (None, scheme.items.iter().map(|item| item_text(item, scheme, words)).collect())
    };
    let (items, _) = read_items(&content, "兑换目录", scheme, words);
    let by = (*proposer, *reviewer);
    let catalogue = file(store, district, (scheme, provider, content), by, now)?;
    stock(store, &places, &items, *proposer, now)?;
    let asked = Asked { scheme, catalogue, items: &items, places: &places };
    orders(store, known, &asked, now)
}

pub(super) fn everywhere(action: Action) -> Result<Permit, Problem> {
    let cover = Cover::Area { area: kangji_core::DivisionPrefix::EVERYWHERE, institution: None };
    Permit::covering(action, vec![cover]).ok_or_else(|| Code::Internal.into())
}

/// Registers the busiest institutions; their codes.
fn institutions(
    store: &Store,
    district: &District,
    known: &Known,
    now: Moment,
) -> Result<Vec<String>, Problem> {
    let codes = busiest(known);
    let permit = everywhere(Action::InstitutionsWrite)?;
    for (number, code) in (1..).zip(&codes) {
        let institution = Institution {
            code: code.clone(),
            name: format!("{}第{number}社区卫生服务中心（虚构）", district.name),
            level: Level::Institution,
            area: district.area(),
            address: format!("{}演示路 {number} 号", district.name),
            phone: format!("160-0000-000{number}"),
            hours: "周一到周五 8:30—17:00".to_owned(),
            changed_at: now,
            closed_at: None,
        };
        store.put_institution(&permit, institution).wait()?;
    }
    Ok(codes)
}

/// Puts a catalogue into force.
fn file(
    store: &Store,
    district: &District,
    (scheme, provider, content): (&Scheme, Option<String>, String),
    (proposer, reviewer): (OfficerId, OfficerId),
    now: Moment,
) -> Result<CatalogueId, Problem> {
    let today = now.day();
    let id = CatalogueId::from_bytes(new_id(now));
    let new = NewCatalogue {
        id,
        scheme: scheme.id.clone(),
        provider,
        area: None,
        days: DayRange { from: Day::new(today.year(), 1, 1).unwrap_or(today), to: Day::LAST },
        content,
        by: proposer,
    };
    let proposed = store.propose_catalogue(&everywhere(Action::CataloguesPropose)?, new, now);
    proposed.wait()?.map_err(|_| Code::Internal)?;
    let permit = everywhere(Action::CataloguesReview)?;
    for (step, name) in [(Step::Review, "审核"), (Step::File, "备案")] {
        let document = format!("{}演示{name}〔{}〕1号", district.name, today.year());
        let signature = Signature { by: reviewer, day: today, document };
        let done = store.decide_catalogue(&permit, id, step, signature, today).wait()?;
        done.ok_or(Code::Internal)?.map_err(|_| Code::Internal)?;
    }
    Ok(id)
}

/// Two batches of every good at every institution.
fn stock(
    store: &Store,
    places: &[String],
    items: &[Item],
    by: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let whole = items.iter().filter(|item| item.price != Price::ByContent);
    let lines = whole.filter_map(|item| bill(item, 1, &[]).ok()).flat_map(|bill| bill.lines);
    let mut goods: Vec<String> =
        lines.filter(|line| line.pieces > 0).map(|line| line.name).collect();
    goods.sort_unstable();
    goods.dedup();
    for (number, (place, good)) in
        (0..).zip(places.iter().flat_map(|place| goods.iter().map(move |good| (place, good))))
    {
        for (batch, source) in [(1, Source::Subsidy), (2, Source::Sponsor)] {
            let receipt = Receipt {
                institution: place.clone(),
                good: good.clone(),
                supplier: "演示供货商（虚构）".to_owned(),
                lot: format!("演示{number:03}-{batch}"),
                certificate: format!("合格证{number:03}-{batch}"),
                expires_on: Some(now.day().plus_days(i64::from(batch) * 200)),
                pieces: 12 + number % 7 * 6,
                piece: Fen(i64::from(300 + number % 9 * 150)),
                source,
            };
            let received = store.receive_goods(receipt, *by.bytes(), now).wait()?;
            received.map_err(|_| Code::Internal)?;
        }
    }
    Ok(())
}

/// What the people of a district can ask for.
struct Asked<'a> {
    scheme: &'a Scheme,
    catalogue: CatalogueId,
    items: &'a [Item],
    places: &'a [String],
}

/// Some people have ordered something they can afford; every fourth has not fetched it yet.
fn orders(store: &Store, known: &Known, asked: &Asked<'_>, now: Moment) -> Result<(), Problem> {
    let Asked { scheme, catalogue, items, places } = asked;
    let mut placed = 0;
    let mut dice = (0_usize..).map(|turn| turn * 7 + 3);
    for fact in known.residents.iter().rev() {
        if placed >= BUYERS {
            break;
        }
        let Some(person) = store.holder(&fact.code)? else { continue };
        let account = store.account(kangji_ledger::account_of(person, &scheme.id))?;
        let Some(account) = account else { continue };
        let free = account.redeemable(now.day());
        let affordable =
            items.iter().filter(|item| matches!(item.price, Price::Points(price) if price <= free));
        let affordable: Vec<&Item> = affordable.collect();
        let turn = dice.next().unwrap_or_default();
        let Some(item) = affordable.get(turn % affordable.len().max(1)) else { continue };
        let Some(place) = places.get(turn % places.len().max(1)) else { continue };
        let hand_over = placed % 4 > 0;
        let command = place_order(person, *catalogue, (item, place), hand_over, now);
        // What cannot be had is left.
        if let Ok(told) = store.order(command).wait()? {
            placed += 1;
            if hand_over && placed % 3 == 0 {
                let order = told.id.parse().map_err(|_| Code::Internal)?;
                let act = OrderAct::Rate { order, stars: if placed % 2 == 0 { 5 } else { 4 } };
                let _ = store.order(OrderCommand { act, by: Some(*person.bytes()), now }).wait()?;
            }
        }
    }
    Ok(())
}

fn place_order(
    person: HolderId,
    catalogue: CatalogueId,
    (item, place): (&Item, &str),
    hand_over: bool,
    now: Moment,
) -> OrderCommand {
    let id = new_id(now);
    let code = id.iter().rev().take(4).fold(0_u32, |code, byte| code * 251 + u32::from(*byte));
    let new = NewOrder {
        vouchers: Vec::new(),
        catalogue,
        item: item.id.clone(),
        sets: 1,
        chosen: Vec::new(),
        institution: place.to_owned(),
    };
    let (id, code) = (OrderId::from_bytes(id), format!("{:08}", code % 100_000_000));
    let act = OrderAct::Place { id, person, code, new, hand_over, proxy: None };
    OrderCommand { act, by: Some(*person.bytes()), now }
}
