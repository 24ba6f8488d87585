// What a person needs first: where to send requests, with which settings, and a test order.

const texts = {
  zh: {
    intro: '把你的 SDK 的接口地址改成下面的地址，调用 unifiedorder 即可；或者先创建一笔测试订单。',
    test: '创建测试订单', copy: '复制', copied: '已复制', select: '浏览器不允许复制；已选中，请按 Ctrl-C',
    rows: { url: '接口地址', appid: 'appid', mch_id: '商户号', api_key: 'API 密钥', app_secret: 'AppSecret', api_v3_key: 'APIv3 密钥', platform_public_key_id: '微信支付公钥 ID', openid: '一个用户的 openid' },
    hidden: '*** 是你的商户文件里的密钥，这里不显示。', variables: '环境变量', shop: 'WXPAY_NOTIFY_URL 请改成你的商城的通知地址。',
  },
  en: {
    intro: 'Point your SDK at the address below and call unifiedorder, or make a test order.',
    test: 'Make a test order', copy: 'Copy', copied: 'Copied', select: 'The browser does not allow copying; the text is selected, press Ctrl-C',
    rows: { url: 'address', appid: 'appid', mch_id: 'mch_id', api_key: 'API key', app_secret: 'AppSecret', api_v3_key: 'APIv3 key', platform_public_key_id: 'public key id', openid: 'openid of a customer' },
    hidden: '*** stands for a key of your merchant file. It is not shown here.', variables: 'Variables', shop: 'Set WXPAY_NOTIFY_URL to the address of your shop.',
  },
}

const variablesOfV3 = (m) => {
  const from = `${m.url}/_emulator/certificates/${m.mch_id}`
  // Id and file of the public key belong together: one without the other is a wrong setting.
  return `export WXPAY_API_V3_KEY=${m.api_v3_key}
curl -sO ${from}/apiclient_cert.p12 && export WXPAY_CLIENT_P12_FILE="$PWD/apiclient_cert.p12"
curl -sO ${from}/pub_key.pem && export WXPAY_PLATFORM_PUBLIC_KEY_FILE="$PWD/pub_key.pem" WXPAY_PLATFORM_PUBLIC_KEY_ID=${m.platform_public_key_id}
`
}

const snippets = (m, t) => ({
  [t.variables]: `export WXPAY_APPID=${m.appid}
export WXPAY_MCH_ID=${m.mch_id}
export WXPAY_API_KEY=${m.api_key}
export WXPAY_APP_SECRET=${m.app_secret}
export WXPAY_ENDPOINTS=${m.url}
export WXPAY_NOTIFY_URL=${m.notify_url}
${m.api_v3_key ? variablesOfV3(m) : ''}`,
  curl: `number=$(date +%Y%m%d%H%M%S)
text="appid=${m.appid}&body=tea&mch_id=${m.mch_id}&nonce_str=n1&notify_url=${m.notify_url}&out_trade_no=$number&product_id=tea&spbill_create_ip=127.0.0.1&total_fee=100&trade_type=NATIVE"
sign=$(printf '%s&key=%s' "$text" '${m.api_key}' | openssl md5 -r | cut -c1-32 | tr a-f A-F)
xml=$(printf '%s&sign=%s' "$text" "$sign" | sed -E 's#([a-z_]+)=([^&]*)&?#<\\1>\\2</\\1>#g')
curl -d "<xml>$xml</xml>" ${m.url}/pay/unifiedorder
`,
  Python: `from wxpaykit import WxPay, new_out_trade_no

pay = WxPay(appid="${m.appid}", mch_id="${m.mch_id}", api_key="${m.api_key}",
            notify_url="${m.notify_url}", endpoints="${m.url}")
order = pay.unifiedorder(body="龙井茶", out_trade_no=new_out_trade_no(), total_fee=100, trade_type="NATIVE",
                         product_id="tea", spbill_create_ip="127.0.0.1")
print(order.code_url)
`,
  Node: `import { newOutTradeNo, WxPay } from 'wxpaykit'

const pay = new WxPay({
  appid: '${m.appid}', mchId: '${m.mch_id}', apiKey: '${m.api_key}',
  notifyUrl: '${m.notify_url}', endpoints: '${m.url}',
})
const order = await pay.unifiedorder({
  body: '龙井茶', out_trade_no: newOutTradeNo(), total_fee: 100, trade_type: 'NATIVE', product_id: 'tea', spbill_create_ip: '127.0.0.1',
})
console.log(order.code_url)
`,
})

let asked

/** While there is no order. `tools` are those of the page: `h` makes an element, `button` a button, `ask` calls the control API. */
export function firstMinute(language, { h, button, ask }) {
  const t = texts[language]
  const test = button(t.test, () => ask('test-order', {}), { class: 'main', 'data-testid': 'test-order', 'data-key': 'first order' })
  return h('div', { class: 'empty beginning', 'data-testid': 'first-minute' }, h('p', {}, t.intro), h('p', {}, test))
}

/** The settings to copy, and snippets. It is filled when the emulator has answered. `say` shows a message. */
export function settingsPanel(language, { h, button, say }) {
  const t = texts[language]
  const panel = h('div', { class: 'first' })
  asked ??= fetch('/_emulator/merchant').then((answer) => (answer.ok ? answer.json() : undefined), () => undefined)
  asked.then((merchant) => {
    if (merchant === undefined) {
      asked = undefined
      return
    }
    // As this browser reaches it.
    const settings = { ...merchant, url: location.origin }
    const copying = (text, place, name) =>
      button(t.copy, () => copy(text, place, t, say), { 'aria-label': `${t.copy} ${name}`, 'data-testid': `copy-${name}` })
    const row = ([name, label]) => {
      const value = h('code', {}, settings[name])
      if (settings[name] === null) return []
      return [h('dt', {}, label), h('dd', {}, value, ' ', settings[name] !== '***' && copying(settings[name], value, name))]
    }
    const hidden = Object.values(settings).includes('***') && h('p', { class: 'soft' }, t.hidden)
    panel.append(...[h('dl', {}, ...Object.entries(t.rows).flatMap(row)), hidden].filter(Boolean))
    for (const [name, text] of Object.entries(snippets(settings, t))) {
      const code = h('pre', { tabindex: '0', 'data-testid': `snippet-${name === t.variables ? 'variables' : name}` }, text)
      const about = name === t.variables && h('p', { class: 'soft' }, t.shop)
      panel.append(h('details', { 'data-key': `first ${name}` }, h('summary', {}, name), about, copying(text, code, name), code))
    }
  })
  return panel
}

async function copy(text, place, t, say) {
  try {
    await navigator.clipboard.writeText(text)
    say(t.copied)
  } catch {
    getSelection().selectAllChildren(place)
    say(t.select)
  }
}
