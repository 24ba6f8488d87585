// A tea shop inside WeChat, in Fastify: OAuth, order, cashier, notification, confirmed, refund, bill.

import fastify, { type preHandlerAsyncHookHandler } from 'fastify';
import { WxPayError } from 'wxpaykit';
import { wxpayNotify } from 'wxpaykit/fastify';
import {
  FOR_STAFF, attend, begin, billPage, bought, isPaid, orderPage, orders, pay, payments, productPage, refund, refusal, script,
} from './tea.js';

const app = fastify();
const HTML = 'text/html; charset=utf-8';

app.get('/', async (_request, reply) => reply.type(HTML).send(productPage()));

app.get('/pay.js', async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script));

app.get('/buy', async (_request, reply) => {
  const { url, cookie } = begin();
  return reply.header('Set-Cookie', cookie).redirect(url);
});

app.get<{ Querystring: { code?: unknown; state?: unknown } }>('/bought', async (request, reply) => {
  const next = await bought(request.query, request.headers.cookie, request.ip);
  if (next === undefined) return reply.code(400).send('this visit did not begin here');
  return reply.header('Set-Cookie', 'state=; Path=/; Max-Age=0').redirect(next);
});

interface OrderRoute {
  Params: { out_trade_no: string };
}

app.get<OrderRoute>('/orders/:out_trade_no', async (request, reply) => {
  const order = orders.get(request.params.out_trade_no);
  if (!order) return reply.callNotFound();
  return reply.type(HTML).send(await orderPage(order, request.originalUrl));
});

app.get<OrderRoute>('/orders/:out_trade_no/status', async (request, reply) => {
  const order = orders.get(request.params.out_trade_no);
  if (!order) return reply.callNotFound();
  return { paid: await isPaid(order) };
});

// What a form of a page sends; this one is empty.
app.addContentTypeParser('application/x-www-form-urlencoded', async () => undefined);

const staffOnly: preHandlerAsyncHookHandler = async (request, reply) => {
  const status = refusal(request.raw);
  if (status !== undefined) await reply.code(status).headers(status === 401 ? FOR_STAFF : {}).send('for staff');
};

app.post<OrderRoute>('/orders/:out_trade_no/refund', { preHandler: staffOnly }, async (request, reply) => {
  const next = await refund(request.params.out_trade_no);
  return next === undefined ? reply.callNotFound() : reply.redirect(next, 303);
});

app.get<{ Querystring: { day?: unknown } }>('/bill', { preHandler: staffOnly }, async (request, reply) => {
  const page = await billPage(request.query);
  // Fastify closes the connection of a page that breaks off, but says nothing.
  page.once('error', (error) => console.error(`${request.url}: ${error.message}`));
  return reply.type(HTML).send(page);
});

// WeChat's notifications.
app.register(wxpayNotify(pay, { path: '/wxpay/notify', ...payments }));

// The state is unknown, which is not paid: answer with an error, so that the page or WeChat tries again.
app.setErrorHandler((error, request, reply) => {
  if (!(error instanceof WxPayError)) return reply.send(error);
  console.error(`${request.url}: ${error.message}`);
  return reply.code(502).type('text/plain; charset=utf-8').send('微信支付暂时不可用，请稍后再试');
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });
attend(app.server, () => app.close());
