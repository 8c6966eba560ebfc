//! What a command is answered where it leads to several entries.

use kangji_core::{Points, ids::CommandKey};
use kangji_ledger::{Act, Answer, Command, EntryKind};

use crate::verify::sample::{Folder, Ledger, account, both, noon};

#[test]
fn a_reversal_that_recalls_vouchers_is_answered_with_the_reversal_and_again_p10() {
    let folder = Folder::new();
    for location in both(&folder) {
        let ledger = Ledger::open(&location);
        let credit = ledger.credit(1, noon(1), 10, None);
        for points in [3, 4] {
            ledger.act(1, noon(1), Act::Bind { lot: credit, points: Points(points) });
        }
        let command = Command {
            key: Some(CommandKey::from_bytes([200; 16])),
            account: account(1),
            day: noon(2).day(),
            act: Act::Reverse { credit },
            answer: Answer::default(),
        };
        let ask =
            |command: &Command| ledger.store.execute(command.clone(), noon(2)).wait().unwrap();
        let first = ask(&command).unwrap();
        assert_eq!((first.kind, first.refers), (EntryKind::Reverse, Some(credit)));
        assert_eq!(ask(&command), Ok(first.clone()));
        let entries = ledger.entries(account(1));
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.word()).collect();
        assert_eq!(kinds, ["credit", "bind", "bind", "release", "release", "reverse"]);
        assert_eq!(entries.last(), Some(&first));
        // What a job asks has no key and the same answer.
        let credit = ledger.credit(2, noon(1), 10, None);
        ledger.act(2, noon(1), Act::Bind { lot: credit, points: Points(3) });
        let act = Act::Reverse { credit };
        let command = Command { key: None, account: account(2), act, ..command };
        assert_eq!(ask(&command).unwrap().kind, EntryKind::Reverse);
    }
}
