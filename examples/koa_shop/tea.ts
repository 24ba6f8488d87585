// The shop without its framework: its orders, its calls to WeChat, its pages. The routes are in shop.ts.
// Settings come from the environment: WXPAY_*, SHOP_URL (the address that customers reach), SHOP_API (v3 for calls of
// APIv3; else they are of APIv2, and notifications of both are taken), SHOP_PASSWORD (with which staff refund and see the
// bill), and SHOP_RECONCILE_MS (the interval at which it queries open orders and refunds).

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  type Bill, type ConfirmedPayment, type ConfirmedRefund, InvalidRequest, WxPay, WxPayError, newOutRefundNo, newOutTradeNo,
} from 'wxpaykit';

const shopUrl = (process.env.SHOP_URL ?? 'http://127.0.0.1:3000').replace(/\/$/, '');
export const pay = WxPay.fromEnv({ notifyUrl: `${shopUrl}/wxpay/notify` });
const apiV3 = process.env.SHOP_API === 'v3';

// In development, the emulator stands in for the customer's WeChat. In production the WeChat app brings its own bridge.
const endpoints = process.env.WXPAY_ENDPOINTS ?? '';
const bridge = endpoints.startsWith('http://') ? `${endpoints.replace(/\/$/, '')}/bridge.js` : undefined;

const tea = { body: '龙井茶 50g', total_fee: 100 }; // fen

export interface Order {
  out_trade_no: string;
  total_fee: number;
  created: Date;
  prepay_id?: string;
  /** Set once, when the payment is confirmed. */
  transaction_id?: string;
  /** Set once, before the refund is asked for. */
  out_refund_no?: string;
  refund_created?: Date;
  /** Set when the refund is confirmed. */
  refund_id?: string;
}

/** The shop's orders by out_trade_no. A real shop keeps them in a database. */
export const orders = new Map<string, Order>();

/** Handles a notification after it is verified and WeChat has confirmed it; the amount is compared with our own record. */
export const payments = {
  amountOf: (payment: ConfirmedPayment) => orders.get(payment.out_trade_no)?.total_fee,
  onPaid: deliver,
  onRefunded: refunded,
};

/** Hands the tea over, once, after a notification or after a page asked. */
function deliver(payment: ConfirmedPayment): void {
  const order = orders.get(payment.out_trade_no);
  if (order) order.transaction_id = payment.transaction_id;
  console.log(`order ${payment.out_trade_no} is paid: ${payment.total_fee} fen`);
}

/** The customer has the money back: WeChat has confirmed the refund. */
function refunded(refund: ConfirmedRefund): void {
  const order = orders.get(refund.out_trade_no);
  if (order?.out_refund_no === refund.out_refund_no) order.refund_id = refund.refund_id;
  console.log(`order ${refund.out_trade_no} is refunded: ${refund.refund_fee} fen`);
}

/** Starts a purchase: the URL to send the customer to, and the cookie that identifies them when they return. */
export function begin(): { url: string; cookie: string } {
  const state = randomBytes(16).toString('hex');
  const secure = shopUrl.startsWith('https:') ? '; Secure' : '';
  return {
    url: pay.oauth.authorizeUrl(`${shopUrl}/bought`, { state }),
    cookie: `state=${state}; Path=/; HttpOnly; SameSite=Lax${secure}`,
  };
}

/**
 * WeChat has redirected the customer back, with a code for their openid unless they refused. Returns the URL to send them
 * to; `undefined` when the visit did not begin here.
 */
export async function bought(
  query: { code?: unknown; state?: unknown }, cookies = '', ip = '',
): Promise<string | undefined> {
  if (typeof query.state !== 'string' || !/^[0-9a-f]{32}$/.test(query.state)) return undefined; // an empty one would fit an empty cookie
  if (!cookies.split('; ').includes(`state=${query.state}`)) return undefined;
  if (typeof query.code !== 'string') return '/';
  const { openid } = await pay.oauth.accessToken(query.code);

  // Recorded before it is sent, so that the shop knows the number even if the reply is lost.
  const order: Order = { out_trade_no: newOutTradeNo(), total_fee: tea.total_fee, created: new Date() };
  orders.set(order.out_trade_no, order);
  const { out_trade_no } = order;
  const spbill_create_ip = ip.replace(/^::ffff:/, '');
  const reply = apiV3
    ? await pay.v3.jsapi({ description: tea.body, out_trade_no, amount: { total: tea.total_fee }, payer: { openid } })
    : await pay.unifiedorder({ ...tea, out_trade_no, openid, spbill_create_ip });
  order.prepay_id = reply.prepay_id;
  return `/orders/${order.out_trade_no}`;
}

/** Whether an order is paid. Until a notification comes, asks WeChat; never trusts the browser. */
export async function isPaid(order: Order): Promise<boolean> {
  if (order.transaction_id === undefined) {
    await pay.waitForPayment(order.out_trade_no, { totalFee: order.total_fee, within: 0, onPaid: deliver });
  }
  return order.transaction_id !== undefined;
}

/** The headers of the answer 401. */
export const FOR_STAFF = { 'WWW-Authenticate': 'Basic realm="staff"' };

/** With which status a request is refused that does not come from staff: `undefined` for staff. */
export function refusal(request: IncomingMessage): 401 | 403 | undefined {
  if (isForeign(request)) return 403;
  return knowsPassword(request) ? undefined : 401;
}

/**
 * Whether the page of another site has sent this form, for which the browser adds the password that it keeps.
 *
 * Browsers say where a form comes from: those of today in both headers, older ones in `Origin`, as do all where the
 * shop's address is without TLS. Neither is there when a program asks, which has the password itself.
 */
function isForeign({ method, headers }: IncomingMessage): boolean {
  const { 'sec-fetch-site': site = 'same-origin', origin = new URL(shopUrl).origin } = headers;
  return method === 'POST' && (site !== 'same-origin' || origin !== new URL(shopUrl).origin);
}

/** Whether the one who asks knows SHOP_PASSWORD. Where it is not set, nobody does. */
function knowsPassword({ headers }: IncomingMessage): boolean {
  const [scheme = '', credentials = ''] = (headers.authorization ?? '').split(' ');
  const [, given = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
  const password = process.env.SHOP_PASSWORD ?? '';
  const [one, other] = [given, password].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return scheme.toLowerCase() === 'basic' && password !== '' && timingSafeEqual(one, other);
}

/**
 * Asks WeChat for the money back. Staff decide that. Returns the URL of the order's page; `undefined` when
 * there is no paid order of this number.
 */
export async function refund(out_trade_no: string): Promise<string | undefined> {
  const order = orders.get(out_trade_no);
  if (order?.transaction_id === undefined) return undefined;
  // The number is kept from the first attempt on: WeChat refunds it once, however often it is asked.
  order.out_refund_no ??= newOutRefundNo();
  order.refund_created ??= new Date();
  const { out_refund_no, total_fee } = order;
  if (apiV3) {
    await pay.v3.refund({ out_trade_no, out_refund_no, amount: { total: total_fee, refund: total_fee, currency: 'CNY' } });
  } else {
    await pay.refund({ out_trade_no, out_refund_no, total_fee, refund_fee: total_fee });
  }
  return `/orders/${out_trade_no}`;
}

/**
 * WeChat's bill of a day, by default yesterday's, for staff. It is there from about 10:00 of the next day on. Its rows are
 * sent as they arrive.
 */
export async function billPage(query: { day?: unknown }): Promise<Readable> {
  const BEIJING = 8 * 3_600_000;
  const yesterday = new Date(Date.now() + BEIJING - 86_400_000).toISOString().slice(0, 10);
  const day = typeof query.day === 'string' && query.day !== '' ? query.day : yesterday;
  try {
    const rows = await (apiV3 ? pay.v3.tradebill({ bill_date: day }) : pay.downloadbill({ bill_date: day }));
    return Readable.from(billLines(day, rows));
  } catch (error) {
    const isMissing = error instanceof WxPayError && ['no_bill', 'bill_not_ready'].includes(error.code);
    if (!isMissing && !(error instanceof InvalidRequest)) throw error;
    return Readable.from([page('账单', `<h1>${text(day)} 账单</h1><p>${text(error.message)}</p>`)]);
  }
}

async function* billLines(day: string, rows: Bill): AsyncGenerator<string> {
  yield page('账单', `<h1>${text(day)} 账单</h1><table><tr><th>时间<th>订单<th>状态<th>金额（分）<th>退款（分）`);
  for await (const row of rows) {
    const time = row.trade_time?.toLocaleTimeString('zh-CN', { timeZone: 'Asia/Shanghai', hourCycle: 'h23' });
    const cells = [time, row.out_trade_no, row.trade_state, row.total_fee, row.refund_fee];
    yield `\n<tr>${cells.map((cell) => `<td>${text(String(cell ?? ''))}`).join('')}`;
  }
  yield '\n</table>';
}

let ending = false;

/** Every minute, queries orders and refunds whose notification never came. */
async function reconcile(): Promise<void> {
  if (ending) return;
  const pending = [...orders.values()].filter((order) => order.transaction_id === undefined);
  const refunds = [...orders.values()].flatMap(({ out_refund_no, refund_created, refund_id, total_fee }) =>
    out_refund_no && refund_created && !refund_id ? [{ out_refund_no, refund_fee: total_fee, created: refund_created }] : [],
  );
  try {
    for (const { out_trade_no, error } of await pay.notify.reconcile(pending, { onPaid: deliver })) {
      if (error) console.error(`order ${out_trade_no}:`, error);
    }
    for (const { out_refund_no, error } of await pay.notify.reconcileRefunds(refunds, { onRefunded: refunded })) {
      if (error) console.error(`refund ${out_refund_no}:`, error);
    }
  } catch (error) {
    console.error('open orders and refunds were not all asked for', error);
  }
  setTimeout(reconcile, Number(process.env.SHOP_RECONCILE_MS) || 60_000).unref();
}

/** Background work of the server. On SIGTERM or SIGINT it finishes the requests in progress, within 10 s. */
export function attend(server: Server, close: () => Promise<unknown> = promisify(server.close.bind(server))): void {
  let running = 0;
  // Close idle connections: browsers keep connections after an answer, and open some in advance.
  const endWhenIdle = () => {
    if (ending && running === 0) server.closeAllConnections();
  };
  server.on('request', (_request, response) => {
    running += 1;
    response.once('close', () => {
      running -= 1;
      endWhenIdle();
    });
  });
  void reconcile();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      ending = true;
      setTimeout(() => server.closeAllConnections(), 10_000).unref();
      void close().finally(() => process.exit(0));
      endWhenIdle();
    });
  }
}

export function productPage(): string {
  return page('茶铺', `<h1>${tea.body}</h1><p>¥${yuan(tea.total_fee)}</p><p><a href="/buy">购买</a></p>`);
}

/** The order with its cashier, at `path`. Anyone who has its number may see it; 15 random characters cannot be guessed. */
export async function orderPage(order: Order, path: string): Promise<string> {
  const paid = order.transaction_id !== undefined;
  const state = order.refund_id ? '已退款' : order.out_refund_no ? '退款中' : paid ? '已支付' : '未支付';
  const head = `<h1>${tea.body}</h1><p>订单 ${order.out_trade_no}</p>
<p>¥${yuan(order.total_fee)} <output id="state">${state}</output></p>`;
  if (paid && !order.refund_id) {
    const again = order.out_refund_no ? '<meta http-equiv="refresh" content="2">' : '';
    return page('订单', `${again}${head}
<form method="post" action="/orders/${order.out_trade_no}/refund"><button id="refund">退款（店员）</button></form>`);
  }
  if (paid || order.prepay_id === undefined) return page('订单', head);
  const cashier = apiV3 ? pay.v3 : pay;
  const params = {
    jsapi: await cashier.jsapiParams(order.prepay_id),
    chooseWXPay: await cashier.chooseWXPayParams(order.prepay_id),
    // Sign the URL that the customer's browser shows, with its query.
    config: await pay.jssdk.config(shopUrl + path, { jsApiList: ['chooseWXPay'] }),
    status: `/orders/${order.out_trade_no}/status`,
  };
  // JSON inside a script element must not contain its end tag.
  const json = JSON.stringify(params).replaceAll('<', '\\u003c');
  return page('订单', `${head}
<p><button id="bridge">微信支付</button> <button id="jssdk">微信支付（JS-SDK）</button></p>
<script type="application/json" id="order">${json}</script>
${bridge ? `<script src="${bridge}"></script>` : ''}
<script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script>
<script src="/pay.js"></script>`);
}

/** The script /pay.js of the order's page, which opens the cashier. */
export const script = readFileSync(new URL('../public/pay.js', import.meta.url), 'utf8');

function page(title: string, body: string): string {
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>body { font: 1rem system-ui; margin: 1rem } td { padding: 0 1rem 0 0 }</style>${body}`;
}

/** A text as HTML has it. */
function text(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function yuan(fen: number): string {
  return (fen / 100).toFixed(2);
}
