// `pnpm bench [name…]`: every claim about speed, beside its peer, in one run. Read the ratios: machines differ.
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'

const wanted = process.argv.slice(2)
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.js') && file !== 'main.js')
  .map((file) => file.slice(0, -3))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
if (names.length === 0) throw new Error(`no benchmark is called ${wanted.join(' or ')}`)

console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`)
for (const name of names) {
  console.log(`\n## ${name}`)
  const { run } = (await import(`./${name}.js`)) as { run(): Promise<void> }
  await run()
}
