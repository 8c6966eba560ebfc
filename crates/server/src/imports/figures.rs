//! Figures of communities from a file.

use std::collections::{HashMap, hash_map::Entry};

use kangji_core::{Division, DivisionPrefix};
use kangji_exchange::{Line, cells};
use kangji_rights::Place;
use kangji_store::{Entered, Fact, MetricRow};

use super::{
    desk::{Desk, Reader, Rows, told},
    fate::{Fate, Judged},
};
use crate::problem::Problem;

/// The most characters of a figure's name.
const NAME_MAX: usize = 64;

/// The rows of figures, with those of communities and years that were looked up.
#[derive(Default)]
pub(super) struct Figures {
    known: HashMap<(Division, u32), Vec<MetricRow>>,
}

impl Figures {
    fn judged(
        &mut self,
        desk: &Desk<'_>,
        line: &Line<'_>,
    ) -> Result<(Judged, Option<Fact>), Problem> {
        let fact = match read(desk, line) {
            Ok(fact) => fact,
            Err(why) => return Ok((Judged::refused(why), None)),
        };
        let Fact::Metric { community, year, name, value } = &fact else {
            return Ok((Judged::new(Fate::Same), None));
        };
        let (Some(code), Some(area)) =
            (Division::parse(community), DivisionPrefix::parse(community))
        else {
            return Ok((Judged::refused("区划代码不对"), None));
        };
        if let Entry::Vacant(free) = self.known.entry((code, *year)) {
            free.insert(desk.store.metrics_in(area, *year)?);
        }
        let known = self.known.get(&(code, *year)).and_then(|rows| {
            let row = rows.iter().find(|row| row.name == *name)?;
            Some(row.value.as_str())
        });
        let judged = match known {
            None => Judged::new(Fate::New),
            Some(known) if known.parse() == Ok(*value) => {
                return Ok((Judged::new(Fate::Same), None));
            }
            Some(known) => Judged { fate: Fate::Changed, says: format!("{known} 改为 {value}") },
        };
        Ok((judged, Some(fact)))
    }
}

impl Rows for Figures {
    fn key(&self, line: &Line<'_>) -> Option<String> {
        Some([line.text("community")?, line.text("year")?, line.text("name")?].join("\n"))
    }

    fn about(&self, line: &Line<'_>) -> String {
        let said = ["community", "year", "name", "value"].map(|column| line.text(column));
        said.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem> {
        let (mut all, mut facts) = (Vec::with_capacity(lines.len()), Vec::new());
        for line in lines {
            let (judged, fact) = self.judged(desk, line)?;
            all.push(judged);
            facts.extend(fact);
        }
        if apply && !facts.is_empty() {
            desk.store.enter(facts, Entered { now: desk.now, reason: None }).wait()?;
        }
        Ok(all)
    }
}

fn read(desk: &Desk<'_>, line: &Line<'_>) -> Result<Fact, String> {
    let mut row = Reader::new(line);
    let community = row.need("community", |cell| {
        let community = desk.community(cell)?;
        let place = Place { person: None, communities: &[community], institution: None };
        let out = || "不在您负责的区划内。请由负责的人导入。".to_owned();
        desk.permit.allows(place).then_some(community).ok_or_else(out)
    });
    let year = row.need("year", |cell| told(cells::year(cell)));
    let name = row.need("name", |cell| {
        let fits = cell.chars().count() <= NAME_MAX;
        fits.then(|| cell.to_owned()).ok_or_else(|| format!("超过 {NAME_MAX} 个字。请核对。"))
    });
    let value = row.need("value", |cell| told(cells::decimal(cell)));
    let fact = (|| {
        let community = community?.to_string();
        Some(Fact::Metric { community, year: year?, name: name?, value: value? })
    })();
    row.finished(fact)
}
