import { createRow, table } from '../dom.ts'
import { createLoaded } from '../loaded.ts'
import type { Panel } from '../panel.ts'

interface Row {
  readonly variable: string
  readonly path: string
  readonly source: string
  readonly value?: string
}

const createCells = createRow<Row>([
  { class: 'path', of: ({ variable }) => variable },
  { class: 'path', of: ({ value }) => value ?? '(not set)' },
  { of: ({ source }) => source },
])

export function createConfiguration(): Panel {
  return createLoaded<{ readonly rows: readonly Row[]; readonly advice?: string }>({
    id: 'configuration',
    place: 'right',
    title: 'Configuration',
    path: 'configuration',
    render({ rows }) {
      const { element, body } = table('Variables, values and where they came from', [
        'Variable',
        'Value',
        'From',
      ])
      for (const row of rows) {
        const cells = createCells(row)
        cells.update(row)
        body.append(cells.element)
      }
      return [element]
    },
  })
}
