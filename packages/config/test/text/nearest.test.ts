import { describe, expect, test } from '@jest/globals'
import { nearest } from '../../src/text/nearest.ts'

describe('nearest', () => {
  test.each([
    ['DATABASE_URL', ['DATABSE_URL'], 'DATABSE_URL'],
    ['DATABASE_URL', ['DATABASEURL'], 'DATABASEURL'],
    ['DATABASE_URL', ['DATABASE_ULR'], 'DATABASE_ULR'],
    ['DATABASE_URL', ['database_url'], 'database_url'],
    ['DATABASE_URL', ['DATABASE', 'DATA'], undefined],
    ['PORT', ['POTR'], 'POTR'],
    ['PORT', ['PATH', 'HOST'], undefined],
    ['LOG_LEVEL', ['LOG_LEVLS', 'LOG_LEVELS'], 'LOG_LEVELS'],
  ])('%s among %j', (name, candidates, found) => expect(nearest(name, candidates)).toBe(found))

  test('does not look at names longer than 64 characters', () => {
    expect(nearest('A'.repeat(65), ['A'.repeat(65)])).toBeUndefined()
  })
})
