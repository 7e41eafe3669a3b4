import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWith } from '@clew/testing/programs'
import * as trace from '@clew/trace'
import { pg as tracedPg, redis as tracedRedis } from '@clew/trace/clients'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import pg from 'pg'
import { createClient } from 'redis'
import { memory } from '../memory.ts'

// The wrappers around real clients, with real servers.

const spans = memory()
let tracing: trace.Tracing
beforeAll(async () => {
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
})
afterAll(() => tracing.shutdown())
beforeEach(async () => {
  await tracing.flush()
  spans.spans.length = 0
})

async function seen() {
  await tracing.flush()
  return spans.spans.map(({ name, kind, attributes, status, parentSpanContext }) => ({
    name,
    kind,
    attributes,
    isError: status.code === 2,
    parent: parentSpanContext?.spanId,
  }))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

describeWith('postgres', 'pg', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clew-pg-'))
  const isRoot = process.getuid?.() === 0
  let port: number
  let pool: pg.Pool
  let stop: () => Promise<void>

  beforeAll(async () => {
    port = await freePort()
    if (isRoot) await once(spawn('chown', ['postgres', folder]), 'close')
    // PostgreSQL refuses to run as root.
    const shell = (script: string): ChildProcess => {
      const args = ['-c', `PATH=$1 && cd "$2" && ${script}`]
      const values = [process.env['PATH'] ?? '', folder, String(port)]
      const stdio = ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe']
      return isRoot
        ? spawn('su', ['postgres', '-s', '/bin/sh', ...args, 'sh', ...values], { stdio })
        : spawn('sh', [...args, 'sh', ...values], { stdio })
    }
    const server = shell(
      `initdb -ND data -U ada -A trust >/dev/null && exec postgres -FD data -p "$3" -k ''`,
    )
    let output = ''
    for await (const chunk of server.stderr ?? []) {
      output += String(chunk)
      if (/ready to accept connections/.test(output)) break
    }
    pool = new pg.Pool({ host: '127.0.0.1', port, user: 'ada', database: 'postgres', max: 2 })
    stop = async () => {
      await pool.end()
      shell('pg_ctl stop -D data -m fast')
      await once(server, 'close')
      rmSync(folder, { recursive: true, force: true })
    }
  })
  afterAll(() => stop())

  test('a query of a pool: by promise, by callback, as an object; and one that fails', async () => {
    const db = tracedPg(pool)
    const server = {
      'db.system.name': 'postgresql',
      'db.namespace': 'postgres',
      'server.address': '127.0.0.1',
      'server.port': port,
    }
    await db.query('CREATE TABLE orders (id int, name text)')
    await db.query("INSERT INTO orders VALUES ($1, 'secret'), (42, $2)", [7, 'hidden'])
    const { rows } = await trace.span('parent', () =>
      db.query({ text: "SELECT id FROM orders WHERE name = 'secret' AND id < 1000", values: [] }),
    )
    expect(rows).toEqual([{ id: 7 }])
    const count = await new Promise((resolve, reject) => {
      db.query('DELETE FROM orders', (error, result) => {
        if (error) reject(error)
        else resolve(trace.span('in callback', () => result.rowCount))
      })
    })
    expect(count).toBe(2)
    await expect(db.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '42P01' })
    await expect(
      new Promise((resolve, reject) => {
        db.query('SELECT * FROM nowhere', (error) => (error ? reject(error) : resolve(0)))
      }),
    ).rejects.toMatchObject({ code: '42P01' })
    const found = await seen()
    const queries = found.filter(({ kind }) => kind === 2)
    expect(queries.map(({ name, isError }) => [name, isError])).toEqual([
      ['CREATE orders', false],
      ['INSERT orders', false],
      ['SELECT orders', false],
      ['DELETE orders', false],
      ['SELECT nowhere', true],
      ['SELECT nowhere', true],
    ])
    expect(queries[1]?.attributes).toEqual({
      ...server,
      'db.query.summary': 'INSERT orders',
      'db.query.text': 'INSERT INTO orders VALUES ($1, ?), (?, $2)',
    })
    expect(queries[2]?.attributes['db.query.text']).toBe(
      'SELECT id FROM orders WHERE name = ? AND id < ?',
    )
    expect(queries[4]?.attributes['db.response.status_code']).toBe('42P01')
    expect(queries[2]?.parent).toBe(spans.named('parent').spanContext().spanId)
    expect(JSON.stringify(found)).not.toMatch(/secret|hidden/)
  })

  test('a client that a pool gives out, by promise and by callback, and a transaction', async () => {
    const db = tracedPg(pool)
    const client = await db.connect()
    await client.query('BEGIN')
    await client.query('SELECT 1')
    await client.query('ROLLBACK')
    client.release()
    await new Promise<void>((resolve, reject) => {
      db.connect((error, other, release) => {
        if (error || other === undefined) return reject(error)
        other.query('SELECT 2', () => {
          release()
          resolve()
        })
      })
    })
    expect((await seen()).map(({ name }) => name)).toEqual([
      'BEGIN',
      'SELECT',
      'ROLLBACK',
      'SELECT',
    ])
    expect(pool.query).toBe(pg.Pool.prototype.query)
  })

  test('what is no client is refused', () => {
    expect(() => tracedPg({} as never)).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_OPTION' }),
    )
  })
})

describeWith('redis-server', 'redis', () => {
  let server: ChildProcess
  let port: number

  beforeAll(async () => {
    port = await freePort()
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()]
    server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    for await (const text of server.stdout ?? []) if (/Ready to accept/.test(String(text))) break
  })
  afterAll(async () => {
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  })

  test('redis: commands, a transaction, a command by hand, one that fails', async () => {
    const client = createClient({ socket: { host: '127.0.0.1', port } })
    const db = tracedRedis(client)
    await db.connect()
    await db.set('key-secret', 'value-secret')
    expect(await db.get('key-secret')).toBe('value-secret')
    await db.hSet('hash', { field: 'x' })
    expect(await db.multi().get('key-secret').incr('n').exec()).toEqual(['value-secret', 1])
    expect(await db.sendCommand(['PING'])).toBe('PONG')
    await expect(db.incr('key-secret')).rejects.toThrow(/not an integer/)
    await db.quit()
    const found = await seen()
    expect(
      found.filter(({ name }) => name !== 'QUIT').map(({ name, isError }) => [name, isError]),
    ).toEqual([
      ['SET', false],
      ['GET', false],
      ['HSET', false],
      ['MULTI', false],
      ['PING', false],
      ['INCR', true],
    ])
    expect(found[0]).toMatchObject({
      kind: 2,
      attributes: {
        'db.system.name': 'redis',
        'db.operation.name': 'SET',
        'server.address': '127.0.0.1',
        'server.port': port,
      },
    })
    expect(JSON.stringify(found)).not.toContain('secret')
  })

  test('ioredis: commands, a pipeline, one that fails', async () => {
    const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true })
    const db = tracedRedis(client)
    await db.connect()
    await db.set('io-secret', 'value-secret')
    expect(await db.get('io-secret')).toBe('value-secret')
    expect(await db.pipeline().get('io-secret').incr('io-n').exec()).toEqual([
      [null, 'value-secret'],
      [null, 1],
    ])
    await expect(db.incr('io-secret')).rejects.toThrow(/not an integer/)
    client.disconnect()
    const found = await seen()
    expect(found.map(({ name, isError }) => [name, isError])).toEqual([
      ['SET', false],
      ['GET', false],
      ['PIPELINE', false],
      ['INCR', true],
    ])
    expect(JSON.stringify(found)).not.toContain('secret')
  })
})
