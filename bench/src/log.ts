// The cost of a log line, compared with pino, winston, LogTape and console, all writing to the same
// place.
import { Console } from 'node:console'
import { createWriteStream } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import * as log from '@clew/log'
import * as logtape from '@logtape/logtape'
import { destination, pino } from 'pino'
import { pinoHttp } from 'pino-http'
import winston from 'winston'
import { budget } from './report/budgets.ts'

const bound = { svc: 'orders', version: '1.0.0', region: 'eu-west-1' }
const message = 'processing order'
const fieldsOf = (i: number) => ({
  order_id: 'o-1234567',
  amount: 12.5,
  items: i & 7,
  customer: 'c-99',
})

/** Fields of eight shapes, like those of a real application. */
const shapes: readonly ((i: number) => object)[] = [
  fieldsOf,
  (i) => ({ user: 'u-1', attempt: i & 7, host: 'db-1', cached: true }),
  (i) => ({ sku: 'a-17', stock: i & 7, warehouse: 'eu', price: 12.5 }),
  (i) => ({ step: 'charge', amount: 12.5, currency: 'EUR', card: i & 7 }),
  (i) => ({ queue: 'mail', size: i & 7, oldest: 12.5, topic: 'orders' }),
  (i) => ({ file: 'a.csv', row: i & 7, column: 'name', value: 'x' }),
  (i) => ({ url: '/prices', status: 200, retries: i & 7, ms: 12.5 }),
  (i) => ({ flag: 'new-flow', on: true, share: 12.5, bucket: i & 7 }),
]
const variedOf = (i: number) => shapes[i & 7]?.(i) as Record<string, unknown>
const nestedOf = (i: number) => ({
  order: { id: 'o-1234567', items: [{ sku: 'a', count: i & 7 }] },
})

const perTurn = 20
const turnsPerRound = 50
const rounds = 75
const turn = () => new Promise((resolve) => setImmediate(resolve))

interface Candidate {
  readonly name: string
  readonly batch: (count: number) => void
}

interface Row {
  readonly name: string
  readonly ns: number
}

/**
 * Nanoseconds per call, including the event loop turns in which loggers write, minus an empty loop.
 * The candidates alternate in short rounds, in both orders, and the best round of each counts. So a
 * busy machine affects all alike, and none always pays for the garbage of the one before.
 */
async function measure(candidates: readonly Candidate[], base = () => {}): Promise<Row[]> {
  const all = [{ name: 'nothing', batch: each(base) }, ...candidates]
  const reversed = all.toReversed()
  const best = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const { name, batch } of round % 2 === 0 ? all : reversed) {
      const start = process.hrtime.bigint()
      for (let i = 0; i < turnsPerRound; i++) {
        batch(perTurn)
        await turn()
      }
      const ns = Number(process.hrtime.bigint() - start) / (turnsPerRound * perTurn)
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, ns))
    }
  }
  const nothing = best.get('nothing') ?? 0
  return candidates.map(({ name }) => ({ name, ns: (best.get(name) ?? 0) - nothing }))
}

const each = (line: (i: number) => void) => (count: number) => {
  for (let i = 0; i < count; i++) line(i)
}

function table(title: string, rows: readonly Row[], base: string): void {
  const baseNs = rows.find((row) => row.name === base)?.ns ?? 1
  console.log(`\n${title}`)
  for (const { name, ns } of rows) {
    const time = ns >= 1000 ? `${(ns / 1000).toFixed(2)} µs` : `${ns.toFixed(0)} ns`
    console.log(
      `  ${name.padEnd(44)} ${time.padStart(10)} ${(ns / baseNs).toFixed(2).padStart(8)} ×`,
    )
  }
}

const nsOf = (rows: readonly Row[], name: string) =>
  rows.find((row) => row.name === name)?.ns ?? Number.NaN

/** One line of JSON with 4 fields, 3 bound fields and a message, to /dev/null. */
async function measureWritten(): Promise<Row[]> {
  const path = '/dev/null'
  const ours = log.create({ fields: bound, outputs: { to: path, format: 'json' } })
  const sync = pino({ base: bound }, destination({ dest: path, sync: true }))
  const async = pino({ base: bound }, destination({ dest: path, sync: false, minLength: 4096 }))
  const stream = winston.createLogger({
    defaultMeta: bound,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream: createWriteStream(path) })],
  })
  const sink = createWriteStream(path)
  const jsonLines = logtape.getJsonLinesFormatter()
  await logtape.configure({
    reset: true,
    sinks: { file: (record) => void sink.write(jsonLines(record)) },
    loggers: [
      { category: ['logtape', 'meta'], sinks: [] },
      { category: 'bench', sinks: ['file'] },
    ],
  })
  const tape = logtape.getLogger('bench').with(bound)
  const plain = new Console({ stdout: createWriteStream(path) })
  const print = (i: number) => {
    const time = new Date().toISOString()
    plain.log(JSON.stringify({ time, level: 'info', msg: message, ...bound, ...fieldsOf(i) }))
  }
  return measure([
    { name: '@clew/log', batch: each((i) => ours.info(message, fieldsOf(i))) },
    { name: 'pino, sync', batch: each((i) => sync.info(fieldsOf(i), message)) },
    {
      name: 'pino, sync: false, minLength: 4096',
      batch: each((i) => async.info(fieldsOf(i), message)),
    },
    { name: 'winston', batch: each((i) => void stream.info(message, fieldsOf(i))) },
    { name: 'LogTape', batch: each((i) => tape.info(message, fieldsOf(i))) },
    { name: 'console.log(JSON.stringify(…))', batch: each(print) },
  ])
}

/** A line that is held back and then discarded, compared with encoding one. */
async function measureHeld(): Promise<Row[]> {
  const ours = log.create({ fields: bound, outputs: { to: '/dev/null', format: 'json' } })
  const info = each((i) => ours.info(message, fieldsOf(i)))
  const ambient = each((i) => log.info(message, fieldsOf(i)))
  const varied = each((i) => ours.info(message, variedOf(i)))
  const nested = each((i) => ours.info(message, nestedOf(i)))
  const encoding = pino({ base: bound }, { write() {} })
  const muted = log.create({ level: 'warn', outputs: { to: '/dev/null', format: 'json' } })
  const silent = pino({ level: 'warn' }, { write() {} })
  await logtape.configure({
    reset: true,
    sinks: {
      held: logtape.fingersCrossed(() => {}, { triggerLevel: 'error', maxBufferSize: perTurn }),
    },
    loggers: [
      { category: ['logtape', 'meta'], sinks: [] },
      { category: 'bench', sinks: ['held'] },
    ],
  })
  const tape = logtape.getLogger('bench').with(bound)
  return measure([
    { name: '@clew/log, held and discarded', batch: (count) => ours.scope({}, () => info(count)) },
    {
      name: '@clew/log, the same, ambient',
      batch: (count) => ours.scope({}, () => ambient(count)),
    },
    {
      name: 'pino, encoded and thrown away',
      batch: each((i) => encoding.info(fieldsOf(i), message)),
    },
    {
      name: '@clew/log, fields of 8 shapes',
      batch: (count) => ours.scope({}, () => varied(count)),
    },
    {
      name: 'pino, fields of 8 shapes',
      batch: each((i) => encoding.info(variedOf(i), message)),
    },
    {
      name: '@clew/log, a nested object, kept as it was',
      batch: (count) => ours.scope({}, () => nested(count)),
    },
    { name: 'pino, a nested object', batch: each((i) => encoding.info(nestedOf(i), message)) },
    { name: 'reading the clock, as every line must', batch: each(() => void Date.now()) },
    {
      name: 'LogTape fingersCrossed, buffered',
      batch: each((i) => tape.info(message, fieldsOf(i))),
    },
    { name: '@clew/log, below the level', batch: each((i) => muted.info(message, fieldsOf(i))) },
    { name: 'pino, below the level', batch: each((i) => silent.info(fieldsOf(i), message)) },
  ])
}

async function measureChildren(): Promise<Row[]> {
  const ours = log.create({ fields: bound, outputs: { to: '/dev/null', format: 'json' } })
  const theirs = pino({ base: bound }, destination({ dest: '/dev/null', sync: true }))
  const stream = winston.createLogger({ transports: [], silent: true })
  return measure([
    // Our child fields are encoded only when the first line is written.
    {
      name: '@clew/log, and one line',
      batch: each((i) => ours.child({ request: i, part: 'db' }).info(message)),
    },
    {
      name: 'pino, and one line',
      batch: each((i) => theirs.child({ request: i, part: 'db' }).info(message)),
    },
    { name: '@clew/log', batch: each((i) => void ours.child({ request: i, part: 'db' })) },
    { name: 'pino', batch: each((i) => void theirs.child({ request: i, part: 'db' })) },
    { name: 'winston', batch: each((i) => void stream.child({ request: i, part: 'db' })) },
  ])
}

/** A request in memory with one line: no network, so that only the middleware is measured. */
async function measureRequests(): Promise<Row[]> {
  type Watch = (req: IncomingMessage, res: ServerResponse, next: () => void) => void
  const socket = new Socket()
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as Socket
  const createRequest = (watch: Watch, line: (req: IncomingMessage) => void) => () => {
    const req = new IncomingMessage(socket)
    req.method = 'GET'
    req.url = '/orders/1'
    const res = new ServerResponse(req)
    res.assignSocket(sink)
    watch(req, res, () => {
      line(req)
      res.end('ok')
    })
    res.detachSocket(sink)
  }
  const ours = log.create({ fields: bound, outputs: { to: '/dev/null', format: 'json' } })
  const theirs = pinoHttp({
    logger: pino({ base: bound }, destination({ dest: '/dev/null', sync: true })),
  })
  const ourLine = () => log.info(message, fieldsOf(1))
  const theirLine = (req: IncomingMessage) => {
    const { log: child } = req as { log?: { info(fields: object, msg: string): void } }
    child?.info(fieldsOf(1), message)
  }
  const bare = createRequest(
    (_req, _res, next) => next(),
    () => {},
  )
  return measure(
    [
      { name: '@clew/log, held back', batch: each(createRequest(ours.http(), ourLine)) },
      {
        name: '@clew/log, always: true',
        batch: each(createRequest(ours.http({ always: true }), ourLine)),
      },
      { name: 'pino-http', batch: each(createRequest(theirs, theirLine)) },
    ],
    bare,
  )
}

export async function run(): Promise<void> {
  const lines = await measureWritten()
  table('One line of JSON to /dev/null (4 fields, 3 bound, message)', lines, 'pino, sync')
  const third = nsOf(lines, '@clew/log') / nsOf(lines, 'pino, sync')
  budget('at most 1/3 of pino', { holds: third <= 1 / 3, measured: `${third.toFixed(2)} ×` })

  const held = await measureHeld()
  table('A line that is not needed', held, 'pino, encoded and thrown away')
  const discarded = nsOf(held, '@clew/log, held and discarded')
  const fifth = discarded / nsOf(held, 'pino, encoded and thrown away')
  budget('at most 1/5 of pino encoding it', {
    holds: fifth <= 1 / 5,
    measured: `${fifth.toFixed(2)} ×`,
  })
  budget('under 150 ns', { holds: discarded < 150, measured: `${discarded.toFixed(0)} ns` })

  const children = await measureChildren()
  table('A child logger with two fields', children, 'pino')
  const child = nsOf(children, '@clew/log') / nsOf(children, 'pino')
  budget('no more than pino', { holds: child <= 1, measured: `${child.toFixed(2)} ×` })

  const requests = await measureRequests()
  table('The middleware and one line, per request', requests, 'pino-http')
  const request = nsOf(requests, '@clew/log, always: true') / nsOf(requests, 'pino-http')
  budget('no more than pino-http', { holds: request <= 1, measured: `${request.toFixed(2)} ×` })
}
