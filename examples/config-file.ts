import { loadSluiceFile } from '@sluice/config'

// The document is examples/sluice.yaml: a Redis, by the client that the document names.
const sluice = await loadSluiceFile(new URL('sluice.yaml', import.meta.url), {
  limiters: ['api'], // what the code asks for must be there
  watch: true, // a change of the file holds at once; one that is wrong is told, and changes nothing
  onEvent: (event) => console.error(event),
})
const { api } = sluice.limiters

console.log((await api.for({ tenant: 'acme' }).consume('ann')).policies.daily?.limit) // 100000
console.log((await api.consume('ann')).policies.daily?.limit) // 10000

await api.reset('ann')
await sluice.close()
