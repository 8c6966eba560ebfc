//! A simulation that an officer of the demonstration asked for: what if limits of twice a month were
//! three times.

use kangji_core::{DivisionPrefix, Moment, ids::OfficerId};
use kangji_rights::{Action, Cover, Permit};

use super::district::District;
use crate::{
    app::App,
    problem::{Code, Problem},
    simulations::{SimulationWanted, kept},
};

/// The days that are looked at, up to the first one of the demonstration.
const DAYS: i64 = 300;

/// Keeps the question; the server answers it when it has begun.
pub(super) fn ask(
    app: &App,
    district: &District,
    officer: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let area = DivisionPrefix::parse(district.division).unwrap_or(DivisionPrefix::EVERYWHERE);
    let covers = vec![Cover::Area { area, institution: None }];
    let permit = Permit::covering(Action::SchemesPublish, covers).ok_or(Code::Internal)?;
    let document =
        district.scheme.replace("times = 2, per = \"month\"", "times = 3, per = \"month\"");
    let today = now.day();
    let (from, to) = (today.plus_days(-DAYS).to_string(), today.to_string());
    let wanted = SimulationWanted { document, from, to };
    kept(app, app.store(), (officer, &permit), wanted).map(drop)
}
