// APIv3 beside wechatpay-node-v3, wechatpay-axios-plugin and the bare RSA signature of node:crypto. The other SDKs come from tests/interop.

import { createCipheriv, createPrivateKey, randomBytes, sign as signBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { v3, WxPay } from 'wxpaykit'

const others = createRequire(new URL('../../../tests/interop/', import.meta.url))
const PATH = '/v3/pay/transactions/jsapi'
const ORDER = { description: '腾讯充值中心-QQ会员充值', attach: '深圳分店', amount: { total: 88 } }
const PAYER = { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }
/** What the resource of a payment's notification holds. */
const PAYMENT = {
  appid: 'wxd930ea5d5a258f4f',
  mchid: '10000100',
  out_trade_no: '20150806125346',
  transaction_id: '4200000263201508067700134212',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'OTHERS',
  attach: '深圳分店',
  success_time: '2015-08-06T12:54:00+08:00',
  payer: PAYER,
  amount: { total: 88, payer_total: 78, currency: 'CNY', payer_currency: 'CNY' },
}

/** The signature and what a notification needs. `said` is the first line of an emulator: its keys are the merchant's. */
export function local(compare, said) {
  const NodeV3 = others('wechatpay-node-v3')
  const other = new NodeV3({
    appid: said.appid, mchid: said.mch_id, publicKey: Buffer.from(said.client_cert), privateKey: Buffer.from(said.client_key), serial_no: said.serial_no,
    key: said.api_v3_key,
  })
  const key = createPrivateKey(said.client_key)
  const body = JSON.stringify(ORDER)
  const parts = { mchId: said.mch_id, serialNo: said.serial_no, privateKey: said.client_key, method: 'POST', url: PATH, body }
  const text = Buffer.from(v3.stringToSign('POST', PATH, 1764300000, randomBytes(16).toString('hex'), body))
  if (signBytes('sha256', text, key).toString('base64') !== v3.sign(text, said.client_key)) {
    throw new Error('they do not agree')
  }
  const ours = () => v3.authorization(parts)
  compare('APIv3: Authorization, the bare signature', 0.91, ours, [() => signBytes('sha256', text, key)])
  const theirs = () => {
    const [nonce, timestamp] = [Math.random().toString(36).slice(2, 17), String(Math.floor(Date.now() / 1000))]
    return other.getAuthorization(nonce, timestamp, other.getSignature('POST', nonce, timestamp, PATH, ORDER))
  }
  compare('APIv3: Authorization, wechatpay-node-v3', 2, ours, [theirs])

  const nonce = randomBytes(6).toString('hex')
  const cipher = createCipheriv('aes-256-gcm', said.api_v3_key, nonce).setAAD(Buffer.from('transaction'))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(PAYMENT)), cipher.final(), cipher.getAuthTag()]).toString('base64')
  const resource = { algorithm: 'AEAD_AES_256_GCM', ciphertext: sealed, nonce, associated_data: 'transaction' }
  // Both return the values: wechatpay-node-v3 reads the JSON, too.
  const opened = () => JSON.parse(v3.decrypt(resource, said.api_v3_key))
  const byThem = () => other.decipher_gcm(sealed, 'transaction', nonce, said.api_v3_key)
  if (JSON.stringify(opened()) !== JSON.stringify(byThem())) {
    throw new Error('they do not agree')
  }
  compare('APIv3: decrypt a notification, wechatpay-node-v3', 5, opened, [byThem])
}

/** An order of ours, and one of wechatpay-axios-plugin. */
export function orders(said, next) {
  const { Wechatpay } = others('wechatpay-axios-plugin')
  const notify_url = 'http://127.0.0.1:9/notify'
  const pay = new WxPay({
    appid: said.appid, mchId: said.mch_id, clientCert: said.client_cert, clientKey: said.client_key, apiV3Key: said.api_v3_key,
    platformPublicKey: said.platform_public_key, platformPublicKeyId: said.platform_public_key_id, endpoints: said.url, notifyUrl: notify_url,
  })
  const other = new Wechatpay({
    mchid: said.mch_id, baseURL: `${said.url}/`, serial: said.serial_no, privateKey: said.client_key,
    certs: { [said.platform_public_key_id]: said.platform_public_key }, headers: { 'Wechatpay-Serial': said.platform_public_key_id },
  })
  const order = () => ({ ...ORDER, payer: PAYER, out_trade_no: next() })
  return [
    () => pay.v3.jsapi(order()),
    () => other.v3.pay.transactions.jsapi.post({ ...order(), appid: said.appid, mchid: said.mch_id, notify_url }),
  ]
}
