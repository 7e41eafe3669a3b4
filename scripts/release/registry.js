import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../testing/dist/port.js'
import { root } from '../rules/packages.js'

/** Starts a verdaccio that has only what is published to it, in `folder`, on a port of its own. */
export async function startRegistry(folder) {
  const config = join(folder, 'verdaccio.yaml')
  writeFileSync(
    config,
    `storage: ./storage
uplinks: {}
packages:
  '**':
    access: $all
    publish: $all
    unpublish: $all
max_body_size: 100mb
log: { type: stdout, format: pretty, level: warn }
`,
  )
  const port = await freePort()
  const program = join(root, 'node_modules/verdaccio/bin/verdaccio')
  const args = [program, '--config', config, '--listen', `127.0.0.1:${port}`]
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const url = `http://127.0.0.1:${port}/`
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`verdaccio has ended:\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    /** What npm and pnpm read to find the packages of this scope here, and may publish. */
    npmrc: `@clew:registry=${url}\n//127.0.0.1:${port}/:_authToken=anybody\n`,
    async stop() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

const answers = (url) =>
  fetch(`${url}-/ping`).then(
    ({ ok }) => ok,
    () => false,
  )
