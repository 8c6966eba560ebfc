//! Tasks on both databases: taken by one, gone on with by another, stopped and resumed.

use kangji_core::vocabulary::Vocabulary;

use super::*;
use crate::{
    store::Store,
    verify::sample::{Folder, both, noon},
};

const ONE: [u8; 16] = [1; 16];
const OTHER: [u8; 16] = [2; 16];

fn id(number: u8) -> TaskId {
    TaskId::from_bytes([number; 16])
}

fn asked(number: u8) -> Task {
    Task {
        id: id(number),
        kind: "import".to_owned(),
        action: Action::ResidentsWrite,
        title: "导入居民".to_owned(),
        input: "{}".to_owned(),
        asked_by: OfficerId::from_bytes([9; 16]),
        asked_at: noon(1),
        state: TaskState::Waiting,
        progress: Progress::default(),
        begun: None,
        message: String::new(),
        ended_at: None,
    }
}

fn at(done: u64) -> Progress {
    Progress { done, refused: 1, total: 10, place: done.to_string() }
}

fn opened(location: &crate::sql::Location) -> Store {
    Store::migrate(location, noon(1)).unwrap();
    Store::open(location, Vocabulary::national()).unwrap()
}

fn state(store: &Store, number: u8) -> TaskState {
    store.task(id(number)).unwrap().unwrap().state
}

#[test]
fn one_server_has_a_task_and_another_goes_on_when_it_is_gone() {
    let folder = Folder::new();
    for location in &both(&folder) {
        let store = opened(location);
        let part = |bytes: &[u8]| TaskFile { name: "in".to_owned(), part: 0, bytes: bytes.into() };
        store.ask_task(asked(1), vec![part(b"sealed")]).wait().unwrap();
        assert_eq!(store.task(id(1)).unwrap(), Some(asked(1)));
        assert_eq!(store.task_file(id(1), "in", 0).unwrap().as_deref(), Some(&b"sealed"[..]));
        assert_eq!(store.task_file(id(1), "in", 1).unwrap(), None);

        let taken = store.take_task(ONE, noon(2)).wait().unwrap().unwrap();
        assert_eq!((taken.state, taken.begun), (TaskState::Running, Some((noon(2), 0))));
        assert_eq!(store.take_task(OTHER, noon(2)).wait().unwrap(), None, "it is taken");
        let told = store.report_task((id(1), ONE), at(4), vec![part(b"more")], noon(2));
        assert!(told.wait().unwrap());
        let told = store.report_task((id(1), OTHER), at(9), Vec::new(), noon(2));
        assert!(!told.wait().unwrap(), "it is not theirs");

        let later = noon(2).plus_millis(SILENCE_MILLIS + 1);
        let taken = store.take_task(OTHER, later).wait().unwrap().unwrap();
        assert_eq!(taken.progress, at(4), "where the first one was");
        assert_eq!(taken.begun, Some((later, 4)));
        assert!(!store.report_task((id(1), ONE), at(5), vec![], later).wait().unwrap());
        let end = |run, message: &str| {
            store.end_task((id(1), run), TaskState::Done, message.to_owned(), later).wait()
        };
        end(ONE, "the one that is gone").unwrap();
        assert_eq!(state(&store, 1), TaskState::Running);
        end(OTHER, "新增 9 人").unwrap();
        let over = store.task(id(1)).unwrap().unwrap();
        assert_eq!((over.state, &*over.message), (TaskState::Done, "新增 9 人"));
        assert!(!store.resume_task(id(1)).wait().unwrap(), "what is done is done");
        store.sweep_tasks(later).wait().unwrap();
        assert!(store.task(id(1)).unwrap().is_some());
        store.sweep_tasks(later.plus_millis(1)).wait().unwrap();
        assert_eq!(store.task(id(1)).unwrap(), None);
        assert_eq!(store.task_file(id(1), "in", 0).unwrap(), None, "its files go with it");
    }
}

#[test]
fn what_is_stopped_can_be_resumed() {
    let folder = Folder::new();
    for location in &both(&folder) {
        let store = opened(location);
        for number in [1, 2] {
            store.ask_task(asked(number), Vec::new()).wait().unwrap();
        }
        let own = |before| TaskQuery { asked_by: Some(asked(1).asked_by), before, limit: 1 };
        let newest = store.tasks(own(None)).unwrap();
        assert_eq!(newest.iter().map(|task| task.id).collect::<Vec<_>>(), [id(2)]);
        assert_eq!(store.tasks(own(Some(id(2)))).unwrap()[0].id, id(1));
        assert!(store.tasks(own(Some(id(1)))).unwrap().is_empty());

        assert!(store.stop_task(id(1), noon(2)).wait().unwrap());
        assert_eq!(state(&store, 1), TaskState::Stopped, "nobody was at it");
        let taken = store.take_task(ONE, noon(2)).wait().unwrap().unwrap();
        assert_eq!(taken.id, id(2));
        assert!(store.stop_task(id(2), noon(2)).wait().unwrap());
        assert_eq!(state(&store, 2), TaskState::Stopping);
        assert!(!store.report_task((id(2), ONE), at(3), Vec::new(), noon(2)).wait().unwrap());
        store.end_task((id(2), ONE), TaskState::Stopped, String::new(), noon(2)).wait().unwrap();
        assert!(!store.stop_task(id(2), noon(2)).wait().unwrap(), "it is over");
        assert!(store.resume_task(id(2)).wait().unwrap());
        let taken = store.take_task(OTHER, noon(3)).wait().unwrap().unwrap();
        assert_eq!((taken.id, taken.progress), (id(2), at(3)));

        // Whoever was to stop it and is gone has stopped it.
        assert!(store.stop_task(id(2), noon(3)).wait().unwrap());
        let later = noon(3).plus_millis(SILENCE_MILLIS + 1);
        assert_eq!(store.take_task(ONE, later).wait().unwrap(), None);
        assert_eq!(state(&store, 2), TaskState::Stopped);
    }
}
