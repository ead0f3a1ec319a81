// Who listens on a port, as far as Linux tells: the kernel's table of sockets, then the process that holds the
// socket. Other systems, and processes of other users, give nothing.
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

export interface PortOwner {
  readonly pid: number;
  /** Program and first argument, without folders: enough to recognise it, too little to quote a secret. */
  readonly command: string;
}

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

export async function findPortOwner(port: number): Promise<PortOwner | undefined> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of (await list('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await list(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (inodes.has(target)) return { pid: Number(pid), command: await commandOf(pid) };
    }
  }
  return undefined;
}

/** Link targets (`socket:[123]`) of the sockets that listen on the port. */
async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const found = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await read(table)).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN && local?.endsWith(suffix)) found.add(`socket:[${inode}]`);
    }
  }
  return found;
}

async function commandOf(pid: string): Promise<string> {
  const words = (await read(`/proc/${pid}/cmdline`)).split('\0').filter(Boolean);
  const shown = [words[0], words.slice(1).find((word) => !word.startsWith('-'))];
  return shown
    .filter((word) => word !== undefined)
    .map((word) => path.basename(word))
    .join(' ');
}

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
