// What a scripted WeChat answers: refunds, polls and pages are confirmed, shared and refused as in the other languages.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'node:test'
import * as main from 'wxpaykit'
import { wxpayNotify } from 'wxpaykit/express'
import { signedNotification } from 'wxpaykit/testing'

const { BusinessError, InvalidRequest, OAuthError, PaymentMismatch, SignatureError, TransportError, WxPay, WxPayError, buildXml, sign } = main
const limit = { timeout: 60_000 }
const APPID = 'wxd930ea5d5a258f4f'
const MCH_ID = '10000100'
const KEY = '0123456789abcdef0123456789abcdef'
const SUB_MCH_ID = '1900000109'
const SUB_APPID = 'wx2421b1c4370ec43b'

/** Runs `body` with a server that gives these answers one after the other and repeats the last one. */
async function answering(answers, body) {
  const asked = []
  const server = createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      asked.push(incoming.url)
      const [status, text] = answers[Math.min(asked.length, answers.length) - 1]
      outgoing.writeHead(status).end(text)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  const client = (more = {}) =>
    new WxPay({
      appid: APPID, mchId: MCH_ID, apiKey: KEY, appSecret: '5a1d0c7e9b3f48268f2e6d4b7c90a1e3', notifyUrl: 'https://shop.example/n',
      endpoints: url, store: 'memory:', maxNetworkRetries: 0, ...more,
    })
  try {
    return await body({ asked, client, url })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const signed = (fields) => buildXml({ ...fields, sign: sign(fields, KEY, 'HMAC-SHA256') })
const success = (fields) =>
  signed({ return_code: 'SUCCESS', result_code: 'SUCCESS', appid: APPID, mch_id: MCH_ID, nonce_str: 'n', ...fields })
const ORDER = { body: '茶', out_trade_no: 'A1', total_fee: 88, spbill_create_ip: '127.0.0.1', openid: 'o1' }

const REFUND = {
  out_trade_no: 'A1', transaction_id: '4200000263201508067700134212', total_fee: '88', refund_count: '1', out_refund_no_0: 'R1',
  refund_id_0: '50302604962025112809876540001', refund_fee_0: '30', refund_status_0: 'SUCCESS',
}

test('a refund is confirmed with its currency, merchant and amount', limit, async () => {
  for (const [others, sub_mch_id, code] of [
    [{}, undefined, undefined],
    [{ fee_type: 'USD' }, undefined, 'fee_type_mismatch'],
    [{ sub_mch_id: SUB_MCH_ID }, undefined, 'sub_mch_id_mismatch'],
    [{ sub_mch_id: SUB_MCH_ID }, SUB_MCH_ID, undefined],
    [{}, SUB_MCH_ID, 'sub_mch_id_mismatch'],
    [{ refund_fee_0: '31' }, undefined, 'refund_fee_mismatch'],
    [{ out_refund_no_0: 'R2' }, undefined, 'reply_mismatch'],
  ]) {
    await answering([[200, success({ ...REFUND, ...others })]], async ({ client }) => {
      const handedOver = []
      const row = { out_refund_no: 'R1', refund_fee: 30, created: new Date(Date.now() - 60_000), sub_mch_id }
      const onRefunded = ({ out_refund_no }) => void handedOver.push(out_refund_no)
      const [found] = await client().notify.reconcileRefunds([row], { onRefunded })
      if (code === undefined) {
        assert.deepEqual([found.state, handedOver], ['delivered', ['R1']])
      } else {
        assert.ok(found.error instanceof PaymentMismatch, String(found.error))
        assert.deepEqual([found.state, found.error.code, handedOver], ['failed', code, []])
      }
    })
  }
})

test('polls of an unknown order and of a WeChat that does not answer are bounded', limit, async () => {
  const unknown = signed({ return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'ORDERNOTEXIST', appid: APPID, mch_id: MCH_ID })
  for (const [answer, kind] of [[[200, unknown], BusinessError], [[502, '<html>502 Bad Gateway</html>'], TransportError]]) {
    await answering([answer], async ({ asked, client }) => {
      const [pay, begun] = [client(), performance.now()]
      for (let n = 0; n < 50; n++) {
        await assert.rejects(pay.waitForPayment('A1', { totalFee: 88, within: 0 }), kind)
      }
      // An answer is used for 0.9 seconds. On a busy machine the fifty may take longer.
      assert.ok(asked.length <= 1 + (performance.now() - begun) / 900, `${asked.length} requests`)
    })
  }
})

test('amounts that no order has are refused before anything is sent', limit, async () => {
  await answering([[500, '']], async ({ asked, client }) => {
    const pay = client()
    for (const fee of [0, -5, 0n]) {
      const rule = new RegExp(`at least 1 fen, not ${fee}`)
      await assert.rejects(pay.waitForPayment('A1', { totalFee: fee, within: 0 }), (error) => {
        return error instanceof InvalidRequest && error.field === 'totalFee' && rule.test(error.message)
      })
      await assert.rejects(pay.unifiedorder({ ...ORDER, total_fee: fee }), rule)
    }
    for (const fails of [
      () => pay.unifiedorder({ ...ORDER, total_fee: '19.99' }),
      () => pay.waitForPayment('A1', { totalFee: '19.99', within: 0 }),
      () => pay.unifiedorder({ ...ORDER, total_fee: 19.99 }),
    ]) {
      const error = await fails().then(assert.fail, (error) => error)
      assert.match(error.message, /19\.99.*yuanToFen/)
      assert.doesNotMatch(`${error.message} ${error.rule}`, /yuan_to_fen/)
    }
    const secret = await pay.unifiedorder({ ...ORDER, total_fee: KEY }).then(assert.fail, (error) => error)
    assert.ok(!secret.message.includes(KEY))
    assert.deepEqual(asked, [])
  })
})

test('either amount of a mismatch may be in yuan', limit, async () => {
  const paid = success({
    out_trade_no: 'A1', transaction_id: '4200000263201508067700134212', total_fee: '1', trade_state: 'SUCCESS', trade_type: 'JSAPI',
    time_end: '20261128160828',
  })
  await answering([[200, paid]], async ({ client }) => {
    await assert.rejects(client().waitForPayment('A1', { totalFee: 100, within: 0 }), /Was 1 sent as yuan\?.*yuanToFen/)
  })
})

test("a provider's page is over the appid of its order, also at a client that is made later, and wx.config warns", limit, async () => {
  const made = success({ sub_mch_id: SUB_MCH_ID, trade_type: 'JSAPI', prepay_id: 'wx28161131' })
  const [token, ticket] = ['{"access_token":"t","expires_in":7200}', '{"errcode":0,"ticket":"k","expires_in":7200}']
  await answering([[200, made], [200, token], [200, ticket]], async ({ client }) => {
    const { openid: _, ...fields } = ORDER
    const { prepay_id } = await client().unifiedorder({ ...fields, sub_openid: 's', sub_mch_id: SUB_MCH_ID, sub_appid: SUB_APPID })
    const warnings = []
    const other = client({ onWarning: ({ message }) => warnings.push(message) })
    assert.equal(other.jsapiParams(prepay_id).appId, SUB_APPID)
    assert.throws(() => other.jsapiParams('wx28160000'), /appid/)
    assert.equal((await other.jssdk.config('https://shop.example/', { jsApiList: ['chooseWXPay'] })).appId, APPID)
    await new Promise(setImmediate)
    assert.equal(warnings.filter((text) => text.includes(SUB_APPID) && text.includes('chooseWXPay')).length, 1, String(warnings))
  })
})

test('the key of a provider without a sub-merchant is not called wrong', limit, async () => {
  const words = '商户号mch_id或sub_mch_id错误，受理机构必须传入sub_mch_id'
  await answering([[200, buildXml({ return_code: 'FAIL', return_msg: words })]], async ({ client }) => {
    const report = await client({ appSecret: undefined }).check()
    const found = report.findings.find(({ part }) => part === 'api_key')
    assert.deepEqual([found.state, report.ok], ['not_set', true], String(report))
    assert.match(found.remedy, /sub_mch_id/)
  })
})

const notification = (more = {}) => ({
  return_code: 'SUCCESS', result_code: 'SUCCESS', appid: APPID, mch_id: MCH_ID, nonce_str: 'n', out_trade_no: 'T2',
  transaction_id: '4200000263201508067700134212', total_fee: '88', ...more,
})

test('a wrong signature says whose notification it is, and what is known of the key', () => {
  const pay = new WxPay({ appid: APPID, mchId: MCH_ID, apiKey: KEY, endpoints: 'http://127.0.0.1:9', store: 'memory:' })
  const refused = (fields) => {
    try {
      pay.notify.parse(buildXml(fields))
    } catch (error) {
      assert.ok(error instanceof SignatureError, String(error))
      return [error.explanation.mistake, error.message]
    }
    return assert.fail('it is taken')
  }
  const other = notification({ mch_id: SUB_MCH_ID })
  const [code, text] = refused({ ...other, sign: sign(other, 'f'.repeat(32), 'MD5') })
  assert.equal(code, 'addressed_to_another')
  assert.ok(text.includes(SUB_MCH_ID) && text.includes('dispatch'), text)
  const wrong = { ...notification(), sign: '0'.repeat(64) }
  assert.equal(refused(wrong)[0], 'unknown')
  assert.match(refused(wrong)[1], /changed on its way/)
  pay.notify.parse(signed(notification()))
  assert.equal(refused(wrong)[0], 'changed_or_forged')
  assert.match(refused(wrong)[1], /earlier messages with this key/)
})

test('each attempt names its order, and a gateway its host and path', limit, async () => {
  await answering([[502, '<html><title>502 Bad Gateway</title></html>']], async ({ client, url }) => {
    const events = []
    const pay = client({ onEvent: (event) => events.push(event) })
    const error = await pay.orderquery({ out_trade_no: 'T1' }).then(assert.fail, (error) => error)
    assert.ok(error.message.includes(`from ${url}/pay/orderquery (HTTP 502): 502 Bad Gateway`), error.message)
    await pay.orderquery({ transaction_id: '42' }).catch(() => {})
    const handled = await pay.notify.handle(signed(notification()), { amountOf: () => 88, onPaid: () => {} })
    await new Promise(setImmediate)
    assert.equal(handled.state, 'failed')
    assert.deepEqual(events.map(({ out_trade_no }) => out_trade_no), ['T1', undefined, 'T2'])
  })
})

const refusal = (ask, status, body) =>
  answering([[status, body]], ({ client }) => ask(client()).then(() => assert.fail('no error'), (error) => error))

test('words about the signature are shown with the remedy wherever they are', limit, async () => {
  for (const [status, body] of [
    [200, '<!-- a --><xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>'],
    [400, '<root><return_msg><![CDATA[签名错误]]></return_msg></root>'],
    [200, '<XML><return_msg>签名错误</return_msg></XML>'],
    [200, '<html><body>签名错误</body></html>'],
    [200, '签名错误'],
    [401, '{"message":"签名错误"}'],
    [200, '<xml><return_code>FAIL</return_code><return_msg>OK</return_msg><retmsg>签名错误</retmsg></xml>'],
  ]) {
    const { message, stringToSign } = await refusal((pay) => pay.orderquery({ out_trade_no: 'A1' }), status, body)
    assert.match(stringToSign, /&key=\*\*\*$/)
    assert.ok(message.includes('签名错误') && message.includes('apiKey'), message)
  }
})

test("core's names are Node's in a message, and WeChat's words stay as they came", limit, async () => {
  const words = 'invalid api_key and on_paid (Node: x rest'
  const fields = { return_code: 'SUCCESS', result_code: 'FAIL', appid: APPID, mch_id: MCH_ID, nonce_str: 'n', err_code: 'SYSTEMERROR' }
  const business = await refusal((pay) => pay.orderquery({ out_trade_no: 'A1' }), 200, signed({ ...fields, err_code_des: words }))
  const failed = await refusal((pay) => pay.orderquery({ out_trade_no: 'A1' }), 200, buildXml({ return_code: 'FAIL', return_msg: words }))
  const oauth = await refusal((pay) => pay.oauth.userinfo('t', 'o'), 200, JSON.stringify({ errcode: 40003, errmsg: words }))
  for (const { message } of [business, failed, oauth]) assert.ok(message.includes(words), message)
  const { remedy } = await refusal((pay) => pay.oauth.accessToken('c'), 200, '{"errcode":40029,"errmsg":"invalid code"}')
  assert.ok(remedy.includes('authorizeUrl') && !remedy.includes('authorize_url'), remedy)
  const message = { appid: APPID, mch_id: MCH_ID, api_key: KEY, sign: 'A'.repeat(32) }
  const sent = main.explain(message, KEY)
  assert.ok(sent.message.includes('(api_key)'), sent.message)
})

test('replies of the open platform in other forms', limit, async () => {
  const missing = await refusal((pay) => pay.oauth.userinfo('t', 'o'), 200, '{"openid":null,"nickname":"n"}')
  assert.deepEqual([missing.code, missing.retry], ['malformed_reply', 'never'])
  assert.match(missing.message, /openid is missing/)
  assert.match((await refusal((pay) => pay.oauth.userinfo('t', 'o'), 200, '{"openid":"o\\u0001"}')).message, /openid is damaged/)
  const code = await refusal((pay) => pay.oauth.accessToken('c'), 200, '{"errcode":"40029.0","errmsg":"invalid code"}')
  assert.ok(code instanceof OAuthError && code.errcode === 40029)
  const repeated = '{"errcode":40029,"errmsg":"invalid code C0DE-of-a-customer"}'
  const masked = await refusal((pay) => pay.oauth.accessToken('C0DE-of-a-customer'), 200, repeated)
  assert.match(masked.message, /invalid code \*\*\*/)
  assert.ok(!JSON.stringify(masked).includes('C0DE'))
  for (const [written, seconds] of [['"7200.0"', 7200], ['7200.0', 7200], ['null', 0], ['""', 0]]) {
    await answering([[200, `{"access_token":"t","openid":"o","expires_in":${written}}`]], async ({ client }) => {
      assert.equal((await client({ onWarning: () => {} }).oauth.accessToken('c')).expires_in, seconds)
    })
  }
})

test("a stranger's message is a warning, whatever it claims to be", limit, async () => {
  const pay = new WxPay({ appid: APPID, mchId: MCH_ID, apiKey: KEY, endpoints: 'http://127.0.0.1:9', store: 'memory:' })
  const never = () => assert.fail('nothing is handed over')
  const notify = wxpayNotify(pay, { amountOf: never, onPaid: never, onRefunded: never })
  const { warn, error } = console
  const said = []
  console.warn = (...words) => said.push(['warn', words.join(' ')])
  console.error = (...words) => said.push(['error', words.join(' ')])
  try {
    const { createServer } = await import('node:http')
    const shop = createServer((request, response) => notify(request, response, never)).listen(0, '127.0.0.1')
    await once(shop, 'listening')
    for (const body of [
      '<xml><return_code>FAIL</return_code><return_msg>no</return_msg></xml>',
      `<xml><appid>wx0000000000000001</appid><mch_id>${MCH_ID}</mch_id><req_info>AAAA</req_info></xml>`,
      `<xml><appid>${APPID}</appid><mch_id>${MCH_ID}</mch_id><req_info>AAAA</req_info></xml>`,
      '<xml><return_code>SUCCESS</return_code><sign>0</sign></xml>',
    ]) {
      const answer = await fetch(`http://127.0.0.1:${shop.address().port}/`, { method: 'POST', body })
      assert.match(await answer.text(), /FAIL/)
    }
    // A genuine message for another client of the same merchant needs a person.
    const genuine = signedNotification(notification({ appid: 'wx0000000000000001' }), KEY)
    await fetch(`http://127.0.0.1:${shop.address().port}/`, { method: 'POST', body: genuine })
    shop.close()
  } finally {
    Object.assign(console, { warn, error })
  }
  assert.deepEqual(said.map(([level]) => level), ['warn', 'warn', 'warn', 'warn', 'error'], JSON.stringify(said))
})

/** Our own codes and their classes, as the reference lists them. */
function codes() {
  const text = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8')
  const found = new Map([...text.matchAll(/^\| `([a-z0-9_]+)` \| (?:`(\w+)`)? \| /gmu)].map(([, code, kind]) => [code, kind]))
  assert.ok(found.size > 40)
  return found
}

test('each class has the default code that the reference lists, and no other code is written', () => {
  const known = codes()
  const init = { field: 'f', rule: 'r', outcome: 'unknown', return_msg: '', err_code: '', err_code_des: '', errcode: 1, errmsg: '' }
  const classes = Object.values(main).filter((one) => typeof one === 'function' && one.prototype instanceof WxPayError)
  assert.ok(classes.length >= 8)
  for (const Kind of [WxPayError, ...classes]) {
    const explanation = Kind === SignatureError ? { explanation: {} } : {}
    const made = new Kind('a message', { ...init, ...explanation, expected: '', actual: '' })
    assert.equal(known.get(made.code), Kind.name, made.code)
  }
  const folder = new URL('../ts/', import.meta.url)
  const files = readdirSync(folder, { recursive: true }).filter((file) => String(file).endsWith('.ts'))
  const used = files.flatMap((file) => {
    const text = readFileSync(new URL(String(file), folder), 'utf8')
    return [...text.matchAll(/\bcode(?::| =) '(\w+)'|, '((?:not_raw_body|body_too_large)\w*)'\)/gu)].map(([, one, two]) => one ?? two)
  })
  assert.ok(used.includes('refund_failed') && used.includes('body_too_large') && used.includes('internal'), String(used))
  assert.deepEqual(used.filter((code) => !known.has(code)), [])
})
