// The panel of faults. Which there are, with which parameters, the emulator says: the page knows none of them.

const texts = {
  zh: {
    fault: '故障', endpoint: '接口', all: '全部适用的', order: '商户订单号', every: '全部', times: '次数', endless: '不限', probability: '概率',
    add: '添加故障', remove: '删除', removeAll: '全部删除', added: (name) => `已添加故障 ${name}`, removed: '已删除',
    groups: { reply: '应答', notification: '通知', refund: '退款', payment_code: '付款码', sharing: '分账' },
    apis: { v2: 'APIv2', v3: 'APIv3', platform: '公众平台和企业微信' },
    none: '现在没有故障。', of: (no) => `订单 ${no}`, struck: (n) => `已触发 ${n} 次`, left: (n) => `还剩 ${n} 次`, share: (p) => `概率 ${p}`,
    more: (n) => `另有 ${n} 个故障未显示`, count: (n) => `${n} 个`, notJson: (name) => `${name} 应为 JSON`, lost: '没有读到故障列表，请刷新页面。',
  },
  en: {
    fault: 'Fault', endpoint: 'Endpoint', all: 'all applicable paths', order: 'Order (out_trade_no)', every: 'all', times: 'Times', endless: 'unlimited', probability: 'Probability',
    add: 'Add the fault', remove: 'Remove', removeAll: 'Remove all', added: (name) => `Fault ${name} was added`, removed: 'Removed',
    groups: { reply: 'Replies', notification: 'Notifications', refund: 'Refunds', payment_code: 'Payment codes', sharing: 'Profit sharing' },
    apis: { v2: 'APIv2', v3: 'APIv3', platform: 'Open platform and WeCom' },
    none: 'There are no faults now.', of: (no) => `order ${no}`, struck: (n) => `triggered: ${n}`, left: (n) => `left: ${n}`, share: (p) => `probability ${p}`,
    more: (n) => (n === 1 ? '1 more fault is not shown' : `${n} more faults are not shown`), count: (n) => `${n}`, notJson: (name) => `${name} must be JSON`, lost: 'The list of faults could not be read; reload the page.',
  },
}

/**
 * The panel in `place`, a `<details>`. `tools` are those of the page: `h` makes an element, `button` a button, `ask` calls the control API, `say`
 * shows a message, `redraw` replaces a list's items.
 */
export function faultPanel(place, { h, button, ask, say, redraw }) {
  let language = 'en'
  let t = texts.en
  let known
  let shown = { count: 0, faults: [] }
  const form = h('form', { class: 'fault', 'data-testid': 'fault-form' })
  const list = h('ol', { class: 'faults', 'data-testid': 'fault-list' })
  place.append(form, list)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    add()
  })
  form.addEventListener('change', (event) => { if (event.target.name === 'fault') drawForm() })
  place.addEventListener('toggle', load)

  async function load() {
    if (!place.open || known) return
    try {
      const answer = await fetch('/_emulator/fault-kinds')
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
      known = await answer.json()
    } catch {
      say(t.lost, true)
      return
    }
    drawForm()
  }

  const said = (thing) => (language === 'zh' ? thing.about_zh : thing.about)

  /** The form for the chosen fault. What was typed stays where the same field is still there. */
  function drawForm() {
    if (!known) return
    const focused = document.activeElement?.form === form ? document.activeElement.name : ''
    const before = new Map([...form.elements].filter((each) => each.name).map((each) => [each.name, each.type === 'checkbox' ? each.checked : each.value]))
    const chosen = known.faults.find((each) => each.fault === before.get('fault')) ?? known.faults[0]
    const endpoints = known.endpoints.filter((each) => chosen.apis?.includes(each.api) && (chosen.paths?.includes(each.path) ?? true))
    form.replaceChildren(...[
      field(t.fault, choice('fault', grouped(known.faults, (each) => t.groups[each.of] ?? each.of, (each) => [each.fault, `${each.fault} · ${said(each)}`])), 'wide'),
      endpoints.length > 0 && field(t.endpoint, choice('endpoint', [every(t.all), ...grouped(endpoints, (each) => t.apis[each.api] ?? each.api, (each) => [each.path, each.path])]), 'wide'),
      ...chosen.parameters.map((each) => field(h('span', {}, h('code', {}, each.name), ' ', h('span', { class: 'soft' }, said(each))), parameter(each))),
      field(t.order, h('input', { name: 'out_trade_no', placeholder: t.every, maxlength: '64', autocomplete: 'off', spellcheck: 'false', 'data-testid': 'fault-order' })),
      field(t.times, h('input', { name: 'times', type: 'number', min: '1', placeholder: t.endless, value: '1', 'data-testid': 'fault-times' })),
      field(t.probability, h('input', { name: 'probability', type: 'number', min: '0', max: '1', step: 'any', placeholder: '1', 'data-testid': 'fault-probability' })),
      h('p', { class: 'buttons' }, h('button', { class: 'main', 'data-testid': 'fault-add' }, t.add)),
    ].filter(Boolean))
    for (const each of form.elements) {
      if (!each.name || !before.has(each.name)) continue
      if (each.type === 'checkbox') each.checked = before.get(each.name)
      else if (each.tagName !== 'SELECT' || [...each.options].some((option) => option.value === before.get(each.name))) each.value = before.get(each.name)
    }
    form.elements.fault.value = chosen.fault
    if (focused) form.elements[focused]?.focus()
  }

  const every = (text) => Object.assign(h('option', {}, text), { value: '' })
  const field = (label, input, kind = '') => h('label', { class: kind }, h('span', {}, label), input)
  const choice = (name, options) => h('select', { name, 'data-testid': name === 'fault' ? 'fault' : `fault-${name}` }, ...options)

  function grouped(things, group, option) {
    const groups = new Map()
    for (const thing of things) {
      const name = group(thing)
      if (!groups.has(name)) groups.set(name, h('optgroup', { label: name }))
      const [value, text] = option(thing)
      groups.get(name).append(h('option', { value }, text))
    }
    return [...groups.values()]
  }

  /** The input of a parameter. A form that this page does not know is a text. */
  function parameter({ name, form: kind, least, most, choices, required, default: usual, example }) {
    const attributes = { name: `=${name}`, 'data-testid': `fault-${name}`, required: required === true }
    if (kind === 'choice') return h('select', attributes, ...choices.map((each) => h('option', { value: each, selected: each === usual }, each)))
    if (kind === 'flag') return h('input', { ...attributes, type: 'checkbox', checked: usual === true })
    const shownAs = usual ?? example
    const placeholder = typeof shownAs === 'object' ? JSON.stringify(shownAs) : String(shownAs)
    if (kind === 'whole') return h('input', { ...attributes, type: 'number', min: String(least), max: String(most), step: '1', placeholder })
    return h('input', { ...attributes, placeholder, autocomplete: 'off', spellcheck: 'false' })
  }

  async function add() {
    const value = (name) => form.elements[name]?.value.trim() ?? ''
    const chosen = known.faults.find((each) => each.fault === value('fault'))
    const wanted = { fault: chosen.fault }
    for (const name of ['endpoint', 'out_trade_no']) if (value(name)) wanted[name] = value(name)
    for (const name of ['times', 'probability']) if (value(name)) wanted[name] = Number(value(name))
    for (const { name, form: kind, default: usual } of chosen.parameters) {
      const input = form.elements[`=${name}`]
      if (kind === 'flag') {
        if (input.checked !== usual) wanted[name] = input.checked
        continue
      }
      const text = input.value.trim()
      if (text === '' || text === usual) continue
      if (kind === 'whole') wanted[name] = Number(text)
      else if (kind === 'choice' || kind === 'text') wanted[name] = text
      else {
        try {
          wanted[name] = JSON.parse(text)
        } catch {
          say(t.notJson(name), true)
          input.focus()
          return
        }
      }
    }
    const made = await ask('faults', wanted)
    if (made !== undefined) say(t.added(made.fault))
  }

  async function remove(id) {
    const path = id === undefined ? 'faults' : `faults/${id}`
    if (await ask(path, undefined, 'DELETE') !== undefined) say(t.removed)
  }

  function drawList() {
    place.querySelector('summary [data-testid=fault-count]').textContent = shown.count ? t.count(shown.count) : ''
    const hidden = shown.count - shown.faults.length
    const rows = [...shown.faults].reverse().map(row)
    redraw(list, rows.length === 0 ? [h('li', { class: 'soft', 'data-testid': 'no-faults' }, t.none)] : [
      ...rows,
      hidden > 0 && h('li', { class: 'soft' }, t.more(hidden)),
      shown.count > 1 && h('li', {}, button(t.removeAll, () => remove(), { 'data-testid': 'faults-remove-all', 'data-key': 'faults all' })),
    ].filter(Boolean))
  }

  function row({ id, fault, out_trade_no: order, endpoint, times, probability, met, struck, left, ...parameters }) {
    const values = Object.entries(parameters).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    const scope = [endpoint, order && t.of(order), probability !== null && t.share(probability), t.struck(struck), left !== null && t.left(left)].filter(Boolean)
    return h('li', { 'data-testid': 'fault-row', 'data-fault': fault, class: left === 0 ? 'over' : '' },
      h('span', { class: 'mono goods' }, [fault, ...values].join(' ')), h('span', { class: 'soft goods' }, scope.join(' · ')),
      button(t.remove, () => remove(id), { 'aria-label': `${t.remove} ${fault}`, 'data-testid': 'fault-remove', 'data-key': `faults ${id}` }))
  }

  return {
    /** The faults as they are now. */
    show(faults) {
      shown = faults
      drawList()
    },
    speak(chosen) {
      language = chosen
      t = texts[chosen]
      drawForm()
      drawList()
    },
  }
}
