//! Roles: named lists of actions, shipped as data.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::Action;

/// A named list of actions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The name in grants.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What it allows.
    pub actions: BTreeSet<Action>,
}

/// Why a text gives no roles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// It is not of the form of `roles.toml`.
    #[error("the roles cannot be read: {0}")]
    Form(String),
    /// Two roles have one id.
    #[error("the role `{0}` is there twice")]
    Twice(String),
    /// A rule names a role that is not there.
    #[error("there is no role `{0}`")]
    Unknown(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    role: Vec<Role>,
    #[serde(default)]
    apart: Vec<Apart>,
}

/// Roles that are held alone: not with each other, and not with any other role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Apart {
    alone: BTreeSet<String>,
}

/// All roles of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    roles: Vec<Role>,
    apart: Vec<Apart>,
}

impl Roles {
    /// The text of the roles that come with the program.
    pub const SHIPPED: &str = include_str!("../roles.toml");

    /// Reads roles.
    ///
    /// # Errors
    /// Where the text is not of the form, or names a role twice or an unknown one.
    pub fn parse(text: &str) -> Result<Self, RoleError> {
        let File { role: roles, apart } =
            toml::from_str(text).map_err(|error| RoleError::Form(error.to_string()))?;
        let mut ids = BTreeSet::new();
        if let Some(twice) = roles.iter().find(|role| !ids.insert(role.id.as_str())) {
            return Err(RoleError::Twice(twice.id.clone()));
        }
        let named = || apart.iter().flat_map(|rule| &rule.alone);
        if let Some(unknown) = named().find(|id| !ids.contains(id.as_str())) {
            return Err(RoleError::Unknown(unknown.clone()));
        }
        Ok(Self { roles, apart })
    }

    /// The role with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// Every role, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Role] {
        &self.roles
    }

    /// The first role of `held` that must be held alone, together with one it is not alone with.
    #[must_use]
    pub fn conflict<'a>(&self, held: &[&'a str]) -> Option<(&'a str, &'a str)> {
        let alone = |id: &str| self.apart.iter().any(|rule| rule.alone.contains(id));
        let lonely = held.iter().copied().find(|id| alone(id))?;
        let other = held.iter().copied().find(|other| *other != lonely)?;
        Some((lonely, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_roles_are_read() {
        let roles = Roles::parse(Roles::SHIPPED).unwrap();
        assert!(roles.get("nurse").unwrap().actions.contains(&Action::RecordsWrite));
        assert!(!roles.get("cadre").unwrap().actions.contains(&Action::RecordsRead));
        assert_eq!(roles.get("queen"), None);
    }

    #[test]
    fn every_action_is_in_some_role() {
        let roles = Roles::parse(Roles::SHIPPED).unwrap();
        let held = |action| roles.all().iter().any(|role| role.actions.contains(action));
        let missing: Vec<_> = Action::ALL.iter().filter(|action| !held(action)).collect();
        assert_eq!(missing, Vec::<&Action>::new());
    }

    #[test]
    fn administrators_are_held_alone() {
        let roles = Roles::parse(Roles::SHIPPED).unwrap();
        assert_eq!(roles.conflict(&["nurse", "manager"]), None);
        assert_eq!(roles.conflict(&["auditor"]), None);
        assert_eq!(roles.conflict(&["auditor", "auditor"]), None);
        let together = roles.conflict(&["nurse", "security-admin"]);
        assert_eq!(together, Some(("security-admin", "nurse")));
        assert!(roles.conflict(&["system-admin", "auditor"]).is_some());
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let problem = |text: &str| Roles::parse(text).unwrap_err().to_string();
        assert!(problem("[[role]]\nid = 1").contains("cannot be read"));
        let role = "[[role]]\nid = 'a'\nname = 'A'\nactions = []\n";
        assert_eq!(problem(&role.repeat(2)), "the role `a` is there twice");
        assert_eq!(problem(&format!("{role}[[apart]]\nalone = ['b']")), "there is no role `b`");
        assert!(problem(&role.replace("[]", "['fly']")).contains("`fly` is no action"));
    }
}
