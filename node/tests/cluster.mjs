// One process of a cluster: five notifications of one payment at once, and how each ended.

import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { WxPay } from 'wxpaykit'

const pay = new WxPay(JSON.parse(process.env.OPTIONS))
const notification = Buffer.from(process.env.BODY, 'base64')
const options = { amountOf: () => 88, onPaid: () => sleep(200) }
const all = await Promise.all(Array.from({ length: 5 }, () => pay.notify.handle(notification, options)))
for (const { delivered, error, body } of all) console.log(delivered, error, body.includes('SUCCESS'))
cluster.worker.disconnect()
