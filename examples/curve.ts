import { curveAt, logLines, readAccessLog, refusalCurve, tightestLimit } from '@sluice/simulation'
import { tokenBucket } from '@sluice/token-bucket'

/** Clients 1 to 100; the n-th makes n requests in one second. */
const lines = Array.from({ length: 100 }, (_, i) =>
  `192.0.2.${i + 1} - - [04/Mar/2026:14:00:05 +0000] "GET / HTTP/1.1" 200 5120\n`.repeat(i + 1),
)
const log = await readAccessLog(logLines(new Blob(lines).stream()))

const policy = (limit: number) => tokenBucket({ capacity: limit, refill: limit, per: '1m' })
const curve = await refusalCurve({ log, policy })
console.log(curveAt(curve, 60).clientsRefused) // 40
console.log(tightestLimit(curve, 0.05)?.limit) // 95
