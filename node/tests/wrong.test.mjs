// Every public function with every wrong type in each of its arguments and options: it is refused by an error of the package
// that names the argument, and never by one of JavaScript's own, nor passed over, nor waited for.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import * as main from 'wxpaykit'
import * as express from 'wxpaykit/express'
import * as fastify from 'wxpaykit/fastify'
import * as fetching from 'wxpaykit/fetch'
import * as koa from 'wxpaykit/koa'
import * as testing from 'wxpaykit/testing'
import { ObjectStore } from './places.mjs'

const { ConfigError, InvalidRequest, Reply, WxPay, WxPayError } = main
const { Emulator, EmulatorError } = testing
const limit = { timeout: 60_000 }
const BUILT = fileURLToPath(new URL('../../target/wxpaykit-emulator', import.meta.url))

/** One of each type, and of what is easily given instead of an object. */
const VALUES = {
  undefined, null: null, boolean: true, integer: 5, float: 1.5, NaN, text: 'x', half: 'half \ud800', list: ['x'], numbers: [1], object: { x: 1 },
  bare: Object.create(null), map: new Map([['x', 1]]), promise: Promise.resolve({}), date: new Date(0), bytes: Buffer.from('x'),
  symbol: Symbol('x'), bigint: 5n, function: () => {},
}
const LEFT_OUT = ['undefined', 'null']
const OBJECT = ['object', 'bare']
const ALL = Object.keys(VALUES)

/** An argument: the field that an error names, a value that is right, and the types that are. */
const needed = (field, right, ...types) => ({ field, right, types })
/** One that may be left out. As an argument `null` is no way to do so; as an option it is. */
const optional = (field, right, ...types) => ({ field, right, types: [...types, 'undefined'], option: true })
/** An object of arguments. `without` is what an error names when it is left out, if it must not be. */
const options = (parts, { field = 'options', without } = {}) => ({
  field, parts, without, types: without ? OBJECT : [...LEFT_OUT, ...OBJECT],
})
const fields = (parts, field = 'params') => ({ field, parts, types: OBJECT })
const optionalFields = (parts, field) => ({ field, parts, types: ['undefined', ...OBJECT] })

const DIGITS = ['integer', 'bigint']
const DOCUMENT = ['text', 'bytes']
const text = (field, right = 'x') => needed(field, right, 'text')
const textOption = (field, right = 'x') => optional(field, right, 'text')
const flag = (field) => optional(field, false, 'boolean')
const signal = optional('signal', new AbortController().signal)
const call = (parts = {}) => options({ ...parts, signal })
const func = (field) => needed(field, () => {}, 'function')
const attach = optional('attach', 'x', 'text', ...DIGITS)
// A row that is wrong fails alone.
const ROWS = needed('pending', [], 'list', 'numbers', 'map')
const document = needed('rawBody', '<xml></xml>', ...DOCUMENT)

const SETTINGS = {
  appid: text('appid', 'wxd930ea5d5a258f4f'),
  mchId: text('mchId', '10000100'),
  apiKey: text('apiKey', '192006250b4c09247ec02edce69f6a2d'),
  appSecret: textOption('appSecret', '7813490da6f1265e4901ffb80afaa36f'),
  notifyUrl: textOption('notifyUrl', 'https://shop.example/n'),
  signType: textOption('signType', 'MD5'),
  feeType: textOption('feeType', 'CNY'),
  acceptSignTypes: optional('acceptSignTypes', ['MD5'], 'list'),
  allowInsecureEndpoints: optional('allowInsecureEndpoints', true, 'boolean'),
  subAppid: textOption('subAppid', 'wxd930ea5d5a258f4f'),
  subMchId: textOption('subMchId', '10000101'),
  endpoints: textOption('endpoints', 'http://127.0.0.1:9'),
  timeout: optional('timeout', 1000, 'integer', 'float'),
  connectTimeout: optional('connectTimeout', 1000, 'integer', 'float'),
  maxConnections: optional('maxConnections', 1, 'integer', 'float'),
  maxNetworkRetries: optional('maxNetworkRetries', 0, 'integer', 'float'),
  store: optional('store', new ObjectStore(), 'text'),
  lease: optional('lease', 1000, 'integer', 'float'),
  onEvent: optional('onEvent', () => {}, 'function'),
  onWarning: optional('onWarning', () => {}, 'function'),
}
const ORDER = {
  body: text('body', 'tea'),
  out_trade_no: text('out_trade_no', 'A1'),
  total_fee: needed('total_fee', 1, ...DIGITS),
  spbill_create_ip: text('spbill_create_ip', '127.0.0.1'),
  openid: textOption('openid', 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'),
  time_expire: optional('time_expire', new Date(Date.now() + 3_600_000), 'date', 'text'),
  detail: optional('detail', {}, 'text', 'list', 'numbers', ...OBJECT),
  attach: textOption('attach'),
}
const REFUND = {
  out_trade_no: textOption('out_trade_no', 'A1'),
  out_refund_no: text('out_refund_no', 'R1'),
  total_fee: needed('total_fee', 2, ...DIGITS),
  refund_fee: needed('refund_fee', 1, ...DIGITS),
}
/** Times that end a payment by code at once. */
const BY_CODE = {
  within: optional('within', 0, 'integer', 'float'),
  interval: optional('interval', 0, 'integer', 'float'),
  reverseAfter: optional('reverseAfter', 0, 'integer', 'float'),
  reverse: { ...optional('reverse', false, 'boolean') },
  api: textOption('api', 'v2'),
  onProgress: optional('onProgress', () => {}, 'function'),
  onPaid: optional('onPaid', () => {}, 'function'),
  giveUp: { ...signal, field: 'giveUp' },
  signal: { ...signal, right: AbortSignal.abort() },
}
const CODE = {
  body: text('body', 'tea'),
  out_trade_no: text('out_trade_no', 'A1'),
  total_fee: needed('total_fee', 1, ...DIGITS),
  spbill_create_ip: text('spbill_create_ip', '127.0.0.1'),
  auth_code: needed('auth_code', '130000000000000000', 'text'),
}
const PACKET = {
  mch_billno: text('mch_billno', 'A1'),
  re_openid: text('re_openid', 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'),
  total_amount: needed('total_amount', 100, ...DIGITS),
  wishing: text('wishing'),
  act_name: text('act_name'),
  remark: text('remark'),
  sender_name: textOption('sender_name', 'x'),
}
const TO_MEMBER = {
  partner_trade_no: text('partner_trade_no', 'A1'),
  openid: text('openid', 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'),
  check_name: text('check_name', 'NO_CHECK'),
  amount: needed('amount', 100, ...DIGITS),
  desc: text('desc'),
  spbill_create_ip: text('spbill_create_ip', '127.0.0.1'),
  ww_msg_type: text('ww_msg_type', 'NORMAL_MSG'),
  act_name: text('act_name'),
}
/** A field that no table knows. */
const ANY = optional('out_trade_no', 'A1', 'text', ...DIGITS, 'date', 'list', 'numbers', ...OBJECT)
const PENDING = { onPaid: func('onPaid'), signal }
const onOther = optional('onOther', () => {}, 'function')
const onTransferred = optional('onTransferred', () => {}, 'function')
const HANDLE = { amountOf: func('amountOf'), onTransferred, onOther, ...PENDING }
const NOTIFY = {
  amountOf: func('amountOf'),
  onPaid: func('onPaid'),
  onTransferred,
  onOther,
  limit: optional('limit', 100, 'integer'),
  onError: optional('onError', () => {}, 'function'),
}
/** What asks until its time is over must not get the chance to. */
const WAIT = {
  totalFee: needed('totalFee', 1, ...DIGITS),
  subMchId: textOption('subMchId', '1900000109'),
  within: optional('within', 0, 'integer', 'float'),
  onPaid: optional('onPaid', () => {}, 'function'),
  signal: { ...signal, right: AbortSignal.abort() },
}
const OTHERS = { apiV3Key: textOption('apiV3Key'), appSecret: textOption('appSecret') }
const page = [text('prepay_id', 'wx201410272009395522657a690389285100'), options({ appid: textOption('appid', 'wxd930ea5d5a258f4f') })]
const signed = [fields({ a: optional('a', '1', 'text', ...DIGITS) }), text('key')]
const message = { ...signed[0], field: 'message', types: [...OBJECT, ...DOCUMENT] }

let pay
/** A client of WeCom. */
let corp
let wechat
const client = { field: 'pay', get right() { return pay }, types: [] }
const request = { rawBody: '<xml></xml>', readableEnded: true }
const response = { writeHead() {}, end() {} }
const shop = { amountOf() {}, onPaid() {}, onError() {} }

/** The public surface: each function, and its arguments in their order. */
const SURFACE = {
  sign: [main.sign, ...signed, optional('signType', 'MD5', 'text')],
  stringToSign: [main.stringToSign, signed[0]],
  verify: [main.verify, message, text('key')],
  explain: [main.explain, message, text('key'), options(OTHERS, { field: 'others' })],
  explainJssdk: [
    main.explainJssdk,
    fields({ nonceStr: text('nonceStr'), timestamp: needed('timestamp', 1, 'text', ...DIGITS), signature: text('signature') }, 'config'),
    text('url'), options({ ticket: textOption('ticket'), signedUrl: textOption('signedUrl') }),
  ],
  parseXml: [main.parseXml, { ...document, field: 'document' }],
  buildXml: [main.buildXml, signed[0]],
  jssdkSignature: [main.jssdkSignature, text('ticket'), text('noncestr'), needed('timestamp', 1, 'text', ...DIGITS), text('url')],
  mwebRedirectUrl: [main.mwebRedirectUrl, text('mweb_url', 'https://wx.tenpay.com/?a=1'), text('redirect_url', 'https://shop.example')],
  decryptReqInfo: [main.decryptReqInfo, text('req_info'), text('api_key', '192006250b4c09247ec02edce69f6a2d')],
  decryptUserData: [main.decryptUserData, text('encrypted_data'), text('iv'), text('session_key'), text('appid')],
  workwxSign: [main.workwxSign, signed[0], text('secret')],
  checkRawData: [main.checkRawData, { ...document, field: 'raw_data' }, text('signature'), text('session_key')],
  // Whatever the body is, its client answers it.
  dispatch: [
    main.dispatch, { ...document, types: ALL }, { field: 'clients', get right() { return [pay] }, types: [] },
  ],
  newOutRefundNo: [main.newOutRefundNo, optional('prefix', 'P', 'text')],
  newOutTradeNo: [main.newOutTradeNo, optional('prefix', 'P', 'text')],
  readBill: [main.readBill, needed('bill', 'x', 'text', 'bytes')],
  unescapeBill: [main.unescapeBill, text('text')],
  compare: [main.compare, { field: 'bill', get right() { return main.readBill(Buffer.from('x')) }, types: [] }, { field: 'mine', right: [], types: [] }],
  yuanToFen: [main.yuanToFen, text('yuan', '1.00')],
  fenToYuan: [main.fenToYuan, needed('fen', 1, ...DIGITS)],
  ack: [main.ack, optional('ok', true, 'boolean'), optional('msg', 'OK', 'text')],
  'new WxPay': [(...given) => new WxPay(...given), options(SETTINGS, { without: 'appid' })],
  'WxPay.fromEnv': [(given) => WxPay.fromEnv(given), options(SETTINGS)],
  'pay.unifiedorder': [(...given) => pay.unifiedorder(...given), fields(ORDER), call()],
  'pay.orderquery': [(...given) => pay.orderquery(...given), fields({ out_trade_no: textOption('out_trade_no', 'A1') }), call()],
  'pay.closeorder': [(...given) => pay.closeorder(...given), fields({ out_trade_no: ORDER.out_trade_no }), call()],
  'pay.refund': [(...given) => pay.refund(...given), fields(REFUND), call()],
  'pay.refundquery': [
    (...given) => pay.refundquery(...given), fields({ out_refund_no: textOption('out_refund_no', 'R1') }), call(),
  ],
  'pay.downloadbill': [
    (...given) => pay.downloadbill(...given), fields({ bill_date: needed('bill_date', '2026-11-28', 'text', 'date') }), call(),
  ],
  'pay.downloadfundflow': [
    (...given) => pay.downloadfundflow(...given),
    fields({ bill_date: needed('bill_date', '2026-11-28', 'text', 'date'), account_type: textOption('account_type', 'Basic') }), call(),
  ],
  'pay.batchquerycomment': [
    (...given) => pay.batchquerycomment(...given),
    fields({ begin_time: needed('begin_time', '20261128000000', 'text', 'date'), end_time: needed('end_time', '20261128010000', 'text', 'date'), offset: optional('offset', 0, ...DIGITS) }), call(),
  ],
  'pay.micropay': [(...given) => pay.micropay(...given), fields(CODE), call()],
  'pay.payByCode': [(...given) => pay.payByCode(...given), fields(CODE), options(BY_CODE)],
  'pay.resumePayByCode': [
    (...given) => pay.resumePayByCode(...given), text('out_trade_no', 'A1'),
    options({ ...BY_CODE, totalFee: WAIT.totalFee, subMchId: textOption('subMchId', '1900000109') }, { without: 'totalFee' }),
  ],
  'pay.reverse': [(...given) => pay.reverse(...given), fields({ out_trade_no: textOption('out_trade_no', 'A1') }), call()],
  'pay.authcodetoopenid': [(...given) => pay.authcodetoopenid(...given), fields({ auth_code: CODE.auth_code }), call()],
  'pay.shorturl': [(...given) => pay.shorturl(...given), fields({ long_url: text('long_url', 'weixin://wxpay/bizpayurl?a=1') }), call()],
  'pay.report': [(...given) => pay.report(...given), fields({ interface_url: text('interface_url', 'https://shop.example/') }), call()],
  'pay.sendworkwxredpack': [(...given) => corp.sendworkwxredpack(...given), fields(PACKET), call()],
  'pay.queryworkwxredpack': [(...given) => corp.queryworkwxredpack(...given), fields({ mch_billno: PACKET.mch_billno }), call()],
  'pay.paywwsptrans2pocket': [(...given) => corp.paywwsptrans2pocket(...given), fields(TO_MEMBER), call()],
  'pay.querywwsptrans2pocket': [
    (...given) => corp.querywwsptrans2pocket(...given), fields({ partner_trade_no: TO_MEMBER.partner_trade_no }), call(),
  ],
  'pay.getsignkey': [(...given) => pay.getsignkey(...given), fields({}), call()],
  'pay.nativeCodeUrl': [(...given) => pay.nativeCodeUrl(...given), text('product_id', 'P1')],
  'pay.nativeAnswer': [(...given) => pay.nativeAnswer(...given), page[0]],
  'pay.nativeRefusal': [(...given) => pay.nativeRefusal(...given), text('text')],
  'pay.call': [(...given) => pay.call(...given), text('path', '/pay/x'), fields({ out_trade_no: ANY }), call()],
  'pay.check': [(...given) => pay.check(...given), call()],
  'pay.jsapiParams': [(...given) => pay.jsapiParams(...given), ...page],
  'pay.chooseWXPayParams': [(...given) => pay.chooseWXPayParams(...given), ...page],
  'pay.miniprogramParams': [(...given) => pay.miniprogramParams(...given), ...page],
  'pay.appParams': [
    (...given) => pay.appParams(...given), page[0], options({ ...page[1].parts, partnerid: textOption('partnerid') }),
  ],
  'pay.waitForPayment': [(...given) => pay.waitForPayment(...given), text('out_trade_no'), options(WAIT, { without: 'totalFee' })],
  'pay.toJSON': [() => pay.toJSON()],
  'pay.oauth.authorizeUrl': [
    (...given) => pay.oauth.authorizeUrl(...given),
    text('redirect_uri', 'https://shop.example/'),
    options({ scope: textOption('scope', 'snsapi_base'), state: textOption('state'), forcePopup: flag('forcePopup'), componentAppid: textOption('componentAppid', 'wx1111111111111111') }),
  ],
  'pay.oauth.accessToken': [(...given) => pay.oauth.accessToken(...given), text('code'), call()],
  'pay.oauth.refreshToken': [(...given) => pay.oauth.refreshToken(...given), text('refresh_token'), call()],
  'pay.oauth.userinfo': [
    (...given) => pay.oauth.userinfo(...given), text('access_token'), text('openid'), call({ lang: textOption('lang', 'en') }),
  ],
  'pay.oauth.auth': [(...given) => pay.oauth.auth(...given), text('access_token'), text('openid'), call()],
  'pay.oauth.jscode2session': [(...given) => pay.oauth.jscode2session(...given), text('js_code'), call()],
  'pay.oauth.checksession': [
    (...given) => pay.oauth.checksession(...given), text('openid'), text('session_key'), call({ accessToken: textOption('accessToken') }),
  ],
  'pay.oauth.getuserphonenumber': [
    (...given) => pay.oauth.getuserphonenumber(...given),
    text('code'),
    call({ openid: textOption('openid'), accessToken: textOption('accessToken') }),
  ],
  'pay.oauth.componentAccessToken': [
    (...given) => pay.oauth.componentAccessToken(...given), text('code'), text('component_appid'), text('component_access_token'), call(),
  ],
  'pay.oauth.componentRefreshToken': [
    (...given) => pay.oauth.componentRefreshToken(...given),
    text('refresh_token'), text('component_appid'), text('component_access_token'), call(),
  ],
  'pay.oauth.componentJscode2session': [
    (...given) => pay.oauth.componentJscode2session(...given),
    text('js_code'), text('component_appid'), text('component_access_token'), call(),
  ],
  'pay.oauth.decryptUserData': [
    (...given) => pay.oauth.decryptUserData(...given), text('encrypted_data'), text('iv'), text('session_key'),
  ],
  'pay.wecom.authorizeUrl': [
    (...given) => corp.wecom.authorizeUrl(...given),
    text('redirect_uri', 'https://shop.example/'),
    options({ scope: textOption('scope', 'snsapi_base'), state: textOption('state') }),
  ],
  'pay.wecom.gettoken': [(...given) => corp.wecom.gettoken(...given), call()],
  'pay.wecom.getuserinfo': [(...given) => corp.wecom.getuserinfo(...given), text('code'), call({ accessToken: textOption('accessToken') })],
  'pay.wecom.convertToOpenid': [
    (...given) => corp.wecom.convertToOpenid(...given), text('userid'), call({ accessToken: textOption('accessToken') }),
  ],
  'pay.wecom.getJsapiTicket': [(...given) => corp.wecom.getJsapiTicket(...given), call({ accessToken: textOption('accessToken') })],
  'pay.wecom.getAgentTicket': [(...given) => corp.wecom.getAgentTicket(...given), call({ accessToken: textOption('accessToken') })],
  'pay.wecom.config': [
    (...given) => corp.wecom.config(...given),
    text('url', 'https://shop.example/'), call({ jsApiList: optional('jsApiList', [], 'list'), debug: flag('debug') }),
  ],
  'pay.wecom.agentConfig': [
    (...given) => corp.wecom.agentConfig(...given), text('url', 'https://shop.example/'), call({ jsApiList: optional('jsApiList', [], 'list') }),
  ],
  'pay.wecom.accessToken': [(...given) => corp.wecom.accessToken(...given), call({ refused: textOption('refused') })],
  'pay.wecom.jsapiTicket': [(...given) => corp.wecom.jsapiTicket(...given), call()],
  'pay.wecom.agentTicket': [(...given) => corp.wecom.agentTicket(...given), call()],
  'pay.jssdk.agentConfig': [
    (...given) => corp.jssdk.agentConfig(...given), text('url', 'https://shop.example/'), call({ jsApiList: optional('jsApiList', [], 'list') }),
  ],
  'pay.jssdk.config': [
    (...given) => pay.jssdk.config(...given),
    text('url', 'https://shop.example/'),
    call({ jsApiList: optional('jsApiList', [], 'list'), openTagList: optional('openTagList', [], 'list'), debug: flag('debug') }),
  ],
  'pay.jssdk.accessToken': [(...given) => pay.jssdk.accessToken(...given), call({ refused: textOption('refused') })],
  'pay.jssdk.jsapiTicket': [(...given) => pay.jssdk.jsapiTicket(...given), call()],
  'pay.jssdk.token': [(...given) => pay.jssdk.token(...given), call()],
  'pay.jssdk.stableToken': [(...given) => pay.jssdk.stableToken(...given), call({ forceRefresh: flag('forceRefresh') })],
  'pay.jssdk.getticket': [(...given) => pay.jssdk.getticket(...given), text('access_token'), call()],
  'pay.notify.parse': [(...given) => pay.notify.parse(...given), document],
  'pay.notify.parseNative': [(...given) => pay.notify.parseNative(...given), document],
  'pay.notify.confirm': [(...given) => pay.notify.confirm(...given), document, call()],
  'pay.notify.parseRefund': [(...given) => pay.notify.parseRefund(...given), document],
  'pay.notify.confirmRefund': [(...given) => pay.notify.confirmRefund(...given), document, call()],
  'pay.notify.confirmTransfer': [(...given) => pay.notify.confirmTransfer(...given), document, call()],
  'pay.notify.reconcileTransfers': [
    (...given) => pay.notify.reconcileTransfers(...given),
    ROWS,
    options(
      { onTransferred: func('onTransferred'), onTransferFailed: optional('onTransferFailed', () => {}, 'function'), signal },
      { without: 'onTransferred' },
    ),
  ],
  'pay.notify.reconcileRefunds': [
    (...given) => pay.notify.reconcileRefunds(...given),
    ROWS,
    options({ onRefunded: func('onRefunded'), onRefundFailed: optional('onRefundFailed', () => {}, 'function'), signal }, { without: 'onRefunded' }),
  ],
  // Whatever the body is, there is an answer.
  'pay.notify.handle': [
    (...given) => pay.notify.handle(...given), { ...document, types: ALL }, options(HANDLE, { without: 'amountOf' }),
  ],
  'pay.notify.reconcile': [
    (...given) => pay.notify.reconcile(...given),
    ROWS,
    options(PENDING, { without: 'onPaid' }),
  ],
  express: [express.wxpayNotify, client, options(NOTIFY, { without: 'amountOf' })],
  koa: [koa.wxpayNotify, client, options(NOTIFY, { without: 'amountOf' })],
  fastify: [fastify.wxpayNotify, client, options({ ...NOTIFY, path: text('path', '/n') }, { without: 'amountOf' })],
  // A function makes the client when the first notification comes.
  fetch: [fetching.wxpayNotify, { field: 'pay', get right() { return pay }, types: ['function'] }, options(NOTIFY, { without: 'amountOf' })],
  // Whatever the request is, there is an answer.
  'express()': [
    (...given) => express.wxpayNotify(pay, shop)(...given), needed('request', request, ...ALL), needed('response', response),
  ],
  'koa()': [(context) => koa.wxpayNotify(pay, shop)(context), needed('context', { req: request, request: {}, set() {} })],
  'fetch()': [
    (...given) => fetching.wxpayNotify(pay, shop)(...given),
    needed('request', { headers: new Headers(), bodyUsed: false, body: null }),
  ],
  startEmulator: [
    testing.startEmulator,
    options({
      binary: textOption('binary', BUILT),
      merchants: optional('merchants', undefined, 'list', 'numbers', ...OBJECT),
      frozenClock: flag('frozenClock'),
      args: optional('args', [], 'list'),
      notifyUrl: textOption('notifyUrl'),
      startTimeout: optional('startTimeout', 10_000, 'integer', 'float'),
    }),
  ],
  findEmulator: [testing.findEmulator],
  signedNotification: [
    testing.signedNotification, fields({ attach }, 'fields'), text('key'), optional('signType', 'MD5', 'text'),
  ],
  'wechat.pay': [(...given) => wechat.pay(...given), fields({}, 'visit')],
  'wechat.advance': [(...given) => wechat.advance(...given), needed('seconds', 0, 'integer', 'float')],
  'wechat.orders': [(...given) => wechat.orders(...given), optionalFields({ attach }, 'filters')],
  'wechat.order': [(...given) => wechat.order(...given), text('out_trade_no')],
  'wechat.timeline': [(...given) => wechat.timeline(...given), text('out_trade_no')],
  'wechat.journal': [(...given) => wechat.journal(...given), optional('limit', 1, 'integer', 'float')],
  'wechat.fault': [(...given) => wechat.fault(...given), text('fault', 'drop'), optionalFields({}, 'parameters')],
  'wechat.clearFaults': [() => wechat.clearFaults()],
  'wechat.waitAcknowledged': [
    (...given) => wechat.waitAcknowledged(...given), text('out_trade_no'), optional('within', 0, 'integer', 'float'),
  ],
  'wechat.notification': [(...given) => wechat.notification(...given), optionalFields({ attach }, 'fields')],
  'wechat.control': [
    (...given) => wechat.control(...given),
    needed('method', 'POST', 'text'),
    text('path', '/_emulator/clock'),
    optional('body', { advance_s: 0 }, ...ALL.filter((kind) => !['symbol', 'bigint', 'function'].includes(kind))),
  ],
  'wechat.stop': [() => wechat.stop()],
  'wechat.toJSON': [() => wechat.toJSON()],
}

before(async () => {
  process.env.WXPAYKIT_EMULATOR ??= BUILT
  const settings = Object.entries(SETTINGS).filter(([, { right }]) => right !== undefined)
  wechat = await testing.startEmulator()
  // Refunds need a certificate before anything else.
  const { clientCert, clientKey } = wechat.options
  pay = new WxPay({ ...Object.fromEntries(settings.map(([name, { right }]) => [name, right])), clientCert, clientKey, store: 'memory:' })
  const { appSecret, ...others } = wechat.options
  corp = new WxPay({ ...others, appid: 'ww1234567890abcdef', corpSecret: appSecret, agentId: '1000002' })
})
after(() => wechat.stop())

test('the walk visits everything that is public', limit, () => {
  const { WxPay: _, Emulator: __, ...functions } = { ...main, ...testing }
  // Errors, documents, bills and explanations are made by the package alone.
  const made = [Reply, Error, main.Explanation, main.Bill, main.BillRow].map((base) => base.prototype)
  const isCalled = ([, value]) => typeof value === 'function' && !made.some((base) => value.prototype === base || base.isPrototypeOf(value.prototype))
  const found = [
    ...Object.entries(functions).filter(isCalled).map(([name]) => name).filter((name) => name !== 'module.exports'),
    ...members('pay', WxPay.prototype), ...members('pay', Object.getPrototypeOf(WxPay.prototype)), ...members('WxPay', WxPay),
    ...['oauth', 'jssdk', 'wecom', 'notify'].flatMap((part) => {
      const own = Object.getPrototypeOf(pay[part])
      const generated = Object.getPrototypeOf(own)
      return [own, generated].filter((object) => object !== Object.prototype).flatMap((object) => members(`pay.${part}`, object))
    }),
    ...members('wechat', Emulator.prototype), ...members('Emulator', Emulator),
    'new WxPay', 'express', 'express()', 'koa', 'koa()', 'fastify', 'fetch', 'fetch()',
  ]
  assert.deepEqual(Object.keys(SURFACE).sort(), found.sort())
})

function members(name, object) {
  const own = Object.getOwnPropertyNames(object).filter((member) => typeof object[member] === 'function')
  return own.filter((member) => !['constructor', 'execute', 'openBill'].includes(member)).map((member) => `${name}.${member}`)
}

for (const [name, [call, ...given]] of Object.entries(SURFACE)) {
  test(name, limit, async () => {
    for (const [at, argument] of given.entries()) {
      const others = () => given.map(right)
      for (const [kind, value] of Object.entries(VALUES)) {
        const wrong = [...others().slice(0, at), value, ...others().slice(at + 1)]
        await judge(call, wrong, `${name}: ${argument.field} is ${kind}`, expected(argument, kind))
      }
      for (const [part, of] of Object.entries(argument.parts ?? {})) {
        for (const [kind, value] of Object.entries(VALUES)) {
          const wrong = [...others().slice(0, at), { ...right(argument), [part]: value }, ...others().slice(at + 1)]
          await judge(call, wrong, `${name}: ${argument.field}.${part} is ${kind}`, of.option && kind === 'null' ? undefined : expected(of, kind))
        }
      }
    }
    await judge(call, given.map(right), `${name}: all is right`, undefined)
  })
}

test('every object of options refuses what is not an option', limit, async () => {
  for (const [name, [call, ...given]] of Object.entries(SURFACE)) {
    for (const [at, argument] of given.entries()) {
      if (argument.parts !== undefined && ['options', 'others'].includes(argument.field)) {
        const wrong = given.map(right)
        wrong[at] = { ...wrong[at], notThere: 1 }
        await judge(call, wrong, name, 'notThere')
      }
    }
  }
})

test('the error of a misspelt option suggests the similar one', limit, async () => {
  const handled = { amountOf() {}, onPaid() {} }
  const cases = [
    [() => express.wxpayNotify(pay, { ...handled, onErorr() {} }), 'onErorr', 'onError'],
    [() => fetching.wxpayNotify(pay, { ...handled, limits: 1 }), 'limits', 'limit'],
    [() => pay.orderquery({ out_trade_no: 'A1' }, { singal: new AbortController().signal }), 'singal', 'signal'],
    [() => pay.notify.handle('', { ...handled, amount_of() {} }), 'amount_of', 'amountOf'],
    [() => pay.waitForPayment('A1', { totalFee: 1, withn: 0 }), 'withn', 'within'],
    [() => new WxPay({ ...right({ parts: SETTINGS }), timeuot: 1 }), 'timeuot', 'timeout'],
    [() => pay.orderquery({ out_trade_no: 'A1' }, { timeout: 100 }), 'timeout', undefined],
  ]
  for (const [call, field, meant] of cases) {
    const message = `${field}: is not an option${meant ? `; did you mean ${meant}?` : ''}`
    await assert.rejects(async () => call(), { field, message })
  }
})

test('a function that would fail or do nothing at the first payment is refused when it is registered', limit, async () => {
  const handled = { amountOf: () => 1, onPaid() {} }
  const store = new ObjectStore()
  const generator = /must not be a generator function: a call of one runs nothing of it$/
  const cases = [
    [{ *onPaid() {} }, 'onPaid', generator],
    [{ async *onPaid() {} }, 'onPaid', generator],
    [{ *amountOf() {} }, 'amountOf', generator],
    [{ onPaid: class Ship {} }, 'onPaid', /^onPaid: must be a function, not a class$/],
    [{ amountOf: (payment, done) => done(1) }, 'amountOf', /^amountOf: must take \(payment\), and takes 2 arguments$/],
    [{ onPaid: (request, response, next) => next() }, 'onPaid', /^onPaid: must take \(payment, idempotencyKey\), and takes 3 arguments$/],
    [{ onError: (error, request, response, next) => next(error) }, 'onError', /^onError: must take \(error, handled\), and takes 4 arguments$/],
  ]
  for (const [wrong, field, message] of cases) {
    const options = { ...handled, ...wrong }
    const calls = [express.wxpayNotify, koa.wxpayNotify, fetching.wxpayNotify].map((make) => () => make(pay, options))
    calls.push(() => fastify.wxpayNotify(pay, { path: '/n', ...options }))
    if (field !== 'onError') calls.push(() => pay.notify.handle('', options))
    if (field === 'onPaid') {
      calls.push(() => pay.notify.reconcile([], { onPaid: wrong.onPaid }), () => pay.waitForPayment('A1', { totalFee: 1, onPaid: wrong.onPaid }))
    }
    for (const call of calls) await assert.rejects(async () => call(), { name: 'InvalidRequest', field, message })
  }
  // A function may take less, and have parameters with defaults.
  for (const onPaid of [() => {}, (payment) => payment, (payment, key, log = console) => log, function () {}, async () => {}]) {
    express.wxpayNotify(pay, { ...handled, onPaid })
  }
  const broken = { get: (key, callback) => callback(key) }
  const settings = right({ parts: SETTINGS })
  assert.throws(() => new WxPay({ ...settings, store: Object.assign(store, broken) }), {
    name: 'ConfigError', field: 'store', message: 'store: get must take (key), and takes 2 arguments',
  })
})

test('each order to be reconciled is checked before any is queried', limit, async () => {
  const fields = {
    out_trade_no: text('out_trade_no', 'A1'), total_fee: needed('total_fee', 1, ...DIGITS), created: needed('created', new Date(), 'date'),
  }
  const order = right({ parts: fields })
  const asked = []
  const own = new WxPay({ ...right({ parts: SETTINGS }), store: 'memory:', onEvent: (event) => asked.push(event) })
  const due = { ...order, created: new Date(Date.now() - 40_000) }
  const reconcile = async (row) => {
    const [{ state, error }] = await own.notify.reconcile([row], { onPaid() {} })
    assert.equal(state, 'failed')
    throw error
  }
  for (const [kind, value] of Object.entries(VALUES)) {
    await judge(reconcile, [value], `an order is ${kind}`, 'pending')
    for (const [name, field] of Object.entries(fields)) {
      if (field.types.includes(kind)) {
        // Just made, it is not asked for yet; made in 1970, no longer.
        const [{ state }] = await pay.notify.reconcile([{ ...order, [name]: value }], { onPaid() {} })
        assert.equal(state, name === 'created' ? 'too_old' : 'not_due', `${name} is ${kind}`)
      } else {
        await judge(reconcile, [{ ...order, [name]: value }], `${name} is ${kind}`, kind === 'undefined' ? 'pending' : name)
      }
    }
  }
  for (const [row, message] of [
    [['A1', 1, new Date()], /^pending: .*there is no out_trade_no in an array$/],
    [{ outTradeNo: 'A1', totalFee: 1, created: new Date() }, /^pending: .*there is no out_trade_no in an Object$/],
    [new Map(Object.entries(order)), /^pending: .*there is no out_trade_no in a Map$/],
    [{ ...order, created: undefined }, /^pending: .*there is no created in an Object$/],
    [{ ...order, created: '2026-01-01' }, /^created: must be a Date, not a string$/],
    [{ ...order, created: new Date(NaN) }, /^created: must be a valid Date$/],
    [{ ...order, total_fee: '1' }, /^total_fee: must be an integer of fen, not the string '1'; yuanToFen\('19.99'\) converts yuan$/],
    [{ ...order, total_fee: 2n ** 63n }, /^total_fee: must be an integer of fen, not an integer beyond 64 bits; yuanToFen/],
  ]) {
    await assert.rejects(reconcile(row), { name: 'InvalidRequest', message })
  }
  assert.deepEqual(asked, [])
  assert.equal((await own.notify.reconcile([due], { onPaid() {} }))[0].state, 'failed')
  assert.equal(asked.length, 1)
})

test('objects whose properties throw are refused like other invalid values', limit, async () => {
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const hostile = { get constructor() { throw new Error('mine') } }
  for (const value of [revoked.proxy, hostile]) {
    await judge((key) => main.sign({ a: '1' }, key), [value], 'sign', 'key')
    await judge((appid) => new WxPay({ ...right({ parts: SETTINGS }), appid }), [value], 'WxPay', 'appid')
    await judge((out_trade_no) => pay.orderquery({ out_trade_no }), [value], 'orderquery', 'out_trade_no')
    await judge((body) => pay.notify.parse(body), [value], 'parse', 'rawBody')
  }
})

test('half a character in names, in JSON, in settings and in files is refused by name', limit, async () => {
  const { half } = VALUES
  for (const fields of [{ attach: half }, { scene_info: { store_info: half } }, { scene_info: { [half]: 1 } }, { scene_info: [[half]] }]) {
    await judge((given) => pay.unifiedorder(given), [fields], inspect(fields), Object.keys(fields)[0])
    await judge((given) => pay.call('/pay/other', given), [fields], inspect(fields), Object.keys(fields)[0])
  }
  await judge((given) => pay.call('/pay/other', given), [{ [half]: 1 }], 'a name', 'params')
  for (const call of [main.sign, main.verify, main.explain]) {
    await judge(call, [{ [half]: 1 }, 'k'], `${call.name}: a name`, call === main.sign ? 'params' : 'message')
    await judge(call, [{ attach: half }, 'k'], `${call.name}: a value`, 'attach')
  }
  await judge(main.buildXml, [[['attach', half]]], 'a value of a pair', 'attach')
  await judge(main.buildXml, [[[half, 'x']]], 'a name of a pair', 'params')
  for (const [name, given] of [['query', { [half]: 1 }], ['json', { x: [half] }], ['json', { x: { [half]: 1 } }], ['sensitive', [half]]]) {
    await judge((...given) => pay.v3.call(...given), ['POST', '/v3/x', { [name]: given }], `${name}: ${inspect(given)}`, name)
  }
  await judge((...given) => pay.v3.upload(...given), [half], 'a path', 'file')
  // A File of Node's own has U+FFFD in such a name already.
  const file = Object.defineProperty(new Blob(['x']), 'name', { value: half })
  await judge((...given) => pay.v3.upload(...given), [file], 'the name of a file', 'filename')
  await judge((...given) => pay.v3.upload(...given), [Buffer.from('x'), { filename: 'a.png', meta: { x: half } }], 'meta', 'meta')
  await judge(main.readBill, [half], 'the path of a bill', 'bill')
  const bill = () => main.readBill(Buffer.from('x'))
  for (const record of [{ out_trade_no: half, total_fee: 1 }, { out_refund_no: half, refund_fee: 1 }, { out_trade_no: '1', total_fee: 1, trade_state: half }]) {
    const field = Object.keys(record).find((name) => record[name] === half)
    await judge((mine) => bill().compare(mine), [[record]], inspect(record), field)
  }
})

test('invalid items of lists, and options that every object has', limit, async () => {
  for (const pairs of [[['a']], [[1, 'x']], [['a', 'b', 'c']], ['ab'], [null], [{}]]) {
    await judge(main.buildXml, [pairs], `buildXml: ${inspect(pairs)}`, 'params')
  }
  await judge(main.buildXml, [[['a', VALUES.symbol]]], 'buildXml: the value of a pair', 'a')
  for (const value of Object.values(VALUES).filter((value) => typeof value !== 'string')) {
    for (const list of ['jsApiList', 'openTagList']) {
      await judge((...given) => pay.jssdk.config(...given), ['https://shop.example/', { [list]: [value] }], `${list}: ${inspect(value)}`, list)
    }
    await judge((given) => new WxPay(given), [{ ...right({ parts: SETTINGS }), acceptSignTypes: [value] }], inspect(value), 'acceptSignTypes')
    await judge(testing.startEmulator, [{ args: [value] }], inspect(value), 'args')
  }
  for (const name of ['constructor', 'toString', '__proto__']) {
    const given = Object.defineProperty({ ...right({ parts: SETTINGS }) }, name, { value: 'x', enumerable: true })
    await judge((given) => new WxPay(given), [given], name, name)
  }
  for (const given of [{ binary: '' }, { binary: '\0' }, { args: ['\0'] }, { merchants: [1n] }]) {
    await assert.rejects(testing.startEmulator(given), (error) => error instanceof EmulatorError || error instanceof InvalidRequest)
  }
})

function right({ right, parts }) {
  return parts === undefined ? right : Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.right]))
}

/** The field that an error names; `undefined` where the type is right, whatever becomes of the value. */
function expected({ field, types, without }, kind) {
  if (LEFT_OUT.includes(kind) && without) return without
  return types.includes(kind) ? undefined : field
}

async function judge(call, given, what, field) {
  let error
  let late
  try {
    const patience = new Promise((_, fail) => (late = setTimeout(() => fail(new assert.AssertionError({ message: `${what}: it hangs` })), 15_000)))
    const result = await Promise.race([(async () => call(...given))(), patience])
    await (result instanceof Emulator && result.stop())
  } catch (caught) {
    error = caught
  } finally {
    clearTimeout(late)
  }
  if (error !== undefined) {
    assert.ok(error instanceof WxPayError || error instanceof EmulatorError, `${what}: ${inspect(error)}`)
  }
  if (field !== undefined) {
    assert.ok(error instanceof InvalidRequest || error instanceof ConfigError, `${what}: ${inspect(error)}`)
    assert.equal(error.field, field, `${what}: ${error.message}`)
  }
}
