import { observableUpDownCounter } from '../instruments/observables.ts'
import { type ActiveRequests, state } from '../instruments/state.ts'

/**
 * The count of active requests of one method and scheme. A plain number that is read at each
 * collection: recording an instrument twice per request would cost more than the duration does.
 */
export function activeRequestsOf(method: string, scheme: string): ActiveRequests {
  const { active } = state()
  const key = `${method} ${scheme}`
  let requests = active.get(key)
  if (requests === undefined) {
    requests = { method, scheme, count: 0 }
    active.set(key, requests)
  }
  return requests
}

/** Creates `http.server.active_requests`, once in the process. */
export function observeActiveRequests(): void {
  const shared = state()
  if (shared.activeObserved) return
  shared.activeObserved = true
  observableUpDownCounter(
    'http.server.active_requests',
    (observe) => {
      for (const { method, scheme, count } of shared.active.values()) {
        observe(count, { 'http.request.method': method, 'url.scheme': scheme })
      }
    },
    { description: 'Number of active HTTP server requests.', unit: '{request}' },
  )
}
