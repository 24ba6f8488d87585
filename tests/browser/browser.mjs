// Chromium as a customer's WeChat, or as a phone's own browser.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

export const ANDROID =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A.230803.041; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 ' +
  'Chrome/126.0.6478.188 Mobile Safari/537.36 MicroMessenger/8.0.50.2701(0x28003236) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64'
export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 ' +
  'MicroMessenger/8.0.50(0x18003233) NetType/WIFI Language/zh_CN'
export const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'

// npm has the JS-SDK as a CommonJS module: its bytes, with what a bundler would put around them.
const sdk = readFileSync(createRequire(import.meta.url).resolve('weixin-js-sdk'), 'utf8')
const JWEIXIN = `{const module = {exports: {}};\n${sdk}\n;window.wx = module.exports;}`

// The headless shell is the same browser without what only a screen needs: the tests take three quarters of the time.
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']

export async function startBrowser() {
  const executablePath = process.env.CHROMIUM ?? NAMES.map((name) => `/usr/bin/${name}`).find(existsSync)
  if (!executablePath) throw new Error('Chromium is missing: apt-get install chromium-headless-shell')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--no-proxy-server'],
  })
}

/**
 * A page of a new customer, who has no cookies. `page.strays` lists what it asked of hosts other than this machine, but for
 * the JS-SDK, which it gets, and the JS-SDK's beacon, which goes nowhere.
 */
export async function customer(browser, userAgent, others = {}) {
  const context = await browser.newContext({
    userAgent, locale: 'zh-CN', viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true, ...others,
  })
  context.setDefaultTimeout(20_000)
  const strays = []
  await context.route((url) => url.hostname !== '127.0.0.1' && url.protocol !== 'data:', (route) => {
    const url = route.request().url()
    if (url === 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js') {
      return route.fulfill({ contentType: 'text/javascript', body: JWEIXIN })
    }
    if (url.startsWith('https://open.weixin.qq.com/sdk/report?')) return route.fulfill({ status: 204 })
    strays.push(url)
    return route.abort()
  })
  const page = await context.newPage()
  return Object.assign(page, { strays, leave: () => context.close() })
}
