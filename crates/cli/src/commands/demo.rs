//! `kangji demo`: a server for this machine alone, with invented districts and somebody of every
//! role to be.

use std::{fs, net::SocketAddr, path::Path, sync::Arc};

use kangji_core::{Day, Moment};
use kangji_server::{app::Clock, config::Config, demo};

use super::serve;
use crate::{
    args::DemoArgs,
    clock,
    failure::{Failure, Findings},
    files,
    output::say,
};

pub(crate) fn run(args: &DemoArgs) -> Result<Findings, Failure> {
    let DemoArgs { dir, listen, people } = args;
    if !listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "演示谁都可以进入，只能监听本机地址，例如 127.0.0.1:8080；写的是 {listen}"
        )));
    }
    let clock = clock_of(dir)?;
    let config = Config::read(&settings(dir, *listen), |_| None);
    let config = config.map_err(|error| Failure::Usage(format!("设置有误：{error}")))?;
    let listen = *listen;
    serve::run_as(config, clock, |app| {
        let app = demo::prepare(app, *people, &|what| say(format_args!("· {what}")))?;
        say(format_args!("演示已就绪，请用浏览器打开 http://{listen}/"));
        for line in demo::sign_ins(&app) {
            say(format_args!("  {line}"));
        }
        say(format_args!("按 Ctrl+C 结束；数据在 {}，删掉它就从头开始。", dir.display()));
        Ok(app)
    })
}

fn settings(dir: &Path, listen: SocketAddr) -> String {
    let file = |name: &str| dir.join(name).display().to_string().replace('\\', "/");
    format!(
        "[server]\nlisten = \"{listen}\"\noperations = \"127.0.0.1:0\"\n\
         public_url = \"http://{listen}\"\n\
         [data]\ndatabase = \"{}\"\nkeys = \"{}\"\ncheckpoint_key = \"{}\"\n\
         checkpoints = \"{}\"\nvoucher_key = \"{}\"\n[sign_in]\nsecond_factor = false\n[log]\nlevel = \"warn\"\n",
        file("kangji.db"),
        file("people.key"),
        file("checkpoints.key.pem"),
        file("checkpoints"),
        file("vouchers.key.pem"),
    )
}

/// A clock that began on the demonstration's first day when its folder was made.
fn clock_of(dir: &Path) -> Result<Clock, Failure> {
    let path = dir.join("began");
    files::folders_of(&path)?;
    let written = fs::read_to_string(&path).ok();
    let known = written.and_then(|text| text.trim().parse::<i64>().ok()).map(Moment::from_millis);
    let began = known.unwrap_or_else(clock::now);
    if known.is_none() {
        let written = fs::write(&path, began.millis().to_string());
        written.map_err(|error| Failure::Write { path, error })?;
    }
    let morning = Moment::start_of(Day::from_number(demo::FIRST_DAY).unwrap_or(Day::FIRST));
    let first = morning.plus_millis(9 * 3_600_000);
    Ok(Arc::new(move || first.plus_millis(clock::now().millis() - began.millis())))
}
