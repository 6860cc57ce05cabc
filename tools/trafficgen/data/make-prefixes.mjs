// Makes prefixes.txt: about 300 blocks of IPv4 addresses of access providers, by country, from which the demo draws its visitors.
//
//   npm pack @ip-location-db/geo-whois-asn-country@2.3.2026061719 && tar xzf *.tgz      (CC0-1.0; data of the NRO, CC-BY-4.0)
//   node make-prefixes.mjs package/geo-whois-asn-country-ipv4-num.csv "$(node ../../fetch/fetch.mjs --path geo-asn)/asn-ipv4.csv" > prefixes.txt
//
// The country comes from the first file; the second one only helps to leave out data centres. Deterministic: the same files give the
// same list.
import { readFileSync } from 'node:fs';

// Country: how many blocks (a rough share of the world's paid traffic).
const WANTED = {
  US: 40, IN: 20, BR: 18, ID: 14, DE: 14, GB: 14, FR: 12, MX: 10, TH: 9, VN: 9, PH: 9, IT: 9, ES: 9, TR: 8, PL: 8, JP: 8, CA: 8,
  AU: 7, NG: 6, ZA: 6, EG: 6, AR: 6, CO: 6, MY: 6, KR: 5, NL: 5, RO: 5, CL: 4, PE: 4, PT: 4, CZ: 4, AT: 4, CH: 4, SE: 4, UA: 4,
  SA: 3, AE: 3, KE: 3, MA: 3, SG: 2,
};
const ACCESS = /telecom|telekom|telefonica|mobile|movil|cable|broadband|vodafone|orange|comcast|verizon|charter|t-mobile|at&t|airtel|jio|vivo|claro|telmex|telkom|bt |sky |virgin|free sas|sfr|bouygues|tim |wind|turk|rogers|bell canada|shaw|telstra|optus|kddi|softbank|ntt|globe|pldt|viettel|fpt|true|ais|maxis|celcom|mtn|safaricom|maroc|etisalat|stc|swisscom|a1 |kpn|ziggo|digi|rcs|nos |meo|o2|telia|telenor|kyivstar|korea|sk broadband|etb|entel|vtr|net |internet/i;
const NOT = /cloud|host|data ?cent|server|amazon|google|microsoft|digitalocean|ovh|hetzner|akamai|cdn|vpn|universit|research|bank|ministry|government/i;

const toNumber = (text) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toText = (number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
const lines = (path) => readFileSync(path, 'utf8').split('\n').filter(Boolean);

const providers = lines(process.argv[3]).map((line) => {
  const [from, to, , ...name] = line.split(',');
  return { from: toNumber(from), to: toNumber(to), name: name.join(',').replaceAll('"', '') };
});
const providerOf = (address) => {
  let [low, high] = [0, providers.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (providers[middle].to < address) low = middle + 1;
    else if (providers[middle].from > address) high = middle - 1;
    else return providers[middle].name;
  }
  return '';
};

// The largest aligned power of two inside a range, at most a /16 and at least a /22.
const block = (from, to) => {
  for (let bits = 16; bits >= 10; bits -= 1) {
    const start = Math.ceil(from / 2 ** bits) * 2 ** bits;
    if (start + 2 ** bits - 1 <= to) return { start, length: 32 - bits };
  }
  return null;
};

const found = {};
for (const line of lines(process.argv[2])) {
  const [from, to, country] = line.split(',');
  const fit = country in WANTED ? block(Number(from), Number(to)) : null;
  if (!fit) continue;
  const provider = providerOf(fit.start);
  if (!ACCESS.test(provider) || NOT.test(provider)) continue;
  (found[country] ??= []).push(fit);
}
for (const [country, count] of Object.entries(WANTED)) {
  const all = (found[country] ?? []).sort((a, b) => a.length - b.length || a.start - b.start).slice(0, count * 8);
  all.sort((a, b) => a.start - b.start);
  const step = all.length / Math.min(count, all.length);
  for (let index = 0; index < Math.min(count, all.length); index += 1) {
    const { start, length } = all[Math.floor(index * step)];
    console.log(`${country} ${toText(start)}/${length}`);
  }
}
