import { createRow, h, number, table } from '../dom.ts'
import { clock, plural } from '../format.ts'
import { createLoaded } from '../loaded.ts'
import type { Panel } from '../panel.ts'

interface Route {
  readonly kind: string
  readonly method: string
  readonly path: string
  readonly service?: string
  readonly operation?: string
  /** What is no route has none: a function in front of routes, or a router. */
  readonly policy?: string
  readonly from?: string
}

interface Decision {
  readonly atMs: number
  readonly outcome: string
  readonly status?: number
  readonly service?: string
  readonly method?: string
  readonly scheme?: string
  readonly reason?: string
  readonly address: string
}

interface Security {
  readonly apis: readonly {
    readonly service?: string
    readonly problem?: string
    readonly routes: readonly Route[]
    readonly decisions: readonly Decision[]
  }[]
  readonly advice?: string
}

const routeRow = createRow<Route>([
  { class: 'route', of: ({ method, path }) => `${method} ${path}` },
  { of: ({ service, operation }) => [service, operation].filter(Boolean).join('.') || '–' },
  { class: 'path', of: ({ policy = '–' }) => policy },
  { of: ({ from, kind }) => (kind === 'route' ? (from ?? '–') : kind) },
])
const decisionRow = createRow<Decision>([
  { class: 'number', of: ({ atMs }) => clock(atMs) },
  { of: ({ outcome }) => outcome },
  { of: ({ service, method }) => [service, method].filter(Boolean).join('.') || '–' },
  { of: ({ scheme }) => scheme ?? '–' },
  { class: 'path', of: ({ reason }) => reason ?? '' },
  { class: 'number', of: ({ status }) => String(status ?? '–') },
  { class: 'path', of: ({ address }) => address },
])

export function createSecurity(): Panel {
  return createLoaded<Security>({
    id: 'security',
    place: 'left',
    title: 'Security',
    path: 'security',
    render: ({ apis }) => apis.flatMap(renderApi),
  })
}

function renderApi({
  service,
  problem,
  routes,
  decisions,
}: Security['apis'][number]): HTMLElement[] {
  const name = service ?? 'API'
  const policies = table(`Routes of ${name} and their policies`, [
    'Route',
    'Operation',
    'Policy',
    'From',
  ])
  for (const route of routes)
    policies.body.append(
      filled(routeRow, route, route.policy?.startsWith('noSecurity') ? 'warn' : ''),
    )
  const latest = table(`Latest decisions of ${name}`, [
    number('At'),
    'Outcome',
    'Operation',
    'Scheme',
    'Reason',
    number('Status'),
    'Client',
  ])
  for (const decision of decisions)
    latest.body.append(filled(decisionRow, decision, decision.outcome === 'allowed' ? '' : 'fail'))
  const denied = decisions.filter(({ outcome }) => outcome !== 'allowed').length
  return [
    h('h3', {
      text: `${name}: ${plural(routes.filter(({ kind }) => kind === 'route').length, 'route')}`,
    }),
    h('p', {
      class: problem === undefined ? 'note' : 'problem',
      text: problem ?? 'Every route has a policy.',
    }),
    policies.element,
    h('h3', { text: `${name}: ${plural(decisions.length, 'latest decision')}, ${denied} denied` }),
    latest.element,
  ]
}

function filled<T>(create: ReturnType<typeof createRow<T>>, value: T, mood: string): HTMLElement {
  const { element, update } = create(value)
  update(value)
  element.className = mood
  return element
}
