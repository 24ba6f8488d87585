// One notify_url for several merchants and appids.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dispatch, InvalidRequest, PaymentMismatch, SignatureError, WxPay } from 'wxpaykit'
import { signedNotification } from 'wxpaykit/testing'
import { startEmulator } from './emulator.mjs'
import { paid } from './shop.mjs'

const limit = { timeout: 60_000 }
let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

const KEYS = { 10000100: '1'.repeat(32), 1900000109: '2'.repeat(32), 1500000001: '3'.repeat(32) }
const CLIENTS = {
  account: { appid: 'wx0000000000000001', mch_id: '10000100' },
  'mini program': { appid: 'wx0000000000000002', mch_id: '10000100' },
  'other merchant': { appid: 'wx0000000000000001', mch_id: '1900000109' },
  'sub-merchant 1': { appid: 'wx0000000000000003', mch_id: '1500000001', sub_mch_id: '1600000001' },
  'sub-merchant 2': { appid: 'wx0000000000000003', mch_id: '1500000001', sub_mch_id: '1600000002' },
  provider: { appid: 'wx0000000000000003', mch_id: '1500000001' },
}

function client(name) {
  const { appid, mch_id, sub_mch_id } = CLIENTS[name]
  return new WxPay({ appid, mchId: mch_id, subMchId: sub_mch_id, apiKey: KEYS[mch_id], endpoints: 'http://127.0.0.1:9', store: 'memory:' })
}

const notification = (fields, key = KEYS[fields.mch_id]) => Buffer.from(signedNotification(fields, key))

test('each notification finds its client', () => {
  const clients = new Map(Object.keys(CLIENTS).map((name) => [name, client(name)]))
  for (const asked of [[...clients.values()], [...clients.values()].reverse()]) {
    for (const [name, fields] of Object.entries(CLIENTS)) {
      const body = notification(fields)
      const found = dispatch(body, asked)
      assert.equal(found, clients.get(name), name)
      assert.equal(found.notify.parse(body).mch_id, fields.mch_id)
      for (const same of [String(body), new Uint8Array(body).buffer]) assert.equal(dispatch(same, new Set(asked)), found)
    }
    // A sub-merchant without a client of its own is its provider's.
    const third = notification({ ...CLIENTS.provider, sub_mch_id: '1600000003' })
    assert.equal(dispatch(third, asked), clients.get('provider'))
  }
})

test('a message that fits no client is refused by the first, which says whose it is', async () => {
  const clients = ['mini program', 'account', 'sub-merchant 1'].map(client)
  const bodies = ['', 'hello', Buffer.from([0xff]), '<xml/>', '{"id": "v3"}', '<xml><mch_id>1</mch_id></xml>']
  for (const body of bodies) {
    assert.equal(dispatch(body, clients), clients[0])
    assert.throws(() => clients[0].notify.parse(body), SignatureError)
  }
  const handled = await dispatch({ parsed: 'by another' }, clients).notify.handle({}, { amountOf: () => 1, onPaid() {} })
  assert.equal(handled.error.code, 'not_raw_body')
  // Of the right merchant: its key proves that the notification is authentic, and the error says whose it is.
  const stranger = notification({ appid: 'wx9999999999999999', mch_id: '10000100' })
  assert.equal(dispatch(stranger, clients), clients[0])
  assert.throws(() => clients[0].notify.parse(stranger), (error) => {
    assert.ok(error instanceof PaymentMismatch)
    assert.equal(
      error.message,
      'appid should be wx0000000000000002 and is wx9999999999999999; the notification is for another client, whose appid is ' +
        'wx9999999999999999: hand it to that one',
    )
    assert.equal(error.out_trade_no, '20150806125346')
    return true
  })
  const third = notification({ ...CLIENTS.provider, sub_mch_id: '1600000003' })
  assert.throws(() => dispatch(third, clients).notify.parse(third), /whose sub_mch_id is 1600000003/)
})

test('the client that a message names verifies it: anybody can name a merchant', () => {
  const forged = notification(CLIENTS['other merchant'], KEYS[10000100])
  const found = dispatch(forged, Object.keys(CLIENTS).map(client))
  assert.equal(found.mchId, '1900000109')
  assert.throws(() => found.notify.parse(forged), SignatureError)
})

test('a payment is handed over by the client that it is for', limit, async () => {
  const pays = [new WxPay({ ...wechat.options, appid: 'wx0000000000000001' }), new WxPay(wechat.options)]
  const { body, out_trade_no } = await paid(wechat, pays[1])
  const shipped = []
  const onPaid = (payment) => shipped.push([payment.out_trade_no, payment.appid])
  const handled = await dispatch(body, pays).notify.handle(body, { amountOf: () => 88, onPaid })
  assert.equal(handled.state, 'delivered')
  assert.deepEqual(shipped, [[out_trade_no, wechat.appid]])
})

test('without clients', () => {
  for (const clients of [[], [null], ['wx0000000000000001'], [{}], [WxPay.prototype], undefined, null, 'xy', 5, {}]) {
    assert.throws(() => dispatch('', clients), (error) => {
      assert.ok(error instanceof InvalidRequest)
      assert.deepEqual([error.field, error.message], ['clients', 'clients: must be one or more WxPay clients'])
      return true
    })
  }
})
