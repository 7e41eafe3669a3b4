import type { ClientRequest } from 'node:http'
import type { Answer, CallObserver, CallVerdict } from '@clew/internal/clients/call'
import { authorityOf, watchNodeHttp } from '@clew/internal/clients/node-http'
import { watchUndici } from '@clew/internal/clients/undici'
import { copiedPatterns } from '@clew/internal/options/patterns'
import { isQuiet } from '@clew/internal/telemetry/suppression'
import { monotonicMs } from '@clew/internal/time/clock'
import type { Engine, Origin } from '../engine/engine.ts'
import { type Check, optionsOf } from '../errors.ts'
import { errorSeverity, infoSeverity, warnSeverity } from '../level.ts'
import type { Scope } from '../scope/scope.ts'
import { clearTimeout, setTimeout } from '../timers.ts'
import { type AnswerBody, collectBody } from './answer-body.ts'

/** Options of `client`. */
export interface ClientOptions {
  /**
   * Which statuses are errors. A request without an answer always is.
   * @defaultValue 500 and above
   */
  readonly isError?: (status: number) => boolean
  /**
   * Requests without a line, such as those of telemetry: beginnings of URLs, patterns of URLs, or a
   * function of the URL. @defaultValue none
   */
  readonly ignore?: readonly (string | RegExp)[] | ((url: string) => boolean)
  /**
   * The most bytes of an error answer's body that its line shows, as `http.body` (integer >= 0):
   * text only, redacted, decompressed. 0: none. The application gets it all the same. Needs undici
   * 7.11 or the `fetch` of Node 24. @defaultValue 0
   */
  readonly maxErrorBodyBytes?: number
}

interface ClientSettings {
  readonly origin: Origin
  readonly isError: (status: number) => boolean
  readonly maxErrorBodyBytes: number
  /** What is known of this version of undici. */
  readonly support: { hasChunks: boolean; isReported: boolean }
}

interface Outgoing {
  readonly method: string | undefined
  readonly url: string
  /** Whether bodies of answers are reported. */
  readonly hasBodies: boolean
}

// The line of an error does not wait longer for a body that nobody reads.
const maxBodyDelayMs = 1000

/** Engines that watch already: a second subscription would write each line twice. */
const watching = new WeakSet<Engine>()

/** Logs the requests that fetch, undici, node:http and node:https make, in the scope that they are made in. */
export function watchClient(origin: Origin, options?: ClientOptions): () => void {
  const check = optionsOf('log.client')
  const given = check.options('options', options, ['isError', 'ignore', 'maxErrorBodyBytes'])
  const { isError = (status: number) => status >= 500, ignore = [], maxErrorBodyBytes = 0 } = given
  check.function('isError', isError)
  check.integer('maxErrorBodyBytes', maxErrorBodyBytes, { min: 0 })
  const isIgnored = ignoredUrls(check, ignore)
  const { engine } = origin
  if (watching.has(engine)) {
    const names = Object.keys(given)
    if (names.length > 0) {
      const message = 'client() is active already: the options of a second call have no effect'
      warn(origin, message, { options: names })
    }
    return () => {}
  }
  watching.add(engine)
  const support = { hasChunks: false, isReported: false }
  const settings: ClientSettings = { origin, isError, maxErrorBodyBytes, support }
  // Exports of telemetry are no calls of the service.
  const begin = (request: Outgoing) =>
    isIgnored(request.url) || isQuiet() ? undefined : new ClientCall(settings, request)
  const stops = [
    watchUndici(({ method, origin: server, path }) => {
      return begin({ method, url: `${server ?? ''}${path ?? ''}`, hasBodies: true })
    }),
    watchNodeHttp((request) => {
      return begin({ method: request.method, url: urlOf(request), hasBodies: false })
    }),
  ]
  return () => {
    watching.delete(engine)
    for (const stop of stops) stop()
  }
}

function ignoredUrls(
  check: Check,
  ignore: NonNullable<ClientOptions['ignore']>,
): (url: string) => boolean {
  if (typeof ignore === 'function') return ignore
  const entries = copiedPatterns(check, 'an array or a function', ignore)
  return (url) =>
    entries.some((entry) => (typeof entry === 'string' ? url.startsWith(entry) : entry.test(url)))
}

class ClientCall implements CallObserver {
  private readonly settings: ClientSettings
  // Answers are read in the context of the connection: the scope is that of the call.
  private readonly scope: Scope | undefined
  private readonly method: string
  private readonly url: string
  private readonly hasBodies: boolean
  private readonly startMs = monotonicMs()
  private status: number | undefined = undefined
  private failed = false
  private body: AnswerBody | undefined = undefined
  /** Whether the answer has announced a body. */
  private hasBody = false
  private timer: NodeJS.Timeout | undefined = undefined
  private isDone = false

  constructor(settings: ClientSettings, { method, url, hasBodies }: Outgoing) {
    const { engine } = settings.origin
    this.settings = settings
    this.scope = engine.scope()
    this.method = method ?? 'GET'
    this.hasBodies = hasBodies
    // Without credentials once it is written, as all fields are.
    this.url = url
  }

  answered({ status, headers }: Answer): void {
    const { origin, isError, maxErrorBodyBytes } = this.settings
    this.status = status
    this.failed = isError(status)
    if (!this.failed) return
    if (this.hasBodies && maxErrorBodyBytes > 0 && this.method !== 'HEAD') {
      const map = mapOf(headers)
      this.hasBody = Number(map.get('content-length') ?? 0) > 0 || map.has('transfer-encoding')
      this.body = collectBody(map, { ...origin.engine.encoding, maxBytes: maxErrorBodyBytes })
    }
    this.timer = setTimeout(() => this.finish(undefined), maxBodyDelayMs)
    this.timer.unref()
  }

  chunk(chunk: Uint8Array): void {
    this.settings.support.hasChunks = true
    if (!this.isDone) this.body?.add(chunk)
  }

  ended(verdict: CallVerdict): void {
    const { support, origin } = this.settings
    const isWhole = verdict.outcome === 'answered'
    if (this.hasBody && isWhole && !support.hasChunks && !support.isReported) {
      support.isReported = true
      warn(origin, 'this version of undici does not report bodies: no http.body is logged')
    }
    this.finish(verdict)
  }

  private finish(verdict: CallVerdict | undefined): void {
    if (this.isDone) return
    this.isDone = true
    clearTimeout(this.timer)
    // The caller aborted: not a failure.
    const aborted = verdict?.outcome === 'aborted'
    const failed = this.failed || verdict?.outcome === 'failed'
    const fields: Record<string, unknown> = { 'http.method': this.method, 'http.url': this.url }
    if (this.status !== undefined) fields['http.status'] = this.status
    fields['http.time_ms'] = Math.round((verdict?.endedMs ?? monotonicMs()) - this.startMs)
    if (aborted) fields['aborted'] = true
    const body = this.body?.read()
    if (body !== undefined) fields['http.body'] = body
    const { origin } = this.settings
    origin.engine.record(origin, this.scope, failed ? errorSeverity : infoSeverity, {
      msg: 'finished client HTTP request',
      fields,
      err: verdict?.error,
    })
  }
}

function urlOf(request: ClientRequest): string {
  const { method, path, protocol } = request
  return method === 'CONNECT' ? path : `${protocol}//${authorityOf(request)}${path}`
}

function warn(origin: Origin, msg: string, fields?: object): void {
  origin.engine.record(origin, undefined, warnSeverity, { msg, fields, err: undefined })
}

function mapOf(headers: readonly unknown[]): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i + 1 < headers.length; i += 2) {
    map.set(String(headers[i]).toLowerCase(), String(headers[i + 1]))
  }
  return map
}
