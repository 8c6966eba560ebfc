//! Who a person is on paper: numbers of documents, telephone numbers, names, and how they are
//! shown to those who need not know them whole.
//!
//! Nothing here prints a whole number: `Debug`, error messages and masks leave out the middle.
//! Values are read as people have them (full-width, with blanks, with hyphens) and kept in one
//! form, so that equal values are equal texts.

mod document;
mod error;
mod kind;
mod look;
pub mod mask;
mod name;
mod normal;
mod phone;
mod resident;

pub use document::Document;
pub use error::{DocumentError, NameError, PhoneError, Shown};
pub use kind::DocumentKind;
pub use look::looks_like_identity_number;
pub use name::PersonName;
pub use phone::Phone;
pub use resident::check_character;

#[cfg(test)]
mod tests;
