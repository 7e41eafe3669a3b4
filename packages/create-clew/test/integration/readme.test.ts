// What the README shows is what the commands print.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readmeProblems } from '@clew/testing'
import { afterAll, expect, test } from '@jest/globals'
import { applicationIn, removeApplications, run } from '../support/commands.ts'

afterAll(removeApplications)

const folder = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(readme)?.[1] ?? ''
const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trimEnd())

test('the README has what each README has', () => {
  expect(readmeProblems(folder)).toEqual([])
})

test('the diff', async () => {
  const shown = linesOf(block('diff'))
  const server = shown.filter((line) => !line.startsWith('+')).map((line) => line.slice(1))
  const application = applicationIn({
    'package.json': '{ "name": "orders", "type": "module" }',
    'server.js': server.join('\n'),
  })
  const { stdout } = await run('create-clew', application, [
    '--dry-run',
    '--areas',
    'log,health,server',
  ])
  const printed = linesOf(stdout).filter((line) => !/^(@@|---|\+\+\+)/.test(line))
  expect(printed.slice(0, shown.length - 1)).toEqual(shown.slice(0, -1))
})

test('what the doctor says', async () => {
  const server = [
    "import express from 'express'",
    "import { loadOrders } from './orders.js'",
    "import { register } from 'prom-client'",
    '',
    'const app = express()',
    "app.get('/metrics', async (req, res) => res.send(await register.metrics()))",
    "app.get('/orders', async (req, res) => {",
    '  const orders = await loadOrders()',
    "  console.log('orders', orders.length)",
    '  res.json(orders)',
    '})',
    ...Array.from({ length: 7 }, () => ''),
    'const server = app.listen(8080)',
    "process.on('SIGTERM', () => server.close())",
  ]
  const application = applicationIn({
    'package.json': '{ "name": "orders", "type": "module" }',
    'server.js': server.join('\n'),
    Dockerfile: 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD npm start\n',
  })
  const { stdout } = await run('clew', application, ['doctor'])
  const printed = linesOf(stdout)
  let at = 0
  for (const line of linesOf(block('text')).filter((each) => each.trim() !== '…' && each !== '')) {
    const found = printed.indexOf(line, at)
    expect({ line, found: found >= at }).toEqual({ line, found: true })
    at = found + 1
  }
})

test.each([
  ['create-clew', 'Usage: npm create clew'],
  ['clew', 'Usage: clew doctor'],
] as const)('the options of %s are those of its help', async (name, title) => {
  const args = name === 'clew' ? ['doctor', '--help'] : ['--help']
  const { stdout } = await run(name, folder, args)
  expect(stdout).toContain(title)
  const section =
    readme
      .split(/^## /m)
      .find((each) => each.startsWith(name === 'clew' ? '`clew doctor' : '`create-clew ')) ?? ''
  const inHelp = [...stdout.matchAll(/^ {2}(--[\w-]+)/gm)]
    .map(([, option]) => option)
    .filter((option) => option !== '--help')
  const inTable = [...section.matchAll(/^\| `(--[\w-]+)/gm)].map(([, option]) => option)
  expect(inTable.sort()).toEqual(inHelp.sort())
})
