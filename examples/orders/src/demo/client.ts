import type { Stack } from '../stack.ts'

export interface CallResult {
  readonly status: number
  readonly body: string
  readonly requestId: string
  readonly challenge: string | null
  readonly ms: number
}

export type Call = (
  method: string,
  path: string,
  options?: { token?: string; headers?: Record<string, string>; json?: unknown },
) => Promise<CallResult>

/** Creates an HTTP client for one base URL. */
export function createClient(url: string): Call {
  return async (method, path, { token, headers, json } = {}) => {
    const startMs = performance.now()
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    return {
      status: response.status,
      body: await response.text(),
      requestId: response.headers.get('x-request-id') ?? '',
      challenge: response.headers.get('www-authenticate'),
      ms: performance.now() - startMs,
    }
  }
}

export type LogLine = Readonly<Record<string, unknown>>

/** The log lines that the orders service has written so far. */
export function linesOf(stack: Stack): LogLine[] {
  return stack.orders.process.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

const hiddenFields = new Set([
  'time',
  'level',
  'msg',
  'svc',
  'http.method',
  'http.url',
  'http.remote_addr',
  'span_id',
])

/** Formats a log line for reading, without the fields that all lines of a request share. */
export function formatLine(line: LogLine): string {
  const fields = Object.entries(line)
    .filter(([key]) => !hiddenFields.has(key) && !key.startsWith('api.'))
    .map(([key, value]) => `${key}=${shortOf(key, value)}`)
    .join(' ')
  const clock = String(line['time']).slice(11, 23)
  return `${clock} ${String(line['level']).padEnd(5)} ${String(line['msg'] ?? '').padEnd(17)} ${fields}`
}

function shortOf(key: string, value: unknown): string {
  if (key === 'trace_id') return `${String(value).slice(0, 8)}…`
  if (key === 'order_id') return `${String(value).slice(0, 8)}…`
  if (key === 'err') return JSON.stringify((value as { message?: string }).message)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
