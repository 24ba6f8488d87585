//! What each call does, in Chinese. The English is the first line of the call's documentation.

/// Names and sentences.
const ROWS: &[(&str, &str)] = &[
    ("oauth.access_token", "用 code 换取用户的 openid 和网页授权 access_token。code 五分钟内有效，只能用一次。"),
    ("oauth.component_access_token", "同 access_token，由授权的第三方平台调用，不需要该账号的 AppSecret。"),
    ("oauth.component_refresh_token", "同 refresh_token，由第三方平台调用。"),
    ("oauth.refresh_token", "刷新网页授权 access_token。"),
    ("oauth.userinfo", "获取同意 snsapi_userinfo 的用户的昵称和头像。"),
    ("oauth.auth", "检验网页授权 access_token 是否有效，无效时报错。"),
    ("oauth.jscode2session", "小程序登录：用 wx.login 的 code 换取用户的 openid 和 session_key。"),
    ("oauth.component_jscode2session", "同 jscode2session，由小程序授权的第三方平台调用。"),
    ("oauth.checksession", "检验登录态：session_key 是否仍是该用户当前的，不是时报错。"),
    ("oauth.getuserphonenumber", "获取小程序用户同意提供的手机号。"),
    ("jssdk.token", "获取新的 access_token，原来的随即失效。用于由其他软件这样刷新 token 的账号。"),
    ("jssdk.stable_token", "获取账号的 access_token：到期之前每次都相同。客户端会保存它。"),
    ("jssdk.getticket", "获取 JS-SDK 的 ticket。次数有限，jsapi_ticket 会保存它。"),
    ("wecom.gettoken", "获取企业微信应用的 token。客户端会保存；这个接口供其他程序使用。"),
    ("wecom.getuserinfo", "用授权链接的 code 获取访问者身份：成员得到 userid，其他人得到 openid。"),
    ("wecom.convert_to_openid", "把成员的 userid 换成支付用的 openid。"),
    ("wecom.get_jsapi_ticket", "获取企业的 ticket，用于 wx.config。次数有限，jsapi_ticket 会保存它。"),
    ("wecom.get_agent_ticket", "获取应用的 ticket，用于 wx.agentConfig。次数有限，agent_ticket 会保存它。"),
    ("unifiedorder", "统一下单，返回 prepay_id。"),
    ("orderquery", "查询订单。只有它的应答能证明已支付。"),
    ("closeorder", "关闭未支付的订单。微信要求下单五分钟之后再关闭。"),
    ("refund", "申请退款，全部或部分。"),
    ("refundquery", "查询退款：按退款单号查一笔，或按订单查全部。"),
    ("downloadbill", "下载一天的交易账单：支付和退款。"),
    ("downloadfundflow", "下载一天的资金账单：账户余额的每一次变动。"),
    ("batchquerycomment", "拉取最近三个月内用户对订单的评价。"),
    ("micropay", "付款码支付。pay_by_code 会完成后续的全部步骤；只有自己处理这些步骤时才直接调用它。"),
    ("reverse", "撤销付款码订单：未支付的关闭，已支付的退款。"),
    ("authcodetoopenid", "用付款码查询用户的 openid。此后只有这个商户能用该付款码扣款。"),
    ("shorturl", "转换短链接，使二维码更容易扫描。"),
    ("report", "交易保障：上报接口的耗时和结果，或用 trades 上报收银台一小时的支付。"),
    ("getsignkey", "已停用：获取旧沙箱（仿真测试系统）的密钥，微信不再维护它。测试请用 wxpaykit-emulator。"),
    ("sendworkwxredpack", "发放企业红包。两个签名都由客户端生成，workwx_sign 用 corp_pay_secret。"),
    ("queryworkwxredpack", "按单号查询企业红包，可查三十天内的。"),
    (
        "paywwsptrans2pocket",
        "向员工付款，企业微信已不对新商户开放。两个签名都由客户端生成，workwx_sign 用 corp_pay_secret。",
    ),
    ("querywwsptrans2pocket", "按单号查询向员工付款的记录，可查三十天内的。"),
    ("v3.jsapi", "JSAPI 下单、小程序下单。prepay_id 两小时内有效。"),
    ("v3.native", "Native 下单。请把 code_url 做成二维码，两小时内有效。"),
    ("v3.h5", "H5 下单，用于微信外的手机浏览器。请让用户打开 h5_url，五分钟内有效。"),
    ("v3.app", "APP 下单。prepay_id 两小时内有效。"),
    ("v3.query", "按 out_trade_no 或 transaction_id 查询订单。只有它的应答能证明已支付。"),
    ("v3.close", "关闭未支付的订单。重复关闭也会成功。"),
    ("v3.codepay", "付款码支付。pay_by_code 会完成后续的全部步骤；只有自己处理这些步骤时才直接调用它。"),
    ("v3.reverse", "撤销付款码订单：未支付的关闭，已支付的退款。"),
    ("v3.combine_jsapi", "合单 JSAPI 下单：几个订单一次支付，用于公众号网页和小程序。prepay_id 两小时内有效。"),
    ("v3.combine_native", "合单 Native 下单。请把 code_url 做成二维码，两小时内有效。"),
    ("v3.combine_h5", "合单 H5 下单，用于微信外的手机浏览器。h5_url 五分钟内有效。"),
    ("v3.combine_app", "合单 APP 下单。prepay_id 两小时内有效。"),
    ("v3.combine_query", "合单查询订单。只有它的应答能证明已支付：sub_orders 里每个订单都有自己的 trade_state。"),
    ("v3.combine_close", "合单关闭订单：关闭未支付的合单及其全部子单。重复关闭也会成功。"),
    ("v3.refund", "申请退款，全部或部分。"),
    ("v3.refund_query", "按商户退款单号查询单笔退款。"),
    ("v3.apply_abnormal_refund", "发起异常退款：把状态为 ABNORMAL 的退款退到另一个账户。"),
    ("v3.transfer", "发起商家转账。资金来自客户端自己的商户，配置了子商户时也一样。"),
    ("v3.transfer_query", "按 out_bill_no 或 transfer_bill_no 查询转账单，可查最近 30 天内的。"),
    ("v3.transfer_cancel", "撤销用户尚未确认的转账。状态先是 CANCELING：请用 transfer_query 查询是否已撤销。"),
    ("v3.transfer_receipt", "按 out_bill_no 或 transfer_bill_no 申请成功转账的电子回单。"),
    ("v3.transfer_receipt_query", "按申请时的单号查询转账的电子回单。"),
    ("v3.profitsharing_order", "请求分账。下单时要设置 settle_info.profit_sharing，接收方要已添加。"),
    ("v3.profitsharing_order_query", "查询分账结果。"),
    ("v3.profitsharing_return", "请求分账回退：180 天内从商户接收方收回一部分，需要对方已同意。"),
    ("v3.profitsharing_return_query", "查询分账回退结果。"),
    ("v3.profitsharing_unfreeze", "解冻剩余资金给商户。此后该订单不能再分账。"),
    ("v3.profitsharing_amounts", "查询订单剩余待分金额。"),
    ("v3.profitsharing_config", "服务商：查询子商户的最大分账比例。"),
    ("v3.profitsharing_add_receiver", "添加分账接收方。重复添加也会成功。一个商户最多 20000 个。"),
    ("v3.profitsharing_delete_receiver", "删除分账接收方。"),
    ("v3.tradebill", "下载一天的交易账单：支付和退款。"),
    ("v3.fundflowbill", "下载一天的资金账单：账户余额的每一次变动。"),
    ("v3.sub_merchant_fundflowbill", "服务商：下载单个子商户一天的资金账单。"),
    ("v3.ecommerce_fundflowbill", "电商收付通平台：下载全部二级商户一天的资金账单。"),
    ("v3.certificates", "下载平台证书，仍是加密的。客户端需要时会自己下载；只有查看时才直接调用它。"),
];

/// What a call does, in Chinese.
pub(crate) fn chinese(name: &str) -> Option<&'static str> {
    ROWS.iter().find(|(known, _)| *known == name).map(|(_, chinese)| *chinese)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wxpaykit::registry;

    #[test]
    fn every_call_has_its_chinese_and_no_other_name_has() {
        let names: Vec<_> = registry::all().map(|call| call.name).collect();
        let missing: Vec<_> = names.iter().filter(|name| chinese(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(names.len(), ROWS.len());
    }
}
