/** The findings of `pay.check()`. */

import { native } from './addon.js'
import { displayed, linesOf } from './displayed.js'

/** The finding about one part of a client. */
export interface Finding {
  /**
   * `store`: whether it keeps a value and gives it back. `api_key`: appid, mch_id and API key, by an `orderquery` for a number that no
   * order has. `client_key`: mch_id, private key and serial number, by a signed `v3.query`. `api_v3_key`: by the platform certificates
   * that it decrypts. `platform_keys`: WeChat Pay's public key or certificates, by the signature of a reply. `app_secret`: by a token.
   * `clock`: this machine's clock, by the `Date` of WeChat's reply. `notify_url`: whether WeChat may reach it; nothing is sent there.
   * `client_cert`: whether the merchant's certificate is valid now.
   */
  readonly part:
    | 'store'
    | 'api_key'
    | 'client_key'
    | 'api_v3_key'
    | 'platform_keys'
    | 'app_secret'
    | 'clock'
    | 'notify_url'
    | 'client_cert'
  /**
   * `attention`: it works, and will not for long (a certificate that ends within 30 days). `not_set`: there is nothing to check, or the part
   * cannot be checked without another setting or while another part fails.
   */
  readonly state: 'ok' | 'attention' | 'failed' | 'not_set'
  /** The finding, in a sentence without secrets. */
  readonly message: string
  /** The remedy, unless the part is `ok`. */
  readonly remedy: string | undefined
}

const FINDING = linesOf<Finding>('Finding', ['state', 'part', 'message', 'remedy'])

/** A finding in one line. In Chinese the state has a word too, as the command has it. */
function line({ part, state, message, remedy }: Finding): string {
  const english = `the part is in state ${state}`
  const said = native.phrase(english)
  const [word, colon, semicolon] = said === english ? [state, ': ', '; '] : [said, '：', '；']
  return `${part} ${word}${colon}${message}${remedy === undefined ? '' : `${semicolon}${remedy}`}`
}

/** The findings of `pay.check()`. `String(report)` has a line for each part. */
export class CheckReport {
  /** Whether no part failed. */
  readonly ok: boolean
  /** One for each part that this client may use. */
  readonly findings: readonly Finding[]

  /** @internal */
  constructor(findings: readonly (Omit<Finding, 'remedy'> & { remedy: string | null })[]) {
    this.findings = Object.freeze(findings.map((finding) => displayed({ ...finding, remedy: finding.remedy ?? undefined }, FINDING)))
    this.ok = findings.every(({ state }) => state !== 'failed')
    Object.freeze(this)
  }

  toString(): string {
    return this.findings.map(line).join('\n')
  }

  /** For `console.log`: the same below the result. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number): string {
    const name = `CheckReport ${this.ok ? 'ok' : 'failed'}`
    return depth < 0 ? `[${name}]` : [name, ...this.toString().split('\n')].join('\n  ')
  }
}
