import { everyEntryWorks } from './every-entry.js'
import { worksInMemory } from './in-memory.js'

async function works(): Promise<boolean> {
  return (await everyEntryWorks()) && (await worksInMemory())
}

works().then((answer) => console.log(answer ? 'works' : 'does not work'))
