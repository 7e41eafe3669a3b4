import { startCollector } from '@clew/testing'
import { expect, test } from '@jest/globals'

test('until() says what has arrived when nothing was found in time', async () => {
  const collector = await startCollector()
  await expect(collector.until(() => false, 20)).rejects.toThrow('0 spans')
  await collector.close()
})
