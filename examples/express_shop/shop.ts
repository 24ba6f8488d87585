// A tea shop inside WeChat, in Express: OAuth, order, cashier, notification, confirmed.
// Settings come from the environment: WXPAY_*, PORT, and SHOP_URL, the address that customers reach.

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler } from 'express';
import { WxPay, WxPayError, newOutTradeNo, type ConfirmedPayment } from 'wxpaykit';
import { wxpayNotify } from 'wxpaykit/express';

const shopUrl = (process.env.SHOP_URL ?? 'http://127.0.0.1:3000').replace(/\/$/, '');
const pay = WxPay.fromEnv({ notifyUrl: `${shopUrl}/wxpay/notify` });

// In development, the emulator stands in for the customer's WeChat. In production the WeChat app brings its own bridge.
const endpoints = process.env.WXPAY_ENDPOINTS ?? '';
const bridge = endpoints.startsWith('http://') ? `${endpoints.replace(/\/$/, '')}/bridge.js` : undefined;

const tea = { body: '龙井茶 50g', total_fee: 100 }; // fen

interface Order {
  total_fee: number;
  prepay_id?: string;
  /** Set once, when the payment is confirmed. */
  transaction_id?: string;
}

/** The shop's orders by out_trade_no. A database, in earnest. */
const orders = new Map<string, Order>();

const app = express();
app.use(express.static(fileURLToPath(new URL('../public', import.meta.url))));

app.get('/', (_req, res) => {
  res.send(page('茶铺', `<h1>${tea.body}</h1><p>¥${yuan(tea.total_fee)}</p><p><a href="/buy">购买</a></p>`));
});

app.get('/buy', (_req, res) => {
  const state = randomBytes(16).toString('hex');
  res.cookie('state', state, { httpOnly: true, sameSite: 'lax', secure: shopUrl.startsWith('https:') });
  res.redirect(pay.oauth.authorizeUrl(`${shopUrl}/bought`, { state }));
});

// WeChat sends the customer back here, with a code for their openid unless they refused.
app.get('/bought', async (req, res) => {
  const { code, state } = req.query;
  res.clearCookie('state');
  if (typeof state !== 'string' || !(req.headers.cookie ?? '').split('; ').includes(`state=${state}`)) {
    res.status(400).send('this visit did not begin here');
    return;
  }
  if (typeof code !== 'string') {
    res.redirect('/');
    return;
  }
  const user = await pay.oauth.accessToken(code);

  const out_trade_no = newOutTradeNo();
  // Recorded before it is sent: whatever becomes of the reply, the number is known.
  const order: Order = { total_fee: tea.total_fee };
  orders.set(out_trade_no, order);
  const spbill_create_ip = (req.ip ?? '').replace(/^::ffff:/, '');
  const reply = await pay.unifiedorder({ ...tea, out_trade_no, openid: user.openid, spbill_create_ip });
  order.prepay_id = reply.prepay_id;
  res.redirect(`/orders/${out_trade_no}`);
});

// The order with its cashier. Whoever has the number may see it: nobody guesses 15 random characters.
app.get('/orders/:out_trade_no', async (req, res) => {
  const { out_trade_no } = req.params;
  const order = orders.get(out_trade_no);
  if (!order) {
    res.sendStatus(404);
    return;
  }
  const params = order.prepay_id !== undefined && order.transaction_id === undefined && {
    jsapi: pay.jsapiParams(order.prepay_id),
    chooseWXPay: pay.chooseWXPayParams(order.prepay_id),
    // What is signed is the address that the customer sees, with its query.
    config: await pay.jssdk.config(shopUrl + req.originalUrl, { jsApiList: ['chooseWXPay'] }),
    status: `/orders/${out_trade_no}/status`,
  };
  const state = order.transaction_id === undefined ? '未支付' : '已支付';
  const head = `<h1>${tea.body}</h1><p>订单 ${out_trade_no}</p><p>¥${yuan(order.total_fee)} <output id="state">${state}</output></p>`;
  res.send(page('订单', params ? head + cashier(params) : head));
});

// Whether the order is paid. While no notification has come, WeChat is asked; never the browser.
app.get('/orders/:out_trade_no/status', async (req, res) => {
  const { out_trade_no } = req.params;
  const order = orders.get(out_trade_no);
  if (!order) {
    res.sendStatus(404);
    return;
  }
  if (order.transaction_id === undefined) {
    await pay.waitForPayment(out_trade_no, { totalFee: order.total_fee, within: 0, onPaid: deliver });
  }
  res.json({ paid: order.transaction_id !== undefined });
});

// WeChat says that an order is paid. Verified, asked of WeChat, compared with our own record, and only then handed over.
app.post('/wxpay/notify', wxpayNotify(pay, { amountOf: (payment) => orders.get(payment.out_trade_no)?.total_fee, onPaid: deliver }));

// Not known is not paid: say so, and let the page or WeChat come again.
const unreachable: ErrorRequestHandler = (error, req, res, next) => {
  if (!(error instanceof WxPayError)) {
    next(error);
    return;
  }
  console.error(`${req.path}: ${error.message}`);
  res.status(502).type('text').send('微信支付暂时不可用，请稍后再试');
};
app.use(unreachable);

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}

/** Hands the tea over: once, whether WeChat says that it is paid or a page asks. */
function deliver(payment: ConfirmedPayment): void {
  const order = orders.get(payment.out_trade_no);
  if (order) order.transaction_id = payment.transaction_id;
  console.log(`order ${payment.out_trade_no} is paid: ${payment.total_fee} fen`);
}

function cashier(params: object): string {
  // In a script, JSON must not close it.
  const json = JSON.stringify(params).replaceAll('<', '\\u003c');
  return `<p><button id="bridge">微信支付</button> <button id="jssdk">微信支付（JS-SDK）</button></p>
<script type="application/json" id="order">${json}</script>
${bridge ? `<script src="${bridge}"></script>` : ''}
<script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script>
<script src="/pay.js"></script>`;
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>body { font: 1rem system-ui; margin: 1rem }</style>${body}</html>`;
}

function yuan(fen: number): string {
  return (fen / 100).toFixed(2);
}
