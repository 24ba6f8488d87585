// Mini programs: login, session keys, user data, phone numbers; third-party platforms.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { checkRawData, decryptUserData, InvalidRequest, OAuthError, WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

const OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
let wechat
let pay

before(async () => {
  wechat = await startEmulator()
  pay = new WxPay(wechat.options)
})
after(() => wechat.stop())

async function code(call = 'login', body = {}) {
  return (await wechat.control(`/_emulator/${call}`, body)).code
}

test('a login gives openid and session key, once', async () => {
  const jsCode = await code()
  const session = await pay.oauth.jscode2session(jsCode)
  assert.deepEqual([session.openid, session.unionid, session.session_key.length], [OPENID, undefined, 24])
  assert.ok(!inspect(session).includes(session.session_key))
  await assert.rejects(pay.oauth.jscode2session(jsCode), { name: 'OAuthError', errcode: 40163, retry: 'never' })
  await assert.rejects(pay.oauth.jscode2session('nobody'), { name: 'OAuthError', errcode: 40029 })
  assert.equal(await pay.oauth.checksession(session.openid, session.session_key), undefined)
  await assert.rejects(pay.oauth.checksession(session.openid, 'AAECAwQFBgcICQoLDA0ODw=='), (error) => {
    assert.ok(error instanceof OAuthError && error.errcode === 87009)
    return true
  })
})

test('a busy WeChat does not use up the code of a login', async () => {
  const busy = (endpoint) => wechat.control('/_emulator/faults', { fault: 'errcode', errcode: -1, endpoint, times: 1 })
  await busy('/sns/jscode2session')
  assert.equal((await pay.oauth.jscode2session(await code())).openid, OPENID)
  const once = new WxPay({ ...wechat.options, maxNetworkRetries: 0 })
  await busy('/sns/jscode2session')
  const kept = { name: 'OAuthError', errcode: -1, retry: 'same_request', message: /Repeat with the same code/ }
  await assert.rejects(once.oauth.jscode2session(await code()), kept)
  await busy('/sns/oauth2/access_token')
  const used = { name: 'OAuthError', errcode: -1, retry: 'never', message: /Ask for another code/ }
  await assert.rejects(once.oauth.accessToken('c'), used)
})

test('user data is decrypted with the key of the last login', async () => {
  const { session_key: key } = await pay.oauth.jscode2session(await code('login', { user: 'ming' }))
  const { encryptedData, iv, rawData, signature } = await wechat.control('/_emulator/user-data', { user: 'ming' })
  const user = pay.oauth.decryptUserData(encryptedData, iv, key)
  assert.deepEqual([user.nickName, user.gender, user.openId, user.watermark.appid], ['阿明', 0, undefined, pay.appid])
  assert.deepEqual(decryptUserData(encryptedData, iv, key, pay.appid).toObject(), user.toObject())
  assert.equal(checkRawData(rawData, signature, key), undefined)
  assert.equal(checkRawData(Buffer.from(rawData), signature, key), undefined)
  const phone = await wechat.control('/_emulator/user-data', { user: 'ming', data: 'phone' })
  const number = pay.oauth.decryptUserData(encodeURIComponent(phone.encryptedData), encodeURIComponent(phone.iv), key)
  assert.equal(number.phoneNumber, '13580006666')
  assert.ok(!inspect(number).includes('13580006666'))

  const other = 'AAECAwQFBgcICQoLDA0ODw=='
  for (const refused of [() => pay.oauth.decryptUserData(encryptedData, iv, other), () => checkRawData(rawData, signature, other)]) {
    assert.throws(refused, (error) => {
      assert.ok(error instanceof InvalidRequest && error.code === 'session_key_mismatch')
      assert.ok(!error.message.includes(other))
      return true
    })
  }
  assert.throws(() => decryptUserData(encryptedData, iv, key, 'wx4f4bc4dec97d474b'), { code: 'invalid_request', field: 'encrypted_data' })
  // One in the place of an emoji; that of an address says nothing.
  for (const [name, text] of [['小?熊', /It has a question mark/], ['小熊', /the session key is another one/]]) {
    const raw = `{"nickName":"${name}","avatarUrl":"https://wx.qlogo.cn/0?a=1"}`
    assert.throws(() => checkRawData(raw, signature, key), text)
  }
  assert.throws(() => checkRawData(JSON.parse(rawData), signature, key), /not the object that was parsed/)
})

test('a phone number needs a code of its own', async () => {
  const { phone_info: phone } = await pay.oauth.getuserphonenumber(await code('phone-number'), { openid: OPENID })
  assert.deepEqual([phone.purePhoneNumber, String(phone.countryCode)], ['13580006666', '86'])
  await assert.rejects(pay.oauth.getuserphonenumber(await code()), { errcode: 40029 })
  await assert.rejects(pay.oauth.getuserphonenumber(await code('phone-number', { user: 'ming' }), { openid: OPENID }), { errcode: 40029 })
})

test('a third-party platform acts for an account without its secret', async () => {
  const own = await wechat.control('/_emulator/component')
  const { component_access_token: token } = await wechat.control('/cgi-bin/component/api_component_token', own)
  const { appSecret, ...options } = wechat.options
  assert.ok(appSecret)
  const shop = new WxPay(options)
  const url = shop.oauth.authorizeUrl('https://shop.example/', { state: 's1', componentAppid: own.component_appid })
  const visited = async () => {
    const answer = await fetch(url, { redirect: 'manual' })
    const back = new URL(answer.headers.get('location')).searchParams
    assert.deepEqual([back.get('state'), back.get('appid')], ['s1', shop.appid])
    return back.get('code')
  }
  const user = await shop.oauth.componentAccessToken(await visited(), own.component_appid, token)
  assert.equal(user.openid, OPENID)
  assert.equal((await shop.oauth.componentRefreshToken(user.refresh_token, own.component_appid, token)).openid, OPENID)
  assert.equal((await shop.oauth.componentJscode2session(await code(), own.component_appid, token)).openid, OPENID)
  await assert.rejects(shop.oauth.componentAccessToken(await visited(), shop.appid, token), { errcode: 61003 })
  await assert.rejects(shop.oauth.jscode2session('c'), { name: 'ConfigError', field: 'appSecret' })
})
