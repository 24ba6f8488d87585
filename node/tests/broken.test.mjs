// Whole messages that a second implementation broke, with one mistake each (tests/broken): what is named first is the true cause, and no
// other one is called proved. Messages without a mistake have none.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { explain, explainJssdk, v3 } from 'wxpaykit'

const file = JSON.parse(readFileSync(new URL('../../tests/broken/broken.json', import.meta.url), 'utf8'))
const limit = { timeout: 60_000 }

const bodyOf = (one) => ('body_base64' in one ? Buffer.from(one.body_base64, 'base64') : Buffer.from(one.body))

const explained = {
  v2: (settings, one) =>
    explain(bodyOf(one), settings.api_key, { apiV3Key: settings.api_v3_key, appSecret: settings.app_secret }),
  v3: (settings, one) => {
    const known = { ...settings, ...one.given }
    const request = one.kind === 'request' ? { method: one.method, url: one.url } : {}
    return v3.explain({
      headers: one.headers,
      body: bodyOf(one),
      ...request,
      keys: known.keys,
      now: known.now,
      apiV3Key: known.api_v3_key,
      apiKey: known.api_key,
      mchId: known.mch_id,
      serialNo: known.serial_no,
      certificate: known.certificate,
      privateKey: known.private_key,
    })
  },
}

for (const [generation, least] of [['v2', 60], ['v3', 30]]) {
  test(`explain names the true cause of broken messages of API${generation}`, limit, () => {
    const { settings, broken, intact } = file[generation]
    assert.ok(broken.length >= least)
    const secrets = [settings.api_key, settings.api_v3_key, settings.app_secret].filter((secret) => secret !== undefined)
    const wrong = []
    for (const one of broken) {
      const found = explained[generation](settings, one)
      const shown = `${String(found)}${inspect(found)}${JSON.stringify(found)}`
      assert.ok(!secrets.some((secret) => shown.includes(secret)), one.name)
      if (found.mistake !== one.cause) {
        wrong.push([one.name, one.cause, found.mistake, found.proved])
      }
    }
    assert.deepEqual(wrong.filter(([, , , proved]) => proved), [])
    assert.ok(wrong.length <= broken.length * 0.05, inspect(wrong))
    for (const one of intact) {
      assert.equal(explained[generation](settings, one).mistake, one.cause, one.name)
    }
  })
}

test('what pages, apps and programs are handed is explained', limit, () => {
  for (const one of [...file.objects, ...file.messages]) {
    const found = explain(one.fields, one.key)
    assert.deepEqual([found.mistake, found.proved], [one.cause, one.proved], `${one.name}: ${found}`)
    const shown = `${String(found)}${inspect(found)}${JSON.stringify(found)}`
    assert.ok(!shown.includes(one.key) && !shown.includes('PRIVATE'), one.name)
    assert.ok(!shown.includes(one.hidden ?? one.key), one.name)
  }
})

test('the arguments of wx.config are explained', limit, () => {
  for (const one of file.configs) {
    const found = explainJssdk(one.config, one.url, { ticket: one.ticket })
    assert.deepEqual([found.mistake, found.proved], [one.cause, one.proved], `${one.name}: ${found}`)
    assert.ok(!`${String(found)}${inspect(found)}${JSON.stringify(found)}`.includes(one.ticket), one.name)
  }
})
