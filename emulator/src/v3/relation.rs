//! Which merchants may send a request: service providers for their sub-merchants, and others for themselves (protocol v3 §6.2).

use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::v3_error::V3Error;
use crate::world::merchant::Merchant;

/// The calls, which differ in the words of their refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calls {
    Orders,
    Refunds,
    Sharing,
}

/// Checks the sub-merchant of a request: a service provider names one of its own, and others name none.
pub(super) fn relation(merchant: &Merchant, sub_mch_id: Option<&str>, calls: Calls) -> Result<(), V3Error> {
    let because = |denied: V3Error, reason: Reason| Err(denied.because(Explanation::reason(reason)));
    match sub_mch_id {
        None if merchant.provider => {
            let denied = match calls {
                Calls::Orders | Calls::Sharing => {
                    V3Error::parameter("受理机构必须传入sub_mch_id").numbered(268_443_704)
                }
                Calls::Refunds => V3Error::invalid("受理机构发起退款时，必须传入子商户mchid").numbered(268_892_193),
            };
            let reason = match calls {
                Calls::Orders => Reason::PARTNER_PATHS,
                Calls::Refunds | Calls::Sharing => Reason::SUB_MCHID_MISSING,
            };
            because(denied, reason)
        }
        None => Ok(()),
        Some(_) if !merchant.provider => {
            let denied = match calls {
                Calls::Refunds | Calls::Sharing => V3Error::invalid("普通商户不允许传sub_mch_id"),
                Calls::Orders => no_relation(),
            };
            because(denied, Reason::NOT_A_PROVIDER)
        }
        Some(sub) if sub == merchant.mch_id => {
            let denied = V3Error::invalid("子商户mchid不能与自身mchid相同").numbered(268_443_705);
            because(denied, Reason::OWN_SUB_MCHID)
        }
        Some(sub) if !merchant.sub_mch_ids.is_empty() && !merchant.sub_mch_ids.iter().any(|known| known == sub) => {
            because(no_relation(), Reason::OTHER_SUB_MCHID)
        }
        Some(_) => Ok(()),
    }
}

/// Checks the sub-merchant of a bill: one of the service provider's that asks.
pub(super) fn bill_of(merchant: &Merchant, sub_mch_id: Option<&str>) -> Result<(), V3Error> {
    let Some(sub) = sub_mch_id else { return Ok(()) };
    let reason = match merchant {
        Merchant { provider: false, .. } => Reason::NOT_A_PROVIDER,
        Merchant { sub_mch_ids, .. } if sub_mch_ids.is_empty() || sub_mch_ids.iter().any(|known| known == sub) => {
            return Ok(());
        }
        _ => Reason::OTHER_SUB_MCHID,
    };
    let denied = V3Error::new(403, "NO_AUTH", "不是指定的子商户的父商户").numbered(270_522_890);
    Err(denied.because(Explanation::reason(reason)))
}

fn no_relation() -> V3Error {
    V3Error::invalid("受理关系不存在").numbered(268_443_701)
}
