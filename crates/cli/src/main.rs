//! The `kangji` command: reads files, calls the pure crates, prints and writes what they say.

mod args;
mod commands;
mod failure;
mod files;
mod inputs;
mod output;
mod pages;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, SchemeCommand};
use failure::{Failure, Findings};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Scheme(SchemeCommand::Check { files, common }) => {
            commands::check::run(&files, &common)
        }
        Command::Scheme(SchemeCommand::Show { file, out, vocabulary }) => {
            commands::show::run(&file, out.as_deref(), vocabulary.as_deref())
        }
        Command::Scheme(SchemeCommand::Diff { old, new, common }) => {
            commands::diff::run(&old, &new, &common)
        }
        Command::Score(args) => commands::score::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
    };
    match outcome {
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
