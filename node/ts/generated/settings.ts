// Written by `cargo xtask gen` from the table of settings; edit the table instead.

import type { SignType } from '../functions.js'
import type { CallEvent, Store, Warning } from '../hooks.js'

/** Who we are to WeChat, and how to reach it. */
export interface WxPayOptions {
  /** The appid (公众账号 ID) of the public account, mini program or app; or a WeCom corpid. */
  appid: string
  /** The merchant's number (商户号), 8 to 10 digits. */
  mchId: string
  /**
   * The APIv2 key (API密钥, or APIv2密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全. Calls and
   * notifications of APIv2 need it; a client that uses only APIv3 needs none.
   */
  apiKey?: string | undefined
  /** The AppSecret of the appid. OAuth and the JS-SDK need it. */
  appSecret?: string | undefined
  /** WeCom (企业微信): the secret of the application; `appid` is then the corpid. `pay.wecom` needs it. */
  corpSecret?: string | undefined
  /** WeCom: the agentid of that application. */
  agentId?: string | undefined
  /**
   * WeCom: the secret that signs red packets and payments to members (`workwx_sign`): that of the application
   * 企业支付. When left out: `corpSecret`, which since August 2025 is right where that application sends the payment.
   */
  corpPaySecret?: string | undefined
  /**
   * The URL that WeChat posts the notifications of payments, refunds and transfers to, unless the call names another
   * one. Without a query.
   */
  notifyUrl?: string | undefined
  /** The algorithm that requests are signed with. HMAC-SHA256 when left out. */
  signType?: SignType | undefined
  /**
   * The algorithms that replies and notifications may be signed with; only `signType` when left out. A merchant that
   * changes from MD5 to HMAC-SHA256 accepts both while old orders are open.
   */
  acceptSignTypes?: readonly SignType[] | undefined
  /**
   * The currency of the orders, ISO 4217. Other than `CNY`, it is sent with orders and refunds. A call with another
   * one is refused, and a payment in another one is not confirmed. CNY when left out.
   */
  feeType?: string | undefined
  /**
   * The merchant's API certificate, `apiclient_cert.pem`: a path, bytes, or PEM text. Refunds, other calls that move
   * money, and APIv3 need it. The file may have the private key too.
   */
  clientCert?: string | Uint8Array | undefined
  /** The private key of `clientCert`, `apiclient_key.pem`: a path, bytes, or PEM text. Without a password. */
  clientKey?: string | Uint8Array | undefined
  /**
   * The certificate and its key in one file, `apiclient_cert.p12`, instead of `clientCert` and `clientKey`: a path,
   * bytes, or Base64.
   */
  clientP12?: string | Uint8Array | undefined
  /** The password of `clientP12`. When left out: `mchId`, which WeChat sets. */
  clientP12Password?: string | undefined
  /**
   * The serial number of the merchant's certificate, 40 hexadecimal digits. APIv3 needs it where `clientKey` is given
   * without the certificate.
   */
  clientCertSerial?: string | undefined
  /**
   * The APIv3 key (APIv3密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全. It decrypts platform
   * certificates and notifications of APIv3. Requests of APIv3 are signed with `clientKey`.
   */
  apiV3Key?: string | undefined
  /**
   * The WeChat Pay public key (微信支付公钥), `pub_key.pem`: a path, bytes, or PEM text. It verifies what WeChat
   * signs in APIv3. Merchants that have platform certificates instead leave it out: the client downloads those.
   */
  platformPublicKey?: string | Uint8Array | undefined
  /** The id of `platformPublicKey`, such as PUB_KEY_ID_0119000000012025112800000000000001. */
  platformPublicKeyId?: string | undefined
  /** For service providers: the appid of the sub-merchant. */
  subAppid?: string | undefined
  /** For service providers: the number of the sub-merchant, when the client is for that one alone. */
  subMchId?: string | undefined
  /**
   * Time limit of one call, including retries and the wait for a free slot. In milliseconds; 10_000 when left out.
   */
  timeout?: number | undefined
  /** The time limit for opening a connection: name, TCP, proxy and TLS. In milliseconds; 3_000 when left out. */
  connectTimeout?: number | undefined
  /**
   * Maximum number of concurrent calls; further calls wait. A bill or a file counts only until it begins to arrive,
   * so a slow reader does not block payments. Up to the same number of idle connections is kept open for each host,
   * for 7 s. 64 when left out.
   */
  maxConnections?: number | undefined
  /** How often a call is repeated, at most, when repeating it is safe. 2 when left out. */
  maxNetworkRetries?: number | undefined
  /**
   * The address that all requests are sent to instead of WeChat's, such as `http://127.0.0.1:8700` of an emulator. A
   * second address after a comma is used when the first cannot be reached. A warning in the log says once for each
   * address that no call goes to WeChat.
   */
  endpoints?: string | undefined
  /**
   * Whether `endpoints` may be a plain http address of another machine, such as an emulator in another container.
   * Anyone on the network path can then read the AppSecret and tokens, and choose the openid of a customer. false
   * when left out.
   */
  allowInsecureEndpoints?: boolean | undefined
  /**
   * Lease of a payment that a process is handling; renewed while the process runs. In milliseconds; 30_000 when left
   * out.
   */
  lease?: number | undefined
  /**
   * Where tokens and the ledger of payments are kept: `sqlite:///var/lib/shop/wxpay.db` for the processes of one
   * machine, `redis://host:6379/0` for many machines, `memory:` for this process alone, or an object of yours. When
   * left out: `wxpaykit/<mch_id>.db` in `$XDG_STATE_HOME` or `~/.local/state` (Windows: `%LOCALAPPDATA%`), for this
   * user's processes on this machine; where that file cannot be made, payments are not handled until a store is
   * named.
   */
  store?: string | Store | undefined
  /** A function that receives an event after each attempt of each call. It must return quickly. */
  onEvent?: ((event: CallEvent) => void) | undefined
  /**
   * A function that receives a warning when something failed without failing a call, such as a store that tokens were
   * fetched without. When left out, `process.emitWarning` is called with the type `WxPayWarning`.
   */
  onWarning?: ((warning: Warning) => void) | undefined
}

/** What the constructor checks of an option, and its name in core. Numbers are in the option's own unit. */
export interface Setting {
  readonly name: string
  readonly kind: 'text' | 'credential' | 'milliseconds' | 'count' | 'flag' | 'signTypes' | 'store' | 'function'
  readonly variable?: string
  readonly required?: boolean
  readonly least?: number
  readonly most?: number
}

export const SETTINGS: Readonly<Record<string, Setting>> = {
  appid: { name: 'appid', kind: 'text', variable: 'WXPAY_APPID', required: true },
  mchId: { name: 'mch_id', kind: 'text', variable: 'WXPAY_MCH_ID', required: true },
  apiKey: { name: 'api_key', kind: 'text', variable: 'WXPAY_API_KEY' },
  appSecret: { name: 'app_secret', kind: 'text', variable: 'WXPAY_APP_SECRET' },
  corpSecret: { name: 'corp_secret', kind: 'text', variable: 'WXPAY_CORP_SECRET' },
  agentId: { name: 'agent_id', kind: 'text', variable: 'WXPAY_AGENT_ID' },
  corpPaySecret: { name: 'corp_pay_secret', kind: 'text', variable: 'WXPAY_CORP_PAY_SECRET' },
  notifyUrl: { name: 'notify_url', kind: 'text', variable: 'WXPAY_NOTIFY_URL' },
  signType: { name: 'sign_type', kind: 'text', variable: 'WXPAY_SIGN_TYPE' },
  acceptSignTypes: { name: 'accept_sign_types', kind: 'signTypes', variable: 'WXPAY_ACCEPT_SIGN_TYPES' },
  feeType: { name: 'fee_type', kind: 'text', variable: 'WXPAY_FEE_TYPE' },
  clientCert: { name: 'client_cert', kind: 'credential', variable: 'WXPAY_CLIENT_CERT' },
  clientKey: { name: 'client_key', kind: 'credential', variable: 'WXPAY_CLIENT_KEY' },
  clientP12: { name: 'client_p12', kind: 'credential', variable: 'WXPAY_CLIENT_P12' },
  clientP12Password: { name: 'client_p12_password', kind: 'text', variable: 'WXPAY_CLIENT_P12_PASSWORD' },
  clientCertSerial: { name: 'client_cert_serial', kind: 'text', variable: 'WXPAY_CLIENT_CERT_SERIAL' },
  apiV3Key: { name: 'api_v3_key', kind: 'text', variable: 'WXPAY_API_V3_KEY' },
  platformPublicKey: { name: 'platform_public_key', kind: 'credential', variable: 'WXPAY_PLATFORM_PUBLIC_KEY' },
  platformPublicKeyId: { name: 'platform_public_key_id', kind: 'text', variable: 'WXPAY_PLATFORM_PUBLIC_KEY_ID' },
  subAppid: { name: 'sub_appid', kind: 'text', variable: 'WXPAY_SUB_APPID' },
  subMchId: { name: 'sub_mch_id', kind: 'text', variable: 'WXPAY_SUB_MCH_ID' },
  timeout: { name: 'timeout', kind: 'milliseconds', variable: 'WXPAY_TIMEOUT', least: 1, most: 86_400_000 },
  connectTimeout: { name: 'connect_timeout', kind: 'milliseconds', variable: 'WXPAY_CONNECT_TIMEOUT', least: 1, most: 86_400_000 },
  maxConnections: { name: 'max_connections', kind: 'count', variable: 'WXPAY_MAX_CONNECTIONS', least: 1, most: 65_536 },
  maxNetworkRetries: { name: 'max_network_retries', kind: 'count', variable: 'WXPAY_MAX_NETWORK_RETRIES', least: 0, most: 65_536 },
  endpoints: { name: 'endpoints', kind: 'text', variable: 'WXPAY_ENDPOINTS' },
  allowInsecureEndpoints: { name: 'allow_insecure_endpoints', kind: 'flag', variable: 'WXPAY_ALLOW_INSECURE_ENDPOINTS' },
  lease: { name: 'lease', kind: 'milliseconds', variable: 'WXPAY_LEASE', least: 100, most: 86_400_000 },
  store: { name: 'store', kind: 'store', variable: 'WXPAY_STORE' },
  onEvent: { name: 'on_event', kind: 'function' },
  onWarning: { name: 'on_warning', kind: 'function' },
}
