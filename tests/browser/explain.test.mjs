// The page that explains, in a browser: what it shows as it happens, by which hands, and whose words it never takes for its own.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SAFARI, customer, startBrowser } from './browser.mjs'
import { pay } from './shop.mjs'
import { ACK, call, md5, orderFields, signedText, startEmulator, startListener, startWay, unifiedorder } from './emulator.mjs'

let browser
before(async () => { browser = await startBrowser() })
after(() => browser.close())

/** The page at an emulator, in a browser that notes what it asks for, what its policy forbids and what goes wrong in it. */
async function explaining(url, options = {}) {
  const page = await customer(browser, undefined, options)
  const noted = { asked: [], forbidden: [], wrong: [], loads: 0 }
  page.on('request', (request) => noted.asked.push(request.url()))
  page.on('pageerror', (error) => noted.wrong.push(String(error)))
  page.on('dialog', (dialog) => { noted.wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss() })
  page.on('domcontentloaded', () => { noted.loads += 1 })
  await page.exposeFunction('noteViolation', (text) => noted.forbidden.push(text))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => window.noteViolation(`${event.violatedDirective} ${event.blockedURI}`))
  })
  await page.goto(`${url}/`)
  await page.getByTestId('connection').filter({ hasText: /实时|Live/ }).waitFor()
  return Object.assign(page, { noted, order: (no) => page.locator(`[data-testid=order][data-order="${no}"]`) })
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Nothing was asked of anybody else, forbidden, loaded again or wrong. */
function clean(page, url) {
  assert.deepEqual(page.noted.asked.filter((asked) => new URL(asked).origin !== new URL(url).origin), [])
  assert.deepEqual(page.noted.forbidden, [])
  assert.deepEqual(page.noted.wrong, [])
  assert.equal(page.noted.loads, 1)
}

describe('the page that explains', { concurrency: 1 }, () => {
  let wechat
  before(async () => { wechat = await startEmulator() })
  after(() => wechat.stop())

  test('an order moves through its states, its notification through its schedule, as it happens', async (t) => {
    const shop = await startListener((n) => (n === 0 ? [500, 'no'] : [200, ACK]))
    t.after(shop.stop)
    const page = await explaining(wechat.url)
    await unifiedorder(wechat, { out_trade_no: 'live1', notify_url: shop.url })
    const order = page.order('live1')
    await order.and(page.locator('[data-state=NOTPAY]')).waitFor()
    assert.equal(await order.getByTestId('order-body').textContent(), '龙井茶')
    assert.match(await order.getByTestId('order-steps').textContent(), /已下单.*等待支付/)

    await wechat.post('/_emulator/pay', { out_trade_no: 'live1' })
    await wechat.settle()
    await order.and(page.locator('[data-state=SUCCESS]')).waitFor()
    const attempts = order.getByTestId('attempt')
    await attempts.filter({ hasText: 'HTTP 500' }).waitFor()
    await order.getByTestId('next-attempt').filter({ hasText: '第 2 次，将于' }).filter({ hasText: '15秒' }).waitFor()
    assert.match(await order.getByTestId('attempts').textContent(), /此后还有 11 次/)

    const before = await page.getByTestId('clock').textContent()
    await page.getByTestId('advance-15').click()
    await attempts.filter({ hasText: '商户已确认收到' }).waitFor()
    await order.getByTestId('order-steps').filter({ hasText: '商户已确认' }).waitFor()
    assert.equal(await attempts.count(), 2)
    assert.equal(await order.getByTestId('next-attempt').count(), 0)
    const moved = (text) => Date.parse(`${text.replace(' ', 'T')}+08:00`)
    await page.waitForFunction((old) => document.querySelector('[data-testid=clock]').textContent !== old, before)
    assert.equal(moved(await page.getByTestId('clock').textContent()) - moved(before), 15_000)

    await unifiedorder(wechat, { out_trade_no: 'live2' })
    await page.order('live2').waitFor()
    await wechat.post('/_emulator/close', { out_trade_no: 'live2' })
    await page.order('live2').and(page.locator('[data-state=CLOSED]')).waitFor()
    clean(page, wechat.url)
    await page.leave()
  })

  test('a paid order is refunded, and the bill of the day is downloaded', async () => {
    const page = await explaining(wechat.url)
    await unifiedorder(wechat, { out_trade_no: 'refund1' })
    await wechat.post('/_emulator/pay', { out_trade_no: 'refund1' })
    const order = page.order('refund1')
    const steps = order.getByTestId('order-steps')
    await order.getByTestId('order-refund').filter({ hasText: '退款 ¥1.00' }).waitFor()
    await wechat.post('/_emulator/refund', { out_trade_no: 'refund1', refund_fee: 30 })
    await order.and(page.locator('[data-state=REFUND]')).waitFor()
    await steps.filter({ hasText: '退款中 ¥0.30' }).waitFor()
    assert.match(await steps.textContent(), /已下单.*已支付/)
    await order.getByTestId('order-refund').filter({ hasText: '退款 ¥0.70' }).click()
    await page.getByTestId('message').filter({ hasText: '已申请退款：refund1 ¥0.70' }).waitFor()
    await order.getByTestId('order-refund').waitFor({ state: 'detached' })
    await page.getByTestId('advance-60').click()
    await steps.filter({ hasText: '已退款 ¥0.70' }).waitFor()
    await page.getByTestId('language').click()
    await steps.filter({ hasText: 'Refunded ¥0.30Refunded ¥0.70' }).waitFor()
    const refunds = await wechat.get('/_emulator/refunds?out_trade_no=refund1')
    assert.deepEqual(refunds.map((each) => [each.refund_fee, each.refund_status]), [[30, 'SUCCESS'], [70, 'SUCCESS']])
    // The notification of the payment is still there.
    assert.equal(await order.getByTestId('attempts').count(), 1)

    const downloading = page.waitForEvent('download')
    await page.locator('#menu a[download]').click()
    const stream = await (await downloading).createReadStream()
    const text = (await stream.setEncoding('utf8').toArray()).join('')
    assert.equal(text.split('\r\n').filter((line) => line.includes('`refund1,')).length, 3)
    clean(page, wechat.url)
    await page.leave()
  })

  test('the refund button refunds the amount that it shows, and once', async () => {
    const page = await explaining(wechat.url)
    await unifiedorder(wechat, { out_trade_no: 'refund2' })
    await wechat.post('/_emulator/pay', { out_trade_no: 'refund2' })
    const first = await wechat.post('/_emulator/refund', { out_trade_no: 'refund2', refund_fee: 70 })
    const order = page.order('refund2')
    const button = order.getByTestId('order-refund')
    await button.filter({ hasText: '退款 ¥0.30' }).waitFor()
    let clicks = 0
    await page.route('**/_emulator/refund', async (route) => {
      clicks += 1
      if (clicks === 1) {
        // The first refund fails after the click, and before the emulator has the request.
        await wechat.post('/_emulator/refund', { out_refund_no: first.out_refund_no, result: 'REFUNDCLOSE' })
        await button.filter({ hasText: '退款 ¥1.00' }).waitFor()
        await button.dispatchEvent('click')
        assert.equal(await button.getAttribute('aria-disabled'), 'true')
      }
      await route.continue()
    })
    await button.click()
    await page.getByTestId('message').filter({ hasText: '已申请退款：refund2 ¥0.30' }).waitFor()
    await button.filter({ hasText: '退款 ¥0.70' }).and(page.locator(':not([aria-disabled])')).waitFor()
    const refunds = await wechat.get('/_emulator/refunds?out_trade_no=refund2')
    assert.deepEqual(refunds.map((each) => [each.refund_fee, each.refund_status]), [[70, 'REFUNDCLOSE'], [30, 'PROCESSING']])
    assert.equal(clicks, 1)
    // What is left can be refunded afterwards.
    await button.click()
    await button.waitFor({ state: 'detached' })
    assert.equal(clicks, 2)
    clean(page, wechat.url)
    await page.leave()
  })

  test('a refused request: the mistake by its name, the right text beside the one that was signed', async () => {
    const page = await explaining(wechat.url)
    const key = wechat.merchant.api_key
    for (const [no, mistake, name, attach, wrong] of [
      ['r1', 'empty_values_signed', '空值参与了签名', '', (text) => `attach=&${text.slice(text.indexOf('body='))}`],
      ['r2', 'key_with_white_space', 'API 密钥前后有空白字符，或待签名的字符串末尾多了空白（两者结果相同）', 'x', (text) => text],
      ['r3', 'values_escaped', '值在签名前做了 XML 转义（attach）', 'a<b', (text) => text.replace('a<b', 'a&lt;b')],
    ]) {
      const right = signedText(orderFields(wechat, { out_trade_no: no, attach }))
      let signed = wrong(right)
      if (no === 'r1') signed = `${right.slice(0, right.indexOf('body='))}${signed}`
      const end = no === 'r2' ? '\n' : ''
      await unifiedorder(wechat, { out_trade_no: no, attach }, md5(`${signed}&key=${key}${end}`))
      const entry = page.getByTestId('entry').filter({ hasText: no }).filter({ has: page.locator(`[data-mistake=${mistake}]`) })
      await entry.waitFor()
      assert.equal(await entry.getAttribute('data-outcome'), 'protocol:签名错误')
      assert.equal(await entry.getByTestId('mistake').textContent(), name)
      // The newest is open by itself.
      assert.ok(await entry.getByTestId('string-to-sign').isVisible())
      assert.equal(await entry.getByTestId('string-to-sign').textContent().then((text) => text.replace('‸', '')), `${right}&key=***`)
      const likely = await entry.getByTestId('likely-string').textContent()
      assert.equal(likely.replaceAll('⏎', '\n'), `${signed}&key=***${end}`)
      const marked = { r1: 'attach=&', r2: '⏎', r3: '&lt;' }[no]
      assert.equal(await entry.getByTestId('likely-string').locator('mark').textContent(), marked)
    }
    // The signature is right, and the headline is the cause of the refusal.
    await unifiedorder(wechat, { out_trade_no: 'r3', total_fee: '1' })
    await unifiedorder(wechat, { out_trade_no: 'r3', total_fee: '2' })
    const used = page.getByTestId('entry').filter({ hasText: 'r3' }).filter({ has: page.locator('[data-mistake=number_used]') })
    await used.waitFor()
    assert.equal(await used.getAttribute('data-outcome'), 'business:INVALID_REQUEST')
    assert.equal(await used.getByTestId('mistake').textContent(), '商户订单号重复')
    assert.match(await used.textContent(), /签名原文/)
    assert.doesNotMatch(await used.textContent(), /签名正确|应当签名的字符串/)
    // None of it holds the key, and neither does the page.
    assert.ok(!(await page.content()).includes(key))

    // Two that were taken are out of sight with the switch, and back without.
    await unifiedorder(wechat, { out_trade_no: 'r4' })
    const taken = page.getByTestId('entry').filter({ hasText: 'r4' })
    await taken.waitFor()
    await page.getByTestId('refused-only').check()
    await taken.waitFor({ state: 'detached' })
    await page.getByTestId('refused-only').uncheck()
    await taken.waitFor()

    await page.getByTestId('language').click()
    await page.getByTestId('connection').filter({ hasText: 'Live' }).waitFor()
    await page.getByTestId('mistake').filter({ hasText: 'the API key has white space around it' }).waitFor()
    clean(page, wechat.url)
    await page.leave()
  })

  test('data from outside is shown as text, whatever it contains', async (t) => {
    const hostile = '<script>alert(1)</script><img src=x onerror=alert(2)>'
    const shop = await startListener(() => [200, `${hostile}&"'`])
    t.after(shop.stop)
    const page = await explaining(wechat.url)
    const long = { out_trade_no: 'L'.repeat(32), body: 'W'.repeat(127), notify_url: `${shop.url}/${'w'.repeat(200)}` }
    await unifiedorder(wechat, { out_trade_no: 'h1', body: `${hostile}茶`, attach: hostile, notify_url: shop.url })
    await unifiedorder(wechat, long)
    await unifiedorder(wechat, { out_trade_no: 'h2', body: hostile, attach: hostile, extra: `${hostile} ${'x'.repeat(40_000)}` }, 'F'.repeat(32))
    await unifiedorder(wechat, { out_trade_no: hostile }, 'F'.repeat(32))
    for (const out_trade_no of ['h1', long.out_trade_no]) await wechat.post('/_emulator/pay', { out_trade_no })
    await wechat.settle()

    assert.equal(await page.order('h1').getByTestId('order-body').textContent(), `${hostile}茶`)
    await page.order('h1').getByTestId('attempt').filter({ hasText: hostile }).waitFor()
    await page.order(long.out_trade_no).getByTestId('attempt').first().waitFor()
    const entry = page.getByTestId('entry').filter({ hasText: 'h2' }).filter({ has: page.locator('[data-mistake=not_searched]') })
    await entry.waitFor()
    await entry.locator('summary').click()
    const text = await entry.getByTestId('string-to-sign').textContent()
    assert.ok(text.includes(`attach=${hostile}&body=${hostile}&extra=${hostile} xxx`))
    assert.match(text, /… \(\d+ bytes more\)$/)
    assert.deepEqual(await page.evaluate(() => [
      document.querySelectorAll('main script, main img').length,
      document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    ]), [0, true])
    clean(page, wechat.url)
    await page.leave()
  })

  test('the keyboard is enough', async (t) => {
    const shop = await startListener((n) => (n === 0 ? [500, 'no'] : [200, ACK]))
    t.after(shop.stop)
    await unifiedorder(wechat, { out_trade_no: 'k1', notify_url: shop.url })
    const page = await explaining(wechat.url)
    const order = page.order('k1')
    await order.waitFor()
    const focused = (what) => page.waitForFunction((id) => document.activeElement?.dataset.testid === id || document.activeElement?.id === id, what)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.textContent), '跳到订单')
    await page.keyboard.press('Enter')
    await focused('orders')
    await page.keyboard.press('Tab')
    await focused('order-pay')
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), '支付：订单 k1')
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none')
    await page.keyboard.press('Enter')
    await order.and(page.locator('[data-state=SUCCESS]')).waitFor()
    await page.getByTestId('message').filter({ hasText: '支付成功' }).waitFor()
    await wechat.settle()
    await order.getByTestId('attempt').waitFor()

    // The button that paid is gone; the focus is still at this order, and the next one sends its notification again.
    assert.ok(await order.evaluate((element) => element.contains(document.activeElement)))
    while (await page.evaluate(() => document.activeElement.dataset.testid !== 'order-resend')) await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Space')
    await order.getByTestId('attempt').filter({ hasText: '手动重发' }).filter({ hasText: '商户已确认收到' }).waitFor()
    await page.getByTestId('message').filter({ hasText: '已重发' }).waitFor()
    await focused('order-resend')
    await page.keyboard.press('Tab')
    await focused('order-refund')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SUMMARY')
    const open = () => order.locator('details').evaluate((details) => details.open)
    const was = await open()
    await page.keyboard.press('Enter')
    assert.equal(await open(), !was)

    // Everything that can be clicked can be come to, and says what it is.
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, a, input, summary')]
      .filter((each) => each.tabIndex < 0 || !(each.getAttribute('aria-label') ?? each.closest('label')?.textContent ?? each.textContent).trim())
      .map((each) => each.outerHTML))
    assert.deepEqual(nameless, [])
    clean(page, wechat.url)
    await page.leave()
  })
})

test('the first minute: settings, snippets that run, and a test order', async (t) => {
  const wechat = await startEmulator()
  t.after(wechat.stop)
  const page = await explaining(wechat.url)
  const [panel, first] = [page.getByTestId('settings'), page.getByTestId('first-minute')]
  await panel.getByTestId('copy-api_key').waitFor()
  assert.ok(await panel.evaluate((element) => element.open))
  const { appid, mch_id, api_key, app_secret, openid } = wechat.merchant
  for (const shown of [wechat.url, appid, mch_id, api_key, app_secret, openid]) assert.ok((await panel.textContent()).includes(shown), shown)
  await panel.getByTestId('copy-mch_id').click()
  await page.getByTestId('message').filter({ hasText: /已复制|已选中/ }).waitFor()
  await first.getByTestId('test-order').click()
  await page.getByTestId('order').filter({ hasText: '龙井茶 50g' }).waitFor()
  assert.equal(await first.count(), 0)
  assert.match(await page.getByTestId('order-qr').getAttribute('href'), /^\/_wechat\/qr\?code_url=weixin/)
  // The settings are closed, and there all the same.
  await panel.and(page.locator(':not([open])')).waitFor()
  await page.locator('#menu a[href="#settings"]').click()
  await panel.getByTestId('copy-app_secret').click()
  await page.getByTestId('message').filter({ hasText: /已复制|已选中/ }).waitFor()
  // Whoever has opened them closes them.
  await wechat.post('/_emulator/test-order', {})
  await page.getByTestId('order').nth(1).waitFor()
  await page.getByTestId('language').click()
  assert.match(await panel.textContent(), /Settings.*API key/s)
  assert.ok(await panel.evaluate((element) => element.open))
  clean(page, wechat.url)
  await page.leave()

  // Each snippet makes an order. The panel is on the page of an emulator without orders.
  const ways = {
    curl: (code) => execFileSync('bash', ['-c', code], { stdio: ['ignore', 'pipe', 'ignore'] }),
    Python: (code) => execFileSync('.venv/bin/python', ['-c', code], { cwd: ROOT }),
    Node: (code) => execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT }),
  }
  for (const [name, run] of Object.entries(ways)) {
    const empty = await startEmulator()
    t.after(empty.stop)
    const shown = await explaining(empty.url)
    const code = await shown.getByTestId(`snippet-${name}`).textContent()
    // zsh takes a comment at its prompt for a command.
    assert.doesNotMatch(code, /(^|\s)#/)
    assert.match(String(run(code)), /weixin:\/\/wxpay\/bizpayurl\?pr=/, name)
    await shown.getByTestId('order').waitFor()
    await shown.leave()
  }
})

test('the variables are those of a working client of both APIs, also in a shell without comments', async (t) => {
  const wechat = await startEmulator()
  t.after(wechat.stop)
  const page = await explaining(wechat.url)
  const variables = await page.getByTestId('snippet-variables').textContent()
  assert.doesNotMatch(variables, /#/)
  const folder = mkdtempSync(join(tmpdir(), 'variables-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const check = `.venv/bin/python -c 'from wxpaykit import WxPay
pay = WxPay.from_env(store="memory:")
for ask in (lambda: pay.orderquery(out_trade_no="n1"), lambda: pay.v3.query(out_trade_no="n1")):
    try: ask()
    except Exception as error: print(getattr(error, "err_code", None) or error.code)'`
  const run = (lines) => execFileSync('bash', ['-c', `cd ${folder}\n${lines}\ncd ${ROOT}\n${check}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  assert.match(run(variables), /ORDERNOTEXIST\n.*ORDER_?NOT_?EXIST/s)
  // Who takes only the lines that begin with export still has a client of APIv2.
  assert.match(run(variables.split('\n').filter((line) => line.startsWith('export ')).join('\n')), /ORDERNOTEXIST/)
  clean(page, wechat.url)
  await page.leave()
})

describe('faults by hand', { concurrency: 1 }, () => {
  let wechat
  before(async () => { wechat = await startEmulator() })
  after(() => wechat.stop())

  const opened = async (options) => {
    const page = await explaining(wechat.url, options)
    await page.locator('#menu a[href="#faults"]').click()
    await page.getByTestId('fault').waitFor()
    return page
  }
  const rows = (page, name) => page.locator(`[data-testid=fault-row][data-fault=${name}]`)

  test('a fault is chosen, strikes and is removed', async () => {
    const page = await opened()
    await page.getByTestId('no-faults').filter({ hasText: '现在没有故障' }).waitFor()
    await page.getByTestId('fault').selectOption('refuse')
    await page.getByTestId('fault-endpoint').selectOption('/pay/unifiedorder')
    // What the emulator refuses is said in the page's language, and what was typed stays.
    await page.getByTestId('fault-add').click()
    await page.getByTestId('message').filter({ hasText: '没有成功：refuse 需要 code 或 message' }).waitFor()
    await page.getByTestId('fault-code').fill('NOTENOUGH')
    await page.getByTestId('fault-message').fill('余额不足')
    await page.getByTestId('language').click()
    assert.equal(await page.getByTestId('fault-message').inputValue(), '余额不足')
    await page.getByTestId('language').click()
    await page.getByTestId('fault-order').fill('f1')
    await page.getByTestId('fault-message').press('Enter')
    await page.getByTestId('message').filter({ hasText: '已添加故障 refuse' }).waitFor()
    const row = rows(page, 'refuse')
    await row.filter({ hasText: 'refuse code=NOTENOUGH message=余额不足/pay/unifiedorder · 订单 f1 · 已触发 0 次 · 还剩 1 次' }).waitFor()
    assert.equal(await page.getByTestId('fault-count').textContent(), '1 个')

    assert.doesNotMatch(await unifiedorder(wechat, { out_trade_no: 'f2' }), /NOTENOUGH/)
    assert.match(await unifiedorder(wechat, { out_trade_no: 'f1' }), /NOTENOUGH/)
    await row.filter({ hasText: '已触发 1 次 · 还剩 0 次' }).waitFor()
    await row.getByTestId('fault-remove').click()
    await page.getByTestId('no-faults').waitFor()
    assert.deepEqual(await wechat.get('/_emulator/faults'), [])
    clean(page, wechat.url)
    await page.leave()
  })

  test('every fault that there is can be chosen, with each of its values', async () => {
    const page = await opened()
    const { faults, endpoints } = await wechat.get('/_emulator/fault-kinds')
    assert.ok(faults.length > 40)
    const given = {}
    for (const { fault, apis, paths: ofFault, parameters } of faults) {
      await page.getByTestId('fault').selectOption(fault)
      const wanted = { fault }
      for (const { name, form, choices, most, default: usual, example } of parameters) {
        const input = page.getByTestId(`fault-${name}`)
        if (form === 'choice') await input.selectOption(wanted[name] = choices.at(-1))
        else if (form === 'flag') { wanted[name] = !usual; await input.check() }
        else if (form === 'whole') await input.fill(String(wanted[name] = name === 'status' ? 500 : most))
        else {
          wanted[name] = example ?? usual
          await input.fill(typeof wanted[name] === 'string' ? wanted[name] : JSON.stringify(wanted[name]))
        }
        // What is the default anyway is not sent.
        if (wanted[name] === usual) delete wanted[name]
      }
      // The paths that it may name, and no others.
      const paths = await page.getByTestId('fault-endpoint').locator('option').evaluateAll((all) => all.map((each) => each.value))
      assert.deepEqual(paths.sort(), apis === null ? [] : ['', ...endpoints.filter((each) => apis.includes(each.api) && (ofFault?.includes(each.path) ?? true)).map((each) => each.path)].sort(), fault)
      await page.getByTestId('fault-add').click()
      await rows(page, fault).waitFor()
      given[fault] = wanted
    }
    const own = ({ id, out_trade_no, endpoint, times, probability, met, struck, left, ...rest }) => rest
    const listed = await wechat.get('/_emulator/faults')
    assert.deepEqual(Object.fromEntries(listed.map((each) => [each.fault, own(each)])), given)
    assert.ok(listed.every((each) => each.times === 1 && each.endpoint === null && each.probability === null))
    await page.getByTestId('faults-remove-all').click()
    await page.getByTestId('no-faults').waitFor()
    clean(page, wechat.url)
    await page.leave()
  })

  test('how often, of which orders; what is wrong does not leave the page', async () => {
    const page = await opened({ locale: 'en-US', viewport: { width: 360, height: 640 } })
    await page.getByTestId('fault').selectOption('coupons')
    for (const [text, said] of [['[{', 'coupons must be JSON'], ['[{"fee": "x"}]', 'Did not work: coupons: invalid type'], ['[{"id": "1", "type": "CASH", "fee": 0}]', 'a coupon\'s fee is 1 to']]) {
      await page.getByTestId('fault-coupons').fill(text)
      await page.getByTestId('fault-add').click()
      await page.getByTestId('message').filter({ hasText: said }).waitFor()
    }
    await page.getByTestId('fault').selectOption('delay')
    for (const [field, bad] of [['fault-by_s', '-1'], ['fault-by_s', '99999999'], ['fault-times', '0'], ['fault-probability', '2']]) {
      await page.getByTestId(field).fill(bad)
      await page.getByTestId('fault-add').click()
      assert.equal(await page.getByTestId(field).evaluate((input) => input.validity.valid), false, field)
      await page.getByTestId(field).fill('')
    }
    assert.deepEqual(await wechat.get('/_emulator/faults'), [])
    await page.getByTestId('fault-probability').fill('0.5')
    await page.getByTestId('fault-add').click()
    await rows(page, 'delay').filter({ hasText: 'delayprobability 0.5 · triggered: 0' }).waitFor()
    const [fault] = await wechat.get('/_emulator/faults')
    assert.deepEqual([fault.times, fault.probability, 'by_s' in fault], [null, 0.5, false])
    // By the keyboard, and on a telephone.
    await page.getByTestId('fault-remove').focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('no-faults').waitFor()
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth))
    const nameless = await page.locator('#faults :is(input, select)').evaluateAll((all) => all.filter((each) => !each.labels?.[0]?.textContent.trim()).map((each) => each.name))
    assert.deepEqual(nameless, [])
    clean(page, wechat.url)
    await page.leave()
  })
})

test('the menu leads to a QR code and to H5, and both to a payment', async (t) => {
  const wechat = await startEmulator()
  t.after(wechat.stop)
  const page = await explaining(wechat.url, { userAgent: SAFARI })
  const follow = async (path) => {
    const [opened] = await Promise.all([page.waitForEvent('popup'), page.locator(`#menu a[href="${path}"]`).click()])
    return opened
  }
  const codes = await follow('/_wechat/qr')
  await codes.getByTestId('none').waitFor()
  await codes.getByTestId('test-order').click()
  await codes.getByTestId('qr').waitFor()
  const code = await codes.getByTestId('code-url').textContent()
  await codes.goBack()
  await codes.reload()
  await codes.getByTestId('waiting').click()
  assert.equal(await codes.getByTestId('code-url').textContent(), code)
  await codes.getByTestId('scan').click()
  await codes.getByTestId('scan').click()
  await pay(codes)
  await page.locator('[data-testid=order][data-state=SUCCESS]').waitFor()

  const phone = await follow('/_wechat/h5')
  await phone.getByTestId('test-order').click()
  await phone.getByTestId('waiting').click()
  await pay(phone)
  await page.locator('[data-testid=order][data-state=SUCCESS]').nth(1).waitFor()
  // From the order itself.
  await wechat.post('/_emulator/test-order', { trade_type: 'MWEB' })
  const [direct] = await Promise.all([page.waitForEvent('popup'), page.getByTestId('order-h5').click()])
  await pay(direct)
  await page.locator('[data-testid=order][data-state=SUCCESS]').nth(2).waitFor()
  clean(page, wechat.url)
  await page.leave()
})

test('one is not counted as many', async (t) => {
  const wechat = await startEmulator()
  t.after(wechat.stop)
  const page = await explaining(wechat.url, { locale: 'en-US' })
  for (const [number, count] of [['c1', '1 entry'], ['c2', '2 entries']]) {
    await unifiedorder(wechat, { out_trade_no: number })
    await page.order(number).waitFor()
    assert.equal(await page.locator('#entry-count').textContent(), count)
  }
  await page.leave()
})

test('pages have the language of the browser', async (t) => {
  const wechat = await startEmulator()
  t.after(wechat.stop)
  const titles = async (locale) => {
    const page = await explaining(wechat.url, { locale })
    const found = [await page.locator('h1').textContent()]
    for (const path of ['/_wechat/me', '/_wechat/scan', '/_wechat/app']) {
      await page.goto(wechat.url + path)
      found.push(await page.locator('h1').textContent())
    }
    await page.goto(`${wechat.url}/_wechat/scan`)
    await page.getByTestId('code-url').fill('weixin://x')
    await page.getByTestId('scan').click()
    found.push(await page.getByTestId('ok').textContent())
    await page.leave()
    return found
  }
  assert.deepEqual(await titles('zh-CN'), ['本机微信支付', '这部手机是谁的', '扫一扫', 'APP 支付', '确定'])
  assert.deepEqual(await titles('en-US'), ['Local WeChat Pay', 'Who holds this phone', 'Scan a code', 'Payment in an app', 'OK'])
  assert.deepEqual((await titles('fr-FR'))[0], 'Local WeChat Pay')
})

for (const [locale, lang] of [['zh-CN', 'zh-CN'], ['en-GB', 'en'], ['fr-FR', 'en']]) {
  test(`QR code, H5 and payment code have the language of a browser in ${locale}, to their last word`, async (t) => {
    const wechat = await startEmulator()
    t.after(wechat.stop)
    const page = await customer(browser, SAFARI, { locale })
    /** At a page that has this text in Chinese, or this one in English, and none of the other language. */
    const speaks = async (path, chinese, english) => {
      if (path !== undefined) await page.goto(wechat.url + path)
      const text = await page.evaluate(() => [
        document.title, document.body.innerText,
        ...[...document.querySelectorAll('[alt], [placeholder], [title], [aria-label]')].flatMap((each) => ['alt', 'placeholder', 'title', 'aria-label'].map((name) => each.getAttribute(name) ?? '')),
      ].join('\n'))
      assert.equal(await page.locator('html').getAttribute('lang'), lang, page.url())
      assert.ok(text.includes(lang === 'en' ? english : chinese), `${page.url()}: ${text}`)
      // What shops and customers are called, and what they sell, is nobody's language.
      const own = text.replaceAll(/腾讯充值中心|微信用户|龙井茶|测试商品|Test order/g, '').replaceAll(/\S*(:\/\/|_url)\S*/g, '')
      assert.doesNotMatch(own, lang === 'en' ? /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/ : /[A-Za-z]+ [A-Za-z]+/, page.url())
    }
    await speaks('/_wechat/qr', '没有等待支付的订单', 'No order waits for payment')
    await page.getByTestId('test-order').click()
    await page.getByTestId('qr').waitFor()
    await speaks(undefined, '用模拟的微信扫一扫', 'Scan it with the emulated WeChat')
    await page.getByTestId('scan').click()
    await speaks(undefined, '扫一扫', 'Scan a code')
    await page.getByTestId('scan').click()
    await page.getByTestId('password').waitFor()
    await speaks(undefined, '支付密码', 'password')
    await speaks('/_wechat/qr', '等待支付的订单', 'Orders that wait for payment')
    assert.equal(await page.getByTestId('waiting').count(), 1)

    await speaks('/_wechat/h5', '没有等待支付的订单', 'No order waits for payment')
    await page.getByTestId('test-order').click()
    await page.getByTestId('waiting').waitFor()
    await speaks(undefined, 'mweb_url 的有效期是五分钟', 'is valid for five minutes')
    await page.getByTestId('waiting').click()
    await page.getByTestId('password').waitFor()
    await speaks(undefined, '支付密码', 'password')

    await speaks('/_wechat/code', '付款码每分钟更新', 'The code changes each minute')
    assert.equal(await page.getByTestId('waiting').count(), 0)
    const auth_code = (await page.getByTestId('digits').textContent()).replaceAll(' ', '')
    const { notify_url: _, product_id: __, trade_type: ___, ...fields } = orderFields(wechat, { auth_code, out_trade_no: 'till1', total_fee: '200000' })
    assert.match(await call(wechat, '/pay/micropay', fields), /USERPAYING/)
    await page.getByTestId('reload').click()
    await page.getByTestId('waiting').waitFor()
    await speaks(undefined, '输入密码并支付', 'Enter the password and pay')
    await page.getByTestId('confirm').click()
    await page.getByTestId('waiting').waitFor({ state: 'detached' })
    assert.equal((await wechat.order('till1')).trade_state, 'SUCCESS')

    assert.deepEqual(page.strays, [])
    await page.leave()
  })
}

test('the stream breaks and comes back: nothing is missed and nothing is twice', async (t) => {
  const [wechat, another] = await Promise.all([startEmulator(), startEmulator()])
  const way = await startWay(wechat)
  t.after(() => Promise.all([way.breaks(), wechat.stop(), another.stop()]))
  const page = await explaining(way.url)
  await unifiedorder(wechat, { out_trade_no: 'b1' })
  await page.order('b1').waitFor()
  const connection = page.getByTestId('connection')

  await way.breaks()
  await connection.filter({ hasText: '连接已断开' }).waitFor()
  await unifiedorder(wechat, { out_trade_no: 'b2' })
  await wechat.post('/_emulator/close', { out_trade_no: 'b1' })
  await way.mend()
  await connection.filter({ hasText: '实时' }).waitFor()
  await page.order('b2').waitFor()
  await page.order('b1').and(page.locator('[data-state=CLOSED]')).waitFor()
  assert.equal(await page.getByTestId('order').count(), 2)
  assert.equal(await page.getByTestId('entry').count(), 2)

  // Another run of the emulator, which knows nothing of the first.
  await way.breaks()
  await connection.filter({ hasText: '连接已断开' }).waitFor()
  await unifiedorder(another, { out_trade_no: 'c1' })
  way.leadTo(another)
  await way.mend()
  await page.order('c1').waitFor()
  // The two lists are cleared one after the other.
  await Promise.all(['order', 'entry'].map((list) => page.getByTestId(list).nth(1).waitFor({ state: 'detached' })))
  assert.equal(await page.getByTestId('order').count(), 1)
  assert.equal(await page.getByTestId('entry').count(), 1)

  // Turned away instead: as long as the emulator has no room, or none is there at all.
  await way.breaks()
  const crowd = await crowded(another)
  await way.mend()
  const turnedAway = await page.waitForResponse((response) => response.url().endsWith('/_emulator/events') && response.status() === 503)
  assert.equal(turnedAway.status(), 503)
  crowd.abort()
  await connection.filter({ hasText: '实时' }).waitFor()
  await unifiedorder(another, { out_trade_no: 'c2' })
  await page.order('c2').waitFor()
  clean(page, way.url)
  await page.leave()
})

/** As many listeners as an emulator has room for. */
async function crowded(wechat) {
  const leaving = new AbortController()
  for (;;) {
    const response = await fetch(`${wechat.url}/_emulator/events`, { signal: leaving.signal })
    if (response.status === 503) return leaving
  }
}
