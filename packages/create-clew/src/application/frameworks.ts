import type { Origin } from '../source/imports.ts'
import type { Node } from '../source/syntax.ts'

export type Framework = 'express' | 'fastify' | 'koa' | 'hono' | 'nest' | 'http'

/** What people call each. */
export const frameworkTitles: Readonly<Record<Framework, string>> = {
  express: 'Express',
  fastify: 'Fastify',
  koa: 'Koa',
  hono: 'Hono',
  nest: 'Nest',
  http: 'node:http',
}

type Source = Pick<Origin, 'module' | 'name'>

const whole = /^(default|\*)$/

const makers: readonly {
  readonly framework: Framework
  readonly kind: 'call' | 'new'
  matches(source: Source): boolean
}[] = [
  {
    framework: 'express',
    kind: 'call',
    matches: ({ module, name }) => module === 'express' && whole.test(name),
  },
  {
    framework: 'fastify',
    kind: 'call',
    matches: ({ module, name }) =>
      module === 'fastify' && /^(default|\*|fastify|Fastify)$/.test(name),
  },
  {
    framework: 'koa',
    kind: 'new',
    matches: ({ module, name }) => module === 'koa' && whole.test(name),
  },
  {
    framework: 'hono',
    kind: 'new',
    matches: ({ module, name }) =>
      (module === 'hono' && name === 'Hono') ||
      (module === '@hono/zod-openapi' && name === 'OpenAPIHono'),
  },
  {
    framework: 'http',
    kind: 'call',
    matches: ({ module, name }) => /^(node:)?https?$/.test(module) && name === 'createServer',
  },
]

/** The framework whose application an expression makes. */
export function frameworkMade(
  node: Node,
  originOf: (callee: Node) => Source | undefined,
): Framework | undefined {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined
  if (isNestFactory(node.callee, originOf)) return 'nest'
  const kind = node.type === 'CallExpression' ? 'call' : 'new'
  const source = originOf(node.callee)
  if (source === undefined) return undefined
  return makers.find((each) => each.kind === kind && each.matches(source))?.framework
}

function isNestFactory(callee: Node, originOf: (callee: Node) => Source | undefined): boolean {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false
  if (callee.property.name !== 'create') return false
  const source = originOf(callee.object)
  return source?.module === '@nestjs/core' && source.name === 'NestFactory'
}

/** The frameworks among what package.json depends on, the outermost first. */
export function frameworksNamed(dependencies: ReadonlySet<string>): Framework[] {
  const packages: Readonly<Record<string, Framework>> = {
    '@nestjs/core': 'nest',
    fastify: 'fastify',
    koa: 'koa',
    hono: 'hono',
    express: 'express',
  }
  return Object.entries(packages)
    .filter(([name]) => dependencies.has(name))
    .map(([, framework]) => framework)
}
