//! Compares MD5 signatures with signatures that the `md5` crate makes directly.

#![allow(clippy::unwrap_used)]

use md5::{Digest, Md5};
use proptest::prelude::*;
use wxpaykit::SignType;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn md5_of_every_length(value in "[ -~]{1,300}", key in "[0-9a-f]{32}") {
        let signed = wxpaykit::sign::sign([("a", value.as_str())], &key, SignType::Md5);
        let expected: String =
            Md5::digest(format!("a={value}&key={key}")).iter().map(|byte| format!("{byte:02X}")).collect();
        prop_assert_eq!(signed, expected);
    }
}
