import WebSocket from 'ws';

import type { Period } from './generated/graphql';

// Node before 22 lacks what every browser has.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

/** What each program is told: where to ask, as whom, and about when. */
export const url = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8000/graphql';
export const token = process.env.GATEWAY_TOKEN ?? '';

const [from, to = from] = process.argv.slice(2);

/** `FROM TO`, local days of the domain's zone; today if left out. */
export const period: Period = from && to ? { days: { from, to } } : { preset: 'TODAY' };
