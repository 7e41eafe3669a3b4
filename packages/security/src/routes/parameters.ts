import type { IncomingMessage, ServerResponse } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { mountPathOf } from '../requests/mount-path.ts'
import { stateOf } from '../requests/state.ts'
import type { Parameter, Router } from './express.ts'
import { currentOf, enter } from './passage.ts'
import { watch } from './watch.ts'

/** What happens to requests that nothing covers. */
export interface Protection {
  /** Mounted functions must not answer outside of a guard. */
  readonly isStrict: boolean
  deny(req: IncomingMessage, res: ServerResponse, route: string): void
}

/**
 * Functions for parameters of a path (`app.param`) run before the guard of the route that has them.
 * In strict mode they can pass a request on, or answer with an error, unless a guard covers
 * whatever follows in their router.
 */
export function protectParameters(router: Router, { isStrict, deny }: Protection): void {
  if (!isStrict) return
  const refuse = (req: IncomingMessage, res: ServerResponse) => deny(req, res, mountPathOf(req))

  function guarded(parameter: Parameter): Parameter {
    return (req, res, ...rest) => {
      const state = stateOf(recordOf(req))
      const current = currentOf(state)
      const passage = current?.router === router ? current : enter(state, router)
      if (passage.coverage.whole === undefined) {
        passage.inside = 'open'
        watch(res, refuse)
      }
      return parameter(req, res, ...rest)
    }
  }

  for (const parameters of Object.values(router.params ?? {})) {
    for (const [index, parameter] of parameters.entries()) parameters[index] = guarded(parameter)
  }
  const { param } = router
  router.param = (name, parameter) =>
    param.call(router, name, typeof parameter === 'function' ? guarded(parameter) : parameter)
}
