//! From grants to a permit: the decision about one thing, and the filter for many.

use kangji_core::{Division, DivisionPrefix, ids::HolderId};

use crate::{Action, Roles};

/// A role on an area, and perhaps for one institution only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The role's id.
    pub role: String,
    /// The area, with everything inside it.
    pub area: DivisionPrefix,
    /// The institution whose records it is limited to.
    pub institution: Option<String>,
}

/// Something a permit covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cover {
    /// What lies in the area; of that what belongs to an institution only if it is this one.
    Area {
        /// The area.
        area: DivisionPrefix,
        /// The only institution, if there is one.
        institution: Option<String>,
    },
    /// What is about this person.
    Person(HolderId),
}

/// Where something is and whom it is about.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The person it is about.
    pub person: Option<HolderId>,
    /// The communities it lies in: a resident may live in several.
    pub communities: &'a [Division],
    /// The institution it belongs to.
    pub institution: Option<&'a str>,
}

/// What somebody may do one action on. There is none without a cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    action: Action,
    covers: Vec<Cover>,
}

impl Permit {
    /// What the grants come to for an action; `None` where no grant's role has it.
    #[must_use]
    pub fn of(action: Action, grants: &[Grant], roles: &Roles) -> Option<Self> {
        let gives = |grant: &&Grant| {
            roles.get(&grant.role).is_some_and(|role| role.actions.contains(&action))
        };
        let covers = grants
            .iter()
            .filter(gives)
            .map(|grant| Cover::Area { area: grant.area, institution: grant.institution.clone() });
        Self::covering(action, covers.collect())
    }

    /// What lies under the covers; `None` where there is none.
    #[must_use]
    pub fn covering(action: Action, covers: Vec<Cover>) -> Option<Self> {
        (!covers.is_empty()).then_some(Self { action, covers })
    }

    /// The action.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }

    /// Whatever is under one of these is allowed, and nothing else.
    #[must_use]
    pub fn covers(&self) -> &[Cover] {
        &self.covers
    }

    /// Whether it covers all that a grant reaches, so that nobody hands on more than they have.
    #[must_use]
    pub fn includes(&self, area: DivisionPrefix, institution: Option<&str>) -> bool {
        self.covers.iter().any(|cover| match cover {
            Cover::Person(_) => false,
            Cover::Area { area: own, institution: only } => {
                own.includes(area) && only.as_deref().is_none_or(|only| institution == Some(only))
            }
        })
    }

    /// Whether the action is allowed on what is there.
    #[must_use]
    pub fn allows(&self, place: Place<'_>) -> bool {
        self.covers.iter().any(|cover| cover.contains(place))
    }
}

impl Cover {
    /// Whether what is there lies under it.
    #[must_use]
    pub fn contains(&self, place: Place<'_>) -> bool {
        match self {
            Self::Person(person) => place.person == Some(*person),
            Self::Area { area, institution } => {
                let here = |community: &Division| area.contains(*community);
                let inside =
                    *area == DivisionPrefix::EVERYWHERE || place.communities.iter().any(here);
                inside
                    && match (institution, place.institution) {
                        (Some(only), Some(its)) => only == its,
                        (None, _) | (_, None) => true,
                    }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: &str, area: &str, institution: Option<&str>) -> Grant {
        let area = if area.is_empty() {
            DivisionPrefix::EVERYWHERE
        } else {
            DivisionPrefix::parse(area).unwrap()
        };
        Grant { role: role.to_owned(), area, institution: institution.map(ToOwned::to_owned) }
    }

    fn allowed(
        grants: &[Grant],
        action: Action,
        community: &str,
        institution: Option<&str>,
    ) -> bool {
        let roles = Roles::parse(Roles::SHIPPED).unwrap();
        let communities: Vec<Division> = Division::parse(community).into_iter().collect();
        let place = Place { person: None, communities: &communities, institution };
        Permit::of(action, grants, &roles).is_some_and(|permit| permit.allows(place))
    }

    #[test]
    fn a_grant_reaches_as_far_as_its_area_and_institution() {
        let nurse = [grant("nurse", "510403", Some("clinic-1"))];
        let write = Action::RecordsWrite;
        let cases = [
            (write, "510403001001", Some("clinic-1"), true),
            (write, "510403001001", Some("clinic-2"), false),
            (write, "510404001001", Some("clinic-1"), false),
            (write, "", Some("clinic-1"), false),
            (Action::ResidentsRead, "510403001001", None, true),
            (Action::SchemesPublish, "510403001001", None, false),
        ];
        for (action, community, institution, expected) in cases {
            let found = allowed(&nurse, action, community, institution);
            assert_eq!(found, expected, "{action} {community} {institution:?}");
        }
    }

    #[test]
    fn who_lives_nowhere_is_seen_by_those_who_see_everywhere() {
        assert!(allowed(&[grant("nurse", "", None)], Action::ResidentsRead, "", None));
        assert!(!allowed(&[grant("nurse", "51", None)], Action::ResidentsRead, "", None));
    }

    #[test]
    fn who_grants_hands_on_no_more_than_they_have() {
        let permit = |area: &str, institution| {
            let roles = Roles::parse(Roles::SHIPPED).unwrap();
            let grants = [grant("security-admin", area, institution)];
            Permit::of(Action::UsersManage, &grants, &roles).unwrap()
        };
        let cases = [
            ("", None, "", None, true),
            ("", None, "51", Some("a"), true),
            ("5104", None, "510403", None, true),
            ("5104", None, "5104", None, true),
            ("5104", None, "51", None, false),
            ("5104", None, "", None, false),
            ("5104", None, "4403", None, false),
            ("5104", Some("a"), "5104", None, false),
            ("5104", Some("a"), "5104", Some("b"), false),
            ("5104", Some("a"), "510403", Some("a"), true),
        ];
        for (area, only, wanted, institution, expected) in cases {
            let wanted = grant("nurse", wanted, institution);
            let found = permit(area, only).includes(wanted.area, wanted.institution.as_deref());
            assert_eq!(found, expected, "{area} {only:?} {wanted:?}");
        }
    }

    #[test]
    fn without_a_role_that_has_the_action_there_is_no_permit() {
        assert!(!allowed(&[], Action::ResidentsRead, "510403001001", None));
        assert!(!allowed(&[grant("queen", "", None)], Action::ResidentsRead, "", None));
    }

    #[test]
    fn a_person_sees_what_is_about_them() {
        let [me, other] = [1, 2].map(|byte| HolderId::from_bytes([byte; 16]));
        let permit = Permit::covering(Action::PointsRead, vec![Cover::Person(me)]).unwrap();
        let about = |person| Place { person, communities: &[], institution: None };
        assert!(permit.allows(about(Some(me))));
        assert!(!permit.allows(about(Some(other))));
        assert!(!permit.allows(about(None)));
    }
}
