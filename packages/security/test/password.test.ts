import { hashPassword, verifyPassword } from '@clew/security'
import { describe, expect, test } from '@jest/globals'

test('a hash fits its password only, and no hash is like another', async () => {
  const [one, two] = await Promise.all([
    hashPassword('pass', { cost: 10 }),
    hashPassword('pass', { cost: 10 }),
  ])
  expect(one).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(one).not.toBe(two)
  expect(await verifyPassword('pass', one)).toBe(true)
  expect(await verifyPassword('Pass', one)).toBe(false)
  expect(await verifyPassword('', one)).toBe(false)
})

test("a hash of passlib's scrypt fits", async () => {
  // RFC 7914, section 12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1), first 32 bytes
  const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '')
  const hash = Buffer.from(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
    'hex',
  )
  const phc = `$scrypt$ln=14,r=8,p=1$${salt}$${hash.toString('base64').replace(/=+$/, '')}`
  expect(await verifyPassword('pleaseletmein', phc)).toBe(true)
})

test('the default is the first choice of OWASP', async () => {
  expect(await hashPassword('x')).toContain('$ln=17,r=8,p=1$')
})

describe('what is no hash', () => {
  test.each([
    'secret',
    '',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$scrypt$ln=9,r=8,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=10,r=0,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=30,r=8,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=10,r=8,p=1$short$AAAAAAAAAAAAAAAAAAAAAA',
  ])('%j is refused, and not shown', async (phc) => {
    const error = await verifyPassword('x', phc).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_SECURITY_OPTION' })
    if (phc !== '') expect(String(error)).not.toContain(phc)
  })
})

test.each([[''], ['x'.repeat(1025)]])(
  'a password of no length, or too long, is refused',
  async (password) => {
    await expect(hashPassword(password)).rejects.toMatchObject({ code: 'ERR_SECURITY_OPTION' })
  },
)
