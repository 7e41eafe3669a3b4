import { expect, test } from '@jest/globals'
import { optionCheck } from '../src/options.ts'
import { hashPassword, readPhc } from '../src/schemes/basic/password.ts'
import { hashesByCost, usersOption } from '../src/schemes/basic/users.ts'

const check = optionCheck('security.basic')
const signal = new AbortController().signal

test('with hashes of several costs, every check computes one of each', async () => {
  const phcs = await Promise.all([10, 11, 11, 12].map((cost) => hashPassword('s3cret', { cost })))
  const hashes = phcs.map((phc) => readPhc(check, 'phc', phc))
  const nobody = [...hashesByCost(hashes).values()]
  expect(nobody.map(({ cost }) => cost)).toEqual([10, 11, 12])
  for (const each of nobody) {
    expect(hashes.some(({ salt, hash }) => salt.equals(each.salt) || hash.equals(each.hash))).toBe(
      false,
    )
  }
})

test('whatever the cost of his hash, a user gets in with his password, and with no other', async () => {
  const users = {
    cheap: await hashPassword('one', { cost: 10 }),
    dear: await hashPassword('two', { cost: 12 }),
  }
  const verify = usersOption(check, users)
  const outcomes = []
  for (const user of ['cheap', 'dear', 'nobody']) {
    for (const password of ['one', 'two']) outcomes.push(await verify(user, password, signal))
  }
  expect(outcomes).toEqual([{}, undefined, undefined, {}, undefined, undefined])
})
