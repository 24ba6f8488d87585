// A tea shop inside WeChat, in NestJS on its Express platform: OAuth, order, cashier, notification, confirmed, refund, bill.

import 'reflect-metadata';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ArgumentsHost, BadRequestException, type CanActivate, Catch, Controller, type ExceptionFilter, type ExecutionContext,
  ForbiddenException, Get, Header, Ip, Module, NotFoundException, Param, type PipeTransform, Post, Query, Redirect, Req, Res, StreamableFile,
  UnauthorizedException, UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WxPayError } from 'wxpaykit';
import { wxpayNotify } from 'wxpaykit/express';
import {
  FOR_STAFF, type Order, attend, begin, billPage, bought, isPaid, orderPage, orders, pay, payments, productPage, refund,
  refusal, script,
} from './tea.js';

/** An order by its number. */
const known: PipeTransform<string, Order> = {
  transform(out_trade_no) {
    const order = orders.get(out_trade_no);
    if (!order) throw new NotFoundException();
    return order;
  },
};

const staffOnly: CanActivate = {
  canActivate(context: ExecutionContext) {
    const http = context.switchToHttp();
    const status = refusal(http.getRequest<IncomingMessage>());
    if (status === undefined) return true;
    if (status === 403) throw new ForbiddenException();
    for (const [name, value] of Object.entries(FOR_STAFF)) http.getResponse<ServerResponse>().setHeader(name, value);
    throw new UnauthorizedException();
  },
};

@Controller()
class ShopController {
  @Get()
  product(): string {
    return productPage();
  }

  @Get('pay.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return script;
  }

  @Get('buy')
  @Redirect()
  buy(@Res({ passthrough: true }) response: ServerResponse): { url: string } {
    const { url, cookie } = begin();
    response.setHeader('Set-Cookie', cookie);
    return { url };
  }

  @Get('bought')
  @Redirect()
  async bought(
    @Query() query: { code?: unknown; state?: unknown },
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
    @Ip() ip: string,
  ): Promise<{ url: string }> {
    const url = await bought(query, request.headers.cookie, ip);
    if (url === undefined) throw new BadRequestException('this visit did not begin here');
    response.setHeader('Set-Cookie', 'state=; Path=/; Max-Age=0');
    return { url };
  }

  @Get('orders/:out_trade_no')
  show(@Param('out_trade_no', known) order: Order, @Req() request: { originalUrl: string }): Promise<string> {
    return orderPage(order, request.originalUrl);
  }

  @Get('orders/:out_trade_no/status')
  async status(@Param('out_trade_no', known) order: Order): Promise<{ paid: boolean }> {
    return { paid: await isPaid(order) };
  }

  @Post('orders/:out_trade_no/refund')
  @UseGuards(staffOnly)
  @Redirect('', 303)
  async refund(@Param('out_trade_no') out_trade_no: string): Promise<{ url: string }> {
    const url = await refund(out_trade_no);
    if (url === undefined) throw new NotFoundException();
    return { url };
  }

  @Get('bill')
  @UseGuards(staffOnly)
  async bill(@Query() query: { day?: unknown }): Promise<StreamableFile> {
    return new StreamableFile(await billPage(query), { type: 'text/html; charset=utf-8' });
  }
}

/** The state is unknown, which is not paid: answers with an error, so that the page or WeChat tries again. */
@Catch(WxPayError)
class Unreachable implements ExceptionFilter<WxPayError> {
  catch(error: WxPayError, host: ArgumentsHost): void {
    console.error(error.message);
    const response = host.switchToHttp().getResponse<ServerResponse>();
    response.writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8' }).end('微信支付暂时不可用，请稍后再试');
  }
}

@Module({ controllers: [ShopController] })
class ShopModule {}

const app = await NestFactory.create(ShopModule, { logger: ['error', 'warn'] });
// WeChat's notifications. They are handled before guards, pipes and interceptors.
app.use('/wxpay/notify', wxpayNotify(pay, payments));
app.useGlobalFilters(new Unreachable());
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
attend(app.getHttpServer(), () => app.close());
