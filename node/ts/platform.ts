/** Who the customer is and what pages need: `pay.oauth`, `pay.jssdk` and `pay.wecom`. */

import { needBoolean, needSignal, needText, needTexts, optionsOf, signalOf } from './arguments.js'
import { ask, send } from './calls.js'
import { guard } from './errors.js'
import { readDocument } from './frame.js'
import type { CallOptions, UserData } from './generated/documents.js'
import { JssdkCalls, OAuthCalls, WecomCalls } from './generated/methods.js'
import type { Client } from './native.js'
import { shownPart } from './part.js'

/** What to ask of the customer, and what WeChat sends back. */
export interface AuthorizeOptions {
  /** Default: `snsapi_base`, the openid without asking the customer. */
  scope?: 'snsapi_base' | 'snsapi_userinfo' | undefined
  /** Comes back unchanged: up to 128 letters and digits. */
  state?: string | undefined
  /** Asks even a customer who agreed before. */
  forcePopup?: boolean | undefined
  /** The appid of the third-party platform (第三方平台) that acts for the account. Exchange the code by `componentAccessToken`. */
  componentAppid?: string | undefined
}

/** Who the customer is: web authorisation (网页授权) and the login of mini programs. */
export class OAuth extends OAuthCalls {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    super()
    this.#client = client
    Object.freeze(this)
  }

  /** The URL to redirect the customer to. WeChat redirects back to `redirectUri` with a `code`. */
  authorizeUrl(redirectUri: string, options?: AuthorizeOptions): string {
    const uri = needText('redirect_uri', redirectUri)
    const needs = { scope: needText, state: needText, forcePopup: needBoolean, componentAppid: needText }
    const { scope = 'snsapi_base', state, forcePopup = false, componentAppid } = optionsOf(options, needs)
    return guard(() => this.#client.authorizeUrl(uri, scope, state, forcePopup, componentAppid))
  }

  /**
   * Decrypts `encryptedData` of a mini program, and checks that it is for this client's appid. `sessionKey` is the customer's, of
   * `jscode2session`. Since 2021 the data has neither openid nor unionid: take them from `jscode2session`.
   *
   * @throws InvalidRequest when an argument is damaged or the data is for another mini program; with `code` `session_key_mismatch` when the
   * customer logged in again after the session key was fetched.
   */
  decryptUserData(encryptedData: string, iv: string, sessionKey: string): UserData {
    const [data, vector] = [needText('encrypted_data', encryptedData), needText('iv', iv)]
    const key = needText('session_key', sessionKey)
    return readDocument(guard(() => this.#client.decryptUserData(data, vector, key))) as UserData
  }

  /** @internal */
  protected override execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T> {
    return send(this.#client, call, '', params, signal)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shownPart('oauth', #client in this ? this.#client : undefined, this)
  }
}

/** What the page needs of the JS-SDK. */
export interface JssdkConfigOptions extends CallOptions {
  /** The functions that the page calls, such as `chooseWXPay`. */
  jsApiList?: readonly string[] | undefined
  /** The open tags that the page shows. */
  openTagList?: readonly string[] | undefined
  /** Whether WeChat shows each call in an alert. */
  debug?: boolean | undefined
}

/** The arguments of `wx.config`. */
export interface JssdkConfig {
  /** `true` for pages in WeCom. */
  beta?: boolean
  debug: boolean
  appId: string
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
  openTagList: string[]
}

/** Tokens, tickets and `wx.config`. Tokens are kept in the store, and renewed once for all processes that share it. */
export class Jssdk extends JssdkCalls {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    super()
    this.#client = client
    Object.freeze(this)
  }

  /** The arguments of `wx.config`. `url` is the address of the page, with its query. */
  async config(url: string, options?: JssdkConfigOptions): Promise<JssdkConfig> {
    const needs = { jsApiList: needTexts, openTagList: needTexts, debug: needBoolean, signal: needSignal }
    const { jsApiList = [], openTagList = [], debug = false, signal } = optionsOf(options, needs)
    const page = { url: needText('url', url), debug, jsApiList: [...jsApiList], openTagList: [...openTagList] }
    return ask(this.#client, 'jssdk.config', { call: 'JssdkConfig', ...page }, signal)
  }

  /**
   * The access_token of the account, kept until shortly before it expires. Set `refused` to a token that WeChat refused: the promise
   * then resolves to its successor, which is fetched once for all processes that share the store.
   */
  async accessToken(options?: CallOptions & { refused?: string | undefined }): Promise<string> {
    const { refused, signal } = optionsOf(options, { refused: needText, signal: needSignal })
    return ask(this.#client, 'jssdk.access_token', { call: 'JssdkAccessToken', refused: refused || undefined }, signal)
  }

  /** The argument of `wx.agentConfig` for a page in WeCom: the same as `pay.wecom.agentConfig`. */
  async agentConfig(url: string, options?: AgentConfigOptions): Promise<AgentConfig> {
    return agentConfig(this.#client, url, options)
  }

  /** The jsapi_ticket of the account, kept until shortly before it expires. */
  async jsapiTicket(options?: CallOptions): Promise<string> {
    return ask(this.#client, 'jssdk.jsapi_ticket', { call: 'JssdkJsapiTicket' }, signalOf(options))
  }

  /** @internal */
  protected override execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T> {
    return send(this.#client, call, '', params, signal)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shownPart('jssdk', #client in this ? this.#client : undefined, this)
  }
}

/** What a page in WeCom needs for `wx.agentConfig`. */
export interface AgentConfigOptions extends CallOptions {
  /** The functions that the page calls, such as `selectExternalContact`. */
  jsApiList?: readonly string[] | undefined
}

/** What a page in WeCom needs for `wx.config`. */
export interface WecomConfigOptions extends AgentConfigOptions {
  /** Whether WeCom shows each call in an alert. */
  debug?: boolean | undefined
}

/** The arguments of `wx.agentConfig`. */
export interface AgentConfig {
  corpid: string
  agentid: string
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
}

/** What to ask of a customer in WeCom, and what comes back. */
export interface WecomAuthorizeOptions {
  /** Default: `snsapi_base`, who it is without a question. `snsapi_privateinfo` asks a member for more. */
  scope?: 'snsapi_base' | 'snsapi_privateinfo' | undefined
  /** Comes back unchanged: up to 128 letters and digits. */
  state?: string | undefined
}

/**
 * WeCom (企业微信). The client's `appid` is the corpid; `corpSecret` and `agentId` are those of the application. Tokens are kept in the
 * store, and renewed once for all processes that share it.
 */
export class Wecom extends WecomCalls {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    super()
    this.#client = client
    Object.freeze(this)
  }

  /** The URL to redirect the customer to. WeCom, or WeChat, redirects back to `redirectUri` with a `code`. */
  authorizeUrl(redirectUri: string, options?: WecomAuthorizeOptions): string {
    const uri = needText('redirect_uri', redirectUri)
    const { scope = 'snsapi_base', state } = optionsOf(options, { scope: needText, state: needText })
    return guard(() => this.#client.wecomAuthorizeUrl(uri, scope, state))
  }

  /** The arguments of `wx.config`, with `beta`. `url` is the address of the page, with its query. */
  async config(url: string, options?: WecomConfigOptions): Promise<JssdkConfig> {
    const needs = { jsApiList: needTexts, debug: needBoolean, signal: needSignal }
    const { jsApiList = [], debug = false, signal } = optionsOf(options, needs)
    const page = { url: needText('url', url), debug, jsApiList: [...jsApiList] }
    return ask(this.#client, 'wecom.config', { call: 'WecomConfig', ...page }, signal)
  }

  /**
   * The arguments of `wx.agentConfig`, for functions that need the application's identity. Paying does not. `url` is the address of the
   * page, with its query.
   */
  async agentConfig(url: string, options?: AgentConfigOptions): Promise<AgentConfig> {
    return agentConfig(this.#client, url, options)
  }

  /**
   * The token of the application, kept until shortly before it expires. Set `refused` to a token that WeCom refused (40014, 42001): the
   * promise then resolves to its successor, which is fetched once for all processes that share the store.
   */
  async accessToken(options?: CallOptions & { refused?: string | undefined }): Promise<string> {
    const { refused, signal } = optionsOf(options, { refused: needText, signal: needSignal })
    return ask(this.#client, 'wecom.access_token', { call: 'WecomAccessToken', refused: refused || undefined }, signal)
  }

  /** The ticket of the corp, for `wx.config`, kept until shortly before it expires. */
  async jsapiTicket(options?: CallOptions): Promise<string> {
    return ask(this.#client, 'wecom.jsapi_ticket', { call: 'WecomJsapiTicket' }, signalOf(options))
  }

  /** The ticket of the application, for `wx.agentConfig`, kept until shortly before it expires. */
  async agentTicket(options?: CallOptions): Promise<string> {
    return ask(this.#client, 'wecom.agent_ticket', { call: 'WecomAgentTicket' }, signalOf(options))
  }

  /** @internal */
  protected override execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T> {
    return send(this.#client, call, '', params, signal)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shownPart('wecom', #client in this ? this.#client : undefined, this)
  }
}

async function agentConfig(client: Client, url: string, options: AgentConfigOptions | undefined): Promise<AgentConfig> {
  const { jsApiList = [], signal } = optionsOf(options, { jsApiList: needTexts, signal: needSignal })
  const page = { url: needText('url', url), jsApiList: [...jsApiList] }
  return ask(client, 'wecom.agent_config', { call: 'WecomAgentConfig', ...page }, signal)
}
