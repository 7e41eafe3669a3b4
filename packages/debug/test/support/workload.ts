import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'

export const packageFolder: string = fileURLToPath(new URL('../..', import.meta.url))

/** A service that computes and allocates, with a console, in its own process on the built package. */
export async function startWorkload(options = '', node?: string) {
  const child = nodeEval(
    `import { createServer } from 'node:http'
import * as debug from '@clew/debug'

const kept = []
function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2)
}
function hoard() {
  for (let i = 0; i < 20_000; i++) kept.push({ i, text: 'x' + i })
  // Never all of them: a profile of that moment would be empty.
  if (kept.length > 1e6) kept.splice(0, 5e5)
}
function waste() {
  let last
  for (let i = 0; i < 50_000; i++) last = [i, last?.[0]]
}
const logger = { override: () => () => {} }
const console_ = debug.console({ logger, ${options} })
console_.subscribe((report) => console.log(JSON.stringify(report)))
setInterval(() => fibonacci(26), 5)
setInterval(hoard, 20)
setInterval(waste, 20)
process.on('SIGTERM', async () => { await console_.shutdown(); console.log('closed') })
const server = createServer(console_.handler).listen(0, '127.0.0.1', () =>
  console.log('listening on ' + server.address().port))
`,
    { cwd: packageFolder, ...(node && { node }) },
  )
  const [, port] = await child.until(/listening on (\d+)/)
  return { child, url: `http://127.0.0.1:${port}` }
}
