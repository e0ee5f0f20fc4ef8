import type { Socket } from 'node:net';

/** What goes on to the other side. */
export interface Piece {
  readonly bytes: Buffer;
  /** Milliseconds to hold it back, and with it all that follows. */
  readonly delayMs?: number;
  /** Breaks the connection once the bytes are sent. */
  readonly thenDrop?: boolean;
}

/** Gets what one side sent, in chunks of any size; what it returns goes on to the other side, nothing when empty. */
export type DataHook = (chunk: Buffer, connection: ProxiedConnection) => readonly Piece[];

/** What the proxy's owner sets for all of its connections. */
export interface Flow {
  hangs: boolean;
  delayMs: number;
  /** So many of the next chunks from a server break off in the middle, and their connections with them. */
  tears: number;
}

export interface Hooks {
  readonly onClientData: DataHook | undefined;
  readonly onServerData: DataHook | undefined;
}

/** A client's connection and the one to the server behind it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #pipes: readonly Pipe[];

  constructor(client: Socket, server: Socket, flow: Flow, { onClientData, onServerData }: Hooks) {
    this.#client = client;
    this.#server = server;
    const hook = (onData: DataHook | undefined) => (chunk: Buffer) =>
      onData === undefined ? [{ bytes: chunk }] : onData(chunk, this);
    this.#pipes = [
      new Pipe(client, server, flow, hook(onClientData), () => this.drop(), false),
      new Pipe(server, client, flow, hook(onServerData), () => this.drop(), true),
    ];
    for (const socket of [client, server]) {
      // A broken side breaks the other one, too; 'close' follows, so nothing is left to do here but to listen.
      socket.on('error', () => this.drop());
    }
  }

  /** Breaks both sides. */
  drop(): void {
    this.#client.destroy();
    this.#server.destroy();
    for (const pipe of this.#pipes) pipe.drop();
  }

  /** Looks at the flow again after it changed. */
  update(): void {
    for (const pipe of this.#pipes) pipe.update();
  }

  /** Calls back once both sides are closed. */
  onClose(callback: () => void): void {
    let open = 2;
    const closed = (): void => {
      if (--open === 0) callback();
    };
    this.#client.once('close', closed);
    this.#server.once('close', closed);
  }
}

interface Queued {
  readonly piece: Piece | 'end';
  readonly dueAt: number;
}

/** One direction. */
class Pipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #flow: Flow;
  #queue: Queued[] = [];
  #lastDueAt = 0;
  #timer: NodeJS.Timeout | undefined;

  readonly #drop: () => void;
  readonly #mayTear: boolean;

  constructor(
    source: Socket,
    sink: Socket,
    flow: Flow,
    hook: (chunk: Buffer) => readonly Piece[],
    drop: () => void,
    mayTear: boolean,
  ) {
    this.#mayTear = mayTear;
    this.#source = source;
    this.#sink = sink;
    this.#flow = flow;
    this.#drop = drop;
    source.on('data', (chunk: Buffer) => {
      for (const piece of hook(chunk)) this.#enqueue(this.#torn(piece), piece.delayMs);
    });
    source.on('end', () => this.#enqueue('end'));
    sink.on('drain', () => this.update());
    this.update();
  }

  update(): void {
    this.#send();
    if (this.#flow.hangs || this.#sink.writableNeedDrain) this.#source.pause();
    else this.#source.resume();
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
  }

  #torn(piece: Piece): Piece {
    if (!this.#mayTear || this.#flow.tears === 0 || piece.bytes.length < 2) return piece;
    this.#flow.tears--;
    return { ...piece, bytes: piece.bytes.subarray(0, piece.bytes.length >> 1), thenDrop: true };
  }

  #enqueue(piece: Piece | 'end', delayMs = 0): void {
    this.#lastDueAt = Math.max(this.#lastDueAt, Date.now() + this.#flow.delayMs + delayMs);
    this.#queue.push({ piece, dueAt: this.#lastDueAt });
    this.update();
  }

  /** Sends what is due, and comes back for the rest. */
  #send(): void {
    clearTimeout(this.#timer);
    if (this.#flow.hangs || this.#sink.destroyed) return;
    let next: Queued | undefined;
    while ((next = this.#queue[0]) !== undefined && next.dueAt <= Date.now()) {
      this.#queue.shift();
      if (next.piece === 'end') this.#sink.end();
      else this.#sink.write(next.piece.bytes);
      if (next.piece !== 'end' && next.piece.thenDrop) {
        this.#drop();
        return;
      }
    }
    if (next !== undefined) this.#timer = setTimeout(() => this.update(), next.dueAt - Date.now());
  }
}
