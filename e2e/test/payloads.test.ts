import type { IncomingMessage, ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import * as debug from '@clew/debug'
import * as log from '@clew/log'
import * as server from '@clew/server'
import { getRequestListener } from '@hono/node-server'
import { expect, test } from '@jest/globals'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'

type Listener = (req: IncomingMessage, res: ServerResponse) => void
const answer = (id: unknown) => ({ id, accessToken: 'canary' })
const zipped = gzipSync('canary')

/** Each answers a POST with JSON, and a GET with what is compressed. */
const applications: Record<string, () => Promise<Listener>> = {
  async 'node:http'() {
    return (req, res) => {
      if (req.method === 'GET') {
        res.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
        res.end(zipped)
        return
      }
      let text = ''
      req.on('data', (chunk) => {
        text += chunk
      })
      req.on('end', () => {
        res.setHeader('content-type', 'application/json')
        res.end(JSON.stringify(answer(JSON.parse(text).id)))
      })
    }
  },
  async express() {
    const app = express()
    app.use(express.json())
    app.get('/', (_req, res) => void res.set('content-encoding', 'gzip').type('text').send(zipped))
    app.post('/', (req, res) => void res.json(answer(req.body.id)))
    return app
  },
  async fastify() {
    const app = fastify()
    app.get('/', (_request, reply) =>
      reply.header('content-encoding', 'gzip').type('text/plain').send(zipped),
    )
    app.post('/', async (request) => answer((request.body as { id: number }).id))
    await app.ready()
    return app.routing
  },
  async koa() {
    const app = new Koa()
    app.use(async (ctx) => {
      if (ctx.method === 'GET') {
        ctx.set('content-encoding', 'gzip')
        ctx.type = 'text/plain'
        ctx.body = zipped
        return
      }
      const chunks: Buffer[] = []
      for await (const chunk of ctx.req) chunks.push(chunk)
      ctx.body = answer(JSON.parse(Buffer.concat(chunks).toString()).id)
    })
    return app.callback()
  },
  async hono() {
    const app = new Hono()
    app.get('/', (c) =>
      c.body(zipped, 200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }),
    )
    app.post('/', async (c) => c.json(answer((await c.req.json()).id)))
    return getRequestListener(app.fetch)
  },
}

test.each(Object.keys(applications))(
  'the bodies of requests of a session are written, and no others: %s',
  async (name) => {
    const lines: Record<string, any>[] = []
    const to = new Writable({
      write(chunk, _encoding, done) {
        for (const line of String(chunk).trim().split('\n')) lines.push(JSON.parse(line))
        done()
      },
    })
    const logger = log.create({ outputs: { to, format: 'json' }, hold: false })
    const console_ = debug.console({ logger, payloads: true, heapSampling: false, stalls: false })
    const listener = await applications[name]!()
    const running = server.create(listener, {
      logger,
      debug: console_,
      address: '127.0.0.1:0',
      admin: { address: '127.0.0.1:0' },
      shutdown: { lingerMs: 0 },
    })
    const { address } = await running.listen()
    const post = async (id: number) => {
      const body = JSON.stringify({ id, password: 'canary' })
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(address.url, { method: 'POST', headers, body })
      expect(await response.json()).toEqual(answer(id))
    }
    await post(1)
    const { id } = console_.sessions.open({ filter: { method: 'POST' } })
    await post(2)
    await (await fetch(address.url)).arrayBuffer()
    console_.sessions.close(id)
    console_.sessions.open({ filter: { method: 'GET' } })
    await (await fetch(address.url)).arrayBuffer()
    await running.shutdown()
    const written = lines.filter(({ msg }) => msg === 'payload' || msg === 'result')
    expect(
      written.map(({ msg, payload, result, status }) => [msg, payload ?? result, status]),
    ).toEqual([
      ['payload', { id: 2, password: '[redacted]' }, undefined],
      ['result', { id: 2, accessToken: '[redacted]' }, 200],
      ['result', `(text/plain gzip, ${zipped.length} bytes)`, 200],
    ])
    // They belong to their requests.
    for (const line of written) expect(line).toHaveProperty('request_id')
    expect(JSON.stringify(lines)).not.toContain('canary')
  },
)
