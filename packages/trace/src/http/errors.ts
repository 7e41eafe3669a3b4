import { type ErrorMiddleware, errorMiddleware } from '@clew/internal/adapters/errors'

/**
 * Middleware for errors, `(error, req, res, next)`, for Express and Connect: `app.use(errors())`
 * after the routes, and before error handlers of your own. Notes the error that is answered with a
 * 5xx in the record of the request, for span and log line, and passes it on.
 */
export function errors(): ErrorMiddleware {
  // A function of its own, with the four parameters by which Express knows it.
  return (error, req, res, next) => errorMiddleware(error, req, res, next)
}
