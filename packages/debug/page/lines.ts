import { h } from './dom.ts'
import { exactClock } from './format.ts'
import type { Line } from './types.ts'

/** The fields on one line: `order_id=7 user="Ann B."` */
function fieldText(fields: Line['fields']): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join(' ')
}

export const searchText = ({ level, msg, fields }: Line): string =>
  `${level} ${msg} ${fieldText(fields)}`.toLowerCase()

/** @param open - shows the request that it belongs to; without, its number is left out */
export function lineElement(line: Line, open?: (request: number) => void): HTMLElement {
  const { time, level, msg, fields, request } = line
  return h(
    'li',
    { class: `line ${level}` },
    h('time', { datetime: new Date(time).toISOString(), text: exactClock(time) }),
    h('b', { text: level }),
    h('span', { text: msg }),
    h('code', { text: fieldText(fields) }),
    request !== undefined &&
      open !== undefined &&
      h('button', {
        type: 'button',
        class: 'link',
        text: `request ${request}`,
        on: { click: () => open(request) },
      }),
  )
}
