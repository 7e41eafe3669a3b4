import { debugRouteButton } from './debug-route.ts'
import { h } from './dom.ts'
import { bytes, exactClock, ms, plural } from './format.ts'
import { lineElement } from './lines.ts'
import type { EndedRequest, Line, OpenRequest } from './types.ts'

interface Span {
  readonly spanId: string
  readonly parentId?: string
  readonly name: string
  readonly kind: string
  readonly startedAtMs: number
  readonly durationMs: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, string>>
}

export interface RequestDetails {
  readonly request: OpenRequest | EndedRequest
  readonly spans: readonly Span[]
  readonly lines: readonly Line[]
  readonly linesDropped?: number
  readonly advice?: string
}

/** One request: what is known of it, its spans as a waterfall, and its lines. */
export function showRequest(
  place: HTMLElement,
  { request, spans, lines, linesDropped = 0, advice }: RequestDetails,
): void {
  const ended = 'outcome' in request ? request : undefined
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Path', request.path],
    ['Began', exactClock(request.startedAtMs)],
    [
      'Ended as',
      ended === undefined
        ? `in flight for ${ms((request as OpenRequest).ageMs)}`
        : `${ended.outcome}${ended.status === undefined ? '' : `, ${ended.status}`}`,
    ],
    ['Took', ended && ms(ended.durationMs)],
    ['Size', ended && bytes(ended.bytes)],
    ['Error', ended?.error],
    ['Operation', request.operation && Object.values(request.operation).join('.')],
    ['Trace', request.traceId],
  ]
  place.replaceChildren(
    h(
      'article',
      { class: 'request', 'aria-label': 'Request' },
      h('h3', { text: `${request.method} ${request.route ?? request.path}` }),
      h('button', {
        type: 'button',
        class: 'close',
        text: 'Close',
        on: { click: () => place.replaceChildren() },
      }),
      h(
        'dl',
        { class: 'facts' },
        ...facts.flatMap(([name, value]) =>
          value === undefined
            ? []
            : [h('div', {}, h('dt', { text: name }), h('dd', { text: value }))],
        ),
      ),
      debugRouteButton(request),
      h('h4', { text: 'Spans' }),
      spans.length === 0
        ? h('p', { class: 'note', text: `None is known. ${advice ?? ''}` })
        : waterfall(spans),
      h('h4', { text: 'Lines' }),
      lines.length === 0
        ? h('p', {
            class: 'note',
            text: 'None is known. Lines that @clew/log holds back are shown once they are written: debug the route.',
          })
        : h('ol', { class: 'lines' }, ...lines.map((line) => lineElement(line))),
      ...(linesDropped === 0 ? [] : [h('p', { class: 'note', text: missingLines(linesDropped) })]),
    ),
  )
}

const missingLines = (count: number) =>
  `${plural(count, 'line')} of all requests are not kept: some may be missing here.`

/** One row for each span, indented below its parent, with a bar where it ran. */
function waterfall(spans: readonly Span[]): HTMLElement {
  const start = Math.min(...spans.map((span) => span.startedAtMs))
  const end = Math.max(...spans.map((span) => span.startedAtMs + span.durationMs))
  const whole = Math.max(0.001, end - start)
  const known = new Map(spans.map((span) => [span.spanId, span]))
  const depthOf = (span: Span, depth = 0): number => {
    const parent = span.parentId === undefined ? undefined : known.get(span.parentId)
    return parent === undefined || depth > 20 ? depth : depthOf(parent, depth + 1)
  }
  return h(
    'ol',
    { class: 'waterfall' },
    ...spans.map((span) => {
      const from = (span.startedAtMs - start) / whole
      const bar = h('span', { class: span.failed ? 'bar fail' : `bar ${span.kind}` })
      // Through the object model: the policy of the page allows no style attribute.
      bar.style.marginInlineStart = `${from * 100}%`
      bar.style.width = `max(2px, ${(span.durationMs / whole) * 100}%)`
      const name = h(
        'summary',
        {},
        h('span', { class: 'name', text: span.name }),
        h('span', { class: 'number', text: ms(span.durationMs) }),
        h('span', { class: 'track', 'aria-hidden': 'true' }, bar),
      )
      name.style.paddingInlineStart = `${depthOf(span) * 0.8}rem`
      const attributes = Object.entries({ kind: span.kind, ...span.attributes })
      return h(
        'li',
        {},
        h(
          'details',
          {},
          name,
          h(
            'dl',
            { class: 'facts' },
            ...attributes.map(([key, value]) =>
              h('div', {}, h('dt', { text: key }), h('dd', { text: value })),
            ),
          ),
        ),
      )
    }),
  )
}
