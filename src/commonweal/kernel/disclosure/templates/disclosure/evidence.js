"use strict";
(() => {
  // SHA-256 (FIPS 180-4), written out: pages opened from a disk may have no crypto of their own.
  const prime = (n) => { for (let d = 2; d * d <= n; d++) if (n % d === 0) return false; return true; };
  const primes = []; for (let n = 2; primes.length < 64; n++) if (prime(n)) primes.push(n);
  const part = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  const K = primes.map((p) => part(Math.cbrt(p))), H = primes.slice(0, 8).map((p) => part(Math.sqrt(p)));
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  const sha256 = (bytes) => {
    const size = ((bytes.length + 9 + 63) >> 6) << 6, block = new Uint8Array(size), view = new DataView(block.buffer);
    block.set(bytes); block[bytes.length] = 128;
    view.setUint32(size - 8, Math.floor(bytes.length / 536870912)); view.setUint32(size - 4, (bytes.length << 3) >>> 0);
    const h = H.slice(), w = new Int32Array(64);
    for (let at = 0; at < size; at += 64) {
      for (let i = 0; i < 64; i++) {
        if (i < 16) { w[i] = view.getInt32(at + 4 * i); continue; }
        const a = w[i - 15], b = w[i - 2];
        w[i] = (w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) | 0;
      }
      let [a, b, c, d, e, f, g, k] = h;
      for (let i = 0; i < 64; i++) {
        const one = (k + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        k = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, k].forEach((x, i) => { h[i] = (h[i] + x) | 0; });
    }
    const out = new Uint8Array(32), said = new DataView(out.buffer);
    h.forEach((x, i) => said.setInt32(4 * i, x));
    return out;
  };
  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (b) => parseInt(b, 16));
  const joined = (...parts) => { const all = []; parts.forEach((p) => all.push(...p)); return Uint8Array.from(all); };
  const utf8 = (text) => new TextEncoder().encode(text);

  const proof = JSON.parse(document.getElementById("document").textContent).proof;
  const leaf = JSON.parse(proof.leaf), shown = document.getElementById("value").dataset.value;
  const climb = () => { // RFC 9162, 2.1.3.2
    let node = sha256(joined([0], utf8(proof.leaf))), index = proof.leaf_index, last = proof.tree_size - 1;
    for (const step of proof.path) {
      if (last === 0) return "";
      if (index % 2 === 1 || index === last) {
        node = sha256(joined([1], unhex(step), node));
        while (index % 2 === 0 && index !== 0) { index = index / 2; last = Math.floor(last / 2); }
      } else node = sha256(joined([1], node, unhex(step)));
      index = Math.floor(index / 2); last = Math.floor(last / 2);
    }
    return last === 0 ? hex(node) : "";
  };
  const checks = {
    sha: hex(sha256(utf8("abc"))) === "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    value: String(leaf.value) === shown && leaf.leaf_index === proof.leaf_index,
    batch: hex(sha256(utf8(proof.batch))) === leaf.batch_sha256,
    root: climb() === proof.root_hash,
  };
  for (const [name, holds] of Object.entries(checks)) {
    const line = document.getElementById(`check-${name}`);
    line.dataset.holds = String(holds);
    line.querySelector("strong").textContent = holds ? "✓" : "✗";
  }
})();
