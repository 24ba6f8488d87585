// A tea shop inside WeChat, in Express: OAuth, order, cashier, notification, confirmed.
// Settings come from the environment: WXPAY_* (see the README), SHOP_URL and PORT.

import { randomBytes } from 'node:crypto';
import express from 'express';
import { ACK_CONTENT_TYPE, PaymentMismatch, SignatureError, WxPay, ack, newOutTradeNo } from 'wxpaykit';

const PRICE = 100; // fen
const shopUrl = process.env.SHOP_URL.replace(/\/$/, '');
const pay = WxPay.fromEnv({ notifyUrl: `${shopUrl}/wxpay/notify` });

/** The shop's orders: out_trade_no to amount and, once the payment is confirmed, transaction_id. A database, in earnest. */
const orders = new Map();

const app = express();

app.get('/', (req, res) => res.send(page('茶铺', `<h1>龙井茶 50g</h1><p>¥${(PRICE / 100).toFixed(2)}</p><p><a href="/buy">购买</a></p>`)));

// Comes twice: first to be sent to WeChat, then from there with a code for the customer's openid.
app.get('/buy', async (req, res) => {
  const { code, state } = req.query;
  if (typeof code !== 'string') {
    const mine = randomBytes(16).toString('hex');
    res.cookie('state', mine, { httpOnly: true, sameSite: 'lax' });
    return res.redirect(pay.oauth.authorizeUrl(`${shopUrl}/buy`, { state: mine }));
  }
  if (!/^[0-9a-f]{32}$/.test(String(state)) || !(req.headers.cookie ?? '').split('; ').includes(`state=${state}`)) {
    return res.status(400).send('this visit did not begin here');
  }
  res.clearCookie('state');
  const user = await pay.oauth.accessToken(code);

  const out_trade_no = newOutTradeNo();
  orders.set(out_trade_no, { total_fee: PRICE, transaction_id: null });
  const order = await pay.unifiedorder({
    body: '龙井茶 50g',
    out_trade_no,
    total_fee: PRICE,
    openid: user.openid,
    spbill_create_ip: req.ip.replace(/^::ffff:/, ''),
  });
  return res.send(page('支付', cashier(out_trade_no, pay.jsapiParams(order.prepay_id))));
});

// WeChat says that an order is paid. Verified, asked of WeChat, compared with our own record, and only then money.
app.post('/wxpay/notify', express.raw({ type: () => true, limit: '64kb' }), async (req, res) => {
  res.type(ACK_CONTENT_TYPE);
  try {
    deliver(await pay.notify.confirm(req.body));
    res.send(ack());
  } catch (error) {
    if (!(error instanceof SignatureError || error instanceof PaymentMismatch)) throw error;
    console.warn(`refused a notification: ${error.message}`);
    res.send(ack(false, 'FAIL'));
  }
});

// What the page asks when the cashier closes: never the browser's word, nor the notification's alone.
app.get('/orders/:out_trade_no', (req, res) => {
  const order = orders.get(req.params.out_trade_no);
  if (!order) return res.status(404).end();
  return res.json({ paid: order.transaction_id !== null, transaction_id: order.transaction_id });
});

/** Hands the tea over, once, whatever WeChat repeats. */
function deliver(paid) {
  const order = orders.get(paid.out_trade_no);
  if (!order || order.total_fee !== paid.total_fee) {
    throw new PaymentMismatch('the payment is not for the amount that was ordered', {
      code: 'total_fee_mismatch',
      field: 'total_fee',
      expected: String(order?.total_fee),
      actual: String(paid.total_fee),
    });
  }
  if (order.transaction_id === null) {
    order.transaction_id = paid.transaction_id;
    console.log(`order ${paid.out_trade_no} is paid: ${paid.total_fee} fen`);
  }
}

function page(title, body) {
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>${body}</html>`;
}

function cashier(out_trade_no, params) {
  // In a script, JSON must not close it.
  const json = JSON.stringify(params).replaceAll('<', '\\u003c');
  return `<h1>龙井茶 50g</h1><p>订单 ${out_trade_no}</p>
<p><button id="pay">支付</button> <output id="state">未支付</output></p>
<script type="application/json" id="params">${json}</script>
<script>
  const state = document.getElementById('state');
  // The cashier's answer is not proof: ask the shop, which asks WeChat.
  async function settled() {
    for (let i = 0; i < 20; i++) {
      const order = await (await fetch('/orders/${out_trade_no}')).json();
      if (order.paid) { state.textContent = '已支付'; return; }
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }
  document.getElementById('pay').onclick = () => {
    if (!window.WeixinJSBridge) { state.textContent = '请在微信中打开'; return; }
    const params = JSON.parse(document.getElementById('params').textContent);
    WeixinJSBridge.invoke('getBrandWCPayRequest', params, (res) => {
      if (res.err_msg === 'get_brand_wcpay_request:ok') { state.textContent = '确认中'; settled(); }
    });
  };
</script>`;
}

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.close(() => process.exit(0)));
