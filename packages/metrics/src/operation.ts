import type { IncomingMessage } from 'node:http'

const operationKey = Symbol.for('@clew/operation/v1')

interface Seam {
  readonly [operationKey]?: { readonly service?: unknown; readonly method?: unknown } | null
}

/** The operation that a security policy wrote on the request. */
export function operationOf(req: IncomingMessage): { service?: string; method?: string } {
  const { service, method } = (req as Seam)[operationKey] ?? {}
  return {
    ...(typeof service === 'string' ? { service } : {}),
    ...(typeof method === 'string' ? { method } : {}),
  }
}
