import { parseExpression } from '@babel/parser'
import { lineBreakOf } from '../source/insertion.ts'

interface Entry {
  readonly name: string
  readonly start: number
  readonly end: number
  readonly value: { readonly start: number; readonly end: number; readonly entries: Entry[] }
}

/**
 * package.json with further dependencies. Nothing else of it changes: not its order, nor its
 * indentation, nor its line breaks.
 */
export function withDependencies(text: string, added: Readonly<Record<string, string>>): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  let result = text.slice(mark.length)
  for (const [name, range] of Object.entries(added).sort()) {
    const { entries } = read(result)
    const dependencies = entries.find((entry) => entry.name === 'dependencies')
    result =
      dependencies === undefined
        ? withSection(result, entries, name, range)
        : withEntry(result, dependencies.value, name, range)
  }
  return mark + result
}

function withEntry(text: string, section: Entry['value'], name: string, range: string): string {
  const { entries } = section
  const eol = lineBreakOf(text)
  const line = `${JSON.stringify(name)}: ${JSON.stringify(range)}`
  const [first] = entries
  const before = [...entries].reverse().find((entry) => entry.name < name)
  if (first === undefined) {
    const indent = indentAt(text, section.start)
    const own = `${eol}${indent}${unitOf(text)}${line}${eol}${indent}`
    const inside = text.slice(section.start + 1, section.end - 1)
    return put(text, section.start + 1, inside.trim() === '' && inside !== '' ? own.trimEnd() : own)
  }
  const between = text.slice(section.start + 1, first.start)
  return before === undefined
    ? put(text, first.start, `${line},${between}`)
    : put(text, before.end, `,${between}${line}`)
}

function withSection(text: string, entries: readonly Entry[], name: string, range: string): string {
  const eol = lineBreakOf(text)
  const unit = unitOf(text)
  const line = `${eol}${unit}${unit}${JSON.stringify(name)}: ${JSON.stringify(range)}`
  const section = `"dependencies": {${line}${eol}${unit}}`
  const before = entries.find((entry) => /^(dev|peer|optional)Dependencies$/.test(entry.name))
  if (before !== undefined) return put(text, before.start, `${section},${eol}${unit}`)
  const last = entries.at(-1)
  if (last !== undefined) return put(text, last.end, `,${eol}${unit}${section}`)
  return put(text, text.indexOf('{') + 1, `${eol}${unit}${section}${eol}`)
}

// JSON is a part of JavaScript, whose parser says where everything stands.
function read(text: string): Entry['value'] {
  return readValue(parseExpression(text))
}

function readValue(node: ReturnType<typeof parseExpression>): Entry['value'] {
  const properties = node.type === 'ObjectExpression' ? node.properties : []
  const entries = properties.flatMap((property): Entry[] => {
    if (property.type !== 'ObjectProperty' || property.key.type !== 'StringLiteral') return []
    const value = property.value as ReturnType<typeof parseExpression>
    return [
      {
        name: property.key.value,
        start: property.start ?? 0,
        end: property.end ?? 0,
        value: readValue(value),
      },
    ]
  })
  return { start: node.start ?? 0, end: node.end ?? 0, entries }
}

function put(text: string, offset: number, added: string): string {
  return text.slice(0, offset) + added + text.slice(offset)
}

function indentAt(text: string, offset: number): string {
  return /^[^\S\r\n]*/.exec(text.slice(text.lastIndexOf('\n', offset) + 1))?.[0] ?? ''
}

function unitOf(text: string): string {
  return /\n([ \t]+)"/.exec(text)?.[1] ?? '  '
}
