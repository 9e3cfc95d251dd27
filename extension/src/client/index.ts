/** click2call's protocol: challenge, digest, call, progress, hang up. See README.md. */
export { Client, type ClientOptions } from "./client.js";
export { makeHa1, makeIden, makeResponse, splitAor } from "./digest.js";
export type { FollowOptions } from "./follow.js";
export { baseUrl, type Fetch } from "./http.js";
export { EventParser, type ServerEvent } from "./sse.js";
export {
  isFinal,
  type Account,
  type CallOptions,
  type CallReason,
  type CallState,
  type Challenge,
  type Failure,
  type FailureCode,
  type PlacedCall,
  type Result,
  type Snapshot,
} from "./types.js";
