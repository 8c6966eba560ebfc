//! The kangji command.
fn main() {}
