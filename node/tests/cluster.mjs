// One process of a cluster: five notifications of one payment at once, of one API or of both, and how each ended.

import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { WxPay } from 'wxpaykit'

const pay = new WxPay(JSON.parse(process.env.OPTIONS))
const posts = JSON.parse(process.env.POSTS)
const options = { amountOf: () => 88, onPaid: () => sleep(200) }
const all = await Promise.all(Array.from({ length: 5 }, (_, i) => {
  const { body, headers } = posts[i % posts.length]
  return pay.notify.handle(Buffer.from(body, 'base64'), { headers, ...options })
}))
for (const { delivered, error, status, body } of all) {
  console.log(delivered, error, status === 200 && (body === '' || body.includes('SUCCESS')))
}
cluster.worker.disconnect()
