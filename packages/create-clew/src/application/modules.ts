import { posix } from 'node:path'
import { importsOf, modulesOf } from '../source/imports.ts'
import type { Node, Syntax } from '../source/syntax.ts'
import { isName, written } from './creation.ts'

/** The files of a project by path, as they import one another. */
export type Files = ReadonlyMap<string, Syntax>

/** The file that a relative import leads to. */
export function resolved(files: Files, from: string, module: string): string | undefined {
  if (!module.startsWith('.')) return undefined
  const path = posix.join(posix.dirname(from), module)
  const bare = path.replace(/\.[cm]?jsx?$/, '')
  const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx']
  const candidates = [
    path,
    ...endings.map((ending) => bare + ending),
    ...endings.map((ending) => `${path}/index${ending}`),
  ]
  return candidates.find((candidate) => files.has(candidate))
}

/** The files that are loaded with some of them, these included. */
export function reachable(files: Files, entries: readonly string[]): ReadonlySet<string> {
  const found = new Set(entries)
  for (const path of found) {
    const syntax = files.get(path)
    if (syntax === undefined) continue
    for (const { module } of modulesOf(syntax)) {
      const target = resolved(files, path, module)
      if (target !== undefined) found.add(target)
    }
  }
  return found
}

/** The names under which a file knows what another one exports as `name`. */
export function importedAs(files: Files, syntax: Syntax, exporter: Syntax, name: string): string[] {
  const imported = [...importsOf(syntax)].filter(
    ([, origin]) => resolved(files, syntax.path, origin.module) === exporter.path,
  )
  // Most files import nothing of it, and do not need to know what it exports.
  const exported = imported.length > 0 ? exportsOf(exporter, name) : new Set()
  return imported
    .filter(
      ([, origin]) =>
        exported.has(origin.name) || (origin.name === '*' && exported.has('module.exports')),
    )
    .map(([local]) => local)
}

/** Under which names a file exports what it calls `name`. */
function exportsOf(syntax: Syntax, name: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const node of syntax.nodes) {
    if (node.type === 'ExportDefaultDeclaration') {
      const { declaration } = node
      const isIt =
        (isName(declaration) && written(syntax, declaration) === name) ||
        ('id' in declaration &&
          declaration.id?.type === 'Identifier' &&
          declaration.id.name === name)
      if (isIt) names.add('default')
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const exported of namesExported(node, name)) names.add(exported)
    } else if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression') {
      const target = written(syntax, node.left)
      const property = /^(?:module\.)?exports\.(\w+)$/.exec(target)?.[1]
      if (target === 'module.exports') {
        for (const exported of namesAssigned(syntax, node.right, name)) names.add(exported)
      } else if (property !== undefined && written(syntax, node.right) === name) {
        names.add(property)
      }
    } else if (node.type === 'TSExportAssignment' && written(syntax, node.expression) === name) {
      names.add('module.exports')
    }
  }
  return names
}

type Named = Extract<Node, { type: 'ExportNamedDeclaration' }>

function namesExported(node: Named, name: string): string[] {
  const { declaration } = node
  if (declaration?.type === 'VariableDeclaration') {
    return declaration.declarations.some(({ id }) => id.type === 'Identifier' && id.name === name)
      ? [name]
      : []
  }
  if (declaration?.type === 'FunctionDeclaration')
    return declaration.id?.name === name ? [name] : []
  return node.specifiers.flatMap((each) =>
    each.type === 'ExportSpecifier' && each.local.name === name
      ? [each.exported.type === 'Identifier' ? each.exported.name : each.exported.value]
      : [],
  )
}

function namesAssigned(syntax: Syntax, value: Node, name: string): string[] {
  if (written(syntax, value) === name) return ['module.exports', 'default']
  if (value.type !== 'ObjectExpression') return []
  return value.properties.flatMap((property) =>
    property.type === 'ObjectProperty' &&
    property.key.type === 'Identifier' &&
    written(syntax, property.value) === name
      ? [property.key.name]
      : [],
  )
}
