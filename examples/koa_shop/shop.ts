// A tea shop inside WeChat, in Koa: OAuth, order, cashier, notification, confirmed, refund, bill.

import Router from '@koa/router';
import Koa from 'koa';
import { WxPayError } from 'wxpaykit';
import { wxpayNotify } from 'wxpaykit/koa';
import {
  FOR_STAFF, type Order, attend, begin, billPage, bought, isPaid, orderPage, orders, pay, payments, productPage, refund,
  refusal, script,
} from './tea.js';

const router = new Router<{ order: Order }>();

router.get('/', (ctx) => {
  ctx.body = productPage();
});

router.get('/pay.js', (ctx) => {
  ctx.type = 'js';
  ctx.body = script;
});

router.get('/buy', (ctx) => {
  const { url, cookie } = begin();
  ctx.set('Set-Cookie', cookie);
  ctx.redirect(url);
});

router.get('/bought', async (ctx) => {
  const next = await bought(ctx.query, ctx.get('Cookie'), ctx.ip);
  if (next === undefined) return ctx.throw(400, 'this visit did not begin here');
  ctx.cookies.set('state');
  ctx.redirect(next);
});

router.param('out_trade_no', (out_trade_no, ctx, next) => {
  ctx.state.order = orders.get(out_trade_no) ?? ctx.throw(404);
  return next();
});

router.get('/orders/:out_trade_no', async (ctx) => {
  ctx.body = await orderPage(ctx.state.order, ctx.originalUrl);
});

router.get('/orders/:out_trade_no/status', async (ctx) => {
  ctx.body = { paid: await isPaid(ctx.state.order) };
});

const staffOnly: Koa.Middleware = (ctx, next) => {
  const status = refusal(ctx.req);
  return status === undefined ? next() : ctx.throw(status, 'for staff', { headers: status === 401 ? FOR_STAFF : {} });
};

router.post('/orders/:out_trade_no/refund', staffOnly, async (ctx) => {
  const next = (await refund(ctx.state.order.out_trade_no)) ?? ctx.throw(404);
  ctx.status = 303;
  ctx.redirect(next);
});

router.get('/bill', staffOnly, async (ctx) => {
  ctx.body = await billPage(ctx.query);
  ctx.type = 'html';
});

// WeChat's notifications.
router.post('/wxpay/notify', wxpayNotify(pay, payments));

const app = new Koa();

// The state is unknown, which is not paid: answer with an error, so that the page or WeChat tries again.
app.use(async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof WxPayError)) throw error;
    console.error(`${ctx.path}: ${error.message}`);
    ctx.status = 502;
    ctx.body = '微信支付暂时不可用，请稍后再试';
  }
});
app.use(router.routes());

attend(app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1'));
