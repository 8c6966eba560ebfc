//! Drafts and notes on both databases.

use kangji_core::{ids::NoteId, vocabulary::Vocabulary};
use kangji_rights::Action;

use super::*;
use crate::{
    proposals::{ProposalDecision, Proposed},
    store::Store,
    verify::sample::{Folder, both, noon},
};

const ONE: OfficerId = OfficerId::from_bytes([1; 16]);
const OTHER: OfficerId = OfficerId::from_bytes([2; 16]);
const DRAFT: DraftId = DraftId::from_bytes([3; 16]);

fn opened(location: &crate::sql::Location) -> Store {
    Store::migrate(location, noon(1)).unwrap();
    Store::open(location, Vocabulary::national()).unwrap()
}

fn begun() -> Draft {
    Draft {
        id: DRAFT,
        scheme: "health".to_owned(),
        area: DivisionPrefix::parse("510403").unwrap(),
        document: "第一稿".to_owned(),
        started_from: Day::new(2026, 1, 1),
        started_by: ONE,
        started_at: noon(1),
        changed_by: ONE,
        changed_at: noon(1),
        revision: 1,
        state: DraftState::Open,
        proposal: None,
    }
}

fn proposal(number: u8) -> Proposal {
    Proposal {
        id: ProposalId::from_bytes([number; 16]),
        area: begun().area,
        content: Proposed::PublishScheme { document: "不是办法".to_owned() },
        proposed_by: ONE,
        proposed_at: noon(3),
        decision: None,
    }
}

#[test]
fn of_two_people_who_change_a_draft_the_later_one_learns_so() {
    let folder = Folder::new();
    for location in &both(&folder) {
        let store = opened(location);
        store.start_draft(begun()).wait().unwrap();
        assert_eq!(store.draft(DRAFT).unwrap(), Some(begun()));
        let change = |revision, text: &str, by| {
            store.change_draft((DRAFT, revision), text.to_owned(), (by, noon(2))).wait().unwrap()
        };
        assert_eq!(change(1, "第一稿", ONE), Ok(1), "the same is no change");
        assert_eq!(change(1, "第二稿", ONE), Ok(2));
        assert_eq!(change(1, "另一稿", OTHER), Err(NotChanged::Revision(2)));
        let kept = store.draft(DRAFT).unwrap().unwrap();
        assert_eq!((kept.document.as_str(), kept.changed_by), ("第二稿", ONE));
        let unknown = DraftId::from_bytes([9; 16]);
        let nothing = store.change_draft((unknown, 1), String::new(), (ONE, noon(2)));
        assert_eq!(nothing.wait().unwrap(), Err(NotChanged::Unknown));
        assert_eq!(store.drop_draft((DRAFT, 2), (ONE, noon(2))).wait().unwrap(), Ok(3));
        assert_eq!(change(3, "再一稿", ONE), Err(NotChanged::Closed));
    }
}

#[test]
fn what_is_returned_can_be_changed_again() {
    let folder = Folder::new();
    for location in &both(&folder) {
        let store = opened(location);
        store.start_draft(begun()).wait().unwrap();
        let stale = store.propose_draft((DRAFT, 7), proposal(4)).wait().unwrap();
        assert_eq!(stale, Err(NotChanged::Revision(1)));
        assert_eq!(store.proposal(proposal(4).id).unwrap(), None, "nothing is half done");
        assert_eq!(store.propose_draft((DRAFT, 1), proposal(4)).wait().unwrap(), Ok(2));
        assert_eq!(store.draft_of(proposal(4).id).unwrap(), Some(DRAFT));
        let waits = store.change_draft((DRAFT, 2), "改".to_owned(), (ONE, noon(3))).wait().unwrap();
        assert_eq!(waits, Err(NotChanged::Closed));
        let decision =
            ProposalDecision {
                by: OTHER, at: noon(4), accepted: false, reason: "分值不对".into()
            };
        store.decide_proposal(proposal(4).id, decision).wait().unwrap().unwrap();
        let open = store.draft(DRAFT).unwrap().unwrap();
        assert_eq!((open.state, open.revision), (DraftState::Open, 3));
        let again = store.change_draft((DRAFT, 3), "改".to_owned(), (ONE, noon(5))).wait().unwrap();
        assert_eq!(again, Ok(4));
    }
}

#[test]
fn drafts_are_listed_where_a_permit_reaches() {
    let folder = Folder::new();
    for location in &both(&folder) {
        let store = opened(location);
        store.start_draft(begun()).wait().unwrap();
        let other = Draft { id: DraftId::from_bytes([5; 16]), ..begun() };
        store.start_draft(other.clone()).wait().unwrap();
        let under = |area: &str, before| {
            let area = DivisionPrefix::parse(area).unwrap();
            let cover = Cover::Area { area, institution: None };
            let permit = Permit::covering(Action::SchemesPublish, vec![cover]).unwrap();
            let query = DraftQuery { scheme: Some("health".to_owned()), permit, before, limit: 9 };
            store.drafts(&query).unwrap().into_iter().map(|draft| draft.id).collect::<Vec<_>>()
        };
        assert_eq!(under("510403", None), [other.id, DRAFT]);
        assert_eq!(under("5104", Some(other.id)), [DRAFT]);
        assert!(under("4403", None).is_empty());
        assert!(under("510403001", None).is_empty(), "a part is not the whole");
    }
}

#[test]
fn notes_stand_until_they_are_withdrawn() {
    let folder = Folder::new();
    for location in &both(&folder) {
        let store = opened(location);
        let note = Note {
            id: NoteId::from_bytes([6; 16]),
            scheme: "health".to_owned(),
            award: Some("lecture".to_owned()),
            title: "什么算讲座".to_owned(),
            content: "机构登记的才算。".to_owned(),
            written_by: ONE,
            written_at: noon(1),
            withdrawn: None,
        };
        store.write_note(note.clone()).wait().unwrap();
        assert_eq!(store.notes("health").unwrap(), std::slice::from_ref(&note));
        assert!(store.notes("other").unwrap().is_empty());
        assert!(store.withdraw_note(note.id, OTHER, noon(2)).wait().unwrap());
        assert!(!store.withdraw_note(note.id, ONE, noon(3)).wait().unwrap());
        assert!(store.notes("health").unwrap().is_empty());
        let kept = store.note(note.id).unwrap().unwrap();
        assert_eq!(kept.withdrawn, Some((OTHER, noon(2))));
    }
}
