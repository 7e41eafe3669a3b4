import type { Agent } from 'undici'
import { type Address, urlOf } from './address.ts'
import { HealthError, invalid } from './errors.ts'
import { integer, optionsObject, shown, text } from './options.ts'
import { judgement, type Pinger, type PingerOptions, validPinger } from './pinger.ts'

/** How an HTTP dependency is asked. */
export interface HttpPingerOptions extends PingerOptions {
  /** Path asked when the address has none. @defaultValue '/livez' */
  readonly path?: string | undefined
  /** Headers sent, for instance a token. They appear in no error text. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Most bytes of the answer's body that are read (and thrown away) so that the other side can end it properly; the
   * connection is cut after them (integer ≥ 0). @defaultValue 16_384
   */
  readonly maxBodyBytes?: number | undefined
}

// The verdict is in the status line. A body that trickles is not waited for longer than this.
const bodyMs = 250

/**
 * A dependency asked by `GET http://host:port/livez`, as Clue's pinger does. Any 2xx is a success; redirects are not
 * followed. Each ping opens a connection of its own, so it also shows that connections can be made.
 *
 * Ask for the other side's *liveness* (the default path), not its readiness: readiness that depends on readiness takes
 * a whole chain of services down at once, and a circle of them never comes back.
 *
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_ADDRESS`, `ERR_HEALTH_OPTION`
 */
export function httpPinger(name: string, address: Address, options?: HttpPingerOptions): Pinger {
  const where = `httpPinger(${shown(name)})`
  const {
    path = '/livez',
    headers = {},
    maxBodyBytes = 16_384,
    ...judged
  } = optionsObject(where, options, [...judgement, 'path', 'headers', 'maxBodyBytes'])
  const url = urlOf(where, address)
  if (url.pathname === '/' && url.search === '') {
    if (!/^\/[^\s#]*$/.test(text(`${where}: path`, path))) {
      throw invalid(
        'ERR_HEALTH_OPTION',
        `${where}: path must start with / and have no blanks, got ${shown(path)}`,
      )
    }
    url.href = new URL(path, url).href
  }
  const request = {
    path: url.pathname + url.search,
    origin: url.origin,
    headers: {
      'user-agent': 'clew-health',
      accept: '*/*',
      ...basic(where, url),
      ...valid(where, headers),
    },
  }
  const limit = integer(`${where}: maxBodyBytes`, maxBodyBytes, { min: 0 })
  const shownUrl = `${url.origin}${url.pathname}`
  let agent: Promise<Agent> | undefined

  const { ping: _, ...checked } = validPinger({ ...judged, name, ping() {} }, 'httpPinger')

  async function ping(signal: AbortSignal): Promise<void> {
    agent ??= makeAgent(checked.timeoutMs)
    const { statusCode, body } = await (await agent).request({
      ...request,
      method: 'GET',
      // `Connection: close`.
      reset: true,
      signal,
    })
    const slow = AbortSignal.timeout(bodyMs)
    await body.dump({ limit, signal: AbortSignal.any([signal, slow]) }).catch(() => {})
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
      const made = agent
      agent = undefined
      await (await made)?.destroy()
    },
  })
}

async function makeAgent(timeoutMs: number): Promise<Agent> {
  const undici = await import('undici')
  return new undici.Agent({
    // The ping's signal is the one deadline; undici's own timers only round it to whole seconds.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs },
    maxHeaderSize: 16_384,
  })
}

function basic(where: string, url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {}
  try {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  } catch {
    throw invalid(
      'ERR_HEALTH_ADDRESS',
      `${where}: the credentials in the address have a % that is not followed by two hex digits`,
    )
  }
}

function valid(where: string, headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw invalid('ERR_HEALTH_OPTION', `${where}: headers must be an object, got ${shown(headers)}`)
  }
  return Object.fromEntries(
    Object.entries(headers).map(([key, value]) => {
      // RFC 9110 §5.1 and §5.5. The value is not shown.
      const fine =
        /^[\w!#$%&'*+.^`|~-]+$/.test(key) &&
        typeof value === 'string' &&
        /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
      if (!fine) {
        throw invalid(
          'ERR_HEALTH_OPTION',
          `${where}: headers has a name or value that HTTP does not allow, at ${shown(key)}`,
        )
      }
      return [key.toLowerCase(), value]
    }),
  )
}
