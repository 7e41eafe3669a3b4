// A service under a real daemon of pm2, alone and as a cluster: what is in flight is answered at each
// stop and reload, and the hooks run in order.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '@clew/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const run = promisify(execFile)
const pm2 = fileURLToPath(new URL('../node_modules/pm2/bin/pm2', import.meta.url))
// The package itself, as its users see it.
const built = new URL('../node_modules/@clew/server/dist/esm/index.js', import.meta.url)
let folder = ''

const program = (port: number) => `
import { appendFileSync } from 'node:fs'
import * as server from ${JSON.stringify(built)}
const note = (text) => appendFileSync(new URL('notes', import.meta.url), text + '\\n')
await server.serve(
  (req, res) => {
    if (req.url === '/slow') note('request')
    setTimeout(() => res.end(String(process.pid)), req.url === '/slow' ? 400 : 5)
  },
  {
    address: '127.0.0.1:${port}',
    logger: { log() {} },
    shutdown: { drainDelayMs: 0, lingerMs: 100 },
    onListening: () => process.send?.('ready'),
    onDrain: () => note('drain'),
    onShutdown: [() => note('database'), () => note('queue')],
    onStopped: () => note('stopped'),
  },
)`

const notes = () => {
  const file = join(folder, 'notes')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

async function control(...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { stdout } = await run(process.execPath, [pm2, ...args], {
    cwd: folder,
    env: { ...env, PM2_HOME: folder, KUBERNETES_SERVICE_HOST: '', CI: '1' },
  })
  return stdout
}

function ask(port: number, path = '/', agent: Agent | false = false): Promise<string> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, agent }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('error', (error) => resolve(String(error)))
      res.on('data', (text: string) => {
        body += text
      })
      res.on('end', () => resolve(body))
    }).on('error', (error) => resolve(String(error)))
  })
}

async function start(name: string, ...args: string[]): Promise<number> {
  const port = await freePort()
  writeFileSync(join(folder, `${name}.mjs`), program(port))
  const limits = ['--wait-ready', '--listen-timeout', '30000', '--kill-timeout', '10000']
  await control('start', `${name}.mjs`, '--name', name, ...limits, ...args)
  return port
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-pm2-'))
})
afterAll(async () => {
  await control('kill')
  rmSync(folder, { recursive: true, force: true })
})

test('pm2 stop: what is in flight is answered, hooks run in order, 0', async () => {
  const port = await start('alone')
  const answer = ask(port, '/slow')
  while (!notes().includes('request')) await new Promise((resolve) => setTimeout(resolve, 10))
  await control('stop', 'alone')
  expect(await answer).toMatch(/^\d+$/)
  expect(notes()).toBe('request\ndrain\nqueue\ndatabase\nstopped\n')
  const [{ pm2_env: end }] = JSON.parse(await control('jlist'))
  expect(end).toMatchObject({ status: 'stopped', exit_code: 0 })
  await control('delete', 'alone')
})

test('pm2 reload of a cluster loses no request', async () => {
  const port = await start('many', '-i', '2')
  const answers = new Set<string>()
  let isOver = false
  const load = Array.from({ length: 6 }, async (_, index) => {
    const agent = index % 2 === 0 ? new Agent({ keepAlive: true, maxSockets: 1 }) : false
    while (!isOver) answers.add(await ask(port, '/', agent))
    if (agent) agent.destroy()
  })
  while (answers.size < 2) await new Promise((resolve) => setTimeout(resolve, 10))
  const before = [...answers]
  await control('reload', 'many')
  const isNew = (answer: string) => !before.includes(answer)
  while (![...answers].some(isNew)) await new Promise((resolve) => setTimeout(resolve, 10))
  isOver = true
  await Promise.all(load)
  for (const answer of answers) expect(answer).toMatch(/^\d+$/)
})
