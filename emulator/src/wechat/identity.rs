//! The merchant of an order as APIv3 names it.

use serde_json::{Map, Value};

/// `mchid`, or a service provider's number and its sub-merchant's.
pub(super) fn identity(mch_id: &str, sub_mch_id: Option<&str>) -> Map<String, Value> {
    let members = match sub_mch_id {
        None => vec![("mchid", mch_id)],
        Some(sub) => vec![("sp_mchid", mch_id), ("sub_mchid", sub)],
    };
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}
