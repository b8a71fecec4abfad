import { everyEntryWorks } from './every-entry.js'
import { worksOverHttp } from './http.js'
import { worksInMemory } from './in-memory.js'
import { worksInVirtualTime } from './simulated.js'

async function works(): Promise<boolean> {
  const parts = [everyEntryWorks(), worksInMemory(), worksInVirtualTime(), worksOverHttp()]
  return (await Promise.all(parts)).every(Boolean)
}

works().then((answer) => console.log(answer ? 'works' : 'does not work'))
