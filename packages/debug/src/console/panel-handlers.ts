import { optionCheck } from '../errors.ts'
import { buildPanel } from '../panels/build.ts'
import { configurationPanel } from '../panels/configuration.ts'
import { healthPanel } from '../panels/health.ts'
import { reportPanel } from '../panels/report.ts'
import { securityPanel } from '../panels/security.ts'
import { linesPanel, livePanel, requestPanel, requestsPanel } from '../panels/traffic.ts'
import type { Watch } from '../watch/watch.ts'
import { answer, answerJson, refuse } from './answer.ts'
import { commandLine } from './command-line.ts'
import type { Handle } from './request.ts'

/** The panels that only show something, as JSON. */
export interface PanelHandlers {
  readonly live: Handle
  readonly requests: Handle
  /** One request, with its spans and lines. */
  readonly request: Handle
  readonly lines: Handle
  readonly health: Handle
  readonly security: Handle
  readonly configuration: Handle
  readonly build: Handle
  /** Node's diagnostic report, without what may be a secret. */
  readonly report: Handle
}

export function createPanelHandlers(watch: Watch): PanelHandlers {
  return {
    live: ({ res }) => answerJson(res, 200, livePanel(watch)),
    requests: ({ res }) => answerJson(res, 200, requestsPanel(watch)),
    request({ res, query }) {
      const check = optionCheck('GET /debug/requests')
      const { id = '' } = check.options(
        'options',
        Object.fromEntries(query) as { readonly id?: string },
        ['id'],
      )
      if (!/^\d{1,15}$/.test(id)) throw check.error('id', 'the number of a request', id)
      const panel = requestPanel(watch, Number(id))
      if (panel) answerJson(res, 200, panel)
      else refuse(res, { status: 404, reason: 'this request is not known, or no longer' })
    },
    lines: ({ res }) =>
      answer(res, 200, { type: 'application/json', body: `${linesPanel(watch)}\n` }),
    health: async ({ res }) => answerJson(res, 200, await healthPanel()),
    security: ({ res }) => answerJson(res, 200, securityPanel()),
    configuration: ({ res }) => answerJson(res, 200, configurationPanel()),
    report: ({ res }) => answerJson(res, 200, reportPanel()),
    build: ({ res }) =>
      answerJson(res, 200, { ...buildPanel(), command: commandLine().split('\0') }),
  }
}
