// Node's HTTP clients, required and not imported: an import of these modules reads all that they export, and with it
// loads Node's implementation of fetch and WebSocket, some ten milliseconds of every start.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const http: typeof import('node:http') = require('node:http');
export const https: typeof import('node:https') = require('node:https');
