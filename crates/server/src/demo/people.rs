//! Names and numbers of people who do not exist. Each name has 测 in its middle, the numbers of identity cards
//! lie in a division that there is not (5199), and those of telephones in a range that no company
//! was given (160).

use kangji_core::{
    Moment,
    identity::{Document, DocumentKind, PersonName, Phone, check_character},
    ids::HolderId,
    tables::Sex,
};
use kangji_store::{Registration, ResidentFact, new_id};
use kangji_vault::MasterKeys;

use super::district::District;
use crate::{
    people::{self, Identity},
    problem::Problem,
};

const SURNAMES: [char; 24] = [
    '王', '李', '张', '刘', '陈', '杨', '黄', '赵', '吴', '周', '徐', '孙', '马', '朱', '胡', '郭',
    '何', '林', '高', '罗', '郑', '梁', '谢', '宋',
];
/// What follows the surname and 测, by which an invented name is known.
const GIVEN: [char; 25] = [
    '安', '宁', '康', '和', '平', '福', '寿', '喜', '乐', '春', '夏', '秋', '冬', '山', '川', '江',
    '海', '松', '竹', '梅', '兰', '星', '月', '云', '雨',
];

/// Names and numbers of somebody invented.
#[derive(Clone, Debug)]
pub(super) struct Invented {
    pub(super) name: String,
    pub(super) card: String,
    pub(super) phone: String,
}

impl Invented {
    /// Of the resident with this place in a district, from 0.
    pub(super) fn of(district: &District, place: u32, fact: &ResidentFact) -> Self {
        // Neighbours have different names; of many people some are called alike, as in life.
        let one = |names: &[char], place: u32| names.get(usize::try_from(place).ok()?).copied();
        let (surname, given) = (one(&SURNAMES, place % 24), one(&GIVEN, place % 25));
        let name = [surname, Some('测'), given].into_iter().flatten().collect();
        let phone = format!("160{}{place:07}", district.number);
        Self { name, card: card(district, place, fact), phone }
    }

    /// As the database keeps them.
    fn identity(&self, now: Moment) -> Identity {
        let document = Document::parse(DocumentKind::ResidentCard, &self.card, now.day());
        Identity {
            name: PersonName::parse(&self.name).ok(),
            document: document.ok(),
            phone: Phone::parse(&self.phone).ok(),
        }
    }
}

/// A number with a right check character: the place in the division and sequence makes it unlike
/// all others.
fn card(district: &District, place: u32, fact: &ResidentFact) -> String {
    let birth = fact.birth_date.map(|day| day.to_string().replace('-', "")).unwrap_or_default();
    let is_man = u32::from(fact.sex == Some(Sex::Male));
    let (part, sequence) = (place / 500 % 10, place % 500 * 2 + is_man);
    let body = format!("5199{}{part}{birth}{sequence:03}", district.number);
    let check = check_character(&body).unwrap_or('X');
    format!("{body}{check}")
}

/// Somebody to be registered with invented names and numbers.
///
/// # Errors
/// Where the keys refuse.
pub(super) fn registration(
    keys: &dyn MasterKeys,
    invented: &Invented,
    fact: ResidentFact,
    now: Moment,
) -> Result<Registration, Problem> {
    let id = HolderId::from_bytes(new_id(now));
    let sealed = people::seal(keys, id, &invented.identity(now), None, now)?;
    let people::Sealed { person, tags, document } = sealed;
    Ok(Registration { fact, person, keys: tags, document, instead_of: None })
}
