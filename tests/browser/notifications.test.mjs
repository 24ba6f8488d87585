// Notifications that lie or never come: no shop delivers on them, and each finds out by asking WeChat.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ANDROID, customer, startBrowser } from './browser.mjs'
import { atEachShop, order, payHere, says, startShop } from './shop.mjs'

let browser
before(async () => { browser = await startBrowser() })
after(() => browser.close())

atEachShop((kind) => {
  let shop
  before(async () => { shop = await startShop(kind) })
  after(() => shop.stop())

  for (const [name, lie] of Object.entries({
    'another amount, signed with the right key': { fault: 'tamper', field: 'total_fee', value: 1, sign: 'right' },
    'another amount, the signature kept': { fault: 'tamper', field: 'total_fee', value: 1 },
    'signed with another key': { fault: 'forge', sign: 'other_key' },
  })) {
    test(`${name}: nothing is delivered until the genuine one comes`, async () => {
      const page = await customer(browser, ANDROID)
      const out_trade_no = await order(page, shop)
      for (const fault of [lie, { fault: 'drop' }]) await shop.wechat.post('/_emulator/faults', { ...fault, out_trade_no })
      await shop.wechat.post('/_emulator/pay', { out_trade_no })
      await shop.wechat.settle()
      const { attempts, acknowledged } = (await shop.wechat.order(out_trade_no)).notifications
      assert.deepEqual(attempts.map(({ genuine, answer }) => [genuine, /FAIL/.test(answer)]), [[false, true], [true, false]])
      assert.equal(acknowledged, false)
      await page.reload()
      await says(page, '未支付')

      await shop.wechat.delete('/_emulator/faults')
      await shop.wechat.settle(15)
      assert.equal((await shop.wechat.order(out_trade_no)).notifications.acknowledged, true)
      await page.reload()
      await says(page, '已支付')
      await page.leave()
    })
  }

  test('none comes: the page is updated as soon as the shop has queried', async () => {
    const page = await customer(browser, ANDROID)
    const out_trade_no = await order(page, shop)
    await shop.wechat.post('/_emulator/faults', { fault: 'drop', out_trade_no })
    await page.locator('#bridge').click()
    await payHere(page)
    await says(page, '已支付')
    assert.equal((await shop.wechat.order(out_trade_no)).notifications.acknowledged, false)
    await page.reload()
    await says(page, '已支付')
    await page.leave()
  })
})
