//! A small town with the three published schemes: what tests about records and points begin with.

use kangji_core::{
    Day, DayRange,
    ids::{CatalogueId, HolderId, RecordId},
};
use kangji_ledger::account_of;
use kangji_store::{AttributeValue, Entered, Fact, RecordFact, ResidentFact, Step};
use serde_json::{Value, json};

use crate::{
    cases, counter, deductions, drafts, opinions, pools, sanctions, simulations, statements, stock,
    support::{Answer, COMMUNITY, Caller, Server},
    village, vouchers,
};

const SCHEMES: [&str; 3] = [
    include_str!("../../../../schemes/panzhihua-xiqu.md"),
    include_str!("../../../../schemes/tonghui.md"),
    include_str!("../../../../schemes/shenzhen.md"),
];

pub(crate) const ALWAYS: DayRange = DayRange { from: Day::FIRST, to: Day::LAST };

/// Everything that names an illness to who need not know it.
pub(crate) const SECRETS: [&str; 6] =
    ["精神", "结核", "smi-", "smi.", "tb-completed", "tb.completed"];

impl Server {
    pub(crate) async fn publish(&self) {
        let now = self.app.now();
        let publish = move |app: &kangji_server::app::App| {
            for scheme in SCHEMES {
                assert_eq!(app.store().publish(scheme, now).wait()?, Ok(true));
            }
            Ok(())
        };
        self.app.blocking(publish).await.unwrap();
    }

    /// Registers a resident of the callers' district.
    pub(crate) async fn villager(&self, code: &str) -> HolderId {
        self.resident_with(person(code, COMMUNITY, 1950)).await
    }

    pub(crate) async fn resident_with(&self, resident: ResidentFact) -> HolderId {
        let code = resident.code.clone();
        self.enter(vec![Fact::Resident(resident)]).await;
        let holder = self.app.blocking(move |app| Ok(app.store().holder(&code)?)).await;
        holder.unwrap().unwrap()
    }

    /// Writes facts and posts what they bring.
    pub(crate) async fn enter(&self, facts: Vec<Fact>) {
        let entered = Entered { now: self.app.now(), reason: None };
        let write =
            move |app: &kangji_server::app::App| Ok(app.store().record(facts, entered).wait()?);
        self.app.blocking(write).await.unwrap();
    }

    pub(crate) async fn upload(&self, caller: &Caller, body: Value) -> Answer {
        self.send(caller, "POST", "/api/v1/records", Some(body)).await
    }

    /// Uploads one record that must be taken, and gives its id.
    pub(crate) async fn uploaded(&self, caller: &Caller, body: Value) -> RecordId {
        let answer = self.upload(caller, body).await;
        let id = answer.json()["items"][0]["id"].as_str().map(ToOwned::to_owned);
        id.unwrap_or_else(|| panic!("{answer:?}")).parse().unwrap()
    }
}

pub(crate) fn person(code: &str, community: &str, born: u32) -> ResidentFact {
    ResidentFact {
        code: code.to_owned(),
        birth_date: Day::new(born, 2, 3),
        sex: None,
        communities: vec![(community.to_owned(), ALWAYS)],
        guardians: Vec::new(),
        groups: vec![("smi".to_owned(), ALWAYS)],
    }
}

pub(crate) fn record(code: &str, resident: &str, kind: &str, day: &str) -> Value {
    json!({"code": code, "resident": resident, "kind": kind, "date": day})
}

pub(crate) fn record_fact(code: &str, resident: &str, kind: &str, day: &str) -> Fact {
    Fact::Record(RecordFact {
        code: code.to_owned(),
        resident: resident.to_owned(),
        kind: kind.to_owned(),
        day: day.parse().unwrap(),
        org: String::new(),
        worker: String::new(),
        void: false,
        attributes: vec![("complete".to_owned(), AttributeValue::Bool(true))],
    })
}

/// An answer to be kept, with `[id]` for every id.
pub(crate) fn kept(answer: &Answer) -> String {
    let text = serde_json::to_string_pretty(&answer.json()).unwrap();
    let mut kept = String::new();
    for piece in text.split_inclusive('"') {
        let id = piece.strip_suffix('"').filter(|id| id.parse::<HolderId>().is_ok());
        kept.push_str(id.map_or(piece, |_| "[id]\""));
    }
    kept
}

/// What addresses with ids in them are asked for.
pub(crate) struct Stage {
    resident: HolderId,
    records: [RecordId; 2],
    waiting: RecordId,
    opinion: String,
    catalogues: [CatalogueId; 3],
    batch: String,
    filed_catalogue: String,
    orders: [String; 3],
    shop: deductions::Staged,
    statements: [String; 4],
    case: String,
    pool: [String; 2],
    sanction: String,
    vouchers: vouchers::Staged,
    drafts: drafts::Staged,
    tasks: [String; 2],
    village: village::Staged,
}

impl Stage {
    pub(crate) async fn new(server: &Server) -> Self {
        server.publish().await;
        let resident = server.villager("generated-stage").await;
        let nurse = server.staff("stage-nurse", &[("nurse", "510403")]).await;
        let row = |code| record(code, "generated-stage", "lecture.attended", "2026-07-15");
        let first = server.uploaded(&nurse, row("stage-1")).await;
        let second = server.uploaded(&nurse, row("stage-2")).await;
        let mut waiting = row("stage-5");
        waiting["kind"] = json!("selfmonitoring.verified");
        let waiting = server.uploaded(&nurse, waiting).await;
        let opinion = opinions::given(server, resident, json!({"text": "漏记了讲座"})).await;
        server.open_institutions().await;
        let mut catalogues = Vec::new();
        for _ in 0..3 {
            let content = "[[item]]\nid = \"soap\"\nname = \"香皂\"\npoints = 20\n".to_owned();
            catalogues.push(server.propose_catalogue("panzhihua-xiqu", None, content).await);
        }
        let catalogues: [CatalogueId; 3] = catalogues.try_into().unwrap();
        server.step(catalogues[1], Step::Review, "区卫审〔2026〕1号").await;
        let batch = stock::received(server).await;
        let (filed_catalogue, orders) = counter::staged(server, resident).await;
        let statements = statements::staged(server).await;
        let case = cases::staged(server).await;
        let pool = pools::staged(server, resident).await;
        let sanction = sanctions::staged(server).await;
        let vouchers = vouchers::Staged::new(server, &nurse).await;
        let tasks = simulations::staged(server).await;
        Self {
            resident,
            records: [first, second],
            waiting,
            opinion,
            catalogues,
            batch,
            filed_catalogue,
            orders,
            shop: deductions::staged(server).await,
            statements,
            case,
            pool,
            sanction,
            vouchers,
            drafts: drafts::Staged::new(server).await,
            tasks,
            village: village::Staged::new(server).await,
        }
    }

    /// A body with the ids of what is there.
    pub(crate) fn fill_body(&self, body: &Value) -> Value {
        match body {
            Value::Object(_) => serde_json::from_str(&self.fill(&body.to_string())).unwrap(),
            body => body.clone(),
        }
    }

    /// An address with the ids of what is there.
    pub(crate) fn fill(&self, address: &str) -> String {
        let address = self.village.fill(&self.drafts.fill(address));
        self.vouchers
            .fill(&address)
            .replace("{waiting_record}", &self.waiting.to_string())
            .replace("{opinion}", &self.opinion)
            .replace("{reviewed_catalogue}", &self.catalogues[1].to_string())
            .replace("{second_catalogue}", &self.catalogues[2].to_string())
            .replace("{filed_catalogue}", &self.filed_catalogue)
            .replace("{catalogue}", &self.catalogues[0].to_string())
            .replace("{statement}", &self.statements[0])
            .replace("{objected}", &self.statements[1])
            .replace("{confirmed}", &self.statements[2])
            .replace("{reviewed}", &self.statements[3])
            .replace("{case}", &self.case)
            .replace("{sanction}", &self.sanction)
            .replace("{own_task}", &self.tasks[0])
            .replace("{task}", &self.tasks[1])
            .replace("{pool}", &self.pool[0])
            .replace("{list}", &self.pool[1])
            .replace("{batch}", &self.batch)
            .replace("{agreement}", &self.shop.agreements[0])
            .replace("{second_agreement}", &self.shop.agreements[1])
            .replace("{deduction}", &self.shop.deduction)
            .replace("{order}", &self.orders[0])
            .replace("{second_order}", &self.orders[1])
            .replace("{order_handed_over}", &self.orders[2])
            .replace("{account}", &account_of(self.resident, "panzhihua-xiqu").to_string())
            .replace("{resident}", &self.resident.to_string())
            .replace("{record}", &self.records[0].to_string())
            .replace("{second_record}", &self.records[1].to_string())
    }
}
