import type { ServerResponse } from 'node:http'
import { optionCheck } from '../errors.ts'
import type { Session, SessionOptions } from '../sessions/session.ts'
import type { OpenSessions } from '../sessions/sessions.ts'
import { answerJson, refuse } from './answer.ts'
import { readJson } from './body.ts'
import type { DebugRequest, Handle } from './request.ts'

export interface SessionHandlers {
  readonly list: Handle
  readonly open: Handle
  readonly show: Handle
  readonly extend: Handle
  readonly close: Handle
}

const where = 'POST /debug/sessions'

export function createSessionHandlers(sessions: OpenSessions): SessionHandlers {
  const idOf = ({ path }: DebugRequest) => path.slice('sessions/'.length)
  const refuseUnknown = (res: ServerResponse) =>
    refuse(res, { status: 404, reason: 'no such session is open' })

  return {
    list({ res }) {
      answerJson(res, 200, { sessions: sessions.list().map(plainSession) })
    },
    async open({ req, res, origin, guardedActor }) {
      const read = await readJson(where, req)
      if ('refusal' in read) return refuse(res, read.refusal)
      const check = optionCheck(where)
      // Not `match`, which is a function.
      check.options('options', read.body, ['level', 'filter', 'ttlMs', 'actor'])
      const { actor = 'anonymous' } = read.body
      const options = { ...read.body, actor: guardedActor ?? actor } as SessionOptions
      const session = sessions.openFor(options, origin.from, check)
      answerJson(res, 201, plainSession(session), {
        // Relative, since a router may have cut off what is in front of it.
        Location: `sessions/${session.id}`,
      })
    },
    show(request) {
      const session = sessions.list().find(({ id }) => id === idOf(request))
      if (!session) return refuseUnknown(request.res)
      answerJson(request.res, 200, plainSession(session))
    },
    async extend(request) {
      const { req, res, origin } = request
      const place = 'POST /debug/sessions/:id'
      const read = await readJson(place, req)
      if ('refusal' in read) return refuse(res, read.refusal)
      const check = optionCheck(place)
      const body = read.body as { readonly ttlMs?: number }
      const { ttlMs } = check.options('options', body, ['ttlMs'])
      const session = sessions.extendFor(idOf(request), ttlMs, { origin, check })
      if (!session) return refuseUnknown(res)
      answerJson(res, 200, plainSession(session))
    },
    close(request) {
      const { res, origin } = request
      const id = idOf(request)
      if (!sessions.closeFor(id, origin)) return refuseUnknown(res)
      answerJson(res, 200, { closed: id })
    },
  }
}

export interface PlainSession extends Omit<Session, 'openedAt' | 'expiresAt'> {
  readonly openedAt: string
  readonly expiresAt: string
}

/** A session as JSON shows it. */
export function plainSession({ openedAt, expiresAt, ...session }: Session): PlainSession {
  return {
    ...session,
    openedAt: openedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
