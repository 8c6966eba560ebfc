//! Who may do what, and where. Rights are data: a person or connected system holds grants, a grant
//! gives a role on an area and perhaps for one institution only, a role is a list of actions.
//!
//! A [`Permit`] is what the grants of one principal come to for one action. It is the decision
//! about one thing ([`Permit::allows`]) and, by its [covers](Permit::covers), the filter for many.
//! This crate knows no sessions, no tables and no statements.

mod action;
mod permit;
mod role;

pub use action::{Action, UnknownAction};
pub use permit::{Cover, Grant, Permit, Place};
pub use role::{Role, RoleError, Roles};
