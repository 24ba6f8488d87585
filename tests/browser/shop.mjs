// A shop of examples/ with a WeChat of its own, and what a customer does there.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { describe } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Starts `flask`, `django`, `express` or `miniprogram`, by APIv2 or `v3`. What they say is kept, and shown when the shop does not start. */
export async function startShop(kind, api = 'v2') {
  const child = spawn(`${ROOT}/.venv/bin/python`, [`${ROOT}/examples/demo.py`, kind, '--api', api, '--serve'], { stdio: 'pipe' })
  let said = ''
  child.stderr.on('data', (data) => { said += data })
  const line = await new Promise((resolve, reject) => {
    child.once('exit', (status) => reject(new Error(`${kind} ended with status ${status}:\n${said}`)))
    createInterface(child.stdout).once('line', resolve)
  })
  const { shop, merchant } = JSON.parse(line)
  return {
    kind,
    url: shop,
    merchant,
    wechat: new WeChat(merchant.url),
    said: () => said,
    async stop() {
      child.removeAllListeners('exit')
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      await ended
    },
  }
}

/** The same visits to each shop. They wait for their pages most of the time, so the shops are visited side by side. */
export function atEachShop(visits) {
  describe('a customer', { concurrency: 3 }, () => {
    for (const kind of ['flask', 'django', 'express']) describe(kind, { concurrency: 1 }, () => visits(kind))
  })
}

/** The emulator's control API. */
export class WeChat {
  constructor(url) {
    this.url = url
  }

  async get(path) {
    return (await fetch(this.url + path)).json()
  }

  async post(path, body) {
    return (await fetch(this.url + path, { method: 'POST', body: JSON.stringify(body) })).json()
  }

  async delete(path) {
    return (await fetch(this.url + path, { method: 'DELETE' })).json()
  }

  async order(out_trade_no) {
    return (await this.get(`/_emulator/orders?out_trade_no=${out_trade_no}`))[0]
  }

  /** Back when every notification that is due has been answered; later ones when the clock is moved. */
  async settle(advance_s = 0) {
    await this.post('/_emulator/clock', { advance_s })
  }

  /** The journal's newest entry with this outcome. */
  async refusal(outcome) {
    return (await this.get('/_emulator/journal')).findLast((entry) => entry.outcome === outcome)
  }
}

/** Orders tea in WeChat, and is at the order's page afterwards. Gives its number. */
export async function order(page, shop) {
  await page.goto(shop.url)
  await page.locator('a[href="/buy"]').click()
  await page.waitForURL('**/orders/*')
  return numberOf(page)
}

/** Who may refund, as `make demo` has it. The shops ask by HTTP Basic; Django has accounts. */
export const STAFF = { username: 'staff', password: 'tea' }

export async function loggedIn(page, shop) {
  if (shop.kind !== 'django') return
  await page.goto(`${shop.url}/admin/login/?next=/`)
  await page.locator('#id_username').fill(STAFF.username)
  await page.locator('#id_password').fill(STAFF.password)
  await page.locator('[type=submit]').click()
  await page.locator('a[href="/buy"]').waitFor()
}

export function numberOf(page) {
  return new URL(page.url()).pathname.split('/').pop()
}

/** Waits until the shop's page says so. */
export async function says(page, text) {
  await page.locator('#state').filter({ hasText: text }).waitFor()
}

/** What is in WeChat's own frame, over the shop's page. */
export function cashier(page) {
  return page.frameLocator('iframe[data-testid="wechat"]')
}

/** Pays at the cashier that is open in `place`, a page or a frame. */
export async function pay(place) {
  await place.getByTestId('password').fill('135790')
  await place.getByTestId('pay').click()
}

export async function payHere(page) {
  await pay(cashier(page))
}
