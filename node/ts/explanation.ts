/** The result of the native module, by the names of core. */
export type Explained = Readonly<Record<string, string>>

/**
 * Why a signature differs: the mistake, the text that should be signed, and the text that probably was. It contains no key and no right
 * signature.
 *
 * `String(…)` shows all of it, with the part that differs between « and ». On a `SignatureError` it is one line, and `text` has the rest.
 */
export class Explanation {
  /** The text to sign, with the key as `***`; empty when the message could not be read. */
  readonly stringToSign: string
  /** The text that was probably signed, with the key as `***`; `undefined` if no known mistake explains it. */
  readonly likelyString: string | undefined
  /** The algorithm that the message declares, or MD5; `undefined` when the message could not be read. */
  readonly signType: 'MD5' | 'HMAC-SHA256' | 'SHA1' | 'WECHATPAY2-SHA256-RSA2048' | undefined
  /** A stable name of the likeliest mistake, such as `values_trimmed`; `none` when the signature is right. */
  readonly mistake: string
  /** The likeliest mistake and what to do about it, in a sentence. */
  readonly message: string
  /**
   * Whether a signature made with this mistake equals the one that was received. Otherwise the mistake is visible in the message, or only
   * likely.
   */
  readonly proved: boolean
  /** The one field that the mistake is about, when it is about one alone. */
  readonly field: string | undefined
  /** The sentence and both texts, a line each, with the part that differs between « and ». */
  readonly text: string
  readonly #summary: string | undefined

  /** Made by this package; a test may make one of a line of text. */
  constructor(given: string | Explained) {
    const explained: Explained = typeof given === 'string' ? { summary: given, message: given, text: given } : given
    this.stringToSign = explained['string_to_sign'] ?? ''
    this.likelyString = explained['likely_string']
    this.signType = explained['sign_type'] as Explanation['signType']
    this.mistake = explained['mistake'] ?? 'not_searched'
    this.message = explained['message'] ?? ''
    this.proved = explained['proof'] === 'recomputed'
    this.field = explained['field']
    this.text = explained['text'] ?? ''
    this.#summary = explained['summary']
  }

  toString(): string {
    return this.#summary ?? this.text
  }

  /** What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.text || this.toString()
  }
}
