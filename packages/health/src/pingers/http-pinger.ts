import type { Agent } from 'undici'
import { addressCheck, HealthError, optionCheck } from '../errors.ts'
import { type Address, urlOf } from './address.ts'
import { checkedPinger, type Pinger, type PingerOptions, pingerOptionNames } from './pinger.ts'

/** How an HTTP dependency is pinged. */
export interface HttpPingerOptions extends PingerOptions {
  /** The path to request if the address has none. @defaultValue '/livez' */
  readonly path?: string | undefined
  /** Headers to send, for instance a token. They appear in no error message. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * How many bytes of the response body are read and discarded, so that the other side can end it
   * properly; then the connection is cut (integer, at least 0). @defaultValue 16_384
   */
  readonly maxBodyBytes?: number | undefined
}

const caller = 'health.httpPinger'
const optionNames: readonly (keyof HttpPingerOptions)[] = [
  ...pingerOptionNames,
  'path',
  'headers',
  'maxBodyBytes',
]

// The status decides. The ping waits no longer than this for a slow body.
const bodyMs = 250

/**
 * Creates a pinger that requests `GET http://host:port/livez`, as Clue's does. Any 2xx is a
 * success; redirects are not followed. Each ping opens its own connection, so it also shows that
 * connections can be made.
 *
 * Ping the *liveness* of the other side (the default path), not its readiness: readiness that
 * depends on readiness takes a whole chain of services down at once, and a circle of them never
 * recovers.
 *
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_ADDRESS`, `ERR_HEALTH_OPTION`
 */
export function createHttpPinger(
  name: string,
  address: Address,
  options?: HttpPingerOptions,
): Pinger {
  const check = optionCheck(caller)
  const {
    path = '/livez',
    headers = {},
    maxBodyBytes = 16_384,
    ...judged
  } = check.options('options', options, optionNames)
  const url = urlOf(caller, address)
  if (typeof path !== 'string' || !/^\/[^\s#]*$/.test(path)) {
    throw check.error('path', 'a path that starts with / and has no white space', path)
  }
  if (url.pathname === '/' && url.search === '') url.href = new URL(path, url).href
  const request = {
    path: url.pathname + url.search,
    origin: url.origin,
    headers: {
      'user-agent': 'clew-health',
      accept: '*/*',
      ...basicAuthorization(url),
      ...checkedHeaders(headers),
    },
  }
  const limit = check.integer('maxBodyBytes', maxBodyBytes, { min: 0 })
  const shownUrl = `${url.origin}${url.pathname}`
  let agent: Promise<Agent> | undefined

  const { ping: _, ...checked } = checkedPinger(caller, { ...judged, name, ping() {} })

  async function ping(signal: AbortSignal): Promise<void> {
    agent ??= createAgent(checked.timeoutMs)
    const { statusCode, body } = await (await agent).request({
      ...request,
      method: 'GET',
      // `Connection: close`.
      reset: true,
      signal,
    })
    const tooSlow = AbortSignal.timeout(bodyMs)
    await body.dump({ limit, signal: AbortSignal.any([signal, tooSlow]) }).catch(() => {})
    if (statusCode < 200 || statusCode > 299) {
      throw new HealthError(
        'ERR_HEALTH_STATUS',
        `GET ${shownUrl} answered ${statusCode}${statusCode >= 300 && statusCode < 400 ? ' (redirects are not followed)' : ''}`,
      )
    }
  }

  return Object.freeze({
    ...checked,
    ping,
    async close() {
      const current = agent
      agent = undefined
      await (await current)?.destroy()
    },
  })
}

async function createAgent(timeoutMs: number): Promise<Agent> {
  const undici = await import('undici')
  return new undici.Agent({
    // The ping's signal is the only deadline; undici's own timers are rounded to whole seconds.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs },
    maxHeaderSize: 16_384,
  })
}

function basicAuthorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {}
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  } catch {
    const expected = 'a URL with two hexadecimal digits after each % of its credentials'
    throw addressCheck(caller).secretError('address', expected)
  }
}

function checkedHeaders(headers: object): Record<string, string> {
  const check = optionCheck(caller)
  return Object.fromEntries(
    Object.entries(check.object('headers', headers)).map(([name, value]) => {
      // RFC 9110 §5.1 and §5.5.
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
        throw check.error('a name in headers', 'a header name', name)
      }
      if (typeof value !== 'string' || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        throw check.secretError(`headers.${name}`, 'a string of characters that HTTP allows')
      }
      return [name.toLowerCase(), value]
    }),
  )
}
