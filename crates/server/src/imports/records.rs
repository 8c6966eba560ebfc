//! Service records from a file. A row without a code of its own gets one of what it says, so that
//! the same row is the same record.

use std::collections::{BTreeMap, HashMap, HashSet};

use kangji_core::{
    identity::{Document, DocumentKind, mask},
    ids::HolderId,
    vocabulary::AttributeType,
};
use kangji_exchange::{Line, cells};
use kangji_ledger::Hash;
use kangji_store::{CheckedService, Manner, Service, Writing};

use super::{
    desk::{Desk, Reader, Rows, said, told},
    fate::{Fate, Judged},
    residents::{content, document, key_of},
};
use crate::{
    problem::Problem,
    records::{Attribute, RecordUpload, refused},
};

/// The rows of records.
pub(super) struct Records;

/// By what a row names the resident.
enum Named {
    Document(Document),
    Code(String),
}

/// What a row says, before it is known whom it is about.
struct Said {
    resident: Named,
    record: RecordUpload,
}

impl Rows for Records {
    fn key(&self, line: &Line<'_>) -> Option<String> {
        if let Some(code) = line.text("code") {
            return Some(code);
        }
        let resident = key_of(line, "document").or_else(|| line.text("resident"))?;
        let rest = ["kind", "date", "org", "worker"].map(|one| line.text(one).unwrap_or_default());
        Some(format!("{resident}\n{}", rest.join("\n")))
    }

    fn about(&self, line: &Line<'_>) -> String {
        let number = line.text("document").map(|number| mask::document(&number));
        let said = ["resident", "kind", "date"].map(|column| line.text(column));
        number.into_iter().chain(said.into_iter().flatten()).collect::<Vec<_>>().join(" ")
    }

    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem> {
        let read: Vec<Result<Said, String>> = lines.iter().map(|line| read(desk, line)).collect();
        let documents = read.iter().flatten().filter_map(|said| match &said.resident {
            Named::Document(document) => Some(document),
            Named::Code(_) => None,
        });
        let owners = desk.owners(documents)?;
        let (mut all, mut services, mut codes) = (Vec::new(), Vec::new(), HashSet::new());
        for (row, said) in read.into_iter().enumerate() {
            match said.and_then(|said| service(desk, &owners, said)) {
                Ok(service) if codes.insert(service.code.clone()) => {
                    services.push((row, service));
                    all.push(Judged::new(Fate::Same));
                }
                Ok(_) => {
                    all.push(Judged::refused("与前面的一行是同一条记录。请加「记录编号」列区分"))
                }
                Err(why) => all.push(Judged::refused(why)),
            }
        }
        let mut put = |row: usize, judged| {
            if let Some(place) = all.get_mut(row) {
                *place = judged;
            }
        };
        let (rows, services): (Vec<usize>, Vec<Service>) = services.into_iter().unzip();
        let checked = check(desk, services.clone())?;
        let mut fresh = Vec::new();
        for ((row, service), checked) in rows.into_iter().zip(services).zip(checked) {
            match checked {
                Ok((checked, judged)) => {
                    if judged.fate != Fate::Same {
                        fresh.push((row, service, checked));
                    }
                    put(row, judged);
                }
                Err(why) => put(row, Judged::refused(why)),
            }
        }
        if apply {
            for (row, why) in written(desk, fresh)? {
                put(row, Judged::refused(why));
            }
        }
        Ok(all)
    }
}

fn read(desk: &Desk<'_>, line: &Line<'_>) -> Result<Said, String> {
    let mut row = Reader::new(line);
    let resident = match row.text("document") {
        Some(_) => document(&mut row, "document", DocumentKind::ResidentCard, desk.today())
            .map(Named::Document),
        None => row.need("resident", |cell| told(cells::code(cell))).map(Named::Code),
    };
    let words = desk.store.words();
    let kind = row.need("kind", |cell| told(cells::kind(words.kinds(), cell)));
    if row.text("date").is_none() {
        row.fault("date", "没有填写。请补上。");
    }
    let date = row.day("date");
    let text = |cell: &str| told(cells::code(cell));
    let [org, worker, code] = ["org", "worker", "code"].map(|column| row.get(column, text));
    let org = org.or_else(|| desk.own_institution().map(ToOwned::to_owned)).unwrap_or_default();
    let attributes = attributes(desk, line, &mut row);
    let said = resident.zip(kind.zip(date)).map(|(resident, (kind, date))| Said {
        resident,
        record: RecordUpload {
            code: code.unwrap_or_default(),
            resident: String::new(),
            kind,
            date: date.to_string(),
            org,
            worker: worker.unwrap_or_default(),
            attributes,
        },
    });
    row.finished(said)
}

fn attributes(
    desk: &Desk<'_>,
    line: &Line<'_>,
    row: &mut Reader<'_>,
) -> BTreeMap<String, Attribute> {
    let mut all = BTreeMap::new();
    let names: Vec<String> = line.sheet().attributes().map(ToOwned::to_owned).collect();
    for name in names {
        let (Some(cell), Some(known)) =
            (line.attribute(&name), desk.store.words().attribute(&name))
        else {
            continue;
        };
        let value = match known.holds {
            AttributeType::Bool(_) => match cells::flag(&cell) {
                Ok(value) => Attribute::Flag(value),
                Err(_) => {
                    row.said(&known.word.label, "请填“是”或“否”。");
                    continue;
                }
            },
            AttributeType::Decimal(_) | AttributeType::Text(_) => Attribute::Text(cell),
        };
        all.insert(name, value);
    }
    all
}

/// A row as a service of the resident it names.
fn service(
    desk: &Desk<'_>,
    owners: &HashMap<Document, HolderId>,
    said: Said,
) -> Result<Service, String> {
    let Said { resident, mut record } = said;
    let unknown = "没有登记过这位居民，或不在您可以登记的范围内。请先导入居民";
    record.resident = match resident {
        Named::Document(document) => owners.get(&document).ok_or(unknown)?.to_string(),
        Named::Code(code) => match code.parse::<HolderId>() {
            Ok(id) => id.to_string(),
            Err(_) => {
                let known = desk.store.holder(&code).map_err(|_| unknown)?;
                known.ok_or(unknown)?.to_string()
            }
        },
    };
    if record.code.is_empty() {
        let RecordUpload { resident, kind, date, org, worker, .. } = &record;
        let parts = [resident, kind, date, org, worker].map(|part| part.as_bytes());
        let [a, b, c, d, e] = parts;
        let hash = Hash::of(&[b"import\n", a, b"\n", b, b"\n", c, b"\n", d, b"\n", e]).to_string();
        record.code = format!("import-{}", hash.chars().take(40).collect::<String>());
    }
    let words = desk.store.words();
    record.service("", words, desk.today()).map_err(|problem| at_column(desk, &problem))
}

/// What is wrong with a record, at the column that says so.
fn at_column(desk: &Desk<'_>, problem: &Problem) -> String {
    let place = problem.place.as_deref().unwrap_or_default();
    let label = match place.strip_prefix("attributes.") {
        Some(name) => desk.store.words().attribute(name).map_or(name, |one| &one.word.label),
        None => kangji_exchange::Form::Records.label(place),
    };
    format!("「{label}」{}", said(problem))
}

/// What a checked record comes to, or why it may not be written.
type Checked = Result<(CheckedService, Judged), String>;

fn check(desk: &Desk<'_>, services: Vec<Service>) -> Result<Vec<Checked>, Problem> {
    let today = desk.today();
    let checked = desk.store.check_services(&desk.permit, desk.care.as_ref(), services, today)?;
    let judged = |checked: CheckedService| {
        let judged = match checked.writing() {
            Writing::New => Judged::new(Fate::New),
            Writing::Corrected => {
                Judged { fate: Fate::Changed, says: "更正已有的记录".to_owned() }
            }
            Writing::Unchanged => Judged::new(Fate::Same),
        };
        (checked, judged)
    };
    let checked = checked.into_iter();
    Ok(checked.map(|one| one.map(judged).map_err(|fault| said(&refused(fault, "")))).collect())
}

/// Writes records; the rows that were refused, and why. What spoils it for all is found by writing
/// one by one.
fn written(
    desk: &Desk<'_>,
    fresh: Vec<(usize, Service, CheckedService)>,
) -> Result<Vec<(usize, String)>, Problem> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let manner = Manner { now: desk.now, reason: None, changes: false };
    let all = fresh.iter().map(|(.., checked)| checked.clone()).collect();
    if desk.store.record_services(all, manner.clone()).wait().is_ok() {
        return Ok(Vec::new());
    }
    let mut refused = Vec::new();
    for (row, service, _) in fresh {
        let why = match check(desk, vec![service])?.pop() {
            Some(Ok((checked, _))) => {
                let written = desk.store.record_services(vec![checked], manner.clone()).wait();
                written.err().map(content).transpose()?.map(|problem| said(&problem))
            }
            Some(Err(why)) => Some(why),
            None => None,
        };
        refused.extend(why.map(|why| (row, why)));
    }
    Ok(refused)
}
