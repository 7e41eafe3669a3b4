import { importsOf } from '../source/imports.ts'
import { isVisible } from '../source/scopes.ts'
import type { Node, Syntax } from '../source/syntax.ts'
import { type Area, packageOf } from './areas.ts'

/** A variable that holds what a package's `configure`, `create` or `checker` has returned. */
export interface Handle {
  readonly name: string
  /** Whether it is a promise of it. */
  readonly isPromise: boolean
}

/** The handle that the application already has at a place. */
export function existingHandle(syntax: Syntax, area: Area, at: Node): Handle | undefined {
  const locals = [...importsOf(syntax)]
    .filter(([, origin]) => origin.module === packageOf(area) && origin.name === '*')
    .map(([local]) => local)
  for (const node of syntax.nodes) {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier' || !node.init) continue
    const isAwaited = node.init.type === 'AwaitExpression'
    const call = node.init.type === 'AwaitExpression' ? node.init.argument : node.init
    if (call.type !== 'CallExpression' || call.callee.type !== 'MemberExpression') continue
    const { object, property } = call.callee
    if (object.type !== 'Identifier' || !locals.includes(object.name)) continue
    if (property.type !== 'Identifier' || !/^(configure|create|checker)$/.test(property.name))
      continue
    if (!isVisible(syntax, node, at)) continue
    const isAsync = area === 'trace' || area === 'metrics'
    return { name: node.id.name, isPromise: isAsync && !isAwaited }
  }
  return undefined
}
