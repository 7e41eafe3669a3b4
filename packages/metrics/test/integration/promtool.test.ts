import { spawnSync } from 'node:child_process'
import * as metrics from '@clew/metrics'
import { listen } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { expect, test } from '@jest/globals'

describeWith('promtool', 'promtool check metrics', () => {
  test('has nothing to say about our own metrics and a user’s', async () => {
    const meters = await metrics.configure({ service: { name: 'orders' }, prometheus: true })
    const measure = meters.http()
    const server = await listen((req, res) => measure(req, res, () => res.end()))
    metrics.counter('orders', { description: 'Orders', unit: '{order}' }).add(1, { a: '"\\\n' })
    metrics.histogram('latency', { description: 'Latency', unit: 's' }).record(1)
    await fetch(server.url)
    const scrape = await listen(meters.handler)
    const text = await (await fetch(scrape.url)).text()
    await Promise.all([server.close(), scrape.close(), meters.shutdown()])
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })
})
