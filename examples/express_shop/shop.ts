// A tea shop inside WeChat, in Express: OAuth, order, cashier, notification, confirmed, refund, bill.

import { pipeline } from 'node:stream/promises';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { WxPayError } from 'wxpaykit';
import { wxpayNotify } from 'wxpaykit/express';
import {
  FOR_STAFF, attend, begin, billPage, bought, isPaid, orderPage, orders, pay, payments, productPage, refund, refusal, script,
} from './tea.js';

const app = express();

app.get('/', (_req, res) => {
  res.send(productPage());
});

app.get('/pay.js', (_req, res) => {
  res.type('js').send(script);
});

app.get('/buy', (_req, res) => {
  const { url, cookie } = begin();
  res.set('Set-Cookie', cookie).redirect(url);
});

app.get('/bought', async (req, res) => {
  const next = await bought(req.query, req.headers.cookie, req.ip);
  if (next === undefined) {
    res.status(400).send('this visit did not begin here');
    return;
  }
  res.clearCookie('state').redirect(next);
});

app.get('/orders/:out_trade_no', async (req, res) => {
  const order = orders.get(req.params.out_trade_no);
  if (!order) {
    res.sendStatus(404);
    return;
  }
  res.send(await orderPage(order, req.originalUrl));
});

app.get('/orders/:out_trade_no/status', async (req, res) => {
  const order = orders.get(req.params.out_trade_no);
  if (!order) {
    res.sendStatus(404);
    return;
  }
  res.json({ paid: await isPaid(order) });
});

const staffOnly: RequestHandler<{ out_trade_no: string }> = (req, res, next) => {
  const status = refusal(req);
  if (status === undefined) next();
  else res.set(status === 401 ? FOR_STAFF : {}).sendStatus(status);
};

app.post('/orders/:out_trade_no/refund', staffOnly, async (req, res) => {
  const next = await refund(req.params.out_trade_no);
  if (next === undefined) {
    res.sendStatus(404);
    return;
  }
  res.redirect(303, next);
});

app.get('/bill', staffOnly, async (req, res) => {
  await pipeline(await billPage(req.query), res.type('html'));
});

// WeChat's notifications.
app.post('/wxpay/notify', wxpayNotify(pay, payments));

// The state is unknown, which is not paid: answer with an error, so that the page or WeChat tries again.
const unreachable: ErrorRequestHandler = (error, req, res, next) => {
  // A page that has begun gets no end: Express closes its connection.
  if (res.headersSent || !(error instanceof WxPayError)) {
    next(error);
    return;
  }
  console.error(`${req.path}: ${error.message}`);
  res.status(502).type('text').send('微信支付暂时不可用，请稍后再试');
};
app.use(unreachable);

attend(app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1'));
