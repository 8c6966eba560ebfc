//! `kangji serve`: the server.

use std::{env, path::Path, sync::Arc};

use kangji_server::{
    app::{App, Clock},
    config::Config,
    problem::Problem,
    run::{self, RunError},
};

use crate::{
    args::ServeArgs,
    clock, database,
    failure::{Failure, Findings},
    files, inputs, keys,
    output::say,
};

pub(crate) fn run(args: &ServeArgs) -> Result<Findings, Failure> {
    if args.settings {
        say(format_args!("{}", Config::DEFAULTS.trim_end()));
        return Ok(Findings::None);
    }
    let file = args.config.as_deref().map(files::read_text).transpose()?;
    let config = Config::read(&file.unwrap_or_default(), |name| env::var(name).ok());
    let config = config.map_err(|error| Failure::Usage(format!("设置有误：{error}")))?;
    run_as(config, Arc::new(clock::now), Ok)
}

/// Runs a server with these settings; `prepare` is done before anybody comes in.
pub(super) fn run_as(
    config: Config,
    clock: Clock,
    prepare: impl FnOnce(App) -> Result<App, Problem>,
) -> Result<Findings, Failure> {
    let vocabulary = config.data.vocabulary.clone();
    let vocabulary: Option<&Path> = Some(&*vocabulary).filter(|path| **path != *Path::new(""));
    let words = inputs::vocabulary(vocabulary)?;
    let Ok(location) = config.data.database.parse();
    database::may_be_made(&location)?;
    let key_file = config.data.keys.clone();
    run::run(config, words, clock, prepare).map_err(|error| match error {
        RunError::Store(error) => database::failed(&location, &error),
        RunError::Key(error) => keys::failed(error),
        RunError::Sealing(error) => keys::of_people(&location, &key_file, error),
        RunError::Read { path, error } => Failure::Read { path, error },
        RunError::Roles(error) => Failure::Usage(format!("角色文件有误：{error}")),
        RunError::Level(level) => Failure::Usage(format!(
            "[log] 的 level 不能是 {level}；写 error、warn、info、debug 或 trace"
        )),
        RunError::Serve(error) => Failure::Usage(format!(
            "不能监听这个地址，可能已被别的程序占用；请改设置里的地址（{error}）"
        )),
        RunError::Figures(_)
        | RunError::System(_)
        | RunError::Administrator(_)
        | RunError::Prepare(_) => Failure::Usage(format!("服务器没有运行起来：{error}")),
    })?;
    Ok(Findings::None)
}
