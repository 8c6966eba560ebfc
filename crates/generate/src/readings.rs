//! What instruments show, so that it fits what the record says about it.

use crate::{
    chance::Chance,
    rows::{Attributes, Number},
};

/// Blood pressure in mmHg; under control below 140/90, from 65 years on below 150/90 (national
/// norm for the management of hypertension in primary care).
pub(crate) fn blood_pressure(chance: &mut Chance, age: u32, controlled: bool) -> Attributes {
    let limit = if age >= 65 { 150 } else { 140 };
    let (systolic, diastolic) = if controlled {
        (chance.between(112, limit - 1), chance.between(66, 89))
    } else {
        (chance.between(limit, limit + 32), chance.between(84, 108))
    };
    Attributes {
        systolic: Some(Number::whole(systolic)),
        diastolic: Some(Number::whole(diastolic)),
        ..Attributes::default()
    }
}

/// Fasting glucose in mmol/L; under control from 4.4 to below 7.0.
pub(crate) fn glucose(chance: &mut Chance, controlled: bool) -> Attributes {
    let tenths = if controlled { chance.between(44, 69) } else { chance.between(70, 138) };
    Attributes { glucose: Some(Number::tenths(tenths)), ..Attributes::default() }
}

/// Oxygen saturation in per cent; under control from 93 on.
pub(crate) fn oxygen(chance: &mut Chance, controlled: bool) -> Attributes {
    let percent = if controlled { chance.between(93, 98) } else { chance.between(84, 92) };
    Attributes { spo2: Some(Number::whole(percent)), ..Attributes::default() }
}

/// Weight and waist of an adult, in kg and cm.
pub(crate) fn body(chance: &mut Chance, woman: bool) -> Attributes {
    let less = if woman { 80 } else { 0 };
    let weight = chance.between(540, 840) - less;
    // Every kilogram above or below the middle is most of a centimetre of waist.
    let waist = 600 + (weight - 400) * 3 / 4 + chance.between(0, 60);
    Attributes {
        weight_kg: Some(Number::tenths(weight)),
        waist_cm: Some(Number::tenths(waist)),
        ..Attributes::default()
    }
}

/// Weight of a child in kg, after the usual rule of thumb: 3.3 at birth, 9 at eight months, two
/// more each year from two years on.
pub(crate) fn child_weight(chance: &mut Chance, months: u32) -> Attributes {
    let tenths = match months {
        0..=8 => 33 + months * 7,
        9..=24 => 90 + (months - 8) * 2,
        _ => 122 + (months - 24) * 17 / 10,
    };
    let weight = tenths * chance.between(880, 1140) / 1000;
    Attributes { weight_kg: Some(Number::tenths(weight)), ..Attributes::default() }
}
