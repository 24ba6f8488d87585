// The page that explains. Texts from elsewhere become text nodes and nothing else: there is no markup to inject into.

import { sentences, texts } from './explain-texts.js'
import { faultPanel } from './faults.js'
import { firstMinute, settingsPanel } from './first-minute.js'

const ENTRIES = 300
const $ = (id) => document.getElementById(id)

let language = preferred()
let t = texts[language]
let connection = 'connecting'
let schedule = []
let shownOrders = 0
let missed = 0
let told = false
let settingsChosen = false
let clock = { now: 0, frozen: true, ahead: 0, since: 0 }
const orders = new Map() // key -> order
const entries = [] // newest last

function start() {
  $('language').addEventListener('click', () => {
    speak(language === 'zh' ? 'en' : 'zh')
    try { localStorage.setItem('language', language) } catch { /* the choice lasts as long as the page */ }
  })
  $('refused').addEventListener('change', drawJournal)
  document.querySelectorAll('#menu a[href^="#"]').forEach((link) => link.addEventListener('click', (event) => {
    event.preventDefault()
    open(link.hash.slice(1))
  }))
  // Whoever opens or closes the settings decides about them; until then they are open as long as there is no order.
  $('settings').querySelector('summary').addEventListener('click', () => { settingsChosen = true })
  $('settings').addEventListener('toggle', fillSettings)
  speak(language)
  listen()
  setInterval(tick, 1000)
}

/** The keys are on the page only while somebody reads them. */
function fillSettings() {
  $('settings').replaceChildren(...[$('settings').firstElementChild, $('settings').open && settings()].filter(Boolean))
}

/** Opens a panel of the menu. */
function open(id) {
  const panel = $(id)
  if (id === 'settings') settingsChosen = true
  panel.open = true
  panel.querySelector('summary').focus()
  panel.scrollIntoView({ block: 'nearest' })
}

// --- what the emulator tells ---

function listen() {
  const source = new EventSource('/_emulator/events')
  const on = (name, act) => source.addEventListener(name, (event) => act(JSON.parse(event.data)))
  source.addEventListener('open', () => connected('live'))
  source.addEventListener('error', () => {
    connected('lost')
    // Turned away for good: the browser itself does not try again.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000)
  })
  on('hello', (hello) => {
    told = true
    schedule = hello.schedule
    shownOrders = hello.orders
    orders.clear()
    faults().show({ count: 0, faults: [] })
    if (!hello.resumed) {
      entries.length = 0
      missed = 0
    }
    later(drawAll)
  })
  on('clock', ({ now, frozen, ahead_s: ahead }) => {
    clock = { now, frozen, ahead, since: performance.now() }
    tick()
  })
  on('faults', (listed) => faults().show(listed))
  on('order', (order) => {
    order.fresh = true
    orders.set(keyOf(order), order)
    later(drawOrders)
  })
  on('journal', (entry) => {
    entries.push(entry)
    if (entries.length > ENTRIES) missed += entries.splice(0, entries.length - ENTRIES).length
    later(drawJournal)
  })
  on('gap', (gap) => {
    missed += gap.missed
    later(drawJournal)
  })
}

// Events come in bursts; the page is drawn once for each.
const due = new Set()
function later(draw) {
  if (due.size === 0) setTimeout(() => { const draws = [...due]; due.clear(); draws.forEach((each) => each()) }, 30)
  due.add(draw)
}

// --- what the person asks for ---

async function ask(path, body, method = 'POST') {
  document.body.setAttribute('aria-busy', 'true')
  say(t.working)
  try {
    const response = await fetch(`/_emulator/${path}`, {
      method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error((language === 'zh' && answer.error_zh) || (answer.error ?? `HTTP ${response.status}`))
    return answer
  } catch (error) {
    say(t.failed + error.message, true)
    return undefined
  } finally {
    document.body.removeAttribute('aria-busy')
  }
}

async function visit(order, result) {
  const answer = await ask('pay', { out_trade_no: order.out_trade_no, mch_id: order.mch_id, result })
  if (answer === undefined) return
  const done = t.cashier[answer.err_msg.split(':')[1]] ?? answer.err_msg
  say(`${order.out_trade_no} ${answer.err_desc ?? done}`, answer.err_desc !== undefined)
}

async function resend(order) {
  const attempt = await ask('notify', { out_trade_no: order.out_trade_no, mch_id: order.mch_id })
  if (attempt !== undefined) say(`${t.resent}${order.out_trade_no} ${attempt.accepted ? t.taken : t.notTaken + whyNot(attempt)}`, !attempt.accepted)
}

/** Refunds that the page asked for and that are not in their order yet: by order, the refund's number, null before the answer. */
const refunding = new Map()
const isRefunding = (order) => {
  const number = refunding.get(keyOf(order))
  return number !== undefined && !order.refunds.some((each) => each.out_refund_no === number)
}

/** Refunds `fee`, which is what the button shows: the order may have changed since it was drawn. */
async function refund(order, fee) {
  const key = keyOf(order)
  if (isRefunding(orders.get(key) ?? order)) return
  refunding.set(key, null)
  const made = await ask('refund', { out_trade_no: order.out_trade_no, mch_id: order.mch_id, refund_fee: fee })
  if (made === undefined) refunding.delete(key)
  else {
    refunding.set(key, made.out_refund_no)
    say(`${t.refundMade}${order.out_trade_no} ¥${yuan(made.refund_fee)}`)
  }
  later(drawOrders)
}

async function advance(seconds) {
  const answer = await ask('clock', { advance_s: seconds })
  if (answer !== undefined) say(t.moved(answer.ran))
}

async function backToNow() {
  if (await ask('clock', { reset: true }) !== undefined) say(t.reset)
}

const waiting = () => [...orders.values()].map((order) => order.notifications.next_at).filter((at) => at !== null)

let silence
function say(text, bad = false) {
  clearTimeout(silence)
  if (text !== t.working) silence = setTimeout(() => { $('message').textContent = '' }, 10000)
  $('message').textContent = text
  $('message').classList.toggle('bad', bad)
}

// --- drawing ---

function speak(chosen) {
  language = chosen
  t = texts[language]
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  document.title = `wxpaykit · ${t.title}`
  document.querySelectorAll('[data-text]').forEach((place) => { place.textContent = t[place.dataset.text] })
  $('language').textContent = t.other
  $('language').lang = language === 'zh' ? 'en' : 'zh-CN'
  $('message').textContent = ''
  const by = Object.entries(t.steps).map(([seconds, name]) =>
    button(`+${name}`, () => advance(Number(seconds)), { 'aria-label': t.advance(name), 'data-testid': `advance-${seconds}` }))
  const next = button(t.toNext, () => advance(Math.max(0, Math.min(...waiting()) - now() + (clock.frozen ? 0 : 1))), { 'data-testid': 'advance-next', id: 'next' })
  const back = button(t.backToNow, backToNow, { 'data-testid': 'clock-reset', id: 'back-to-now', title: t.backToNowHint })
  $('advance').replaceChildren(...by, next, back)
  faults().speak(language)
  fillSettings()
  drawAll()
}

function drawAll() {
  connected(connection)
  drawOrders()
  drawJournal()
  tick()
}

function connected(how) {
  connection = how
  $('connection').className = how === 'live' ? 'on' : ''
  $('connection').textContent = t[how]
}

function tick() {
  const at = now()
  $('clock').textContent = clock.now === 0 ? '--:--:--' : time(at, true)
  $('frozen').hidden = !(clock.frozen && clock.now > 0)
  if ($('next')) $('next').disabled = waiting().length === 0
  // A second is lost on the way here; a frozen clock falls behind by itself.
  if ($('back-to-now')) $('back-to-now').hidden = clock.ahead < 2
  document.querySelectorAll('[data-until]').forEach((place) => {
    const rest = Number(place.dataset.until) - at
    place.textContent = rest >= 0 ? t.inTime(span(rest)) : ''
  })
}

function drawOrders() {
  // They came oldest first, and one that changes keeps its place.
  const newest = [...orders.values()].reverse().slice(0, shownOrders || undefined)
  if (newest.length < orders.size) {
    const kept = new Set(newest.map(keyOf))
    for (const key of orders.keys()) if (!kept.has(key)) orders.delete(key)
  }
  $('order-count').textContent = newest.length ? t.newest(newest.length) : ''
  redraw($('order-list'), newest.length ? newest.map(orderCard) : [h('p', { class: 'empty' }, t.noOrders)])
  $('first').replaceChildren(...(told && newest.length === 0 ? [beginning()] : []))
  // Not closed under the hand of someone who copies from it.
  if (!settingsChosen && !$('settings').contains(document.activeElement)) $('settings').open = told && newest.length === 0
  tick()
}

let madeFaults
const faults = () => (madeFaults ??= faultPanel($('faults'), { h, button, ask, say, redraw }))

/** Parts that are made once for a language, so that they stay as they are when the page is drawn again. */
const made = new Map()
function once(name, make) {
  const key = `${language} ${name}`
  if (!made.has(key)) made.set(key, make(language, { h, button, ask: testOrder, say }))
  return made.get(key)
}
const beginning = () => once('beginning', firstMinute)
const settings = () => once('settings', settingsPanel)

async function testOrder(path, body) {
  const answer = await ask(path, body)
  if (answer !== undefined) say(t.made(answer.out_trade_no))
}

function orderCard(order) {
  const { attempts, acknowledged, next_at: next } = order.notifications
  const name = order.out_trade_no
  const left = order.total_fee - order.refunded
  const act = (what, action, testid, kind = '', isDisabled = false) =>
    button(what, action, { class: kind, 'aria-disabled': isDisabled && 'true', 'aria-label': t.of(what, name), 'data-testid': testid, 'data-key': `${keyOf(order)} ${testid}` })
  const acts = {
    NOTPAY: () => [
      act(t.pay, () => visit(order, 'ok'), 'order-pay', 'main'),
      act(t.cancel, () => visit(order, 'cancel'), 'order-cancel'),
      act(t.fail, () => visit(order, 'fail'), 'order-fail'),
      order.code_url && h('a', { class: 'link', href: `/_wechat/qr?code_url=${encodeURIComponent(order.code_url)}`, target: '_blank', 'data-testid': 'order-qr' }, t.qr),
      // The H5 cashier wants to know the page that leads to it.
      order.mweb_url && h('a', { class: 'link', href: here(order.mweb_url), target: '_blank', referrerpolicy: 'same-origin', 'data-testid': 'order-h5' }, t.h5),
    ],
    SUCCESS: () => [
      act(t.resend, () => resend(order), 'order-resend'),
      left > 0 && act(`${t.refund} ¥${yuan(left)}`, () => refund(order, left), 'order-refund', '', isRefunding(order)),
    ],
  }[isPaid(order) ? 'SUCCESS' : order.trade_state] ?? (() => [])
  const fresh = order.fresh
  order.fresh = false
  return h('article', { 'data-testid': 'order', 'data-order': name, 'data-state': order.trade_state, class: fresh ? 'fresh' : '' },
    h('div', { class: 'row' }, h('h3', { class: 'mono' }, name), h('span', { class: 'amount' }, `¥${yuan(order.total_fee)}`)),
    h('div', { class: 'row' }, h('span', { class: 'goods', 'data-testid': 'order-body' }, order.body),
      h('span', { class: 'soft' }, `${order.trade_type} · ${order.sign_type} · ${time(order.created)}`)),
    h('ol', { class: 'steps', 'data-testid': 'order-steps' }, ...steps(order).map(([text, kind]) => h('li', { class: kind }, text))),
    h('div', { class: 'buttons' }, ...acts()),
    isPaid(order) && h('details', { 'data-key': keyOf(order), open: !acknowledged },
      h('summary', {}, t.notifications, ' ', h('span', { class: 'soft' }, t.attempts(attempts.length))),
      h('p', { class: 'soft mono goods' }, order.notify_url),
      h('ol', { class: 'attempts', 'data-testid': 'attempts' }, ...attempts.map(attemptLine), ...toCome(attempts, acknowledged, next)),
      // A notification of APIv3 is encrypted: this is what is in it.
      order.notifications.resource && h('details', { 'data-key': `${keyOf(order)} resource` }, h('summary', { class: 'soft' }, t.decrypted),
        h('pre', { 'data-testid': 'resource', tabindex: '0' }, JSON.stringify(order.notifications.resource, null, 2)))))
}

function steps(order) {
  const { acknowledged, next_at: next } = order.notifications
  if (order.trade_state === 'CLOSED') return [[t.ordered, 'done'], [t.closed, 'bad']]
  if (!isPaid(order)) return [[t.ordered, 'done'], [t.waiting, 'now']]
  const last = acknowledged ? [t.notified, 'done'] : next === null ? [t.gaveUp, 'bad'] : [t.notifying, 'now']
  const refunds = order.refunds.map((each) => {
    const kind = { PROCESSING: 'now', SUCCESS: 'done' }[each.refund_status] ?? 'bad'
    return [`${t.refundState[each.refund_status] ?? each.refund_status} ¥${yuan(each.refund_fee)}`, kind]
  })
  return [[t.ordered, 'done'], [t.paid, 'done'], last, ...refunds]
}

/** Why an attempt was not acknowledged, in the page's language. */
function whyNot(attempt) {
  return language === 'zh' ? attempt.why_zh : attempt.why
}

function attemptLine(attempt, index, all) {
  const number = all.slice(0, index + 1).filter((each) => !each.by_hand).length
  const name = attempt.by_hand ? t.byHand : t.attempt(number)
  const answered = attempt.status === null ? t.silent : t.answered(attempt.status)
  return h('li', { class: attempt.accepted ? 'taken' : 'refused', 'data-testid': 'attempt' },
    h('time', {}, time(attempt.at)), `${name} · ${answered} · `, attempt.accepted ? t.taken : whyNot(attempt),
    attempt.answer && h('div', { class: 'soft mono' }, `${t.answer}: ${attempt.answer}`))
}

function toCome(attempts, acknowledged, next) {
  if (next === null) return acknowledged ? [] : [h('li', { class: 'to-come' }, t.over)]
  const made = attempts.filter((attempt) => !attempt.by_hand).length
  const rest = schedule.slice(made)
  const last = rest.reduce((at, pause) => at + pause, next)
  const line = h('li', { class: 'to-come', 'data-testid': 'next-attempt' }, t.toCome(made + 1), ' ', h('time', {}, time(next)), h('span', { 'data-until': String(next) }))
  const times = rest.reduce((all, pause) => [...all, all.at(-1) + pause], [next]).slice(1, 4)
  const then = times.map((at, index) => h('li', { class: 'to-come' }, t.toCome(made + 2 + index), ' ', h('time', {}, time(at))))
  const more = rest.length - times.length
  return [line, ...then, ...(more > 0 ? [h('li', { class: 'to-come' }, t.more(more), ' ', h('time', {}, time(last)))] : [])]
}

function drawJournal() {
  const only = $('refused').checked
  const shown = entries.filter((entry) => !only || isRefused(entry)).reverse()
  $('entry-count').textContent = (shown.length ? t.shown(shown.length) : '') + (missed ? t.missed(missed) : '')
  const none = only && entries.length ? t.noRefused : t.noEntries
  redraw($('entry-list'), shown.length ? shown.map(entryLine) : [h('li', { class: 'empty' }, none)])
}

/** The state of a paid order is REFUND from its first refund on. */
const isPaid = (order) => order.trade_state === 'SUCCESS' || order.trade_state === 'REFUND'
const isRefused = (entry) => entry.outcome !== 'ok' && entry.outcome !== 'left'

function entryLine(entry, index) {
  // A drawn entry never changes; it is drawn again for another language only.
  if (entry.line?.lang === language) return entry.line
  const [kind, ...rest] = entry.outcome.split(':')
  const text = [t.outcome[kind] ?? kind, rest.join(':')].filter(Boolean).join(' ')
  const refused = isRefused(entry)
  const line = h('li', { class: refused ? 'entry refused' : 'entry', 'data-testid': 'entry', 'data-outcome': entry.outcome },
    h('div', { class: 'row' }, h('time', {}, time(entry.at)), h('span', { class: 'mono path' }, `${entry.method} ${entry.path}`),
      h('span', { class: `chip ${refused ? 'bad' : entry.outcome === 'ok' ? 'ok' : ''}` }, text),
      entry.out_trade_no && h('span', { class: 'soft mono goods' }, entry.out_trade_no)),
    entry.explanation && explanation(entry, refused, index === 0))
  line.lang = language
  entry.line = line
  return line
}

function explanation(entry, refused, newest) {
  const { string_to_sign: right } = entry.explanation
  // A request that was refused with a code of WeChat's has a correct signature; the headline is the cause.
  const business = entry.outcome.startsWith('business:') || (entry.outcome.startsWith('v3:') && !entry.outcome.startsWith('v3:SIGN_ERROR'))
  const mistake = entry.explanation.mistake ?? (right === null || business ? null : 'none')
  const [name, ...more] = sentences(language, mistake, entry.explanation)
  // What was accepted may be noteworthy all the same.
  const told = refused || entry.explanation.mistake !== null
  const body = [...(told ? more.map((text) => h('p', { class: 'detail' }, text)) : []), right !== null && compared(entry.explanation, refused && !business)].filter(Boolean)
  const named = { class: 'mistake', 'data-testid': 'mistake', 'data-mistake': mistake ?? '' }
  if (body.length === 0) return h('div', named, name)
  const summary = told ? h('summary', named, name) : h('summary', { class: 'soft' }, t.whatSigned)
  return h('details', { open: refused && newest, 'data-key': `entry ${entry.seq}` }, summary, ...body)
}

// --- the two texts ---

function compared({ string_to_sign: right, likely_string: likely, sign_type: algorithm, mistake }, refused) {
  const title = h('h4', {}, refused ? t.shouldBe : t.whatSigned, ' ', h('span', { class: 'soft' }, t.algorithm(algorithm)))
  if (likely === null || !refused) {
    return h('div', { class: 'texts' }, h('div', { class: 'right' }, title, h('pre', { 'data-testid': 'string-to-sign', tabindex: '0' }, right)),
      mistake === 'unknown' && h('p', { class: 'detail' }, t.notFound))
  }
  const [ours, theirs] = [Array.from(right), Array.from(likely)]
  let start = 0
  while (start < ours.length && start < theirs.length && ours[start] === theirs[start]) start += 1
  let end = 0
  while (end < ours.length - start && end < theirs.length - start && ours.at(-1 - end) === theirs.at(-1 - end)) end += 1
  const same = right === likely
  const part = (letters) => (same ? [letters.join('')] : [letters.slice(0, start).join(''), h('mark', {}, visible(letters.slice(start, letters.length - end))), letters.slice(letters.length - end).join('')])
  return h('div', { class: 'texts' },
    h('div', { class: 'right' }, title, h('pre', { 'data-testid': 'string-to-sign', tabindex: '0' }, ...part(ours))),
    h('div', { class: 'likely' }, h('h4', {}, t.likely, ' ', h('span', { class: 'soft' }, same ? t.same : t.difference(start + 1))),
      h('pre', { 'data-testid': 'likely-string', tabindex: '0' }, ...part(theirs))))
}

const SIGNS = { ' ': '␣', '\n': '⏎', '\r': '␍', '\t': '⇥', '\ufeff': '⟨BOM⟩', '\u200b': '⟨ZWSP⟩' }
const visible = (letters) => letters.map((letter) => SIGNS[letter] ?? letter).join('') || '‸'

// --- small things ---

/** An element; attributes by name, children as elements or text. */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== '') element.setAttribute(name, value)
  }
  element.append(...children.filter((child) => child !== false && child !== null && child !== undefined && child !== ''))
  return element
}

function button(text, action, attributes) {
  const made = h('button', { type: 'button', ...attributes }, text)
  made.addEventListener('click', async () => {
    if (made.getAttribute('aria-disabled')) return
    // Not `disabled`, which would take the focus away.
    made.setAttribute('aria-disabled', 'true')
    await action()
    made.removeAttribute('aria-disabled')
  })
  return made
}

/** Replaces a list's items; what was open stays open, what was closed closed, and the focus where it was. */
function redraw(list, items) {
  const old = new Map([...list.querySelectorAll('details[data-key]')].map((each) => [each.dataset.key, each.open]))
  const focused = document.activeElement?.dataset?.key
  list.replaceChildren(...items)
  list.querySelectorAll('details[data-key]').forEach((each) => { each.open = old.get(each.dataset.key) ?? each.open })
  if (focused && document.activeElement === document.body) {
    const same = [...list.querySelectorAll('[data-key]')].find((each) => each.dataset.key === focused)
    // A button that is gone leaves the focus on its order.
    const order = [...list.querySelectorAll('[data-key]')].find((each) => each.dataset.key.split(' ')[0] === focused.split(' ')[0])
    const target = same ?? order
    if (target) (target.tagName === 'DETAILS' ? target.firstElementChild : target).focus({ preventScroll: true })
  }
}

/** An address of the emulator's, whatever host `--mweb-base` gave it. */
const here = (url) => { const { pathname, search } = new URL(url); return pathname + search }
const keyOf = (order) => `${order.mch_id}/${order.out_trade_no}`
const now = () => clock.now + (clock.frozen ? 0 : Math.floor((performance.now() - clock.since) / 1000))
const yuan = (fen) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

const CLOCK = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
})
/** Beijing time; the date too when asked for, or when it is another day than the emulated one. */
function time(at, whole = false) {
  const [date, clockTime] = CLOCK.format(at * 1000).split(' ')
  return whole || date !== CLOCK.format(now() * 1000).split(' ')[0] ? `${date.slice(whole ? 0 : 5)} ${clockTime}` : clockTime
}

function span(seconds) {
  const parts = [[86400, language === 'zh' ? '天' : ' d'], [3600, language === 'zh' ? '小时' : ' h'], [60, language === 'zh' ? '分' : ' min'], [1, language === 'zh' ? '秒' : ' s']]
  let rest = seconds
  const said = parts.map(([size, name]) => { const n = Math.floor(rest / size); rest %= size; return n > 0 ? `${n}${name}` : '' }).filter(Boolean)
  return said.slice(0, 2).join(' ') || `0${parts[3][1]}`
}

/** The language that was chosen here, or that of the browser. */
function preferred() {
  const known = remembered() ?? navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'en'
  return known.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

function remembered() {
  try { return localStorage.getItem('language') } catch { return null }
}

start()
