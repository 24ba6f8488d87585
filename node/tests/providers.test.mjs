// Service providers: whose page or app pays an order, and clients that are for one sub-merchant alone.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { newOutTradeNo, WxPay } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
import { BUILT } from './emulator.mjs'

const [S1, S2] = ['1600000001', '1600000002']
const MERCHANT = {
  appid: 'wx1111111111111111',
  mch_id: '1500000001',
  api_key: '0123456789abcdef0123456789abcdef',
  api_v3_key: 'fedcba9876543210fedcba9876543210',
  app_secret: '5a1d0c7e9b3f48268f2e6d4b7c90a1e3',
  provider: true,
  sub_mch_ids: [S1, S2],
}
const SUB_APPID = 'wx2222222222222222'
const CUSTOMER = `oSub${'B'.repeat(24)}`
const OK = 'get_brand_wcpay_request:ok'

let wechat
before(async () => (wechat = await startEmulator({ binary: BUILT, merchants: MERCHANT, frozenClock: true })))
after(() => wechat.stop())

const client = (own = {}, of = wechat) =>
  new WxPay({ ...of.options, ...of.v3Options, store: 'memory:', notifyUrl: 'http://127.0.0.1:9/n', ...own })
const part = (out_trade_no, sub_mchid, others = {}) => ({
  mchid: MERCHANT.mch_id, sub_mchid, attach: 'a', amount: { total_amount: 10, currency: 'CNY' }, description: '茶', out_trade_no, ...others,
})
const parts = (number, others) => ['a', 'b'].map((end) => part(`${number}${end}`, S1, others))
const whole = () => newOutTradeNo().slice(0, 30)

for (const own of [{}, { subMchId: S1, subAppid: SUB_APPID }]) {
  const settings = own.subMchId ? 'a sub-merchant in the settings' : 'one in the call'
  test(`an app pays the sub-merchant of its order, with ${settings}`, async () => {
    const pay = client(own)
    const fields = { body: '茶', total_fee: 1, trade_type: 'APP', spbill_create_ip: '127.0.0.1', out_trade_no: newOutTradeNo() }
    let made = await pay.unifiedorder({ ...fields, sub_mch_id: S1, sub_appid: SUB_APPID })
    let app = pay.appParams(made.prepay_id)
    assert.deepEqual([app.partnerid, (await wechat.pay({ app_params: app })).err_msg], [S1, OK])
    made = await pay.v3.app({ description: '茶', amount: { total: 1 }, out_trade_no: newOutTradeNo(), sub_mchid: S1, sub_appid: SUB_APPID })
    app = await pay.v3.appParams(made.prepay_id)
    assert.deepEqual([app.partnerid, (await wechat.pay({ app_params: app })).err_msg], [S1, OK])
    const combine_out_trade_no = whole()
    made = await pay.v3.combineApp({ combine_out_trade_no, sub_orders: parts(combine_out_trade_no) })
    app = await pay.v3.appParams(made.prepay_id)
    assert.deepEqual([app.partnerid, (await wechat.pay({ app_params: app })).err_msg], [MERCHANT.mch_id, OK])
    await assert.rejects(pay.v3.appParams('wx28169999', { appid: SUB_APPID }), { name: 'InvalidRequest', field: 'partnerid' })
  })

  test(`a page of a combined order is over the appid of its payer, with ${settings}`, async () => {
    const pay = client(own)
    for (const [combine_payer_info, others, appid] of [
      [{ openid: wechat.openid }, {}, MERCHANT.appid],
      [{ sub_openid: CUSTOMER }, { sub_appid: SUB_APPID }, SUB_APPID],
    ]) {
      const combine_out_trade_no = whole()
      const sub_orders = parts(combine_out_trade_no, others)
      const { prepay_id } = await pay.v3.combineJsapi({ combine_out_trade_no, combine_payer_info, sub_orders })
      const params = await pay.v3.jsapiParams(prepay_id)
      assert.deepEqual([params.appId, (await wechat.pay({ params })).err_msg], [appid, OK])
    }
    const both = { combine_out_trade_no: 'COMBINED', combine_payer_info: { openid: 'o', sub_openid: 's' }, sub_orders: parts('C1') }
    await assert.rejects(pay.v3.combineJsapi(both), { name: 'InvalidRequest', field: 'combine_payer_info.sub_openid' })
  })
}

test('a client with a sub-merchant is for that one alone', async () => {
  const pay = client({ subMchId: S1, subAppid: SUB_APPID })
  const out_trade_no = 'ORDER1'
  const amount = { total: 1, refund: 1, currency: 'CNY' }
  const sub_orders = [part('PART01', S1), part('PART02', S2)]
  for (const [call, field] of [
    [() => pay.orderquery({ out_trade_no, sub_mch_id: S2 }), 'sub_mch_id'],
    [() => pay.v3.refund({ out_trade_no, out_refund_no: 'R1', amount, sub_mchid: S2 }), 'sub_mchid'],
    [() => pay.waitForPayment(out_trade_no, { totalFee: 1, subMchId: S2, within: 0 }), 'sub_mch_id'],
    [() => pay.resumePayByCode(out_trade_no, { totalFee: 1, subMchId: S2 }), 'sub_mch_id'],
    [() => pay.v3.combineNative({ combine_out_trade_no: 'C00001', sub_orders }), 'sub_orders.sub_mchid'],
  ]) {
    await assert.rejects(call, { name: 'InvalidRequest', field, message: /must be 1600000001, the sub_mch_id of the settings/ })
  }
  const row = { out_trade_no, total_fee: 1, created: new Date(Date.now() - 60_000), sub_mch_id: S2 }
  const [found] = await pay.notify.reconcile([row], { onPaid() {} })
  assert.deepEqual([found.state, found.error.field], ['failed', 'sub_mch_id'])
})

test("the notification of another sub-merchant's sharing is refused", async () => {
  let got
  const arrived = new Promise((resolve) => (got = resolve))
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => (response.writeHead(500).end(), got({ body: Buffer.concat(chunks), headers: request.headers })))
  }).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const sharing_notify_url = `http://127.0.0.1:${server.address().port}/n`
  const own = await startEmulator({ binary: BUILT, merchants: { ...MERCHANT, sharing_notify_url }, frozenClock: true })
  try {
    const pay = client({}, own)
    const out_trade_no = newOutTradeNo()
    await pay.v3.native({ description: '茶', out_trade_no, amount: { total: 1000 }, settle_info: { profit_sharing: true }, sub_mchid: S2 })
    const { transaction_id } = await own.pay({ out_trade_no })
    await own.advance(70)
    const who = { type: 'MERCHANT_ID', account: MERCHANT.mch_id, name: '服务商' }
    await pay.v3.profitsharingAddReceiver({ ...who, relation_type: 'SERVICE_PROVIDER', sub_mchid: S2 })
    const receivers = [{ ...who, amount: 100, description: '佣金' }]
    await pay.v3.profitsharingOrder({ transaction_id, out_order_no: 'P1', receivers, unfreeze_unsplit: false, sub_mchid: S2 })
    await own.advance(5)
    const { body, headers } = await arrived
    for (const [subMchId, code] of [[S1, 'sub_mch_id_mismatch'], [S2, undefined], [undefined, undefined]]) {
      const told = []
      const shop = client(subMchId ? { subMchId } : {}, own)
      const functions = { amountOf() {}, onPaid() {}, onOther: (event) => void told.push(event) }
      const handled = await shop.notify.handle(body, { headers, ...functions })
      assert.deepEqual([handled.error?.code, told.length], [code, code === undefined ? 1 : 0])
      const read = shop.v3.notification(body, { headers })
      if (code !== undefined) {
        await assert.rejects(read, { name: 'PaymentMismatch', code })
        continue
      }
      const { resource, create_time } = await read
      assert.deepEqual([resource.sub_mchid, create_time instanceof Date], [S2, true])
      // The event is JSON as WeChat wrote it.
      assert.match(resource.success_time, /^\d{4}-\d\d-\d\dT[\d:]{8}\+08:00$/)
    }
  } finally {
    await own.stop()
    server.close()
  }
})
