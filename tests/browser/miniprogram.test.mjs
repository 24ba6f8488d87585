// A mini program's payment, from wx.login on: the page of examples/miniprogram_shop stands for the mini program.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ANDROID, customer, startBrowser } from './browser.mjs'
import { STAFF, cashier, payHere, says, startShop } from './shop.mjs'

let browser, shop
before(async () => { [browser, shop] = await Promise.all([startBrowser(), startShop('miniprogram')]) })
after(() => Promise.all([browser.close(), shop.stop()]))

/** The page of a new customer. It notes what it asked of the shop. */
async function miniProgram(others) {
  const page = await customer(browser, ANDROID, others)
  const asked = []
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url())
    if (origin === shop.url) asked.push(`${request.method()} ${pathname}`)
  })
  await page.goto(shop.url)
  return Object.assign(page, { asked })
}

/** Presses the button. Gives the number of the order once the cashier is open. */
async function buy(page) {
  await page.locator('#pay').click()
  await cashier(page).getByTestId('amount').filter({ hasText: '¥1.00' }).waitFor()
  const [, number] = (await page.locator('#state').textContent()).split(' ')
  return number
}

async function exchanges() {
  const journal = await shop.wechat.get('/_emulator/journal')
  return journal.filter(({ path }) => path === '/sns/jscode2session').map(({ outcome }) => outcome)
}

test('login, order, paid, notified, confirmed', async () => {
  const page = await miniProgram()
  const number = await buy(page)
  assert.equal((await shop.wechat.order(number)).trade_state, 'NOTPAY')
  await payHere(page)
  await says(page, '已支付')
  await shop.wechat.settle()
  const order = await shop.wechat.order(number)
  assert.deepEqual([order.trade_state, order.notifications.acknowledged], ['SUCCESS', true])
  assert.deepEqual(await exchanges(), ['ok'])
  assert.deepEqual(page.asked.slice(0, 4), ['GET /', 'POST /login', 'POST /orders', `GET /orders/${number}`])
  assert.deepEqual(page.strays, [])
  await page.leave()
})

test('cancelled, failed, then paid, with one login', async () => {
  const page = await miniProgram()
  const before = (await exchanges()).length
  const number = await buy(page)
  await cashier(page).getByTestId('cancel').click()
  await says(page, '已取消')
  assert.equal((await shop.wechat.order(number)).trade_state, 'NOTPAY')
  await buy(page)
  await cashier(page).getByTestId('fail').click()
  await cashier(page).getByTestId('ok').click()
  await says(page, '支付失败 requestPayment:fail (余额不足)')
  await buy(page)
  await payHere(page)
  await says(page, '已支付')
  assert.equal((await exchanges()).length, before + 1)
  await page.leave()
})

test('the notification is lost: the page asks, and the shop asks WeChat', async () => {
  const page = await miniProgram()
  const out_trade_no = await buy(page)
  await shop.wechat.post('/_emulator/faults', { fault: 'drop', out_trade_no })
  await payHere(page)
  await says(page, '已支付')
  assert.equal((await shop.wechat.order(out_trade_no)).notifications.acknowledged, false)
  await page.leave()
})

test('staff refund a paid order, and a customer does not', async () => {
  const customers = await miniProgram()
  const number = await buy(customers)
  assert.equal(await customers.locator('#refund').isVisible(), false)
  await payHere(customers)
  await says(customers, '已支付')
  const [answer] = await Promise.all([
    customers.waitForResponse(`**/orders/${number}/refund`), customers.locator('#refund').click(),
  ])
  assert.equal(answer.status(), 401)
  assert.deepEqual(await shop.wechat.get(`/_emulator/refunds?out_trade_no=${number}`), [])
  await customers.leave()

  const page = await miniProgram({ httpCredentials: STAFF })
  const bought = await buy(page)
  await payHere(page)
  await says(page, '已支付')
  await page.locator('#refund').click()
  await says(page, '退款中')
  await says(page, '已退款')
  assert.equal(await page.locator('#refund').isVisible(), false)
  const refunds = await shop.wechat.get(`/_emulator/refunds?out_trade_no=${bought}`)
  assert.deepEqual(refunds.map(({ refund_fee }) => refund_fee), [100])
  assert.deepEqual(page.strays, [])
  await page.leave()
})

test('nobody else sees an order, and a code works once', async () => {
  const page = await miniProgram()
  const number = await buy(page)
  const status = (path, options) => fetch(shop.url + path, options).then((answer) => answer.status)
  assert.equal(await status(`/orders/${number}`), 401)
  const json = (body) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  const { code } = await shop.wechat.post('/_emulator/login', { user: 'ming' })
  const login = await (await fetch(`${shop.url}/login`, json({ code }))).json()
  assert.deepEqual(Object.keys(login), ['token'])
  assert.equal(await status(`/orders/${number}`, { headers: { Authorization: `Bearer ${login.token}` } }), 404)
  assert.equal(await status('/login', json({ code })), 401)
  assert.equal(await status('/login', json({})), 400)
  await page.leave()
})
