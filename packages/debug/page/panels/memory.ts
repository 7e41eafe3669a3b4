import type { Holder, RetainersReport, Step } from '../../src/heap/report.ts'
import { ask } from '../api.ts'
import { h, number, setText, table } from '../dom.ts'
import { bytes, clock, ms, plural } from '../format.ts'
import { createProblem, type Panel } from '../panel.ts'

interface Retainers extends RetainersReport {
  readonly takenAt: string
  readonly stoppedMs: number
}

/** Who keeps the memory alive: asked for by a click, since the program stops for it. */
export function createMemory(): Panel {
  const problem = createProblem()
  const about = h('p', {
    class: 'note',
    role: 'status',
    text: 'A snapshot of the heap is taken and analysed in a process of its own. The program stops for it: about 10 s for each 100 MB.',
  })
  const button = h('button', {
    type: 'button',
    text: 'Find who holds the memory',
    on: { click: () => void problem.run(find) },
  })
  const holders = table('Objects that hold the most', ['Held by', number('Bytes'), 'What it holds'])
  const classes = table('Classes by what they hold', [
    'Class',
    number('Objects'),
    number('Themselves'),
    number('With what they hold'),
  ])
  const found = h('div', { hidden: true }, holders.element, classes.element)

  async function find(): Promise<void> {
    button.disabled = true
    setText(about, 'The snapshot is being taken and analysed.')
    try {
      show((await ask<{ last: Retainers }>('retainers', 'POST')).last)
    } catch (error) {
      setText(about, 'There is no new analysis.')
      throw error
    } finally {
      button.disabled = false
    }
  }

  function show(report: Retainers): void {
    setText(
      about,
      `${bytes(report.totalBytes)} in ${plural(report.objects, 'object')} at ${clock(Date.parse(report.takenAt))}; the program stopped for ${ms(report.stoppedMs)}.`,
    )
    found.hidden = false
    holders.body.replaceChildren(...report.holders.map(rowOf))
    classes.body.replaceChildren(
      ...report.classes.map((each) =>
        h(
          'tr',
          {},
          h('td', { text: each.class }),
          h('td', { class: 'number', text: String(each.count) }),
          h('td', { class: 'number', text: bytes(each.ownBytes) }),
          h('td', { class: 'number', text: bytes(each.retainedBytes) }),
        ),
      ),
    )
  }

  return {
    id: 'memory',
    place: 'left',
    title: 'Memory',
    content: h('div', {}, button, about, problem.element, found),
    load() {
      void problem.run(async () => {
        const { last } = await ask<{ last: Retainers | null }>('retainers')
        if (last !== null) show(last)
      })
    },
  }
}

function rowOf({ class: name, retainedBytes, holds, path }: Holder): HTMLElement {
  const [nearest, ...outer] = path.toReversed()
  const contents = holds.map((each) => `${each.count} × ${each.class}`).join(', ')
  return h(
    'tr',
    {},
    h(
      'td',
      { class: 'path' },
      h(
        'details',
        {},
        h('summary', {}, h('b', { text: name }), ` ${nearest ? placeOf(nearest) : ''}`),
        h('ol', { class: 'stack' }, ...outer.map((step) => h('li', { text: textOf(step) }))),
      ),
    ),
    h('td', { class: 'number', text: bytes(retainedBytes) }),
    h('td', { text: contents }),
  )
}

/** What holds it. */
function placeOf({ variable, property, file }: Step): string {
  if (variable !== undefined) return `${variable}${file === undefined ? '' : ` in ${file}`}`
  return property === undefined ? '' : `.${property}`
}

const textOf = (step: Step) => `${step.class} ${placeOf(step)}`.trim()
