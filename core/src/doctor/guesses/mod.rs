//! The usual mistakes (签名校验失败 FAQ, public bug reports), in both directions: what was signed and changed before it was sent, and what was
//! changed before it was signed.

mod key;
mod names;
mod text;
mod values;

pub(super) use self::values::FREE_TEXTS;
use super::search::Search;
use super::secrets::OtherKeys;
use crate::fields::Fields;

/// Tries all guesses, one kind after the other. `secret` is the field that holds a secret which was sent.
pub(super) fn all(search: &mut Search<'_>, fields: &Fields, others: OtherKeys<'_>, secret: Option<&str>) {
    if let Some(secret) = secret {
        key::about_a_secret(search, secret);
    }
    key::about_the_key(search);
    key::about_other_keys(search, fields, others);
    values::about_all_values(search);
    names::about_names(search);
    names::about_other_names(search);
    values::about_single_fields(search);
    names::about_single_names(search);
    values::about_fields_not_sent(search);
    values::about_amounts(search);
    values::about_json(search);
    values::about_spaces(search);
    key::about_the_key_as_copied(search);
    values::about_times(search);
    text::about_the_text(search);
    values::about_cut_values(search);
    values::about_two_fields(search);
    values::about_exchanged_values(search);
    values::about_values_not_ready(search);
    values::about_two_fields_not_sent(search);
}
