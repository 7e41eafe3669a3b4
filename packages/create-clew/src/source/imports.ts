import { type Node, oncePerFile } from './syntax.ts'

/** What a name stands for that comes from another module. */
export interface Origin {
  readonly module: string
  /** The export's name; `default`, or `*` for the module as a whole. */
  readonly name: string
  /** Where it is imported. */
  readonly node: Node
}

/** The names of a file that come from other modules, by `import` or by `require`. */
export const importsOf = oncePerFile(
  ({ nodes }): ReadonlyMap<string, Origin> => new Map(nodes.flatMap(importedBy)),
)

function importedBy(node: Node): [string, Origin][] {
  if (node.type === 'ImportDeclaration') {
    if (node.importKind === 'type') return []
    return node.specifiers.map((each) => {
      const name =
        each.type === 'ImportDefaultSpecifier'
          ? 'default'
          : each.type === 'ImportNamespaceSpecifier'
            ? '*'
            : textOf(each.imported)
      return [each.local.name, { module: node.source.value, name, node }]
    })
  }
  if (node.type === 'TSImportEqualsDeclaration') {
    if (node.moduleReference.type !== 'TSExternalModuleReference') return []
    const module = node.moduleReference.expression.value
    return [[node.id.name, { module, name: '*', node }]]
  }
  return node.type === 'VariableDeclarator' ? requiredBy(node) : []
}

type Declarator = Extract<Node, { type: 'VariableDeclarator' }>

function requiredBy(node: Declarator): [string, Origin][] {
  const required = node.init ? requirementOf(node.init) : undefined
  if (required === undefined) return []
  if (node.id.type === 'Identifier') return [[node.id.name, { ...required, node }]]
  if (node.id.type !== 'ObjectPattern' || required.name !== '*') return []
  return node.id.properties.flatMap((property): [string, Origin][] => {
    if (property.type !== 'ObjectProperty' || property.value.type !== 'Identifier') return []
    const name = textOf(property.key)
    return [[property.value.name, { module: required.module, name, node }]]
  })
}

/** `require('x')`, `require('x').y`, and `await import('x')`. */
function requirementOf(init: Node): Origin | undefined {
  const node = init.type === 'AwaitExpression' ? init.argument : init
  if (node.type === 'MemberExpression' && !node.computed) {
    const whole = requirementOf(node.object)
    return whole && { ...whole, name: textOf(node.property) }
  }
  if (node.type !== 'CallExpression') return undefined
  const { callee } = node
  const isRequire = callee.type === 'Identifier' && callee.name === 'require'
  const [first] = node.arguments
  if ((!isRequire && callee.type !== 'Import') || first?.type !== 'StringLiteral') return undefined
  return { module: first.value, name: '*', node }
}

/** What an expression stands for: a name that is imported, or a member of one, or `require` itself. */
export function originOf(
  imports: ReadonlyMap<string, Origin>,
  node: Node,
): Pick<Origin, 'module' | 'name'> | undefined {
  if (node.type === 'Identifier') return imports.get(node.name)
  if (node.type === 'CallExpression') return requirementOf(node)
  if (node.type !== 'MemberExpression' || node.computed) return undefined
  const whole = originOf(imports, node.object)
  if (whole === undefined || (whole.name !== '*' && whole.name !== 'default')) return undefined
  return { module: whole.module, name: textOf(node.property) }
}

interface ModuleName {
  readonly module: string
  readonly node: Node
}

/** All modules that a file names in imports, exports and `require`, with where it does. */
export const modulesOf = oncePerFile(({ nodes }): readonly ModuleName[] =>
  nodes.flatMap((node) => {
    const module = moduleNamed(node)
    return module === undefined ? [] : [{ module, node }]
  }),
)

function moduleNamed(node: Node): string | undefined {
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration')
    return node.source.value
  if (node.type === 'ExportNamedDeclaration') return node.source?.value
  if (node.type === 'TSExternalModuleReference') return node.expression.value
  return node.type === 'CallExpression' ? requirementOf(node)?.module : undefined
}

function textOf(node: Node): string {
  return node.type === 'Identifier' ? node.name : node.type === 'StringLiteral' ? node.value : ''
}
