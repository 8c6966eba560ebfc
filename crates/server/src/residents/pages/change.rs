//! Changing what is known of a person. Who lives elsewhere, has another guardian or belongs to
//! other groups does so from a day on: what held before stays known until the day before.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use kangji_core::Day;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{
    at_desk, back, document_kind, document_kinds,
    facts::{communities_today, facts, holds},
    register::{groups, guardian, is_about_the_form, placed},
};
use crate::{
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    residents::{
        Resident, communities,
        facts::Dated,
        identity::{self, GivenDocument},
        register::{self, ChangedResident},
        show as resident,
    },
};

const TITLE: &str = "修改资料";

/// A person as seen before the change, and by what a change meanwhile is noticed.
struct Seen {
    known: Resident,
    tag: String,
}

async fn seen(visit: &Visit, id: &str) -> Result<Seen, Problem> {
    at_desk(visit)?;
    if !visit.may(Action::ResidentsWrite) {
        return Err(Code::Forbidden.into());
    }
    let (tag, known) = resident(visit.state(), visit.who(), At(id.to_owned())).await?;
    let [(_, tag)] = tag.0;
    Ok(Seen { known: known.0, tag })
}

pub(super) async fn ask(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let seen = seen(&visit, &id).await?;
    let form = form(&visit, &seen, None, None).await?;
    Ok(visit.page(TITLE, form))
}

async fn form(
    visit: &Visit,
    seen: &Seen,
    typed: Option<&Form>,
    problem: Option<&Problem>,
) -> Result<Markup, Problem> {
    let known = &seen.known;
    let offered = communities::list(visit.state(), visit.who()).await?.0;
    let today = visit.app().now().day().to_string();
    let value = |name: &str| typed.and_then(|typed| typed.text(name));
    let community = communities_today(known).first().copied();
    Ok(html! {
        (back(known))
        (faults(problem))
        (facts(visit, known))
        form method="post" action=(format!("/residents/{}/change", known.id)) {
            (visit.seal())
            input type="hidden" name="tag" value=(seen.tag);
            (Field::new("phone", "新电话", Kind::Digits).hint("不改就留空").value(value("phone"))
                .fault(problem).show())
            (Field::new("no_phone", "不再有电话", Kind::Tick).value(value("no_phone")).show())
            (Field::new("community", "居住社区（12 位区划代码）", Kind::Digits).required()
                .value(value("community").or(community)).offering(&offered)
                .fault(problem).show())
            (Field::new("guardian", "换监护人", Kind::Line)
                .hint("新监护人的身份证号、电话或居民编号；不换就留空")
                .value(value("guardian")).fault(problem).show())
            @if let Some(list) = &known.groups { (belongs(visit, list, typed, &today, problem)) }
            (Field::new("from", "从哪天起", Kind::Day).required()
                .hint("社区、监护人、人群从这一天起改变，以前的仍然保留")
                .value(value("from").or(Some(&today))).fault(problem).show())
            details open[["name", "document.number", "reason"].iter().any(|name| value(name).is_some())] {
                summary { "更正姓名或证件，写明原因" }
                (names(typed, problem))
            }
            button.main type="submit" { "保存" }
        }
    })
}

/// The boxes of groups, ticked as typed or as they hold today.
fn belongs(
    visit: &Visit,
    list: &[Dated],
    typed: Option<&Form>,
    today: &str,
    problem: Option<&Problem>,
) -> Markup {
    let ticked = |group: &str| match typed {
        Some(typed) => typed.texts("groups").any(|one| one == group),
        None => list.iter().any(|one| one.value == group && holds(one, today)),
    };
    html! {
        input type="hidden" name="groups_shown" value="yes";
        details { summary { "人群" } (groups(visit, &ticked, problem)) }
    }
}

fn names(typed: Option<&Form>, problem: Option<&Problem>) -> Markup {
    let value = |name: &str| typed.and_then(|typed| typed.text(name));
    let kinds = document_kinds();
    html! {
        (Field::new("name", "姓名", Kind::Line).hint("不改就留空").value(value("name"))
            .fault(problem).show())
        (Field::new("document.number", "证件号码", Kind::Line).hint("不改就留空")
            .value(value("document.number")).fault(problem).show())
        (Field::new("document.kind", "证件种类", Kind::Choice(&kinds))
            .value(Some(value("document.kind").unwrap_or("resident-card"))).fault(problem).show())
        (Field::new("reason", "原因", Kind::Line)
            .hint("未满 14 岁没有监护人时，或改动影响已结束的周期时要写")
            .value(value("reason")).fault(problem).show())
    }
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    typed: Form,
) -> Result<Response, Problem> {
    let seen = seen(&visit, &id).await?;
    match changed(&visit, &seen.known, &typed).await {
        Ok(()) => Ok(Redirect::to(&format!("/residents/{id}?done=changed")).into_response()),
        Err(problem) if problem.code == Code::Changed => {
            // What somebody else wrote meanwhile is shown before anything is overwritten.
            let body = html! {
                (parts::notice(Tone::Warn, "资料刚被他人修改", html! {
                    p { "下面是现在的资料。请核对后再次保存。" }
                }))
                (form(&visit, &seen, Some(&typed), None).await?)
            };
            Ok(visit.page(TITLE, body).with(problem.code.status()).into_response())
        }
        Err(problem) if is_about_the_form(&problem) => {
            let problem = placed(problem);
            let tag = typed.text("tag").unwrap_or_default().to_owned();
            let seen = Seen { tag, ..seen };
            let form = form(&visit, &seen, Some(&typed), Some(&problem)).await?;
            Ok(visit.page(TITLE, form).with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn changed(visit: &Visit, known: &Resident, typed: &Form) -> Result<(), Problem> {
    let text = |name: &str| typed.text(name).map(ToOwned::to_owned);
    let from = typed.need("from")?;
    let from: Day =
        from.parse().map_err(|_| Problem::invalid("from", "日期写作 2026-09-21 的样子"))?;
    let guardians = match typed.text("guardian") {
        Some(shown) => instead(&known.guardians, &[guardian(visit, shown).await?], from, true),
        None => known.guardians.clone(),
    };
    let community = typed.need("community")?.to_owned();
    let ticked: Vec<String> = typed.texts("groups").map(ToOwned::to_owned).collect();
    let groups = known.groups.as_ref().filter(|_| typed.text("groups_shown").is_some());
    let document = match text("document.number") {
        Some(number) => {
            let kind = document_kind("document.kind", typed.need("document.kind")?)?;
            Some(GivenDocument { kind, number })
        }
        None => None,
    };
    // What a new document tells takes the place of what was known; the rest stays.
    let today = visit.app().now().day();
    let given = document.as_ref().map(|given| identity::document(given, today)).transpose()?;
    let (birth, sex) = given.as_ref().map_or((None, None), |one| (one.birth_date(), one.sex()));
    let birth_date = known.birth_date.clone().filter(|_| birth.is_none());
    let sex = known.sex.filter(|_| sex.is_none());
    let body = ChangedResident {
        name: text("name"),
        document,
        phone: typed.text("no_phone").map(|_| String::new()).or_else(|| text("phone")),
        birth_date,
        sex,
        communities: instead(&known.communities, &[community], from, true),
        guardians,
        groups: groups.map(|groups| instead(groups, &ticked, from, false)),
        reason: text("reason"),
    };
    let tag = typed.text("tag").unwrap_or_default();
    let tag = HeaderValue::from_str(tag).map_err(|_| Code::Malformed)?;
    let headers = HeaderMap::from_iter([(header::IF_MATCH, tag)]);
    let id = At(known.id.clone());
    let _ = register::change(visit.state(), visit.who(), id, headers, typed.write(body)?).await?;
    Ok(())
}

/// A list of dated facts in which from a day on these hold and no others; `alone` where only one
/// can. A list in which they do already stays as it is.
fn instead(list: &[Dated], values: &[String], from: Day, alone: bool) -> Vec<Dated> {
    let (first, before) = (from.to_string(), from.previous().to_string());
    let held: Vec<&str> =
        list.iter().filter(|one| holds(one, &first)).map(|one| one.value.as_str()).collect();
    let new: Vec<&String> = values.iter().filter(|value| !held.contains(&value.as_str())).collect();
    let gone = |one: &Dated| holds(one, &first) && !values.contains(&one.value);
    let is_later = |one: &Dated| one.from.as_deref().is_some_and(|day| day > first.as_str());
    let displaced =
        |one: &Dated| is_later(one) && !new.is_empty() && (alone || new.contains(&&one.value));
    let mut kept = Vec::with_capacity(list.len() + new.len());
    for one in list.iter().filter(|one| !displaced(one)) {
        if !gone(one) {
            kept.push(one.clone());
        } else if one.from.as_deref() != Some(first.as_str()) {
            kept.push(Dated { to: Some(before.clone()), ..one.clone() });
        }
    }
    let since =
        |value: &&String| Dated { value: (*value).clone(), from: Some(first.clone()), to: None };
    kept.extend(new.iter().map(since));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(value: &str, from: Option<&str>, to: Option<&str>) -> Dated {
        let text = |day: Option<&str>| day.map(ToOwned::to_owned);
        Dated { value: value.to_owned(), from: text(from), to: text(to) }
    }

    fn shown(list: &[Dated]) -> Vec<(&str, Option<&str>, Option<&str>)> {
        list.iter().map(|one| (&*one.value, one.from.as_deref(), one.to.as_deref())).collect()
    }

    #[test]
    fn what_held_before_ends_the_day_before() {
        let list = [
            dated("old", None, Some("2020-01-31")),
            dated("now", Some("2020-02-01"), None),
            dated("later", Some("2027-01-01"), None),
        ];
        let day = Day::new(2026, 9, 21).unwrap();
        assert_eq!(
            shown(&instead(&list, &["new".to_owned()], day, true)),
            [
                ("old", None, Some("2020-01-31")),
                ("now", Some("2020-02-01"), Some("2026-09-20")),
                ("new", Some("2026-09-21"), None),
            ]
        );
        let same = instead(&list, &["now".to_owned()], day, true);
        assert_eq!(shown(&same), shown(&list));
        // Corrected on its own first day, it was never so.
        let first = instead(&list[1..2], &["new".to_owned()], Day::new(2020, 2, 1).unwrap(), true);
        assert_eq!(shown(&first), [("new", Some("2020-02-01"), None)]);
        // One group more leaves the others as they are.
        let more = instead(&list, &["now".to_owned(), "new".to_owned()], day, false);
        assert_eq!(shown(&more[..3]), shown(&list));
        assert_eq!(shown(&more[3..]), [("new", Some("2026-09-21"), None)]);
    }
}
