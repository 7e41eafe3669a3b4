import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProgram } from '@clew/testing'
import type { Front } from './balancer.ts'

const deploy = fileURLToPath(new URL('../../../examples/deploy/', import.meta.url))

/** What of a recipe is another one here. */
export interface Place {
  readonly front: number
  readonly instances: readonly [number, number]
  /** How often HAProxy asks for readiness. */
  readonly checkMs: number
}

export type ProxyName = 'nginx' | 'haproxy'

const recipeAt = (recipe: string, { front, instances, checkMs }: Place) =>
  readFileSync(deploy + recipe, 'utf8')
    .replace('listen 80;', `listen 127.0.0.1:${front};`)
    .replace('bind :80', `bind 127.0.0.1:${front}`)
    .replace('inter 1s', `inter ${checkMs}ms`)
    .replace('127.0.0.1:8080', `127.0.0.1:${instances[0]}`)
    .replace('127.0.0.1:8090', `127.0.0.1:${instances[1]}`)

/** Writes what the program needs. Returns its arguments, and those that only check. */
export function configure(name: ProxyName, folder: string, place: Place) {
  const file = join(folder, `${name}.conf`)
  if (name === 'haproxy') {
    writeFileSync(file, recipeAt('haproxy/haproxy.cfg', place))
    return { run: ['-db', '-f', file], check: ['-c', '-f', file] }
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  mkdirSync(join(folder, 'tmp'))
  writeFileSync(
    file,
    `daemon off; pid ${folder}/pid; error_log stderr;
     events { worker_connections 4096; }
     http { access_log off; ${temporary.map((each) => `${each}_temp_path ${folder}/tmp/${each};`).join(' ')}
     ${recipeAt('nginx/clew.conf', place)} }`,
  )
  const args = ['-p', folder, '-e', 'stderr', '-c', file]
  return { run: args, check: ['-t', ...args] }
}

export async function startProxy(name: ProxyName, place: Omit<Place, 'front'>): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), `clew-${name}-`))
  const front = await freePort()
  const child = startProgram(name, configure(name, folder, { ...place, front }).run)
  await listening(front)
  return {
    connect: () => connect(front, '127.0.0.1'),
    // It finds out by itself.
    leave() {},
    enter() {},
    async stop() {
      child.kill('SIGTERM')
      await child.exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      }).on('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nothing listens at ${port}`)
}
