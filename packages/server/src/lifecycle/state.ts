/**
 * `created` → `starting` → `listening` → `draining` (readiness is off, still serving) → `closing`
 * (no new connections) → `flushing` (hooks, then telemetry) → `stopped`. A failed start goes back to
 * `created`.
 */
export type ServerState =
  | 'created'
  | 'starting'
  | 'listening'
  | 'draining'
  | 'closing'
  | 'flushing'
  | 'stopped'
