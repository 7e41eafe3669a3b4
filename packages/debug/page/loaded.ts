import { ask } from './api.ts'
import { h } from './dom.ts'
import { createNote, createProblem, type Panel } from './panel.ts'

interface Options<T> {
  readonly id: string
  readonly title: string
  readonly place: Panel['place']
  /** What it asks for, below the mount. */
  readonly path: string
  readonly render: (value: T) => readonly HTMLElement[]
}

/** A panel that is asked for when it is first seen, and again by a button. */
export function createLoaded<T extends { readonly advice?: string }>({
  id,
  title,
  place: where,
  path,
  render,
}: Options<T>): Panel {
  const problem = createProblem()
  const note = createNote()
  const place = h('div')
  const load = () =>
    void problem.run(async () => {
      const value = await ask<T>(path)
      note.show(value.advice)
      place.replaceChildren(...(value.advice === undefined ? render(value) : []))
    })
  const refresh = h('button', {
    type: 'button',
    class: 'refresh',
    text: 'Refresh',
    'aria-label': `Refresh ${title}`,
    on: { click: load },
  })
  return {
    id,
    title,
    place: where,
    content: h('div', {}, refresh, problem.element, note.element, place),
    load,
  }
}
