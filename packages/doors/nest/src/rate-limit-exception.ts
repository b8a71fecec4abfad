import { HttpException } from '@nestjs/common'
import type { Decision } from '@sluice/core'
import type { Refusal } from '@sluice/http'

/** A request is refused: its body is the problem document. An exception filter may catch it and answer in another way. */
export class RateLimitException extends HttpException {
  readonly decision: Decision
  readonly refusal: Refusal

  constructor(decision: Decision, refusal: Refusal) {
    super({ ...refusal.problem }, refusal.status)
    this.decision = decision
    this.refusal = refusal
  }
}
