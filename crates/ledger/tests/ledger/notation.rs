//! The notation of cases: a line is a command and what it leads to.
//!
//! ```text
//! 03-01 credit 10 until 03-20       -> total 10 redeemable 10
//! 03-02 hold 4 due 03-09            -> redeemable 6 held 4
//! 03-05 for 03-01 hold 7            -> refused insufficient 6
//! 03-05 pool: hand-on 1=3 2=4 two   -> of 1 total 3
//! ```
//!
//! The first day is today (its first moment) and stays so on lines without one; `for` names
//! another day that this command counts for. Account 1 acts unless another is named; account 0
//! is the pool. `bind 1=5` puts 5 points of lot 1 on a voucher. `one`, `same`, `two` say how many
//! officers answer, `reason` and `cause` that these are given.
//! After every line each account is compared with a replay of its entries.

use std::str::SplitWhitespace;

use kangji_core::{
    Day, Moment, Points,
    ids::{AccountId, CauseId, OfficerId, ReasonId},
};
use kangji_ledger::{Act, Answer, Command, Lot, Seq};

use crate::town::{Memory, Town, credit, id, told};

/// Runs a case with histories read on demand and again with all of them at hand.
#[track_caller]
pub(crate) fn case(text: &str) -> Town {
    let kept = run(text, Memory::Always);
    let read = run(text, Memory::OnDemand);
    assert_eq!(kept.entries, read.entries, "what is read on demand changes no entry");
    kept
}

#[track_caller]
fn run(text: &str, memory: Memory) -> Town {
    let mut town = Town::new(4, memory);
    town.terms.adjustments = false;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in lines {
        let (asked, expected) = line.split_once("->").unwrap_or((line, ""));
        let Some((account, outcome)) = step(&mut town, asked) else { continue };
        let seen = expected.trim();
        match (outcome, seen.strip_prefix("refused ")) {
            (Err(refusal), Some(wanted)) => assert_eq!(refusal, wanted, "in `{line}`"),
            (Err(refusal), None) => panic!("refused {refusal} in `{line}`"),
            (Ok(()), Some(_)) => panic!("not refused in `{line}`"),
            (Ok(()), None) => look(&town, account, seen, line),
        }
    }
    town
}

/// A day of 2026 as `03-01`, of another year in full.
fn day(text: &str) -> Day {
    let text = if text.len() == 5 { format!("2026-{text}") } else { text.to_owned() };
    text.parse().unwrap()
}

fn account(name: &str) -> u8 {
    let name = name.trim_end_matches(':');
    if name == "pool" { 0 } else { name.parse().unwrap() }
}

/// Does what the left side says; `None` where it says nothing to an account.
fn step(town: &mut Town, asked: &str) -> Option<(u8, Result<(), String>)> {
    let mut words = asked.split_whitespace().peekable();
    if let Some(today) = words.next_if(|word| word.contains('-') && word.as_bytes()[0] < b'9') {
        town.now = Moment::start_of(day(today));
    }
    let mut of = town.today();
    if words.next_if_eq(&"for").is_some() {
        of = day(words.next().unwrap());
    }
    let name = words.next_if(|word| word.ends_with(':'));
    let who = name.map_or(1, account);
    let word = words.next().unwrap();
    let rest = asked.split_once(word).unwrap().1;
    let words = rest.split_whitespace();
    match word {
        "closed" => town.terms.closed_through = Some(day(words.last().unwrap())),
        "adjustments" => town.terms.adjustments = true,
        "checkpoint" => town.epoch += 1,
        "look" => return Some((who, Ok(()))),
        _ => return Some((who, command(town, who, of, word, words))),
    }
    None
}

fn command(
    town: &mut Town,
    who: u8,
    of: Day,
    word: &str,
    words: SplitWhitespace<'_>,
) -> Result<(), String> {
    let words: Vec<&str> = words.collect();
    let command = Command {
        key: None,
        account: id(who),
        day: of,
        act: act(word, &words, of),
        answer: answer(&words),
    };
    let before = (town.accounts.clone(), town.entries.len());
    let outcome = town.run(&command).map_err(|refusal| told(&refusal));
    if outcome.is_err() {
        assert_eq!(before, (town.accounts.clone(), town.entries.len()), "a refusal leaves a trace");
    }
    if outcome.is_ok() {
        for number in 0..4 {
            let replayed = town.replayed(number);
            let history = town.account(number).history.clone();
            let replayed = match history {
                None => kangji_ledger::Account { history: None, ..replayed },
                Some(_) => replayed,
            };
            assert_eq!(*town.account(number), replayed, "its entries make another account");
        }
    }
    outcome
}

fn act(word: &str, words: &[&str], of: Day) -> Act {
    let number = || words.first().and_then(|word| word.parse::<i64>().ok()).unwrap();
    let after = |key: &str| {
        let place = words.iter().position(|word| *word == key)?;
        words.get(place + 1).map(|word| day(word))
    };
    let points = || Points(number());
    let seq = || Seq(number().unsigned_abs());
    match word {
        "credit" => credit(of, number(), after("until")),
        "reverse" => Act::Reverse { credit: seq() },
        "bind" => {
            let (lot, points) = words[0].split_once('=').unwrap();
            let (lot, points) = (lot.parse().unwrap(), points.parse().unwrap());
            Act::Bind { lot: Seq(lot), points: Points(points) }
        }
        "hold" => Act::Hold { points: points(), until: after("due").map(Moment::start_of) },
        "capture" => Act::Capture { hold: seq() },
        "release" => Act::Release { hold: seq() },
        "refund" => Act::Refund { capture: seq() },
        "time-out" => Act::TimeOut { hold: seq() },
        "expire" => Act::Expire { year_end: false, article: "第八条".to_owned() },
        "year-end" => Act::Expire { year_end: true, article: "第十七条".to_owned() },
        "forfeit" => Act::Forfeit { article: "第十一条".to_owned() },
        "restore" => Act::Restore { forfeit: seq() },
        "hand-on" => Act::HandOn { list: list(words) },
        "adjust" => Act::Adjust { points: points(), expires_on: after("until") },
        "write-off" => Act::WriteOff,
        other => panic!("no case says `{other}`"),
    }
}

fn list(words: &[&str]) -> Vec<(AccountId, Points)> {
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    pairs.map(|(name, points)| (id(account(name)), Points(points.parse().unwrap()))).collect()
}

fn answer(words: &[&str]) -> Answer {
    let says = |word: &str| words.contains(&word);
    let officer = |number: u8| Some(OfficerId::from_bytes([number; 16]));
    let (first, second) = match () {
        () if says("two") => (officer(1), officer(2)),
        () if says("same") => (officer(1), officer(1)),
        () if says("one") => (officer(1), None),
        () => (None, None),
    };
    Answer {
        officer: first,
        second,
        reason: says("reason").then(|| ReasonId::from_bytes([3; 16])),
        cause: says("cause").then(|| CauseId::from_bytes([4; 16])),
    }
}

/// Compares what the right side names: `total`, `redeemable` (today), `balance`, `held`, `paper`
/// (on vouchers), `short`, `seq`, `lots` as `1:5+2:3` in the order of spending, `did` for the kinds of the last entries.
#[track_caller]
fn look(town: &Town, mut who: u8, seen: &str, line: &str) {
    let mut words = seen.split_whitespace();
    while let Some(word) = words.next() {
        if word == "of" {
            who = account(words.next().unwrap());
            continue;
        }
        let wanted = words.next().unwrap();
        let account = town.account(who);
        let found = match word {
            "total" => account.total.0.to_string(),
            "redeemable" => account.redeemable(town.today()).0.to_string(),
            "balance" => account.balance().0.to_string(),
            "held" => account.held.0.to_string(),
            "short" => account.shortfall.0.to_string(),
            "seq" => account.seq.0.to_string(),
            "paper" => account.on_vouchers().0.to_string(),
            "lots" => lots(&account.lots),
            "did" => did(town, who, wanted),
            "days" => days(town, who, wanted),
            other => panic!("no case looks at `{other}`"),
        };
        assert_eq!(found, wanted, "{word} of account {who} in `{line}`");
    }
}

fn lots(lots: &[Lot]) -> String {
    let texts = lots.iter().map(|lot| format!("{}:{}", lot.seq.0, lot.points.0));
    let text = texts.collect::<Vec<_>>().join("+");
    if text.is_empty() { "none".to_owned() } else { text }
}

/// As many kinds of last entries as `wanted` names.
fn did(town: &Town, who: u8, wanted: &str) -> String {
    let words: Vec<&str> = town.entries_of(who).map(|entry| entry.kind.word()).collect();
    let from = words.len().saturating_sub(wanted.split('+').count());
    words[from..].join("+")
}

/// As many days of last entries as `wanted` names, without their year.
fn days(town: &Town, who: u8, wanted: &str) -> String {
    let days: Vec<String> =
        town.entries_of(who).map(|entry| entry.day.to_string()[5..].to_owned()).collect();
    let from = days.len().saturating_sub(wanted.split('+').count());
    days[from..].join("+")
}
