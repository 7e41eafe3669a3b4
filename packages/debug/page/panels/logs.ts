import { h, setText } from '../dom.ts'
import { plural } from '../format.ts'
import { lineElement, searchText } from '../lines.ts'
import { createNote, type Panel } from '../panel.ts'
import type { Line, Update } from '../types.ts'
import { openRequestEvent } from './requests.ts'

const maxLines = 1000
const levels = ['debug', 'info', 'warn', 'error', 'fatal'] as const

export function createLogs(): Panel {
  const level = h(
    'select',
    { on: { change: refresh } },
    ...levels.map((name) =>
      h('option', { value: name, text: name === 'debug' ? 'all levels' : `${name} and above` }),
    ),
  )
  const search = h('input', {
    type: 'search',
    placeholder: 'message, fields',
    on: { input: refresh },
  })
  const follows = h('input', { type: 'checkbox', checked: true })
  const count = h('p', { class: 'count', role: 'status' })
  const missed = createNote()
  const list = h('ol', { class: 'lines' })
  const box = h(
    'div',
    {
      class: 'tail',
      tabindex: 0,
      role: 'log',
      'aria-live': 'off',
      'aria-label': 'Log lines, the newest last',
    },
    list,
  )
  let lines: readonly Line[] = []
  let missedCount = 0
  const texts = new WeakMap<Line, string>()

  function isShown(line: Line): boolean {
    if (levels.indexOf(line.level) < levels.indexOf(level.value as Line['level'])) return false
    const words = search.value.trim().toLowerCase()
    if (words === '') return true
    const text = texts.get(line) ?? searchText(line)
    texts.set(line, text)
    return text.includes(words)
  }

  const open = (request: number) => {
    document.getElementById('tab-requests')?.click()
    dispatchEvent(new CustomEvent(openRequestEvent, { detail: request }))
  }

  function refresh(): void {
    const shown = lines.filter(isShown)
    list.replaceChildren(...shown.map((line) => lineElement(line, open)))
    say(shown.length)
  }

  function add(added: readonly Line[]): void {
    const gone = Math.max(0, lines.length + added.length - maxLines)
    // Those that leave are the first ones of the list.
    const leaving = lines.slice(0, gone).filter(isShown).length
    for (let i = 0; i < leaving; i++) list.firstElementChild?.remove()
    const kept = added.slice(-maxLines)
    lines = [...lines.slice(gone), ...kept]
    list.append(...kept.filter(isShown).map((line) => lineElement(line, open)))
    say(list.childElementCount)
    if (follows.checked) box.scrollTop = box.scrollHeight
  }

  function say(shown: number): void {
    setText(
      count,
      shown === lines.length
        ? plural(shown, 'line')
        : `${shown} of ${plural(lines.length, 'line')}`,
    )
  }

  return {
    id: 'logs',
    place: 'right',
    title: 'Logs',
    content: h(
      'div',
      {},
      h(
        'div',
        { class: 'tools' },
        h('label', {}, 'Level ', level),
        h('label', {}, 'Search ', search),
        h('label', { class: 'check' }, follows, ' follow'),
        count,
      ),
      missed.element,
      box,
    ),
    update({ restarted, lines: added, missedLines = 0 }: Update) {
      if (restarted === true) {
        lines = []
        missedCount = 0
        refresh()
      }
      missedCount += missedLines
      missed.show(
        missedCount > 0
          ? `${plural(missedCount, 'line')} more than are listed: of more than 100 a second, errors, warnings and debug lines.`
          : undefined,
      )
      if (added !== undefined && added.length > 0) add(added)
      else if (lines.length === 0)
        setText(count, 'No line was written since this page is open. Lines are those of @clew/log.')
    },
  }
}
