//! What the villages of the demonstration are to do, and what they wrote into their registers.

use kangji_core::{DivisionPrefix, Moment, ids::OfficerId};
use kangji_rights::{Action, Cover, Permit};
use kangji_store::{NewRegisterEntry, RegisterAnswer, Store, Target, new_id};

use super::district::{District, Known};
use crate::problem::Problem;

/// What the street is to do in the year, shared out among its villages.
const TASK: (&str, u32) = ("两癌筛查人数", 360);

/// The task numbers of a district's villages, and an entry of each register.
///
/// # Errors
/// Where the database fails.
pub(super) fn tasks(
    store: &Store,
    district: &District,
    known: &Known,
    by: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let lived_in = known.residents.iter().flat_map(|fact| &fact.communities);
    let mut villages: Vec<DivisionPrefix> =
        lived_in.filter_map(|(code, _)| DivisionPrefix::parse(code)).collect();
    villages.sort_unstable_by_key(ToString::to_string);
    villages.dedup();
    let (name, number) = TASK;
    let count = u32::try_from(villages.len()).unwrap_or(1).max(1);
    // The first village does what does not divide evenly.
    let share = |place: usize| number / count + if place == 0 { number % count } else { 0 };
    let year = now.day().year();
    let target = |area, number| Target { area, year, name: name.to_owned(), number };
    let mut targets = vec![target(district.area(), number)];
    let places = villages.iter().enumerate();
    targets.extend(places.map(|(place, area)| target(*area, share(place))));
    store.put_targets(targets, by, now).wait()?;
    let Some(area) = villages.first() else { return Ok(()) };
    let entry = |register: &str, content: &str| NewRegisterEntry {
        id: new_id(now),
        register: register.to_owned(),
        area: *area,
        day: now.day().plus_days(-7),
        content: content.to_owned(),
        channel: None,
        reached: None,
        owner: None,
        due: None,
        by,
        at: now,
    };
    let channel = |channel: &str| Some(channel.to_owned());
    let opinion = entry("opinions", "希望体检安排在周末");
    let id = opinion.id;
    store.enter_in_register(NewRegisterEntry { channel: channel("入户"), ..opinion }).wait()?;
    let publicity = entry("publicity", "在村务公开栏张贴积分办法");
    let (channel, reached) = (channel("公开栏"), Some(260));
    store.enter_in_register(NewRegisterEntry { channel, reached, ..publicity }).wait()?;
    let issue = entry("issues", "两个村的体检车撞了日子");
    let (owner, due) = (Some("卫生服务中心".to_owned()), Some(now.day().plus_days(-1)));
    store.enter_in_register(NewRegisterEntry { owner, due, ..issue }).wait()?;
    let answer =
        RegisterAnswer { text: "十一月起周六上午也开放".to_owned(), by, at: now };
    let cover = Cover::Area { area: district.area(), institution: None };
    let permit = Permit::covering(Action::RegistersKeep, vec![cover]);
    if let Some(permit) = permit {
        store.answer_in_register(&permit, id, answer).wait()?;
    }
    Ok(())
}
