// Notifications of APIv3 in notify.handle, beside those of APIv2: one handler, one model, one idempotency key.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { ConfigError, ConfirmedPayment, ConfirmedTransfer, dispatch, InvalidRequest, newOutRefundNo, newOutTradeNo, PaymentMismatch, SignatureError, WxPay } from 'wxpaykit'
import { wxpayNotify } from 'wxpaykit/fetch'
import { startEmulator } from './emulator.mjs'
import { apply, change, SIGNED } from './v3_changes.mjs'

const FAIL = '{"code":"FAIL","message":"失败"}'
let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat.stop())

const client = (...without) => {
  const every = { ...wechat.options, ...wechat.v3Options, store: 'memory:', notifyUrl: 'https://shop.example/wxpay/notify' }
  return new WxPay(Object.fromEntries(Object.entries(every).filter(([name]) => !without.includes(name))))
}

/** What WeChat posts to the address that `about` is called with. */
async function posted(about) {
  const { promise, resolve } = Promise.withResolvers?.() ?? deferred()
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => (response.writeHead(500).end(), resolve({ body: Buffer.concat(chunks), headers: request.headers })))
  }).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  try {
    await about(`http://127.0.0.1:${server.address().port}/notify`)
    return await promise
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function deferred() {
  let resolve
  const promise = new Promise((done) => (resolve = done))
  return { promise, resolve }
}

/** An order of APIv3 that was paid, and its notification. */
async function sell(...without) {
  const number = newOutTradeNo('N')
  const message = await posted(async (notify_url) => {
    const order = { description: '茶', out_trade_no: number, amount: { total: 88 }, payer: { openid: wechat.openid }, attach: '桌 7', notify_url }
    await client(...without).v3.jsapi(order)
    await wechat.control('/_emulator/pay', { out_trade_no: number })
    await wechat.control('/_emulator/clock', { advance_s: 0 })
  })
  return { number, ...message }
}

const shop = () => {
  const taken = []
  const take = (item, key) => void taken.push({ item, key })
  return { taken, functions: { amountOf: () => 88, onPaid: take, onRefunded: take, onRefundFailed: take } }
}

for (const [name, without] of [['both APIs', []], ['APIv3 alone', ['apiKey']], ['platform certificates', ['platformPublicKey', 'platformPublicKeyId']]]) {
  test(`a payment is handed over once: ${name}`, async () => {
    const [pay, { number, body, headers }, { taken, functions }] = [client(...without), await sell(...without), shop()]
    const first = await pay.notify.handle(body, { headers, ...functions })
    assert.equal(first.error, undefined)
    assert.deepEqual([first.state, first.status, first.contentType, first.body], ['delivered', 200, 'application/json', ''])
    const again = await pay.notify.handle(body, { headers: new Headers(Object.entries(headers)), ...functions })
    assert.deepEqual([again.state, again.status, again.out_trade_no], ['handed_over', 200, number])
    const created = new Date(Date.now() - 120_000)
    const [row] = await pay.notify.reconcile([{ out_trade_no: number, total_fee: 88, created }], { onPaid: functions.onPaid })
    assert.equal(row.state, 'handed_over')
    const found = await pay.waitForPayment(number, { totalFee: 88, within: 0 })
    assert.equal(found.api, name === 'APIv3 alone' ? 'v3' : 'v2')
    const [{ item, key }] = taken
    assert.equal(taken.length, 1)
    assert.deepEqual([item.api, item.total_fee, item.openid, item.attach, item.fee_type], ['v3', 88, wechat.openid, '桌 7', 'CNY'])
    assert.deepEqual(item.time_end, found.time_end)
    assert.equal(key, `wxpay-${wechat.options.mchId}-${item.transaction_id}`)
    const told = pay.notify.parse(body, { headers })
    assert.deepEqual([told.out_trade_no, told.total_fee, told.result_code], [number, 88, 'SUCCESS'])
    assert.equal((await pay.notify.confirm(body, { headers })).api, 'v3')
  })
}

test('the coupons of an order are the same by either API', async () => {
  const [coupons, number, out_refund_no] = [[{ id: '10000', type: 'CASH', fee: 4 }, { id: '20000', type: 'NO_CASH', fee: 6 }], newOutTradeNo(), newOutRefundNo()]
  const [v2, v3] = [new WxPay(wechat.options), client('apiKey')]
  await v3.v3.native({ description: '茶', out_trade_no: number, amount: { total: 88 } })
  await wechat.control('/_emulator/pay', { out_trade_no: number, coupons })
  for (const pay of [v2, v3]) {
    const paid = await pay.waitForPayment(number, { totalFee: 88, within: 0 })
    assert.deepEqual(paid.coupons.map((one) => ({ id: one.coupon_id, type: one.coupon_type, fee: one.coupon_fee })), coupons)
    assert.deepEqual([paid.cash_fee, paid.coupon_fee, paid.coupon_count, paid.settlement_total_fee], [78, 10, 2, 82])
  }
  await v2.refund({ out_trade_no: number, out_refund_no, total_fee: 88, refund_fee: 33 })
  await wechat.control('/_emulator/clock', { advance_s: 60 })
  const refunds = []
  for (const pay of [v2, v3]) {
    const rows = [{ out_refund_no, refund_fee: 33, created: new Date(Date.now() - 40_000) }]
    const [{ state }] = await pay.notify.reconcileRefunds(rows, { onRefunded: (refund, _key) => void refunds.push(refund) })
    assert.equal(state, 'delivered')
  }
  assert.deepEqual(refunds.map(({ api }) => api), ['v2', 'v3'])
  for (const refund of refunds) {
    assert.deepEqual([refund.coupon_refund_fee, refund.coupon_refund_count, refund.settlement_refund_fee], [3, 2, 31])
    const back = refund.coupons.map((one) => [one.coupon_refund_id, one.coupon_type, one.coupon_refund_fee])
    assert.deepEqual(back, [['10000', 'CASH', 1], ['20000', 'NO_CASH', 2]])
  }
})

test('a refund is handed over once', async () => {
  const [pay, { number }, { taken, functions }, refundNo] = [client(), await sell(), shop(), newOutRefundNo()]
  const { body, headers } = await posted(async (notify_url) => {
    const amount = { refund: 30, total: 88, currency: 'CNY' }
    await pay.v3.refund({ out_trade_no: number, out_refund_no: refundNo, amount, notify_url })
    await wechat.control('/_emulator/clock', { advance_s: 60 })
  })
  assert.equal(pay.notify.parseRefund(body, { headers }).refund_fee, 30)
  const confirmed = await pay.notify.confirmRefund(body, { headers })
  assert.equal(confirmed.refund_status, 'SUCCESS')
  assert.ok(confirmed.refund_success_time instanceof Date && pay.notify.parseRefund(body, { headers }).success_time instanceof Date)
  const handled = await pay.notify.handle(body, { headers, ...functions })
  assert.deepEqual([handled.state, handled.status, handled.body, handled.refund.api], ['delivered', 200, '', 'v3'])
  const created = new Date(Date.now() - 120_000)
  const rows = [{ out_refund_no: refundNo, refund_fee: 30, created }]
  const [row] = await pay.notify.reconcileRefunds(rows, { onRefunded: functions.onRefunded })
  assert.equal(row.state, 'handed_over')
  assert.deepEqual(taken.map(({ key }) => key), [`wxpay-refund-${wechat.options.mchId}-${handled.refund.refund_id}`])
  const { amountOf, onPaid } = functions
  const alone = await pay.notify.handle(body, { headers, amountOf, onPaid })
  assert.deepEqual([alone.state, alone.status, alone.body], ['failed', 500, FAIL])
})

// With both APIs and with APIv3 alone: nothing is asked, and nothing is handed over.
test('any single change to a notification is refused', { timeout: 60_000 }, async () => {
  const { body, headers, number } = await sell()
  const whole = { body, headers: Object.fromEntries(SIGNED.map((name) => [name, headers[name.toLowerCase()]])) }
  const never = () => assert.fail('it is refused')
  const functions = { amountOf: never, onPaid: never }
  const clients = [client(), client('apiKey')]
  const [{ seq }] = await wechat.control('/_emulator/journal?limit=1')
  const property = fc.asyncProperty(change, fc.constantFrom(...clients), async (one, pay) => {
    const { changed, ...after } = apply(one, whole)
    fc.pre(changed)
    const handled = await pay.notify.handle(after.body, { headers: after.headers, ...functions })
    assert.ok(handled.error instanceof SignatureError, String(handled.error))
    assert.deepEqual([handled.state, handled.status, handled.out_trade_no], ['failed', 401, undefined])
  })
  await fc.assert(property, { numRuns: 2000 })
  // It begins as a message of APIv2 does.
  const other = await clients[0].notify.handle(Buffer.from(String(body).replace('{', '<')), { headers: whole.headers, ...functions })
  assert.equal(other.status, 401)
  // A serial number that is not known is looked for, once a minute.
  const paths = (await wechat.control('/_emulator/journal')).filter((entry) => entry.seq > seq).map(({ path }) => path)
  assert.ok(paths.length <= 4 && paths.every((path) => path === '/v3/certificates'), String(paths))
  assert.equal(clients[0].notify.parse(body, { headers: whole.headers }).out_trade_no, number)
})

/** A transfer to a customer that ended, and its notification. */
async function transferred(ends = {}) {
  const out_bill_no = newOutTradeNo('T')
  const message = await posted(async (notify_url) => {
    await client().v3.transfer({
      out_bill_no, transfer_scene_id: '1000', openid: wechat.openid, transfer_amount: 30, transfer_remark: '新会员有礼', notify_url,
      transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '新会员有礼' }, { info_type: '奖励说明', info_content: '一等奖' }],
    })
    await wechat.control('/_emulator/transfer', { out_bill_no, ...ends })
    await wechat.control('/_emulator/clock', { advance_s: 2 })
  })
  return { out_bill_no, ...message }
}

test('a notification of another kind goes to onOther, each time', async () => {
  const [pay, { out_bill_no, body, headers }, { taken, functions }, told] = [client(), await transferred(), shop(), []]
  const onOther = (event) => void told.push(event)
  for (let i = 0; i < 2; i++) {
    const handled = await pay.notify.handle(body, { headers, ...functions, onOther })
    assert.equal(handled.error, undefined)
    assert.deepEqual([handled.state, handled.delivered, handled.status, handled.body], ['delivered', true, 200, ''])
    assert.deepEqual([handled.payment, handled.refund, handled.out_trade_no], [undefined, undefined, undefined])
    assert.equal(handled.other, told[i])
  }
  assert.deepEqual([told[0].event_type, told[0].original_type], ['MCHTRANSFER.BILL.FINISHED', 'mch_payment'])
  assert.deepEqual([told[0].resource.out_bill_no, told[0].resource.state, told[0].id], [out_bill_no, 'SUCCESS', told[1].id])
  for (const thrown of [new Error('the shop is closed'), undefined]) {
    const handled = await pay.notify.handle(body, { headers, ...functions, onOther: async () => { throw thrown } })
    assert.deepEqual([handled.state, handled.delivered, handled.status, handled.body], ['failed', false, 500, FAIL])
    assert.equal(thrown === undefined || handled.error === thrown, true)
    assert.ok(handled.error && handled.other)
  }
  for (const left of [undefined, null]) {
    const alone = await pay.notify.handle(body, { headers, ...functions, onOther: left })
    assert.deepEqual([alone.state, alone.status], ['failed', 500])
    assert.match(String(alone.error), /pass onTransferred or pass onOther to notify\.handle, or use notify\.confirmTransfer$/)
  }
  await assert.rejects(pay.notify.handle(body, { headers, ...functions, onOther: 5 }), { name: 'InvalidRequest', field: 'onOther' })
  // A payment is not one.
  const sale = await sell()
  assert.ok((await pay.notify.handle(sale.body, { headers: sale.headers, ...functions, onOther })).payment)
  assert.deepEqual([told.length, taken.length], [2, 1])
})

test('a transfer is confirmed and handed over once', async () => {
  const [pay, { out_bill_no, body, headers }, { functions }, took] = [client(), await transferred(), shop(), []]
  const own = { ...functions, onTransferred: (transfer, key) => void took.push([transfer, key]) }
  const closed = await pay.notify.handle(body, { headers, ...own, onTransferred: () => { throw new Error('the shop is closed') } })
  assert.deepEqual([closed.state, closed.status, closed.error.message], ['failed', 500, 'the shop is closed'])
  const first = await pay.notify.handle(body, { headers, ...own })
  assert.equal(first.error, undefined)
  assert.deepEqual([first.state, first.status, first.body, first.out_trade_no], ['delivered', 200, '', out_bill_no])
  const [[transfer, key]] = took
  assert.ok(transfer instanceof ConfirmedTransfer && first.transfer === transfer)
  assert.deepEqual([first.payment, first.refund, first.other], [undefined, undefined, undefined])
  assert.deepEqual([transfer.state, transfer.transfer_amount, transfer.openid, transfer.api], ['SUCCESS', 30, wechat.openid, 'v3'])
  assert.equal(key, `wxpay-transfer-${pay.mchId}-${transfer.transfer_bill_no}`)
  assert.ok(transfer.create_time instanceof Date && transfer.update_time instanceof Date)
  assert.equal((await pay.notify.handle(body, { headers, ...own })).state, 'handed_over')
  assert.deepEqual(await pay.notify.confirmTransfer(body, { headers }), transfer)
  const pending = [{ out_bill_no, transfer_amount: 30, created: new Date(Date.now() - 60_000) }]
  const [row] = await pay.notify.reconcileTransfers(pending, { onTransferred: own.onTransferred })
  assert.deepEqual([row.state, row.out_bill_no, took.length], ['handed_over', out_bill_no, 1])
  const sale = await sell()
  await assert.rejects(pay.notify.confirmTransfer(sale.body, { headers: sale.headers }), PaymentMismatch)
  for (const [name, other] of [['onTransferFailed', 'onTransferred'], ['onRefundFailed', 'onRefunded']]) {
    const alone = { amountOf: () => 1, onPaid() {}, [name]() {} }
    for (const given of [alone, { ...alone, [other]: null }]) {
      await assert.rejects(pay.notify.handle(body, { headers, ...given }), { field: name, message: new RegExp(`given without ${other}`) })
      assert.throws(() => wxpayNotify(pay, given), { field: name, message: new RegExp(`given without ${other}`) })
    }
    // `null` leaves an option out.
    const none = await pay.notify.handle('<xml/>', { ...alone, [name]: null })
    assert.equal(none.error.name, 'SignatureError')
  }
  await assert.rejects(pay.notify.handle(body, { headers, ...own, onTransferred: 5 }), { name: 'InvalidRequest', field: 'onTransferred' })
  await assert.rejects(pay.notify.reconcileTransfers(pending, {}), { name: 'InvalidRequest', field: 'onTransferred' })
})

test('transfers that failed, and those that are asked for', async () => {
  const [pay, { functions }, took] = [client(), shop(), []]
  const { out_bill_no, body, headers } = await transferred({ result: 'fail', fail_reason: 'ACCOUNT_FROZEN' })
  const own = { ...functions, onTransferred: () => assert.fail(), onTransferFailed: (transfer, key) => void took.push([transfer, key]) }
  for (const left of [undefined, null]) {
    const untaken = await pay.notify.handle(body, { headers, ...own, onTransferFailed: left })
    assert.deepEqual([untaken.state, untaken.status, untaken.error.code], ['transfer_failed', 200, 'transfer_failed'])
    assert.match(untaken.error.message, /WeChat answers FAIL \(ACCOUNT_FROZEN\)/)
  }
  const created = new Date(Date.now() - 180_000)
  const rows = [
    { out_bill_no, transfer_amount: 30, created },
    { out_bill_no, transfer_amount: 30, created: new Date() },
    { out_bill_no: 'with_dash', transfer_amount: 30, created },
  ]
  const { onTransferred, onTransferFailed } = own
  const [none] = await client().notify.reconcileTransfers([{ ...rows[0], created: new Date(Date.now() - 60_000) }], { onTransferred, onTransferFailed: null })
  assert.deepEqual([none.state, none.delivered, took.length], ['transfer_failed', false, 0])
  const results = await pay.notify.reconcileTransfers(rows, { onTransferred, onTransferFailed })
  assert.deepEqual(results.map(({ state }) => state), ['delivered', 'not_due', 'failed'])
  assert.deepEqual([results[0].transfer.state, results[0].delivered, took.length], ['FAIL', true, 1])
  assert.match(took[0][1], /^wxpay-transfer-failed-/)
  assert.equal((await pay.notify.handle(body, { headers, ...own })).state, 'handed_over')
})

/** A combined order that was paid, and its notification. */
async function combined(amounts) {
  const [mchid, combine_out_trade_no] = [client().mchId, newOutTradeNo('C')]
  const sub_orders = amounts.map((total_amount) => ({
    mchid, attach: '桌 7', amount: { total_amount, currency: 'CNY' }, out_trade_no: newOutTradeNo('T'), description: '茶',
  }))
  const message = await posted(async (notify_url) => {
    await client().v3.combineJsapi({ combine_out_trade_no, sub_orders, combine_payer_info: { openid: wechat.openid }, notify_url })
    await wechat.control('/_emulator/pay', { out_trade_no: combine_out_trade_no })
  })
  return { combine_out_trade_no, recorded: new Map(sub_orders.map((one) => [one.out_trade_no, one.amount.total_amount])), ...message }
}

test('each part of a combined order is confirmed and handed over once', async () => {
  const [pay, { combine_out_trade_no, recorded, body, headers }, took] = [client(), await combined([10, 20, 30]), []]
  const numbers = [...recorded.keys()]
  let closedFor = numbers[1]
  const functions = {
    amountOf: ({ out_trade_no }) => recorded.get(out_trade_no),
    onPaid: async (payment, key) => {
      if (payment.out_trade_no === closedFor) {
        throw new Error('the shop is closed')
      }
      took.push([payment, key])
    },
    onOther: () => assert.fail('it is a payment'),
  }
  const states = ({ parts }) => parts.map(({ state }) => state)
  const first = await pay.notify.handle(body, { headers, ...functions })
  assert.deepEqual([first.state, first.delivered, first.status, first.body], ['failed', false, 500, FAIL])
  assert.deepEqual([first.out_trade_no, first.payment, first.other], [combine_out_trade_no, undefined, undefined])
  assert.deepEqual(states(first), ['delivered', 'failed', 'delivered'])
  assert.equal(first.error, first.parts[1].error)
  assert.deepEqual(first.parts.map(({ out_trade_no, payment }) => [out_trade_no, payment.total_fee]), [...recorded])
  const [[payment, key]] = took
  assert.ok(payment instanceof ConfirmedPayment && first.parts[0].payment === payment)
  assert.deepEqual([payment.combine_out_trade_no, payment.openid, payment.attach], [combine_out_trade_no, wechat.openid, '桌 7'])
  assert.equal(key, `wxpay-${pay.mchId}-${payment.transaction_id}`)
  assert.ok(took.every(([{ time_end }]) => time_end instanceof Date))
  const event = await pay.v3.notification(body, { headers })
  assert.ok(event.create_time instanceof Date)
  // What is in it is JSON as WeChat wrote it.
  assert.match(event.resource.sub_orders[0].success_time, /^\d{4}-\d\d-\d\dT.*\+08:00$/)
  closedFor = undefined
  const second = await pay.notify.handle(body, { headers, ...functions })
  assert.deepEqual([second.state, second.delivered, second.status, second.body, second.error], ['delivered', true, 200, '', undefined])
  assert.deepEqual(states(second), ['handed_over', 'delivered', 'handed_over'])
  const third = await pay.notify.handle(body, { headers, ...functions })
  assert.deepEqual([third.state, third.delivered, third.status], ['handed_over', false, 200])
  assert.deepEqual(took.map(([{ out_trade_no }]) => out_trade_no), [numbers[0], numbers[2], numbers[1]])
  await assert.rejects(pay.notify.confirm(body, { headers }), /use notify\.handle, which hands each part over/)
})

test('the parts of a combined order are reconciled, each once, among other orders', async () => {
  const [pay, { combine_out_trade_no, recorded, body, headers }, took] = [client(), await combined([10, 20, 30]), []]
  const [lone, created] = [await sell(), new Date(Date.now() - 120_000)]
  const onPaid = (payment, key) => void took.push([payment.out_trade_no, payment.transaction_id, key])
  const rows = [...recorded].map(([out_trade_no, total_fee]) => ({ out_trade_no, total_fee, created, combine_out_trade_no }))
  const [one, two] = rows
  const wrong = [
    { ...one, out_trade_no: 'T-stranger' }, { ...two, total_fee: 21 }, { ...one, combine_out_trade_no: 'T-nowhere' }, { ...one, combine_out_trade_no: undefined },
    { ...one, combine_out_trade_no: 5 }, { ...one, out_trade_no: '' }, { ...one, combine_out_trade_no: 'a b' }, { ...one, out_trade_no: undefined },
  ]
  // An empty text is that of an order which is not combined.
  const single = { out_trade_no: lone.number, total_fee: 88, created, combine_out_trade_no: '' }
  const found = [
    ...(await pay.notify.reconcile([...wrong, one, single, two, rows[2]], { onPaid })),
    ...(await pay.notify.reconcile([one], { onPaid })),
  ]
  assert.deepEqual(
    found.slice(0, 4).map(({ error }) => error.err_code ?? error.code),
    ['part_unknown', 'total_fee_mismatch', 'ORDERNOTEXIST', 'ORDERNOTEXIST'],
  )
  assert.deepEqual(found.slice(4, 8).map(({ error }) => error.field), ['combine_out_trade_no', 'out_trade_no', 'combine_out_trade_no', 'pending'])
  assert.deepEqual(found.slice(8).map(({ state }) => state), ['delivered', 'delivered', 'delivered', 'delivered', 'not_due'])
  assert.deepEqual(found.slice(8, 12).map(({ payment }) => payment.combine_out_trade_no), [combine_out_trade_no, undefined, combine_out_trade_no, combine_out_trade_no])
  assert.deepEqual(took.map(([, , key]) => key), took.map(([, id]) => `wxpay-${pay.mchId}-${id}`))
  const handled = await pay.notify.handle(body, { headers, amountOf: () => 1, onPaid })
  assert.deepEqual([handled.state, handled.status, took.length], ['handed_over', 200, 4])
})

test('a part of a combined order is waited for', async () => {
  const [pay, { combine_out_trade_no: combineOutTradeNo, recorded }, took] = [client(), await combined([10, 20]), []]
  const onPaid = ({ out_trade_no }) => void took.push(out_trade_no)
  const waits = [...recorded].map(([number, totalFee]) => pay.waitForPayment(number, { totalFee, combineOutTradeNo, within: 0, onPaid }))
  const paid = await Promise.all(waits)
  assert.deepEqual(paid.map(({ out_trade_no, combine_out_trade_no }) => [out_trade_no, combine_out_trade_no]), [...recorded.keys()].map((number) => [number, combineOutTradeNo]))
  assert.deepEqual(took.sort(), [...recorded.keys()].sort())
  await assert.rejects(pay.waitForPayment('T-9', { totalFee: 10, combineOutTradeNo }), { name: 'PaymentMismatch', code: 'part_unknown' })
  for (const wrong of ['a b', '9'.repeat(33), 5]) {
    const waiting = pay.waitForPayment([...recorded.keys()][0], { totalFee: 10, combineOutTradeNo: wrong, within: 0 })
    await assert.rejects(waiting, ({ name, field }) => name === 'InvalidRequest' && /combine_?out_?trade_?no/i.test(field))
  }
})

test('an unknown part and a wrong amount stop only their part, in a framework too', async (t) => {
  const [pay, { recorded, body, headers }, took, errors] = [client(), await combined([10, 20, 30]), [], []]
  const [one, two] = recorded.keys()
  const wrong = new Map([...recorded, [one, undefined], [two, 21]])
  const onError = (error, { parts }) => void errors.push([error.code, ...parts.map((part) => part.error?.code)])
  const ask = (amounts, own = { onError }) => {
    const handler = wxpayNotify(pay, {
      amountOf: ({ out_trade_no }) => amounts.get(out_trade_no), onPaid: ({ out_trade_no }) => void took.push(out_trade_no), ...own,
    })
    return handler(new Request('https://shop.example/notify', { method: 'POST', body, headers: new Headers(Object.entries(headers)) }))
  }
  assert.equal((await ask(wrong)).status, 500)
  assert.deepEqual(errors, [['order_unknown', 'order_unknown', 'total_fee_mismatch', undefined]])
  // The log names each part that failed.
  const written = []
  t.mock.method(process.stderr, 'write', (text) => written.push(String(text)))
  await ask(wrong, {})
  t.mock.restoreAll()
  assert.deepEqual(written.map((line) => /the notification of order (\w+) was answered FAIL: PaymentMismatch/.exec(line)?.[1]), [one, two])
  assert.equal((await ask(recorded)).status, 200)
  assert.deepEqual([took.length, new Set(took).size, errors.length], [3, 3, 1])
  const sale = await sell()
  assert.deepEqual((await pay.notify.handle(sale.body, { headers: sale.headers, amountOf: () => 1, onPaid() {} })).parts, [])
})

test('a framework hands other notifications on', async () => {
  const [{ out_bill_no, body, headers }, { functions }, told] = [await transferred(), shop(), []]
  const handler = wxpayNotify(client(), { ...functions, onOther: (event) => void told.push(event.resource.out_bill_no) })
  const request = new Request('https://shop.example/wxpay/notify', { method: 'POST', body, headers: new Headers(Object.entries(headers)) })
  const answer = await handler(request)
  assert.deepEqual([answer.status, await answer.text(), told], [200, '', [out_bill_no]])
})

test('what is not authentic is refused', async () => {
  const [pay, { number, body, headers }, { taken, functions }] = [client(), await sell(), shop()]
  const old = String(Math.floor(Date.now() / 1000) - 400)
  for (const [sent, given, code] of [
    [body, undefined, 'header_missing'],
    [body, {}, 'header_missing'],
    [Buffer.concat([body, Buffer.from(' ')]), headers, 'signature_mismatch'],
    [body, { ...headers, 'wechatpay-timestamp': old }, 'timestamp_expired'],
    [body, { ...headers, 'wechatpay-nonce': 'other' }, 'signature_mismatch'],
    [body, { ...headers, 'wechatpay-serial': 'AB'.repeat(20) }, 'serial_unknown'],
    [body, { ...headers, 'wechatpay-signature': 'WECHATPAY/SIGNTEST/x' }, 'signature_probe'],
  ]) {
    const { error, status, body: answer, out_trade_no } = await pay.notify.handle(sent, { headers: given, ...functions })
    assert.ok(error instanceof SignatureError, String(error))
    assert.deepEqual([error.code, status, answer, out_trade_no], [code, 401, FAIL, undefined])
  }
  assert.equal(pay.notify.parse(body.toString(), { headers: Object.entries(headers) }).out_trade_no, number)
  for (const wrong of ['Wechatpay-Serial: x', 1, [1], Buffer.from('x')]) {
    assert.throws(() => pay.notify.parse(body, { headers: wrong }), InvalidRequest)
    await assert.rejects(pay.notify.handle(body, { headers: wrong, ...functions }), InvalidRequest)
  }
  assert.throws(() => pay.notify.parse(body, { header: headers }), /headers/)
  assert.deepEqual(taken, [])
})

test('the page of APIv3', async () => {
  const page = readFileSync(new URL('../../docs/apiv3.md', import.meta.url), 'utf8')
  const [, block] = /```js\n(export async function answered.*?)```/s.exec(page)
  const { answered } = await import(`data:text/javascript,${encodeURIComponent(block)}`)
  const [{ body, headers }, { taken, functions }] = [await sell(), shop()]
  const own = { recorded: functions.amountOf, ship: functions.onPaid, booked: functions.onRefunded }
  assert.deepEqual(await answered(client(), body, headers, own), { status: 200, headers: { 'Content-Type': 'application/json' }, body: '' })
  assert.equal(taken.length, 1)
})

test('settings that are missing and events of another kind are named', async () => {
  const { body, headers } = await sell()
  assert.throws(() => client('apiV3Key').notify.parse(body, { headers }), (error) => error instanceof ConfigError && error.field === 'apiV3Key')
  assert.throws(() => new WxPay({ ...wechat.options, store: 'memory:' }).notify.parse(body, { headers }), /APIv3/)
  assert.throws(() => client().notify.parseRefund(body, { headers }), (error) => error instanceof PaymentMismatch && /notify\.handle/.test(error.message))
  const event = await client().v3.notification(body, { headers })
  assert.deepEqual([event.event_type, event.original_type, event.resource.amount.total], ['TRANSACTION.SUCCESS', 'transaction', 88])
  assert.ok(!inspect(event).includes(wechat.openid) && JSON.stringify(event).includes(wechat.openid))
  await assert.rejects(client().v3.notification('<xml/>', { headers }), PaymentMismatch)
  await assert.rejects(client().v3.notification('garbage', { headers: {} }), SignatureError)
  const [other, own] = [new WxPay({ ...wechat.options, ...wechat.v3Options, apiV3Key: '0'.repeat(32), store: 'memory:' }), client()]
  assert.equal(dispatch(body, [other, own]), own)
})
