//! `kangji ledger books`: where every point of a scheme is now.

use crate::{
    args::BooksArgs,
    database::Database,
    failure::{Failure, Findings},
    output::say,
};

pub(crate) fn run(args: &BooksArgs) -> Result<Findings, Failure> {
    let database = Database::open(&args.store)?;
    let schemes = database.told(database.store.schemes())?;
    let mut differs = false;
    for scheme in schemes.iter().filter_map(|versions| versions.last()) {
        let books = database.told(database.store.books(&scheme.id))?;
        let lines = [
            ("已发出", books.issued),
            ("兑换", books.ordered),
            ("商户抵扣", books.deducted),
            ("订单预留", books.held),
            ("在积分券上", books.on_vouchers),
            ("在遗失的券上", books.lost),
            ("过期、清零", books.expired),
            ("处罚清零", books.forfeited),
            ("可兑换", books.outstanding),
        ];
        let points = |points| scheme.decimals.text(points);
        let told: Vec<String> =
            lines.iter().map(|(name, sum)| format!("{name} {}", points(*sum))).collect();
        say(format_args!("{}：{}", scheme.id, told.join("，")));
        let difference = books.difference();
        differs |= difference.0 != 0;
        match difference.0 {
            0 => say(format_args!("两边相等。")),
            _ => {
                say(format_args!("两边相差 {} 分：请运行 kangji ledger verify", points(difference)))
            }
        }
    }
    Ok(Findings::if_any(differs))
}
