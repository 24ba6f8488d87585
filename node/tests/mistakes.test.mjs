// Broken requests and notifications of tests/mistakes.json: whether the true cause is named, and no other one as proved.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { buildXml, explain, Explanation, sign, SignatureError, v3, WxPay } from 'wxpaykit'

const { settings, cases } = JSON.parse(readFileSync(new URL('../../tests/mistakes.json', import.meta.url), 'utf8'))
const limit = { timeout: 60_000 }

/** At least 95 % are right, and none is wrong and proved. */
function hold(found) {
  const wrong = found.filter(({ cause, explanation }) => explanation.mistake !== cause)
  const shown = (all) => inspect(all.map(({ name, explanation }) => [name, explanation.mistake, explanation.proved]))
  const proved = wrong.filter(({ explanation }) => explanation.proved)
  assert.equal(proved.length, 0, shown(proved))
  assert.ok(wrong.length <= found.length * 0.05, shown(wrong))
  const unproved = found.filter((one) => one.provable && !one.explanation.proved && !wrong.includes(one))
  assert.equal(unproved.length, 0, shown(unproved))
}

test('explain names the true cause of broken messages', limit, () => {
  assert.ok(cases.length >= 60)
  const others = { apiV3Key: settings.api_v3_key, appSecret: settings.app_secret }
  hold(cases.map((one) => ({ ...one, explanation: explain(one.message, settings.api_key, others) })))
})

test('a refused notification names the true cause', limit, () => {
  const { appid, mch_id: mchId, api_key: apiKey, app_secret: appSecret } = settings
  const pay = new WxPay({ appid, mchId, apiKey, appSecret, acceptSignTypes: ['MD5', 'HMAC-SHA256'] })
  const found = []
  for (const one of cases.filter(({ message }) => message.return_code)) {
    assert.throws(
      () => pay.notify.parse(buildXml(one.message)),
      (error) => {
        assert.ok(error instanceof SignatureError, one.name)
        assert.ok(error.explanation instanceof Explanation, one.name)
        assert.equal(String(error.explanation), error.message)
        assert.ok(!inspect(error).includes(apiKey) && !inspect(error).includes(appSecret))
        found.push({ ...one, explanation: error.explanation })
        return true
      },
    )
  }
  assert.ok(found.length > 10)
  hold(found)
})

test('a carriage return is named in fields as in their document', () => {
  const key = settings.api_key
  const order = { appid: 'wx1', mch_id: '1900000109', nonce_str: 'n', attach: 'a\r\nb' }
  const signed = { ...order, sign: sign(order, key, 'MD5') }
  const document = `<xml>${Object.entries(signed).map(([name, value]) => `<${name}>${value}</${name}>`).join('')}</xml>`
  assert.equal(explain(signed, key).mistake, 'carriage_return')
  assert.equal(explain(document, key).mistake, 'carriage_return')
  assert.equal(explain(document.replace('\r', '&#13;'), key).mistake, 'none')
})

test('paySign of APIv3 is explained by the merchant\'s key', () => {
  const pem = (name) => readFileSync(new URL(`../../tests/certificates/${name}`, import.meta.url), 'utf8')
  const key = pem('apiclient_key.pem')
  const prepayId = 'wx201410272009395522657a690389285100'
  const page = { appId: 'wxd930ea5d5a258f4f', timeStamp: '1764300000', nonceStr: 'nonce', package: `prepay_id=${prepayId}`, signType: 'RSA' }
  const head = `${page.appId}\n${page.timeStamp}\n${page.nonceStr}\n`
  for (const [signed, mistake] of [
    [`${head}${page.package}\n`, 'none'], [`${head}${page.package}`, 'no_final_newline'], [`${head}${prepayId}\n`, 'package_without_name'],
    [`${head}other\n`, 'page_v3_unknown'],
  ]) {
    for (const known of [key, pem('apiclient_cert.pem')]) {
      const found = explain({ ...page, paySign: v3.sign(signed, key) }, known)
      assert.deepEqual([found.mistake, found.proved], [mistake, mistake !== 'page_v3_unknown'])
      assert.ok(!inspect(found).includes('PRIVATE'))
    }
  }
  assert.equal(explain({ ...page, paySign: v3.sign('x', pem('other_key.pem')) }, key).mistake, 'signed_by_unknown_key')
})
