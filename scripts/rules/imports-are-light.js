import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packages } from './packages.js'

const heavy =
  /node_modules\/(@opentelemetry\/(?!api\/)[\w-]+|@grpc\/[\w-]+|jose|oauth4webapi|undici|pprof-format|protobufjs)\//

// V8 itself says which scripts it has compiled, ESM and CommonJS alike.
const listScripts = (load) => `
  const { Session } = await import('node:inspector')
  const session = new Session(); session.connect()
  const scripts = []
  session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params.url))
  session.post('Debugger.enable')
  ${load}
  console.log(JSON.stringify(scripts))
  process.exit(0)`

// From Node 22 on, each of its exports is read when a module imports one, and `WebSocket` brings undici.
const http = /^import (?!type )[^;]*? from ['"]node:http['"]/m

/** Both formats of every package, each imported alone in a process of its own. */
export function importsAreLight() {
  return [...heavyLoads(), ...importsOfHttp()]
}

function importsOfHttp() {
  return packages.flatMap(({ name, folder }) =>
    readdirSync(join(folder, 'dist/esm'), { recursive: true })
      .filter((file) => file.endsWith('.js'))
      .filter((file) => http.test(readFileSync(join(folder, 'dist/esm', file), 'utf8')))
      .map(
        (file) =>
          `dist/esm/${file} of ${name} imports node:http: process.getBuiltinModule is 20 times as fast`,
      ),
  )
}

function heavyLoads() {
  return packages.flatMap(({ name, folder, manifest }) => {
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
    return entries.flatMap((entry) => {
      const specifier = name + entry.slice(1)
      return ['import', 'require'].flatMap((how) => {
        const load =
          how === 'import'
            ? `await import('${specifier}')`
            : `const { createRequire } = await import('node:module'); createRequire(process.cwd() + '/x.js')('${specifier}')`
        const run = spawnSync(process.execPath, ['--input-type=module', '-e', listScripts(load)], {
          cwd: folder,
          encoding: 'utf8',
        })
        if (run.status !== 0)
          return [
            `${how} of ${specifier} fails: ${run.stderr.trim().split('\n').slice(0, 6).join(' ')}`,
          ]
        const loaded = new Set(
          JSON.parse(run.stdout)
            .map((url) => heavy.exec(url)?.[1])
            .filter(Boolean),
        )
        return [...loaded].map((dependency) => `${how} of ${specifier} loads ${dependency}`)
      })
    })
  })
}
