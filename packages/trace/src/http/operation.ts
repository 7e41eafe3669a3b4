import type { RequestRecord } from '@clew/internal/requests/contract'
import { routeOf } from '@clew/internal/requests/route'
import type { Span } from '@opentelemetry/api'
import * as semconv from '../semconv.ts'
import { knownMethod, nameOf } from './method.ts'

/** Sets what is known when a request ends: its route, and the operation of the security policy. */
export function describeOperation(span: Span, { req, operation }: RequestRecord): void {
  const route = routeOf(req)
  if (route !== undefined) {
    span.updateName(`${nameOf(knownMethod(req.method ?? 'GET'))} ${route}`)
    span.setAttribute(semconv.httpRoute, route)
  }
  if (operation?.service !== undefined) span.setAttribute(semconv.apiService, operation.service)
  if (operation?.method !== undefined) span.setAttribute(semconv.apiMethod, operation.method)
}
