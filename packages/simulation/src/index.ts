export { type AccessRecord, longestLine, type MalformedLine, parseAccessLine } from './access-line.ts'
export { type AccessLog, type LogLine, type MalformedLines, readAccessLog } from './access-log.ts'
export { type BoundaryBurstOptions, boundaryBurst } from './boundary-burst.ts'
export { type BurstOptions, burst } from './burst.ts'
export { type Gunzip, gunzipped } from './gunzipped.ts'
export { judgesRounding } from './judges-rounding.ts'
export { logLines } from './log-lines.ts'
export {
  type CurvePoint,
  curveAt,
  type RefusalCurve,
  type RefusalCurveOptions,
  refusalCurve,
  tightestLimit,
} from './refusal-curve.ts'
export { type ClientReport, type DecidedRequest, type ReplayOptions, type ReplayReport, replay } from './replay.ts'
export { type RetryStormOptions, retryStorm } from './retry-storm.ts'
export { type Bucket, type Decided, type Outcomes, type SimulateOptions, simulate, type Timeline } from './simulate.ts'
export { type SpikeOptions, spike } from './spike.ts'
export { type SteadyOptions, steady } from './steady.ts'
export { type Arrival, largestTraffic, type Retry, type Traffic, type TrafficOptions } from './traffic.ts'
export { type VirtualClock, virtualClock } from './virtual-clock.ts'
export { type Passage, type WorstWindow, worstWindow } from './worst-window.ts'
