import { optionCheck } from '../errors.ts'
import type { OpenSessions } from '../sessions/sessions.ts'
import { createToggle } from '../sessions/toggle.ts'
import type { Stalls } from '../stalls/stalls.ts'
import { answer, answerJson } from './answer.ts'
import type { Permissions } from './permissions.ts'
import { profileNames } from './profile-handlers.ts'
import type { Handle } from './request.ts'
import { refuseMethod } from './router.ts'
import { plainSession } from './session-handlers.ts'

export interface OverviewHandlers {
  /** A page for people; JSON unless HTML is accepted. */
  readonly show: Handle
  readonly refuse: Handle
  /** Clue's form, except that only a POST changes anything. */
  readonly showSwitch: Handle
  readonly turnSwitch: Handle
}

export function createOverviewHandlers(
  sessions: OpenSessions,
  stalls: Stalls | undefined,
  permissions: Permissions,
): OverviewHandlers {
  const toggle = createToggle(sessions)
  const showSwitch: Handle = ({ res }) => answerJson(res, 200, { 'debug-logs': toggle.state() })
  return {
    async show({ req, res }) {
      if (!/\btext\/html\b/i.test(req.headers.accept ?? '')) {
        return answerJson(res, 200, {
          ...(permissions.of('sessions') !== 'none' && {
            'debug-logs': toggle.state(),
            sessions: sessions.list().map(plainSession),
          }),
          ...(permissions.of('stalls') !== 'none' && { stalls: stalls?.list() }),
          ...(permissions.of('pprof') !== 'none' && { profiles: profileNames }),
        })
      }
      const { page, pageHeaders } = await import('../page/page.ts')
      answer(res, 200, { type: 'text/html; charset=utf-8', body: page }, pageHeaders)
    },
    refuse: ({ res }) => refuseMethod(res, 'GET, HEAD, POST', ' with ?debug-logs=on or off'),
    showSwitch,
    turnSwitch(request) {
      const check = optionCheck('POST /debug')
      const position = check.oneOf('debug-logs', request.query.get('debug-logs'), ['on', 'off'])
      toggle.turn(position, request.origin)
      return showSwitch(request)
    },
  }
}
