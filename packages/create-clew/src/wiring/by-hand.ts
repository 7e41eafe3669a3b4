import { applicationOf } from '../application/application.ts'
import { type Framework, frameworkTitles } from '../application/frameworks.ts'
import type { Project } from '../project/project.ts'
import { syntaxOf } from '../source/syntax.ts'
import type { Area } from './areas.ts'
import { dependenciesFor } from './dependencies.ts'
import { planOf } from './plan.ts'

/** The smallest application of each framework: what is added to it shows what to add to a larger one. */
const smallest: Readonly<Record<Framework, readonly string[]>> = {
  express: [
    "import express from 'express'",
    'const app = express()',
    '// your routes',
    'app.listen(8080)',
  ],
  fastify: [
    "import fastify from 'fastify'",
    'const app = fastify()',
    '// your routes',
    'await app.listen({ port: 8080 })',
  ],
  koa: ["import Koa from 'koa'", 'const app = new Koa()', '// your routes', 'app.listen(8080)'],
  hono: [
    "import { serve } from '@hono/node-server'",
    "import { Hono } from 'hono'",
    'const app = new Hono()',
    '// your routes',
    'serve({ fetch: app.fetch, port: 8080 })',
  ],
  nest: [
    "import { NestFactory } from '@nestjs/core'",
    "import { AppModule } from './app.module.js'",
    'const app = await NestFactory.create(AppModule)',
    'await app.listen(8080)',
  ],
  http: ["import { createServer } from 'node:http'", 'createServer(handler).listen(8080)'],
}

/** The lines to add, for somebody who knows where. */
export function byHand(project: Project, areas: readonly Area[], framework: Framework): string {
  const packages = Object.entries(dependenciesFor(areas)).map(([name, range]) => `${name}@${range}`)
  const title = `What to add to an application of ${frameworkTitles[framework]}, where the lines marked + stand:`
  return `${title}\n\n${linesFor(project, areas, framework).join('\n')}\n\nand: npm install ${packages.join(' ')}\n`
}

/** The smallest application with these areas; what was added is marked with a plus. */
export function linesFor(project: Project, areas: readonly Area[], framework: Framework): string[] {
  const lines = smallest[framework]
  const syntax = syntaxOf('main.mjs', `${lines.join('\n')}\n`)
  if (syntax === undefined) return []
  const model = { ...project, files: [syntax], manifest: { ...project.manifest, type: 'module' } }
  const found = applicationOf(model)
  const plan = 'application' in found ? planOf(model, found.application, areas) : undefined
  const [edit] = plan !== undefined && 'edits' in plan ? plan.edits : []
  const before = new Set(lines)
  return (edit?.content() ?? syntax.text)
    .trimEnd()
    .split('\n')
    .map((line) => `${before.has(line) ? ' ' : '+'} ${line}`)
}
