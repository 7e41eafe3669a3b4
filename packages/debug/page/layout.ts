import { h } from './dom.ts'
import type { Panel } from './panel.ts'

/** Two columns of panels where there is room; otherwise tabs. */
export function createLayout(panels: readonly Panel[]): readonly HTMLElement[] {
  const wide = matchMedia('(min-width: 1100px)')
  const loaded = new Set<Panel>()
  let selected = panels.find(({ id }) => `#${id}` === location.hash) ?? (panels[0] as Panel)

  const tabs = panels.map((panel) =>
    h('button', {
      type: 'button',
      role: 'tab',
      id: `tab-${panel.id}`,
      'aria-controls': panel.id,
      text: panel.title,
      on: { click: () => select(panel) },
    }),
  )
  const bar = h(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': 'Panels', on: { keydown: move } },
    ...tabs,
  )
  const sections = panels.map(({ id, title, content }) =>
    h(
      'section',
      { id, class: `panel ${id}`, 'aria-labelledby': `title-${id}` },
      h('h2', { id: `title-${id}`, text: title }),
      content,
    ),
  )

  function select(panel: Panel): void {
    selected = panel
    arrange()
    history.replaceState(null, '', `#${panel.id}`)
  }

  /** The arrow keys, as in other lists of tabs. */
  function move(event: Event): void {
    const { key } = event as KeyboardEvent
    const at = panels.indexOf(selected)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: panels.length - 1 }[key]
    if (to === undefined) return
    event.preventDefault()
    const index = (to + panels.length) % panels.length
    select(panels[index] as Panel)
    tabs[index]?.focus()
  }

  function arrange(): void {
    bar.hidden = wide.matches
    for (const [index, panel] of panels.entries()) {
      const section = sections[index] as HTMLElement
      const tab = tabs[index] as HTMLElement
      const isShown = wide.matches || panel === selected
      section.hidden = !isShown
      if (wide.matches) section.removeAttribute('role')
      else section.setAttribute('role', 'tabpanel')
      tab.setAttribute('aria-selected', String(panel === selected))
      tab.tabIndex = panel === selected ? 0 : -1
      if (isShown && !loaded.has(panel)) {
        loaded.add(panel)
        panel.load?.()
      }
    }
    if (!wide.matches)
      tabs[panels.indexOf(selected)]?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }

  wide.addEventListener('change', arrange)
  // Once everything is in the document.
  queueMicrotask(arrange)
  const at = (place: Panel['place']) =>
    sections.filter((_, index) => panels[index]?.place === place)
  return [
    h('nav', { 'aria-label': 'Panels' }, bar),
    h(
      'main',
      {},
      ...at('all'),
      h('div', { class: 'column' }, ...at('left')),
      h('div', { class: 'column' }, ...at('right')),
    ),
  ]
}
