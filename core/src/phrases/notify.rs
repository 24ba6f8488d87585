//! What is wrong with notifications and with questions of WeChat's.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("is XML: notify.handle takes notifications of APIv2", "是 XML：APIv2 的通知请用 notify.handle"),
    ("is not a JSON object", "不是 JSON 对象"),
    ("is missing, or is not an object", "缺失，或不是对象"),
    ("decrypts, and is not a JSON object", "可以解密，但不是 JSON 对象"),
    ("has too many members", "成员太多"),
    (
        "the notification lacks {}: hand on the headers of the request, and see that no proxy drops them",
        "通知缺少 {1}：请传入请求的请求头，并确认代理没有去掉它们",
    ),
    (
        "the reply lacks {}: a proxy may have dropped it, or the reply is not WeChat Pay's",
        "应答缺少 {1}：可能被代理去掉了，或不是微信支付的应答",
    ),
    ("{}, which has the same text as api_key", "{1}，它与 api_key 相同"),
    ("does not decrypt with this client's api_v3_key", "用这个客户端的 api_v3_key 无法解密"),
    ("cannot be decrypted: {} {}", "无法解密：{1} {2}"),
    ("a payment", "支付"),
    ("a refund", "退款"),
    ("a transfer", "转账"),
    ("repeats a field of the document around it", "与外层报文的字段重复"),
    (
        "is FAIL ({}): WeChat could not send the notification; ask refundquery for the refund",
        "是 FAIL（{1}）：微信没能发送通知；请用 refundquery 查询退款",
    ),
    (
        "is missing: this is a payment notification (it has a sign and no req_info), which notify.handle and notify.parse take",
        "缺失：这是支付通知（有 sign，没有 req_info），请用 notify.handle 或 notify.parse",
    ),
    ("is missing: this is not a refund notification", "缺失：这不是退款通知"),
    (
        "is of APIv2, which has no notifications of transfers: use notify.handle or notify.confirm",
        "是 APIv2 的通知，APIv2 没有转账通知：请用 notify.handle 或 notify.confirm",
    ),
    ("SUCCESS, CHANGE or REFUNDCLOSE", "SUCCESS、CHANGE 或 REFUNDCLOSE"),
    ("SUCCESS, FAIL or CANCELLED", "SUCCESS、FAIL 或 CANCELLED"),
    (
        "req_info {}. appid {} and mch_id {} of the notification are this client's own, so look at api_key",
        "req_info {1}。通知里的 appid {2} 和 mch_id {3} 与客户端一致，请检查 api_key",
    ),
    (
        "the message is not encrypted with this client's api_v3_key, and {}",
        "报文不是用这个客户端的 api_v3_key 加密的，并且{1}",
    ),
    ("has a character that APIv2 does not take", "含有 APIv2 不接受的字符"),
    ("must have 1 to {} characters: the customer reads it", "应为 1 到 {1} 个字符：用户会看到它"),
    ("is {} ({}), and not {}: {}", "是 {1}（{2}），而不是{3}：{4}"),
    (
        "pass on_transferred or pass on_other to notify.handle (Node: onTransferred, onOther), or use notify.confirm_transfer",
        "请把 on_transferred 或 on_other 传给 notify.handle（Node：onTransferred、onOther），或使用 notify.confirm_transfer",
    ),
    (
        "pass on_refunded to notify.handle (Node: onRefunded), or use notify.confirm_refund",
        "请把 on_refunded 传给 notify.handle（Node：onRefunded），或使用 notify.confirm_refund",
    ),
    (
        "it is of a combined order: use notify.handle, which hands each part over",
        "这是合单的通知：请用 notify.handle，它会逐个交付每个子单",
    ),
    ("is not a notification of a combined order", "不是合单的通知"),
    ("has no part", "没有子单"),
    ("has a part twice", "有重复的子单"),
    (
        "are of several sub-merchants: use a client without sub_mch_id",
        "属于不同的子商户：请使用没有设置 sub_mch_id 的客户端",
    ),
    ("use notify.handle or notify.confirm", "请用 notify.handle 或 notify.confirm"),
    (
        "pass on_other to notify.handle (Node: onOther), or read it by v3.notification",
        "请把 on_other 传给 notify.handle（Node：onOther），或用 v3.notification 读取",
    ),
    ("the signature of the notification is right, and its resource {}", "通知的签名正确，但其中的 resource {1}"),
];
