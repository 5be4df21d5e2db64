import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, newEntry, putOne } from "./store-under-test.ts";

export function testCommits(check: Check): void {
  check("a failure in the middle of a large commit undoes all of it", async ({ store }) => {
    const kept = await putOne(store, { key: "kept" });
    const version = await store.version();
    const puts = Array.from({ length: 20 }, (_, i) => ({ put: newEntry({ key: String(i), namespace: `m${i}` }) }));
    await fails(
      () =>
        store.commit([
          ...puts,
          { touch: [kept], at: 9000 },
          { remove: [kept] },
          { put: newEntry({ key: "0", namespace: "m0" }), when: "absent" },
          { put: newEntry({ key: "last" }) },
        ]),
      "conflict",
    );
    equal([await store.count(), await store.version(), await store.namespaces()], [1, version, ["n"]]);
    equal((await store.getMany([kept]))[0]?.hits, 0);
    equal((await store.changesSince(version))?.removed, []);
  });

  check("conditions see what the changes before them did", async ({ store }) => {
    const id = await putOne(store);
    const again = { put: newEntry({ value: '"again"' }) };
    await store.commit([{ remove: [id] }, { ...again, when: "absent" }]);
    const entry = (await store.get("n", "k"))!;
    ok(entry.id > id, "a new entry");
    await fails(
      () => store.commit([{ remove: [entry.id] }, again, { remove: [entry.id] }, { ...again, when: "absent" }]),
      "conflict",
    );
    equal(await store.get("n", "k"), entry);
  });

  check("conditions see expiry as the changes before them leave it", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 2000 });
    const absent = { put: newEntry({ value: '"new"' }), when: "absent" } as const;
    const expire = (expiredAt: number) => ({ remove: [id], when: { expiredAt } });
    await fails(() => store.commit([expire(1999), absent]), "conflict");
    await fails(() => store.commit([{ touch: [id], at: 1, expiresAt: null }, expire(2000), absent]), "conflict");
    await fails(() => store.commit([{ touch: [id], at: 1, expiresAt: 3000 }, expire(2000), absent]), "conflict");
    equal((await store.get("n", "k"))?.hits, 0);
    await store.commit([{ touch: [id], at: 1, expiresAt: 1500 }, expire(1500), absent]);
    equal((await store.get("n", "k"))?.value, '"new"');
  });

  check("a revision can be foreseen within a commit", async ({ store }) => {
    const revision = (await store.version()) + 1;
    await store.commit([{ put: newEntry() }, { put: newEntry({ value: '"again"' }), when: { revision } }]);
    equal((await store.get("n", "k"))?.value, '"again"');
  });

  check("a commit's changes happen in order", async ({ store }) => {
    const id = await putOne(store);
    const { applied } = await store.commit([
      { put: newEntry({ value: "1" }) },
      { put: newEntry({ value: "2" }) },
      { touch: [id], at: 7000 },
      { remove: [id] },
      { put: newEntry({ value: "3" }) },
    ]);
    equal(applied.slice(0, 4), [[id], [id], [id], [id]]);
    const entry = await store.get("n", "k");
    ok(entry !== undefined && entry.id > id, "put after its removal, it is a new entry");
    equal(entry?.value, "3");
  });

  check("put when absent: refused when present, and nothing of the commit happens", async ({ store }) => {
    const id = await putOne(store);
    const version = await store.version();
    await fails(
      () =>
        store.commit([
          { put: newEntry({ key: "other" }) },
          { remove: [id] },
          { put: newEntry({ key: "other" }), when: "absent" },
        ]),
      "conflict",
    );
    equal(await store.count(), 1);
    equal(await store.get("n", "other"), undefined);
    equal(await store.version(), version);
    await store.commit([{ put: newEntry({ key: "other" }), when: "absent" }]);
    equal(await store.count(), 2);
  });

  check("put when at a revision: refused when it moved on", async ({ store }) => {
    await putOne(store);
    const { revision } = (await store.get("n", "k"))!;
    await store.commit([{ put: newEntry({ value: '"a"' }), when: { revision } }]);
    await fails(() => store.commit([{ put: newEntry({ value: '"b"' }), when: { revision } }]), "conflict");
    await fails(() => store.commit([{ put: newEntry({ key: "none" }), when: { revision } }]), "conflict");
    equal((await store.get("n", "k"))?.value, '"a"');
  });

  check("two writers of one key make one row", async ({ store }) => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => putOne(store, { value: String(i) })));
    equal(await store.count(), 1);
    equal((await collect(store.scan())).length, 1);
  });

  check("a commit of nothing does nothing", async ({ store }) => {
    const id = await putOne(store);
    const version = await store.version();
    equal(await store.commit([]), { version, applied: [] });
    equal(await store.commit([{ touch: [], at: 5000 }, { remove: [] }, { remove: [], when: { expiredAt: 9e9 } }]), {
      version,
      applied: [[], [], []],
    });
    equal([(await store.get("n", "k"))?.id, (await store.get("n", "k"))?.hits], [id, 0]);
  });

  check("ids that nobody has are passed over", async ({ store }) => {
    await putOne(store);
    const version = await store.version();
    const ids = [0, -1, 1.5, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    equal(await store.commit([{ touch: ids, at: 5000, expiresAt: 1 }, { remove: ids }]), {
      version,
      applied: [[], []],
    });
    equal([await store.count(), (await store.get("n", "k"))?.hits], [1, 0]);
  });

  check("what is removed is gone for the changes after it", async ({ store }) => {
    const id = await putOne(store);
    const { applied } = await store.commit([{ remove: [id, id] }, { touch: [id], at: 5000 }, { remove: [id] }]);
    equal(applied, [[id], [], []]);
    equal(await store.count(), 0);
  });

  check("a key put twice in a commit is one entry, the last", async ({ store }) => {
    const put = (value: string) => ({ put: newEntry({ value, tags: [value] }) });
    const { applied, version } = await store.commit([put("1"), put("2"), put("3")]);
    const entry = (await store.get("n", "k"))!;
    equal([entry.value, entry.tags, entry.revision, await store.count()], ["3", ["3"], version, 1]);
    equal(applied, [[entry.id], [entry.id], [entry.id]]);
  });

  check("a condition is of its own namespace", async ({ store }) => {
    await putOne(store, { namespace: "a" });
    await store.commit([{ put: newEntry({ namespace: "a:" }), when: "absent" }]);
    const { revision } = (await store.get("a", "k"))!;
    await fails(() => store.commit([{ put: newEntry({ namespace: "a:" }), when: { revision } }]), "conflict");
  });

  check("a condition as the last of many changes undoes them all", async ({ store }) => {
    const kept = await putOne(store, { key: "kept", expiresAt: 2000 });
    const over = await putOne(store, { key: "over", value: '"old"' });
    const before = [
      await collect(store.scan()),
      await store.version(),
      await store.oldest(9),
      await store.changesSince(0),
    ];
    await fails(
      () =>
        store.commit([
          ...Array.from({ length: 60 }, (_, i) => ({ put: newEntry({ key: `k${i}`, createdAt: i }) })),
          { put: newEntry({ key: "over", value: '"new"', vector: null }) },
          { touch: [kept, over], at: 9000, expiresAt: null },
          { remove: [kept], when: { expiredAt: 9e9 } },
          { remove: [over] },
          { put: newEntry({ key: "kept" }), when: { revision: 123_456 } },
        ]),
      "conflict",
    );
    equal(
      [await collect(store.scan()), await store.version(), await store.oldest(9), await store.changesSince(0)],
      before,
    );
    const { applied } = await store.commit([{ put: newEntry({ key: "kept", value: '"again"' }) }]);
    equal(applied, [[kept]], "and the store goes on");
  });

  check("a conflict tells neither values nor texts", async ({ store }) => {
    const secret = "sk-0123456789";
    const put = newEntry({ text: secret, value: secret, metadata: { secret }, tags: [secret] });
    await store.commit([{ put }]);
    for (const when of ["absent", { revision: 99 }] as const) {
      const { message, stack } = await fails(() => store.commit([{ put, when }]), "conflict");
      ok(!`${message}${stack}`.includes(secret), message);
    }
  });

  check("any history reads as a plain map would", async ({ store }) => {
    const model = new Map<string, { id: number; at: number; hits: number; expiresAt: number | null; value: string }>();
    let random = 42;
    const pick = (below: number): number => {
      random = (Math.imul(random, 1103515245) + 12345) >>> 0;
      return (random >>> 8) % below;
    };
    for (let now = 1; now <= 90; now++) {
      const key = String(pick(9));
      const known = model.get(key);
      const choice = pick(6);
      if (choice > 2) {
        const expiresAt = pick(2) === 0 ? null : now + pick(20);
        const id = await putOne(store, { key, createdAt: now, expiresAt, value: String(now) });
        ok(known === undefined ? [...model.values()].every((other) => other.id < id) : known.id === id, "its id");
        model.set(key, { id, at: now, hits: 0, expiresAt, value: String(now) });
      } else if (known !== undefined && choice === 0) {
        await store.commit([
          { touch: [known.id], at: now - pick(9) * 2 },
          { touch: [known.id], at: now },
        ]);
        Object.assign(known, { at: now, hits: known.hits + 2 });
      } else if (known !== undefined && choice === 1) {
        await store.commit([{ remove: [known.id] }]);
        model.delete(key);
      } else {
        await store.removeExpired(now);
        for (const [key, { expiresAt }] of model) if (expiresAt !== null && expiresAt <= now) model.delete(key);
      }
      if (now % 10 > 0) continue;
      const byId = [...model].sort(([, a], [, b]) => a.id - b.id);
      equal(
        (await collect(store.scan())).map((entry) => [
          entry.key,
          { id: entry.id, at: entry.accessedAt, hits: entry.hits, expiresAt: entry.expiresAt, value: entry.value },
        ]),
        byId,
      );
      const byUse = byId.map(([, entry]) => entry).sort((a, b) => a.at - b.at || a.id - b.id);
      equal(
        await store.oldest(99),
        byUse.map(({ id }) => id),
      );
    }
  });
}
