import { ask } from '../api.ts'
import { createList, createRow, h, type Item, number, setText, table } from '../dom.ts'
import { bytes, clock, ms, plural } from '../format.ts'
import { createNote, createProblem, type Panel } from '../panel.ts'
import { type RequestDetails, showRequest } from '../request-details.ts'
import type { EndedRequest, OpenRequest, Update } from '../types.ts'

const maxRequests = 200
/** Those that failed stay longer than the others. */
const maxFailed = 100
/** Other panels ask for a request by this event, with its number. */
export const openRequestEvent = 'open-request'

const hasFailed = ({ error, outcome }: EndedRequest) => error !== undefined || outcome === 'aborted'

/** The last ones of each kind, oldest first. */
function lastOf(requests: readonly EndedRequest[]): readonly EndedRequest[] {
  const left = { failed: maxFailed, others: maxRequests }
  return requests
    .toReversed()
    .filter((request) => left[hasFailed(request) ? 'failed' : 'others']-- > 0)
    .toReversed()
}

const nameOf = ({ method, route, path }: OpenRequest | EndedRequest) => `${method} ${route ?? path}`

/** A row whose first cell is a button that opens the request. */
function rows<T extends OpenRequest | EndedRequest>(
  columns: readonly { readonly class?: string; readonly of: (value: T) => string }[],
  open: (id: number) => void,
): (value: T) => Item<T> {
  const createCells = createRow(columns)
  return (value) => {
    const cells = createCells(value)
    const button = h('button', {
      type: 'button',
      class: 'link',
      on: { click: () => open(value.id) },
    })
    cells.element.prepend(h('td', { class: 'route' }, button))
    return {
      element: cells.element,
      update(next) {
        setText(button, nameOf(next))
        cells.update(next)
        const failed = 'outcome' in next && hasFailed(next)
        cells.element.className = failed ? 'fail' : ''
      },
    }
  }
}

export function createRequests(): Panel {
  const problem = createProblem()
  const note = createNote()
  const details = h('div', { class: 'details', tabindex: -1 })
  const openCount = h('h3', { text: 'In flight' })
  const search = h('input', {
    type: 'search',
    placeholder: 'route, path, status, outcome',
    on: { input: () => refresh() },
  })
  const onlyFailed = h('input', { type: 'checkbox', on: { change: () => refresh() } })
  const missed = createNote()

  const inFlight = table('Requests in flight, the oldest first', ['Request', 'Path', number('Age')])
  const recent = table('Recent requests, the newest first', [
    'Request',
    'Path',
    number('Status'),
    number('Took'),
    number('Size'),
    'Ended as',
    number('At'),
  ])
  const showOpen = createList<OpenRequest>(
    inFlight.body,
    ({ id }) => id,
    rows(
      [
        { class: 'path', of: ({ path }) => path },
        { class: 'number', of: ({ ageMs }) => ms(ageMs) },
      ],
      open,
    ),
  )
  const showEnded = createList<EndedRequest>(
    recent.body,
    ({ id }) => id,
    rows(
      [
        { class: 'path', of: ({ path }) => path },
        { class: 'number', of: ({ status }) => String(status ?? '–') },
        { class: 'number', of: ({ durationMs }) => ms(durationMs) },
        { class: 'number', of: ({ bytes: size }) => bytes(size) },
        { of: ({ outcome, error }) => (error === undefined ? outcome : `${outcome}: ${error}`) },
        { class: 'number', of: ({ startedAtMs }) => clock(startedAtMs) },
      ],
      open,
    ),
  )
  let ended: readonly EndedRequest[] = []
  let missedCount = 0

  function open(id: number): void {
    void problem.run(async () => {
      showRequest(details, await ask<RequestDetails>(`requests?id=${id}`))
      details.focus()
      details.scrollIntoView({ block: 'nearest' })
    })
  }
  addEventListener(openRequestEvent, (event) => open((event as CustomEvent<number>).detail))

  function refresh(): void {
    const words = search.value.trim().toLowerCase()
    const shown = ended.filter((request) => {
      const { outcome, status, path, error } = request
      if (onlyFailed.checked && !hasFailed(request)) return false
      return `${nameOf(request)} ${path} ${status} ${outcome} ${error ?? ''}`
        .toLowerCase()
        .includes(words)
    })
    showEnded(shown.toReversed())
  }

  return {
    id: 'requests',
    place: 'left',
    title: 'Requests',
    content: h(
      'div',
      {},
      note.element,
      problem.element,
      details,
      openCount,
      inFlight.element,
      h('h3', { text: 'Recent' }),
      h(
        'div',
        { class: 'tools' },
        h('label', {}, 'Search ', search),
        h('label', { class: 'check' }, onlyFailed, ' only failed and aborted'),
      ),
      missed.element,
      recent.element,
    ),
    update({
      restarted,
      open: inFlightNow,
      openTotal,
      ended: endedNow,
      missedRequests = 0,
    }: Update) {
      if (restarted === true) {
        ended = []
        missedCount = 0
      }
      if (inFlightNow !== undefined) {
        showOpen(inFlightNow)
        const oldest = inFlightNow[0]
        setText(
          openCount,
          oldest === undefined
            ? 'In flight: none'
            : `In flight: ${openTotal}, the oldest for ${ms(oldest.ageMs)}`,
        )
        inFlight.element.hidden = oldest === undefined
      }
      missedCount += missedRequests
      missed.show(
        missedCount > 0
          ? `${plural(missedCount, 'request')} more than are listed: of more than 100 a second, those that failed or were slow, and the first of each route.`
          : undefined,
      )
      if (endedNow !== undefined && (endedNow.length > 0 || restarted === true)) {
        ended = lastOf([...ended, ...endedNow])
        refresh()
      }
      note.show(
        ended.length === 0 && openTotal === 0
          ? 'No request so far. Requests are seen by @clew/server, and by http() of @clew/log, @clew/trace and @clew/metrics.'
          : undefined,
      )
    },
  }
}
