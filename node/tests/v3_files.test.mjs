// Uploads and downloads of APIv3, at the emulator.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { getEventListeners, once } from 'node:events'
import {
  createReadStream,
  createWriteStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, before, test } from 'node:test'
import { setTimeout as passed } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { InvalidRequest, newOutTradeNo, V3Media, WxPay } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
import { BUILT } from './emulator.mjs'
import { ofAnotherRealm } from './realm.mjs'

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0xff, 0xfe, 45, 45])
const COUPON = '/v3/marketing/favor/media/image-upload'
let wechat
let pay
let folder

before(async () => {
  wechat = await startEmulator({ binary: BUILT })
  pay = new WxPay({ ...wechat.options, ...wechat.v3Options })
  folder = await mkdtemp(join(tmpdir(), 'wxpaykit-'))
})
after(async () => {
  await wechat.stop()
  await rm(folder, { recursive: true })
})

test('a file is a path, bytes, a Blob, a File or a stream', async () => {
  const path = join(folder, '执照.png')
  await writeFile(path, PNG)
  const handle = await open(path)
  const ids = new Set()
  for (const [file, options] of [
    [path],
    [pathToFileURL(path)],
    [path, { filename: 'licence.jpg' }],
    [PNG, { filename: 'a.png' }],
    [Buffer.from(PNG), { filename: 'a.MP4' }],
    [PNG.buffer, { filename: 'a.pdf' }],
    [ofAnotherRealm(PNG), { filename: 'a.jpg' }],
    [Readable.from([ofAnotherRealm(PNG)]), { filename: 'a.png' }],
    [new Blob([PNG]), { filename: 'a.bmp' }],
    [new File([PNG], 'a.png')],
    [createReadStream(path), { filename: 'a.png' }],
    [handle.readableWebStream(), { filename: 'a.png' }],
  ]) {
    const media = await pay.v3.upload(file, options)
    assert.ok(media instanceof V3Media)
    ids.add(media.media_id)
  }
  await handle.close()
  assert.equal(ids.size, 12)
  const image = await pay.v3.upload(path, { path: COUPON })
  assert.deepEqual([image.media_id, image.media_url.startsWith('https://')], [undefined, true])
})

test('what is no file is refused, and nothing is sent', async () => {
  const stream = createReadStream(new URL(import.meta.url), 'utf8')
  for (const [file, options, field, words] of [
    [PNG, {}, 'filename', /is required/],
    [PNG, { filename: 'a.docx' }, 'filename', /must end with \.jpg/],
    [PNG, { filename: 'a.pdf', path: COUPON }, 'filename', /must end with \.jpg, \.bmp, \.png, which/],
    [PNG, { filename: 'a.png', path: 'upload' }, 'path', /must be a path of APIv3/],
    [PNG, { filename: 'a.png', meta: { x: null } }, 'meta.x', /null/],
    [PNG, { filename: 'a.png', meta: 'x' }, 'meta', /must be an object/],
    [PNG, { filename: 1 }, 'filename', /must be text/],
    [new Uint8Array(), { filename: 'a.png' }, 'file', /is empty/],
    [new Uint8Array(5 * 1024 * 1024 + 1), { filename: 'a.png' }, 'file', /takes at most 5242880/],
    [join(folder, 'none.png'), {}, 'file', /cannot be read/],
    [folder, { filename: 'a.png' }, 'file', /it is not a file/],
    [null, { filename: 'a.png' }, 'file', /must be a path, bytes/],
    [{ name: 'a.png' }, {}, 'file', /must be a path, bytes/],
    [new URL('https://shop.example/a.png'), {}, 'file', /must be a path, bytes/],
    [stream, { filename: 'a.png' }, 'file', /must be a stream of bytes/],
  ]) {
    await assert.rejects(pay.v3.upload(file, options), (error) => {
      assert.ok(error instanceof InvalidRequest, error)
      assert.equal(error.field, field, error.message)
      assert.match(error.message, words)
      return true
    })
  }
})

test('a download needs both parts of its hash, and the client’s own host', async () => {
  const url = `${wechat.url}/v3/billdownload/file?token=1`
  for (const [address, options, field] of [
    [url, { hashType: 'SHA1' }, 'hash_value'],
    [url, { hashValue: '1'.repeat(40) }, 'hash_type'],
    [url, { hashType: 'SHA1', hashValue: '1' }, 'hash_value'],
    [url, { hashType: 'SM3', hashValue: '1'.repeat(64) }, 'hash_type'],
    ['https://evil.example/x', {}, 'download_url'],
    [1, {}, 'download_url'],
  ]) {
    await assert.rejects(pay.v3.download(address, options), { name: 'InvalidRequest', field })
  }
  await assert.rejects(pay.v3.download(url), /token已失效/)
})

/** A transfer that the customer has. */
async function transferred(out_bill_no) {
  const made = await pay.v3.transfer({
    out_bill_no,
    transfer_scene_id: '1000',
    openid: wechat.openid,
    transfer_amount: 30,
    transfer_remark: '新会员开通有礼',
    transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '新会员有礼' }, { info_type: '奖励说明', info_content: '一等奖' }],
  })
  const confirmed = await fetch(`${wechat.url}/_emulator/transfer`, { method: 'POST', body: JSON.stringify({ out_bill_no }) })
  assert.ok(confirmed.ok)
  await wechat.advance(2)
  return made
}

test('the receipt of a transfer', async () => {
  const out_bill_no = newOutTradeNo('T')
  const { transfer_bill_no } = await transferred(out_bill_no)
  assert.equal((await pay.v3.transferReceipt({ out_bill_no })).state, 'GENERATING')
  await wechat.advance(2)
  const found = await pay.v3.transferReceiptQuery({ transfer_bill_no })
  assert.equal(found.state, 'FINISHED')
  const pdf = await pay.v3.download(found.download_url, { hashType: found.hash_type, hashValue: found.hash_value })
  assert.ok(Buffer.isBuffer(pdf) && pdf.subarray(0, 5).equals(Buffer.from('%PDF-')))
  const other = { hashType: 'SHA256', hashValue: '0'.repeat(64) }
  await assert.rejects(pay.v3.download(found.download_url, other), { name: 'SignatureError', code: 'file_hash_mismatch' })
  await assert.rejects(pay.v3.transferReceipt({}), InvalidRequest)
  await assert.rejects(pay.v3.transferReceipt({ out_bill_no, transfer_bill_no }), InvalidRequest)
})

/** The address of a receipt, its hash, and the receipt. */
async function receipt() {
  const out_bill_no = newOutTradeNo('T')
  await transferred(out_bill_no)
  await pay.v3.transferReceipt({ out_bill_no })
  await wechat.advance(2)
  const { download_url: url, hash_type: hashType, hash_value: hashValue } = await pay.v3.transferReceiptQuery({ out_bill_no })
  return { url, hash: { hashType, hashValue }, pdf: await pay.v3.download(url) }
}

const WRONG = { hashType: 'SHA256', hashValue: '0'.repeat(64) }

test('a download goes to a path or into a stream', async () => {
  const [{ url, hash, pdf }, place] = [await receipt(), mkdtempSync(join(tmpdir(), 'wxpaykit-download-'))]
  const path = join(place, 'receipt.pdf')
  writeFileSync(path, 'the one of yesterday')
  assert.equal(await pay.v3.download(url, { ...hash, to: path }), undefined)
  assert.deepEqual(readFileSync(path), pdf)
  await pay.v3.download(url, { to: pathToFileURL(join(place, '收据.pdf')) })
  assert.deepEqual(readFileSync(join(place, '收据.pdf')), pdf)
  const pieces = []
  await pay.v3.download(url, { ...hash, to: new Writable({ write: (piece, _, done) => done(null, void pieces.push(piece)) }) })
  assert.deepEqual(Buffer.concat(pieces), pdf)
  // Nothing is left of a file that is not the right one.
  writeFileSync(path, 'the one of yesterday')
  await assert.rejects(pay.v3.download(url, { ...WRONG, to: path }), { name: 'SignatureError', code: 'file_hash_mismatch' })
  await assert.rejects(pay.v3.download(url.replace('token=', 'token=x'), { to: path }), /token/)
  assert.equal(readFileSync(path, 'utf8'), 'the one of yesterday')
  assert.deepEqual(readdirSync(place).sort(), ['receipt.pdf', '收据.pdf'])
  await assert.rejects(pay.v3.download(url, { to: join(place, 'none', 'a.pdf') }), { code: 'ENOENT' })
  const full = new Writable({ write: (piece, _, done) => done(new Error('the disk is full')) })
  await assert.rejects(pay.v3.download(url, { to: full }), /disk is full/)
  for (const to of ['', 1, {}, new URL('https://shop.example/a.pdf'), Buffer.from('a')]) {
    await assert.rejects(pay.v3.download(url, { to }), { name: 'InvalidRequest', field: 'to' })
  }
  rmSync(place, { recursive: true })
})

/** A server of one file, whose second half is sent once `go` is called; `begun` resolves when its first half was. */
async function halting(file) {
  const [{ promise: told, resolve: go }, { promise: begun, resolve: sent }] = [deferred(), deferred()]
  const server = createServer(async (request, response) => {
    response.setHeader('content-length', file.length)
    response.write(file.subarray(0, 10), sent)
    await told
    response.end(file.subarray(10))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}`, begun, go, close: () => server.close() }
}

function deferred() {
  let resolve
  return { promise: new Promise((done) => (resolve = done)), resolve }
}

test('two that are saved to one path do not meet', async () => {
  const file = Buffer.from('a receipt of a transfer')
  const right = { hashType: 'SHA256', hashValue: createHash('sha256').update(file).digest('hex') }
  for (const [first, second] of [
    [right, WRONG],
    [WRONG, right],
  ]) {
    const place = mkdtempSync(join(tmpdir(), 'wxpaykit-two-'))
    const path = join(place, 'receipt.pdf')
    const [slow, quick] = [await halting(file), await halting(file)]
    const download = ({ url }, hash) =>
      new WxPay({ ...wechat.options, ...wechat.v3Options, endpoints: url }).v3
        .download(`${url}/v3/transferdownload/elecvoucherfile?token=1`, { ...hash, to: path })
        .catch((error) => error)
    const one = download(slow, first)
    await slow.begun
    quick.go()
    const other = await download(quick, second)
    assert.equal(readdirSync(place).filter((name) => name.endsWith('.part')).length, 1)
    slow.go()
    const refused = second === right ? await one : other
    assert.deepEqual([refused.name, refused.code], ['SignatureError', 'file_hash_mismatch'])
    assert.equal(second === right ? other : await one, undefined)
    assert.deepEqual(readFileSync(path), file)
    assert.deepEqual(readdirSync(place), ['receipt.pdf'])
    slow.close()
    quick.close()
    rmSync(place, { recursive: true })
  }
})

test('what is no file is not replaced, and what stands beside it stays', async () => {
  const [{ url, pdf }, place] = [await receipt(), mkdtempSync(join(tmpdir(), 'wxpaykit-place-'))]
  const at = (name) => join(place, name)
  execFileSync('mkfifo', [at('pipe')])
  mkdirSync(at('folder'))
  symlinkSync('/dev/null', at('device'))
  const stream = /is not a regular file: give an open stream/
  for (const [to, words] of [
    [at('folder'), /is a folder, not a file: give the path of a file in it$/],
    [pathToFileURL(at('folder')), /is a folder, not a file: give the path of a file in it$/],
    ['', /must not be empty$/],
    [at('a\0b'), /U\+0000/],
    [at('pipe'), stream],
    [at('device'), stream],
    // The first two may be a file of the shell's, which is not asked for.
    ['/dev/stdout', stream],
    ['/dev/fd/1', stream],
    ['/dev/null', stream],
  ]) {
    // Nothing is sent: nobody is at this address.
    const call = new WxPay({ ...wechat.options, ...wechat.v3Options, endpoints: 'http://127.0.0.1:9' }).v3
    await assert.rejects(call.download('http://127.0.0.1:9/v3/statements?id=1', { to }), (error) => {
      assert.ok(error instanceof InvalidRequest, error)
      assert.equal(error.field, 'to')
      assert.match(error.message, words)
      return true
    })
  }
  writeFileSync(at('mine'), 'mine')
  symlinkSync(at('mine'), at('linked.pdf'))
  symlinkSync(at('mine'), at('linked.pdf.part'))
  await pay.v3.download(url, { to: at('linked.pdf') })
  assert.deepEqual([readFileSync(at('linked.pdf')), readFileSync(at('mine'), 'utf8')], [pdf, 'mine'])
  assert.deepEqual([lstatSync(at('linked.pdf')).isFile(), lstatSync(at('linked.pdf.part')).isSymbolicLink()], [true, true])
  assert.deepEqual(readdirSync(place).sort(), ['device', 'folder', 'linked.pdf', 'linked.pdf.part', 'mine', 'pipe'])
  rmSync(place, { recursive: true })
})

test('a stream that fails before the first byte is an error of the call', async () => {
  const [{ url, pdf }, place] = [await receipt(), mkdtempSync(join(tmpdir(), 'wxpaykit-early-'))]
  const none = () => createWriteStream(join(place, 'none', 'a.pdf'))
  await assert.rejects(pay.v3.download(url, { to: none() }), { code: 'ENOENT' })
  // It fails while WeChat has not answered yet.
  const slow = await halting(Buffer.from('a receipt of a transfer'))
  const other = new WxPay({ ...wechat.options, ...wechat.v3Options, endpoints: slow.url, timeout: 2000, maxNetworkRetries: 0 })
  const late = new Writable({ write: (piece, _, done) => done() })
  setTimeout(() => late.destroy(new Error('the customer has left')), 20)
  await assert.rejects(other.v3.download(`${slow.url}/v3/transferdownload/elecvoucherfile?token=1`, { to: late }), /customer has left/)
  slow.go()
  slow.close()
  // The call fails first: the error of the stream comes later, and belongs to the call too.
  const fs = { open: (path, flags, mode, done) => setTimeout(done, 500, new Error('too late')), write() {}, close() {} }
  for (const wrong of ['https://evil.example/x', 1]) {
    const late = createWriteStream('a.pdf', { fs })
    await assert.rejects(pay.v3.download(wrong, { to: late }), { name: 'InvalidRequest', field: 'download_url' })
    while (late.errored === null) await passed(50)
  }
  // One that has failed or was closed before the call.
  const failed = none()
  await once(failed, 'error')
  await assert.rejects(pay.v3.download(url, { to: failed }), { code: 'ENOENT' })
  const closed = new Writable({ write: (piece, _, done) => done() }).destroy()
  await assert.rejects(pay.v3.download(url, { to: closed }), { code: /ERR_STREAM/ })
  // A refusal leaves the stream open, for a page that says so, and without a listener of ours.
  const page = new Writable({ write: (piece, _, done) => done() })
  await assert.rejects(pay.v3.download(url.replace('token=', 'token=x'), { to: page }), /token/)
  assert.deepEqual([page.destroyed, page.writableEnded, page.listenerCount('error')], [false, false, 0])
  const path = join(place, 'a.pdf')
  const good = createWriteStream(path)
  await pay.v3.download(url, { to: good })
  assert.deepEqual(readFileSync(path), pdf)
  rmSync(place, { recursive: true })
})

test('a download is a stream of bytes', async () => {
  const { url, hash, pdf } = await receipt()
  const stream = await pay.v3.downloadStream(url, hash)
  assert.ok(stream instanceof Readable && !stream.readableObjectMode)
  assert.deepEqual(Buffer.concat(await stream.toArray()), pdf)
  const read = []
  for await (const piece of await pay.v3.downloadStream(url)) {
    read.push(piece)
  }
  assert.deepEqual(Buffer.concat(read), pdf)
  await assert.rejects((await pay.v3.downloadStream(url, WRONG)).toArray(), { name: 'SignatureError', code: 'file_hash_mismatch' })
  await assert.rejects(pay.v3.downloadStream(url.replace('token=', 'token=x')), /token/)
  await assert.rejects(pay.v3.downloadStream('https://evil.example/x'), { name: 'InvalidRequest', field: 'download_url' })
  // One that is not read to its end lets its connection go.
  const left = await pay.v3.downloadStream(url)
  left.destroy()
  await once(left, 'close')
  await assert.rejects(pay.v3.downloadStream(url, { signal: AbortSignal.abort() }), { outcome: 'not_sent' })
})

test('a signal ends a download whose reader has stalled, and no payment waits for one', async (t) => {
  let connections = 0
  const gateway = createServer((request, response) => {
    connections += 1
    request.socket.once('close', () => (connections -= 1))
    // One file fits into the buffers of the streams; of the other one WeChat waits for the reader.
    response.end(Buffer.alloc(request.url.includes('short') ? 100 : 1 << 25, 65))
  }).listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  t.after(() => gateway.close())
  const endpoints = `http://127.0.0.1:${gateway.address().port}`
  const client = new WxPay({ ...wechat.options, ...wechat.v3Options, endpoints, maxConnections: 1, maxNetworkRetries: 0, timeout: 2000 })
  const late = { name: 'TransportError', code: 'cancelled', outcome: 'unknown', retry: 'same_request', endpoint: 'v3.download' }
  for (const file of ['long', 'short']) {
    const url = `${endpoints}/v3/billdownload/file?token=${file}`
    const [given, stalled] = [new AbortController(), new Writable({ write: () => {} })]
    const reason = new Error('the browser is gone')
    const saving = assert.rejects(client.v3.download(url, { to: stalled, signal: given.signal }), { ...late, cause: reason })
    const streams = [await client.v3.downloadStream(url, { signal: given.signal }), await client.v3.downloadStream(url, { signal: given.signal })]
    const read = streams[1][Symbol.asyncIterator]()
    assert.equal((await read.next()).value[0], 65)
    const failed = once(streams[0], 'error')
    // Not `pool_timeout`: this server answers everything with a file.
    await assert.rejects(client.v3.transferQuery({ out_bill_no: 'T1' }), (error) => error.code !== 'pool_timeout')
    given.abort(reason)
    await saving
    assert.equal(stalled.destroyed, true)
    await assert.rejects(failed.then(([error]) => Promise.reject(error)), { ...late, cause: reason })
    if (file === 'long') await assert.rejects(async () => { while (!(await read.next()).done); }, late)
    while (connections > 0) await passed(10)
    assert.equal(getEventListeners(given.signal, 'abort').length, 0)
  }
  // A download that has ended leaves the signal alone.
  const given = new AbortController()
  assert.equal((await (await client.v3.downloadStream(`${endpoints}/v3/billdownload/file?token=short`, { signal: given.signal })).toArray()).length, 1)
  while (getEventListeners(given.signal, 'abort').length > 0) await passed(10)
})

test('the code of docs/apiv3.md', async () => {
  const page = readFileSync(new URL('../../docs/apiv3.md', import.meta.url), 'utf8')
  const documented = async (name) => {
    const [, block] = new RegExp(`\`\`\`js\n(export async function ${name}\\(.*?)\`\`\``, 's').exec(page)
    return (await import(`data:text/javascript,${encodeURIComponent(block)}`))[name]
  }
  const [complaintImage, receipt] = [await documented('complaintImage'), await documented('receipt')]
  assert.ok(await complaintImage(pay, new File([PNG], 'a.png')))
  const number = newOutTradeNo('T')
  await transferred(number)
  assert.equal(await receipt(pay, number), undefined)
  await wechat.advance(2)
  assert.equal((await receipt(pay, number)).toString('latin1', 0, 5), '%PDF-')
  const [receiptTo, statement] = [await documented('receiptTo'), await documented('statement')]
  const [found, path] = [await pay.v3.transferReceiptQuery({ out_bill_no: number }), join(folder, 'receipt.pdf')]
  await receiptTo(pay, found, path)
  assert.equal(await statement(pay, found.download_url), readFileSync(path).length)
})

test('a call that is given up before it starts sends nothing', async () => {
  const signal = AbortSignal.abort()
  await assert.rejects(pay.v3.upload(PNG, { filename: 'a.png', signal }), { outcome: 'not_sent' })
})

test('a stream that has stalled ends by the signal, and one that is too large is left', async () => {
  const given = new AbortController()
  let ended = 0
  const stalled = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: async () => ((ended += 1), { done: true }) }) }
  const call = pay.v3.upload(stalled, { filename: 'a.png', signal: given.signal })
  given.abort()
  await assert.rejects(call, { outcome: 'not_sent' })
  const endless = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: new Uint8Array(1 << 24) }), return: async () => ((ended += 1), { done: true }) }) }
  await assert.rejects(pay.v3.upload(endless, { filename: 'a.png' }), { name: 'InvalidRequest', field: 'file' })
  assert.equal(ended, 2)
  const large = Object.defineProperty(new Blob([PNG]), 'size', { value: 1e12 })
  await assert.rejects(pay.v3.upload(large, { filename: 'a.png' }), /has more than 33554432 bytes/)
})
