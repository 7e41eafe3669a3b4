// What importing one package adds to the start of a process: the best of several rounds, compared
// with an empty module.
import { spawnSync } from 'node:child_process'
import { budget } from './report/budgets.ts'

const rounds = 15
const budgetMs = 15
const packages = ['config', 'debug', 'health', 'log', 'metrics', 'security', 'server', 'trace']
const peers = ['zod', 'pino', 'winston', 'jose', '@opentelemetry/api']

/** The milliseconds that `import()` of a module takes in a new process, measured inside it. */
function importMs(specifier: string): number {
  const program = `const start = performance.now(); await import('${specifier}')
    process.stdout.write(String(performance.now() - start))`
  const cwd = new URL('..', import.meta.url)
  const times = Array.from({ length: rounds }, () =>
    Number(
      spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd,
        encoding: 'utf8',
      }).stdout,
    ),
  )
  return Math.min(...times)
}

export async function run(): Promise<void> {
  const empty = importMs('data:text/javascript,')
  console.log(`\nan empty module: ${empty.toFixed(1)} ms; in addition`)
  for (const name of [...packages.map((p) => `@clew/${p}`), ...peers]) {
    const added = importMs(name) - empty
    const measured = `${added.toFixed(1)} ms`
    if (name.startsWith('@clew/')) {
      budget(`importing ${name} adds under ${budgetMs} ms`, { holds: added < budgetMs, measured })
    } else console.log(`          ${name}: ${measured}`)
  }
}
