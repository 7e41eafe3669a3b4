import { type ErrorMiddleware, errorMiddleware } from '@clew/internal/adapters/errors'

/**
 * `app.use(errors())` behind the routes and in front of error handlers of your own: notes the error
 * that Express or Connect answers with a 5xx, for the closing line, and passes it on.
 */
export function errors(): ErrorMiddleware {
  // A function of its own, with the four parameters by which Express knows it.
  return (error, req, res, next) => errorMiddleware(error, req, res, next)
}
