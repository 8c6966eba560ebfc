//! A verification in the background: one at a time on a server, on a thread of its own, which does
//! not keep a server that stops.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use kangji_core::Moment;
use kangji_ledger::{checkpoint::Signed, key::PublicKey, key::Signer};
use kangji_store::{
    Location, outside,
    verify::{self, Found, Report},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    config::Data,
    key_files::{self, KeyFileError, Missing},
    problem::{Code, Problem},
};

/// What a server's verifications came to.
#[derive(Default)]
pub(crate) struct Verification {
    entries: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running_since: Option<Moment>,
    last: Option<LedgerReport>,
}

/// How far a verification is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// The one under way.
    pub(super) running: Option<Running>,
    /// What the last one of this server found.
    pub(super) last: Option<LedgerReport>,
}

/// A verification under way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Running {
    /// Since when, in milliseconds of UTC.
    pub(super) started_at: i64,
    /// How many entries it has read.
    pub(super) entries: u64,
}

/// How a verification ended.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Sound,
    /// The findings say what is wrong.
    Broken,
    /// The database could not be read to its end; the server's log says why.
    Failed,
}

/// What a verification found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LedgerReport {
    /// When it was started, in milliseconds of UTC.
    pub(super) started_at: i64,
    pub(super) outcome: Outcome,
    /// How many accounts there are.
    pub(super) accounts: u64,
    /// How many entries.
    pub(super) entries: u64,
    /// How many checkpoints.
    pub(super) checkpoints: u64,
    /// How many lines of the audit log follow from each other.
    pub(super) audit_lines: i64,
    /// When the last checkpoint was made, in milliseconds of UTC.
    pub(super) last_checkpoint: Option<i64>,
    /// Whether there was a file outside the database to compare with.
    pub(super) compared: bool,
    pub(super) findings: Vec<LedgerFinding>,
    /// How many findings are not listed.
    pub(super) more: u64,
    /// The report for people, in Chinese, with what it cannot say.
    pub(super) text: String,
}

/// Something that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LedgerFinding {
    /// The account, where it is about one.
    pub(super) account: Option<String>,
    /// The number of the entry, where it is about one.
    pub(super) entry: Option<u64>,
    /// A stable code.
    pub(super) code: String,
    /// What is wrong, in Chinese.
    pub(super) text: String,
}

/// What a ledger is held against.
pub(crate) struct Proof {
    outside: Option<Vec<Signed>>,
    trusted: Option<PublicKey>,
}

impl Proof {
    /// What the settings name, as far as it is there.
    pub(crate) fn named(data: &Data) -> Result<Self, Problem> {
        let unusable = |error: &dyn std::error::Error, detail: &str| {
            tracing::error!(%error, "the ledger cannot be held against its proof");
            Problem::from(Code::Conflict).saying(detail)
        };
        let outside = match outside::read(&data.checkpoints) {
            Err(outside::OutsideError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                None
            }
            Err(error) => return Err(unusable(&error, "库外的检查点文件读不了，请系统管理员检查")),
            Ok(lines) => Some(lines),
        };
        let trusted = match key_files::signing(&data.checkpoint_key, Missing::Refuse) {
            Err(KeyFileError::Lost(_)) => None,
            Err(error) => return Err(unusable(&error, "签名密钥读不了，请系统管理员检查")),
            Ok((key, _)) => Some(key.public_key()),
        };
        Ok(Self { outside, trusted })
    }
}

impl Verification {
    /// Starts one; `false` where one is under way. The thread holds no part of the store.
    pub(crate) fn start(
        self: Arc<Self>,
        location: Location,
        proof: Proof,
        now: Moment,
    ) -> Result<bool, Problem> {
        let mut state = self.state();
        if state.running_since.is_some() {
            return Ok(false);
        }
        self.entries.store(0, Ordering::Relaxed);
        let own = Arc::clone(&self);
        let thread = thread::Builder::new().name("kangji-verification".to_owned());
        let spawned = thread.spawn(move || own.run(&location, &proof, now));
        spawned.map_err(|error| {
            tracing::error!(%error, "no thread for a verification");
            Problem::from(Code::Unavailable).after(1)
        })?;
        state.running_since = Some(now);
        Ok(true)
    }

    fn run(&self, location: &Location, proof: &Proof, started_at: Moment) {
        let Proof { outside, trusted } = proof;
        let mut told = |entries| self.entries.store(entries, Ordering::Relaxed);
        let done = verify::verify(location, outside.as_deref(), trusted.as_ref(), &mut told);
        let report = match done {
            Ok(report) => LedgerReport::of(&report, started_at),
            Err(error) => {
                tracing::error!(%error, "a verification was not finished");
                let report = LedgerReport::of(&Report::default(), started_at);
                LedgerReport { outcome: Outcome::Failed, text: String::new(), ..report }
            }
        };
        if !matches!(report.outcome, Outcome::Sound) {
            tracing::error!(outcome = ?report.outcome, "the ledger did not prove itself");
        }
        let mut state = self.state();
        (state.running_since, state.last) = (None, Some(report));
    }

    pub(crate) fn progress(&self) -> Progress {
        let state = self.state();
        let entries = self.entries.load(Ordering::Relaxed);
        let running = |since: Moment| Running { started_at: since.millis(), entries };
        Progress { running: state.running_since.map(running), last: state.last.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LedgerReport {
    fn of(report: &Report, started_at: Moment) -> Self {
        Self {
            started_at: started_at.millis(),
            outcome: if report.is_sound() { Outcome::Sound } else { Outcome::Broken },
            accounts: report.accounts,
            entries: report.entries,
            checkpoints: u64::try_from(report.checkpoints).unwrap_or(u64::MAX),
            audit_lines: report.audit_lines,
            last_checkpoint: report.last_checkpoint.map(Moment::millis),
            compared: report.compared,
            findings: report.findings.iter().map(LedgerFinding::from).collect(),
            more: report.more,
            text: report.chinese(),
        }
    }
}

impl From<&Found> for LedgerFinding {
    fn from(found: &Found) -> Self {
        Self {
            account: found.account.map(|account| account.to_string()),
            entry: found.seq.map(|seq| seq.0),
            code: found.finding.code().to_owned(),
            text: found.chinese(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_at_a_time_and_what_fails_is_told() {
        let nowhere = || Location::File("/nowhere/generated.db".into());
        let proof = || Proof { outside: None, trusted: None };
        let (verification, now) = (Arc::new(Verification::default()), Moment::from_millis(7));
        verification.state().running_since = Some(now);
        let started = Arc::clone(&verification).start(nowhere(), proof(), now);
        assert!(!started.unwrap(), "one is under way");
        verification.run(&nowhere(), &proof(), now);
        let progress = verification.progress();
        assert!(progress.running.is_none());
        let last = progress.last.unwrap();
        assert!(matches!(last.outcome, Outcome::Failed) && last.started_at == 7);
    }
}
