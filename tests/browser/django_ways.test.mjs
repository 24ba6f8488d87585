// A QR code on a computer, and H5 in a phone's own browser: the Django shop has both.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { ANDROID, SAFARI, customer, startBrowser } from './browser.mjs'
import { numberOf, pay, says, startShop } from './shop.mjs'

const DESKTOP = { viewport: { width: 1024, height: 768 }, isMobile: false, hasTouch: false }

let browser, shop
before(async () => {
  const wasmBinary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'))
  prepareZXingModule({ overrides: { wasmBinary } });
  [browser, shop] = await Promise.all([startBrowser(), startShop('django')])
})
after(() => Promise.all([browser.close(), shop.stop()]))

test('QR: shown on a computer, scanned by a phone, paid', async () => {
  const desk = await customer(browser, undefined, DESKTOP)
  await desk.goto(shop.url)
  await desk.locator('#scan').click()
  await says(desk, '未支付')
  // As a camera sees it.
  const [code] = await readBarcodes(await desk.locator('#qr').screenshot())
  assert.match(code.text, /^weixin:\/\/wxpay\/bizpayurl\?pr=/)

  const phone = await customer(browser, ANDROID)
  await phone.goto(`${shop.wechat.url}/_wechat/scan`)
  await phone.getByTestId('code-url').fill(code.text)
  await phone.getByTestId('scan').click()
  await pay(phone)
  await says(desk, '已支付')
  assert.deepEqual([...desk.strays, ...phone.strays], [])
  await Promise.all([desk.leave(), phone.leave()])
})

test('H5: there, paid, and back', async () => {
  const page = await customer(browser, SAFARI)
  await page.goto(shop.url)
  await page.locator('#h5').click()
  await page.waitForURL(`${shop.wechat.url}/**`)
  await pay(page)
  await page.waitForURL(`${shop.url}/orders/*`)
  await says(page, '已支付')
  await shop.wechat.settle()
  assert.equal((await shop.wechat.order(numberOf(page))).notifications.acknowledged, true)
  assert.deepEqual(page.strays, [])
  await page.leave()
})

test('H5: there, cancelled, and back; the customer queries', async () => {
  const page = await customer(browser, SAFARI)
  await page.goto(shop.url)
  await page.locator('#h5').click()
  await page.getByTestId('cancel').click()
  await page.waitForURL(`${shop.url}/orders/*`)
  await page.locator('#ask').click()
  await says(page, '未支付')
  await page.leave()
})

test('H5 inside WeChat, and without a Referer, does not open', async () => {
  const inside = await customer(browser, ANDROID)
  await inside.goto(shop.url)
  await inside.locator('#h5').click()
  await inside.getByText('请在微信外打开订单，进行支付').waitFor()
  const mweb = inside.url()
  await inside.leave()

  const direct = await customer(browser, SAFARI)
  await direct.goto(mweb)
  await direct.getByText('商家参数格式有误，请联系商家解决').waitFor()
  await direct.leave()
})
