// `pnpm bench [name…]`: measures every claim about speed, compared with a peer. Look at the ratios,
// not the absolute times, since machines differ.
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'

// On a terminal, too: otherwise logs and traces are measured as a developer has them.
process.env['NODE_ENV'] ??= 'production'

const requested = process.argv.slice(2).filter((name) => !name.startsWith('--'))
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.js') && file !== 'main.js')
  .map((file) => file.slice(0, -3))
  .filter((name) => requested.length === 0 || requested.includes(name))
if (names.length === 0) throw new Error(`there is no benchmark called ${requested.join(' or ')}`)

console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`)
for (const name of names) {
  console.log(`\n## ${name}`)
  const { run } = (await import(`./${name}.js`)) as { run(): Promise<void> }
  await run()
}
