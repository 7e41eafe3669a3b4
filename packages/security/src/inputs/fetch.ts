import { responseOf } from '../guard/answer.ts'
import { inputs, type Validator } from './validator.ts'

/**
 * The inputs of a request of fetch behind `fetchHandler`, or the response to one with wrong inputs:
 * `if (given instanceof Response) return given`.
 *
 * @param params - the parameters of the route, from whatever has routed it. Default: none
 */
export async function fetchInputs<I>(
  validator: Validator<I>,
  request: Request,
  params?: object,
): Promise<I | Response> {
  const answer = await validator.checkFetch(request, { params })
  if (answer === undefined) return inputs(request, validator)
  return answer === 'gone' ? Response.error() : responseOf(answer, request.method)
}
