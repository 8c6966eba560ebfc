//! `kangji init`: tables, a key, and schemes to begin with.

use std::path::{Path, PathBuf};

use kangji_store::{Location, Store};

use super::{migrate, publish};
use crate::{
    args::InitArgs,
    clock,
    database::{self, Database},
    failure::{Failure, Findings},
    inputs, keys,
    output::say,
};

/// May be run again: it says what was there and makes what is missing.
pub(crate) fn run(args: &InitArgs) -> Result<Findings, Failure> {
    let location = &args.store.at.database;
    // Files are read first, so that a mistake in one leaves no half-made database.
    let words = inputs::vocabulary(args.store.vocabulary.as_deref())?;
    for path in &args.scheme {
        inputs::scheme(path, &words)?;
    }
    let key_file = args.key.clone().unwrap_or_else(|| beside(location));
    keys::may_be_made(&key_file)?;
    database::may_be_made(location)?;
    let applied = Store::migrate(location, clock::now());
    let applied = applied.map_err(|error| database::failed(location, &error))?;
    match applied.as_slice() {
        [] => say(format_args!("数据库 {location} 早已建好。")),
        numbers => {
            database::log(&args.store.at, "migrate", "done");
            say(format_args!("数据库 {location} 已建好（{}）。", migrate::steps(numbers)));
        }
    }
    key(&key_file)?;
    let database = Database::open_to("publish", &args.store)?;
    for path in &args.scheme {
        publish::publish(&database, path)?;
    }
    if args.scheme.is_empty() && database.told(database.store.schemes())?.is_empty() {
        say(format_args!("还没有公布办法；用 kangji scheme publish FILE 公布。"));
    }
    Ok(Findings::None)
}

/// Where the key lies if nobody says where.
fn beside(location: &Location) -> PathBuf {
    match location {
        Location::File(path) => {
            let mut name = path.clone().into_os_string();
            name.push(".key.pem");
            name.into()
        }
        Location::Postgres(_) => PathBuf::from("kangji.key.pem"),
    }
}

fn key(path: &Path) -> Result<(), Failure> {
    let (public, made) = keys::ensure(path)?;
    let shown = path.display();
    if !made {
        say(format_args!("签名密钥 {shown} 早已有了，没有改动。它的公钥：\n{}", public.to_pem()));
        return Ok(());
    }
    say(format_args!("签名密钥已写到 {shown}。它的公钥：\n{}", public.to_pem()));
    say(format_args!(
        "· 密钥请另存一份到稳妥的地方，不要给别人：谁有它，谁就能替账本签名。\n\
         · 公钥可以公开，核验账本时用。\n\
         · 检查点要写到库外（别的机器或介质）的文件，\
         数据库被换回旧状态时靠它发现：\n  \
         kangji jobs run --key {shown} --checkpoints 库外的文件"
    ));
    Ok(())
}
