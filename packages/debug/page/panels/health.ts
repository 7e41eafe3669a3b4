import { createList, createRow, h, number, table } from '../dom.ts'
import { clock, ms } from '../format.ts'
import { createNote, type Panel } from '../panel.ts'
import type { Check, Update } from '../types.ts'

const words = { pass: 'up', warn: 'degraded', fail: 'down' } as const

export function createHealth(): Panel {
  const note = createNote()
  const checks = table('Dependencies', [
    'Dependency',
    'State',
    number('Ping'),
    number('Since'),
    'Why',
  ])
  const rows = createRow<Check>([
    { of: ({ name, critical }) => `${name}${critical ? '' : ' (not critical)'}` },
    {
      class: 'state',
      of: ({ status, stuck, stale }) =>
        `${words[status]}${stuck ? ', stuck' : ''}${stale ? ', stale' : ''}`,
    },
    { class: 'number', of: ({ durationMs }) => ms(durationMs) },
    { class: 'number', of: ({ since }) => clock(Date.parse(since)) },
    { class: 'path', of: ({ error = '' }) => error },
  ])
  const show = createList<Check>(
    checks.body,
    ({ name }) => name,
    (check) => {
      const row = rows(check)
      return {
        element: row.element,
        update(value) {
          row.element.className = value.status
          row.update(value)
        },
      }
    },
  )
  return {
    id: 'health',
    place: 'right',
    title: 'Health',
    content: h('div', {}, note.element, checks.element),
    update({ health }: Update) {
      if (health === undefined) return
      const all = health.checkers.flatMap((checker) => checker.checks)
      show(all)
      checks.element.hidden = all.length === 0
      note.show(health.advice ?? (all.length === 0 ? 'The checker has no dependency.' : undefined))
    },
  }
}
