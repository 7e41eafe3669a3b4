import { createList, h } from '../dom.ts'
import { clock, ms } from '../format.ts'
import type { Panel } from '../panel.ts'
import type { Stall, Update } from '../types.ts'

export function createStalls(): Panel {
  const list = h('ul', { class: 'stalls' })
  const note = h('p', {
    class: 'note',
    text: 'The event loop has not been blocked for long, so far. The last five times are kept, also if nobody looks.',
  })
  const show = createList<Stall>(
    list,
    ({ at }) => at,
    ({ at, durationMs, stack }) => {
      const [innermost = 'code that is not JavaScript'] = stack
      const element = h(
        'li',
        {},
        h(
          'details',
          {},
          h(
            'summary',
            {},
            h('b', { text: ms(durationMs) }),
            ` at ${clock(Date.parse(at))} in `,
            h('code', { text: innermost }),
          ),
          h(
            'ol',
            { class: 'stack' },
            ...stack.map((frame) => h('li', {}, h('code', { text: frame }))),
          ),
        ),
      )
      return { element, update() {} }
    },
  )
  return {
    id: 'stalls',
    place: 'left',
    title: 'Stalls',
    content: h('div', {}, note, list),
    update({ stalls }: Update) {
      if (stalls === undefined) return
      show(stalls.toReversed())
      note.hidden = stalls.length > 0
    },
  }
}
