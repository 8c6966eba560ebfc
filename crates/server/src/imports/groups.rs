//! Who belongs to which group, from a file: residents are named by their documents.

use std::collections::{HashMap, hash_map::Entry};

use kangji_core::{
    Day, DayRange,
    identity::{Document, DocumentKind, mask},
    ids::HolderId,
};
use kangji_exchange::{Line, cells};
use kangji_rights::Place;
use kangji_store::{KnownResident, ResidentFact};

use super::{
    desk::{Desk, Reader, Rows, told},
    fate::{Fate, Judged},
    residents::{OUTSIDE, document, key_of, registered, registration},
};
use crate::{
    problem::Problem,
    residents::{homes, opened},
};

/// The rows of groups.
pub(super) struct Groups;

/// What a row says.
struct Said {
    document: Document,
    group: String,
    from: Option<Day>,
    to: Option<Day>,
}

impl Rows for Groups {
    fn key(&self, line: &Line<'_>) -> Option<String> {
        let (group, from) = (line.text("group")?, line.text("from").unwrap_or_default());
        Some(format!("{}\n{group}\n{from}", key_of(line, "document")?))
    }

    fn about(&self, line: &Line<'_>) -> String {
        let number = line.text("document").map(|number| mask::document(&number));
        number.into_iter().chain(line.text("group")).collect::<Vec<_>>().join(" ")
    }

    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem> {
        let read: Vec<Result<Said, String>> = lines.iter().map(|line| read(desk, line)).collect();
        let owners = desk.owners(read.iter().flatten().map(|said| &said.document))?;
        let ids: Vec<HolderId> = owners.values().copied().collect();
        let known = desk.store.residents(&ids)?;
        let known: HashMap<HolderId, KnownResident> =
            known.into_iter().map(|one| (one.id, one)).collect();
        // Several rows may be about one resident, who is written once.
        let mut then: HashMap<HolderId, (ResidentFact, Vec<usize>)> = HashMap::new();
        let mut all = Vec::with_capacity(lines.len());
        for (row, said) in read.into_iter().enumerate() {
            let judged = said.and_then(|said| {
                let resident = owners.get(&said.document).and_then(|id| known.get(id));
                let resident = resident.ok_or("没有登记过这位居民。请先导入居民，再导入人群")?;
                within(desk, resident)?;
                let (fact, rows) = match then.entry(resident.id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(free) => free.insert((resident.fact.clone(), Vec::new())),
                };
                let judged = belongs(fact, &said, desk.today());
                if judged.fate != Fate::Same {
                    rows.push(row);
                }
                Ok(judged)
            });
            all.push(judged.unwrap_or_else(Judged::refused));
        }
        if apply {
            for (row, why) in written(desk, &known, then)? {
                if let Some(judged) = all.get_mut(row) {
                    *judged = Judged::refused(why);
                }
            }
        }
        Ok(all)
    }
}

/// Writes residents with their groups; the rows that were refused, and why.
fn written(
    desk: &Desk<'_>,
    known: &HashMap<HolderId, KnownResident>,
    then: HashMap<HolderId, (ResidentFact, Vec<usize>)>,
) -> Result<Vec<(usize, String)>, Problem> {
    let (mut new, mut rows_of) = (Vec::new(), HashMap::new());
    for (id, (fact, rows)) in then {
        let (Some(before), Some(first)) = (known.get(&id), rows.first().copied()) else { continue };
        let identity = opened(desk.app, before)?.identity(desk.today())?;
        new.push((first, registration(desk, before, fact, &identity)?));
        rows_of.insert(first, rows);
    }
    let refused = registered(desk, new)?.into_iter();
    let all = refused.flat_map(|(first, why)| {
        let rows = rows_of.get(&first).cloned().unwrap_or_default();
        rows.into_iter().map(move |row| (row, why.clone()))
    });
    Ok(all.collect())
}

fn read(desk: &Desk<'_>, line: &Line<'_>) -> Result<Said, String> {
    let mut row = Reader::new(line);
    let document = document(&mut row, "document", DocumentKind::ResidentCard, desk.today());
    let words = desk.store.words().groups();
    let group = row.need("group", |cell| told(cells::group(words, cell)));
    let (from, to) = (row.day("from"), row.day("to"));
    if let Err(reason) = cells::days(from, to) {
        row.fault("to", &reason.chinese());
    }
    let said = document.zip(group).map(|(document, group)| Said { document, group, from, to });
    row.finished(said)
}

/// Groups name illnesses: it takes the right to know of them as well.
fn within(desk: &Desk<'_>, resident: &KnownResident) -> Result<(), String> {
    let own = homes(&resident.fact, desk.today());
    let place = Place { person: Some(resident.id), communities: &own, institution: None };
    if !desk.permit.allows(place) {
        return Err(OUTSIDE.to_owned());
    }
    let cares = desk.care.as_ref().is_some_and(|care| care.allows(place));
    let why = "人群涉及病情，需要有诊疗服务权限的人员导入";
    if cares { Ok(()) } else { Err(why.to_owned()) }
}

/// Puts a group among the facts of a resident.
fn belongs(fact: &mut ResidentFact, said: &Said, today: Day) -> Judged {
    let holds = |days: &DayRange| match (said.from, said.to) {
        (None, None) => days.contains(today),
        (from, to) => {
            from.is_none_or(|from| from == days.from) && to.is_none_or(|to| to == days.to)
        }
    };
    if fact.groups.iter().any(|(group, days)| *group == said.group && holds(days)) {
        return Judged::new(Fate::Same);
    }
    let from = said.from.unwrap_or(if said.to.is_some() { Day::FIRST } else { today });
    let days = DayRange { from, to: said.to.unwrap_or(Day::LAST) };
    let before = fact.groups.len();
    fact.groups.retain(|(group, known)| *group != said.group || known.intersect(days).is_empty());
    let replaces = fact.groups.len() < before;
    fact.groups.push((said.group.clone(), days));
    if replaces { Judged::changed(&["起止日期"]) } else { Judged::new(Fate::New) }
}
