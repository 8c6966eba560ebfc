//! What helpers see of their own (T9, T11, T16): points as totals of months that are over, their
//! villages' figures against what the schemes ask for, the task numbers, the pool.

mod pages;

use axum::{Json, extract::State};
use kangji_core::{Day, Decimal, DivisionPrefix};
use kangji_rights::{Action, Cover, Permit};
use kangji_rules::{
    scheme::{Given, Scheme},
    words::{metric_label, metric_number},
};
use kangji_store::{Reading, Subject};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    points::statement::Helping,
    problem::{Problem, ReadProblems},
    signed::Signed,
};

pub(crate) use pages::pages;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Whoever looks after more villages reads figures by area.
const VILLAGES_MAX: usize = 20;
/// Fewer people are not told as a number (A1).
const TOLD_MIN: u32 = 10;

/// What a helper sees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyVillage {
    /// One's own points, by scheme.
    pub(crate) own: Vec<OwnPoints>,
    /// The villages in one's area.
    pub(crate) villages: Vec<Village>,
}

/// One's own points under a scheme.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnPoints {
    /// The scheme's title.
    pub(crate) scheme: String,
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// What was received, and totals of months that are over.
    pub(crate) helping: Helping,
}

/// A village and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Village {
    /// The division code of twelve digits.
    pub(crate) community: String,
    /// The year of the figures.
    pub(crate) year: u32,
    /// What the schemes ask for, and what is known.
    pub(crate) figures: Vec<Figure>,
    /// What the village is to do.
    pub(crate) targets: Vec<Task>,
    /// Its pools.
    pub(crate) pools: Vec<VillagePool>,
}

/// A figure that something depends on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Figure {
    /// Its name, as in the scheme.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) label: String,
    /// What it is, for people; null while it is not known.
    pub(crate) value: Option<String>,
    /// What it has to be at least, for people.
    pub(crate) needed: String,
    /// Whether it is; null while it is not known.
    pub(crate) reached: Option<bool>,
    /// For what.
    pub(crate) what_for: String,
}

/// What a village is to do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Task {
    /// What.
    pub(crate) name: String,
    /// How many; null where they are fewer than ten people.
    pub(crate) number: Option<u32>,
}

/// What a village earned together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VillagePool {
    /// The scheme.
    pub(crate) scheme: String,
    /// Decimal places of the points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// What can be handed on, in the scheme's smallest unit.
    pub(crate) redeemable: i64,
}

/// Read one's own points and how far one's villages are.
#[utoipa::path(
    get, path = "/village", tag = "village",
    responses((status = 200, body = MyVillage), ReadProblems),
)]
pub(crate) async fn read(State(app): State<App>, who: Signed) -> Result<Json<MyVillage>, Problem> {
    let officer = who.officer()?;
    let read = move |app: &App, permit: &Permit| {
        let today = app.now().day();
        let worker = app.store().user(officer)?.map(|user| user.worker).unwrap_or_default();
        let schemes: Vec<Scheme> =
            app.store().schemes()?.into_iter().filter_map(|mut all| all.pop()).collect();
        let mut villages = Vec::new();
        for community in app.store().communities_under(permit, VILLAGES_MAX)? {
            villages.push(village(app, &schemes, community, today)?);
        }
        Ok(Json(MyVillage { own: own(app, &schemes, &worker)?, villages }))
    };
    app.reading(&who, Action::ReportsMake, Subject::None, read).await
}

/// What somebody reads of their own points: what a resident reads who helped.
fn own(app: &App, schemes: &[Scheme], worker: &str) -> Result<Vec<OwnPoints>, Problem> {
    let mut own = Vec::new();
    let Some(holder) = app.store().holder(worker)? else { return Ok(own) };
    let Some(permit) = Permit::covering(Action::PointsRead, vec![Cover::Person(holder)]) else {
        return Ok(own);
    };
    let today = app.now().day();
    for scheme in schemes {
        let reading = Reading { permit: &permit, care: None, own: Some(holder), today };
        let explained = app.store().statement(holder, &scheme.id, reading)?;
        own.extend(explained.and_then(|explained| {
            let statement = explained.statement;
            let (scheme, decimals) = (statement.scheme, statement.decimals.places());
            let helping = statement.helping.map(Helping::from)?;
            Some(OwnPoints { scheme, decimals, helping })
        }));
    }
    Ok(own)
}

fn village(
    app: &App,
    schemes: &[Scheme],
    community: String,
    today: Day,
) -> Result<Village, Problem> {
    let (store, year) = (app.store(), today.year());
    let mut known = Village {
        community: community.clone(),
        year,
        figures: Vec::new(),
        targets: Vec::new(),
        pools: Vec::new(),
    };
    let Some(area) = DivisionPrefix::parse(&community) else { return Ok(known) };
    let metrics = store.metrics_in(area, year)?;
    let value = |name: &str| {
        let metric = metrics.iter().find(|metric| metric.name == name);
        metric.and_then(|metric| metric.value.parse::<Decimal>().ok())
    };
    // A scheme of another district asks nothing of this village.
    let own = schemes.iter().filter(|scheme| scheme.division.includes(area));
    for (given, what_for) in own.flat_map(asked) {
        known.figures.push(Figure::of(given, value(&given.metric), what_for));
    }
    let targets = store.targets(area, year)?.into_iter().filter(|target| target.area == area);
    known.targets = targets
        .map(|target| Task {
            name: target.name,
            number: Some(target.number).filter(|number| *number >= TOLD_MIN),
        })
        .collect();
    let cover = Cover::Area { area, institution: None };
    if let Some(permit) = Permit::covering(Action::ReportsMake, vec![cover]) {
        for pool in store.pools(&permit, today)? {
            let scheme = schemes.iter().find(|scheme| scheme.id == pool.scheme);
            known.pools.push(VillagePool {
                decimals: scheme.map(|scheme| scheme.decimals).unwrap_or_default().places(),
                scheme: scheme.map_or(pool.scheme, |scheme| scheme.title.clone()),
                redeemable: pool.redeemable.0,
            });
        }
    }
    Ok(known)
}

/// The figures that a scheme's awards and catalogue depend on, and for what.
fn asked(scheme: &Scheme) -> impl Iterator<Item = (&Given, &str)> {
    let awards = scheme
        .awards
        .iter()
        .flat_map(|award| award.given.iter().map(|given| (given, award.name_for_public())));
    let items = scheme
        .items
        .iter()
        .flat_map(|item| item.given.iter().map(|given| (given, item.name.as_str())));
    awards.chain(items)
}

impl Figure {
    fn of(given: &Given, value: Option<Decimal>, what_for: &str) -> Self {
        let name = &given.metric;
        let needed = given.test.bounds().0;
        Self {
            name: name.clone(),
            label: metric_label(name).to_owned(),
            value: value.map(|value| metric_number(name, value)),
            needed: metric_number(name, needed),
            reached: value.map(|value| given.test.holds(value)),
            what_for: what_for.to_owned(),
        }
    }
}
