// Makes docs/images anew: what README shows. Not part of the tests. It needs pngquant, and fonts with
// Chinese characters: apt-get install pngquant fonts-noto-cjk.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ANDROID, customer, startBrowser } from './browser.mjs'
import { cashier, order, payHere, says, startShop } from './shop.mjs'

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const PHONE = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2 }

const shoot = async (page, name) => {
  const path = `${IMAGES}${name}.png`
  await page.screenshot({ path, animations: 'disabled' })
  // A fifth of the size, without a visible difference.
  execFileSync('pngquant', ['--force', '--strip', '--ext', '.png', '--quality', '70-95', path])
}

mkdirSync(IMAGES, { recursive: true })
const [browser, shop] = await Promise.all([startBrowser(), startShop('flask')])
try {
  const page = await customer(browser, ANDROID, PHONE)
  await order(page, shop)
  await page.locator('#bridge').click()
  await cashier(page).getByTestId('password').fill('135790')
  await shoot(page, 'cashier')
  await cashier(page).getByTestId('pay').click()
  await says(page, '已支付')

  await shop.wechat.settle()
  await refusedOrder()
  const explaining = await customer(browser, undefined, PHONE)
  await explaining.goto(`${shop.wechat.url}/`)
  await explaining.getByTestId('order').locator('summary').click()
  await shoot(explaining, 'orders')
  await explaining.getByTestId('refused-only').check()
  await explaining.getByTestId('likely-string').scrollIntoViewIfNeeded()
  await shoot(explaining, 'explain')
} finally {
  await Promise.all([browser.close(), shop.stop()])
}

/** An order whose sender signed an empty value, which is left out of a signature. */
async function refusedOrder() {
  const { appid, mch_id, api_key } = shop.merchant
  const fields = {
    appid, attach: '', body: '龙井茶 50g', mch_id, nonce_str: 'ibuaiVcKdpRxkhJA', notify_url: `${shop.url}/wxpay/notify`,
    out_trade_no: '20150806125346', spbill_create_ip: '203.0.113.9', total_fee: '100', trade_type: 'NATIVE',
  }
  const text = Object.entries(fields).map(([name, value]) => `${name}=${value}&`).join('')
  const sign = createHash('md5').update(`${text}key=${api_key}`).digest('hex').toUpperCase()
  const xml = Object.entries({ ...fields, sign }).map(([name, value]) => `<${name}>${value}</${name}>`).join('')
  await fetch(`${shop.wechat.url}/pay/unifiedorder`, { method: 'POST', body: `<xml>${xml}</xml>` })
}
