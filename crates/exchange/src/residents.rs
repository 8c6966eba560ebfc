//! The residents table: who takes part, with the dated facts about each.

use kangji_core::{
    Day, Division, Sym,
    tables::{Dated, Sex, Tables},
    vocabulary::{GroupId, Vocabulary},
};

use crate::{
    dated::{self, first_overlap},
    header::Header,
    nearest::Meant,
    reading::{Finished, Sink},
    reason::Reason,
    repeats::Ids,
    report::Faults,
    rows::Row,
    source::number,
    value::{day, division, optional, required, text},
};

/// Takes the rows of the residents table.
pub(crate) struct ResidentRows<'a> {
    tables: &'a mut Tables,
    vocabulary: &'a Vocabulary,
    meant: Meant<'a>,
    places: [usize; 6],
    communities: Vec<Dated<Division>>,
    guardians: Vec<Dated<Sym>>,
    groups: Vec<Dated<GroupId>>,
    ids: Ids,
}

impl<'a> ResidentRows<'a> {
    pub(crate) fn new(tables: &'a mut Tables, vocabulary: &'a Vocabulary, header: &Header) -> Self {
        Self {
            tables,
            vocabulary,
            meant: Meant::new(vocabulary.groups()),
            places: header.places(["id", "birth_date", "sex", "community", "guardian", "groups"]),
            communities: Vec::new(),
            guardians: Vec::new(),
            groups: Vec::new(),
            ids: Ids::default(),
        }
    }

    fn read_dated(&mut self, row: &Row<'_>, faults: &mut Faults) {
        let [_, _, _, community, guardian, groups] = self.places.map(|place| row.cell(place));
        let symbols = &mut self.tables.symbols;

        let communities = dated::read(community, &mut self.communities, division);
        check_list("community", community, &self.communities, communities, true, faults);

        let guardians =
            dated::read(guardian, &mut self.guardians, |cell| Ok(symbols.intern(text(cell)?)));
        check_list("guardian", guardian, &self.guardians, guardians, true, faults);

        let (vocabulary, meant) = (self.vocabulary, &mut self.meant);
        let all = dated::read(groups, &mut self.groups, |cell| {
            let unknown = || Reason::UnknownGroup { meant: meant.find(cell) };
            vocabulary.group(cell).ok_or_else(unknown)
        });
        check_list("groups", groups, &self.groups, all, false, faults);
    }
}

/// Notes what is wrong with a dated list: how it is written, or that two of its items hold on
/// one day where only one may.
fn check_list<T>(
    column: &str,
    cell: &str,
    list: &[Dated<T>],
    read: Result<(), dated::Refused<'_>>,
    one_a_day: bool,
    faults: &mut Faults,
) {
    match read {
        Err((item, reason)) => faults.add(Some(column), item, reason),
        Ok(()) if one_a_day && list.len() > 1 => {
            if let Some(day) = first_overlap(list) {
                faults.add(Some(column), cell, Reason::Overlap { day });
            }
        }
        Ok(()) => {}
    }
}

fn sex(cell: &str) -> Result<Sex, Reason> {
    match cell {
        "F" => Ok(Sex::Female),
        "M" => Ok(Sex::Male),
        _ => Err(Reason::Sex),
    }
}

impl Sink for ResidentRows<'_> {
    fn add(&mut self, row: &Row<'_>, number: u32, faults: &mut Faults) {
        let [id, birth, sex_cell, ..] = self.places.map(|place| row.cell(place));
        let checked_id = faults.check("id", id, required(id, text));
        let checked_id = checked_id.map(|id| self.tables.symbols.intern(id));
        if let Some(id) = checked_id {
            self.ids.note(id, number);
        }
        let birth: Option<Day> = faults.check("birth_date", birth, optional(birth, day)).flatten();
        let sex = faults.check("sex", sex_cell, optional(sex_cell, sex)).flatten();
        self.read_dated(row, faults);
        if let Some(id) = checked_id.filter(|_| faults.is_empty()) {
            let (communities, guardians) = (&self.communities, &self.guardians);
            self.tables.add_resident(id, birth, sex, communities, guardians, &self.groups);
        }
    }

    fn finish(self) -> Finished {
        let residents = &mut self.tables.residents;
        let before = residents.len();
        residents.retain(|resident| !self.ids.is_repeated(resident.id));
        let [id, ..] = self.places;
        Finished {
            taken_out: number(before - residents.len()),
            repeats: self.ids.into_repeats(),
            key: vec![("id", id)],
        }
    }
}
