import { importsOf } from '../source/imports.ts'
import { type Insertion, inserted, linesAfter, linesBefore, wrapped } from '../source/insertion.ts'
import { namesIn } from '../source/names.ts'
import { type Node, placeOf, type Syntax } from '../source/syntax.ts'
import { type Area, areas } from './areas.ts'

/** A line to be added, and whose it is. */
export interface Line {
  readonly area: Area
  readonly text: string
}

interface Import {
  readonly area: Area
  readonly module: string
  /** undefined: the module as a whole. */
  readonly name: string | undefined
  readonly local: string
}

/** Lines of one text, the first of which may go on with a line that is there. */
export type Text = readonly Line[]

function textOf(lines: Text): string {
  return lines.map(({ text }) => text).join('\n')
}

function add(counts: Map<Area, number>, area: Area | undefined, count: number): void {
  if (area !== undefined) counts.set(area, (counts.get(area) ?? 0) + count)
}

/** What is added to one file. Names that the file uses for something else are avoided. */
export class FileEdit {
  readonly syntax: Syntax
  private readonly taken: Set<string>
  private readonly imports: Import[] = []
  private readonly insertions: Insertion[] = []
  private readonly counts = new Map<Area, number>()

  constructor(syntax: Syntax) {
    this.syntax = syntax
    this.taken = namesIn(syntax)
  }

  /** The local name of a package as a whole, which is imported if it is not yet. */
  namespace(area: Area, module: string): string {
    return this.imported(area, module, undefined, module.replace(/^.*\//, ''))
  }

  /** The local name of one export. */
  named(area: Area, module: string, name: string, preferred: string = name): string {
    return this.imported(area, module, name, preferred)
  }

  private imported(
    area: Area,
    module: string,
    name: string | undefined,
    preferred: string,
  ): string {
    const known = this.imports.find((each) => each.module === module && each.name === name)
    if (known !== undefined) return known.local
    const [existing] = [...importsOf(this.syntax)].find(
      ([, origin]) => origin.module === module && origin.name === (name ?? '*'),
    ) ?? [undefined]
    if (existing !== undefined) return existing
    const local = this.unusedName(preferred)
    this.imports.push({ area, module, name, local })
    return local
  }

  /** A name that the file does not use: `log`, or `clewLog`. */
  unusedName(preferred: string): string {
    const prefixed = `clew${preferred.charAt(0).toUpperCase()}${preferred.slice(1)}`
    const candidates = [preferred, prefixed, ...[2, 3, 4, 5].map((count) => prefixed + count)]
    const name = candidates.find((candidate) => !this.taken.has(candidate)) ?? prefixed
    this.taken.add(name)
    return name
  }

  after(node: Node, statements: readonly Text[]): void {
    for (const each of statements) this.count(each)
    const texts = statements.map((each) => this.quoted(textOf(each)))
    this.insertions.push(...linesAfter(this.syntax, node, texts))
  }

  before(node: Node, statements: readonly Text[]): void {
    for (const each of statements) this.count(each)
    const texts = statements.map((each) => this.quoted(textOf(each)))
    this.insertions.push(...linesBefore(this.syntax, node, texts))
  }

  /** Puts text around an expression. The first line of `after` goes on with the line that is there. */
  around(node: Node, area: Area, before: string, after: Text): void {
    const { start, end } = placeOf(node)
    const isOneLine = !this.syntax.text.slice(start, end).includes('\n')
    if (!isOneLine) add(this.counts, area, 1)
    this.count(after)
    const text = textOf(after)
    this.insertions.push(...wrapped(this.syntax, node, this.quoted(before), this.quoted(text)))
  }

  private count(lines: Text): void {
    for (const { area, text } of lines) add(this.counts, area, text.split('\n').length)
  }

  /** How many lines each area adds or changes. */
  lineCounts(): ReadonlyMap<Area, number> {
    const counts = new Map(this.counts)
    for (const [first] of this.groups()) add(counts, first?.area, 1)
    return counts
  }

  /** The file's new content. */
  content(): string {
    return inserted(this.syntax, [...this.importLines(), ...this.insertions])
  }

  get isEmpty(): boolean {
    return this.imports.length === 0 && this.insertions.length === 0
  }

  /** What is imported by name from one module stands on one line. */
  private groups(): Import[][] {
    const groups = new Map<string, Import[]>()
    for (const each of this.imports) {
      const key = each.name === undefined ? `* ${each.module}` : each.module
      const group = [...(groups.get(key) ?? []), each]
      groups.set(
        key,
        group.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)),
      )
    }
    const rank = ([first]: readonly Import[]) => (first ? areas.indexOf(first.area) : 0)
    return [...groups.values()].sort((a, b) => rank(a) - rank(b))
  }

  private importLines(): Insertion[] {
    const { program } = this.syntax
    const declarations = program.body.filter(
      ({ type }) => type === 'ImportDeclaration' || type === 'TSImportEqualsDeclaration',
    )
    const usesImport = declarations.length > 0 || this.syntax.path.endsWith('.mjs')
    const lines = this.groups().map((group) =>
      this.quoted(usesImport ? imported(group) : required(group)),
    )
    const last = declarations.at(-1) ?? this.lastRequire()
    if (last !== undefined) return linesAfter(this.syntax, last, lines)
    const [first] = program.body
    return first === undefined
      ? []
      : linesBefore(this.syntax, first, lines, { aboveComments: false })
  }

  /** The last `const x = require(…)` of those at the top of the file. */
  private lastRequire(): Node | undefined {
    const required = new Set([...importsOf(this.syntax).values()].map(({ node }) => node))
    const { body } = this.syntax.program
    const first = Math.min(...this.insertions.map(({ offset }) => offset))
    return body
      .filter(
        (statement) =>
          statement.type === 'VariableDeclaration' &&
          statement.declarations.every((each) => required.has(each)) &&
          placeOf(statement).end <= first,
      )
      .at(-1)
  }

  /** With the quotes that the file uses. */
  private quoted(text: string): string {
    const first = /(?:from|require\(|import)\s*(['"])/.exec(this.syntax.text)?.[1]
    return first === '"' ? text.replaceAll("'", '"') : text
  }
}

function imported(group: readonly Import[]): string {
  const names = group.map(({ name, local }) =>
    name === undefined ? `* as ${local}` : name === local ? name : `${name} as ${local}`,
  )
  const [{ module, name } = { module: '', name: undefined }] = group
  return `import ${name === undefined ? names.join(', ') : `{ ${names.join(', ')} }`} from '${module}'`
}

function required(group: readonly Import[]): string {
  const names = group.map(({ name, local }) =>
    name === undefined || name === local ? local : `${name}: ${local}`,
  )
  const [{ module, name } = { module: '', name: undefined }] = group
  return `const ${name === undefined ? names.join(', ') : `{ ${names.join(', ')} }`} = require('${module}')`
}
