import type { Fields } from '../line/fields.ts'

/** What a field of each name becomes. */
export type Serializers = Readonly<Record<string, (value: never) => unknown>>

/** The fields as their serializers make them. */
export function serialized(fields: Fields, serializers: Serializers): Record<string, unknown> {
  const out: Record<string, unknown> = { ...fields }
  for (const name of Object.keys(serializers)) {
    if (out[name] === undefined) continue
    try {
      out[name] = serializers[name]?.(out[name] as never)
    } catch {
      // Shown as it is, redacted and cut like everything else.
    }
  }
  const { req, res } = out as { req?: FastifyRequest; res?: { statusCode?: unknown } }
  // Fastify logs requests and replies as live objects, for which pino has serializers.
  if (req?.raw !== undefined && !Object.hasOwn(serializers, 'req')) {
    out['req'] = { method: req.method, url: req.url, remoteAddress: req.ip }
  }
  if (typeof res?.statusCode === 'number' && !Object.hasOwn(serializers, 'res')) {
    out['res'] = { statusCode: res.statusCode }
  }
  return out
}

interface FastifyRequest {
  readonly raw?: unknown
  readonly method?: unknown
  readonly url?: unknown
  readonly ip?: unknown
}
