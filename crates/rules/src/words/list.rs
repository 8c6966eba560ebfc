//! Lists as people say them: `高血压、糖尿病或慢阻肺随访` instead of three times 随访.

/// The labels with `、` between them and `last` before the last one. What several labels that
/// stand together end in is said once.
#[must_use]
pub fn joined<S: AsRef<str>>(labels: &[S], last: &str) -> String {
    let parts = shortened(labels);
    match parts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{}{last}{end}", rest.join("、")),
    }
}

/// One of the labels: `甲、乙或丙`.
#[must_use]
pub fn one_of<S: AsRef<str>>(labels: &[S]) -> String {
    joined(labels, "或")
}

/// Leaves an ending out where the next label has it too.
fn shortened<S: AsRef<str>>(labels: &[S]) -> Vec<String> {
    let following = labels.iter().skip(1).map(|label| Some(label.as_ref()));
    let following = following.chain(std::iter::once(None));
    let mut parts: Vec<String> = Vec::with_capacity(labels.len());
    let mut ending: Option<&str> = None;
    for (label, next) in labels.iter().map(AsRef::as_ref).zip(following) {
        // Within a run the ending stays the one that the run began with.
        let shared = next.and_then(|next| match ending {
            Some(ending) if next.ends_with(ending) => Some(ending),
            _ => common_ending(label, next),
        });
        let stem = shared.and_then(|shared| label.strip_suffix(shared));
        parts.push(stem.unwrap_or(label).to_owned());
        ending = shared;
    }
    parts
}

/// What two labels both end in: at least two characters, with something before them in each.
fn common_ending<'a>(label: &'a str, next: &str) -> Option<&'a str> {
    let mut starts = label.char_indices().skip(1).map(|(at, _)| at);
    let ending = starts.find_map(|at| label.get(at..).filter(|ending| next.ends_with(ending)))?;
    (ending.chars().count() >= 2 && ending != next).then_some(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_ending_is_said_once() {
        assert_eq!(
            one_of(&["高血压随访", "糖尿病随访", "慢阻肺随访"]),
            "高血压、糖尿病或慢阻肺随访"
        );
        assert_eq!(one_of(&["高血压患者", "糖尿病患者", "孕产妇"]), "高血压、糖尿病患者或孕产妇");
        assert_eq!(one_of(&["新生儿", "1月龄", "3月龄"]), "新生儿、1或3月龄");
        assert_eq!(
            joined(&["老年人年度体检", "儿童健康检查"], "和"),
            "老年人年度体检和儿童健康检查"
        );
        assert_eq!(one_of(&["体检", "体检"]), "体检或体检");
        assert_eq!(one_of(&["随访"]), "随访");
        assert_eq!(one_of::<&str>(&[]), "");
    }
}
