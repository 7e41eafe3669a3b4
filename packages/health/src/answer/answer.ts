import type { Health } from '../health.ts'
import { preferredType } from './accept.ts'
import { type Content, formats, mediaTypes, type ProbeResult } from './body.ts'

/**
 * What a probe asks: is the process alive, may it get traffic, has it started, and what exactly is
 * wrong.
 */
export type Kind = 'live' | 'ready' | 'startup' | 'details'

export const kinds: readonly Kind[] = ['live', 'ready', 'startup', 'details']

/** What of a request decides about its answer. */
export interface Probe {
  /** @defaultValue 'GET' */
  readonly method?: string | undefined
  /** The header `Accept`: the format of the body. @defaultValue JSON */
  readonly accept?: string | undefined
}

/** The answer to a probe, for any framework. Frozen. */
export interface Answer {
  /** 200 or 503; 405 for another method than GET and HEAD. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Empty for HEAD. */
  readonly body: string
}

/** What the answers are made from. */
export interface Source {
  check(): Promise<Health>
  liveness(): ProbeResult
  isDraining(): boolean
  hasStarted(): boolean
}

/** The answers to one kind of probe. Never rejects. */
export function createAnswers(kind: Kind, source: Source): (probe: Probe) => Promise<Answer> {
  const contentOf: () => Content | Promise<Content> = {
    live: () => source.liveness(),
    ready: () => readiness(source),
    startup: () => startup(source),
    details: () => source.check(),
  }[kind]

  return async ({ method = 'GET', accept }) => {
    if (method !== 'GET' && method !== 'HEAD') return refusal
    const type = preferredType(accept, mediaTypes)
    const content = await contentOf()
    const body = formats[type](content)
    return Object.freeze({
      status: content.status === 'fail' ? 503 : 200,
      headers: { ...headersOf(type, body), vary: 'Accept' },
      body: method === 'HEAD' ? '' : body,
    })
  }
}

async function readiness(source: Source): Promise<ProbeResult> {
  if (source.isDraining()) return { status: 'fail', reason: 'draining' }
  const { status, draining, checks } = await source.check()
  if (draining) return { status: 'fail', reason: 'draining' }
  if (status === 'pass') {
    return checks.some(({ stale }) => stale) ? { status, reason: 'stale' } : { status }
  }
  return { status, reason: status === 'warn' ? 'degraded' : 'not ready' }
}

async function startup(source: Source): Promise<ProbeResult> {
  if (!source.hasStarted()) await source.check()
  return source.hasStarted() ? { status: 'pass' } : { status: 'fail', reason: 'starting' }
}

const headersOf = (type: string, body: string) => ({
  'content-type': type.endsWith('json') ? type : `${type}; charset=utf-8`,
  'content-length': String(Buffer.byteLength(body)),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

const notAllowed = 'method not allowed\n'
const refusal: Answer = Object.freeze({
  status: 405,
  headers: { ...headersOf('text/plain', notAllowed), allow: 'GET, HEAD' },
  body: notAllowed,
})
