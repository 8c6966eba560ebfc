//! `kangji serve`: from the settings to a server that answers until it is told to stop. Here alone
//! the parts are put together: database, keys, roles, jobs, listeners, log.

use std::{fs, io, io::Write, path::Path, path::PathBuf, sync::Arc, time::Duration};

use kangji_core::vocabulary::Vocabulary;
use kangji_ledger::key::Signer;
use kangji_rights::{RoleError, Roles};
use kangji_store::{Location, Store, StoreError};
use kangji_vault::MasterKeys;
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use tokio::{
    runtime::Builder,
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tracing::level_filters::LevelFilter;

use crate::{
    app::{App, Clock},
    config::{Config, Data},
    invitations,
    key_files::{self, KeyFileError, Missing, WatchedKeys},
    operations,
    people::{self, KeysError},
    problem::Problem,
    router,
    scheduler::{Running, Scheduler},
    serve::{ServeError, listen, serve},
    tasks::attend::Attending,
};

/// Why the server did not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The keys of names and numbers do not open what the database has.
    #[error("the keys of names and numbers: {0}")]
    Sealing(#[from] KeysError),
    /// The file of roles cannot be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The roles are not of the form.
    #[error(transparent)]
    Roles(#[from] RoleError),
    /// There is nobody to sign in, and nobody could be made.
    #[error("no first administrator could be made: {0}")]
    Administrator(&'static str),
    /// What was to be done first was not.
    #[error("the server could not be prepared: {0}")]
    Prepare(&'static str),
    /// `level` of `[log]` is no level.
    #[error("`{0}` is no level of a log")]
    Level(String),
    /// An address cannot be listened at.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The figures of this process are recorded by somebody else.
    #[error(transparent)]
    Figures(#[from] BuildError),
    /// The system gives no threads or signals.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Runs a server until the process is told to stop, and answers what it accepted by then. `words`
/// are the record kinds and attributes of the deployment; `prepare` is done before anybody comes in.
///
/// The store is opened before the runtime starts and goes after it has ended, since a connection
/// to PostgreSQL drives a runtime of its own.
///
/// # Errors
/// Where a part of it is missing; nothing is answered then.
pub fn run(
    config: Config,
    words: Vocabulary,
    clock: Clock,
    prepare: impl FnOnce(App) -> Result<App, Problem>,
) -> Result<(), RunError> {
    log(&config.log.level)?;
    let figures = operations::figures()?;
    let store = open(&config.data, words, &clock)?;
    let keys = sealing_keys(&config.data, &store, &clock)?;
    let signer = signer(&config.data, &store)?;
    let roles = roles(&config.data.roles)?;
    let voucher_key = voucher_key(&config.data)?;
    let app = App::new(store, config, roles, keys, clock);
    let app = match voucher_key {
        Some(key) => app.with_voucher_key(key),
        None => app,
    };
    let app = prepare(app).map_err(|problem| RunError::Prepare(problem.code.word()))?;
    welcome(&app)?;
    let jobs = jobs(&app, signer)?;
    let tasks = Attending::start(&app)?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let ran = runtime.block_on(attend(&app, figures));
    // Waits for calls of the store that nobody waits for any more.
    drop(runtime);
    tasks.stop();
    if let Some(jobs) = jobs {
        jobs.stop();
    }
    ran
}

/// Makes the first administrator of a new database, and prints the link by which they come in: to
/// the standard output, since it is nothing for a log.
fn welcome(app: &App) -> Result<(), RunError> {
    let made = invitations::first_administrator(app);
    let link = made.map_err(|problem| RunError::Administrator(problem.code.word()))?;
    if let Some(link) = link {
        let hours = app.config().sign_in.invitation_hours;
        let text = format!("首位管理员 admin 的一次性链接（{hours} 小时内有效）：{link}\n");
        io::stdout().write_all(text.as_bytes())?;
    }
    Ok(())
}

/// One JSON object a line, on the error output.
fn log(level: &str) -> Result<(), RunError> {
    let level: LevelFilter = level.parse().map_err(|_| RunError::Level(level.to_owned()))?;
    let log = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_max_level(level)
        .with_writer(io::stderr)
        .finish();
    // A program that embeds the server may have a log of its own.
    let _ = tracing::subscriber::set_global_default(log);
    Ok(())
}

/// Opens the database; a file that is not there is made.
fn open(data: &Data, words: Vocabulary, clock: &Clock) -> Result<Store, RunError> {
    let Ok(location) = data.database.parse();
    if let Location::File(path) = &location
        && !path.exists()
    {
        Store::migrate(&location, clock())?;
        tracing::info!(%location, "the database was made");
    }
    Ok(Store::open(&location, words)?)
}

/// The keys of names and numbers, read again whenever their file is changed. Those of a database
/// that has some are never made anew.
fn sealing_keys(
    data: &Data,
    store: &Store,
    clock: &Clock,
) -> Result<Arc<dyn MasterKeys>, RunError> {
    let missing = if store.has_people()? { Missing::Refuse } else { Missing::Make };
    let (keys, made) = WatchedKeys::read(&data.keys, missing)?;
    people::check_keys(store, &keys.latest(), clock())?;
    if made {
        tracing::warn!(path = %data.keys.display(), "new keys of names and numbers: keep a copy");
    }
    Ok(Arc::new(keys))
}

/// The key of checkpoints. That of a database that has some is never made anew.
fn signer(data: &Data, store: &Store) -> Result<Option<Arc<dyn Signer>>, RunError> {
    let Some(path) = named(&data.checkpoint_key) else { return Ok(None) };
    let missing = if store.checkpoints()?.is_empty() { Missing::Make } else { Missing::Refuse };
    let (key, made) = key_files::signing(path, missing)?;
    if made {
        tracing::warn!(path = %path.display(), "a new key of checkpoints: keep a copy");
    }
    Ok(Some(Arc::new(key)))
}

/// The key of vouchers. One that is lost is made anew: what it signed verifies with its public half
/// as before, and nothing rests on it but that.
fn voucher_key(data: &Data) -> Result<Option<Arc<dyn Signer>>, RunError> {
    let Some(path) = named(&data.voucher_key) else { return Ok(None) };
    let (key, made) = key_files::signing(path, Missing::Make)?;
    if made {
        tracing::warn!(path = %path.display(), "a new key of vouchers: keep a copy");
    }
    Ok(Some(Arc::new(key)))
}

fn roles(path: &Path) -> Result<Roles, RunError> {
    let Some(path) = named(path) else { return Ok(Roles::parse(Roles::SHIPPED)?) };
    let read = fs::read_to_string(path);
    let text = read.map_err(|error| RunError::Read { path: path.to_owned(), error })?;
    Ok(Roles::parse(&text)?)
}

/// A path that says something.
fn named(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}

fn jobs(app: &App, signer: Option<Arc<dyn Signer>>) -> Result<Option<Running>, RunError> {
    let seconds = app.config().jobs.seconds;
    if seconds == 0 {
        return Ok(None);
    }
    let outside = named(&app.config().data.checkpoints).map(Path::to_owned);
    let scheduler = Scheduler::new(app.clone(), signer, outside);
    Ok(Some(Running::start(scheduler, Duration::from_secs(seconds))?))
}

/// Listens and answers until the process is told to stop.
async fn attend(app: &App, figures: PrometheusHandle) -> Result<(), RunError> {
    let settings = app.config().server.clone();
    let listener = listen(settings.listen).await?;
    let operations = listen(settings.operations).await?;
    let (told, tell) = (stop_signal()?, watch::channel(false));
    let (stop, stopped) = tell;
    let upkeep = tokio::spawn(upkeep(figures.clone()));
    let watched = operations::router(app.clone(), figures);
    let watched = serve(operations, watched, settings.clone(), until(stopped));
    let watched = tokio::spawn(watched);
    tracing::info!(address = %settings.listen, operations = %settings.operations, "listening");
    serve(listener, router(app.clone()), settings, told).await;
    // Whoever watches sees the server until its last answer is given.
    let _ = stop.send(true);
    let _ = watched.await;
    upkeep.abort();
    tracing::info!("stopped");
    Ok(())
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that whoever would tell is gone.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn upkeep(figures: PrometheusHandle) {
    let mut turns = interval(operations::UPKEEP);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        figures.run_upkeep();
    }
}

/// Ends when the process is asked to: SIGTERM from a service manager, SIGINT from a keyboard.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where the signal cannot be heard, the server runs until it is ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
