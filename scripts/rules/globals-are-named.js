import { spawnSync } from 'node:child_process'
import { packages } from './packages.js'

// Symbols that others have registered, and that we read.
const foreign = new Set([
  'nodejs.util.inspect.custom',
  'opentelemetry.js.api.1',
  'OpenTelemetry Baggage Key',
  'OpenTelemetry Context Key SPAN',
  'OpenTelemetry SDK Context Key SUPPRESS_TRACING',
  'io.opentelemetry.js.api.logs',
])

/** What the source registers, and what an import really leaves on globalThis. */
export function globalsAreNamed() {
  return packages.flatMap(({ name, folder, files }) => [
    ...files.flatMap(({ path, text }) =>
      [...text.matchAll(/Symbol\.for\(\s*(['`])(.*?)\1/g)]
        .map((match) => match[2])
        .filter((key) => !key.startsWith('@clew/') && !foreign.has(key))
        .map((key) => `${path} uses Symbol.for('${key}')`),
    ),
    ...files.flatMap(({ path, text }) =>
      [...text.matchAll(/\bglobalThis\.(\w+)\s*(?:\?\?)?=[^=]/g)].map(
        (match) => `${path} writes globalThis.${match[1]}`,
      ),
    ),
    ...leftBehind(name, folder),
  ])
}

function leftBehind(name, folder) {
  const program = `
    const before = new Set(Reflect.ownKeys(globalThis))
    await import('${name}')
    // One that holds undefined says nothing to anybody: log keeps such a place, where V8 finds it at once.
    const left = (key) => !before.has(key) && globalThis[key] !== undefined
    const added = Reflect.ownKeys(globalThis).filter(left).map(String)
    console.log(JSON.stringify(added))`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (run.status !== 0) return [`import of ${name} fails: ${run.stderr.trim().split('\n')[0]}`]
  return JSON.parse(run.stdout)
    .filter((key) => !key.startsWith('Symbol(@clew/'))
    .map((key) => `import of ${name} leaves ${key} on globalThis`)
}
