//! What residents can have for their points, what it would cost them, and their orders. Whoever
//! looks after a child under 14 orders for it.
//!
//! Whether something can be had is decided in `kangji_redemption`; here it is asked and shown.

pub(crate) mod offers;
pub(crate) mod orders;
pub(crate) mod places;
pub(crate) mod quote;

use kangji_core::{
    Decimals,
    ids::{CatalogueId, HolderId},
};
use kangji_redemption::{Chosen, Refusal, WrongChoice, order::NewOrder};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    input::Whole,
    orders::told::{self, ChosenGiven},
    problem::{Code, Problem},
    residents::holder,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(offers::show))
        .routes(routes!(quote::ask))
        .routes(routes!(orders::list, orders::place))
        .routes(routes!(orders::show))
        .routes(routes!(orders::cancel))
        .routes(routes!(orders::rate))
}

/// The most contents that can be chosen of an item.
const CHOSEN_MAX: usize = 100;

/// The most characters of an id or code.
const TEXT_MAX: usize = 64;

/// Something that is wanted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MallWish)]
pub(crate) struct Wanted {
    /// The catalogue that offers it.
    #[schema(format = "uuid")]
    pub(crate) catalogue: String,
    /// The item.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) item: String,
    /// How many sets; one unless told.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 99)]
    pub(crate) sets: Option<Whole>,
    /// What of an item that is priced by content.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) chosen: Vec<ChosenGiven>,
    /// The code of the institution where it is to be fetched.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// The child under 14 for whom it is.
    #[schema(format = "uuid")]
    pub(crate) person: Option<String>,
}

impl Wanted {
    /// What is wanted, in the words of the store.
    fn order(&self) -> Result<NewOrder, Problem> {
        for (place, text) in [("institution", &self.institution), ("item", &self.item)] {
            if !(1..=TEXT_MAX).contains(&text.chars().count()) {
                return Err(Problem::invalid(place, format!("需要 1 到 {TEXT_MAX} 个字符")));
            }
        }
        let catalogue: CatalogueId = self
            .catalogue
            .parse()
            .map_err(|_| Problem::invalid("catalogue", "没有这一版兑换目录"))?;
        if self.chosen.len() > CHOSEN_MAX {
            return Err(Problem::invalid("chosen", format!("一次最多选 {CHOSEN_MAX} 项")));
        }
        Ok(NewOrder {
            vouchers: Vec::new(),
            catalogue,
            item: self.item.clone(),
            sets: self.sets.map_or(1, |sets| sets.0),
            chosen: self.chosen.iter().cloned().map(Chosen::from).collect(),
            institution: self.institution.clone(),
        })
    }
}

/// What cannot be priced is a fault of what was sent; anything else is how things are.
fn refused(refusals: &[Refusal], new: &NewOrder, decimals: Decimals) -> Problem {
    let problem = Problem::refused(told::refusals(refusals, decimals));
    let Some(Refusal::Choice(wrong)) = refusals.first() else { return problem };
    let place = match wrong {
        WrongChoice::Units { content, .. } => {
            let chosen = new.chosen.iter().position(|one| one.content == *content);
            chosen.map_or("sets".to_owned(), |place| format!("chosen[{place}].units"))
        }
        WrongChoice::TooLarge => "sets".to_owned(),
        _ => "chosen".to_owned(),
    };
    Problem { code: Code::Invalid, place: Some(place), ..problem }
}

/// Of whom a resident may see offers and orders: their own, and those of the children they look
/// after.
pub(crate) fn sees(app: &App, me: HolderId, person: Option<&str>) -> Result<HolderId, Problem> {
    let person = person.map(holder).transpose()?.unwrap_or(me);
    let sees = person == me || app.store().wards(me, app.now().day())?.contains(&person);
    sees.then_some(person).ok_or_else(|| Code::NotFound.into())
}
