// The page's texts. Mistakes have codes: the table of core comes from /_page/mistakes.js, the refusals of the emulator itself are below.

import { mistakes as known } from './mistakes.js'

export const texts = {
  zh: {
    other: 'English', skip: '跳到订单', title: '本机微信支付', clock: '模拟时钟（北京时间）', frozen: '已停住',
    orders: '订单与通知', journal: '请求记录', refusedOnly: '只看被拒绝的',
    connecting: '连接中…', live: '实时', lost: '连接已断开，正在重连…',
    advance: (name) => `快进 ${name}`, steps: { 15: '15 秒', 60: '1 分钟', 3600: '1 小时', 86400: '1 天' },
    toNext: '快进到下一次通知', moved: (ran) => `时钟已快进，期间处理了 ${ran} 个到期任务`, working: '进行中…',
    backToNow: '回到现在', backToNowHint: '时钟设回本机时间；未到期的任务仍在同样长的时间之后执行', reset: '时钟已设回本机时间',
    menuMe: '我是谁', menuScan: '扫一扫', menuQr: '二维码', menuH5: 'H5 支付', menuFaults: '故障', menuSettings: '设置', menuCode: '付款码', menuApp: 'APP 支付', menuBill: '今日账单', menuApi: '控制接口', qr: '二维码', h5: '打开 H5 支付', made: (no) => `已创建测试订单 ${no}`,
    noOrders: '还没有订单。', noEntries: '还没有请求。',
    noRefused: '没有被拒绝的请求。', newest: (n) => `最新 ${n} 笔`, shown: (n) => `${n} 条`, missed: (n) => `（另有 ${n} 条未显示）`,
    ordered: '已下单', paid: '已支付', closed: '已关闭', waiting: '等待支付', notified: '商户已确认', notifying: '通知中',
    refundState: { PROCESSING: '退款中', SUCCESS: '已退款', CHANGE: '退款异常', REFUNDCLOSE: '退款关闭' },
    gaveUp: '通知已放弃', pay: '支付', cancel: '取消', fail: '支付失败', resend: '重发通知', refund: '退款', of: (what, no) => `${what}：订单 ${no}`,
    notifications: '支付通知', decrypted: '解密后的通知内容', attempt: (n) => `第 ${n} 次`, byHand: '手动重发', taken: '商户已确认收到',
    answered: (status) => `HTTP ${status}`, silent: '无应答', answer: '应答', toCome: (n) => `第 ${n} 次，将于`, more: (n) => `此后还有 ${n} 次，最后一次在`,
    inTime: (text) => `（还有 ${text}）`, over: '计划中的通知都已发出，不再重发', attempts: (n) => `已发 ${n} 次`,
    cashier: { ok: '支付成功', cancel: '用户取消了支付', fail: '支付失败' }, resent: '已重发：', refundMade: '已申请退款：', notTaken: '未被确认：',
    outcome: { ok: '成功', left: '未支付离开', protocol: '通信失败', business: '业务失败', v3: '被拒绝', oauth: '授权接口报错', cashier: '收银台打不开', jssdk: 'wx.config 被拒绝', http: '网关' },
    shouldBe: '应当签名的字符串', likely: '很可能被签名的字符串', algorithm: (name) => `算法 ${name}`,
    same: '两段文字相同：差别在密钥或算法。', whatSigned: '签名原文', notFound: '没有一种常见错误能得出收到的签名。',
    difference: (n) => `从第 ${n} 个字符起不同`, failed: '没有成功：',
  },
  en: {
    other: '中文', skip: 'Skip to the orders', title: 'Local WeChat Pay', clock: 'Emulated clock (Beijing time)', frozen: 'stands still',
    orders: 'Orders and notifications', journal: 'Requests', refusedOnly: 'Refused only',
    connecting: 'Connecting…', live: 'Live', lost: 'Connection lost, trying again…',
    advance: (name) => `Advance ${name}`, steps: { 15: '15 s', 60: '1 min', 3600: '1 h', 86400: '1 day' },
    toNext: 'Skip to the next notification', moved: (ran) => `The clock has moved; ${ran} tasks fell due and ran`, working: 'Working…',
    backToNow: 'Back to now', backToNowHint: 'Sets the clock to this machine\'s time; what is still to come happens after the same time as before', reset: 'The clock shows this machine\'s time',
    menuMe: 'Who am I', menuScan: 'Scan', menuQr: 'QR code', menuH5: 'H5', menuFaults: 'Faults', menuSettings: 'Settings', menuCode: 'Payment code', menuApp: 'Pay in an app', menuBill: 'Bill of today', menuApi: 'Control API', qr: 'QR code', h5: 'Open H5', made: (no) => `Test order ${no} was made`,
    noOrders: 'No order yet.', noEntries: 'No request yet.',
    noRefused: 'No request was refused.', newest: (n) => `the newest ${n}`, shown: (n) => (n === 1 ? '1 entry' : `${n} entries`), missed: (n) => ` (${n} more not shown)`,
    ordered: 'Ordered', paid: 'Paid', closed: 'Closed', waiting: 'Waiting for payment', notified: 'Acknowledged', notifying: 'Notifying',
    refundState: { PROCESSING: 'Refunding', SUCCESS: 'Refunded', CHANGE: 'Refund abnormal', REFUNDCLOSE: 'Refund closed' },
    gaveUp: 'Given up', pay: 'Pay', cancel: 'Cancel', fail: 'Fail', resend: 'Notify again', refund: 'Refund', of: (what, no) => `${what}: order ${no}`,
    notifications: 'Payment notification', decrypted: 'The decrypted notification', attempt: (n) => `Attempt ${n}`, byHand: 'By hand', taken: 'acknowledged by the merchant',
    answered: (status) => `HTTP ${status}`, silent: 'no answer', answer: 'Answer', toCome: (n) => `Attempt ${n} at`, more: (n) => `and ${n} more, the last one at`,
    inTime: (text) => ` (in ${text})`, over: 'All planned attempts were made; there are no more', attempts: (n) => `${n} sent`,
    cashier: { ok: 'Paid', cancel: 'The user cancelled', fail: 'The payment failed' }, resent: 'Sent again: ', refundMade: 'Refund accepted: ', notTaken: 'not acknowledged: ',
    outcome: { ok: 'ok', left: 'closed without payment', protocol: 'refused', business: 'failed', v3: 'refused', oauth: 'OAuth error', cashier: 'cashier did not open', jssdk: 'wx.config refused', http: 'gateway' },
    shouldBe: 'What should have been signed', likely: 'What was likely signed', algorithm: (name) => `Algorithm ${name}`,
    same: 'The texts are the same: key or algorithm differ.', whatSigned: 'Signed text', notFound: 'No usual mistake gives the signature that was received.',
    difference: (n) => `different from character ${n} on`, failed: 'Did not work: ',
  },
}

/**
 * What an entry of the journal says: a headline, and what stands below it. English has one sentence. In Chinese the headline is the title of
 * the mistake. The sentence of the entry follows where it has more than title and advice: the field, its value, what was expected.
 */
export function sentences(language, mistake, { detail, detail_zh: chinese }) {
  if (language !== 'zh') return [detail]
  const said = chinese ?? detail
  if (!mistakes[mistake]) return [said]
  const [title, advice] = mistakes[mistake]
  // A sentence of core's table: title (field): advice.
  if (advice && said.startsWith(title) && said.endsWith(`：${advice}`)) return [said.slice(0, -advice.length - 1), advice]
  const known = `${title} ${advice}`
  const hasMore = (said.match(/[\w./:-]+/g) ?? []).some((word) => !known.includes(word))
  return [title, ...(hasMore || !advice ? [said] : []), advice].filter((text, at) => text && (at === 0 || text !== title))
}

// Chinese [title, advice] by code. The sentence with the values comes with the journal entry.
export const mistakes = {
  ...known,
  missing_fields: ['缺少参数', '有必填的字段没有发送，或值是空的。'],
  field_format: ['字段格式不对', ''],
  field_length: ['字段长度不对', ''],
  other_appid: ['appid 不对', '模拟器里没有这个 appid，或它与下单时的不同。可用 --merchant 添加商户。'],
  other_partnerid: ['partnerid 不对', 'partnerid 是下单的商户号；服务商的订单是子商户号。'],
  other_trade_type: ['不能用这种方式支付', '订单的 trade_type 与支付方式不符，请按支付方式下单。'],
  pay_sign_missing: ['没有 paySign', '签名要用 paySign 这个名称交给页面。'],
  prepay_id_unknown: ['prepay_id 不存在', '它不是在这里下单得到的：请检查下单的应答。'],
  other_mch_id: ['没有这个商户号', '可用 --merchant 添加商户。'],
  not_bound: ['appid 与商户号没有绑定', '两者都存在，但不是一对。'],
  page_not_registered: ['支付页面的目录没有登记', '页面的地址不在商户的支付授权目录之下。'],
  field_too_many: ['多了一个字段', '这个接口只对自己的字段验签，多出的字段会导致签名错误。'],
  workwx_sign: ['内层签名 workwx_sign 不对', '它只包含固定的几个字段，末尾是 &secret= 加企业微信的 secret。'],
  not_permitted: ['没有权限', ''],
  url_domain: ['页面的域名不对', '页面的域名不是公众号登记的 JS 接口安全域名。'],
  product: ['商户没有开通这种支付方式', ''],
  prepay_expired: ['prepay_id 已过期', 'prepay_id 的有效期是两小时，请重新下单。'],
  token_replaced: ['access_token 无效或已被替换', '取新的 access_token 后，旧的很快失效；请集中缓存。'],
  token_expired: ['凭证已过期', ''],
  grant_type: ['grant_type 不对', ''],
  other_openid: ['openid 不对', '它属于另一个 appid，或与 access_token 不匹配。'],
  order_unknown: ['商户没有这个订单号', '订单号写错了，或下单没有成功，或属于另一个商户。'],
  order_paid: ['订单已支付', ''],
  order_closed: ['订单已关闭', '请换一个商户订单号重新下单。'],
  order_expired: ['订单已过支付期限', '关闭之前仍是 NOTPAY：请关闭订单，换一个商户订单号重新下单。'],
  number_used: ['商户订单号重复', '已有同号的订单，而这次有字段或接口与首次请求不同：用原来的接口和相同的字段重发，或关闭原单并换一个订单号。'],
  system_error: ['模拟器的故障', '控制接口要求它这样回答。'],
  other_secret: ['AppSecret 不对', 'AppSecret 与商户的 API 密钥是两回事。'],
  code_unknown: ['code 无效', '从未发出，或属于另一个 appid，或已失效。'],
  code_used: ['code 已用过', '每个 code 只能用一次；页面刷新会再次带上旧的 code。'],
  code_expired: ['code 已过期', 'code 的有效期是五分钟。'],
  refresh_token_unknown: ['refresh_token 无效', ''],
  ticket_type: ['type 应为 jsapi', ''],
  method: ['应使用 POST', ''],
  body: ['请求体应为 JSON', ''],
  quota: ['强制刷新过于频繁', ''],
  scope: ['授权范围不够', '用户只授权了 snsapi_base；userinfo 需要 snsapi_userinfo。'],
  time_expire: ['time_expire 太近', '至少要在一分钟之后（按模拟时钟）。商户用的是本机时间；模拟时钟快进过的话，可以“回到现在”。'],
  not_served: ['模拟器没有这个接口', ''],
  client_certificate: ['没有出示商户证书，或证书不符', '这个接口要连接带 TLS 的端口，并出示这个商户的证书。'],
  foreign_page: ['拒绝了其他网页发来的请求', '商户服务器不会发送 Origin 和 Sec-Fetch-Site；Host 应是本机的名字。'],
  relation: ['服务商与子商户的关系不对', ''],
  api_v3_key_missing: ['商户没有设置 APIv3 密钥', '在 --merchant 的文件里写上 api_v3_key。'],
  download_url: ['账单的下载地址无效', ''],
  receiver_unknown: ['没有这个分账接收方', '先用 /v3/profitsharing/receivers/add 添加。'],
  component: ['component_appid 不对', '模拟器的第三方平台见 GET /_emulator/component。'],
  component_ticket: ['component_verify_ticket 不对', '模拟器的票据见 GET /_emulator/component。'],
  session_key: ['签名用的不是当前的 session_key', '用户重新登录过，或从未登录：wx.login 后再换一次 session_key。'],
  sig_method: ['sig_method 应为 hmac_sha256', ''],
  other_userid: ['企业里没有这个成员', '模拟器的企业成员见 /_wechat/me。'],
  other_payer: ['支付的人不是下单的人', '订单的 openid 与付款用户的不同。'],
  public_key_merchant: ['这个商户没有平台证书', '它只使用微信支付公钥：配置公钥和公钥 ID，不要下载证书。'],
  algorithm: ['模拟器只用 AEAD_AES_256_GCM 加密账单', ''],
  certificate_algorithm: ['没有国密证书', '模拟器的平台证书都是 RSA 的。'],
  transfer_scene: ['没有开通这个转账场景', '开通的场景写在 --merchant 的 transfer_scenes 里，不写则是文档里的那些。'],
  scene_reports: ['转账场景的报备信息不完整', '每个场景有固定的 info_type，每一项都要传，且只传一次。'],
  retry_period: ['这个单号已超过重试期', '先查询转账单，确认失败后才能换单号。'],
  transfer_state: ['转账还没有成功', '转账成功之后才能申请电子回单。'],
  receipt_unknown: ['没有申请过这笔转账的电子回单', '先申请，再查询。'],
  undefined_parameter: ['有文档中没有的参数', 'APIv3 不接受未定义的参数。'],
  not_encrypted: ['敏感字段没有加密', '请用微信支付公钥或平台证书加密（RSA-OAEP，SHA-1）。'],
  not_utf8: ['敏感字段的明文不是 UTF-8', '加密之前把文本按 UTF-8 编码，不要用 GBK。'],
  other_key: ['敏感字段解密失败', '加密用的不是 Wechatpay-Serial 所指的公钥，或填充方式不是 RSA-OAEP（SHA-1）。'],
  content_type: ['Content-Type 应为 application/json', ''],
  body_encoding: ['请求体不是 UTF-8', ''],
  body_format: ['请求体应为 JSON 对象', ''],
  other_method: ['请求方法不对', ''],
}
