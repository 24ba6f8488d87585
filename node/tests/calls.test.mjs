// Calls over real HTTP against the emulator: what the purchase in behaviour.test.mjs does not come by.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { buildXml, BusinessError, mwebRedirectUrl, newOutTradeNo, parseXml, ProtocolError, SignatureError, TransportError, WxPay } from 'wxpaykit'
import { startEmulator, visit } from './emulator.mjs'

const TEA = { body: '茶', total_fee: 100, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', spbill_create_ip: '127.0.0.1' }

const v3Order = () => ({ description: '茶', out_trade_no: newOutTradeNo(), amount: { total: 100 }, payer: { openid: TEA.openid } })
const V3_CHARGE = {
  description: '茶', out_trade_no: 'A1', amount: { total: 88 }, payer: { auth_code: '134567890123456789' },
  scene_info: { device_ip: '203.0.113.9' },
}
/** The calls that make an order, by their API, and one of them. */
const BUY = { v2: 'unifiedorder', v3: 'v3.jsapi' }
const buy = (pay, api, options) =>
  api === 'v2' ? pay.unifiedorder({ ...TEA, out_trade_no: newOutTradeNo() }, options) : pay.v3.jsapi(v3Order(), options)

let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

const limit = { timeout: 60_000 }
const refusal = (promise) => promise.then(() => assert.fail('it did not reject'), (error) => error)
const client = (options = {}) => new WxPay({ ...wechat.options, ...options })

test('mini program, app and wx.chooseWXPay open the cashier', limit, async () => {
  const pay = client()
  for (const [method, name] of [['miniprogramParams', 'params'], ['chooseWXPayParams', 'params']]) {
    const { prepay_id } = await pay.unifiedorder({ ...TEA, out_trade_no: newOutTradeNo() })
    const answer = await wechat.control('/_emulator/pay', { [name]: pay[method](prepay_id) })
    assert.match(answer.err_msg, /ok$/, method)
  }
  const { prepay_id } = await pay.unifiedorder({ ...TEA, out_trade_no: newOutTradeNo(), trade_type: 'APP' })
  const answer = await wechat.control('/_emulator/pay', { app_params: pay.appParams(prepay_id) })
  assert.match(answer.err_msg, /ok$/)
  assert.equal(pay.appParams(prepay_id, { partnerid: '1900000109' }).partnerid, '1900000109')
  assert.equal(pay.jsapiParams(prepay_id, { appid: 'wx2421b1c4370ec43b' }).appId, 'wx2421b1c4370ec43b')
})

/** What a customer's visit is worth. */
async function webToken(pay, scope) {
  return pay.oauth.accessToken(await visit(pay, scope))
}

test('the open platform: customers, tokens and tickets', limit, async () => {
  const pay = client()
  const token = await webToken(pay, 'snsapi_userinfo')
  const someone = await pay.oauth.userinfo(token.access_token, token.openid, { lang: 'en' })
  assert.deepEqual([someone.openid, someone.sex, someone.privilege], [token.openid, 0, []])
  assert.ok(someone.nickname)
  assert.equal(await pay.oauth.auth(token.access_token, token.openid), undefined)
  const renewed = await pay.oauth.refreshToken(token.refresh_token)
  assert.deepEqual([renewed.openid, renewed.expires_in], [token.openid, 7200])
  const refused = await refusal(pay.oauth.auth(token.access_token, 'o'.repeat(28)))
  assert.deepEqual([refused.name, refused.errcode, refused.endpoint], ['OAuthError', 40003, 'oauth.auth'])
  const silent = await webToken(pay, 'snsapi_base')
  assert.equal((await refusal(pay.oauth.userinfo(silent.access_token, silent.openid))).errcode, 48001)
  for (const lang of ['', 'fr', 'zh_CN ']) {
    assert.equal((await refusal(pay.oauth.userinfo(token.access_token, token.openid, { lang }))).name, 'InvalidRequest')
  }
  // One after the other: a promise that rejects before anybody waits for it fails the test.
  for (const call of [() => pay.oauth.accessToken(''), () => pay.oauth.refreshToken(''), () => pay.oauth.auth('', '')]) {
    assert.equal((await refusal(call())).name, 'InvalidRequest')
  }
  const [first, second] = [await pay.jssdk.token(), await pay.jssdk.token()]
  assert.notEqual(first.access_token, second.access_token)
  assert.equal((await pay.jssdk.getticket(second.access_token)).ticket.length, 86)
  const stable = await pay.jssdk.stableToken()
  assert.equal(await pay.jssdk.accessToken(), stable.access_token)
  assert.equal(await pay.jssdk.jsapiTicket(), (await pay.jssdk.getticket(stable.access_token)).ticket)
})

test('a client whose token was refused gets the token that another process forced', limit, async () => {
  const [pay, other] = [client(), client()]
  const old = await pay.jssdk.accessToken()
  const forced = (await other.jssdk.stableToken({ forceRefresh: true })).access_token
  assert.notEqual(forced, old)
  assert.equal(await other.jssdk.accessToken(), forced)
  assert.equal((await refusal(pay.jssdk.getticket(old))).errcode, 40001)
  assert.equal(await pay.jssdk.accessToken(), old)
  assert.equal(await pay.jssdk.accessToken({ refused: old }), forced)
  assert.equal(await pay.jssdk.accessToken(), forced)
})

/** The address of a server that takes requests and never answers. */
async function silence(t) {
  const silent = createServer(() => {})
  t.after(() => {
    silent.closeAllConnections()
    silent.close()
  })
  await new Promise((done) => silent.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${silent.address().port}`
}

test('an aborted call says whether it may be repeated', limit, async (t) => {
  const { oauth, jssdk, v3 } = client({ ...wechat.v3Options, endpoints: await silence(t) })
  for (const [call, endpoint, retry] of [
    [(options) => oauth.accessToken('code', options), 'oauth.access_token', 'never'],
    [(options) => jssdk.stableToken({ ...options, forceRefresh: true }), 'jssdk.stable_token', 'query_first'],
    [(options) => jssdk.stableToken(options), 'jssdk.stable_token', 'same_request'],
    [(options) => v3.jsapi(v3Order(), options), 'v3.jsapi', 'same_request'],
    [(options) => v3.query({ out_trade_no: 'A1' }, options), 'v3.query', 'same_request'],
    [(options) => v3.codepay(V3_CHARGE, options), 'v3.codepay', 'query_first'],
  ]) {
    const error = await refusal(call({ signal: AbortSignal.timeout(50) }))
    assert.deepEqual([error.code, error.endpoint, error.outcome, error.retry], ['cancelled', endpoint, 'unknown', retry])
  }
})

for (const [api, name] of Object.entries(BUY)) {
  test(`the backup of a silent host is used: ${name}`, limit, async (t) => {
    const [silent, events] = [await silence(t), []]
    const onEvent = ({ host, attempt, outcome, again }) => events.push([host, attempt, outcome, again])
    const pay = client({ ...wechat.v3Options, endpoints: `${silent},${wechat.url}`, timeout: 1000, onEvent })
    assert.match((await buy(pay, api)).prepay_id, /^wx/)
    assert.deepEqual(events, [[silent, 1, 'timed_out', true], [wechat.url, 2, 'ok', false]])
  })
}

test('a QR code, and the page of a phone browser with its way back', limit, async () => {
  const pay = client()
  const order = { ...TEA, openid: undefined }
  const qr = await pay.unifiedorder({ ...order, out_trade_no: newOutTradeNo(), trade_type: 'NATIVE', product_id: '1' })
  assert.match(qr.code_url, /^weixin:/)
  assert.equal(qr.mweb_url, undefined)
  const scene_info = { h5_info: { type: 'Wap', wap_url: 'https://shop.example', wap_name: '茶' } }
  const h5 = await pay.unifiedorder({ ...order, out_trade_no: newOutTradeNo(), trade_type: 'MWEB', scene_info })
  const page = new URL(mwebRedirectUrl(h5.mweb_url, 'https://shop.example/paid?a=1&b=茶'))
  assert.equal(page.searchParams.get('redirect_url'), 'https://shop.example/paid?a=1&b=茶')
  assert.equal(page.searchParams.get('prepay_id'), h5.prepay_id)
})

test('orderquery, closeorder and call()', limit, async () => {
  const pay = client()
  const out_trade_no = newOutTradeNo()
  await pay.unifiedorder({ ...TEA, out_trade_no })
  const found = await pay.orderquery({ out_trade_no })
  assert.equal(found.trade_state, 'NOTPAY')
  const raw = await pay.call('/pay/orderquery', { out_trade_no })
  assert.equal(raw.trade_state, 'NOTPAY')
  assert.equal(raw.raw.trade_state, 'NOTPAY')
  await pay.closeorder({ out_trade_no })
  assert.equal((await pay.orderquery({ out_trade_no })).trade_state, 'CLOSED')
  const issued = await pay.oauth.refreshToken('none').catch((error) => error)
  assert.deepEqual([issued.name, issued.endpoint], ['OAuthError', 'oauth.refresh_token'])
  await assert.rejects(pay.orderquery({ out_trade_no: 'never' }), (error) => {
    assert.ok(error instanceof BusinessError)
    assert.deepEqual([error.err_code, error.endpoint, error.retry], ['ORDERNOTEXIST', 'orderquery', 'never'])
    assert.equal(error.reply.raw.result_code, 'FAIL')
    assert.match(error.stack, /calls\.test\.mjs/)
    return true
  })
  const wrong = client({ apiKey: '0'.repeat(32) })
  await assert.rejects(wrong.orderquery({ out_trade_no }), (error) => {
    assert.ok(error instanceof ProtocolError)
    assert.equal(error.return_msg, '签名错误')
    return true
  })
})

for (const [api, name] of Object.entries(BUY)) {
  test(`an aborted signal ends the HTTP request; the outcome is unknown: ${name}`, limit, async () => {
    let closed
    const ended = new Promise((resolve) => (closed = resolve))
    let arrived
    const asked = new Promise((resolve) => (arrived = resolve))
    const server = await serve((request) => {
      request.socket.on('close', closed)
      arrived()
    })
    try {
      const codes = []
      const pay = client({ ...wechat.v3Options, endpoints: server.url, onEvent: ({ code }) => codes.push(code) })
      const controller = new AbortController()
      const order = buy(pay, api, { signal: controller.signal })
      await asked
      const reason = new Error('the customer left')
      controller.abort(reason)
      await assert.rejects(order, (error) => {
        assert.ok(error instanceof TransportError)
        const { code, outcome, retry, endpoint, cause } = error
        assert.deepEqual([code, outcome, retry, endpoint], ['cancelled', 'unknown', 'same_request', name])
        assert.equal(cause, reason)
        return true
      })
      await ended

      await assert.rejects(buy(pay, api, { signal: controller.signal }), (error) => {
        assert.deepEqual([error.name, error.code, error.outcome], ['TransportError', 'cancelled', 'not_sent'])
        assert.equal(error.cause, reason)
        return true
      })
      const query = (...given) => (api === 'v2' ? pay.orderquery(...given) : pay.v3.query(...given))
      await assert.rejects(query({ out_trade_no: 'A3' }, { signal: AbortSignal.timeout(50) }), (error) => {
        assert.equal(error.cause.name, 'TimeoutError')
        return error.outcome === 'unknown'
      })
      // The one that was aborted before it began sent nothing.
      while (codes.length < 2) await new Promise(setImmediate)
      assert.deepEqual(codes, ['cancelled', 'cancelled'])
    } finally {
      server.close()
    }
  })
}

for (const [api, name] of Object.entries(BUY)) {
  test(`a reply that comes too late, no server, and a gateway page: ${name}`, limit, async () => {
    const silent = await serve(() => {})
    try {
      const pay = client({ ...wechat.v3Options, endpoints: silent.url, timeout: 150 })
      await assert.rejects(buy(pay, api), (error) => {
        assert.ok(error instanceof TransportError)
        assert.deepEqual([error.code, error.outcome, error.retry, error.endpoint], ['timeout', 'unknown', 'same_request', name])
        return true
      })
    } finally {
      silent.close()
    }
    const unreachable = client({ ...wechat.v3Options, endpoints: silent.url })
    await assert.rejects(buy(unreachable, api), (error) => {
      assert.deepEqual([error.code, error.outcome, error.retry], ['connect', 'not_sent', 'same_request'])
      assert.ok(error.cause instanceof Error)
      return true
    })
    const gateway = await serve((_, response) => response.writeHead(502).end('<html>Bad Gateway</html>'))
    try {
      await assert.rejects(buy(client({ ...wechat.v3Options, endpoints: gateway.url }), api), (error) => {
        assert.deepEqual([error.code, error.outcome, error.status], ['gateway', 'unknown', 502])
        return true
      })
    } finally {
      gateway.close()
    }
  })
}

test('the User-Agent names the package and its version', limit, async () => {
  let agent
  const server = await serve((request, response) => {
    agent = request.headers['user-agent']
    response.writeHead(500).end()
  })
  try {
    await assert.rejects(client({ endpoints: server.url }).orderquery({ out_trade_no: 'A1' }))
    assert.match(agent, /^wxpaykit\/\d+\.\d+\.\d+ \(node v\d+/)
  } finally {
    server.close()
  }
})

// C-49, C-53 and C-64: an old transfer is answered without a signature, and has other names.
test('call() knows how its path travels', limit, async () => {
  const success = { return_code: 'SUCCESS', result_code: 'SUCCESS' }
  const transfers = '/mmpaymkttransfers/promotion/transfers'
  const replies = {
    [transfers]: { ...success, partner_trade_no: 'TR1', payment_no: '1' },
    '/mmpaymkttransfers/sendredpack': { ...success, mch_billno: 'B1', sign: '0'.repeat(32) },
    '/pay/profitsharing': success,
    '/pay/orderquery': success,
  }
  const got = []
  const server = createServer(async (request, response) => {
    got.push(parseXml(Buffer.concat(await request.toArray())))
    response.writeHead(200).end(buildXml(replies[request.url]))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const pay = client({ endpoints: `http://127.0.0.1:${server.address().port}`, maxNetworkRetries: 0 })
  try {
    assert.equal((await pay.call(transfers, { partner_trade_no: 'TR1', amount: 100 })).payment_no, '1')
    assert.deepEqual(Object.keys(got[0]), ['partner_trade_no', 'amount', 'mch_appid', 'mchid', 'nonce_str', 'sign'])
    assert.equal(got[0].mchid, wechat.options.mchId)
    const named = await refusal(pay.call(transfers, { mch_id: '1' }))
    assert.deepEqual([named.name, named.field], ['InvalidRequest', 'mch_id'])
    assert.match(named.message, /is called mchid/)
    assert.match((await refusal(pay.call('/pay/downloadbill', { bill_date: '20251127' }))).message, /use the method downloadbill/)
    for (const [path, params, numberField, number, step] of [
      ['/mmpaymkttransfers/sendredpack', { mch_billno: 'B1' }, 'mch_billno', 'B1', /Call \/mmpaymkttransfers\/gethbinfo with mch_billno B1/],
      ['/pay/profitsharing', { x: '1' }, undefined, undefined, /Find out what WeChat has before you repeat it/],
    ]) {
      const error = await refusal(pay.call(path, params))
      assert.ok(error instanceof SignatureError, String(error))
      assert.deepEqual([error.outcome, error.status, error.retry], ['unknown', 200, 'query_first'])
      assert.deepEqual([error.numberField, error.number], [numberField, number])
      assert.match(error.message, /The outcome is unknown \(HTTP 200\): WeChat may have acted/)
      assert.match(error.message, step)
    }
    const asked = await refusal(pay.call('/pay/orderquery', { out_trade_no: 'A1' }))
    assert.ok(asked instanceof SignatureError && !('outcome' in asked) && !asked.message.includes('outcome'))
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

async function serve(handler) {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => handler(request, response))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => (server.close(), server.closeAllConnections()),
  }
}
