//! Residents from a file: whoever is known by their document is changed, everybody else is
//! registered. What a row leaves empty stays as it is known.

use std::collections::HashMap;

use kangji_core::{
    Day, DayRange, Division,
    identity::{Document, DocumentKind, PersonName, Phone, mask},
    ids::HolderId,
    tables::Sex,
};
use kangji_exchange::{Form, Line, cells};
use kangji_rights::Place;
use kangji_store::{
    DatedText, Entered, KnownResident, Registered, Registration, ResidentFact, new_id,
};

use super::{
    desk::{Desk, Reader, Rows, said, told},
    fate::{Fate, Judged},
};
use crate::{
    people::{self, Identity},
    problem::Problem,
    residents::{facts, homes, identity, opened},
};

/// What is told of somebody outside of what whoever uploads may change.
pub(super) const OUTSIDE: &str = "不在您可以登记的范围内。请由其居住社区的工作人员导入。";

/// The rows of residents.
pub(super) struct Residents;

/// What a row says of a resident.
struct Said {
    name: PersonName,
    document: Document,
    phone: Option<Phone>,
    birth: Option<Day>,
    sex: Option<Sex>,
    community: Option<Division>,
    from: Option<Day>,
    groups: Vec<String>,
    guardian: Option<Document>,
    code: Option<String>,
}

/// What is known of the people that a batch names.
struct Known {
    owners: HashMap<Document, HolderId>,
    residents: HashMap<HolderId, KnownResident>,
}

impl Rows for Residents {
    fn key(&self, line: &Line<'_>) -> Option<String> {
        key_of(line, "document")
    }

    fn about(&self, line: &Line<'_>) -> String {
        let name = line.text("name").map(|name| mask::name(&name));
        let number = line.text("document").map(|number| mask::document(&number));
        name.into_iter().chain(number).collect::<Vec<_>>().join(" ")
    }

    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem> {
        let read: Vec<Result<Said, String>> =
            lines.iter().map(|line| said_of(desk, line)).collect();
        let good = read.iter().flatten();
        let documents = good.flat_map(|said| [Some(&said.document), said.guardian.as_ref()]);
        let owners = desk.owners(documents.flatten())?;
        let ids: Vec<HolderId> = owners.values().copied().collect();
        let residents = desk.store.residents(&ids)?;
        let residents = residents.into_iter().map(|known| (known.id, known)).collect();
        let known = Known { owners, residents };
        let (mut all, mut new) = (Vec::with_capacity(lines.len()), Vec::new());
        for (row, said) in read.into_iter().enumerate() {
            let judged = match said {
                Ok(said) => judged(desk, &known, &said)?,
                Err(why) => Err(why),
            };
            all.push(match judged {
                Ok((judged, registration)) => {
                    new.extend(registration.map(|one| (row, one)));
                    judged
                }
                Err(why) => Judged::refused(why),
            });
        }
        if apply {
            for (row, why) in registered(desk, new)? {
                if let Some(judged) = all.get_mut(row) {
                    *judged = Judged::refused(why);
                }
            }
        }
        Ok(all)
    }
}

/// The number of a document as it is compared within a file.
pub(super) fn key_of(line: &Line<'_>, column: &str) -> Option<String> {
    let number = line.text(column)?;
    cells::document(&number, true).ok()
}

/// Reads the number of a document.
pub(super) fn document(
    row: &mut Reader<'_>,
    column: &str,
    kind: DocumentKind,
    today: Day,
) -> Option<Document> {
    let is_text = row.sheet().is_workbook();
    row.need(column, |cell| {
        let number = told(cells::document(cell, is_text))?;
        Document::parse(kind, &number, today).map_err(|error| error.chinese())
    })
}

fn said_of(desk: &Desk<'_>, line: &Line<'_>) -> Result<Said, String> {
    let mut row = Reader::new(line);
    let name = row
        .need("name", |cell| PersonName::parse(cell).map_err(|error| error.chinese().to_owned()));
    let kind = row.get("document_kind", kind).unwrap_or(DocumentKind::ResidentCard);
    let document = self::document(&mut row, "document", kind, desk.today());
    let phone = row.get("phone", |cell| {
        told(cells::code(cell))?;
        Phone::parse(cell).map_err(|error| error.chinese())
    });
    let birth = row.day("birth_date");
    let sex = row
        .get("sex", |cell| cells::sex(cell).map_err(|_| "请填“男”或“女”，不详则留空。".to_owned()));
    let community = row.get("community", |cell| desk.community(cell));
    let from = row.day("from");
    let words = desk.store.words().groups();
    let groups = row.get("groups", |cell| {
        let names = cell.split([',', ';', '、', ' ']).map(str::trim).filter(|one| !one.is_empty());
        names.map(|name| told(cells::group(words, name))).collect::<Result<Vec<_>, _>>()
    });
    let guardian = match row.text("guardian") {
        Some(_) => self::document(&mut row, "guardian", DocumentKind::ResidentCard, desk.today()),
        None => None,
    };
    let code = row.get("code", |cell| {
        let code = told(cells::code(cell))?;
        facts::code(&code).map_err(|problem| said(&problem))?;
        Ok(code)
    });
    let said = name.zip(document).map(|(name, document)| Said {
        name,
        document,
        phone,
        birth,
        sex,
        community,
        from,
        groups: groups.unwrap_or_default(),
        guardian,
        code,
    });
    row.finished(said)
}

fn kind(cell: &str) -> Result<DocumentKind, String> {
    let usual = match cell {
        "身份证" | "居民身份证" => Some(DocumentKind::ResidentCard),
        _ => {
            DocumentKind::ALL.into_iter().find(|kind| kind.chinese() == cell || kind.code() == cell)
        }
    };
    usual.ok_or_else(|| {
        let names: Vec<&str> = DocumentKind::ALL.iter().map(|kind| kind.chinese()).collect();
        format!("没有这种证件。请填：{}。", names.join("、"))
    })
}

/// What becomes of a row, and the registration it makes; or why it is refused.
type Made = Result<(Judged, Option<Registration>), String>;

fn judged(desk: &Desk<'_>, known: &Known, said: &Said) -> Result<Made, Problem> {
    let owner = known.owners.get(&said.document);
    let before = owner.and_then(|id| known.residents.get(id));
    let guardian = match &said.guardian {
        None => None,
        Some(document) => {
            let id = known.owners.get(document);
            let Some(guardian) = id.and_then(|id| known.residents.get(id)) else {
                return Ok(Err("没有登记过这位监护人。请先导入监护人，再导入这一行".to_owned()));
            };
            Some(guardian.fact.code.clone())
        }
    };
    match before {
        Some(before) => changed(desk, before, said, guardian),
        None if owner.is_some() => Ok(Err(OUTSIDE.to_owned())),
        None => added(desk, said, guardian),
    }
}

fn added(desk: &Desk<'_>, said: &Said, guardian: Option<String>) -> Result<Made, Problem> {
    let today = desk.today();
    let agreed = identity::agreeing(Some(&said.document), said.birth, said.sex, today);
    let (birth_date, sex) = match agreed {
        Ok(agreed) => agreed,
        Err(problem) => return Ok(Err(at_column(&problem))),
    };
    let Some(community) = said.community else {
        return Ok(Err("「区划代码」没有填写。新登记的居民请填居住社区的 12 位代码".to_owned()));
    };
    let known = said.code.as_deref().map(|code| desk.store.holder(code)).transpose()?.flatten();
    let id = known.unwrap_or_else(|| HolderId::from_bytes(new_id(desk.now)));
    let since = |from: Day| DayRange { from, to: Day::LAST };
    let fact = ResidentFact {
        code: said.code.clone().unwrap_or_else(|| id.to_string()),
        birth_date,
        sex,
        communities: vec![(community.to_string(), since(said.from.unwrap_or(Day::FIRST)))],
        guardians: guardian.into_iter().map(|code| (code, since(Day::FIRST))).collect(),
        groups: said
            .groups
            .iter()
            .map(|one| (one.clone(), since(said.from.unwrap_or(today))))
            .collect(),
    };
    if let Err(why) = possible(desk, id, &fact, None) {
        return Ok(Err(why));
    }
    if !desk.permit.allows(Place { person: None, communities: &[community], institution: None }) {
        return Ok(Err(OUTSIDE.to_owned()));
    }
    let identity = Identity {
        name: Some(said.name.clone()),
        document: Some(said.document.clone()),
        phone: said.phone.clone(),
    };
    let before = known.map(|id| desk.store.person(id)).transpose()?.flatten();
    let sealed = people::seal(desk.app.keys(), id, &identity, before.as_ref(), desk.now)?;
    let registration = Registration {
        fact,
        person: sealed.person,
        keys: sealed.tags,
        document: sealed.document,
        instead_of: None,
    };
    Ok(Ok((Judged::new(Fate::New), Some(registration))))
}

fn changed(
    desk: &Desk<'_>,
    before: &KnownResident,
    said: &Said,
    guardian: Option<String>,
) -> Result<Made, Problem> {
    let today = desk.today();
    let own = homes(&before.fact, today);
    if !desk.permit.allows(Place { person: Some(before.id), communities: &own, institution: None })
    {
        return Ok(Err(OUTSIDE.to_owned()));
    }
    if said.code.as_ref().is_some_and(|code| *code != before.fact.code) {
        return Ok(Err("「居民编号」与已登记的不同。编号登记后不能改，请核对".to_owned()));
    }
    let (birth, sex) = match identity::agreeing(Some(&said.document), said.birth, said.sex, today) {
        Ok(agreed) => agreed,
        Err(problem) => return Ok(Err(at_column(&problem))),
    };
    let mut identity = opened(desk.app, before)?.identity(today)?;
    let named = identity.name.as_ref().is_some_and(|name| name.full() == said.name.full());
    let called = said.phone.as_ref().is_none_or(|phone| {
        identity.phone.as_ref().is_some_and(|known| known.number() == phone.number())
    });
    identity.name = Some(said.name.clone());
    identity.phone = said.phone.clone().or(identity.phone);
    let mut fact = before.fact.clone();
    fact.birth_date = birth.or(fact.birth_date);
    fact.sex = sex.or(fact.sex);
    let from = said.from.unwrap_or(today);
    if let Some(community) = said.community {
        moved(&mut fact.communities, &community.to_string(), from, today);
    }
    if let Some(guardian) = guardian {
        moved(&mut fact.guardians, &guardian, from, today);
    }
    for group in &said.groups {
        if !fact.groups.iter().any(|(one, days)| one == group && days.contains(today)) {
            fact.groups.push((group.clone(), DayRange { from, to: Day::LAST }));
        }
    }
    let what = [
        ("姓名", !named),
        ("电话", !called),
        ("出生日期", fact.birth_date != before.fact.birth_date),
        ("性别", fact.sex != before.fact.sex),
        ("居住社区", fact.communities != before.fact.communities),
        ("监护人", fact.guardians != before.fact.guardians),
        ("人群", fact.groups != before.fact.groups),
    ];
    let what: Vec<&str> = what.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    let judged = Judged::changed(&what);
    if judged.fate == Fate::Same {
        return Ok(Ok((judged, None)));
    }
    if let Err(why) = possible(desk, before.id, &fact, Some(&before.fact)) {
        return Ok(Err(why));
    }
    Ok(Ok((judged, Some(registration(desk, before, fact, &identity)?))))
}

/// What does not agree with the document, at its column.
fn at_column(problem: &Problem) -> String {
    let column = problem.place.as_deref().unwrap_or_default();
    format!("「{}」{}", Form::Residents.label(column), said(problem))
}

/// What takes the place of what is known of a resident.
pub(super) fn registration(
    desk: &Desk<'_>,
    before: &KnownResident,
    fact: ResidentFact,
    identity: &Identity,
) -> Result<Registration, Problem> {
    let person = before.person.as_ref();
    let sealed = people::seal(desk.app.keys(), before.id, identity, person, desk.now)?;
    Ok(Registration {
        fact,
        person: sealed.person,
        keys: sealed.tags,
        document: sealed.document,
        instead_of: Some(before.state),
    })
}

/// From a day on only this holds, unless it does today.
fn moved(list: &mut Vec<DatedText>, value: &str, from: Day, today: Day) {
    if list.iter().any(|(one, days)| one == value && days.contains(today)) {
        return;
    }
    list.retain(|(_, days)| days.from < from);
    for (_, days) in list.iter_mut().filter(|(_, days)| days.to >= from) {
        days.to = from.previous();
    }
    list.push((value.to_owned(), DayRange { from, to: Day::LAST }));
}

/// Whether somebody can be known like this.
fn possible(
    desk: &Desk<'_>,
    id: HolderId,
    fact: &ResidentFact,
    before: Option<&ResidentFact>,
) -> Result<(), String> {
    let today = desk.today();
    facts::check(desk.app.store(), &desk.permit, id, fact, before, today)
        .map_err(|problem| said(&problem))?;
    let guarded = fact.guardians.iter().any(|(_, days)| days.contains(today));
    if before.is_none() && facts::is_ward(fact, today) && !guarded {
        let why = "未满 14 岁，请填写「监护人证件号码」；没有监护人的，请在登记页面登记并写明原因";
        return Err(why.to_owned());
    }
    Ok(())
}

/// Registers people; the rows that were refused, and why. What spoils it for all is found by
/// registering one by one.
pub(super) fn registered(
    desk: &Desk<'_>,
    new: Vec<(usize, Registration)>,
) -> Result<Vec<(usize, String)>, Problem> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let entered = Entered { now: desk.now, reason: None };
    let (rows, all): (Vec<usize>, Vec<Registration>) = new.into_iter().unzip();
    if let Ok(done) = desk.store.register_all(all.clone(), entered).wait() {
        let refused = rows.into_iter().zip(done);
        return Ok(refused.filter_map(|(row, done)| Some((row, why_not(done)?))).collect());
    }
    let mut refused = Vec::new();
    for (row, one) in rows.into_iter().zip(all) {
        let why = match desk.store.register(one, entered).wait() {
            Ok(done) => why_not(done),
            Err(error) => Some(said(&content(error)?)),
        };
        refused.extend(why.map(|why| (row, why)));
    }
    Ok(refused)
}

/// What is wrong with a row by itself; what is wrong with the database ends the work.
pub(super) fn content(error: kangji_store::StoreError) -> Result<Problem, Problem> {
    let problem = Problem::from(error);
    if problem.code.status().is_server_error() { Err(problem) } else { Ok(problem) }
}

fn why_not(done: Registered) -> Option<String> {
    let why = match done {
        Registered::Done(_) => return None,
        Registered::CodeTaken => "「居民编号」已是另一位居民的。请核对，或换一个编号",
        Registered::DocumentKnown => "「证件号码」已经登记过。请核对",
        Registered::ChangedMeanwhile => "资料刚被他人修改。请重新预览后再导入",
    };
    Some(why.to_owned())
}
