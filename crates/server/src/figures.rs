//! Figures of redemption: what was ordered and redeemed, how content people were (P12), what it
//! cost by who paid and what for, and what the points that are still out would cost (P11).

mod pages;

use axum::{Json, extract::State};
use kangji_core::{Day, DayRange, DivisionPrefix, Period, PeriodKind};
use kangji_redemption::{State as OrderState, cost::value};
use kangji_rights::{Action, Permit};
use kangji_store::{
    Figures, FiguresQuery, Institution, ItemFigures, Outstanding, Satisfaction, Subject,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    costs::days_of,
    input::{At, Search},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
    stock::institution_at,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_institution)).routes(routes!(of_area))
}

/// Which days, and what a point is assumed to be worth.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The first day; the first one of this year unless told.
    #[param(format = Date)]
    pub(crate) from: Option<String>,
    /// The last day; today unless told.
    #[param(format = Date)]
    pub(crate) until: Option<String>,
    /// What a whole point is assumed to cost, in fen. Without it points are not valued.
    #[param(minimum = 0, maximum = 1_000_000)]
    pub(crate) fen_per_point: Option<u32>,
}

/// Figures of redemption.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Figures)]
pub(crate) struct Shown {
    /// The first day.
    #[schema(format = Date)]
    pub(crate) from: String,
    /// The last day.
    #[schema(format = Date)]
    pub(crate) until: String,
    /// The institution's code; null for an area.
    pub(crate) institution: Option<String>,
    /// The institution's name, or the digits of the area.
    pub(crate) name: String,
    /// By item, those redeemed most often first.
    pub(crate) items: Vec<Item>,
    /// What was said of all that was handed over in these days.
    pub(crate) rating: Rating,
    /// What was spent in these days.
    pub(crate) spent: Vec<Spent>,
    /// What the goods cost that were written off in these days.
    pub(crate) lost: Vec<Lost>,
    /// What a whole point is assumed to cost, in fen.
    pub(crate) fen_per_point: Option<u32>,
    /// The points that are out now.
    pub(crate) outstanding: Vec<Out>,
}

/// The figures of an item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemFigures)]
pub(crate) struct Item {
    /// The scheme.
    pub(crate) scheme: String,
    /// Who provides it; null for the scheme's own catalogue.
    pub(crate) provider: Option<String>,
    /// Its id.
    pub(crate) item: String,
    /// Its name.
    pub(crate) name: String,
    /// How many orders were placed in these days.
    pub(crate) placed: u64,
    /// Of these: how many wait.
    pub(crate) waiting: u64,
    /// How many were handed over.
    pub(crate) handed_over: u64,
    /// How many were called off.
    pub(crate) cancelled: u64,
    /// How many were not fetched in time.
    pub(crate) timed_out: u64,
    /// How many were brought back.
    pub(crate) returned: u64,
    /// How many sets were handed over in these days and not brought back.
    pub(crate) sets: u64,
    /// For how many points, in the scheme's smallest unit.
    pub(crate) points: i64,
    /// The decimal places of the scheme's points.
    pub(crate) decimals: u8,
    /// What was said of those handed over in these days.
    pub(crate) rating: Rating,
}

/// What people said of what they got.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Satisfaction)]
pub(crate) struct Rating {
    /// The average in hundredths of a star, from 100 to 500; null where nobody rated.
    pub(crate) average_hundredths: Option<u64>,
    /// How many ratings.
    pub(crate) ratings: u64,
    /// By how many people.
    pub(crate) raters: u64,
    /// Whether enough people rated for it to be told publicly.
    pub(crate) is_public: bool,
}

/// Money that was spent, by who paid and what for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Spent {
    /// Who paid: `subsidy`, `pledge`, `sponsor`, `institution`.
    pub(crate) source: String,
    /// What for: `goods`, `printing`, `publicity`, `labour`.
    pub(crate) used_for: String,
    /// How much, in fen.
    pub(crate) fen: i64,
}

/// What was lost with goods that were written off.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lost {
    /// Who paid for them.
    pub(crate) source: String,
    /// How much, in fen.
    pub(crate) fen: i64,
}

/// The points of a scheme that are out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutstandingPoints)]
pub(crate) struct Out {
    /// The scheme.
    pub(crate) scheme: String,
    /// Its title.
    pub(crate) title: String,
    /// The decimal places of its points.
    pub(crate) decimals: u8,
    /// What can be redeemed, in the scheme's smallest unit.
    pub(crate) redeemable: i64,
    /// What is set aside for orders that wait.
    pub(crate) held: i64,
    /// What paper vouchers bear.
    pub(crate) on_vouchers: i64,
    /// How many accounts have them.
    pub(crate) accounts: u64,
    /// How many of these belong to nobody who lives in a known community.
    pub(crate) placeless: u64,
    /// What all of these would cost under the assumption, in fen; null without one, or where it is more
    /// than can be counted.
    pub(crate) fen: Option<i64>,
}

/// Figures of an institution; its points are those of the people who live in its area.
#[utoipa::path(
    get, path = "/institutions/{code}/figures", tag = "figures",
    params(("code" = String, Path, description = "The institution."), Which),
    responses((status = 200, body = Shown), ReadProblems),
)]
pub(crate) async fn of_institution(
    State(app): State<App>,
    who: Signed,
    At(code): At<String>,
    Search(which): Search<Which>,
) -> Result<Json<Shown>, Problem> {
    let money = who.permit(Action::StockRead, app.roles());
    let read = move |app: &App, permit: &Permit| {
        let money = money.ok_or(Code::Forbidden)?;
        let place = institution_at(app.store(), permit, &code)?;
        institution_at(app.store(), &money, &code)?;
        figures(app, &which, Some(place.clone()), place.area).map(Json)
    };
    app.reading(&who, Action::OrdersRead, Subject::None, read).await
}

/// Figures of the institutions in an area and of the people who live there.
#[utoipa::path(
    get, path = "/areas/{area}/figures", tag = "figures",
    params(
        ("area" = String, Path, pattern = "^[0-9]{2,12}$", description = "The first digits of the division codes."),
        Which,
    ),
    responses((status = 200, body = Shown), ReadProblems),
)]
pub(crate) async fn of_area(
    State(app): State<App>,
    who: Signed,
    At(area): At<String>,
    Search(which): Search<Which>,
) -> Result<Json<Shown>, Problem> {
    let money = who.permit(Action::StockRead, app.roles());
    let read = move |app: &App, permit: &Permit| {
        let area = DivisionPrefix::parse(&area).ok_or(Code::NotFound)?;
        let money = money.ok_or(Code::Forbidden)?;
        if !permit.includes(area, None) || !money.includes(area, None) {
            return Err(Code::OutOfArea.into());
        }
        figures(app, &which, None, area).map(Json)
    };
    app.reading(&who, Action::OrdersRead, Subject::None, read).await
}

/// The days from the beginning of the year until today.
pub(crate) fn this_year(today: Day) -> DayRange {
    DayRange { from: Period::containing(PeriodKind::Year, today).days().from, to: today }
}

fn figures(
    app: &App,
    which: &Which,
    institution: Option<Institution>,
    area: DivisionPrefix,
) -> Result<Shown, Problem> {
    let today = app.now().day();
    let days = days_of(which.from.as_deref(), which.until.as_deref(), this_year(today))?;
    let code = institution.as_ref().map(|one| one.code.clone());
    let query = FiguresQuery { institution: code.clone(), area, days, today };
    let Figures { items, satisfaction, spent, lost, outstanding } = app.store().figures(&query)?;
    let money = |one: kangji_store::Spent| Spent {
        source: one.source.word().to_owned(),
        used_for: one.used_for.word().to_owned(),
        fen: one.amount.0,
    };
    let lost = lost.into_iter();
    let lost = lost.map(|(source, fen)| Lost { source: source.word().to_owned(), fen: fen.0 });
    let fen_per_point = which.fen_per_point;
    Ok(Shown {
        from: days.from.to_string(),
        until: days.to.to_string(),
        name: institution.map_or_else(|| area.to_string(), |one| one.name),
        institution: code,
        items: items.into_iter().map(Item::from).collect(),
        rating: satisfaction.into(),
        spent: spent.into_iter().map(money).collect(),
        lost: lost.collect(),
        fen_per_point,
        outstanding: outstanding.into_iter().map(|one| Out::of(one, fen_per_point)).collect(),
    })
}

impl From<ItemFigures> for Item {
    fn from(one: ItemFigures) -> Self {
        let orders = |state| one.orders.get(&state).copied().unwrap_or_default();
        Self {
            placed: one.orders.values().sum(),
            waiting: orders(OrderState::Waiting),
            handed_over: orders(OrderState::HandedOver),
            cancelled: orders(OrderState::Cancelled),
            timed_out: orders(OrderState::TimedOut),
            returned: orders(OrderState::Returned),
            sets: one.sets,
            points: one.points.0,
            decimals: one.decimals.places(),
            rating: one.satisfaction.into(),
            scheme: one.scheme,
            provider: one.provider,
            item: one.item,
            name: one.name,
        }
    }
}

impl From<Satisfaction> for Rating {
    fn from(one: Satisfaction) -> Self {
        Self {
            average_hundredths: one.hundredths(),
            ratings: one.ratings,
            raters: one.raters,
            is_public: one.is_public(),
        }
    }
}

impl Out {
    fn of(one: Outstanding, fen_per_point: Option<u32>) -> Self {
        let all = one.redeemable.saturating_add(one.held).saturating_add(one.on_vouchers);
        let fen = fen_per_point.and_then(|fen| value(all, one.decimals, fen));
        Self {
            scheme: one.scheme,
            title: one.title,
            decimals: one.decimals.places(),
            redeemable: one.redeemable.0,
            held: one.held.0,
            on_vouchers: one.on_vouchers.0,
            accounts: one.accounts,
            placeless: one.placeless,
            fen: fen.map(|fen| fen.0),
        }
    }
}
