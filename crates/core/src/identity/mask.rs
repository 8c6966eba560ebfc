//! What is shown of a name or number to those who need not know it whole.
//!
//! Masks are for eyes; two persons may well have the same.

use super::{normal, phone};

/// Surnames of two characters.
const COMPOUND_SURNAMES: [&str; 54] = [
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "夏侯", "长孙",
    "令狐", "宇文", "独孤", "南宫", "西门", "端木", "轩辕", "澹台", "公冶", "宗政", "濮阳", "淳于",
    "单于", "太叔", "申屠", "仲孙", "钟离", "闻人", "赫连", "拓跋", "呼延", "闾丘", "司空", "司寇",
    "百里", "东郭", "南门", "羊舌", "微生", "梁丘", "左丘", "第五", "公羊", "谷梁", "鲜于", "万俟",
    "亓官", "东野", "段干", "纳兰", "巫马", "公西",
];

/// The most stars that a mask shows in a row.
const STARS_MAX: usize = 24;

/// A name with its surname only: 张\*, 张\*\*, 欧阳\*. Of a name with a middle dot or of several
/// words the first character; a single character is hidden.
#[must_use]
pub fn name(name: &str) -> String {
    let length = name.chars().count();
    let is_compound = COMPOUND_SURNAMES.iter().any(|surname| name.starts_with(surname));
    let kept = match length {
        0 | 1 => 0,
        3.. if is_compound && !name.contains('·') => 2,
        _ => 1,
    };
    let hidden = |character| if matches!(character, '·' | ' ') { character } else { '*' };
    let masked = name.chars().enumerate();
    masked.map(|(at, character)| if at < kept { character } else { hidden(character) }).collect()
}

/// A number of a document: of 18 characters and more the first six and the last four, of fewer a
/// quarter at each end, of fewer than four none. Never a whole number, whatever the text.
#[must_use]
pub fn document(number: &str) -> String {
    let length = number.chars().count();
    let (first, last) = if length < 18 { (length / 4, length / 4) } else { (6, 4) };
    ends(number, first, last)
}

/// A telephone number: of a mobile number the first three and the last four digits; of a fixed
/// line the area code and the last three; of anything else a quarter at each end.
#[must_use]
pub fn phone(number: &str) -> String {
    let length = number.chars().count();
    let is_number = normal::digits(number.as_bytes());
    match phone::area_code_length(number) {
        _ if is_number && length == 11 && number.starts_with('1') => ends(number, 3, 4),
        Some(area) if is_number && (area + 7..=area + 8).contains(&length) => ends(number, area, 3),
        _ => ends(number, length / 4, length / 4),
    }
}

fn ends(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    let stars = length.saturating_sub(first + last).min(STARS_MAX);
    let start = text.chars().take(first);
    let end = text.chars().skip(length.saturating_sub(last));
    start.chain(std::iter::repeat_n('*', stars)).chain(end).collect()
}
