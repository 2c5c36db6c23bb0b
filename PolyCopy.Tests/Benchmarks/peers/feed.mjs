// Market-feed clients from npm on the same feed as `feed`. Prints one JSON line per client, in the fields of Feed.cs.
//   npm install && npx node feed.mjs --url ws://127.0.0.1:7411/ws/market --assets assets.json --seconds 10 [--rate R] [--clients ws,nevua,polymarket]
// Every client runs in a process of its own, one after the other. @polymarket/client wants node 24: `npm install` brings one as node_modules/.bin/node.
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const options = Object.fromEntries(process.argv.slice(2).join(' ').split('--').filter(Boolean).map((o) => o.trim().split(' ')));
const seconds = Number(options.seconds ?? 10);
const rate = Number(options.rate ?? 0);
const url = rate > 0 ? `${options.url}${options.url.includes('?') ? '&' : '?'}rate=${rate}` : options.url;
const tokens = JSON.parse(readFileSync(options.assets, 'utf8'));

// What every client calls: a message arrived, and the reader now knows its best prices.
let messages = 0;
let latencies = [];
const hashOf = (event) => event.price_changes?.[0]?.hash ?? event.priceChanges?.[0]?.hash ?? event.payload?.priceChanges?.[0]?.hash;
function arrived(event) {
  messages++;
  if (rate === 0) return;
  const hash = hashOf(event);
  if (hash?.length === 40) {
    const microseconds = Number(process.hrtime.bigint() - BigInt(`0x${hash.slice(24)}`)) / 1000;
    if (microseconds > 0 && microseconds < 60e6) latencies.push(microseconds);
  }
}

const clients = {
  // The plainest thing people write: ws, JSON.parse, and a map of what the feed states as best prices.
  async ws() {
    const { WebSocket } = await import('ws');
    const quotes = new Map();
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on('open', () => socket.send(JSON.stringify({ assets_ids: tokens, type: 'market', initial_dump: true, level: 2, custom_feature_enabled: true })));
    socket.on('message', (data) => {
      const parsed = JSON.parse(data.toString());
      for (const event of Array.isArray(parsed) ? parsed : [parsed]) {
        if (event.event_type === 'price_change') {
          for (const change of event.price_changes) {
            const bid = Number(change.best_bid);
            const ask = Number(change.best_ask);
            quotes.set(change.asset_id, { bid, ask, mid: (bid + ask) / 2 });
          }
        }
        arrived(event);
      }
    });
  },

  // Keeps a book per token, derives the displayed price. Its address is built in: its ws is pointed at ours.
  async nevua() {
    const path = require.resolve('ws', { paths: [require.resolve('@nevuamarkets/poly-websockets')] });
    const module = require(path);
    class Redirected extends module { constructor(_, ...rest) { super(url, ...rest); } }
    require.cache[path].exports = Redirected;
    const { WSSubscriptionManager } = require('@nevuamarkets/poly-websockets');
    const manager = new WSSubscriptionManager({
      onBook: async (events) => events.forEach(arrived),
      onPriceChange: async (events) => events.forEach(arrived),
      onLastTradePrice: async (events) => events.forEach(arrived),
      onPolymarketPriceUpdate: async () => {},
      onError: async () => {},
    });
    await manager.addSubscriptions(tokens);
  },

  // The official client: validates every event, filters it for each subscription, queues without a bound.
  async polymarket() {
    const { createPublicClient, production } = await import('@polymarket/client');
    const client = createPublicClient({ environment: { ...production, clob: { ...production.clob, market: { ...production.clob.market, ws: url } } } });
    const handle = await client.subscribe([{ topic: 'market', tokenIds: tokens }]);
    (async () => { for await (const event of handle) arrived(event); })();
  },
};

if (options.client) {
  await clients[options.client]();
  for (let waited = 0; messages < tokens.length && waited < 30_000; waited += 100) await sleep(100);
  await sleep(2000); // compilers and caches
  latencies = [];
  const [before, cpu, started] = [messages, process.cpuUsage(), process.hrtime.bigint()];
  await sleep(seconds * 1000);
  const took = Number(process.hrtime.bigint() - started) / 1e9;
  const count = messages - before;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  latencies.sort((a, b) => a - b);
  const at = (q) => Math.round(latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] * 100) / 100;
  const round = (value, digits) => Math.round(value * 10 ** digits) / 10 ** digits;
  console.log(JSON.stringify({
    client: options.client, messages: count, seconds: round(took, 2), messagesPerSecond: Math.round(count / took),
    cpuSecondsPerMillion: round(cpuSeconds / count * 1e6, 3), cores: round(cpuSeconds / took, 3), peakMemoryMb: round(process.resourceUsage().maxRSS / 1024, 1),
    assets: tokens.length, node: process.version, tickToCallbackUs: latencies.length ? { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) } : null,
  }));
  process.exit(0);
}

for (const client of (options.clients ?? 'ws,nevua,polymarket').split(',')) {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--client', client], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (child.status !== 0) console.log(JSON.stringify({ client, failed: child.status ?? child.signal }));
}
