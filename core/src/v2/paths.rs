//! Paths of APIv2 that have no method: what `call` knows of how they travel, as rows without fields (protocol §1.3, §2.6, §3.17 to §3.23).
//! A path that is neither here nor in the table of calls is [`ANY`]: its reply must be signed.

use crate::crypto::digest::SignType;
use crate::retry::RetryClass;
use crate::table::row::{Endpoint, Field, FieldKind, Own, Record, ReplyBody};

/// The name of a call without a method, in errors and events.
pub(crate) const CALL: &str = "call";

/// A path of which nothing is known.
pub static ANY: Endpoint = known(Endpoint::v2(""));

/// The paths that are known. `*` at the end stands for every path of that folder that is not here itself.
static PATHS: &[Endpoint] = &[
    red_packet("/mmpaymkttransfers/sendredpack"),
    red_packet("/mmpaymkttransfers/sendgroupredpack"),
    red_packet("/mmpaymkttransfers/sendminiprogramhb"),
    known(
        old("/mmpaymkttransfers/gethbinfo").reply_body(UNSIGNED).xml_list("hblist", "hbinfo").retry(RetryClass::Safe),
    )
    .answering(&RED_PACKET),
    known(
        old("/mmpaymkttransfers/promotion/transfers")
            .identity(&[("mch_appid", Own::Appid), ("mchid", Own::MchId)])
            .reply_body(UNSIGNED)
            .resumes("partner_trade_no", "/mmpaymkttransfers/gettransferinfo"),
    )
    .answering(&TRANSFER),
    known(old("/mmpaymkttransfers/gettransferinfo").reply_body(UNSIGNED).retry(RetryClass::Safe)).answering(&TRANSFER),
    known(
        old("/mmpaysptrans/pay_bank")
            .identity(MERCHANT)
            .reply_body(UNSIGNED)
            .resumes("partner_trade_no", "/mmpaysptrans/query_bank"),
    )
    .answering(&TRANSFER),
    known(old("/mmpaysptrans/query_bank").identity(MERCHANT).reply_body(UNSIGNED).retry(RetryClass::Safe))
        .answering(&TRANSFER),
    known(old("/mmpaymkttransfers/send_coupon")),
    known(old("/mmpaymkttransfers/query_coupon_stock").retry(RetryClass::Safe)),
    known(old("/mmpaymkttransfers/querycouponsinfo").retry(RetryClass::Safe)),
    known(Endpoint::v2("/risk/getpublickey").cert().identity(MERCHANT).reply_body(UNSIGNED).retry(RetryClass::Safe)),
    known(Endpoint::v2("/risk/getviolation").reply_body(UNSIGNED).retry(RetryClass::Safe)),
    known(Endpoint::v2("/risk/getcertficates").only(HMAC).retry(RetryClass::Safe)),
    known(Endpoint::v2("/secapi/mch/submchmanage").reply_body(UNSIGNED)),
    known(Endpoint::v2("/mchrisk/*").reply_body(UNSIGNED)),
    sharing("/secapi/pay/profitsharing"),
    sharing("/secapi/pay/multiprofitsharing"),
    known(
        Endpoint::v2("/secapi/pay/profitsharingfinish")
            .cert()
            .identity(&[("appid", Own::Appid), ("mch_id", Own::MchId), ("sub_mch_id", Own::SubMchId)])
            .only(HMAC)
            .resumes("out_order_no", "/pay/profitsharingquery"),
    ),
    known(
        Endpoint::v2("/secapi/pay/profitsharingreturn")
            .cert()
            .only(HMAC)
            .resumes("out_return_no", "/pay/profitsharingreturnquery"),
    ),
    // WeChat refuses an appid there.
    known(Endpoint::v2("/pay/profitsharingquery").identity(SHARING_QUERY).only(HMAC).retry(RetryClass::Safe)),
    known(Endpoint::v2("/pay/profitsharingreturnquery").only(HMAC).retry(RetryClass::Safe)),
    known(Endpoint::v2("/pay/profitsharingaddreceiver").only(HMAC).retry(RetryClass::SameRequest)),
    known(Endpoint::v2("/pay/profitsharingremovereceiver").only(HMAC).retry(RetryClass::SameRequest)),
    known(
        Endpoint::v2("/pay/profitsharingorderamountquery")
            .identity(MERCHANT)
            .only(HMAC)
            .reply_body(NO_RESULT_CODE)
            .retry(RetryClass::Safe),
    ),
    known(
        Endpoint::v2("/pay/profitsharingmerchantratioquery")
            .identity(SHARING_QUERY)
            .only(HMAC)
            .reply_body(NO_RESULT_CODE)
            .retry(RetryClass::Safe),
    ),
    known(
        Endpoint::v2("/pay/combinedorder")
            .identity(COMBINED)
            .only(HMAC)
            .resumes("combine_out_trade_no", "/pay/querycombinedorder"),
    ),
    known(
        Endpoint::v2("/pay/querycombinedorder")
            .identity(COMBINED)
            .only(HMAC)
            .reply_body(NO_RESULT_CODE)
            .retry(RetryClass::Safe),
    ),
    known(Endpoint::v2("/pay/closecombinedorder").identity(COMBINED).only(HMAC)),
    known(Endpoint::v2("/secapi/pay/refundv2").cert().resumes("out_refund_no", "/pay/refundqueryv2")),
    known(Endpoint::v2("/pay/refundqueryv2").retry(RetryClass::Safe)),
    known(Endpoint::v2("/papay/entrustweb").reply_body(UNSIGNED)),
    known(Endpoint::v2("/papay/partner/entrustweb").reply_body(UNSIGNED)),
    known(Endpoint::v2("/papay/h5entrustweb").no_nonce().reply_body(UNSIGNED)),
    known(Endpoint::v2("/papay/partner/h5entrustweb").reply_body(UNSIGNED)),
    known(Endpoint::v2("/papay/preentrustweb").no_nonce()),
    known(Endpoint::v2("/papay/deletecontract").no_nonce()),
    known(Endpoint::v2("/papay/querycontract").no_nonce().retry(RetryClass::Safe)),
    known(Endpoint::v2("/pay/queryexchagerate").no_nonce().retry(RetryClass::Safe)),
    known(Endpoint::v2("/cgi-bin/mch/customs/*").no_nonce()),
    known(
        Endpoint::v2("/xdc/apiv2getsignkey/sign/getsignkey")
            .identity(MERCHANT)
            .reply_body(ReplyBody::Xml { signed: false, result_code: false })
            .retry(RetryClass::Safe),
    ),
    known(Endpoint::v2("/sandboxnew/*").only(MD5).no_sign_type()),
];

const MD5: &[SignType] = &[SignType::Md5];
const HMAC: &[SignType] = &[SignType::HmacSha256];
const UNSIGNED: ReplyBody = ReplyBody::Xml { signed: false, result_code: true };
const NO_RESULT_CODE: ReplyBody = ReplyBody::Xml { signed: true, result_code: false };

/// The paths that have no field for an appid.
const MERCHANT: &[(&str, Own)] = &[("mch_id", Own::MchId)];
const SHARING_QUERY: &[(&str, Own)] = &[("mch_id", Own::MchId), ("sub_mch_id", Own::SubMchId)];
const COMBINED: &[(&str, Own)] = &[("combine_appid", Own::Appid), ("combine_mch_id", Own::MchId)];

/// What a call makes and its question repeat. No signature shows whose an old transfer's reply is.
macro_rules! echoed {
    ($number:literal $(, $more:literal)*) => {
        Record {
            name: "",
            module: "",
            doc: "",
            fields: &[
                Field::new($number, FieldKind::Text, "").required().echoed(),
                $(Field::new($more, FieldKind::Text, "").echoed(),)*
                Field::new("mchid", FieldKind::Text, "").echoed(),
                Field::new("mch_appid", FieldKind::Text, "").echoed(),
                Field::new("wxappid", FieldKind::Text, "").echoed(),
            ],
            lists: &[],
            needs: &[],
        }
    };
}

static TRANSFER: Record = echoed!("partner_trade_no");
static RED_PACKET: Record = echoed!("mch_billno");

/// A call of the old kind, over MD5 and the merchant's certificate.
const fn old(path: &'static str) -> Endpoint {
    Endpoint::v2(path).cert().identity(&[("appid", Own::Appid), ("mch_id", Own::MchId)]).only(MD5).no_sign_type()
}

const fn red_packet(path: &'static str) -> Endpoint {
    let identity = &[("wxappid", Own::Appid), ("mch_id", Own::MchId), ("sub_mch_id", Own::SubMchId)];
    let row = old(path).identity(identity).reply_body(UNSIGNED);
    known(row.resumes("mch_billno", "/mmpaymkttransfers/gethbinfo")).answering(&RED_PACKET)
}

const fn sharing(path: &'static str) -> Endpoint {
    known(Endpoint::v2(path).cert().only(HMAC).resumes("out_order_no", "/pay/profitsharingquery"))
}

const fn known(row: Endpoint) -> Endpoint {
    Endpoint { name: CALL, ..row }
}

impl Endpoint {
    const fn answering(mut self, record: &'static Record) -> Self {
        self.reply = record;
        self
    }
}

/// What is known of a path without a method.
pub fn find(path: &str) -> &'static Endpoint {
    let of_folder = |row: &&Endpoint| row.path.strip_suffix('*').is_some_and(|folder| path.starts_with(folder));
    let known = PATHS.iter().find(|row| row.path == path).or_else(|| PATHS.iter().find(of_folder));
    known.unwrap_or(&ANY)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_path_is_there_once_and_others_are_signed() {
        let paths: BTreeSet<_> = PATHS.iter().map(|row| row.path).collect();
        assert_eq!(paths.len(), PATHS.len());
        let signed = |path| find(path).reply_body;
        for path in ["/pay/anything", "/mmpaymkttransfers/x", "/mchrisk", "/mmpaymkttransfers/promotion/transfers/x"] {
            assert_eq!(signed(path), ReplyBody::Xml { signed: true, result_code: true }, "{path}");
        }
        assert_eq!((signed("/mchrisk/querymchrisk"), find("/sandboxnew/pay/x").sends_sign_type), (UNSIGNED, false));
    }

    /// The questions have the numbers of the calls that they are asked about.
    #[test]
    fn a_call_that_moves_money_names_a_question_that_is_known() {
        for row in PATHS {
            let Some(resumes) = row.resumes else { continue };
            assert_eq!(find(resumes.query).retry, RetryClass::Safe, "{}", row.path);
            assert_eq!(row.retry, RetryClass::QueryFirst, "{}", row.path);
        }
    }
}
