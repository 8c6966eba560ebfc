//! What every handler has at hand: the store, the settings, the clock; and the two ways to do
//! something on somebody's behalf, which check the right and write the audit log.

use std::{
    fmt,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::available_parallelism,
};

use kangji_core::Moment;
use kangji_ledger::key::Signer;
use kangji_rights::{Action, Permit, Roles};
use kangji_store::{Actor, Call, Deed, IdempotencyKey, Store, StoreError, Subject};
use kangji_vault::MasterKeys;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    calls::Calls,
    config::Config,
    demo::Part,
    ledger::Verification,
    oidc::Providers,
    problem::{Code, Problem},
    signed::Signed,
    tasks::attend::Bell,
};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What every handler has at hand.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    store: Store,
    config: Config,
    roles: Roles,
    keys: Arc<dyn MasterKeys>,
    clock: Clock,
    calls: Calls,
    providers: Providers,
    verification: Arc<Verification>,
    tasks: Arc<Bell>,
    cast: Vec<Part>,
    voucher_key: Option<Arc<dyn Signer>>,
    /// Turns to look something up.
    turns: Arc<Semaphore>,
}

/// How many look something up at once, for each core: some of them wait for the database.
const TURNS_PER_CORE: usize = 4;

/// Lines of the audit log that may wait while readings are answered.
const LINES_WAITING_MAX: usize = 2_000;

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Puts a server's parts together. `keys` wrap the keys under which names and numbers are
    /// sealed.
    #[must_use]
    pub fn new(
        store: Store,
        config: Config,
        roles: Roles,
        keys: Arc<dyn MasterKeys>,
        clock: Clock,
    ) -> Self {
        let (calls, providers) = (Calls::default(), Providers::default());
        let (verification, tasks) = (Arc::default(), Arc::default());
        let cast = Vec::new();
        let cores = available_parallelism().map_or(1, NonZero::get);
        let turns = Arc::new(Semaphore::new(cores * TURNS_PER_CORE));
        let parts = Parts {
            store,
            config,
            roles,
            keys,
            clock,
            calls,
            providers,
            verification,
            tasks,
            cast,
            voucher_key: None,
            turns,
        };
        Self(Arc::new(parts))
    }

    /// The same server as a demonstration, in which anybody may be one of these.
    #[must_use]
    pub(crate) fn with_cast(self, cast: Vec<Part>) -> Self {
        // Nobody else has it yet; if somebody had, it would stay what it is.
        Arc::try_unwrap(self.0).map_or_else(Self, |parts| Self(Arc::new(Parts { cast, ..parts })))
    }

    /// The same server with the key that signs what is printed on vouchers.
    #[must_use]
    pub fn with_voucher_key(self, key: Arc<dyn Signer>) -> Self {
        let voucher_key = Some(key);
        Arc::try_unwrap(self.0)
            .map_or_else(Self, |parts| Self(Arc::new(Parts { voucher_key, ..parts })))
    }

    /// What signs vouchers, if the server has a key for it.
    pub(crate) fn voucher_key(&self) -> Option<&dyn Signer> {
        self.0.voucher_key.as_deref()
    }

    /// Whom one can be in a demonstration; nobody elsewhere.
    pub(crate) fn cast(&self) -> &[Part] {
        &self.0.cast
    }

    /// The store, for what needs no right: sign-in and the jobs.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.0.roles
    }

    /// What wraps the keys under which names and numbers are sealed.
    #[must_use]
    pub fn keys(&self) -> &dyn MasterKeys {
        &*self.0.keys
    }

    /// How often connected systems called.
    #[must_use]
    pub fn calls(&self) -> &Calls {
        &self.0.calls
    }

    /// What identity providers said of themselves.
    pub(crate) fn providers(&self) -> &Providers {
        &self.0.providers
    }

    /// What verifications of the ledger came to.
    pub(crate) fn verification(&self) -> &Arc<Verification> {
        &self.0.verification
    }

    /// What is rung when somebody asks for long work.
    pub(crate) fn tasks(&self) -> &Bell {
        &self.0.tasks
    }

    /// The clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        (self.0.clock)()
    }

    /// Asks the store.
    ///
    /// # Errors
    /// What the store says.
    pub async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.looking(move |app| Ok(ask(app.store())?)).await
    }

    /// Looks something up, when it is its turn: whoever came first is next, and the rest wait
    /// without a thread.
    ///
    /// # Errors
    /// As [`App::blocking`].
    pub(crate) async fn looking<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(&self.0.turns).acquire_owned().await;
        self.blocking(move |app| {
            let _turn = turn;
            look(app)
        })
        .await
    }

    /// Does something that waits on a thread that may.
    ///
    /// # Errors
    /// What it says, or that it panicked.
    pub async fn blocking<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = self.clone();
        let span = tracing::Span::current();
        let done = spawn_blocking(move || span.in_scope(|| run(&app))).await;
        done.map_err(|error| {
            tracing::error!(%error, "a request failed");
            Problem::from(Code::Internal)
        })?
    }

    /// Reads something on somebody's behalf, as far as their permit for the action reaches, and
    /// writes it into the audit log. What residents read of themselves is not logged.
    ///
    /// # Errors
    /// Where there is no permit, or what `read` says.
    pub async fn reading<T: Send + 'static>(
        &self,
        who: &Signed,
        action: Action,
        subject: Subject,
        read: impl FnOnce(&Self, &Permit) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let who = who.clone();
        self.looking(move |app| {
            let result = match who.permit(action, app.roles()) {
                Some(permit) => caught(|| read(app, &permit)),
                None => Err(Code::Forbidden.into()),
            };
            app.told(&who, action, subject, result)
        })
        .await
    }

    /// Writes down how a reading ended.
    fn told<T>(
        &self,
        who: &Signed,
        action: Action,
        subject: Subject,
        result: Result<T, Problem>,
    ) -> Result<T, Problem> {
        let word = result.as_ref().map_or_else(|problem| problem.code.word(), |_| "done");
        if result.is_err() || !matches!(who.principal(), Actor::Resident(_)) {
            let logged = self.store().log(self.deed(who, action), subject, word, self.now());
            // Whoever sees a name in full sees it after that is written down, and readings do not
            // run far ahead of a log that is slow.
            let far_ahead = self.store().lines_waiting() > LINES_WAITING_MAX;
            if action == Action::ResidentsReveal || far_ahead {
                logged.wait()?;
            }
        }
        result
    }

    /// Writes something on somebody's behalf: once under its idempotency key, and into the audit
    /// log. The store that `write` gets does both.
    ///
    /// # Errors
    /// Where there is no permit, or what `write` says.
    pub async fn writing<T: Send + 'static>(
        &self,
        who: &Signed,
        action: Action,
        key: Option<IdempotencyKey>,
        write: impl FnOnce(&Store, &Permit) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let deed = self.deed(who, action);
        let call = Call { deed: deed.clone(), now: self.now(), key };
        let result = match who.permit(action, self.roles()) {
            Some(permit) => {
                self.blocking(move |app| write(&app.store().on_behalf(call), &permit)).await
            }
            None => Err(Code::Forbidden.into()),
        };
        if let Err(problem) = &result {
            // What is refused changes nothing, so nobody waits for its line.
            drop(self.store().log(deed, Subject::None, problem.code.word(), self.now()));
        }
        result
    }

    fn deed(&self, who: &Signed, action: Action) -> Deed {
        who.deed(action.code())
    }
}

/// What is read, or that it panicked, which has to stand in the audit log as well.
fn caught<T>(read: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(Code::Internal.into()))
}
