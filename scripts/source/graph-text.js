// The layers as ARCHITECTURE.md shows them.
import { folded, layersOf, nodeOf } from './graph.js'

const start = '<!-- graph: start -->\n'
const end = '<!-- graph: end -->'

/** What stands between the marks. */
export function sectionOf(document) {
  const from = document.indexOf(start)
  const to = document.indexOf(end)
  return from < 0 || to < from ? undefined : document.slice(from + start.length, to)
}

export function withSection(document, section) {
  const before = sectionOf(document)
  if (before === undefined) throw new Error(`there are no marks: ${start.trim()} and ${end}`)
  return document.replace(`${start}${before}${end}`, () => `${start}${section}${end}`)
}

export function graphSection(packages) {
  const blocks = packages.map(({ path, graph }) => [`${path}/`, ...linesOf(graph)].join('\n'))
  return `\n${blocks.map((block) => `\`\`\`text\n${block}\n\`\`\`\n`).join('\n')}\n`
}

function linesOf(graph) {
  const nodes = folded(graph)
  const layers = layersOf(nodes)
  const files = [...graph.keys()]
  const count = (node) => files.filter((file) => nodeOf(file) === node).length
  return [
    layers?.map((layer) => layer.map(shown).join(' · ')).join(' → ') ?? 'a circle, and no layers',
    ...(layers?.flat() ?? [...nodes.keys()]).map((node) => {
      const size = node.endsWith('.ts')
        ? ''
        : ` (${count(node)} ${count(node) === 1 ? 'file' : 'files'})`
      const targets = nodes.get(node).map(shown).join(', ')
      return `  ${shown(node)}${size}${targets && ` → ${targets}`}`
    }),
  ]
}

function shown(node) {
  return node.replace(/\.ts$/, '')
}
