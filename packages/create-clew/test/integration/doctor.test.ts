import { afterAll, describe, expect, test } from '@jest/globals'
import { applicationOf } from '../../src/application/application.ts'
import { examine } from '../../src/doctor/examination.ts'
import type { ConcernId } from '../../src/doctor/finding.ts'
import { reportOf } from '../../src/doctor/report.ts'
import { surveyOf } from '../../src/doctor/survey.ts'
import { readProject } from '../../src/project/project.ts'
import { applicationIn, removeApplications, run } from '../support/commands.ts'

afterAll(removeApplications)

/** What `clew doctor --json` prints, without a process for each application. */
function examined(files: Readonly<Record<string, string>>) {
  const folder = applicationIn({
    'package.json': '{ "name": "orders", "type": "module" }',
    ...files,
  })
  const project = readProject(folder)
  const report = reportOf(project, applicationOf(project), examine(surveyOf(project)))
  const concern = (id: ConcernId) => {
    const found = report.concerns.find((each) => each.id === id)
    if (found === undefined) throw new Error(`no ${id}`)
    return { ...found, places: found.saw.map(({ file, line }) => `${file}:${line}`) }
  }
  const statuses = Object.fromEntries(report.concerns.map(({ id, status }) => [id, status]))
  return { report, concern, statuses }
}

const plain = `import express from 'express'

const app = express()
app.get('/orders', (req, res) => {
  console.log('orders', process.env.DATABASE_URL)
  res.json([])
})
app.listen(process.env.PORT)
`

describe('an application with nothing', () => {
  test('lacks everything, and hears what would help', async () => {
    const { report, concern, statuses } = examined({ 'server.js': plain })
    expect(new Set(Object.values(statuses))).toEqual(new Set(['missing']))
    expect(report).toMatchObject({
      framework: 'Express',
      file: 'server.js',
      areas: ['log', 'trace', 'metrics', 'health', 'debug', 'security', 'server', 'config'],
    })
    expect(concern('logs').places).toEqual(['server.js:5'])
    expect(concern('config')).toMatchObject({
      places: ['server.js:5', 'server.js:8'],
      note: '2 variables are read as strings, in 1 file',
    })
    expect(concern('stop').remedy).toEqual({
      package: '@clew/server',
      file: 'server.js',
      lines: [
        "import * as server from '@clew/server'",
        'server.attach(app.listen(process.env.PORT), { admin: {} })',
      ],
    })
    expect(concern('headers').remedy).toMatchObject({ package: 'helmet' })
  })

  test('the exit code is 0, and 1 with --strict', async () => {
    const folder = applicationIn({ 'package.json': '{ "name": "orders" }', 'server.js': plain })
    const told = await run('create-clew', folder, ['doctor'])
    expect(told).toMatchObject({ code: 0, stderr: '' })
    expect(told.stdout).toContain(
      '✗ Structured logs\n    server.js:5 console.log\n  → @clew/log, in server.js\n',
    )
    expect(told.stdout).toContain('\n0 of 11 are covered\n\nnpm create clew -- --areas log,trace,')
    const json = await run('clew', folder, ['doctor', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: 'orders',
      concerns: [{ id: 'logs' }, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    })
    expect(await run('clew', folder, ['doctor', '--strict'])).toMatchObject({
      code: 1,
      stdout: told.stdout,
    })
  })

  test('what npm create clew adds is covered', async () => {
    const folder = applicationIn({ 'package.json': '{ "name": "orders" }', 'server.js': plain })
    await run('create-clew', folder, ['-y', '--no-install', '--areas', 'all'])
    const { stdout } = await run('clew', folder, ['doctor'])
    expect(stdout).toContain('10 of 11 are covered')
    expect(stdout.match(/^✗.*$/gm)).toEqual(['✗ Security headers'])
  })
})

describe('recognises', () => {
  const importing = (module: string) => ({ 'a.js': `import x from '${module}'\nx\n` })

  test.each<[string, ConcernId]>([
    ['pino', 'logs'],
    ['winston', 'logs'],
    ['pino-http', 'context'],
    ['prom-client', 'metrics'],
    ['@opentelemetry/sdk-node', 'traces'],
    ['@sentry/node', 'traces'],
    ['@godaddy/terminus', 'readiness'],
    ['@nestjs/terminus', 'liveness'],
    ['http-terminator', 'stop'],
    ['helmet', 'headers'],
    ['hono/secure-headers', 'headers'],
    ['passport', 'access'],
    ['jose', 'access'],
    ['envalid', 'config'],
    ['@t3-oss/env-core', 'config'],
    ['@pyroscope/nodejs', 'debugging'],
    ['node:inspector', 'debugging'],
  ])('%s as %s', async (module, id) => {
    const { concern } = examined(importing(module))
    expect(concern(id)).toMatchObject({
      status: 'covered',
      remedy: null,
      saw: [{ file: 'a.js', line: 1, what: module }],
    })
  })

  test.each<[string, ConcernId]>([
    ['app.get("/healthz", (req, res) => res.end())', 'liveness'],
    ['app.get("/readyz", (req, res) => res.end())', 'readiness'],
    ['process.once("SIGTERM", stop)', 'stop'],
    ['import { AsyncLocalStorage } from "node:async_hooks"', 'context'],
    ['export const env = schema.parse(process.env)', 'config'],
    ['import fastify from "fastify"; fastify({ logger: true })', 'logs'],
  ])('%s as %s', async (text, id) => {
    const { concern } = examined({ 'a.js': `${text}\n` })
    expect(concern(id)).toMatchObject({ status: 'covered', places: ['a.js:1'] })
  })

  test('an agent that a script loads, and not one that nothing loads', async () => {
    const manifest = {
      scripts: { start: 'node --require dd-trace/init server.js' },
      dependencies: { 'dd-trace': '5', pino: '9' },
    }
    const { concern } = examined({
      'package.json': JSON.stringify(manifest, null, 2),
      'server.js': plain,
    })
    expect(concern('traces')).toMatchObject({ status: 'covered', places: ['package.json:6'] })
    expect(concern('logs')).toMatchObject({
      status: 'missing',
      places: ['server.js:5', 'package.json:7'],
    })
  })
})

describe('reads the deployment', () => {
  const stopping = { 'a.js': "process.on('SIGTERM', () => process.exit())\n" }

  test.each([
    ['CMD npm start', 'partial'],
    ['CMD node server.js', 'partial'],
    ['CMD ["npm", "start"]', 'partial'],
    ['CMD exec node server.js', 'covered'],
    ['CMD ["node", "server.js"]', 'covered'],
    ['CMD maildev', 'covered'],
    ['ENTRYPOINT ["tini", "--", "node", "server.js"]', 'covered'],
  ])('%s: %s', async (command, status) => {
    const { concern } = examined({
      ...stopping,
      Dockerfile: `FROM node:24\nCMD npm test\n${command}\n`,
    })
    expect(concern('stop')).toMatchObject({
      status,
      places: [...(status === 'partial' ? ['Dockerfile:3'] : []), 'a.js:1'],
    })
  })

  const deployment = (probes: string) => `apiVersion: v1
kind: Service
---
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: orders
          image: orders
${probes}`

  test('one path for both probes', async () => {
    const { concern } = examined({
      'a.js': "app.get('/healthz'); app.get('/readyz')\n",
      'k8s/orders.yaml':
        deployment(`          livenessProbe: { httpGet: { path: /healthz, port: 8080 } }
          readinessProbe:
            httpGet: { path: /healthz, port: 8080 }
`),
    })
    expect(concern('liveness')).toMatchObject({ status: 'covered' })
    expect(concern('readiness')).toMatchObject({
      status: 'partial',
      places: ['k8s/orders.yaml:14', 'a.js:1'],
      note: 'With one path for both, a dependency that is down restarts the containers',
    })
  })

  test('no probes at all; what is no YAML is left out', async () => {
    const { concern } = examined({
      'a.js': "app.get('/healthz'); app.get('/readyz')\n",
      'k8s/orders.yaml': deployment(''),
      'chart/orders.yaml': 'kind: Deployment\nspec: {{ toYaml .Values }}\n',
    })
    expect(concern('liveness')).toMatchObject({
      status: 'partial',
      places: ['k8s/orders.yaml:10', 'a.js:1'],
    })
    expect(concern('readiness')).toMatchObject({
      status: 'partial',
      places: ['k8s/orders.yaml:10', 'a.js:1'],
    })
  })
})

test('names files that it cannot parse', async () => {
  const { report } = examined({ 'a.js': 'const = 1 }{\n' })
  expect(report).toMatchObject({ unreadable: ['a.js'], framework: null, file: null })
})
