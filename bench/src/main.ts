// `pnpm bench [name…]`: measures every claim about speed, compared with a peer. Look at the ratios,
// not the absolute times, since machines differ. With `--report` the budgets are kept in
// bench/reports/budgets.
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { type Budget, takeBudgets, writeBudgets } from './report/budgets.ts'

// On a terminal, too: otherwise logs and traces are measured as a developer has them.
process.env['NODE_ENV'] ??= 'production'

const requested = process.argv.slice(2).filter((name) => !name.startsWith('--'))
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.js') && file !== 'main.js')
  .map((file) => file.slice(0, -3))
  .filter((name) => requested.length === 0 || requested.includes(name))
if (names.length === 0) throw new Error(`there is no benchmark called ${requested.join(' or ')}`)

console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`)
const budgets: Record<string, readonly Budget[]> = {}
for (const name of names) {
  console.log(`\n## ${name}`)
  const { run } = (await import(`./${name}.js`)) as { run(): Promise<void> }
  await run()
  const taken = takeBudgets()
  if (taken.length > 0) budgets[name] = taken
}
if (process.argv.includes('--report')) writeBudgets(budgets)
