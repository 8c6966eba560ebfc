//! Scratch.
use std::time::{Duration, SystemTime};
#[allow(clippy::all)]
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let l: kangji_store::Location = a[2].parse().unwrap();
    let now = kangji_core::Moment::from_millis(
        SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64,
    );
    match a[1].as_str() {
        "redeem" => println!(
            "{:?}",
            kangji_store::bench::redeem(
                &l,
                kangji_store::bench::RedeemPlan {
                    accounts: 10_000,
                    clients: a.get(3).map_or(512, |x| x.parse().unwrap()),
                    time: Duration::from_secs(6)
                },
                now
            )
        ),
        "lots" => println!("{:?}", kangji_store::bench::lots(&l, 10_000, now)),
        "posting" => println!(
            "{:?}",
            kangji_store::bench::posting(
                &l,
                include_str!("../../../schemes/panzhihua-xiqu.md"),
                "510403001001",
                (500, 500, 5000),
                now
            )
        ),
        _ => println!("{:?}", kangji_store::bench::load(&l, 1_000_000, now)),
    }
}
