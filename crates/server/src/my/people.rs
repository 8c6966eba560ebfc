//! Whom a resident's page is about: themselves, or a child they look after; and under which
//! schemes somebody has points.

use kangji_core::{Day, Division};
use kangji_store::Store;
use maud::{Markup, html};

use crate::{
    input::{At, Search},
    pages::Visit,
    points::accounts::{self, Account},
    problem::{Code, Problem},
    residents::{self, Resident, own::resident},
};

/// Somebody whom a resident acts for.
pub(super) struct Member {
    pub(super) id: String,
    /// How they are called to the resident.
    pub(super) called: String,
    pub(super) known: Resident,
}

/// A resident and the children they look after, one of whom a page is about.
pub(super) struct Family {
    /// The resident first.
    pub(super) members: Vec<Member>,
    chosen: usize,
    today: Day,
}

/// A scheme under which somebody has points or may earn some.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) scheme: String,
    pub(super) title: String,
    /// What they have there, once they have something.
    pub(super) account: Option<Account>,
}

impl Family {
    /// Those whom a resident acts for; the page is about `person`, or the resident if nobody is
    /// named.
    pub(super) async fn of(visit: &Visit, person: Option<&str>) -> Result<Self, Problem> {
        let me = resident(&visit.who())?.to_string();
        let all = residents::Which { limit: Some(200), ..residents::Which::default() };
        let found = residents::list(visit.state(), visit.who(), Search(all)).await?.0.items;
        let today = visit.app().now().day();
        let member = |known: Resident| {
            let id = known.id.clone();
            let called = if id == me { "我".to_owned() } else { called(&known, today) };
            Member { id, called, known }
        };
        let (own, wards): (Vec<_>, Vec<_>) =
            found.into_iter().map(member).partition(|member| member.id == me);
        let members: Vec<Member> = own.into_iter().chain(wards).collect();
        let wanted = person.unwrap_or(&me);
        let chosen = members.iter().position(|member| member.id == wanted);
        Ok(Self { chosen: chosen.ok_or(Code::NotFound)?, members, today })
    }

    /// Whom the page is about.
    pub(super) fn member(&self) -> Result<&Member, Problem> {
        self.members.get(self.chosen).ok_or_else(|| Code::NotFound.into())
    }

    /// Whether the page is about the resident's own.
    pub(super) const fn is_own(&self) -> bool {
        self.chosen == 0
    }

    /// The children, each with how they are called.
    pub(super) fn wards(&self) -> Vec<(String, String)> {
        let wards = self.members.iter().skip(1);
        wards.map(|member| (member.id.clone(), member.called.clone())).collect()
    }

    /// How somebody is called, by their id.
    pub(super) fn called(&self, id: &str) -> &str {
        let member = self.members.iter().find(|member| member.id == id);
        member.map_or("", |member| &member.called)
    }

    /// The child the page is about, as addresses name them; nothing for the resident.
    pub(super) fn person(&self) -> Option<&str> {
        let member = self.members.get(self.chosen).filter(|_| !self.is_own());
        member.map(|member| member.id.as_str())
    }

    /// Ways to the same page about somebody else.
    pub(super) fn switch(&self, path: &str) -> Markup {
        if self.members.len() < 2 {
            return html! {};
        }
        html! {
            nav.switch aria-label="看谁的" {
                @for (place, member) in self.members.iter().enumerate() {
                    @let person = (place != 0).then_some(member.id.as_str());
                    a href=(address(path, &[("person", person)]))
                        aria-current=[(place == self.chosen).then_some("true")] {
                        (member.called)
                    }
                }
            }
        }
    }

    /// The schemes under which the person has points, then those in force where they live.
    pub(super) async fn places(&self, visit: &Visit) -> Result<Vec<Place>, Problem> {
        let member = self.member()?;
        let accounts = accounts::list(visit.state(), visit.who(), At(member.id.clone()));
        let mut accounts = accounts.await?.0.items;
        let (homes, today) = (homes(&member.known, self.today), self.today);
        let schemes = visit.app().ask(Store::schemes).await?;
        let mut places = Vec::new();
        for versions in &schemes {
            let Some(newest) = versions.last() else { continue };
            let own = accounts.iter().position(|account| account.scheme == newest.id);
            let here = versions.iter().any(|scheme| {
                scheme.in_force.contains(today)
                    && homes.iter().any(|home| scheme.division.contains(*home))
            });
            if own.is_some() || here {
                places.push(Place {
                    scheme: newest.id.clone(),
                    title: newest.title.clone(),
                    account: own.map(|place| accounts.swap_remove(place)),
                });
            }
        }
        places.sort_by_key(|place| place.account.is_none());
        Ok(places)
    }

    /// One of [`Family::places`]: the one that is named, otherwise the first; `None` where the
    /// person has none at all.
    pub(super) async fn place(
        &self,
        visit: &Visit,
        scheme: Option<&str>,
    ) -> Result<Option<(Place, Vec<Place>)>, Problem> {
        let places = self.places(visit).await?;
        let wanted = match scheme {
            None => places.first(),
            Some(id) => {
                let found = places.iter().find(|place| place.scheme == id);
                Some(found.ok_or(Problem::from(Code::NotFound))?)
            }
        };
        Ok(wanted.cloned().map(|place| (place, places)))
    }

    /// Ways to the same page under another scheme, where there is more than one.
    pub(super) fn schemes(&self, path: &str, places: &[Place], chosen: &str) -> Markup {
        if places.len() < 2 {
            return html! {};
        }
        html! {
            nav.switch aria-label="看哪个办法的" {
                @for place in places {
                    @let fields = [("person", self.person()), ("scheme", Some(&*place.scheme))];
                    a href=(address(path, &fields))
                        aria-current=[(place.scheme == chosen).then_some("true")] {
                        (place.title)
                    }
                }
            }
        }
    }
}

/// A child as the resident knows them: the masked name, and the age that tells siblings apart.
fn called(known: &Resident, today: Day) -> String {
    let name = known.name.as_deref().unwrap_or("孩子");
    let born = known.birth_date.as_deref().and_then(|day| day.parse::<Day>().ok());
    match born.and_then(|born| born.age_years(today)) {
        Some(age) => format!("{name}（{age}岁）"),
        None => name.to_owned(),
    }
}

/// The communities somebody lives in on a day.
pub(super) fn homes(known: &Resident, day: Day) -> Vec<Division> {
    let there = known.communities.iter().filter(|community| community.holds_on(day));
    there.filter_map(|community| Division::parse(&community.value)).collect()
}

/// An address with these fields, as far as they say anything.
pub(super) fn address(path: &str, fields: &[(&str, Option<&str>)]) -> String {
    let fields: Vec<_> =
        fields.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    match serde_urlencoded::to_string(&fields) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

/// That somebody has no scheme, and what to do then.
pub(super) fn nowhere() -> Markup {
    crate::pages::parts::empty(
        "您住的地方现在没有施行中的积分办法，或者没有登记住址。",
        html! { p { "住址有变动的，请到建档的机构更新。" } a.button href="/rules" { "看各地的积分办法" } },
    )
}
