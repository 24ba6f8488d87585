// Any reply that is made by the rows of a call survives XML, is verified, and is read by its kinds. The rows are in tests/faults; Rust and
// Python do the same.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { buildXml, sign, WxPay } from 'wxpaykit'

const ROOT = new URL('../../', import.meta.url)
const { calls } = JSON.parse(readFileSync(new URL('tests/faults/replies.json', ROOT), 'utf8'))
const KEY = '192006250b4c09247ec02edce69f6a2d'
const MCH_ID = '1900000109'

// What XML 1.0 can carry, without what it writes in another way than it was given.
const text = fc
  .string({ unit: fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }), fc.constantFrom('\n', '<', '>', '&', "'", '"', ']', '茶')), minLength: 1, maxLength: 12 })
  .filter((value) => value === value.trim() && !/[\0-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]|\p{Surrogate}/u.test(value))
const count = fc.maxSafeNat().map(String)
const two = (number) => String(number).padStart(2, '0')
const time = fc
  .tuple(fc.integer({ min: 2000, max: 2099 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([year, month, day, hour, minute]) => `${year}${two(month)}${two(day)}${two(hour)}${two(minute)}07`)
const values = {
  int: count,
  fen: count,
  bool: fc.constantFrom('true', 'false'),
  time,
  json: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer()).map((object) => JSON.stringify(object)),
  text,
}

const valueOf = ({ kind, values: words }) => (kind === 'enum' ? fc.constantFrom(...words) : values[kind])
const known = (fields, always) =>
  fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field)])), { requiredKeys: fields.map(({ name }) => name).filter((name) => always.has(name)) })

/** The items of a list: their fields, and the items of the lists inside. Each has a field at least. */
const items = ({ fields, lists }) =>
  fc.array(fc.record({ fields: known(fields, new Set([fields[0].name])), lists: fc.record(Object.fromEntries(lists.map((inside) => [inside.name, items(inside)]))) }), { maxLength: 2 })

const numbered = (item, number) => ({
  ...Object.fromEntries(Object.entries(item.fields).map(([name, value]) => [`${name}${number}`, value])),
  ...Object.assign({}, ...Object.values(item.lists).flatMap((inside) => inside.map((one, at) => numbered(one, `${number}_${at}`)))),
})

/** Each attribute is what was made; what was not made is undefined. */
function check(rows, fields, reply) {
  for (const { name, kind } of rows) {
    const made = fields[name]
    if (made === undefined) {
      assert.equal(reply[name], undefined, name)
    } else if (kind === 'int' || kind === 'fen') {
      assert.equal(reply[name], Number(made), name)
    } else if (kind === 'bool') {
      assert.equal(reply[name], made === 'true', name)
    } else if (kind === 'json') {
      assert.deepEqual(typeof reply[name] === 'string' ? JSON.parse(reply[name]) : { ...reply[name] }, JSON.parse(made), name)
    } else if (kind === 'time') {
      const iso = made.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6+08:00')
      assert.equal(reply[name].getTime(), Date.parse(iso), name)
    } else {
      assert.equal(reply[name], made, name)
    }
  }
}

function checkItems(lists, made, reply) {
  for (const rows of lists) {
    assert.equal(reply[rows.name].length, made[rows.name].length)
    made[rows.name].forEach((one, at) => {
      check(rows.fields, one.fields, reply[rows.name][at])
      checkItems(rows.lists, one.lists, reply[rows.name][at])
    })
  }
}

let body
const server = createServer((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end(body)))
before(() => once(server.listen(0, '127.0.0.1'), 'listening'))
after(() => {
  server.closeAllConnections()
  server.close()
})

for (const call of calls) {
  test(`any reply of ${call.name} survives XML and is verified`, async () => {
    const isOfCorp = call.name.includes('workwx')
    const own = isOfCorp ? { appid: 'ww1234567890abcdef', corpPaySecret: 'corp-secret-0123456789' } : { appid: 'wxd930ea5d5a258f4f' }
    const file = (name) => readFileSync(new URL(`tests/certificates/${name}`, ROOT))
    const pay = new WxPay({
      ...own,
      mchId: MCH_ID,
      apiKey: KEY,
      clientCert: file('apiclient_cert.pem'),
      clientKey: file('apiclient_key.pem'),
      notifyUrl: 'https://shop.example/n',
      endpoints: `http://127.0.0.1:${server.address().port}`,
      store: 'memory:',
      maxNetworkRetries: 0,
    })
    const given = Object.fromEntries(Object.entries(call.given).map(([name, value]) => [name, String(value)]))
    const asked = { ...given, appid: own.appid, wxappid: own.appid, mch_id: MCH_ID }
    const always = new Set([...call.needed, ...call.fields.filter(({ required }) => required).map(({ name }) => name)])
    // The client knows what it has asked for. No client here has a sub-merchant.
    const echoed = call.fields.filter(({ name, echoed }) => echoed && name in asked).map(({ name }) => [name, asked[name]])
    const fixed = { ...Object.fromEntries(echoed), return_code: 'SUCCESS', result_code: 'SUCCESS', nonce_str: 'n' }
    const rows = call.fields.filter(({ name }) => !(name in fixed) && name !== 'sub_mch_id')
    const lists = fc.record(Object.fromEntries(call.lists.map((each) => [each.name, items(each)])))
    await fc.assert(
      fc.asyncProperty(known(rows, always), lists, async (fields, made) => {
        const document = { ...fixed, ...fields }
        for (const inside of Object.values(made)) inside.forEach((item, at) => Object.assign(document, numbered(item, `_${at}`)))
        document.sign = sign(document, KEY, isOfCorp ? 'MD5' : 'HMAC-SHA256')
        body = buildXml(document)
        const reply = await pay[call.name](call.given)
        assert.deepEqual({ ...reply.raw }, document)
        check(rows, document, reply)
        checkItems(call.lists, made, reply)
        // One field that is another one, and the signature is wrong.
        body = buildXml({ ...document, nonce_str: 'm' })
        await assert.rejects(pay[call.name](call.given), { name: 'SignatureError' })
      }),
      { numRuns: 25 },
    )
  })
}
