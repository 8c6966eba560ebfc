//! The district: its people and their year of records, clinics with stock and a catalogue, shops
//! with agreements.

use std::collections::{BTreeMap, HashMap, VecDeque};

use kangji_core::{
    Day, DayRange, DivisionPrefix, Fen, Moment,
    ids::{CatalogueId, HolderId, OfficerId},
    vocabulary::Vocabulary,
};
use kangji_redemption::{Level, Signature, cost, voucher::Serial};
use kangji_rights::{Action, Cover, Permit};
use kangji_rules::scheme::{Item, Price};
use kangji_store::{
    Entered, Fact, Institution, Location, NewCatalogue, Receipt, Step, Store,
    jobs::{ExpiryTerms, run_jobs},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    diary::Diary,
    support::{noon, population},
};

/// The scheme.
pub(crate) const SCHEME: &str = "panzhihua-xiqu";
const DOCUMENT: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");
const DIVISION: &str = "510403";
const CLINICS: usize = 12;
const SHOPS: usize = 20;
const CATALOGUE: CatalogueId = CatalogueId::from_bytes([7; 16]);
/// Who does what one person does.
pub(crate) const FIRST: [u8; 16] = [1; 16];
/// Who does what takes a second person.
pub(crate) const SECOND: [u8; 16] = [2; 16];

/// A district in its year.
pub(crate) struct District {
    pub(crate) store: Store,
    pub(crate) dice: ChaCha8Rng,
    /// The facts of each month, from 1; those of no month come first.
    pub(crate) months: BTreeMap<u32, Vec<Fact>>,
    pub(crate) people: Vec<HolderId>,
    pub(crate) clinics: Vec<String>,
    pub(crate) shops: Vec<String>,
    pub(crate) items: Vec<Item>,
    /// Vouchers in the clinics' stock.
    pub(crate) blank: HashMap<String, VecDeque<Serial>>,
    pub(crate) diary: Diary,
}

/// A permit for the whole country.
pub(crate) fn everywhere(action: Action) -> Permit {
    let cover = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    Permit::covering(action, vec![cover]).unwrap()
}

fn month_of(fact: &Fact) -> u32 {
    let in_year = |day: Day| match day.year() {
        2026 => day.month(),
        year if year < 2026 => 1,
        _ => 12,
    };
    match fact {
        Fact::Record(record) => in_year(record.day),
        Fact::Confirmation { day, .. } => in_year(*day),
        Fact::Sanction { days, .. } => in_year(days.from),
        Fact::Resident(_) | Fact::Metric { .. } => 1,
    }
}

impl District {
    /// Opens the district on New Year's Day.
    pub(crate) fn open(location: &Location, people: u32) -> Self {
        let now = noon("2026-01-01");
        Store::migrate(location, now).unwrap();
        let store = Store::open(location, Vocabulary::national()).unwrap();
        assert_eq!(store.publish(DOCUMENT, now).wait().unwrap(), Ok(true));
        let facts = population(people, 7, DIVISION);
        let mut codes = Vec::new();
        let mut months: BTreeMap<u32, Vec<Fact>> = BTreeMap::new();
        for fact in facts {
            if let Fact::Resident(resident) = &fact {
                codes.push(resident.code.clone());
            }
            months.entry(month_of(&fact)).or_default().push(fact);
        }
        let names = |word: &str, many: usize| -> Vec<String> {
            (1..=many).map(|number| format!("{word}-{number:02}")).collect()
        };
        let (clinics, shops) = (names("clinic", CLINICS), names("shop", SHOPS));
        let mut district = Self {
            store,
            dice: ChaCha8Rng::seed_from_u64(7),
            months,
            people: Vec::new(),
            clinics,
            shops,
            items: Vec::new(),
            blank: HashMap::new(),
            diary: Diary::default(),
        };
        district.open_institutions(now);
        district.offer(now);
        district.sign_agreements(now);
        district.enter(1, now);
        let id = |code: &String| district.store.holder(code).unwrap();
        district.people = codes.iter().filter_map(id).collect();
        district
    }

    fn open_institutions(&self, now: Moment) {
        let permit = everywhere(Action::InstitutionsWrite);
        let levels = [(&self.clinics, Level::Institution), (&self.shops, Level::Shop)];
        for (code, level) in
            levels.iter().flat_map(|(codes, level)| codes.iter().map(move |code| (code, *level)))
        {
            let institution = Institution {
                code: code.clone(),
                name: code.clone(),
                level,
                area: DivisionPrefix::parse(DIVISION).unwrap(),
                address: String::new(),
                phone: String::new(),
                hours: String::new(),
                changed_at: now,
                closed_at: None,
            };
            assert!(self.store.put_institution(&permit, institution).wait().unwrap());
        }
    }

    /// The scheme's own catalogue comes into force, and every clinic has its goods.
    fn offer(&mut self, now: Moment) {
        let scheme = self.store.scheme_on(SCHEME, now.day()).unwrap().unwrap();
        let content: Vec<String> = scheme
            .items
            .iter()
            .map(|item| kangji_rules::document::item_text(item, &scheme, &Vocabulary::national()))
            .collect();
        let new = NewCatalogue {
            id: CATALOGUE,
            scheme: SCHEME.to_owned(),
            provider: None,
            area: None,
            days: DayRange::ALWAYS,
            content: content.join("\n"),
            by: OfficerId::from_bytes(FIRST),
        };
        let permit = everywhere(Action::CataloguesPropose);
        self.store.propose_catalogue(&permit, new, now).wait().unwrap().unwrap();
        for step in [Step::Review, Step::File] {
            let permit = everywhere(Action::CataloguesReview);
            let signature = signed(now);
            let day = now.day();
            let done = self.store.decide_catalogue(&permit, CATALOGUE, step, signature, day);
            assert_eq!(done.wait().unwrap(), Some(Ok(())));
        }
        self.items = scheme
            .items
            .into_iter()
            .filter(|item| matches!(item.price, Price::Points(_)))
            .collect();
        self.restock(now, 2_000);
    }

    /// Goods come to every clinic.
    pub(crate) fn restock(&mut self, now: Moment, pieces: u32) {
        let goods: std::collections::BTreeSet<&str> = self
            .items
            .iter()
            .flat_map(|item| &item.contents)
            .filter(|content| content.pieces > 0)
            .map(|content| content.name.as_str())
            .collect();
        let mut waiting = Vec::new();
        for clinic in &self.clinics {
            for good in &goods {
                let receipt = Receipt {
                    institution: clinic.clone(),
                    good: (*good).to_owned(),
                    supplier: "虚构供应商".to_owned(),
                    lot: "1".to_owned(),
                    certificate: "1".to_owned(),
                    expires_on: None,
                    pieces,
                    piece: Fen(150),
                    source: cost::Source::Subsidy,
                };
                waiting.push(self.store.receive_goods(receipt, FIRST, now));
            }
        }
        for one in waiting {
            one.wait().unwrap().unwrap();
        }
    }

    /// The facts of a month become known, and what they bring is posted.
    pub(crate) fn enter(&mut self, month: u32, now: Moment) {
        let entered = Entered { now, reason: None };
        let facts = self.months.remove(&month).unwrap_or_default();
        let batches: Vec<_> =
            facts.chunks(2_000).map(|some| self.store.enter(some.to_vec(), entered)).collect();
        for batch in batches {
            batch.wait().unwrap();
        }
        while self.store.post_some(500, now.day(), entered).wait().unwrap().0 > 0 {}
        self.diary.facts.extend(facts.into_iter().filter(|fact| matches!(fact, Fact::Record(_))));
    }

    /// What happens by itself on a day.
    pub(crate) fn jobs(&self, day: &str) {
        let terms = ExpiryTerms::of_schemes(&self.store.schemes().unwrap());
        let runs = run_jobs(&self.store, noon(day), &terms, None).unwrap();
        assert!(runs.iter().all(|run| run.failed.is_empty()), "{runs:?}");
    }
}

/// A second person's signature.
pub(crate) fn signed(now: Moment) -> Signature {
    let by = OfficerId::from_bytes(SECOND);
    Signature { by, day: now.day(), document: "测1号".to_owned() }
}
