// Bills: rows and totals, files, streams, comparison; fund flows and comments.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { Bill, BillRow, compare, InvalidRequest, readBill, unescapeBill, WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'
import { ofAnotherRealm } from './realm.mjs'

const HOUR = 3600
let wechat
let pay
let number
let date
let folder

/** Moves the clock to this hour of the next day in Beijing; returns the day before. */
async function until(hour) {
  const { now } = await wechat.control('/_emulator/clock')
  const day = Math.floor((now + 8 * HOUR) / (24 * HOUR))
  await wechat.control('/_emulator/clock', { advance_s: (day + 1) * 24 * HOUR - 8 * HOUR + hour * HOUR - now })
  return new Date((now + 8 * HOUR) * 1000).toISOString().slice(0, 10)
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wxpaykit-bills-'))
  wechat = await startEmulator()
  pay = new WxPay(wechat.options)
  await wechat.control('/_emulator/clock', { freeze: true })
  await until(8)
  number = `B${Date.now()}`
  const openid = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
  await pay.unifiedorder({ body: '咖啡,大杯', out_trade_no: number, total_fee: 600, spbill_create_ip: '127.0.0.1', openid })
  await wechat.control('/_emulator/pay', { out_trade_no: number })
  await pay.refund({ out_trade_no: number, out_refund_no: `R${number}`, total_fee: 600, refund_fee: 200 })
  await wechat.control('/_emulator/clock', { advance_s: 60 })
  date = await until(11)
})
after(async () => {
  rmSync(folder, { recursive: true })
  await wechat.stop()
})

async function rowsOf(bill) {
  const rows = []
  for await (const row of bill) {
    rows.push(row)
  }
  return rows
}

test('rows and totals are typed', async () => {
  for (const tar_type of [undefined, 'GZIP']) {
    const bill = await pay.downloadbill({ bill_date: date, tar_type })
    assert.ok(bill instanceof Bill)
    assert.equal(bill.summary, undefined)
    const [paid, back] = await rowsOf(bill)
    assert.ok(paid instanceof BillRow)
    assert.deepEqual([paid.out_trade_no, paid.total_fee, paid.body, paid.fee], [number, 600, '咖啡,大杯', '0.04000'])
    assert.ok(paid.trade_time instanceof Date)
    assert.deepEqual([paid.sub_mch_id, paid.refund_id, paid.ambiguous, paid.raw['订单金额']], [undefined, undefined, false, '6.00'])
    assert.deepEqual([back.out_refund_no, back.refund_fee, back.fee, back.refund_status], [`R${number}`, 200, '-0.01000', 'SUCCESS'])
    assert.deepEqual([bill.summary.total_count, bill.summary.total_fee, bill.summary.refund_fee], [2, 600, 200])
    assert.equal(JSON.parse(JSON.stringify(paid)).total_fee, 600)
    assert.match(inspect(paid), /^BillRow\n {2}trade_state +SUCCESS\n/)
    assert.ok(!inspect(paid).includes(paid.openid) && /\n {2}total_fee +¥6\.00 \(600 fen\)\n/.test(inspect(paid)), inspect(paid))
    assert.equal(inspect({ paid }, { depth: 0 }), '{ paid: [BillRow] }')
  }
})

test('every form of a date', async () => {
  for (const bill_date of [date, date.replaceAll('-', ''), new Date(`${date}T20:00:00+08:00`), new Date(`${date}T00:30:00+08:00`)]) {
    assert.equal((await rowsOf(await pay.downloadbill({ bill_date }))).length, 2)
  }
  for (const bill_date of ['2026-13-01', '20261', 20261127, undefined]) {
    await assert.rejects(pay.downloadbill({ bill_date }), { name: 'InvalidRequest', field: 'bill_date' })
  }
})

test('a bill that is not there says when to ask again', async () => {
  await assert.rejects(pay.downloadbill({ bill_date: '2020-01-01' }), { name: 'ProtocolError', code: 'no_bill', retry: 'never' })
  const { now } = await wechat.control('/_emulator/clock')
  const today = new Date((now + 8 * HOUR) * 1000).toISOString().slice(0, 10)
  await assert.rejects(pay.downloadbill({ bill_date: today }), (error) => {
    assert.deepEqual([error.code, error.retry], ['no_bill', 'same_request'])
    assert.match(error.message, /again after \d{4}-\d\d-\d\d 10:00:00 in Beijing/)
    return true
  })
})

test('fund flows and comments', async () => {
  const flow = await rowsOf(await pay.downloadfundflow({ bill_date: date, account_type: 'Basic' }))
  assert.deepEqual(flow.map((row) => [row.direction, row.amount]), [['收入', 600], ['支出', 4], ['支出', 199]])
  await assert.rejects(pay.downloadfundflow({ bill_date: date, account_type: 'Fees' }), { name: 'BusinessError', code: 'no_bill' })
  await wechat.control('/_emulator/comment', { out_trade_no: number, stars: 4, comment: '哎呦' })
  const { now } = await wechat.control('/_emulator/clock')
  const reply = await pay.batchquerycomment({ begin_time: new Date((now - 60) * 1000), end_time: new Date(now * 1000) })
  assert.deepEqual([reply.offset, reply.comments[0].stars, reply.comments[0].comment], [1, 4, '哎呦'])
})

test('a bill is read once', async () => {
  const bill = await pay.downloadbill({ bill_date: date })
  await rowsOf(bill)
  for (const again of [() => rowsOf(bill), () => bill.columns(), () => bill.save(join(folder, 'no.csv')), () => bill.compare([])]) {
    await assert.rejects(again(), InvalidRequest)
  }
})

test('a bill is saved, and a file is the same bill', async () => {
  const path = join(folder, 'bill.csv')
  const seen = []
  await (await pay.downloadbill({ bill_date: date, tar_type: 'GZIP' })).save(path, { progress: (bytes) => seen.push(bytes) })
  assert.ok(seen.length > 0 && seen.at(-1) > 0)
  assert.deepEqual(readdirSync(folder), ['bill.csv'])
  const [one] = await rowsOf(await pay.downloadbill({ bill_date: date }))
  for (const given of [path, readFileSync(path), gzipSync(readFileSync(path)), ofAnotherRealm(readFileSync(path))]) {
    const bill = readBill(given)
    const [other] = await rowsOf(bill)
    assert.deepEqual(other.raw, one.raw)
    assert.equal(bill.summary.total_count, 2)
  }
  const cut = readFileSync(path).subarray(0, 900)
  await assert.rejects(rowsOf(readBill(cut)), { name: 'InvalidRequest', code: 'bill_incomplete' })
  await assert.rejects(rowsOf(readBill(join(folder, 'nothing.csv'))), { code: 'ENOENT' })
  writeFileSync(join(folder, 'x.csv'), 'x')
  await assert.rejects(rowsOf(readBill(join(folder, 'x.csv'))), { code: 'bill_malformed' })
  assert.equal(unescapeBill('咖啡\\ 大杯'), '咖啡,大杯')
})

test('a bill is on the disk before it has its name', async () => {
  const path = join(folder, 'synced.csv')
  const { open } = fs.promises
  const synced = []
  fs.promises.open = async (part, flags) => {
    const file = await open(part, flags)
    const { sync } = file
    file.sync = async () => {
      synced.push([statSync(part).size > 0, existsSync(path)])
      await sync.call(file)
    }
    return file
  }
  try {
    await (await pay.downloadbill({ bill_date: date })).save(path)
  } finally {
    fs.promises.open = open
  }
  assert.deepEqual(synced, [[true, false]])
  rmSync(path)
})

test('a bill takes the place of a file alone', async () => {
  const place = join(folder, 'place')
  mkdirSync(place)
  const mine = join(place, 'bill.csv.part')
  writeFileSync(mine, 'mine')
  const path = join(place, 'bill.csv')
  const save = async (to) => (await pay.downloadbill({ bill_date: date })).save(to)
  await Promise.all([save(path), save(path), save(path)])
  assert.deepEqual([readFileSync(path), readFileSync(mine, 'utf8')], [readFileSync(join(folder, 'bill.csv')), 'mine'])
  for (const [to, words] of [
    [place, /is a folder, not a file: give the path of a file in it$/],
    ['', /must not be empty$/],
    [join(place, 'a\0b'), /U\+0000/],
    ['/dev/stdout', /is not a regular file$/],
    ['/dev/null', /is not a regular file$/],
  ]) {
    await assert.rejects(save(to), { name: 'InvalidRequest', field: 'path', message: words })
  }
  assert.deepEqual(readdirSync(place).sort(), ['bill.csv', 'bill.csv.part'])
  rmSync(place, { recursive: true })
})

test('columns, batches and streams', async () => {
  const columns = await (await pay.downloadbill({ bill_date: date })).columns()
  assert.deepEqual(columns.total_fee, [600, 0])
  const found = []
  for await (const rows of (await pay.downloadbill({ bill_date: date })).batches()) {
    found.push(...rows)
  }
  assert.equal(found.length, 2)
  const streamed = await (await pay.downloadbill({ bill_date: date })).stream().map((row) => row.total_fee).toArray()
  assert.deepEqual(streamed, [600, 0])
})

test('a comparison tells what each side has', async () => {
  const mine = [{ out_trade_no: number, total_fee: 500 }, { out_trade_no: 'unknown', total_fee: 1 }]
  const found = await compare(await pay.downloadbill({ bill_date: date }), mine)
  assert.deepEqual(found.map((one) => [one.kind, one.out_refund_no ?? one.out_trade_no, one.billAmount, one.myAmount]), [
    ['only_in_bill', `R${number}`, 200, null],
    ['amount', number, 600, 500],
    ['only_mine', 'unknown', null, 1],
  ])
  const right = [{ out_trade_no: number, total_fee: 600, trade_state: 'SUCCESS' }, { out_refund_no: `R${number}`, refund_fee: 200 }]
  assert.deepEqual(await (await pay.downloadbill({ bill_date: date })).compare(right), [])
  const large = right.map((one) => ('total_fee' in one ? { ...one, total_fee: BigInt(one.total_fee) } : { ...one, refund_fee: BigInt(one.refund_fee) }))
  assert.deepEqual(await (await pay.downloadbill({ bill_date: date })).compare(large), [])
  for (const wrong of [[{ out_trade_no: 'A' }], [{ total_fee: 1 }], [{ out_trade_no: 'A', total_fee: 2n ** 60n }], [{ out_trade_no: 'A', total_fee: 1.5 }], [mine[0], mine[0]], ['A']]) {
    await assert.rejects((await pay.downloadbill({ bill_date: date })).compare(wrong), { name: 'InvalidRequest', field: 'mine' })
  }
})

test('a bill that breaks off is an error', async () => {
  const path = join(folder, 'bill.csv')
  const server = createServer((request, response) => {
    request.resume()
    response.end(readFileSync(path).subarray(0, 900))
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  const other = new WxPay({ ...wechat.options, endpoints: `http://127.0.0.1:${server.address().port}`, maxNetworkRetries: 0 })
  await assert.rejects(rowsOf(await other.downloadbill({ bill_date: date })), { name: 'TransportError', code: 'malformed_reply', retry: 'same_request' })
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
})

/** A server whose bill has very many rows. `closed` resolves once the client has closed the connection. */
async function endless(options = {}) {
  const [header, row] = readFileSync(join(folder, 'bill.csv'), 'utf8').split('\r\n')
  const rows = `${row}\r\n`.repeat(4096)
  let ended
  const closed = new Promise((resolve) => {
    ended = resolve
  })
  const server = createServer((request, response) => {
    request.resume()
    response.on('close', ended)
    response.on('error', () => {})
    response.write(`${header}\r\n`)
    const more = () => {
      while (!response.destroyed && response.write(rows)) {
        // Until the buffers are full.
      }
    }
    response.on('drain', more)
    more()
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  const client = new WxPay({ ...wechat.options, endpoints: `http://127.0.0.1:${server.address().port}`, maxNetworkRetries: 0, ...options })
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return { client, closed, stop }
}

/** Whether it happens within some seconds. */
async function soon(happens) {
  const late = AbortSignal.timeout(5000)
  const timer = new Promise((resolve) => late.addEventListener('abort', () => resolve(false)))
  return Promise.race([happens.then(() => true), timer])
}

const leaving = [
  async (bill) => {
    for await (const row of bill) {
      assert.ok(row.out_trade_no)
      break
    }
  },
  async (bill) => {
    for await (const rows of bill.batches()) {
      assert.ok(rows.length > 0)
      break
    }
  },
  async (bill) => {
    for await (const row of bill.stream()) {
      assert.ok(row.out_trade_no)
      break
    }
  },
]

test('leaving a loop early closes the connection', async () => {
  for (const leave of leaving) {
    const { client, closed, stop } = await endless()
    const bill = await client.downloadbill({ bill_date: date })
    await leave(bill)
    assert.ok(await soon(closed), 'the connection is still open')
    await stop()
    assert.ok(bill.bytesRead > 0)
  }
})

test('a signal ends a bill whose reader has stalled, and no payment waits for one', async () => {
  const late = { code: 'cancelled', outcome: 'unknown', endpoint: 'downloadbill' }
  const stalling = [
    async (bill, given) => {
      await assert.rejects(async () => {
        for await (const row of bill) {
          assert.ok(row.out_trade_no)
          if (!given.signal.aborted) given.abort()
        }
      }, late)
    },
    async (bill, given) => {
      const stalled = new Writable({ objectMode: true, write: () => setTimeout(() => given.abort(), 50) })
      await assert.rejects(pipeline(bill.stream(), stalled), late)
    },
    // Nobody reads it.
    async (bill, given) => {
      given.abort()
      await assert.rejects(bill.columns(), late)
    },
  ]
  for (const stall of stalling) {
    const { client, closed, stop } = await endless({ maxConnections: 1, timeout: 2000 })
    const given = new AbortController()
    const bill = await client.downloadbill({ bill_date: date }, { signal: given.signal })
    // Not `pool_timeout`: this server answers with an endless bill.
    await assert.rejects(client.orderquery({ out_trade_no: number }), { code: 'malformed_reply' })
    await stall(bill, given)
    assert.ok(await soon(closed), 'the connection is still open')
    await stop()
    assert.equal(getEventListeners(given.signal, 'abort').length, 0)
  }
})

test('a signal that lives long does not keep bills that nobody reads', { timeout: 60_000 }, async () => {
  const [header, row] = readFileSync(join(folder, 'bill.csv'), 'utf8').split('\r\n')
  const done = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', `
    import { once } from 'node:events'
    import { createServer } from 'node:http'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { WxPay } from 'wxpaykit'
    let open = 0
    const server = createServer((request, response) => {
      open++
      response.on('close', () => open--)
      response.write(${JSON.stringify(`${header}\r\n${row}\r\n`)})
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const pay = new WxPay({ ...${JSON.stringify(wechat.options)}, endpoints: 'http://127.0.0.1:' + server.address().port })
    const { signal } = new AbortController()
    const leave = () => pay.downloadbill({ bill_date: '20261127' }, { signal }).then(() => {})
    for (let i = 0; i < 9; i++) await leave()
    for (let i = 0; i < 100 && open > 1; i++) gc(), await sleep(20)
    console.log(open <= 1)
    process.exit()
  `], { cwd: import.meta.dirname, encoding: 'utf8', timeout: 50_000 })
  assert.equal(done.stdout, 'true\n', done.stderr)
})

test('leaving a loop early closes the file', { skip: process.platform === 'linux' ? false : 'reads /proc' }, async () => {
  const [header, row] = readFileSync(join(folder, 'bill.csv'), 'utf8').split('\r\n')
  const path = join(folder, 'long.csv')
  writeFileSync(path, `${header}\r\n${`${row}\r\n`.repeat(20_000)}`)
  const isOpen = () =>
    readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path
      } catch {
        return false
      }
    })
  const isClosed = async () => {
    while (isOpen()) {
      await new Promise((later) => setTimeout(later, 10))
    }
  }
  for (const leave of leaving) {
    await leave(readBill(path))
    assert.ok(await soon(isClosed()), 'the file is still open')
  }
  // Not a whole bill: the error closes it too.
  const bill = readBill(path)
  await assert.rejects(compare(bill, []), { code: 'bill_incomplete' })
  assert.ok(await soon(isClosed()))
  const rows = readBill(path)[Symbol.asyncIterator]()
  assert.equal((await rows.next()).done, false)
  assert.ok(isOpen())
  await rows.return()
  assert.equal((await rows.next()).done, true)
  assert.ok(await soon(isClosed()))
})

test('an error is thrown again, and never looks like the end', async () => {
  const whole = readFileSync(join(folder, 'bill.csv'))
  const broken = Buffer.concat([whole, Buffer.from('`more\r\n')])
  for (const [given, code] of [[whole.subarray(0, 900), 'bill_incomplete'], [broken, 'bill_malformed']]) {
    const rows = readBill(given)[Symbol.asyncIterator]()
    const readAll = async () => {
      while (!(await rows.next()).done) {
        // To the error.
      }
    }
    for (let time = 0; time < 3; time++) {
      await assert.rejects(readAll(), { name: 'InvalidRequest', code })
    }
  }
  const missing = readBill(join(folder, 'nothing.csv'))[Symbol.asyncIterator]()
  await assert.rejects(missing.next(), { code: 'ENOENT' })
  await assert.rejects(missing.next(), { code: 'ENOENT' })
  // One server cuts the text, the other the connection.
  for (const cut of [(response) => response.end(whole.subarray(0, 900)), (response) => response.write(whole.subarray(0, 900), () => setTimeout(() => response.destroy(), 100))]) {
    const server = createServer((request, response) => {
      request.resume()
      cut(response)
    })
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
    const other = new WxPay({ ...wechat.options, endpoints: `http://127.0.0.1:${server.address().port}`, maxNetworkRetries: 0 })
    const rows = (await other.downloadbill({ bill_date: date }))[Symbol.asyncIterator]()
    const readAll = async () => {
      while (!(await rows.next()).done) {
        // To the error.
      }
    }
    for (let time = 0; time < 3; time++) {
      await assert.rejects(readAll(), { name: 'TransportError', retry: 'same_request' })
    }
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})

test('a file that takes a part of each piece is whole', async () => {
  const path = join(folder, 'parts.csv')
  const probe = await open(path, 'w')
  const handle = Object.getPrototypeOf(probe)
  await probe.close()
  const { write } = handle
  handle.write = function (piece, ...more) {
    return write.call(this, piece instanceof Uint8Array ? piece.subarray(0, Math.ceil(piece.length / 2)) : piece, ...more)
  }
  try {
    await (await pay.downloadbill({ bill_date: date })).save(path)
  } finally {
    handle.write = write
  }
  assert.deepEqual(readFileSync(path), readFileSync(join(folder, 'bill.csv')))
})

/** A trade bill whose rows have these products. */
function billOf(bodies) {
  const header = '交易时间,商户订单号,交易状态,订单金额,商品名称,商户数据包,手续费,费率'
  const row = (body, n) => `\`2026-11-27 09:00:01,\`A${n},\`SUCCESS,\`${n}.01,\`${body},\`附加 ${n},\`0.03600,\`0.60%`
  const totals = ['总交易单数,订单总金额', `\`${bodies.length}.0,\`0.00`]
  return Buffer.from([header, ...bodies.map(row), ...totals, ''].join('\r\n'))
}

test('cells of any characters are cut where they end', async () => {
  const some = ['茶', 'tea', '', '🍵', '🍵🍵茶 a', 'é', '\u{20BB7}野家,大杯', '\uFEFF']
  const bodies = Array.from({ length: 2500 }, (_, n) => some[n % some.length])
  let n = 0
  for (const row of await rowsOf(readBill(billOf(bodies)))) {
    assert.equal(row.raw['商品名称'], bodies[n])
    assert.equal(row.body, bodies[n] === '' ? undefined : bodies[n])
    assert.deepEqual([row.out_trade_no, row.attach, row.rate, row.total_fee], [`A${n}`, `附加 ${n}`, '0.60%', 100 * n + 1])
    n++
  }
  assert.equal(n, bodies.length)
})

test('each row is given once to loops that share an iterator', async () => {
  const bytes = billOf(Array.from({ length: 2500 }, () => '茶'))
  const server = createServer((request, response) => {
    request.resume()
    response.end(bytes)
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  const other = new WxPay({ ...wechat.options, endpoints: `http://127.0.0.1:${server.address().port}`, maxNetworkRetries: 0 })
  try {
    for (const bill of [readBill(bytes), await other.downloadbill({ bill_date: date })]) {
      const rows = bill[Symbol.asyncIterator]()
      const seen = []
      const loop = async () => {
        for (let next = await rows.next(); !next.done; next = await rows.next()) {
          seen.push(next.value.out_trade_no)
          await new Promise(setImmediate)
        }
      }
      await Promise.all([loop(), loop(), loop(), loop()])
      assert.deepEqual(seen, Array.from({ length: 2500 }, (_, n) => `A${n}`))
      assert.equal(bill.summary.total_count, 2500)
    }
    // Calls that do not wait for one another; one of them leaves.
    const rows = readBill(bytes)[Symbol.asyncIterator]()
    const [first, second] = await Promise.all([rows.next(), rows.next()])
    assert.deepEqual([first.value.out_trade_no, second.value.out_trade_no], ['A0', 'A1'])
    const left = readBill(bytes)[Symbol.asyncIterator]()
    const ended = await Promise.all([left.next(), left.next(), left.return()])
    assert.deepEqual([...ended, await left.next()].map(({ done }) => done), [true, true, true, true])
    // The error is that of every call.
    const cut = readBill(bytes.subarray(0, 90))[Symbol.asyncIterator]()
    for (const { status, reason } of await Promise.allSettled([cut.next(), cut.next(), cut.next()])) {
      assert.deepEqual([status, reason?.code], ['rejected', 'bill_incomplete'])
    }
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})

test('rows of bytes are freed while they are read, and other work has its turn', () => {
  const code = `
    import { readBill } from 'wxpaykit'
    const body = '腾讯充值中心-QQ会员充值'.repeat(20)
    const bytes = (${billOf})(Array.from({ length: 100_000 }, () => body))
    let [turns, rows, most] = [0, 0, 0]
    const timer = setInterval(() => turns++, 1)
    const before = process.memoryUsage().rss
    for (let time = 0; time < 3; time++) {
      for await (const row of readBill(bytes)) {
        rows += row.total_fee > 0
        if (rows % 1000 === 0) most = Math.max(most, process.memoryUsage().rss)
      }
    }
    clearInterval(timer)
    console.log(JSON.stringify({ rows, turns, grown: (most - before) / 2 ** 20 }))`
  const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: new URL('.', import.meta.url), encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
  const { rows, turns, grown } = JSON.parse(ran.stdout)
  assert.equal(rows, 300_000)
  assert.ok(turns > 10, `${turns} turns`)
  // Three times 70 MiB were read.
  assert.ok(grown < 128, `${grown} MiB`)
})
