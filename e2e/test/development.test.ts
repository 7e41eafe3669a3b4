// What a developer sees of the first requests, on a real terminal, and what production does instead.
import { fileURLToPath } from 'node:url'
import { type Child, nodeEval, startProgram } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const requests = 20

const program = (logOptions = '', traceOptions = '') => `
import { once } from 'node:events'
import { createServer } from 'node:http'
import * as log from '@clew/log'
import * as trace from '@clew/trace'

let spans = 0
const exporter = {
  export(batch, done) { spans += batch.length; done({ code: 0 }) },
  shutdown: async () => {},
}
const service = { name: 'orders' }
const tracing = await trace.configure({ service, clients: false, exporter, ${traceOptions} })
tracing.subscribe(({ message }) => console.error(message))
const watch = log.configure({ outputs: { format: 'logfmt' }, ${logOptions} }).http()
const server = createServer((req, res) =>
  trace.http()(req, res, () => watch(req, res, () => {
    log.info('looked up')
    res.end()
  })),
).listen(0, '127.0.0.1')
await once(server, 'listening')
for (let i = 0; i < ${requests}; i++) {
  await (await fetch('http://127.0.0.1:' + server.address().port)).text()
}
await tracing.shutdown()
server.close()
console.error('spans: ' + spans)
`

interface Seen {
  /** Lines of the handler, and closing lines. */
  readonly lines: number
  readonly all: boolean
  /** What is said of the mode: in stdout of log, in stderr of trace. */
  readonly said: readonly string[]
}

async function outcomeOf(child: Child): Promise<Seen> {
  const { code } = await child.exit
  const output = child.stdout + child.stderr
  if (code !== 0) throw new Error(output)
  const spans = Number(/spans: (\d+)/.exec(output)?.[1])
  return {
    lines: output.match(/msg=("looked up"|end) /g)?.length ?? 0,
    all: spans === requests,
    said: output.match(/every .*?(?=["\r\n])/g) ?? [],
  }
}

const env = (NODE_ENV: string | undefined, more: Record<string, string> = {}) => ({
  ...more,
  NODE_ENV,
})
const piped = (source: string, variables: Record<string, string | undefined>) =>
  outcomeOf(nodeEval(source, { cwd, env: variables }))

/** On a pseudo-terminal, which `script` of util-linux makes. */
const onTerminal = (source: string, variables: Record<string, string | undefined>) =>
  outcomeOf(
    startProgram('script', ['-qec', '"$NODE" --input-type=module -e "$PROGRAM"', '/dev/null'], {
      cwd,
      env: { ...variables, NODE: process.execPath, PROGRAM: source },
    }),
  )

const quiet = { lines: 0, all: false, said: [] }
const said = (reason: string) => [
  `every trace is sampled, since ${reason}; with NODE_ENV=production, at most 2 a second`,
  `every line is written, since ${reason}; with NODE_ENV=production, only what failed or was slow`,
]
const loud = (reason: string) => ({
  lines: 2 * requests,
  all: true,
  said: expect.arrayContaining(said(reason)),
})

test('nothing changes where nobody watches: a pipe, CI, tests and production', async () => {
  const modes = [undefined, 'production', 'test']
  const all = await Promise.all(modes.map((mode) => piped(program(), env(mode))))
  expect(all).toEqual([quiet, quiet, quiet])
})

test('NODE_ENV=development: every request is written, every trace sampled, and it is said once', async () => {
  const seen = await piped(program(), env('development'))
  expect(seen).toEqual(loud('NODE_ENV is development'))
  expect(seen.said).toHaveLength(2)
})

test('an option or a variable of its own wins', async () => {
  const given = program('hold: true', "sampler: 'never'")
  expect(await piped(given, env('development'))).toEqual(quiet)
  const sampler = env('development', { OTEL_TRACES_SAMPLER: 'always_off' })
  const seen = await piped(program('hold: false'), sampler)
  expect(seen).toEqual({ lines: 2 * requests, all: false, said: [] })
})

describeWith('script', 'on a terminal', () => {
  test('it is development, unless NODE_ENV says otherwise', async () => {
    const seen = await onTerminal(program(), env(undefined))
    expect(seen).toEqual(loud('stdout is a terminal'))
    expect(seen.said).toHaveLength(2)
    expect(await onTerminal(program(), env('production'))).toEqual(quiet)
  })
})
