import { expect, test } from '@jest/globals'
import { shapeOf } from '../src/sampling/shape.ts'

test.each([
  ['/orders/42', '/orders/*'],
  ['/v2/users/0af76519-16cd-43dd-8448-eb211c80319c/edit', '/v2/users/*/edit'],
  ['/', '/'],
  [`/${'a/'.repeat(20)}`, '/a/a/a/a/a/a/a/a/…'],
  ['/%F0%9F/x', '/*/x'],
])('the shape of %s', (path, shape) => {
  expect(shapeOf(path)).toBe(shape)
})
