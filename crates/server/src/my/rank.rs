//! The rank of a resident: to take part or not, and where one stands. Nobody else's points are
//! shown, and nobody sees it but the resident.

use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::people::{Family, Place, nowhere};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Visit,
        parts::{self, Tone},
    },
    points::rank::{self, Rank},
    problem::{Code, Problem},
    residents::consents::{self, Choice, Purpose},
};

pub(super) async fn show(visit: Visit) -> Result<Page, Problem> {
    let family = Family::of(&visit, None).await?;
    let agreed = consents::list(visit.state(), visit.who()).await?.0;
    let takes_part = agreed.first().is_some_and(|own| own.stands(Purpose::Rank));
    let places = family.places(&visit).await?;
    let mut ranks = Vec::with_capacity(places.len());
    for place in places {
        let at = At(family.member()?.id.clone());
        let which = Search(rank::Which { scheme: place.scheme.clone() });
        ranks.push((place, rank::read(visit.state(), visit.who(), at, which).await?.0));
    }
    let body = html! {
        @if takes_part {
            @for (place, rank) in &ranks { (stand(place, rank)) }
            @if ranks.is_empty() { (nowhere()) }
        } @else { (about()) }
        (choice(&visit, takes_part))
        p { a href="/my" { "回到积分" } }
    };
    Ok(visit.page("排名", body))
}

/// What taking part means.
fn about() -> Markup {
    html! {
        p.lead { "想知道自己的积分在社区里排在哪里，可以参加排名。" }
        ul {
            li { "只和本社区同意参加的成年人比，至少 50 人参加才有排名。" }
            li { "只有您自己看得到自己的名次；别人看不到您，您也看不到别人。" }
            li { "和病情有关的积分不算在排名里。" }
            li { "不参加不影响积分和兑换；参加以后随时可以退出。" }
        }
    }
}

fn choice(visit: &Visit, takes_part: bool) -> Markup {
    html! {
        form method="post" action="/my/rank" {
            (visit.seal())
            @if takes_part {
                button.quiet name="given" value="false" type="submit" { "退出排名" }
            } @else {
                button.main name="given" value="true" type="submit" { "参加排名" }
            }
        }
    }
}

/// Where somebody stands under a scheme, or why there is no rank.
fn stand(place: &Place, rank: &Rank) -> Markup {
    html! {
        h2 { (place.title) }
        @match (rank.rank, rank.of, &rank.band) {
            (Some(own), Some(of), Some(band)) => {
                div.figures {
                    (parts::figure("我的名次", &own.to_string(), "名"))
                    (parts::figure("所在一档", band, ""))
                }
                (parts::bars(
                    &format!("本社区参加的 {of} 人，各档有多少人"),
                    ["档", "人数"],
                    &bands(own, of),
                ))
            }
            _ => (parts::notice(Tone::Plain, rank.why.as_deref().unwrap_or("没有排名"), html! {
                @if let Some(remedy) = &rank.remedy { p { (remedy) "。" } }
            })),
        }
    }
}

/// How many stand in each band, the own one marked. Bands end where the ranks of the API's bands
/// do.
fn bands(own: usize, of: usize) -> Vec<(String, i64, String)> {
    let mut before = 0;
    let ends = [("前10%", 10), ("10%～25%", 25), ("25%～50%", 50), ("后50%", 100)];
    let line = |(name, percent): (&str, usize)| {
        let end = of.saturating_mul(percent).checked_div(100).unwrap_or_default();
        let is_own = own > before && own <= end;
        let people = i64::try_from(end.saturating_sub(before)).unwrap_or(i64::MAX);
        before = end;
        let name = if is_own { format!("{name}（我在这里）") } else { name.to_owned() };
        (name, people, format!("{people}人"))
    };
    ends.into_iter().map(line).collect()
}

pub(super) async fn choose(visit: Visit, form: Form) -> Result<Response, Problem> {
    if !visit.is_resident() {
        return Err(Code::Forbidden.into());
    }
    let given = form.need("given")? == "true";
    let write = form.write(Choice { given, person: None })?;
    let purpose = At(Purpose::Rank.word().to_owned());
    drop(consents::set(visit.state(), visit.who(), purpose, write).await?);
    Ok(Redirect::to("/my/rank").into_response())
}

#[cfg(test)]
mod tests {
    use super::bands;

    #[test]
    fn bands_hold_everybody_once_and_mark_the_own_one() {
        for of in [50, 51, 99, 1000] {
            for own in 1..=of {
                let bands = bands(own, of);
                let people: i64 = bands.iter().map(|(_, people, _)| people).sum();
                assert_eq!(usize::try_from(people), Ok(of));
                let marked = bands.iter().filter(|(name, ..)| name.contains("我在这里"));
                assert_eq!(marked.count(), 1, "{own} of {of}");
            }
        }
        assert!(bands(5, 50)[0].0.contains("我在这里") && bands(6, 50)[1].0.contains("我在这里"));
    }
}
