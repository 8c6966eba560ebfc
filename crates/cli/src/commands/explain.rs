//! `kangji explain`: one person's statement in plain words.

use crate::{
    args::ExplainArgs,
    failure::{Failure, Findings},
};

pub(crate) fn run(_args: &ExplainArgs) -> Result<Findings, Failure> {
    Ok(Findings::None)
}
