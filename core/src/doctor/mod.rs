//! The doctor: why a signature differs, and what else goes wrong with messages and pages.

mod changes;
pub mod config;
mod escapes;
mod fields;
mod json_texts;
mod message;
mod mistakes;
pub mod page;
pub mod page_v3;
pub mod v3;
mod v3_texts;

pub use self::fields::{OtherKeys, addressed, explain, explain_as, explain_with, refused, signed, with_right_key};
pub use self::message::unreadable;
pub use crate::explanation::{Explanation, Language, Mistake, Origin, Proof, RSA_SIGN_TYPE};
use crate::fields::Fields;
use crate::wire::xml;

/// Explains a signature, whatever it is of: a message with its `sign`, or what a page or an app is handed to pay with. For a page of APIv3
/// `key` is the merchant's private key or certificate in PEM.
pub fn examine(fields: &Fields, key: &str, others: OtherKeys<'_>) -> Explanation {
    if let Some(page) = page::Page::of_fields(fields).filter(page::Page::is_of_v3)
        && let Some(key) = page_v3::key_of(key)
    {
        return page_v3::page(&page, &key);
    }
    page::of_fields(fields, key, others).unwrap_or_else(|| explain_with(fields, key, None, others))
}

/// Explains a message as it was sent or as it came: its signature, or why no message can be read in it.
pub fn examine_body(body: &[u8], key: &str, others: OtherKeys<'_>) -> Explanation {
    match xml::parse(body) {
        Ok(fields) => examine(&fields, key, others),
        Err(error) => unreadable(body, &error),
    }
}
