// Each shop, in Chromium, by both ways to open the cashier, through the JS-SDK as npm has it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ANDROID, IPHONE, customer, startBrowser } from './browser.mjs'
import { STAFF, atEachShop, cashier, loggedIn, order, payHere, says, startShop } from './shop.mjs'

let browser
before(async () => { browser = await startBrowser() })
after(() => browser.close())

/** The buttons of the shops' pages, and how the failure is told. */
const WAYS = { bridge: '支付失败 余额不足', jssdk: '支付失败 chooseWXPay:fail' }

atEachShop((kind) => {
  let shop
  before(async () => { shop = await startShop(kind) })
  after(() => shop.stop())

  /** A test with a customer of its own, whose page must not have asked anybody else, nor have thrown. */
  const visit = (name, agent, body, others) => test(name, async () => {
    const page = await customer(browser, agent, others)
    const thrown = []
    page.on('pageerror', (error) => thrown.push(error.message))
    await body(page)
    assert.deepEqual(thrown, [])
    assert.deepEqual(page.strays, [])
    await page.leave()
  })

  for (const [way, failed] of Object.entries(WAYS)) {
    for (const [phone, agent] of [['Android', ANDROID], ['iPhone', IPHONE]]) {
      visit(`${way}, ${phone}: paid, notified, confirmed`, agent, async (page) => {
        const number = await order(page, shop)
        await says(page, '未支付')
        await page.locator(`#${way}`).click()
        assert.equal(await cashier(page).getByTestId('amount').textContent(), '¥1.00')
        await payHere(page)
        await says(page, '已支付')
        await shop.wechat.settle()
        assert.equal((await shop.wechat.order(number)).notifications.acknowledged, true)
        await page.reload()
        await says(page, '已支付')
        assert.equal(await page.locator(`#${way}`).count(), 0)
      })
    }

    visit(`${way}: cancelled, failed, then paid`, ANDROID, async (page) => {
      const number = await order(page, shop)
      await page.locator(`#${way}`).click()
      await cashier(page).getByTestId('cancel').click()
      await says(page, '已取消')
      await page.locator(`#${way}`).click()
      await cashier(page).getByTestId('fail').click()
      await cashier(page).getByTestId('ok').click()
      await says(page, failed)
      assert.equal((await shop.wechat.order(number)).trade_state, 'NOTPAY')
      await page.locator(`#${way}`).click()
      await payHere(page)
      await says(page, '已支付')
    })
  }

  visit('staff refund a paid order from its page', ANDROID, async (page) => {
    await loggedIn(page, shop)
    const number = await order(page, shop)
    await page.locator('#bridge').click()
    await payHere(page)
    await says(page, '已支付')
    await page.reload()
    await page.locator('#refund').click()
    await says(page, '退款中')
    await says(page, '已退款')
    assert.equal(await page.locator('#refund').count(), 0)
    const refunds = await shop.wechat.get(`/_emulator/refunds?out_trade_no=${number}`)
    assert.deepEqual(refunds.map(({ refund_fee }) => refund_fee), [100])
  }, { httpCredentials: STAFF })

  visit('a customer does not refund', ANDROID, async (page) => {
    const number = await order(page, shop)
    await page.locator('#bridge').click()
    await payHere(page)
    await says(page, '已支付')
    await page.reload()
    // Django shows the button to staff alone; the others ask for the password.
    if (shop.kind === 'django') assert.equal(await page.locator('#refund').count(), 0)
    else {
      const [answer] = await Promise.all([page.waitForResponse(`**/orders/${number}/refund`), page.locator('#refund').click()])
      assert.equal(answer.status(), 401)
    }
    assert.deepEqual(await shop.wechat.get(`/_emulator/refunds?out_trade_no=${number}`), [])
  })

  visit('a page at another address than the one that was signed', ANDROID, async (page) => {
    // What a single-page app does on its way, and what a shared link brings.
    await page.addInitScript(() => {
      if (location.pathname.startsWith('/orders/')) history.replaceState(null, '', '?from=groupmessage')
    })
    const number = await order(page, shop)
    await says(page, 'config:invalid signature')
    await page.locator('#jssdk').click()
    await says(page, '支付失败')
    assert.equal(await cashier(page).getByTestId('pay').count(), 0)
    assert.equal((await shop.wechat.order(number)).trade_state, 'NOTPAY')
    const entry = await shop.wechat.refusal('jssdk:invalid signature')
    assert.match(entry.explanation.detail, /url/i)
  })

  visit('a page with a query is signed with it', IPHONE, async (page) => {
    await order(page, shop)
    await page.goto(`${page.url().split('#')[0]}?from=singlemessage&x=%E8%8C%B6`)
    await page.locator('#jssdk').click()
    await payHere(page)
    await says(page, '已支付')
  })

  visit('page parameters that were changed', ANDROID, async (page) => {
    const number = await order(page, shop)
    await page.evaluate(() => { globalThis.eval('order').jsapi.nonceStr += 'x' })
    await page.locator('#bridge').click()
    await cashier(page).getByTestId('ok').click()
    await says(page, '支付验证签名失败')
    assert.equal((await shop.wechat.order(number)).trade_state, 'NOTPAY')
  })

  visit('outside WeChat nothing opens', ANDROID, async (page) => {
    await page.route(`${shop.wechat.url}/bridge.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
    await order(page, shop)
    await page.locator('#bridge').click()
    await says(page, '请在微信中打开')
  })
})

// The pages are the same by APIv3: one purchase by each way shows that their parameters are right.
atEachShop((kind) => {
  let shop
  before(async () => { shop = await startShop(kind, 'v3') })
  after(() => shop.stop())

  test('by APIv3: paid and refunded', async () => {
    const page = await customer(browser, ANDROID, { httpCredentials: STAFF })
    await loggedIn(page, shop)
    for (const way of Object.keys(WAYS)) {
      const number = await order(page, shop)
      await page.locator(`#${way}`).click()
      assert.equal(await cashier(page).getByTestId('amount').textContent(), '¥1.00')
      await payHere(page)
      await says(page, '已支付')
      await shop.wechat.settle()
      assert.equal((await shop.wechat.order(number)).notifications.acknowledged, true)
    }
    await page.reload()
    await page.locator('#refund').click()
    await says(page, '已退款')
    const asked = new Set((await shop.wechat.get('/_emulator/journal')).map(({ path }) => path))
    assert.ok(asked.has('/v3/pay/transactions/jsapi') && asked.has('/v3/refund/domestic/refunds'))
    assert.deepEqual([...asked].filter((path) => path.startsWith('/pay/') || path.startsWith('/secapi/')), [])
    assert.deepEqual(page.strays, [])
    await page.leave()
  })
})
