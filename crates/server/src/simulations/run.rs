//! Working a simulation out: everybody concerned is loaded, scored both ways, and the difference is
//! kept as a report and as sheets.

use std::{num::NonZero, ops::ControlFlow, thread::available_parallelism};

use kangji_core::DayRange;
use kangji_store::Progress;

use super::{DOCUMENT, Prepared, Question, REPORT, prepared, refused, report, sheet};
use crate::{
    problem::{Code, Problem},
    tasks::{Halt, Running},
};

/// Does it. A simulation that was stopped begins again: it leaves nothing behind.
pub(crate) fn simulate(running: &mut Running<'_>) -> Result<String, Halt> {
    let Question { from, to } = running.input()?;
    let days = DayRange { from, to };
    let text = running.read(DOCUMENT)?.ok_or(Code::Internal)?;
    let text = std::str::from_utf8(&text).map_err(|_| Problem::from(Code::Internal))?;
    let store = running.app().store();
    let draft = prepared(store, &running.permit()?, text, days)?;
    let Prepared { simulation, .. } = &draft;

    let mut halted = Halt::Stopped;
    let mut last = Progress::default();
    let population = store.population(&simulation.areas(), &mut |done, total| {
        last = Progress { done, total, ..Progress::default() };
        match running.tell(last.clone()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(halt) => {
                halted = halt;
                ControlFlow::Break(())
            }
        }
    })?;
    let Some(population) = population else { return Err(halted) };

    let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let effect = simulation.run(&population.facts, threads).map_err(|error| refused(&error))?;
    let report = report::of(store.words(), &draft, &population, &effect);
    let json = serde_json::to_vec(&report).map_err(|_| Problem::from(Code::Internal))?;
    running.write(REPORT, &json)?;
    running.write(sheet::CSV_NAME, &sheet::csv(&report))?;
    running.write(sheet::XLSX_NAME, &sheet::xlsx(&report)?)?;
    let records = report.records;
    running.tell(Progress { done: records, total: records, ..last })?;
    Ok(report.lead())
}
