import * as debug from '@clew/debug'
import { listen } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { fakeLogger } from '../support/fake-logger.ts'

test('the diagnostic report has the handles, and neither environment nor addresses', async () => {
  const console = debug.console({ logger: fakeLogger(), heapSampling: false, stalls: false })
  const server = await listen(console.handler)
  const network = () => (process.report as { excludeNetwork?: boolean }).excludeNetwork
  const before = network()
  const answer = await fetch(`${server.url}/debug/report`)
  const text = await answer.text()
  const report = JSON.parse(text)
  expect(answer.status).toBe(200)
  expect(Object.keys(report).sort()).toEqual(
    expect.arrayContaining(['handles', 'header', 'javascriptHeap', 'resources', 'userLimits']),
  )
  expect(report.handles).toContainEqual(
    expect.objectContaining({ type: 'tcp', count: expect.any(Number) }),
  )
  expect(report.resources).toHaveProperty('TCPServerWrap')
  expect(report.header.nodejsVersion).toBe(process.version)
  expect(network()).toBe(before)
  expect(text).not.toMatch(/environmentVariables|commandLine|cwd|"host"|127\.0\.0\.1|0x[0-9a-f]{6}/)
  await console.shutdown()
  await server.close()
})
