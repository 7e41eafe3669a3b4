import type { Check, Health, Status } from '../health.ts'

/** What a probe gets: a status, and one word for the reason. Names no dependency. */
export interface ProbeResult {
  readonly status: Status
  readonly reason?:
    | 'draining'
    | 'starting'
    | 'degraded'
    | 'not ready'
    | 'stale'
    | 'event loop blocked'
    | 'heap full'
}

/** The formats of a body; the first is the default. */
export const mediaTypes = [
  'application/json',
  'application/health+json',
  'application/xml',
  'text/plain',
  'text/xml',
] as const

type MediaType = (typeof mediaTypes)[number]
export type Content = ProbeResult | Health

const isHealth = (content: Content): content is Health => 'checks' in content

export const formats: Readonly<Record<MediaType, (content: Content) => string>> = {
  'application/json': (content) => JSON.stringify(clueBody(content)),
  'application/health+json': (content) => JSON.stringify(healthJson(content)),
  'application/xml': (content) => xml('health', clueBody(content)),
  'text/xml': (content) => xml('health', clueBody(content)),
  'text/plain': plain,
}

const byName = <T>(checks: readonly Check[], value: (check: Check) => T | undefined) =>
  Object.fromEntries(
    checks.flatMap((check) => {
      const one = value(check)
      return one === undefined ? [] : [[check.name, one] as const]
    }),
  )

// The keys and words of Clue's health.Health; `errors`, `stale` (with the time of what is known) and
// `draining` only if there is something to say.
function clueBody(content: Content): object {
  if (!isHealth(content)) return content
  const { uptime, version, draining, checks } = content
  const errors = byName(checks, ({ error }) => error)
  const stale = byName(checks, (check) => (check.stale ? check.checkedAt : undefined))
  return {
    uptime,
    version,
    ...(checks.length > 0 && { status: byName(checks, ({ up }) => (up ? 'OK' : 'NOT OK')) }),
    ...(Object.keys(errors).length > 0 && { errors }),
    ...(Object.keys(stale).length > 0 && { stale }),
    ...(draining && { draining }),
  }
}

// draft-inadarei-api-health-check: the keys of `checks` are `<component>:<measurement>`, so a
// component has no colon.
function healthJson(content: Content): object {
  if (!isHealth(content)) {
    const { status, reason } = content
    return { status, ...(reason && { output: reason }) }
  }
  const { status, version, draining, checks, uptime } = content
  return {
    status,
    ...(version !== '' && { releaseId: version }),
    ...(draining && { output: 'draining' }),
    checks: {
      ...Object.fromEntries(
        checks.map(({ name, durationMs, checkedAt, ...check }) => [
          `${name.replace(/[%:]/g, encodeURIComponent)}:responseTime`,
          [
            {
              componentId: name,
              observedValue: durationMs,
              observedUnit: 'ms',
              status: check.status,
              time: checkedAt,
              ...(check.stale && { stale: true }),
              ...(check.error && { output: check.error }),
            },
          ],
        ]),
      ),
      uptime: [
        { componentType: 'system', observedValue: uptime, observedUnit: 's', status: 'pass' },
      ],
    },
  }
}

function plain(content: Content): string {
  if (!isHealth(content)) return `${content.reason ?? 'ok'}\n`
  const { status, draining, checks } = content
  const first = draining ? 'draining' : { pass: 'ok', warn: 'degraded', fail: 'not ready' }[status]
  const rows = checks.map(
    ({ name, up, stale, error }) =>
      `${name}: ${up ? 'OK' : 'NOT OK'}${stale ? ' (stale)' : ''}${error ? `: ${error}` : ''}`,
  )
  return `${[first, ...rows].join('\n')}\n`
}

function xml(name: string, value: unknown): string {
  const element = elementName(name)
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, one]) => xml(key, one))
          .join('')
      : escaped(String(value))
  return `<${element}>${inner}</${element}>`
}

const escaped = (value: string) =>
  value
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char)

// `_xHHHH_` for a character that an XML name may not contain (and for a `_` that would read as
// one), as .NET's XmlConvert does.
const elementName = (name: string) =>
  name.replace(/^[\d.-]|[^\w.-]|_(?=x[\dA-Fa-f]{4,8}_)/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase()
    return `_x${code.padStart(code.length > 4 ? 8 : 4, '0')}_`
  })
