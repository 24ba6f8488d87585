//! Payments to members of WeCom: 发放企业红包 `sendworkwxredpack`, 向员工付款 `paywwsptrans2pocket`, their queries, and `workwx_sign`, the
//! signature inside their signature (WeCom documents 90275, 90278, 90281).

use super::sign::inner_sign;
use crate::error::Error;
use crate::fields::Fields;
use crate::table::macros::{endpoints, record, wire_enum};

/// The fields under `workwx_sign` of a red packet, in their order.
const RED_PACKET: &[&str] = &["act_name", "mch_billno", "mch_id", "nonce_str", "re_openid", "total_amount", "wxappid"];
/// The fields under `workwx_sign` of a payment to a member.
const PAY_EMPLOYEE: &[&str] =
    &["amount", "appid", "desc", "mch_id", "nonce_str", "openid", "partner_trade_no", "ww_msg_type"];

wire_enum! {
    /// The occasion of a red packet (场景值). WeChat asks for it where the amount is not between ¥1 and ¥200.
    RedpackScene {
        /// A promotion (商品促销).
        Product1 = "PRODUCT_1",
        /// A draw (抽奖).
        Product2 = "PRODUCT_2",
        /// Virtual goods won (虚拟物品兑奖).
        Product3 = "PRODUCT_3",
        /// Welfare inside the company (企业内部福利).
        Product4 = "PRODUCT_4",
        /// A share for a channel (渠道分润).
        Product5 = "PRODUCT_5",
        /// Money back to an insured (保险回馈).
        Product6 = "PRODUCT_6",
        /// A lottery's prize (彩票派奖).
        Product7 = "PRODUCT_7",
        /// A tax scratch card's prize (税务刮奖).
        Product8 = "PRODUCT_8",
    }
}

wire_enum! {
    /// The state of a red packet (红包状态).
    RedpackStatus {
        /// It is being sent.
        Sending = "SENDING",
        /// It is sent, and waits for the receiver.
        Sent = "SENT",
        /// It was not sent.
        Failed = "FAILED",
        /// The receiver took it.
        Received = "RECEIVED",
        /// Its money is going back. WeChat spells it so.
        RfundIng = "RFUND_ING",
        /// Its money went back.
        Refund = "REFUND",
    }
}

wire_enum! {
    /// The state of a payment to a member (付款状态).
    WwTransferStatus {
        /// The member has the money.
        Success = "SUCCESS",
        /// Nothing was paid.
        Failed = "FAILED",
        /// WeChat is working on it.
        Processing = "PROCESSING",
    }
}

wire_enum! {
    /// Whether WeChat compares the receiver's name (校验用户姓名选项).
    CheckName {
        /// It does not.
        NoCheck = "NO_CHECK",
        /// It does, with `re_user_name`.
        ForceCheck = "FORCE_CHECK",
    }
}

wire_enum! {
    /// What the member reads in WeCom (付款消息类型).
    WwMsgType {
        /// An ordinary message.
        NormalMsg = "NORMAL_MSG",
        /// A message of an approval: with `approval_type` and `approval_number`.
        ApprovalMsg = "APPROVAL_MSG",
    }
}

endpoints! {
    /// Sends a red packet to someone who follows the corp (发放企业红包). The client makes both signatures, `workwx_sign` with `corp_pay_secret`.
    /// Give `sender_name` or `agentid`: a person sends it, or an application does.
    /// Repeating it with the same `mch_billno` and the same fields sends one red packet. Do so after `NOTENOUGH`, and whenever the outcome is
    /// unknown; take a new number only when the query says that it failed.
    sendworkwxredpack(Sendworkwxredpack) -> SendworkwxredpackReply {
        v2("/mmpaymkttransfers/sendworkwxredpack"),
        cert(),
        identity(&[("wxappid", Appid), ("mch_id", MchId)]),
        only(&[SignType::Md5]),
        no_sign_type(),
        workwx_signed(RED_PACKET),
        retry(SameRequest),
        resumes("mch_billno", "queryworkwxredpack");
        request {
            /// The merchant's number of the red packet, the same for every attempt at it.
            mch_billno: BillNo(28) required,
            /// Who receives it: an openid of the corpid, from `pay.wecom.convert_to_openid`.
            re_openid: Id(32) required short,
            /// The amount in fen; from ¥1 to ¥200 unless `scene_id` allows another.
            total_amount: Fen required,
            /// The wish that the receiver reads.
            wishing: Text(128) required,
            /// The name of the activity.
            act_name: Text(32) required,
            /// A remark.
            remark: Text(256) required,
            /// The sender's name, where a person sends it.
            sender_name: Text(128),
            /// The agentid of the application, where an application sends it.
            agentid: Int,
            /// The sender's picture: an id of WeCom's media.
            sender_header_media_id: Id(128),
            /// The occasion.
            scene_id: Enum<RedpackScene>(32),
        }
        needs {
            any [sender_name, agentid] exclusive,
        }
    }

    /// Queries a red packet of WeCom by its number (查询红包记录), within thirty days.
    queryworkwxredpack(Queryworkwxredpack) -> QueryworkwxredpackReply {
        v2("/mmpaymkttransfers/queryworkwxredpack"),
        cert(),
        identity(&[("appid", Appid), ("mch_id", MchId)]),
        only(&[SignType::Md5]),
        no_sign_type(),
        reply_body(ReplyBody::Xml { signed: false, result_code: true }),
        retry(Safe);
        request {
            /// The merchant's number of the red packet.
            mch_billno: BillNo(28) required,
        }
    }

    /// Pays a member of the corp (向员工付款). WeCom has closed it to new merchants. The client makes both signatures, `workwx_sign` with
    /// `corp_pay_secret`.
    /// The reply is not signed. After any failure ask `querywwsptrans2pocket` before anything else; never take a new number while the outcome is
    /// unknown.
    paywwsptrans2pocket(Paywwsptrans2pocket) -> Paywwsptrans2pocketReply {
        v2("/mmpaymkttransfers/promotion/paywwsptrans2pocket"),
        cert(),
        identity(&[("appid", Appid), ("mch_id", MchId)]),
        only(&[SignType::Md5]),
        no_sign_type(),
        workwx_signed(PAY_EMPLOYEE),
        reply_body(ReplyBody::Xml { signed: false, result_code: true }),
        retry(QueryFirst),
        resumes("partner_trade_no", "querywwsptrans2pocket");
        request {
            /// The merchant's number of the payment, the same for every attempt at it.
            partner_trade_no: BillNo(32) required,
            /// The member: an openid of the corpid, from `pay.wecom.convert_to_openid`.
            openid: Id(64) required short,
            /// Whether WeChat compares the member's name.
            check_name: Enum<CheckName>(16) required,
            /// The member's real name, where `check_name` is `FORCE_CHECK`.
            re_user_name: Text(64) hidden,
            /// The amount in fen.
            amount: Fen required,
            /// What it is for; the member reads it.
            desc: Text(81) required,
            /// The IP address of the server.
            spbill_create_ip: Ip(32) required,
            /// What the member reads.
            ww_msg_type: Enum<WwMsgType>(32) required,
            /// The number of the approval, where `ww_msg_type` is `APPROVAL_MSG`.
            approval_number: Id(128),
            /// The kind of the approval, where `ww_msg_type` is `APPROVAL_MSG`: 1.
            approval_type: Int,
            /// The name of the item; the member reads it.
            act_name: Text(50) required,
            /// The agentid of the application that pays.
            agentid: Int,
            /// The terminal's number.
            device_info: Text(32),
        }
        needs {
            when check_name = "FORCE_CHECK" any [re_user_name],
            when ww_msg_type = "APPROVAL_MSG" any [approval_number],
            when ww_msg_type = "APPROVAL_MSG" any [approval_type],
        }
    }

    /// Queries a payment to a member by its number (查询付款记录), within thirty days.
    querywwsptrans2pocket(Querywwsptrans2pocket) -> Querywwsptrans2pocketReply {
        v2("/mmpaymkttransfers/promotion/querywwsptrans2pocket"),
        cert(),
        identity(&[("appid", Appid), ("mch_id", MchId)]),
        only(&[SignType::Md5]),
        no_sign_type(),
        reply_body(ReplyBody::Xml { signed: false, result_code: true }),
        retry(Safe);
        request {
            /// The merchant's number of the payment.
            partner_trade_no: BillNo(32) required,
        }
    }
}

record! {
    /// The reply of `sendworkwxredpack`: the red packet is sent.
    SendworkwxredpackReply
    fields {
        /// The merchant's number of the red packet.
        mch_billno: Text(28) required echoed,
        /// The merchant's number.
        mch_id: Id(32) required echoed,
        /// The corpid.
        wxappid: Id(32) required echoed,
        /// Who receives it.
        re_openid: Id(32) required echoed short,
        /// The amount in fen.
        total_amount: Fen required echoed,
        /// WeChat's number of the red packet.
        send_listid: Id(32),
        /// The sender's name.
        sender_name: Text(128),
        /// The sender's picture.
        sender_header_media_id: Text(128),
    }
}

record! {
    /// The reply of `queryworkwxredpack`. WeChat's documents do not say that it is signed; a signature that it has is verified.
    QueryworkwxredpackReply
    fields {
        /// The merchant's number of the red packet.
        mch_billno: Text(28) required echoed,
        /// The merchant's number.
        mch_id: Id(32) echoed,
        /// WeChat's number of the red packet.
        detail_id: Id(32),
        /// The state.
        status: Enum<RedpackStatus>(16) required,
        /// How it was sent: `API`.
        send_type: Text(32),
        /// The amount in fen.
        total_amount: Fen,
        /// Why it failed.
        reason: Text(32),
        /// When it was sent, `yyyy-MM-dd HH:mm:ss` in Beijing.
        send_time: Text(32),
        /// When its money went back, `yyyy-MM-dd HH:mm:ss` in Beijing.
        refund_time: Text(32),
        /// How much went back, in fen.
        refund_amount: Fen,
        /// The wish.
        wishing: Text(128),
        /// The remark.
        remark: Text(256),
        /// The name of the activity.
        act_name: Text(32),
        /// Who receives it.
        openid: Id(32) short,
        /// How much the receiver took, in fen.
        amount: Fen,
        /// When the receiver took it, `yyyy-MM-dd HH:mm:ss` in Beijing.
        rcv_time: Text(32),
        /// The sender's name.
        sender_name: Text(128),
        /// The sender's picture.
        sender_header_media_id: Text(128),
    }
}

record! {
    /// The reply of `paywwsptrans2pocket`: the member is paid. It is not signed; a signature that it has is verified.
    Paywwsptrans2pocketReply
    fields {
        /// The corpid.
        appid: Id(128) echoed,
        /// The merchant's number.
        mch_id: Id(32) echoed,
        /// The merchant's number of the payment.
        partner_trade_no: Text(32) required echoed,
        /// WeChat's number of the payment to the member.
        payment_no: Id(64) required,
        /// When it was paid, `yyyy-MM-dd HH:mm:ss` in Beijing.
        payment_time: Text(32),
        /// The terminal's number.
        device_info: Text(32),
    }
}

record! {
    /// The reply of `querywwsptrans2pocket`. It is not signed; a signature that it has is verified.
    Querywwsptrans2pocketReply
    fields {
        /// The merchant's number of the payment.
        partner_trade_no: Text(32) required echoed,
        /// The merchant's number.
        mch_id: Id(32) echoed,
        /// WeChat's number of the payment to the member.
        detail_id: Id(32),
        /// The state.
        status: Enum<WwTransferStatus>(16) required,
        /// Why it failed.
        reason: Text(256),
        /// The member.
        openid: Id(64) short,
        /// The member's name.
        transfer_name: Text(64) hidden,
        /// The amount in fen.
        payment_amount: Fen,
        /// When it was asked for, `yyyy-MM-dd HH:mm:ss` in Beijing.
        transfer_time: Text(32),
        /// What it is for.
        desc: Text(100),
    }
}

/// `workwx_sign` of the two payments of WeCom (`sendworkwxredpack`, `paywwsptrans2pocket`): the inner signature, over fixed fields and
/// the secret of WeCom. Add it to the fields before they are signed with the API key. The calls of a client do both.
///
/// # Errors
/// `InvalidRequest` when the fields are of neither payment, one of the fixed fields is missing, or the secret is empty.
pub fn workwx_sign(fields: &Fields, secret: &str) -> Result<String, Error> {
    if secret.is_empty() {
        return Err(Error::invalid("secret", "is empty: take it from 企业微信 > 企业支付"));
    }
    let fixed = match () {
        () if fields.contains("mch_billno") => RED_PACKET,
        () if fields.contains("partner_trade_no") => PAY_EMPLOYEE,
        () => {
            let rule = "has neither mch_billno of a red packet nor partner_trade_no of a payment to a member";
            return Err(Error::invalid("params", rule));
        }
    };
    inner_sign(fields, fixed, secret)
}
