// The code of docs/miniprogram.md, run against the emulator.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { startEmulator } from './emulator.mjs'

test('docs/miniprogram.md', { timeout: 60_000 }, async () => {
  const wechat = await startEmulator()
  try {
    Object.assign(process.env, {
      WXPAY_APPID: wechat.appid,
      WXPAY_MCH_ID: wechat.mch_id,
      WXPAY_API_KEY: wechat.api_key,
      WXPAY_APP_SECRET: wechat.options.appSecret,
      WXPAY_NOTIFY_URL: 'http://127.0.0.1:9/notify',
      WXPAY_ENDPOINTS: wechat.url,
    })
    const text = readFileSync(new URL('../../docs/miniprogram.md', import.meta.url), 'utf8')
    const folder = new URL('../../target/docs/', import.meta.url)
    mkdirSync(folder, { recursive: true })
    const file = new URL('miniprogram.mjs', folder)
    writeFileSync(file, [...text.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]).join('\n'))
    const shop = await import(file)
    const code = async (call) => (await wechat.control(`/_emulator/${call}`, {})).code

    const session = await shop.logIn(await code('login'))
    assert.equal(session.openid, wechat.openid)
    const paid = await wechat.control('/_emulator/pay', { params: await shop.order(session, 100) })
    assert.match(paid.err_msg, /:ok$/)
    const other = { ...session, sessionKey: 'AAECAwQFBgcICQoLDA0ODw==' }
    assert.deepEqual([await shop.isLoggedIn(session), await shop.isLoggedIn(other)], [true, false])
    assert.equal(await shop.phoneNumber(await code('phone-number')), '13580006666')
    const { encryptedData, iv } = await wechat.control('/_emulator/user-data', {})
    assert.equal(shop.userData(session, encryptedData, iv).nickName, '微信用户')
    assert.equal(shop.userData(other, encryptedData, iv), undefined)

    const own = await wechat.control('/_emulator/component')
    const { component_access_token: token } = await wechat.control('/cgi-bin/component/api_component_token', own)
    const answer = await fetch(shop.visit('s1'), { redirect: 'manual' })
    const back = new URL(answer.headers.get('location')).searchParams
    assert.equal(await shop.who(back.get('code'), token), wechat.openid)
    assert.equal(await shop.whoInMiniprogram(await code('login'), token), wechat.openid)
  } finally {
    await wechat.stop()
  }
})
