// Payment codes, abnormal refunds, transfers and profit sharing by APIv3 against the emulator.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { BusinessError, InvalidRequest, newOutRefundNo, newOutTradeNo, WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

const CARD = { bank_type: 'ICBC_DEBIT', bank_account: '6222020200012345678', real_name: '张三' }

let wechat, v3

before(async () => {
  wechat = await startEmulator()
  v3 = new WxPay({ ...wechat.options, ...wechat.v3Options, notifyUrl: 'http://127.0.0.1:9/notify' }).v3
})
afterEach(() => wechat.clearFaults())
after(() => wechat.stop())

/** A request that is not sent because of this field. */
const refused = (call, field) => assert.rejects(call, (error) => {
  assert.ok(error instanceof InvalidRequest, String(error))
  assert.equal(error.field, field, String(error))
  return true
})

/** WeChat's refusal, and what is safe. */
const business = (call, errCode, retry) => assert.rejects(call, (error) => {
  assert.ok(error instanceof BusinessError, String(error))
  assert.deepEqual([error.err_code, error.retry], [errCode, retry], String(error))
  return true
})

async function charge(total = 88, others = {}) {
  const { auth_code } = await wechat.control('/_emulator/payment-code', {})
  return {
    description: '茶', out_trade_no: newOutTradeNo('T'), amount: { total }, payer: { auth_code },
    scene_info: { device_ip: '203.0.113.9' }, ...others,
  }
}

test('a code is charged, asked about and cancelled', async () => {
  const order = await charge()
  const { out_trade_no } = order
  const paid = await v3.codepay(order)
  assert.deepEqual([paid.trade_state, paid.amount.total, paid.trade_type], ['SUCCESS', 88, 'MICROPAY'])
  assert.equal((await v3.query({ transaction_id: paid.transaction_id })).out_trade_no, out_trade_no)
  assert.equal((await v3.reverse({ out_trade_no })).out_trade_no, out_trade_no)
  assert.equal((await v3.query({ out_trade_no })).trade_state, 'REVOKED')
  // Above ¥1000 the customer has to confirm.
  const dear = await charge(100_001)
  const waits = await v3.codepay(dear)
  assert.deepEqual([waits.trade_state, waits.transaction_id, waits.amount], ['USERPAYING', undefined, undefined])
  await wechat.control('/_emulator/pay', { out_trade_no: dear.out_trade_no })
  assert.equal((await v3.query({ out_trade_no: dear.out_trade_no })).trade_state, 'SUCCESS')
})

test('what a charge is refused for', async () => {
  await business(v3.codepay(await charge(88, { payer: { auth_code: '139999999999999999' } })), 'AUTH_CODE_INVALID', 'never')
  await business(v3.reverse({ out_trade_no: 'none' }), 'ORDER_NOT_EXIST', 'never')
  const order = await charge()
  for (const [name, wrong, field] of [
    ['payer', undefined, 'payer'],
    ['payer', {}, 'payer.auth_code'],
    ['payer', { auth_code: 5 }, 'payer.auth_code'],
    ['payer', '131234567890123456', 'payer'],
    ['amount', { total: 0.88 }, 'amount.total'],
    ['amount', { total: '88' }, 'amount.total'],
    ['amount', 88, 'amount'],
    ['out_trade_no', 'A'.repeat(33), 'out_trade_no'],
    ['scene_info', { device_ip: 'here' }, 'scene_info.device_ip'],
    ['openid', 'o', 'openid'],
    ['payer', { auth_code: '281234567890123456' }, 'payer.auth_code'],
  ]) {
    await refused(v3.codepay({ ...order, [name]: wrong }), field)
  }
})

test('a charge whose outcome is unknown is not sent again', async () => {
  await wechat.control('/_emulator/faults', { fault: 'systemerror_after', endpoint: '/v3/pay/transactions/codepay', times: 1 })
  const order = await charge()
  const { out_trade_no } = order
  await assert.rejects(v3.codepay(order), (error) => {
    assert.deepEqual([error.retry, error.out_trade_no], ['query_first', out_trade_no])
    return true
  })
  const journal = await wechat.control('/_emulator/journal')
  const asked = journal.filter((entry) => entry.out_trade_no === out_trade_no)
  assert.deepEqual(asked.map((entry) => entry.path), ['/v3/pay/transactions/codepay'])
  assert.equal((await v3.query({ out_trade_no })).trade_state, 'SUCCESS')
})

test('an abnormal refund goes to another account', async () => {
  const number = newOutTradeNo('T')
  const out_refund_no = newOutRefundNo()
  await v3.jsapi({ description: '茶', out_trade_no: number, amount: { total: 88 }, payer: { openid: wechat.openid } })
  await wechat.control('/_emulator/pay', { out_trade_no: number })
  const { refund_id } = await v3.refund({
    out_trade_no: number, out_refund_no, amount: { refund: 30, total: 88, currency: 'CNY' },
  })
  await wechat.control('/_emulator/refund', { out_refund_no, result: 'CHANGE' })
  assert.equal((await v3.refundQuery({ out_refund_no })).status, 'ABNORMAL')
  const full = { refund_id, out_refund_no, type: 'USER_BANK_CARD', ...CARD }
  for (const missing of ['refund_id', 'out_refund_no', 'type', ...Object.keys(CARD)]) {
    await refused(v3.applyAbnormalRefund({ ...full, [missing]: undefined }), missing)
  }
  for (const [name, wrong] of [['type', 'CASH'], ['refund_id', 'a b'], ['bank_account', 6222], ['bank_account', '6'.repeat(215)]]) {
    await refused(v3.applyAbnormalRefund({ ...full, [name]: wrong }), name)
  }
  const sent = await v3.applyAbnormalRefund(full)
  assert.deepEqual([sent.status, sent.refund_id], ['PROCESSING', refund_id])
  const toMerchant = { refund_id, out_refund_no, type: 'MERCHANT_BANK_CARD' }
  await business(v3.applyAbnormalRefund(toMerchant), 'INVALID_REQUEST', 'never')
  await business(v3.applyAbnormalRefund({ ...toMerchant, out_refund_no: 'R-other' }), 'RESOURCE_NOT_EXISTS', 'never')
})

const transfer = (amount = 30, others = {}) => ({
  out_bill_no: newOutTradeNo('T'), transfer_scene_id: '1000', openid: wechat.openid, transfer_amount: amount, transfer_remark: '新会员有礼',
  transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '新会员' }, { info_type: '奖励说明', info_content: '一等奖' }],
  ...others,
})

test('a transfer is confirmed by the customer', async () => {
  const order = transfer(200_000, { user_name: '张三' })
  const { out_bill_no } = order
  const made = await v3.transfer(order)
  assert.equal(made.state, 'WAIT_USER_CONFIRM')
  assert.equal((await v3.transfer(order)).transfer_bill_no, made.transfer_bill_no)
  const { appid: appId, mchId } = wechat.options
  assert.deepEqual(v3.transferParams(made.package_info), { mchId, appId, package: made.package_info })
  for (const wrong of ['', 'a b', undefined, null, 5]) {
    assert.throws(() => v3.transferParams(wrong), { name: 'InvalidRequest', field: 'package_info' })
  }
  await wechat.control('/_emulator/transfer', { out_bill_no })
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  const done = await v3.transferQuery({ out_bill_no })
  assert.deepEqual([done.state, done.transfer_amount, done.user_name], ['SUCCESS', 200_000, '张三'])
  assert.equal((await v3.transferQuery({ transfer_bill_no: made.transfer_bill_no })).out_bill_no, out_bill_no)
  await business(v3.transfer(order), 'ALREADY_EXISTS', 'query_first')
  await business(v3.transferCancel({ out_bill_no }), 'INVALID_REQUEST', 'never')
})

test('a transfer is cancelled and refused', async () => {
  const order = transfer()
  const { out_bill_no } = order
  await v3.transfer(order)
  assert.equal((await v3.transferCancel({ out_bill_no })).state, 'CANCELING')
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  assert.equal((await v3.transferQuery({ out_bill_no })).state, 'CANCELLED')
  await refused(v3.transfer(transfer(200_000)), 'user_name')
  await business(v3.transferQuery({ out_bill_no: 'none' }), 'NOT_FOUND', 'never')
  await wechat.control('/_emulator/faults', { fault: 'systemerror_after', endpoint: '/v3/fund-app/mch-transfer/transfer-bills' })
  await business(v3.transfer(transfer()), 'SYSTEM_ERROR', 'same_request')
  await wechat.clearFaults()
  for (const [name, wrong, field = name] of [
    ['out_bill_no', 'T_1'],
    ['out_bill_no', 'T'.repeat(33)],
    ['out_bill_no', undefined],
    ['transfer_amount', 0.3],
    ['transfer_amount', '30'],
    ['transfer_amount', 0],
    ['transfer_remark', '长'.repeat(33)],
    ['user_name', 5],
    ['user_name', '名'.repeat(72)],
    ['user_recv_style', { type: 'GOLD' }, 'user_recv_style.type'],
    ['transfer_scene_report_infos', {}],
    ['transfer_scene_report_infos', [5]],
    ['transfer_scene_report_infos', [{ info_type: '长' }], 'transfer_scene_report_infos.info_content'],
  ]) {
    await refused(v3.transfer({ ...order, [name]: wrong }), field)
  }
  await refused(v3.transferQuery({}), 'transfer_bill_no or out_bill_no')
  await refused(v3.transferCancel({}), 'out_bill_no')
})

test('a number past its retry period is asked about first', async () => {
  const other = await startEmulator('--transfer-retry-period', '3600', '--frozen-clock')
  try {
    const own = new WxPay({ ...other.options, ...other.v3Options }).v3
    const out_bill_no = newOutTradeNo('T')
    const transfer_scene_report_infos = [{ info_type: '活动名称', info_content: '新会员有礼' }, { info_type: '奖励说明', info_content: '一等奖' }]
    const order = { transfer_scene_id: '1000', out_bill_no, openid: other.openid, transfer_amount: 30, transfer_remark: '新会员开通有礼', transfer_scene_report_infos }
    const made = await own.transfer(order)
    assert.equal((await own.transfer(order)).transfer_bill_no, made.transfer_bill_no)
    await other.control('/_emulator/clock', { advance_s: 3601 })
    await assert.rejects(own.transfer(order), (error) => {
      assert.deepEqual([error.name, error.err_code, error.retry], ['BusinessError', 'INVALID_REQUEST', 'query_first'])
      assert.match(error.message, /对应单号已超出重试期/)
      return true
    })
    // It may still be paid: a new number would pay twice.
    assert.equal((await own.transferQuery({ out_bill_no })).state, 'WAIT_USER_CONFIRM')
  } finally {
    await other.stop()
  }
})

test('an order is shared, returned and released', async () => {
  const number = newOutTradeNo('T')
  await v3.jsapi({
    description: '茶', out_trade_no: number, amount: { total: 10_000 }, payer: { openid: wechat.openid },
    settle_info: { profit_sharing: true },
  })
  await wechat.control('/_emulator/pay', { out_trade_no: number })
  const { transaction_id } = await v3.query({ out_trade_no: number })
  const receiver = { type: 'MERCHANT_ID', account: '1900000201' }
  const added = await v3.profitsharingAddReceiver({ ...receiver, name: '示例商户全称', relation_type: 'SUPPLIER' })
  assert.deepEqual([added.account, added.name, added.relation_type], ['1900000201', '示例商户全称', 'SUPPLIER'])
  const part = { ...receiver, amount: 1000, description: '分给商户', name: '示例商户全称' }
  const order = { transaction_id, out_order_no: 'P1', unfreeze_unsplit: false, receivers: [part] }
  const made = await v3.profitsharingOrder(order)
  assert.deepEqual([made.state, made.receivers[0].result], ['PROCESSING', 'PENDING'])
  // While it is pending, WeChat writes 1970.
  assert.deepEqual(made.receivers[0].finish_time, new Date(0))
  assert.equal((await v3.profitsharingOrder(order)).order_id, made.order_id)
  await business(v3.profitsharingOrder({ ...order, out_order_no: 'P2', receivers: [{ ...part, amount: 2001 }] }), 'RULE_LIMIT', 'never')
  assert.equal((await v3.profitsharingAmounts({ transaction_id })).unsplit_amount, 10_000 - 60 - 1000)
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  const done = await v3.profitsharingOrderQuery({ transaction_id, out_order_no: 'P1' })
  assert.deepEqual([done.state, done.receivers[0].result, done.receivers[0].amount], ['FINISHED', 'SUCCESS', 1000])
  const { create_time, finish_time } = done.receivers[0]
  assert.ok(create_time instanceof Date && create_time < finish_time, `${create_time} ${finish_time}`)
  const back = { out_order_no: 'P1', out_return_no: 'B1', return_mchid: '1900000201', amount: 400, description: '退' }
  assert.equal((await v3.profitsharingReturn(back)).result, 'PROCESSING')
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  const found = await v3.profitsharingReturnQuery({ out_return_no: 'B1', out_order_no: 'P1' })
  assert.deepEqual([found.result, found.amount], ['SUCCESS', 400])
  assert.ok(found.create_time instanceof Date && found.create_time < found.finish_time)
  const rest = await v3.profitsharingUnfreeze({ transaction_id, out_order_no: 'U1', description: '解冻剩余资金' })
  assert.equal(rest.receivers[0].amount, 9340)
  assert.equal((await v3.profitsharingDeleteReceiver(receiver)).account, '1900000201')
  assert.equal((await v3.profitsharingConfig({ sub_mchid: '1900000201' })).max_ratio, 3000)
  await business(v3.profitsharingOrderQuery({ transaction_id, out_order_no: 'none' }), 'RESOURCE_NOT_EXISTS', 'never')
  for (const [name, wrong, field = name] of [
    ['receivers', undefined],
    ['receivers', {}],
    ['receivers', []],
    ['receivers', Array(51).fill(part)],
    ['receivers', [{ ...part, type: 'PERSONAL_SUB_OPENID' }], 'receivers.type'],
    ['receivers', [{ ...part, amount: 1.5 }], 'receivers.amount'],
    ['receivers', [{ ...part, type: 'NOBODY' }], 'receivers.type'],
    ['receivers', [{ ...part, description: '长'.repeat(81) }], 'receivers.description'],
    ['receivers', [{ ...part, openid: 'o' }], 'receivers.openid'],
    ['unfreeze_unsplit', 'true'],
    ['out_order_no', 'P'.repeat(65)],
    ['appid', 'wx'],
  ]) {
    await refused(v3.profitsharingOrder({ ...order, [name]: wrong }), field)
  }
  await refused(v3.profitsharingAddReceiver({ ...receiver, relation_type: 'CUSTOM' }), 'custom_relation')
  await refused(v3.profitsharingConfig({}), 'sub_mchid')
  await refused(v3.profitsharingReturn({ ...back, order_id: '3' }), 'out_order_no')
  await refused(v3.profitsharingReturn({ ...back, out_order_no: undefined }), 'order_id or out_order_no')
})

const REASONS = [
  'ACCOUNT_ABNORMAL', 'NO_RELATION', 'RECEIVER_HIGH_RISK', 'RECEIVER_REAL_NAME_NOT_VERIFIED', 'NO_AUTH', 'RECEIVER_RECEIPT_LIMIT',
  'PAYER_ACCOUNT_ABNORMAL', 'INVALID_REQUEST', 'A_REASON_OF_2027',
]

test('a finished sharing tells who got nothing', async () => {
  const [got, lost] = ['1900000201', '1900000202']
  const number = newOutTradeNo('T')
  await v3.jsapi({
    description: '茶', out_trade_no: number, amount: { total: 10_000 }, payer: { openid: wechat.openid },
    settle_info: { profit_sharing: true },
  })
  await wechat.control('/_emulator/pay', { out_trade_no: number })
  const { transaction_id } = await v3.query({ out_trade_no: number })
  for (const account of [got, lost]) {
    await v3.profitsharingAddReceiver({ type: 'MERCHANT_ID', account, name: '示例商户全称', relation_type: 'SUPPLIER' })
  }
  for (const reason of REASONS) {
    for (const [fault, account] of [['share_closed', lost], ['share_reason', got]]) {
      await wechat.control('/_emulator/faults', { fault, account, reason, times: 1 })
    }
    const out_order_no = newOutTradeNo('P')
    const receivers = [got, lost].map((account) => (
      { type: 'MERCHANT_ID', account, amount: 20, description: '分给商户', name: '示例商户全称' }))
    const made = await v3.profitsharingOrder({ transaction_id, out_order_no, unfreeze_unsplit: false, receivers })
    assert.deepEqual(made.receivers.map(({ result, fail_reason }) => [result, fail_reason]), [['PENDING', undefined], ['PENDING', undefined]])
    await wechat.control('/_emulator/clock', { advance_s: 2 })
    const done = await v3.profitsharingOrderQuery({ transaction_id, out_order_no })
    assert.equal(done.state, 'FINISHED')
    assert.deepEqual(
      done.receivers.map(({ account, result, fail_reason }) => [account, result, fail_reason]),
      [[got, 'SUCCESS', reason], [lost, 'CLOSED', reason]],
    )
  }
  assert.equal((await v3.profitsharingAmounts({ transaction_id })).unsplit_amount, 10_000 - 60 - 20 * REASONS.length)
})

test('a merchant that is no provider is told to leave sub_mchid out', async () => {
  const [sub_mchid, out_order_no] = ['1900000201', newOutTradeNo('P')]
  const receiver = { type: 'MERCHANT_ID', account: '1900000301', name: '示例商户全称' }
  const share = { transaction_id: '42', out_order_no }
  const part = { ...receiver, amount: 1, description: '分' }
  for (const [name, fields] of [
    ['refund', { out_trade_no: out_order_no, out_refund_no: 'R1', amount: { refund: 1, total: 1, currency: 'CNY' } }],
    ['refundQuery', { out_refund_no: 'R1' }],
    ['profitsharingOrder', { ...share, receivers: [part], unfreeze_unsplit: false }],
    ['profitsharingUnfreeze', { ...share, description: '解冻' }],
    ['profitsharingOrderQuery', share],
    ['profitsharingReturn', { out_order_no, out_return_no: 'B1', return_mchid: '1900000301', amount: 1, description: '退' }],
    ['profitsharingAddReceiver', { ...receiver, relation_type: 'SUPPLIER' }],
  ]) {
    await assert.rejects(v3[name]({ ...fields, sub_mchid }), (error) => {
      assert.deepEqual([error.name, error.err_code, error.retry], ['BusinessError', 'INVALID_REQUEST', 'never'], `${name}: ${error}`)
      assert.match(error.message, /普通商户不允许传sub_mch_id.*leave sub_mch_id \(APIv3: sub_mchid\) out/s)
      return true
    })
  }
  await assert.rejects(v3.query({ out_trade_no: out_order_no, sub_mchid }), /not a service provider leaves sub_mch_id out/)
})

test('several orders are paid at once', async () => {
  const { mchId: mchid } = wechat.options
  const item = (total, others = {}) => ({
    mchid, attach: '桌 7', amount: { total_amount: total, currency: 'CNY' }, out_trade_no: newOutTradeNo('T'), description: '茶', ...others,
  })
  const order = {
    combine_out_trade_no: newOutTradeNo('C'), sub_orders: [item(10), item(20)], combine_payer_info: { openid: wechat.openid },
  }
  const { combine_out_trade_no } = order
  assert.match((await v3.combineJsapi(order)).prepay_id, /^wx/)
  const [unpaidPart] = (await v3.combineQuery({ combine_out_trade_no })).sub_orders
  assert.deepEqual([unpaidPart.trade_state, unpaidPart.success_time], ['NOTPAY', undefined])
  await wechat.control('/_emulator/pay', { out_trade_no: combine_out_trade_no })
  const paid = await v3.combineQuery({ combine_out_trade_no })
  assert.equal(paid.combine_payer_info.openid, wechat.openid)
  assert.deepEqual(paid.sub_orders.map((one) => [one.trade_state, one.amount.payer_amount]), [['SUCCESS', 10], ['SUCCESS', 20]])
  assert.ok(paid.sub_orders.every(({ success_time }) => success_time instanceof Date && success_time > Date.now() - 3_600_000))
  const refund = await v3.refund({
    transaction_id: paid.sub_orders[1].transaction_id, out_refund_no: newOutRefundNo(), amount: { refund: 20, total: 20, currency: 'CNY' },
  })
  assert.equal(refund.out_trade_no, order.sub_orders[1].out_trade_no)
  await business(v3.query({ out_trade_no: order.sub_orders[0].out_trade_no }), 'ORDER_NOT_EXIST', 'never')
  await business(v3.combineQuery({ combine_out_trade_no: 'none-at-all' }), 'ORDERNOTEXIST', 'never')
  const unpaid = { combine_out_trade_no: newOutTradeNo('C'), sub_orders: [item(1), item(2)] }
  assert.match((await v3.combineNative(unpaid)).code_url, /^weixin:/)
  const parts = unpaid.sub_orders.map(({ out_trade_no }) => ({ mchid, out_trade_no }))
  assert.equal(await v3.combineClose({ ...unpaid, sub_orders: parts }), undefined)
  const closed = await v3.combineQuery({ combine_out_trade_no: unpaid.combine_out_trade_no })
  assert.deepEqual(closed.sub_orders.map((one) => one.trade_state), ['CLOSED', 'CLOSED'])
  const fresh = () => ({ combine_out_trade_no: newOutTradeNo('C'), sub_orders: [item(1), item(2)] })
  assert.match((await v3.combineApp(fresh())).prepay_id, /^wx/)
  const scene_info = { payer_client_ip: '203.0.113.9', h5_info: { type: 'Wap' } }
  assert.match((await v3.combineH5({ ...fresh(), scene_info })).h5_url, /^http/)
  for (const [name, wrong, field = name] of [
    ['sub_orders', undefined],
    ['sub_orders', {}],
    ['sub_orders', [item(0)], 'sub_orders.amount.total_amount'],
    ['sub_orders', [item(1, { amount: { total_amount: 0.1, currency: 'CNY' } })], 'sub_orders.amount.total_amount'],
    ['sub_orders', [item(1, { description: '长'.repeat(128) })], 'sub_orders.description'],
    ['combine_payer_info', {}, 'combine_payer_info.openid'],
    ['combine_out_trade_no', 'C'.repeat(33)],
    ['combine_mchid', '1'],
  ]) {
    await refused(v3.combineJsapi({ ...order, [name]: wrong }), field)
  }
})
