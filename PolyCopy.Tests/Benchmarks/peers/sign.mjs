// viem's signTypedData on the order of SignBenchmark.cs. Usage: node sign.mjs [seconds]; prints one JSON line.
import { createRequire } from 'node:module';
import { privateKeyToAccount } from 'viem/accounts';

const seconds = Number(process.argv[2] ?? 1);
const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const zero = `0x${'0'.repeat(64)}`;
const order = {
  primaryType: 'Order',
  domain: { name: 'Polymarket CTF Exchange', version: '2', chainId: 137, verifyingContract: '0xE111180000d2663C0091e4f400237545B87B996B' },
  types: {
    Order: [
      { name: 'salt', type: 'uint256' }, { name: 'maker', type: 'address' }, { name: 'signer', type: 'address' }, { name: 'tokenId', type: 'uint256' },
      { name: 'makerAmount', type: 'uint256' }, { name: 'takerAmount', type: 'uint256' }, { name: 'side', type: 'uint8' }, { name: 'signatureType', type: 'uint8' },
      { name: 'timestamp', type: 'uint256' }, { name: 'metadata', type: 'bytes32' }, { name: 'builder', type: 'bytes32' },
    ],
  },
  message: {
    salt: 479249096354n, maker: account.address, signer: account.address,
    tokenId: 109063750016036252380828443861995839706801689771988336994548397939587707670981n,
    makerAmount: 100000000n, takerAmount: 50000000n, side: 0, signatureType: 0, timestamp: 1780449126930n, metadata: zero, builder: zero,
  },
};

async function measure(duration) {
  const start = process.hrtime.bigint();
  let count = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < 20; i++) await account.signTypedData(order);
    count += 20;
    elapsed = Number(process.hrtime.bigint() - start) / 1e3;
  } while (elapsed < duration * 1e6);
  return elapsed / count;
}

await measure(seconds); // the JIT's turn
const microseconds = Math.round((await measure(seconds)) * 100) / 100;
const { version } = createRequire(import.meta.url)('viem/package.json');
console.log(JSON.stringify({ version, microseconds, signature: await account.signTypedData(order) }));
