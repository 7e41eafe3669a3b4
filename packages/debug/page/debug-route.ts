import { ask } from './api.ts'
import { h } from './dom.ts'

const tenMinutesMs = 600_000

/** Where a session can be for one route. */
export interface RouteOf {
  readonly method: string
  readonly path: string
  readonly route?: string | undefined
}

/** A button that opens a debug session for a route. It says what became of it. */
export function debugRouteButton({ method, path, route }: RouteOf): HTMLElement {
  const where = route ?? path
  const button = h('button', {
    type: 'button',
    text: `Debug ${method} ${where} for ten minutes`,
    on: {
      async click() {
        button.disabled = true
        const body = { filter: { path: where, method }, ttlMs: tenMinutesMs, actor: 'console' }
        try {
          await ask('sessions', 'POST', body)
          button.textContent = 'Its debug lines are written for ten minutes'
        } catch (error) {
          button.textContent = (error as Error).message
        }
      },
    },
  })
  return button
}
