// A bill of 100,000 rows and 27 columns: typed rows beside the fastest CSV packages of npm, which convert nothing. The jobs take turns.

import { parse as csvParse } from 'csv-parse/sync'
import Papa from 'papaparse'
import { inferSchema, initParser } from 'udsv'
import { readBill } from 'wxpaykit'

const ROWS = 100_000
const HEADER =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,' +
  '微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const TOTALS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

function row(n) {
  const two = (number) => String(number).padStart(2, '0')
  const fee = ((n % 10_000) / 100 + 0.01).toFixed(2)
  const at = `2026-11-27 ${two(Math.floor(n / 3600) % 24)}:${two(Math.floor(n / 60) % 60)}:${two(n % 60)}`
  const number = String(n).padStart(6, '0')
  const cells = [at, 'wxd930ea5d5a258f4f', '1900000109', '0', '', `4200002990202511271234${number}`, `WXK20251127${number}`]
  cells.push(`oUpF8uMuAJO_M2pxb1Q9zN${number}`, 'JSAPI', 'SUCCESS', 'OTHERS', 'CNY', fee, '0.00', '0', '0', '0.00', '0.00', '', '')
  cells.push('腾讯充值中心-QQ会员充值', '深圳分店', '0.03600', '0.60%', fee, '0.00', '')
  return '`' + cells.join(',`')
}

/** Rows for the table of bench.mjs. */
export async function measure() {
  const lines = Array.from({ length: ROWS }, (_, n) => row(n))
  const bytes = Buffer.from(['\ufeff' + HEADER, ...lines, TOTALS, `\`${ROWS}.0,\`0.0,\`0.0,\`0.0,\`0.0,\`0.0,\`0.0`, ''].join('\r\n'))
  // The others get the table alone: totals would be rows of another width.
  const table = Buffer.from([HEADER, ...lines].join('\n'))
  const others = {
    udsv: () => {
      const text = table.toString()
      const parser = initParser(inferSchema(text, { trim: false }))
      return sum(parser.stringArrs(text), (cells) => cells[6].length)
    },
    papaparse: () => sum(Papa.parse(table.toString(), { delimiter: ',', skipEmptyLines: true }).data.slice(1), (cells) => cells[6].length),
    'csv-parse': () => sum(csvParse(table, { from: 2, relax_quotes: true }), (cells) => cells[6].length),
  }
  const ours = async () => {
    let found = 0
    for await (const row of readBill(bytes)) {
      found += row.out_trade_no.length + row.total_fee
    }
    return found
  }
  const times = { ours: [] }
  for (let round = 0; round < 5; round++) {
    times.ours.push(await timed(ours))
    for (const [name, job] of Object.entries(others)) {
      ;(times[name] ??= []).push(await timed(job))
    }
  }
  const medians = Object.entries(times).map(([name, found]) => [name, found.sort((a, b) => a - b)[found.length >> 1]])
  const [[, mine], ...rest] = medians
  const [name, best] = rest.reduce((one, other) => (other[1] < one[1] ? other : one))
  return [{ job: `100,000 rows of a bill; ${name}`, ours: `${mine.toFixed(0)} ms`, plain: `${best.toFixed(0)} ms`, ratio: best / mine, target: 1 }]
}

function sum(rows, number) {
  let found = 0
  for (const row of rows) {
    found += number(row)
  }
  return found
}

async function timed(job) {
  const start = process.hrtime.bigint()
  await job()
  return Number(process.hrtime.bigint() - start) / 1e6
}
