import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../testing/dist/port.js'
import { root } from '../rules/packages.js'

/**
 * Starts a verdaccio in `folder`, on a port of its own. What this repository publishes it has only from here, the rest from
 * the registry that npm is configured with.
 */
export async function startRegistry(folder) {
  const config = join(folder, 'verdaccio.yaml')
  const npm = await configurationOfNpm()
  const ours = `    access: $all
    publish: $all
    unpublish: $all
`
  writeFileSync(
    config,
    `storage: ./storage
uplinks:
  npm:
    url: ${npm.registry}
    strict_ssl: ${npm['strict-ssl']}
    timeout: 60s
packages:
  '@clew/*':
${ours}  'create-clew':
${ours}  '**':
    access: $all
    proxy: npm
max_body_size: 100mb
log: { type: stdout, format: pretty, level: warn }
`,
  )
  const port = await freePort()
  const program = join(root, 'node_modules/verdaccio/bin/verdaccio')
  const args = [program, '--config', config, '--listen', `127.0.0.1:${port}`]
  // It does not read certificates of a file from its configuration.
  const env = npm.cafile ? { ...process.env, NODE_EXTRA_CA_CERTS: npm.cafile } : process.env
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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
    /** The same for all that npm installs. */
    npmrcOfAll: `registry=${url}\n`,
    async stop() {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

async function configurationOfNpm() {
  const { stdout } = await promisify(execFile)('npm', ['config', 'list', '--json'], { cwd: root })
  return JSON.parse(stdout)
}

const answers = (url) =>
  fetch(`${url}-/ping`).then(
    ({ ok }) => ok,
    () => false,
  )
