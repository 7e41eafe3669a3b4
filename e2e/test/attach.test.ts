// Applications that listen themselves, with WebSockets of the libraries that people use: a client is
// asked to leave with 1001, connects again elsewhere, and nothing is cut.
import 'reflect-metadata'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as server from '@clew/server'
import { afterEach, expect, test } from '@jest/globals'
import { Controller, Get, type INestApplication, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { WsAdapter } from '@nestjs/platform-ws'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { Server as SocketIo } from 'socket.io'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'

const options = {
  logger: { log() {} },
  signals: false,
  shutdown: { drainDelayMs: 0, lingerMs: 50, timeoutMs: 10_000 },
}
const sockets = new Set<WebSocket>()
afterEach(() => {
  for (const socket of sockets) socket.terminate()
  sockets.clear()
})

function connect(url: string): WebSocket {
  const socket = new WebSocket(url)
  sockets.add(socket)
  return socket
}

const urlOf = (http: server.Server['http']) => {
  const { port } = http.address() as AddressInfo
  return `127.0.0.1:${port}`
}

/** Resolves with the status of the end that the server has asked for. */
const closing = async (socket: WebSocket) => (await once(socket, 'close'))[0] as number

// Decorators by hand: this file needs no compiler that knows them.
class Gateway {
  echo(_client: unknown, data: unknown) {
    return { event: 'echo', data }
  }
}
SubscribeMessage('echo')(
  Gateway.prototype,
  'echo',
  Object.getOwnPropertyDescriptor(Gateway.prototype, 'echo') as PropertyDescriptor,
)
WebSocketGateway({ path: '/live' })(Gateway)
class Orders {
  list() {
    return 'orders'
  }
}
Get('orders')(
  Orders.prototype,
  'list',
  Object.getOwnPropertyDescriptor(Orders.prototype, 'list') as PropertyDescriptor,
)
Controller()(Orders)
class App {}
Module({ providers: [Gateway], controllers: [Orders] })(App)

const platforms: readonly [string, () => Promise<INestApplication>][] = [
  ['Express', () => NestFactory.create(App, new ExpressAdapter(), { logger: false })],
  ['Fastify', () => NestFactory.create(App, new FastifyAdapter(), { logger: false })],
]

test.each(platforms)('Nest on %s, with a gateway', async (_name, create) => {
  const nest = await create()
  nest.useWebSocketAdapter(new WsAdapter(nest))
  const closed: string[] = []
  const attached = server.attach(nest.getHttpServer(), {
    ...options,
    onShutdown: [() => nest.close().then(() => closed.push('nest'))],
  })
  await nest.listen(0, '127.0.0.1')
  const url = urlOf(attached.http)
  expect(await (await fetch(`http://${url}/orders`)).text()).toBe('orders')
  const socket = connect(`ws://${url}/live`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ event: 'echo', data: 'hello' }))
  const [message] = await once(socket, 'message')
  expect(JSON.parse(String(message))).toEqual({ event: 'echo', data: 'hello' })
  const status = closing(socket)
  const report = await attached.shutdown()
  expect(await status).toBe(1001)
  expect(report).toMatchObject({ clean: true, cut: 0, connections: { upgraded: 1, cut: 0 } })
  expect(closed).toEqual(['nest'])
})

test('socket.io, over WebSockets and by polling', async () => {
  const http = createServer((_req, res) => res.end('orders'))
  const live = new SocketIo(http)
  live.on('connection', (client) => client.on('echo', (data, answer) => answer(data)))
  const attached = server.attach(http, {
    ...options,
    // Polls wait for up to 25 s; they are requests like any other.
    onDrain: () => live.engine.close(),
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const url = urlOf(http)
  expect(await (await fetch(`http://${url}/orders`)).text()).toBe('orders')
  const clients = ['websocket', 'polling'].map((transport) =>
    io(`http://${url}`, { transports: [transport], reconnection: false }),
  )
  for (const client of clients) expect(await client.emitWithAck('echo', 'hello')).toBe('hello')
  const gone = clients.map((client) => new Promise((resolve) => client.once('disconnect', resolve)))
  const report = await attached.shutdown()
  await Promise.all(gone)
  expect(report).toMatchObject({ clean: true, cut: 0, connections: { cut: 0 } })
})

test('socket.io that nobody closes: its WebSockets are told 1001', async () => {
  const http = createServer((_req, res) => res.end('orders'))
  const live = new SocketIo(http)
  const attached = server.attach(http, options)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const socket = connect(`ws://${urlOf(http)}/socket.io/?EIO=4&transport=websocket`)
  await once(socket, 'message')
  const status = closing(socket)
  expect(await attached.shutdown()).toMatchObject({
    clean: true,
    connections: { upgraded: 1, cut: 0 },
  })
  expect(await status).toBe(1001)
  await live.close()
})
