import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { denied, send } from '../guard/answer.ts'
import { stateOf } from '../requests/state.ts'
import { openStretch } from './stretch.ts'
import { watch } from './watch.ts'

/** The response where nothing says who may have one. */
export function sendNoPolicy(req: IncomingMessage, res: ServerResponse): void {
  send(req, res, denied('no_policy'))
}

/**
 * The request is outside of every guard, until one lets it in: whoever answers it can do so with an
 * error, or to `OPTIONS` without a body, and with nothing else.
 */
export function watchOutside(req: IncomingMessage, res: ServerResponse): void {
  stateOf(recordOf(req)).passage ??= openStretch
  watch(res, sendNoPolicy)
}
