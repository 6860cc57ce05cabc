// Tracking without a redirect, for landing pages whose traffic source forbids one. What it does and how to use it: docs/guide/no-redirect.md.
//
// <script async src="https://trk.example/track.js" data-campaign="summer" data-links="shop.example"></script>
//
// Once for each visit that brings campaign parameters it tells the tracker, keeps the click id for this site, and writes it into the page:
// {click_id} in addresses and fields, elements with data-click-id, links and forms to the hosts of data-links, and data-offer links. Going on
// from the page is told by a beacon. Never throws, never waits for, never blocks the page.
(() => {
  const me = document.currentScript;
  if (!me || window.sbx) return;
  const { campaign, links = '', param = 'click_id', days = 30 } = me.dataset;
  const tracker = new URL(me.dataset.tracker || me.src, location).origin;
  const key = 'sbx_' + campaign;
  const hosts = links.split(/[\s,]+/).filter(Boolean);
  // What a traffic source adds to an address; other parameters are the page's own.
  const paid = /[?&](utm_\w+|\w*clid|[gw]braid|sub_?(id)?_?\d+|external_id|keyword|cost)=/i;
  const placeholder = /\{click_id\}|%7Bclick_id%7D/gi;
  let click;
  let settle;

  // The site's own storage; a cookie where it is switched off.
  const load = () => {
    let text;
    try {
      text = localStorage[key];
    } catch {
      text = decodeURIComponent((document.cookie.match(key + '=([^;]*)') || [])[1]);
    }
    try {
      return JSON.parse(text);
    } catch {
      return {};
    }
  };
  const save = kept => {
    const text = JSON.stringify(kept);
    try {
      localStorage[key] = text;
    } catch {
      document.cookie = `${key}=${encodeURIComponent(text)};path=/;max-age=${days * 86400};samesite=lax`;
    }
  };

  // A link or form to a host that wants the click id, or one that this script has changed.
  const leads = element => {
    if (element.dataset.sbx) return 1;
    try {
      const { hostname } = new URL(element.href || element.action);
      return hosts.some(host => hostname === host || hostname.endsWith('.' + host));
    } catch {
      return 0;
    }
  };

  // Writes the click id into the page; what has it already is left alone.
  const fill = () => {
    if (!click) return;
    for (const element of document.querySelectorAll('a[href],form,input,[data-click-id],[data-offer]')) {
      const { dataset } = element;
      for (const name of ['href', 'action', 'value']) {
        const text = element.getAttribute(name);
        if (text && text.search(placeholder) >= 0) {
          element.setAttribute(name, text.replace(placeholder, click.c));
          dataset.sbx = 1;
        }
      }
      if ('clickId' in dataset) {
        const place = 'value' in element ? 'value' : 'textContent';
        if (element[place] !== click.c) element[place] = click.c;
      }
      if ('offer' in dataset) {
        const offer = `${tracker}/click${dataset.offer && '/' + dataset.offer}?_token=${click.t}`;
        if (element.href !== offer) element.href = offer;
      } else if (leads(element)) {
        if (element.href) {
          const url = new URL(element.href);
          if (!dataset.sbx && !url.searchParams.has(param)) {
            url.searchParams.set(param, click.c);
            element.href = url;
          }
        } else if (element.elements && !element.elements[param]) {
          const field = document.createElement('input');
          field.type = 'hidden';
          field.name = param;
          field.value = click.c;
          element.append(field);
        }
      }
    }
  };

  // One click for each visit that was paid for; later pages of the site belong to it.
  const visit = () => {
    const kept = load();
    const search = location.search;
    const now = Date.now();
    // Within half an hour the same address is the same visit.
    if (kept.c && now < kept.e && (paid.test(search) ? kept.q === search && now < kept.n : 1)) {
      click = kept;
      fill();
      settle(kept.c);
      return;
    }
    if (visit.q === search) return;
    visit.q = search;
    const v = kept.v || Math.random().toString(36).slice(2) + now.toString(36);
    fetch(`${tracker}/t/${campaign}`, {
      method: 'POST',
      body: new URLSearchParams({ u: location.href, r: document.referrer, v }),
      credentials: 'omit',
      keepalive: true,
    })
      .then(answer => answer.json())
      .then(({ click_id: c, token: t }) => {
        if (!c) return;
        click = { c, t, v, q: search, n: now + 18e5, e: now + days * 864e5 };
        save(click);
        fill();
        settle(c);
      })
      .catch(() => {
        visit.q = 0;
      });
  };

  const went = event => {
    const element = event.type === 'submit' ? event.target : event.target.closest && event.target.closest('a[href]');
    if (click && element && !('offer' in element.dataset) && leads(element)) sbx.go(element.href || element.action);
  };

  const sbx = (window.sbx = {
    /** The click id, as soon as it is known. */
    ready: new Promise(resolve => (settle = resolve)),
    /** Tells that the visitor went on; links and forms do it by themselves. */
    go: url => navigator.sendBeacon(tracker + '/t/go', new URLSearchParams({ t: click.t, u: url || '' })),
    /** Writes the click id into what the page has added without a change of its elements. */
    fill,
  });

  for (const name of ['pushState', 'replaceState']) {
    const before = history[name];
    history[name] = function () {
      const result = before.apply(this, arguments);
      visit();
      return result;
    };
  }
  addEventListener('popstate', visit);
  addEventListener('click', went, true);
  addEventListener('auxclick', went, true);
  addEventListener('submit', went, true);
  addEventListener('DOMContentLoaded', fill);
  new MutationObserver(fill).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['href', 'action'],
  });
  visit();
})();
