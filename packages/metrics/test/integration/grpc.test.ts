import { clientInterceptor, serverInterceptor } from '@clew/metrics/grpc'
import {
  Client,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Running, running } from '../capture.ts'

const method = (
  name: string,
  requestStream = false,
  responseStream = requestStream,
): MethodDefinition<Buffer, Buffer> => ({
  path: `/shop.Orders/${name}`,
  requestStream,
  responseStream,
  requestSerialize: (bytes) => bytes,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (bytes) => bytes,
  responseDeserialize: (bytes) => bytes,
})

let run: Running
let server: Server
let client: Client
let hanging = Promise.resolve()

beforeEach(async () => {
  run = await running()
  server = new Server({ interceptors: [serverInterceptor({ ignore: ['shop.Orders/Ping'] })] })
  let begun = () => {}
  hanging = new Promise((resolve) => {
    begun = resolve
  })
  server.addService(
    {
      Create: method('Create'),
      Fail: method('Fail'),
      Missing: method('Missing'),
      Hang: method('Hang'),
      Ping: method('Ping'),
      Echo: method('Echo', true),
      Upload: method('Upload', true, false),
      List: method('List', false, true),
    },
    {
      Create: (call: any, reply: any) => reply(null, call.request),
      Ping: (call: any, reply: any) => reply(null, call.request),
      Fail: (_call: any, reply: any) => reply({ code: status.INTERNAL, details: 'broken' }),
      Missing: (_call: any, reply: any) => reply({ code: status.NOT_FOUND, details: 'none' }),
      Hang: () => begun(),
      Echo(call: any) {
        call.on('data', (message: Buffer) => call.write(message))
        call.on('end', () => call.end())
      },
      Upload(call: any, reply: any) {
        let count = 0
        call.on('data', () => count++)
        call.on('end', () => reply(null, Buffer.from(String(count))))
      },
      List(call: any) {
        for (const word of ['a', 'b']) call.write(Buffer.from(word))
        call.emit('error', { code: status.DATA_LOSS, details: 'the rest is lost' })
      },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    interceptors: [clientInterceptor()],
  })
})

afterEach(async () => {
  client.close()
  server.forceShutdown()
  await run.meters.shutdown()
})

function call(name: string): Promise<number> {
  const { path, requestSerialize, responseDeserialize } = method(name)
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      Buffer.from('x'),
      (error) => resolve(error?.code ?? 0),
    )
  })
}

async function measured(side: 'server' | 'client') {
  await run.meters.flush()
  const found = run.to.last(`rpc.${side}.call.duration`) as [
    Record<string, string>,
    { count: number },
  ][]
  return found.map(([labels, { count }]) => [
    labels['rpc.method'],
    labels['rpc.status_code'],
    labels['error.type'],
    count,
  ])
}

test('unary calls on both sides, by method and status; what is a server’s error and what a client’s', async () => {
  expect(await call('Create')).toBe(status.OK)
  expect(await call('Create')).toBe(status.OK)
  expect(await call('Fail')).toBe(status.INTERNAL)
  expect(await call('Missing')).toBe(status.NOT_FOUND)
  expect(await call('Ping')).toBe(status.OK)
  expect(await call('Nowhere')).toBe(status.UNIMPLEMENTED)
  expect(await measured('server')).toEqual([
    ['shop.Orders/Create', 'OK', undefined, 2],
    ['shop.Orders/Fail', 'INTERNAL', 'INTERNAL', 1],
    ['shop.Orders/Missing', 'NOT_FOUND', undefined, 1],
  ])
  expect(await measured('client')).toEqual([
    ['shop.Orders/Create', 'OK', undefined, 2],
    ['shop.Orders/Fail', 'INTERNAL', 'INTERNAL', 1],
    ['shop.Orders/Missing', 'NOT_FOUND', 'NOT_FOUND', 1],
    ['shop.Orders/Ping', 'OK', undefined, 1],
    ['shop.Orders/Nowhere', 'UNIMPLEMENTED', 'UNIMPLEMENTED', 1],
  ])
})

test('a stream both ways is one call', async () => {
  const { path, requestSerialize, responseDeserialize } = method('Echo')
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
  const received: string[] = []
  for (const word of ['a', 'b', 'c']) stream.write(Buffer.from(word))
  stream.end()
  for await (const message of stream) received.push(String(message))
  expect(received).toEqual(['a', 'b', 'c'])
  expect(await measured('server')).toEqual([['shop.Orders/Echo', 'OK', undefined, 1]])
  expect(await measured('client')).toEqual([['shop.Orders/Echo', 'OK', undefined, 1]])
})

test('a stream of requests is one call', async () => {
  const { path, requestSerialize, responseDeserialize } = method('Upload')
  const answer = await new Promise<Buffer | undefined>((resolve, reject) => {
    const stream = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      (error, value) => (error ? reject(error) : resolve(value)),
    )
    for (const word of ['a', 'b', 'c']) stream.write(Buffer.from(word))
    stream.end()
  })
  expect(String(answer)).toBe('3')
  expect(await measured('server')).toEqual([['shop.Orders/Upload', 'OK', undefined, 1]])
  expect(await measured('client')).toEqual([['shop.Orders/Upload', 'OK', undefined, 1]])
})

test('a stream of answers is one call, and its status is the one it ended with', async () => {
  const { path, requestSerialize, responseDeserialize } = method('List')
  const received: string[] = []
  const stream = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    Buffer.from('x'),
  )
  stream.on('data', (message) => received.push(String(message)))
  await new Promise<void>((resolve) => stream.on('error', () => resolve()))
  expect(received).toEqual(['a', 'b'])
  const lost = [['shop.Orders/List', 'DATA_LOSS', 'DATA_LOSS', 1]]
  expect(await measured('server')).toEqual(lost)
  expect(await measured('client')).toEqual(lost)
})

test('a call that the client cancels is counted once on both sides', async () => {
  const { path, requestSerialize, responseDeserialize } = method('Hang')
  const ended = new Promise<void>((resolve) => {
    const hung = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      Buffer.from('x'),
      () => resolve(),
    )
    void hanging.then(() => hung.cancel())
  })
  await ended
  expect(await measured('client')).toEqual([['shop.Orders/Hang', 'CANCELLED', 'CANCELLED', 1]])
  while ((await measured('server')).length === 0) await new Promise(setImmediate)
  expect(await measured('server')).toEqual([['shop.Orders/Hang', 'CANCELLED', undefined, 1]])
})

test('without a configure, calls go through', async () => {
  await run.meters.shutdown()
  expect(await call('Create')).toBe(status.OK)
})
