import { startCollector } from '@clew/testing'
import { expect, test } from '@jest/globals'

test('when until() times out, its error counts what was received', async () => {
  const collector = await startCollector()
  await expect(collector.until(() => false, 20)).rejects.toThrow('0 spans')
  await collector.close()
})
