// How CommonJS reaches the packages where it cannot require them.
export async function admitsOnce(): Promise<boolean> {
  const { createLimiter, tokenBucket } = await import('@sluice/token-bucket')
  const limiter = createLimiter({ policy: tokenBucket({ capacity: 1, refill: 1, per: '1h' }) })
  return limiter.consumeSync('ann').allowed && !limiter.consumeSync('ann').allowed
}

admitsOnce().then((answer) => console.log(answer ? 'works' : 'does not work'))
