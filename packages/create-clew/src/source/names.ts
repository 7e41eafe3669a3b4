import type { Node, Syntax } from './syntax.ts'

/** Every name that the file uses by itself: not those of properties, as in `console.log`. */
export function namesIn(syntax: Syntax): Set<string> {
  const names = new Set<string>()
  for (const node of syntax.nodes) {
    if (node.type !== 'Identifier' && node.type !== 'JSXIdentifier') continue
    if (!isPropertyName(syntax, node)) names.add(node.name)
  }
  return names
}

const members = /^(Optional)?MemberExpression$/
const keyed =
  /^(ObjectProperty|ObjectMethod|ClassMethod|ClassProperty|TSPropertySignature|TSMethodSignature)$/

function isPropertyName({ parents }: Syntax, node: Node): boolean {
  const parent = parents.get(node)
  if (parent === undefined || ('computed' in parent && parent.computed)) return false
  if (members.test(parent.type)) return 'property' in parent && parent.property === node
  const isShorthand = 'shorthand' in parent && parent.shorthand
  return keyed.test(parent.type) && 'key' in parent && parent.key === node && !isShorthand
}
