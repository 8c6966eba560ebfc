//! The `kangji` command: reads files, calls the pure crates, prints and writes what they say.

mod account;
mod args;
mod clock;
mod commands;
mod database;
mod declared;
mod failure;
mod files;
mod inputs;
mod keys;
mod outcomes;
mod output;
mod outside;
mod posting;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, JobsCommand, KeysCommand, LedgerCommand, SchemeCommand, VoucherCommand};
use failure::{Failure, Findings};

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(Findings::None) => ExitCode::SUCCESS,
        Ok(Findings::Some) => ExitCode::from(1),
        // Whoever reads our output has heard enough, as with `| head`.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("错误：{failure}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<Findings, Failure> {
    match command {
        Command::Scheme(command) => run_scheme(command),
        Command::Score(args) => commands::score::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
        Command::Init(args) => commands::init::run(&args),
        Command::Migrate(args) => commands::migrate::run(&args),
        Command::Import(args) => commands::import::run(&args),
        Command::Post(args) => commands::post::run(&args),
        Command::Ledger(command) => match command {
            LedgerCommand::Show(args) => commands::ledger::show::run(&args),
            LedgerCommand::Verify(args) => commands::ledger::verify::run(&args),
            LedgerCommand::Compare(args) => commands::ledger::compare::run(&args),
            LedgerCommand::Books(args) => commands::ledger::books::run(&args),
            LedgerCommand::Close(args) => commands::ledger::close::run(&args),
            LedgerCommand::CatchUp(args) => commands::ledger::catch_up::run(&args),
            LedgerCommand::Checkpoint(args) => commands::ledger::checkpoint::run(&args),
        },
        Command::Jobs(JobsCommand::Run(args)) => commands::jobs::run(&args),
        Command::Keys(command) => match command {
            KeysCommand::Rotate(args) => commands::keys::rotate(&args),
            KeysCommand::Rewrap(args) => commands::keys::rewrap(&args),
        },
        Command::Voucher(VoucherCommand::Check(args)) => commands::voucher::run(&args),
        Command::Backup(args) => commands::backup::run(&args),
        Command::Restore(args) => commands::restore::run(&args),
        Command::Serve(args) => commands::serve::run(&args),
        Command::Demo(args) => commands::demo::run(&args),
        Command::Bench(command) => commands::bench::run(&command),
    }
}

fn run_scheme(command: SchemeCommand) -> Result<Findings, Failure> {
    match command {
        SchemeCommand::Check { files, common } => commands::check::run(&files, &common),
        SchemeCommand::Show { file, out, vocabulary } => {
            commands::show::run(&file, out.as_deref(), vocabulary.as_deref())
        }
        SchemeCommand::Diff { old, new, common } => commands::diff::run(&old, &new, &common),
        SchemeCommand::Publish { file, store } => commands::publish::run(&file, &store),
    }
}
