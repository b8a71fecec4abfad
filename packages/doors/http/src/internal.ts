// What the doors of the frameworks share. Not part of the public API: it may change with any version.
export { addressKey } from './door/address-key.ts'
export { type AfterResponse, afterResponse } from './door/after-response.ts'
export { type Awaitable, type DoorSettings, expectDoorOptions } from './door/door-options.ts'
export { type NodeResponse, onEnd, visitResponse } from './door/node-response.ts'
export { type PassedDoors, passDoor } from './door/passed-doors.ts'
export { responseFields } from './door/response-fields.ts'
export { type Visit, visits } from './door/visit.ts'
