// Every case of tests/vectors, held against the package. A kind without a row here fails, and so does a case that did not run.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  ack,
  buildXml,
  checkRawData,
  decryptReqInfo,
  decryptUserData,
  explain,
  explainJssdk,
  fenToYuan,
  jssdkSignature,
  mwebRedirectUrl,
  parseXml,
  readBill,
  Reply,
  sign,
  stringToSign,
  v3,
  workwxSign,
  WxPay,
  yuanToFen,
} from 'wxpaykit'
import { probe } from './probe.mjs'

const folder = new URL('../../tests/vectors/', import.meta.url)
const KEY = '192006250b4c09247ec02edce69f6a2d'

const page = (kind) => (given) => probe(kind, texts(given))

const KINDS = {
  sign: ({ params, key, sign_type }) => sign(params, key, sign_type),
  string_to_sign: ({ params }) => stringToSign(params),
  verify: ({ xml, ...given }) => probe('verify', texts(given), xml),
  parse_xml: (given) => Object.entries(parseXml(document(given))),
  build_xml: ({ params }) => buildXml(params),
  decrypt_req_info: ({ req_info, api_key }) => decryptReqInfo(req_info, api_key),
  roundtrip_xml: ({ params }) => {
    assert.deepEqual(Object.entries(parseXml(buildXml(params))), params)
    return null
  },
  explain: ({ params, key, api_v3_key: apiV3Key, app_secret: appSecret }) => explanation(explain(params, key, { apiV3Key, appSecret })),
  explain_body: (given) => {
    const { notify } = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: KEY })
    try {
      notify.parse(document(given))
    } catch (error) {
      return explanation(error.explanation)
    }
  },
  explain_jssdk: ({ config, url, ticket, signed_url: signedUrl }) => explanation(explainJssdk(config, url, { ticket, signedUrl })),
  jssdk_signature: ({ ticket, noncestr, timestamp, url }) => jssdkSignature(ticket, noncestr, timestamp, url),
  jsapi_params: page('jsapi_params'),
  choose_wxpay_params: page('choose_wxpay_params'),
  miniprogram_params: page('miniprogram_params'),
  app_params: page('app_params'),
  mweb_url: ({ mweb_url, redirect_url }) => mwebRedirectUrl(mweb_url, redirect_url),
  authorize_url: ({ appid, redirect_uri, scope, state, force_popup, component_appid: componentAppid }) =>
    new WxPay({ appid, mchId: '10000100', apiKey: KEY }).oauth.authorizeUrl(redirect_uri, {
      scope,
      state: state ?? undefined,
      forcePopup: force_popup,
      componentAppid,
    }),
  workwx_sign: ({ params, secret }) => workwxSign(params, secret),
  check_raw_data: ({ raw_data, signature, session_key }) => checkRawData(raw_data, signature, session_key) === undefined,
  decrypt_user_data: ({ encrypted_data, iv, session_key, appid }) => decryptUserData(encrypted_data, iv, session_key, appid),
  notify_payment: ({ body, ...given }) => probe('notify_payment', texts(given), body),
  reply: ({ body, ...given }) => probe('reply', texts(given), body),
  redact: ({ field, value }) => {
    const body = JSON.stringify({ errcode: 0, [field]: value })
    const reply = probe('oauth_json', texts({ call: 'oauth.auth', status: 200 }), body)
    const line = inspect(reply).split('\n').find((shown) => shown.trim().startsWith(`${field} `)) ?? ''
    return line.trim().slice(field.length).trim()
  },
  oauth_json: ({ body, ...given }) => probe('oauth_json', texts(given), body),
  ack: ({ ok, msg }) => ack(ok, msg),
  money: ({ yuan, fen }) => (yuan === undefined ? fenToYuan(fen) : yuanToFen(yuan)),
  beijing_time: (given) => probe('beijing_time', texts(given)),
  bill,
  v3_authorization: (given) => {
    const { mch_id: mchId, serial_no: serialNo, private_key: privateKey, method, url, timestamp, nonce_str: nonceStr, body } = given
    const message = v3.stringToSign(method, url, timestamp, nonceStr, body)
    const header = v3.authorization({ mchId, serialNo, privateKey, method, url, timestamp, nonceStr, body })
    return { message, signature: v3.sign(message, privateKey), authorization: header }
  },
  v3_bill_hash: (given) => probe('v3_bill_hash', texts({ hash_value: given.hash_value }), document(given)),
  v3_certificates: ({ reply, api_v3_key, now }) =>
    Object.entries(v3.certificates(reply, api_v3_key, { now })).map(([serial_no, pem]) => ({
      serial_no,
      pem_sha256: createHash('sha256').update(pem).digest('hex'),
    })),
  v3_decrypt: ({ resource, api_v3_key }) => v3.decrypt(resource, api_v3_key),
  v3_decrypt_sensitive: ({ text, private_key }) => v3.decryptSensitive(text, private_key),
  v3_encrypt_sensitive: ({ text, public_key, private_key }) => {
    const sealed = v3.encryptSensitive(text, public_key)
    return { length: sealed.length, decrypted: v3.decryptSensitive(sealed, private_key) }
  },
  v3_explain: (given) => explanation(v3.explain(camel(given))),
  v3_pay_sign: (given) => v3.paySign(given.appid, given.timestamp, given.nonce_str, given.package, given.private_key),
  v3_private_key: ({ message, private_key }) => v3.sign(message, private_key),
  v3_serial_no: ({ certificate }) => v3.serialNo(certificate),
  v3_verify: (given) => {
    try {
      const key = v3.verify(given.headers, given.body, given.keys, { now: given.now })
      const open = () => v3.decrypt(JSON.parse(given.body).resource, given.api_v3_key)
      return given.api_v3_key === undefined ? { key } : { key, resource: open() }
    } catch (error) {
      throw Object.assign(error, { cause: v3.explain(camel(given)).mistake })
    }
  },
  out_trade_no: (given) => (probe('out_trade_no', texts(given)), true),
}

/** Rows and totals: known cells that hold something by their names here, other cells by WeChat's. */
async function bill({ text, base64 }) {
  const whole = readBill(text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text))
  const rows = []
  for await (const row of whole) {
    rows.push(row)
  }
  const plain = (value) => (value instanceof Date ? new Date(value.getTime() + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ') : value)
  const cells = (row) => Object.fromEntries(Object.entries(row.toObject()).map(([name, value]) => [name, plain(value)]))
  return { rows: rows.map(cells), totals: cells(whole.summary), ambiguous: rows.flatMap((row, n) => (row.ambiguous ? [n] : [])) }
}

const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const all = files.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
let ran = 0

for (const { kind, cases } of all) {
  test(`vectors: ${kind}`, { timeout: 60_000 }, async () => {
    const run = KINDS[kind]
    assert.ok(run, `no function for vectors of kind ${kind}`)
    for (const { name, given, expect, error } of cases) {
      let found
      let failure
      try {
        found = await run(given)
      } catch (thrown) {
        failure = thrown
      }
      if (error === undefined) {
        assert.equal(failure, undefined, `${kind}: ${name}: ${failure}`)
        kind.endsWith('_params') ? assert.deepEqual(found, expect, name) : holds(expect, found, `${kind}: ${name}`)
      } else if (typeof error === 'string') {
        assert.equal(failure?.code, error, `${kind}: ${name}: ${failure ?? 'nothing was thrown'}`)
      } else {
        const { class: of, ...fields } = error
        assert.equal(failure?.name, of, `${kind}: ${name}: ${failure ?? 'nothing was thrown'}`)
        holds(fields, failure, `${kind}: ${name}`)
      }
      ran++
    }
  })
}

test('vectors: all of them ran', () => {
  const there = all.reduce((sum, { cases }) => sum + cases.length, 0)
  assert.equal(ran, there)
  // Compared with the other languages' by tests/run.py.
  const counts = new URL('../../target/tests/', import.meta.url)
  mkdirSync(counts, { recursive: true })
  writeFileSync(new URL('vectors-node', counts), String(ran))
})

/** An object names what is compared; everything else is compared whole, in value and type. */
function holds(expected, found, where) {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(found), where)
    assert.equal(found.length, expected.length, where)
    expected.forEach((part, i) => holds(part, found[i], `${where}[${i}]`))
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [name, value] of Object.entries(expected)) {
      holds(value, found?.[name], `${where}: ${name}`)
    }
  } else if (found instanceof Date) {
    assert.equal(found.getTime(), Date.parse(expected), where)
  } else {
    assert.ok(!(found instanceof Reply), where)
    assert.strictEqual(found, expected, where)
  }
}

function explanation({ mistake, proved, field, signType, stringToSign, likelyString }) {
  const texts = { sign_type: signType, string_to_sign: stringToSign, likely_string: likelyString ?? null }
  return { mistake, proved, field: field ?? null, ...texts }
}

/** Names as options have them. */
function camel(given) {
  const name = (text) => text.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(given).map(([text, value]) => [name(text), value]))
}

function texts(given) {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
}

function document({ xml, base64, repeat }) {
  if (repeat !== undefined) {
    const units = Array.from({ length: repeat.count }, (_, i) => repeat.unit.replaceAll('{i}', i))
    return Buffer.from(repeat.prefix + units.join('') + repeat.suffix)
  }
  return base64 === undefined ? Buffer.from(xml) : Buffer.from(base64, 'base64')
}
