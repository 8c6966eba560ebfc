#[test]
fn an_outcome_is_small() {
    assert!(size_of::<super::Outcome>() <= 64, "{}", size_of::<super::Outcome>());
}
