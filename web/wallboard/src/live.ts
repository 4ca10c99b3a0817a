import { type Client, createClient } from 'graphql-ws';

import { VersionDocument } from './documents/generated';
import { ADDRESS } from './gateway';

/** `live`: told of changes. `polling`: asking now and then. `offline`: the last question had no answer. */
export type Status = 'connecting' | 'live' | 'polling' | 'offline';

// Changes that come in quick succession are one change.
const GATHER = 250;
// An import that goes on for an hour changes the data every second: many displays share a token's rate.
const REST = 2_000;
// What moves by the clock alone: hours, midnight, yesterday's same time.
const CLOCK = 60_000;
const POLL = 30_000;
const RETRY_OFFLINE = 5_000;
const LONGEST_WAIT = 30_000;

interface Listener {
  /** What is on the screen may be out of date. */
  changed(): void;
  status(status: Status): void;
}

/** Says when to ask anew: at every change of the data while the socket is there, else by the clock. */
export class Live {
  private readonly client: Client;
  private connected = false;
  private reachable = true;
  private tried = false;
  private missed = false;
  private asked = 0;
  private status: Status = 'connecting';
  private due: ReturnType<typeof setTimeout> | undefined;
  private clock: ReturnType<typeof setTimeout> | undefined;
  private stopSubscription = () => {};

  constructor(
    token: string,
    private readonly listener: Listener,
  ) {
    const address = new URL(ADDRESS, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    this.client = createClient({
      url: address.href,
      connectionParams: { Authorization: `Bearer ${token}` },
      keepAlive: 15_000,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: (retries) =>
        pause(Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(retries, 5)) * (0.75 + Math.random() / 2)),
      on: {
        connected: () => this.socket(true),
        closed: () => this.socket(false),
      },
    });
    this.subscribe();
    this.schedule();
    addEventListener('online', this.askNow);
    document.addEventListener('visibilitychange', this.seen);
  }

  close(): void {
    removeEventListener('online', this.askNow);
    document.removeEventListener('visibilitychange', this.seen);
    clearTimeout(this.due);
    clearTimeout(this.clock);
    this.stopSubscription();
    void this.client.dispose();
  }

  /** What became of a question: whether anybody answered. */
  answered(reachable: boolean): void {
    if (this.reachable === reachable) return;
    this.reachable = reachable;
    this.tell();
    this.schedule();
  }

  private subscribe(): void {
    const again = () => {
      const timer = setTimeout(() => this.subscribe(), LONGEST_WAIT);
      this.stopSubscription = () => clearTimeout(timer);
    };
    this.stopSubscription = this.client.subscribe(
      { query: VersionDocument.toString() },
      // The refusal of a token is told by the next question over HTTP.
      { next: () => this.gather(), error: again, complete: again },
    );
  }

  private socket(connected: boolean): void {
    this.connected = connected;
    this.tried = true;
    this.tell();
    this.schedule();
    // A server that restarts closes its sockets first.
    if (!connected) this.gather();
  }

  private tell(): void {
    const status = this.next();
    if (status === this.status) return;
    this.status = status;
    this.listener.status(status);
  }

  private next(): Status {
    if (!this.reachable) return 'offline';
    if (this.connected) return 'live';
    return this.tried ? 'polling' : 'connecting';
  }

  private schedule(): void {
    clearTimeout(this.clock);
    const wait = !this.reachable ? RETRY_OFFLINE : this.connected ? CLOCK : POLL;
    this.clock = setTimeout(() => {
      this.askNow();
      this.schedule();
    }, wait);
  }

  private gather(): void {
    this.due ??= setTimeout(this.askNow, Math.max(GATHER, this.asked + REST - Date.now()));
  }

  private askNow = (): void => {
    clearTimeout(this.due);
    this.due = undefined;
    // Nobody looks: one question is enough when somebody does again.
    this.missed = document.hidden;
    this.asked = Date.now();
    if (!this.missed) this.listener.changed();
  };

  private seen = (): void => {
    if (!document.hidden && this.missed) this.askNow();
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
