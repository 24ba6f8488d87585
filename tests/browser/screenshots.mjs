// Makes docs/images anew: what README shows. Not part of the tests. It needs pngquant, and fonts with
// Chinese characters: apt-get install pngquant fonts-noto-cjk.

import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ANDROID, customer, startBrowser } from './browser.mjs'
import { cashier, order, says, startShop } from './shop.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IMAGES = `${ROOT}/docs/images/`
/** How each language's pictures are made: English words take more room, and Chinese characters are two columns wide in one of the fonts. */
const LANGUAGES = [
  { language: 'en', locale: 'en-US', folder: '', height: 760, font: '13px/1.5 "DejaVu Sans Mono"' },
  { language: 'zh', locale: 'zh-CN', folder: 'zh/', height: 640, font: '15px/1.4 "Noto Sans Mono CJK SC"' },
]

/** A page or an element as docs/images/NAME.png. */
const shoot = async (page, name, options = {}) => {
  const path = `${IMAGES}${name}.png`
  await page.screenshot({ path, animations: 'disabled', ...options })
  // A fifth of the size, without a visible difference.
  execFileSync('pngquant', ['--force', '--strip', '--ext', '.png', '--quality', '70-95', path])
}

mkdirSync(`${IMAGES}zh`, { recursive: true })
const browser = await startBrowser()
try {
  // The READMEs in English and in Chinese show the same, each in its language.
  for (const each of LANGUAGES) {
    await theDemo(each)
    await theEmulator(each)
  }
  await theNotebooks()
} finally {
  await browser.close()
}

/** It starts an emulator and a shop of its own, and then waits for Ctrl-C. */
async function theDemo({ language, folder, font }) {
  const env = { ...process.env, FORCE_COLOR: '1', WXPAYKIT_LANG: language }
  const demo = spawn('python3', ['examples/demo.py', 'flask'], { cwd: ROOT, env })
  let steps = ''
  for await (const piece of demo.stdout.setEncoding('utf8')) {
    steps += piece
    if (steps.includes('Ctrl-C')) break
  }
  demo.kill('SIGINT')
  if (demo.exitCode === null) await once(demo, 'exit')
  const terminal = await customer(browser, undefined, { viewport: { width: 1000, height: 900 }, deviceScaleFactor: 2 })
  await terminal.setContent(asTerminal(`$ make demo SHOP=flask\n${steps}`, font))
  await shoot(terminal.locator('pre'), `${folder}demo`)
  await terminal.leave()
}

/** The cashier over the shop's page, and the page of the emulator. */
async function theEmulator({ locale, folder, height }) {
  const phone = { locale, viewport: { width: 360, height }, deviceScaleFactor: 2 }
  const shop = await startShop('flask')
  try {
    const page = await customer(browser, ANDROID, phone)
    await order(page, shop)
    await page.locator('#bridge').click()
    await cashier(page).getByTestId('password').fill('135790')
    await shoot(page, `${folder}cashier`)
    await cashier(page).getByTestId('pay').click()
    await says(page, '已支付')
    await page.leave()

    await shop.wechat.settle()
    await refusedOrder(shop)
    const explaining = await customer(browser, undefined, phone)
    await explaining.goto(`${shop.wechat.url}/`)
    await explaining.getByTestId('order').locator('summary').click()
    await shoot(explaining, `${folder}orders`)
    await explaining.getByTestId('refused-only').check()
    await explaining.getByTestId('likely-string').scrollIntoViewIfNeeded()
    await shoot(explaining, `${folder}explain`)
    await explaining.leave()
  } finally {
    await shop.stop()
  }
}

/** As nbconvert wrote them; what they would load from elsewhere is for formulas. */
async function theNotebooks() {
  const notebooks = readdirSync(`${ROOT}/target/notebooks`).filter((name) => name.endsWith('.html'))
  const reader = await browser.newPage({ viewport: { width: 1240, height: 800 } })
  await reader.route((url) => !['file:', 'data:'].includes(url.protocol), (route) => route.abort())
  for (const name of notebooks) {
    await reader.goto(`file://${ROOT}/target/notebooks/${name}`)
    await shoot(reader, `notebook-${name.replace('.html', '')}`, { fullPage: true })
  }
}

/** An order whose sender signed an empty value, which is left out of a signature. */
async function refusedOrder(shop) {
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

/** What a program printed, in its colours; long lines are cut. */
function asTerminal(text, font) {
  const styles = { 1: 'font-weight: bold', 2: 'color: #8b949e', 31: 'color: #ff7b72', 32: 'color: #56d364' }
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const lines = escaped.trimEnd().split('\n').map((line) => {
    let open = 0
    const inner = line.replace(/\x1b\[(\d+)m/g, (_, code) => {
      if (code === '0') {
        const ends = '</span>'.repeat(open)
        open = 0
        return ends
      }
      open += 1
      return `<span style="${styles[code] ?? ''}">`
    })
    return `<div>${inner || '&nbsp;'}</div>`
  })
  return `<style>
    body { margin: 0; background: #fff }
    pre { margin: 0; padding: 18px 22px; background: #0d1117; color: #e6edf3; border-radius: 10px; width: 940px; box-sizing: border-box;
      font: ${font}, monospace }
    div { overflow: hidden; text-overflow: ellipsis; white-space: pre }
  </style><pre>${lines.join('')}</pre>`
}
