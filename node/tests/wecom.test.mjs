// WeCom: identity, openids, tokens, tickets and pages; the guide docs/wecom.md.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { WxPay } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
import { BUILT } from './emulator.mjs'

const CORPID = 'ww1234567890abcdef'
const URL_OF_PAGE = 'https://shop.example/pay?id=1'
const merchants = {
  appid: CORPID,
  mch_id: '1900000109',
  api_key: '192006250b4c09247ec02edce69f6a2d',
  app_secret: 'corp-secret-0123456789',
  agent_id: '1000247',
}
let wechat
let pay

before(async () => {
  wechat = await startEmulator({ binary: BUILT, merchants })
  pay = new WxPay(wechat.options)
})
after(() => wechat.stop())

async function visit(url) {
  const answer = await fetch(url, { redirect: 'manual' })
  return new URL(answer.headers.get('location')).searchParams.get('code')
}

test('a member pays with an openid of the corp', async () => {
  assert.deepEqual([wechat.options.agentId, wechat.options.appSecret], ['1000247', undefined])
  const code = await visit(pay.wecom.authorizeUrl('https://shop.example/pay', { state: 's1' }))
  const { userid, openid } = await pay.wecom.getuserinfo(code)
  assert.deepEqual([userid, openid], ['demo', undefined])
  await assert.rejects(pay.wecom.getuserinfo(code), { name: 'OAuthError', errcode: 40029, endpoint: 'wecom.getuserinfo' })
  const own = (await pay.wecom.convertToOpenid(userid)).openid
  const number = `W${Date.now()}`
  const order = { body: '茶', out_trade_no: number, total_fee: 88, spbill_create_ip: '127.0.0.1', openid: own }
  const params = pay.jsapiParams((await pay.unifiedorder(order)).prepay_id)
  assert.equal(params.appId, CORPID)
  assert.match((await wechat.control('POST', '/_emulator/pay', { params, openid: own })).err_msg, /:ok$/)
  await assert.rejects(pay.wecom.convertToOpenid('nobody'), { errcode: 60111 })
})

test('pages are signed with the ticket of corp or application', async () => {
  const config = await pay.wecom.config(URL_OF_PAGE, { jsApiList: ['chooseWXPay'] })
  assert.deepEqual([config.beta, config.appId, config.jsApiList], [true, CORPID, ['chooseWXPay']])
  const agent = await pay.wecom.agentConfig(URL_OF_PAGE, { jsApiList: ['selectExternalContact'] })
  assert.deepEqual([agent.corpid, agent.agentid, agent.jsApiList], [CORPID, '1000247', ['selectExternalContact']])
  assert.equal((await pay.jssdk.agentConfig(URL_OF_PAGE)).agentid, '1000247')
  for (const [ticket, signed] of [[await pay.wecom.jsapiTicket(), config], [await pay.wecom.agentTicket(), agent]]) {
    const text = `jsapi_ticket=${ticket}&noncestr=${signed.nonceStr}&timestamp=${signed.timestamp}&url=${URL_OF_PAGE}`
    assert.equal(signed.signature, createHash('sha1').update(text).digest('hex'))
  }
  const token = await pay.wecom.accessToken()
  assert.equal(await pay.wecom.accessToken(), token)
})

test('calls of the other kind are refused in words', async () => {
  assert.throws(() => pay.oauth.authorizeUrl('https://shop.example/'), { name: 'ConfigError', field: 'appid', message: /pay\.wecom/ })
  for (const refused of [() => pay.oauth.accessToken('c'), () => pay.jssdk.config(URL_OF_PAGE), () => pay.jssdk.accessToken()]) {
    await assert.rejects(refused, { name: 'ConfigError', field: 'appid', message: /pay\.wecom/ })
  }
  const { corpSecret, agentId, ...others } = wechat.options
  assert.throws(() => new WxPay({ ...others, corpSecret }), { name: 'ConfigError', field: 'agentId' })
  assert.throws(() => new WxPay({ ...others, agentId }), { name: 'ConfigError', field: 'corpSecret' })
  const account = new WxPay({ ...others, appid: 'wx1234567890abcdef' })
  for (const refused of [
    () => account.wecom.getuserinfo('c'), () => account.wecom.agentConfig(URL_OF_PAGE), () => account.jssdk.agentConfig(URL_OF_PAGE),
  ]) {
    await assert.rejects(refused, { name: 'ConfigError', field: 'corpSecret' })
  }
})

test('docs/wecom.md', { timeout: 60_000 }, async () => {
  const { appid, mchId, apiKey, corpSecret, agentId, clientCert, clientKey, notifyUrl, endpoints } = wechat.options
  Object.assign(process.env, {
    WXPAY_APPID: appid,
    WXPAY_MCH_ID: mchId,
    WXPAY_API_KEY: apiKey,
    WXPAY_CORP_SECRET: corpSecret,
    WXPAY_AGENT_ID: agentId,
    WXPAY_CLIENT_CERT: clientCert,
    WXPAY_CLIENT_KEY: clientKey,
    WXPAY_NOTIFY_URL: notifyUrl,
    WXPAY_ENDPOINTS: endpoints,
  })
  const text = readFileSync(new URL('../../docs/wecom.md', import.meta.url), 'utf8')
  const folder = new URL('../../target/docs/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const file = new URL('wecom.mjs', folder)
  writeFileSync(file, [...text.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]).join('\n'))
  const shop = await import(file)
  const openid = await shop.openidOf(await visit(shop.visit('s1')))
  assert.ok((await shop.order(openid, 100)).paySign)
  const { config, agent } = await shop.page(URL_OF_PAGE)
  assert.deepEqual([config.beta, agent.agentid], [true, '1000247'])
  assert.equal(await shop.redPacket(openid, 'B1', 100), 'SENT')
  assert.equal(await shop.payMember(openid, 'P1', 100), 'SUCCESS')
  // The answer is lost: the payment is asked for.
  const endpoint = '/mmpaymkttransfers/promotion/paywwsptrans2pocket'
  await wechat.control('POST', '/_emulator/faults', { fault: 'timeout_after', ms: 10, endpoint, times: 1 })
  assert.equal(await shop.payMember(openid, 'P2', 100), 'SUCCESS')
})

test('payments to members', async () => {
  const { openid } = await pay.wecom.convertToOpenid('ming')
  const packet = { mch_billno: 'M1', re_openid: openid, total_amount: 100, wishing: '恭喜发财', act_name: '猜灯谜', remark: '快来抢' }
  const sent = await pay.sendworkwxredpack({ ...packet, agentid: 1000247 })
  assert.deepEqual([sent.wxappid, sent.total_amount], [CORPID, 100])
  assert.equal((await pay.sendworkwxredpack({ ...packet, agentid: 1000247 })).send_listid, sent.send_listid)
  await assert.rejects(pay.sendworkwxredpack({ ...packet, agentid: 1000247, sender_name: 'x' }), { name: 'InvalidRequest' })
  await assert.rejects(pay.sendworkwxredpack({ ...packet, total_amount: 101, agentid: 1000247 }), {
    err_code: 'FATAL_ERROR',
    retry: 'never',
  })
  await assert.rejects(pay.querywwsptrans2pocket({ partner_trade_no: 'M1' }), { err_code: 'NOT_FOUND' })
  // A member takes it; another one goes back, and a payment fails.
  await wechat.control('POST', '/_emulator/payout', { mch_billno: 'M1' })
  const taken = await pay.queryworkwxredpack({ mch_billno: 'M1' })
  assert.deepEqual([taken.status, taken.amount], ['RECEIVED', 100])
  await pay.sendworkwxredpack({ ...packet, mch_billno: 'M3', agentid: 1000247 })
  await wechat.control('POST', '/_emulator/payout', { mch_billno: 'M3', result: 'RFUND_ING' })
  assert.equal((await pay.queryworkwxredpack({ mch_billno: 'M3' })).status, 'RFUND_ING')
  const wrong = new WxPay({ ...wechat.options, corpPaySecret: 'another-secret-0123' })
  await assert.rejects(wrong.sendworkwxredpack({ ...packet, mch_billno: 'M2', agentid: 1000247 }), (error) => {
    assert.ok(!JSON.stringify(error).includes('another-secret') && !error.message.includes('another-secret'))
    return true
  })
  const [last] = await wechat.control('GET', '/_emulator/journal?limit=1')
  assert.equal(last.explanation.mistake, 'workwx_sign')
})

test('the secret of payments to members', async () => {
  const own = await startEmulator({ binary: BUILT, merchants: { ...merchants, corp_pay_secret: 'pay-secret-0123456789' } })
  try {
    assert.equal(own.options.corpPaySecret, 'pay-secret-0123456789')
    const client = new WxPay(own.options)
    const { openid } = await client.wecom.convertToOpenid('ming')
    const packet = { mch_billno: 'S1', re_openid: openid, total_amount: 100, wishing: '恭喜发财', act_name: '猜灯谜', remark: '快来抢', sender_name: 'x' }
    assert.equal((await client.sendworkwxredpack(packet)).total_amount, 100)
    const member = { partner_trade_no: 'S2', openid, amount: 100, desc: '报销', act_name: '报销', spbill_create_ip: '203.0.113.9' }
    const kinds = { check_name: 'FORCE_CHECK', ww_msg_type: 'NORMAL_MSG' }
    await assert.rejects(client.paywwsptrans2pocket({ ...member, ...kinds }), { name: 'InvalidRequest', field: 're_user_name' })
    const { corpSecret, agentId, corpPaySecret, ...bare } = own.options
    assert.ok(corpSecret && agentId && corpPaySecret)
    await assert.rejects(new WxPay(bare).sendworkwxredpack(packet), { name: 'ConfigError', field: 'corpPaySecret' })
  } finally {
    await own.stop()
  }
})
