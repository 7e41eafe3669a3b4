import { createReporter, type Report } from '@clew/internal/reports/reporter'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { createSignatureVerifier } from '../src/schemes/jwt/signature.ts'

const emitted = jest.fn<(warning: string) => void>()
const { emitWarning } = process
beforeAll(() => {
  process.emitWarning = emitted as typeof emitWarning
})
afterAll(() => {
  process.emitWarning = emitWarning
})

const missing = () => Promise.reject(new Error('Cannot find package\n"jose"'))

test('a scheme that cannot verify says so when it is made, to whoever listens', async () => {
  const reporter = createReporter()
  const reported = new Promise<Report>((resolve) => reporter.subscribe(resolve))
  createSignatureVerifier('jwt', reporter, missing)
  expect(await reported).toEqual({
    type: 'security.scheme_unusable',
    level: 'error',
    message: 'no token can be verified: jose cannot be loaded',
    fields: { scheme: 'jwt', error: 'Cannot find package "jose"' },
  })
  expect(emitted).not.toHaveBeenCalled()
})

test('without a listener it is a warning of the process', async () => {
  createSignatureVerifier('jwt', createReporter(), missing)
  await new Promise(setImmediate)
  expect(emitted.mock.calls).toEqual([
    ['no token can be verified: jose cannot be loaded (scheme jwt): Cannot find package "jose"'],
  ])
})
