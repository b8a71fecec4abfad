import { measureDemo } from './demo/measure-demo.ts'
import { reportDemo } from './demo/report-demo.ts'
import { measureDistance } from './distance/measure-distance.ts'
import { reportDistance } from './distance/report-distance.ts'
import { measureDoors } from './doors/measure-doors.ts'
import { reportDoors } from './doors/report-doors.ts'
import { measureMemory } from './memory/measure-memory.ts'
import { reportMemory } from './memory/report-memory.ts'
import { measureMetrics } from './metrics/measure-metrics.ts'
import { reportMetrics } from './metrics/report-metrics.ts'
import { readArguments } from './read-arguments.ts'
import { measureRedis } from './redis/measure-redis.ts'
import { reportRedis } from './redis/report-redis.ts'
import { run } from './run.ts'

await run('bench', () => {
  const { sections, quick } = readArguments(process.argv.slice(2), [
    'memory',
    'redis',
    'distance',
    'demo',
    'metrics',
    'doors',
  ])
  const reports = {
    memory: async () => reportMemory(await measureMemory({ quick })),
    redis: async () => reportRedis(await measureRedis({ quick })),
    doors: async () => reportDoors(await measureDoors({ quick })),
    metrics: async () => reportMetrics(await measureMetrics({ quick })),
    distance: async () => reportDistance(await measureDistance({ quick })),
    demo: async () => reportDemo(await measureDemo({ quick })),
  }
  return { quick, reports: sections.map((section) => reports[section]) }
})
