// One change of a signed message of APIv3, for property tests.

import fc from 'fast-check'

export const SIGNED = ['Wechatpay-Timestamp', 'Wechatpay-Nonce', 'Wechatpay-Serial', 'Wechatpay-Signature']

const HOW = ['replace', 'case', 'insert', 'append', 'remove']
const at = fc.nat(4095)

/** What becomes of a part of the message: its body, or one of its headers. White space around a header's value is not a part of it. */
export const change = fc.oneof(
  fc.record({ part: fc.constant('body'), how: fc.constantFrom(...HOW), at, byte: fc.nat(255) }),
  fc.record({ part: fc.constantFrom(...SIGNED), how: fc.constantFrom(...HOW, 'lose'), at, byte: fc.integer({ min: 0x21, max: 0x7e }) }),
)

/** The changed message; of one that the change leaves as it is, `changed` is false. */
export function apply({ part, how, at, byte }, { headers, body }) {
  const after = { headers: { ...headers }, body }
  if (how === 'lose') delete after.headers[part]
  else if (part === 'body') after.body = edited(how, at, byte, body)
  else after.headers[part] = edited(how, at, byte, Buffer.from(headers[part])).toString()
  return { ...after, changed: after.headers[part] !== headers[part] || !after.body.equals(body) }
}

function edited(how, index, byte, text) {
  const at = index % text.length
  const [before, own, after] = [text.subarray(0, at), text.subarray(at, at + 1), text.subarray(at + 1)]
  const isLetter = (own[0] >= 0x41 && own[0] <= 0x5a) || (own[0] >= 0x61 && own[0] <= 0x7a)
  return Buffer.concat({
    replace: [before, [byte], after],
    // Capital letters and small ones, which readers of hexadecimal digits may take for the same.
    case: [before, [isLetter ? own[0] ^ 0x20 : own[0]], after],
    insert: [before, [byte], own, after],
    append: [text, [byte]],
    remove: [before, after],
  }[how].map((part) => Buffer.from(part)))
}
