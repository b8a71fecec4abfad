import { everyEntryWorks } from './every-entry.js'
import { worksInMemory } from './in-memory.js'
import { worksInVirtualTime } from './simulated.js'

async function works(): Promise<boolean> {
  return (await everyEntryWorks()) && (await worksInMemory()) && (await worksInVirtualTime())
}

works().then((answer) => console.log(answer ? 'works' : 'does not work'))
