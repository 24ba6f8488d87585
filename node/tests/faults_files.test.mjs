// Uploads and downloads under each fault of their replies. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { newOutTradeNo, WxPay } from 'wxpaykit'
import { ended, expect, gateway, matrix, v3Options, wechat } from './faults.mjs'

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0xff, 0xfe, 45, 45])
/** Uploads, and what to do when there is no answer. The file of the first one is only kept, and may be sent again. */
const UPLOADS = [
  ['same_request', { filename: 'licence.png' }],
  ['query_first', { filename: 'users.csv', path: '/v3/marketing/bank/packages/8473295/tasks', meta: { bank_type: 'ICBC_CREDIT' } }],
  ['query_first', { filename: 'licence.png', path: '/v3/other/upload' }],
]

/** The address of a receipt, its hash, and the receipt. */
async function aReceipt() {
  const [out_bill_no, pay] = [newOutTradeNo('F'), new WxPay(v3Options)]
  await pay.v3.transfer({
    out_bill_no, transfer_scene_id: '1000', openid: wechat.openid, transfer_amount: 30, transfer_remark: '新会员有礼',
    transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '新会员有礼' }, { info_type: '奖励说明', info_content: '一等奖' }],
  })
  await wechat.control('/_emulator/transfer', { out_bill_no })
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  await pay.v3.transferReceipt({ out_bill_no })
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  const { download_url: url, hash_type: hashType, hash_value: hashValue } = await pay.v3.transferReceiptQuery({ out_bill_no })
  return { url, hash: { hashType, hashValue }, pdf: await pay.v3.download(url) }
}

for (const { call, path, filename, named = false, unsigned = false } of matrix.v3.files) {
  test(`v3.${call} at ${path} under each fault`, { timeout: 120_000 }, async (t) => {
    const [options, place] = [{ ...v3Options, maxNetworkRetries: 1 }, mkdtempSync(join(tmpdir(), 'wxpaykit-faults-'))]
    t.after(() => rmSync(place, { recursive: true }))
    const to = join(place, 'receipt.pdf')
    let forms = [(pay) => pay.v3.upload(PNG, named ? { filename, path } : { filename })]
    if (call === 'download') {
      const { url, hash, pdf } = await aReceipt()
      forms = [
        async (pay) => assert.deepEqual(await pay.v3.download(url, hash), pdf),
        async (pay) => assert.deepEqual(Buffer.concat(await (await pay.v3.downloadStream(url, hash)).toArray()), pdf),
        async (pay) => {
          await pay.v3.download(url, { ...hash, to })
          assert.deepEqual(readFileSync(to), pdf)
          rmSync(to)
        },
      ]
    }
    for (const row of matrix.v3.rows) {
      for (const often of ['once', 'always']) {
        for (const form of forms) {
          const times = often === 'once' ? { times: 1 } : {}
          const fault = await wechat.control('/_emulator/faults', { ...row.fault, endpoint: path, ...times })
          const found = await ended(`v3.${call}`, form, options)
          await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
          expect(found, (unsigned && row.unsigned) || row[often])
          assert.deepEqual(readdirSync(place), [], row.name)
        }
      }
    }
    for (const form of forms) assert.equal(await ended(`v3.${call}`, form, options), 'ok')
  })
}

test('a file is never sent again with other bytes', { timeout: 60_000 }, async (t) => {
  const { url, got } = await gateway(t, false)
  const pay = new WxPay({ ...v3Options, endpoints: url })
  for (const [retry, options] of UPLOADS) {
    got.length = 0
    await assert.rejects(pay.v3.upload(PNG, options), { name: 'TransportError', code: 'gateway', outcome: 'unknown', retry, endpoint: 'v3.upload' })
    const attempts = retry === 'same_request' ? 3 : 1
    assert.deepEqual([got.length, ...[0, 1].map((at) => new Set(got.map((one) => one[at])).size)], [attempts, attempts, 1])
  }
  got.length = 0
  await assert.rejects(pay.v3.download(`${url}/v3/merchant-service/images/1`), { code: 'gateway' })
  assert.equal(got.length, 3)
})

test('a file ends in time, and by its signal', { timeout: 60_000 }, async (t) => {
  const { url, came } = await gateway(t, true)
  const [options, place] = [{ ...v3Options, endpoints: url }, mkdtempSync(join(tmpdir(), 'wxpaykit-faults-'))]
  t.after(() => rmSync(place, { recursive: true }))
  const image = `${url}/v3/merchant-service/images/1`
  const calls = [
    ...UPLOADS.map(([retry, given]) => [retry, 'v3.upload', (pay, signal) => pay.v3.upload(PNG, { ...given, signal })]),
    ['same_request', 'v3.download', (pay, signal) => pay.v3.download(image, { signal })],
    ['same_request', 'v3.download', (pay, signal) => pay.v3.downloadStream(image, { signal })],
    ['same_request', 'v3.download', (pay, signal) => pay.v3.download(image, { signal, to: join(place, 'a.png') })],
  ]
  for (const [retry, endpoint, call] of calls) {
    expect(await ended(endpoint, (pay) => call(pay), options), { class: 'TransportError', code: 'timeout', outcome: 'unknown', retry })
    const [given, arrived] = [new AbortController(), came()]
    const ending = assert.rejects(call(new WxPay(options), given.signal), { code: 'cancelled', outcome: 'unknown', retry, endpoint })
    await arrived
    given.abort()
    await ending
    assert.deepEqual(readdirSync(place), [])
  }
})
