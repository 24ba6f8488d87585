// Service providers: whose page or app pays an order.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newOutTradeNo, WxPay } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
import { BUILT } from './emulator.mjs'

const S1 = '1600000001'
const MERCHANT = {
  appid: 'wx1111111111111111',
  mch_id: '1500000001',
  api_key: '0123456789abcdef0123456789abcdef',
  api_v3_key: 'fedcba9876543210fedcba9876543210',
  app_secret: '5a1d0c7e9b3f48268f2e6d4b7c90a1e3',
  provider: true,
  sub_mch_ids: [S1],
}
const SUB_APPID = 'wx2222222222222222'
const CUSTOMER = `oSub${'B'.repeat(24)}`
const OK = 'get_brand_wcpay_request:ok'

let wechat
before(async () => (wechat = await startEmulator({ binary: BUILT, merchants: MERCHANT, frozenClock: true })))
after(() => wechat.stop())

const client = (own = {}) =>
  new WxPay({ ...wechat.options, ...wechat.v3Options, store: 'memory:', notifyUrl: 'http://127.0.0.1:9/n', ...own })
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
