//! Personal data under keys.
//!
//! Every person has a key of their own ([`PersonKey`]), and every field of theirs is sealed with
//! it. Person keys are kept wrapped by a master key ([`MasterKeys`], [`FileKeys`]), so that masters
//! can be changed without touching a field ([`rewrap`]), and a person is forgotten by forgetting
//! one wrapped key. Sealed fields cannot be searched; what must be found exactly (a document's
//! number, a telephone number, a full name) has a keyed hash beside it ([`IndexTag`]).
//!
//! SM4 (GB/T 32907) in Galois/counter mode (RFC 8998, NIST SP 800-38D), and HMAC (RFC 2104,
//! GB/T 15852.2) over SM3 (GB/T 32905). The arithmetic is RustCrypto's, of which `sm4` and `sm3`
//! have **not been audited**; its SM4 looks bytes up in a table, so that whoever shares the
//! processor's cache may learn from the time it takes. No certification of any kind is claimed;
//! where one is needed, a certified module stands behind [`MasterKeys`].
//!
//! Pure: nothing here reads a file, asks the clock or draws randomness of its own.

mod error;
mod file;
mod gcm;
mod hex;
mod index;
mod master;
mod person;

pub use error::VaultError;
pub use file::FileKeys;
pub use index::{IndexTag, Lookup};
pub use master::{KeyVersion, MasterKeys, Rewrap, WrappedKey, rewrap};
pub use person::PersonKey;
