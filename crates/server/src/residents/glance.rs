//! A resident at a glance: what heads the pages about what was done for them. Names are masked.

use axum::Json;
use kangji_core::{Day, vocabulary::GroupSet};
use maud::{Markup, html};

use super::{Resident, show};
use crate::{input::At, pages::Visit, problem::Problem};

/// What pages need to know of a resident.
#[derive(Debug)]
pub(crate) struct Glance {
    pub(crate) id: String,
    /// Masked; the code where no name is known.
    pub(crate) name: String,
    /// In years.
    pub(crate) age: Option<u32>,
    /// Groups of today, as far as whoever looks may know them.
    pub(crate) groups: GroupSet,
}

/// A resident, if whoever looks may see them.
///
/// # Errors
/// As the API answers.
pub(crate) async fn glance(visit: &Visit, id: &str) -> Result<Glance, Problem> {
    let (_, Json(resident)) = show(visit.state(), visit.who(), At(id.to_owned())).await?;
    Ok(of(visit, &resident))
}

/// What is known of a resident, at a glance.
pub(crate) fn of(visit: &Visit, resident: &Resident) -> Glance {
    let today = visit.app().now().day();
    let words = visit.app().store().words();
    let mut groups = GroupSet::default();
    let today_in = resident.groups.iter().flatten().filter_map(|group| group.on(today));
    today_in.filter_map(|group| words.group(group)).for_each(|group| groups.insert(group));
    let born = resident.birth_date.as_ref().and_then(|day| day.parse::<Day>().ok());
    Glance {
        id: resident.id.clone(),
        name: resident.name.as_ref().unwrap_or(&resident.code).clone(),
        age: born.and_then(|born| born.age_years(today)),
        groups,
    }
}

impl Glance {
    /// The masked name and the age, which tell apart who is masked alike.
    pub(crate) fn called(&self) -> String {
        let age = self.age.map(|age| format!("，{age} 岁"));
        format!("{}{}", self.name, age.unwrap_or_default())
    }

    /// The line above a page about them, with the way back to them.
    pub(crate) fn line(&self) -> Markup {
        html! {
            p.lead {
                a href=(format!("/residents/{}", self.id)) { (self.called()) }
            }
        }
    }
}
