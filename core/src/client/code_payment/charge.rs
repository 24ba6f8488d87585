//! What a payment by code is charged with.

use std::fmt;

use crate::v2::code::Micropay;
use crate::v3::code::V3Codepay;
use crate::value::Params;

/// The fields of a payment by code: those of `micropay`, which either API takes, or those of `v3.codepay`.
#[derive(Clone)]
pub struct CodeCharge(pub(super) Params<'static>);

/// Without the payment code, which is money.
impl fmt::Debug for CodeCharge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeCharge").finish_non_exhaustive()
    }
}

impl From<Micropay> for CodeCharge {
    fn from(request: Micropay) -> Self {
        Self(request.params().clone())
    }
}

impl From<V3Codepay> for CodeCharge {
    fn from(request: V3Codepay) -> Self {
        Self(request.params().clone())
    }
}
