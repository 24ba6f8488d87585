// A shop in a cluster that names no store: three workers that take notifications, and say what they ship.

import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { WxPay } from 'wxpaykit'
import { wxpayNotify } from 'wxpaykit/express'

if (cluster.isPrimary) {
  for (let i = 0; i < 3; i++) cluster.fork()
  let ready = 0
  cluster.on('listening', () => ++ready === 3 && process.send('ready'))
  cluster.on('message', (worker, message) => process.send(message))
} else {
  const warn = (warning) => process.send({ warning: String(warning.message) })
  const pay = new WxPay({ ...JSON.parse(process.env.OPTIONS), onWarning: warn })
  const notify = wxpayNotify(pay, { amountOf: () => 88, onPaid: (payment) => void process.send({ shipped: payment.out_trade_no }) })
  createServer(notify).listen(Number(process.env.PORT), '127.0.0.1')
}
