// The report in a real browser: what a reader sees and does, in both languages, on a phone and on a wall.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { cells, dataOf, launch, open, path, reconcile, settled, simulate, tally, write } from './browser.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const figures = ['waterfall', 'agreement', 'completeness', 'start-difference', 'duration-difference', 'durations', 'one-call'];
const mixed = 'clock_drift:ppm=30 rounding:increment=6,mode=up missing_window:trunk=t2 duplicate_delivery:share=0.05 disputed number_format ring_time:direction=inbound random_missing:share=0.003';

let browser, day, data;

before(async () => {
	browser = await launch();
	day = reconcile('mixed-report', ...simulate('mixed', 5, 12000, mixed));
	data = dataOf(day);
});
after(() => browser.close());

const number = (text) => Number(text.replaceAll(',', '').replace('−', '-').replace(/[^\d.-]/g, ''));
const ms = (text) => Math.round(number(text) * 1000);

const chipsOf = (page) => page.$$eval('.chip', (list) => list.map((chip) => chip.firstChild.textContent));

// Marks that can be seen: filled areas of some size.
const marksOf = (page, id) => page.$$eval(`#${id} svg .mark`, (marks) => marks.filter((mark) => {
	const box = mark.getBBox();
	return box.width > 0 && box.height > 0 && getComputedStyle(mark).fill !== 'none';
}).length);

async function seriousFaults(page) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
	return found.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`);
}

describe('looks right', () => {
	for (const [locale, language] of [['en-US', 'en'], ['zh-CN', 'zh-Hans']])
		for (const colorScheme of ['light', 'dark'])
			for (const width of [360, 1280, 2560])
				test(`${language}, ${colorScheme}, ${width} pixels wide`, async () => {
					const { page, faults, close } = await open(browser, day, { locale, colorScheme, viewport: { width, height: 900 } });
					assert.equal(await page.getAttribute('html', 'lang'), language);
					assert.equal(await page.getAttribute('html', 'data-theme'), colorScheme);
					assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
					for (const id of figures)
						assert.ok(await marksOf(page, id) > 0, `${id} has no marks`);
					const headings = await page.$$eval('h2, h3', (list) => list.map((h) => h.textContent));
					for (const heading of headings)
						assert.equal(/[\u4e00-\u9fff]/.test(heading), language !== 'en', heading);
					assert.deepEqual(await seriousFaults(page), []);
					assert.deepEqual(faults, []);
					await close();
				});
});

describe('figures', () => {
	test('each is a table, too, with as many lines as its data', async () => {
		const { page, faults, close } = await open(browser, day);
		for (const id of figures) {
			await page.locator(`#${id} .tools button`, { hasText: 'As table' }).click();
			const rows = await cells(page, `#${id} tbody`);
			assert.ok(rows.length > 0, id);
			assert.equal(await page.locator(`#${id} svg.plot`).count(), 0, id);
			assert.ok(rows.every((row) => row.length === rows[0].length), id);
			await page.locator(`#${id} .tools button`, { hasText: 'As table' }).click();
			assert.ok(await marksOf(page, id) > 0, id);
		}
		assert.deepEqual(faults, []);
		await close();
	});

	test('the waterfall adds up to the millisecond', async () => {
		const { page, close } = await open(browser, day);
		await page.locator('#waterfall .tools button', { hasText: 'As table' }).click();
		const rows = await cells(page, '#waterfall tbody');
		const seconds = rows.map((row) => ms(row[1]));
		assert.equal(rows[0][0], 'Platform');
		assert.equal(rows.at(-1)[0], 'Operator');
		assert.equal(rows.at(-2)[0], 'Unexplained');
		assert.equal(seconds[0], Math.round(data.seconds.platform * 1000));
		assert.equal(seconds.at(-1), Math.round(data.seconds.operator * 1000));
		assert.equal(seconds.at(-2), Math.round(data.seconds.unexplained * 1000));
		assert.equal(seconds.slice(0, -1).reduce((a, b) => a + b, 0), seconds.at(-1));
		for (let i = 1; i < rows.length - 1; i++)
			assert.equal(ms(rows[i][2]), ms(rows[i - 1][2]) + seconds[i]);
		await close();
	});

	test('bars stand where their values are', async () => {
		const { page, close } = await open(browser, day);
		const bars = await page.$$eval('#waterfall .mark', (list) => list.map((bar) => [bar.x.baseVal.value, bar.x.baseVal.value + bar.width.baseVal.value]));
		const [platform, operator] = [bars[0][1], bars.at(-1)[1]];
		const scale = (operator - platform) / (data.seconds.operator - data.seconds.platform);
		const causes = new Map();
		for (const cause of data.causes)
			causes.set(cause.cause, (causes.get(cause.cause) ?? 0) + cause.seconds);
		const parts = [...causes.values()].filter((value) => value).sort((a, b) => Math.abs(b) - Math.abs(a));
		let at = platform;
		parts.forEach((value, i) => {
			const [left, right] = bars[i + 1];
			assert.ok(Math.abs(Math.min(at, at + value * scale) - left) < 0.5 && Math.abs(right - left - Math.max(1.5, Math.abs(value * scale))) < 0.5, `bar ${i}`);
			at += value * scale;
		});
		await close();
	});

	test('none has more than 10,000 marks', () => {
		for (const plots of data.plots)
			for (const grid of [plots.startDifference.recorded, plots.startDifference.corrected, plots.durations])
				assert.ok(grid.cells.length / 3 <= 10000);
	});

	test('what the pointer is on is told', async () => {
		const { page, close } = await open(browser, day);
		const plot = page.locator('#agreement svg.plot');
		await plot.scrollIntoViewIfNeeded();
		await plot.hover({ position: { x: 300, y: 100 } });
		assert.match(await page.textContent('#agreement .pointed'), /2026-11-24 \d\d:\d\d: [\d,]+ outcomes; Agreed [\d,]+/);
		await close();
	});

	test('what is chosen is shown as rows', async () => {
		const { page, faults, close } = await open(browser, day);
		const window = page.locator('#completeness rect.window');
		await window.scrollIntoViewIfNeeded();
		const box = await window.boundingBox();
		await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
		await settled(page);
		const rows = await cells(page, '.rows tbody');
		assert.ok(rows.length > 0);
		assert.ok(rows.every((row) => row.at(-1) === 't2' && /2026-11-24 1[45]:/.test(row[4])), rows[0].join());
		assert.match((await chipsOf(page))[0], /2026-11-24 1[45]:\d\d to 2026-11-24 1[45]:\d\d \(UTC\)/);
		assert.equal((await chipsOf(page))[1], 't2');
		await page.locator('.chips button', { hasText: 'Clear' }).click();
		await settled(page);
		assert.deepEqual(await chipsOf(page), []);
		assert.deepEqual(faults, []);
		await close();
	});

	test('a second of the histogram filters the rows, and the chip clears it', async () => {
		const { page, faults, close } = await open(browser, day);
		const at = (name) => data.columns.indexOf(name);
		const first = data.plots[0].durationDifference.firstSecond;
		const paired = [...data.rows, ...data.secondRows].filter((row, i, all) => all.findIndex((other) => other[1] === row[1] && other[2] === row[2]) === i).filter((row) => ['agreed', 'differs'].includes(row[at('class')]));
		const rounded = (value) => Math.sign(value) * Math.round(Math.abs(value));
		const chosen = rounded(paired.find((row) => rounded(row[at('unexplainedSeconds')]) > 20)[at('unexplainedSeconds')]);
		const expected = paired.filter((row) => rounded(row[at('unexplainedSeconds')]) === chosen).map((row) => row[at('platformId')]).sort();
		const plot = page.locator('#duration-difference svg.plot');
		await plot.scrollIntoViewIfNeeded();
		const bars = await page.$$eval('#duration-difference .mark.unexplained', ([path]) => path.getAttribute('d').match(/M[\d.]+/g).map((m) => Number(m.slice(1))));
		const filled = data.plots[0].durationDifference.unexplained.flatMap((n, i) => (n ? [first + i - 1] : []));
		assert.equal(bars.length, filled.length);
		await plot.click({ position: { x: bars[filled.indexOf(chosen)] + 2, y: 250 } });
		await settled(page);
		assert.deepEqual(await chipsOf(page), [`Unexplained: +${chosen} s`]);
		assert.deepEqual((await cells(page, '.rows tbody')).map((row) => row[0]).sort(), expected);
		const again = await open(browser, page.url());
		assert.deepEqual(await chipsOf(again.page), [`Unexplained: +${chosen} s`]);
		await again.close();
		await page.locator('.chip').click();
		await settled(page);
		assert.deepEqual(await chipsOf(page), []);
		assert.ok((await cells(page, '.rows tbody')).length > expected.length);
		assert.deepEqual(faults, []);
		await close();
	});

	test('every bar of the histogram has calls to show', async () => {
		const { firstSecond, recorded } = data.plots[0].durationDifference;
		const { page, faults, close } = await open(browser, day);
		const filled = recorded.flatMap((n, i) => (n && i > 0 && i < recorded.length - 1 && firstSecond + i - 1 !== 0 ? [[firstSecond + i - 1, n]] : []));
		assert.ok(filled.length > 20);
		for (const [second, n] of filled.filter((_, i) => i % 9 === 0)) {
			const again = await open(browser, `${day}#seconds=difference:${second}`);
			const rows = await cells(again.page, '.rows tbody');
			assert.ok(rows.length >= Math.min(3, n) && rows.length <= n, `${second} s: ${rows.length} of ${n}`);
			assert.ok(rows.every((row) => Math.abs(number(row[7]) - second) <= 0.5), `${second} s`);
			await again.close();
		}
		assert.deepEqual(faults, []);
		await close();
	});

	test('a bar of the waterfall filters the rows', async () => {
		const { page, faults, close } = await open(browser, day, { reducedMotion: 'reduce' });
		const names = await page.$$eval('#waterfall text.name', (list) => list.map((text) => text.textContent));
		const choose = async (name) => {
			await page.locator('#waterfall .mark').nth(names.indexOf(name)).click({ force: true });
			await settled(page);
		};
		await choose('Delivered twice');
		assert.deepEqual(await chipsOf(page), ['Delivered twice']);
		assert.deepEqual([...new Set((await cells(page, '.rows tbody')).map((row) => row[2]))], ['Duplicate']);
		await choose('Unexplained');
		assert.deepEqual(await chipsOf(page), ['With an unexplained part']);
		assert.ok((await cells(page, '.rows tbody')).every((row) => number(row[8]) !== 0));
		assert.deepEqual(faults, []);
		await close();
	});

	test('each is read and chosen by keyboard alone', async () => {
		const { page, faults, close } = await open(browser, day);
		for (const id of figures.filter((id) => id !== 'one-call')) {
			const cursor = page.locator(`#${id} .cursor`);
			await page.locator(`#${id} .tools button`).last().focus();
			await page.keyboard.press('Tab');
			assert.ok(await cursor.evaluate((rect) => rect === document.activeElement), `${id}: the drawing is not next`);
			assert.notEqual(await cursor.evaluate((rect) => getComputedStyle(rect).stroke), 'none', `${id}: no focus is seen`);
			const said = new Set();
			for (const key of ['Home', 'ArrowRight', 'ArrowDown', 'End', 'ArrowLeft', 'ArrowUp']) {
				await page.keyboard.press(key);
				const text = await cursor.getAttribute('aria-label');
				assert.equal(await page.textContent(`#${id} .pointed`), text);
				said.add(text);
			}
			assert.ok(said.size > 1, id);
			const inside = await page.evaluate((name) => {
				const frame = document.querySelector(`#${name} svg.plot`).getBoundingClientRect();
				const box = document.querySelector(`#${name} .cursor`).getBoundingClientRect();
				return box.left >= frame.left - 4 && box.right <= frame.right + 4 && box.top >= frame.top - 4 && box.bottom <= frame.bottom + 4;
			}, id);
			assert.ok(inside, `${id}: the cursor leaves the drawing`);
			if (await cursor.getAttribute('role') !== 'button')
				continue;
			if (id === 'waterfall')
				await page.keyboard.press('ArrowDown');
			await page.keyboard.press('Enter');
			await settled(page);
			assert.ok((await chipsOf(page)).length > 0, id);
			assert.equal(await page.evaluate(() => document.activeElement.id), 'rows-title', id);
		}
		assert.deepEqual(faults, []);
		await close();
	});

	test('the clock corrected leaves less than the clock as recorded', async () => {
		const { page, close } = await open(browser, day);
		const high = () => page.$eval('#start-difference .heat', (heat) => heat.getBBox().height);
		const recorded = await high();
		await page.locator('#start-difference button', { hasText: 'Clock corrected' }).click();
		assert.ok(await high() < recorded / 3);
		await close();
	});

	test('files hold what the tables show', async () => {
		const { page, close } = await open(browser, day);
		for (const id of figures) {
			const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`#${id} .tools button`, { hasText: 'CSV' }).click()]);
			assert.equal(download.suggestedFilename(), `${id}.csv`);
			const lines = readFileSync(await download.path(), 'utf8').replace('\ufeff', '').trimEnd().split('\r\n');
			await page.locator(`#${id} .tools button`, { hasText: 'As table' }).click();
			const shown = (await cells(page, `#${id} tbody`)).length;
			assert.ok(lines.length - 1 >= shown && (lines.length - 1 === shown || shown === 500), `${id}: ${lines.length - 1} lines, ${shown} shown`);
		}
		await close();
	});
});

describe('causes', () => {
	test('each is a sentence with three calls of both sides', async () => {
		const { page, close } = await open(browser, day);
		const sentences = await page.$$eval('.cause .sentence', (list) => list.map((p) => p.textContent));
		assert.equal(sentences.length, data.causes.length);
		assert.ok(sentences.includes('op-1 rounds durations up to whole 6\u00a0s.'));
		assert.ok(sentences.includes('op-1 has no calls between 2026-11-24 14:10 and 2026-11-24 15:25.'));
		for (let i = 0; i < sentences.length; i++)
			assert.equal(await page.locator('li.cause').nth(i).locator('tbody').count(), 3, sentences[i]);
		const ids = new Set(data.examples.flat().map((row) => row[1]));
		for (const id of await page.$$eval('.examples tbody tr:first-child .id', (list) => list.map((td) => td.textContent)))
			assert.ok(ids.has(id), id);
		await close();
	});

	test('its rows are shown on demand', async () => {
		const { page, close } = await open(browser, day);
		const card = page.locator('li.cause', { hasText: 'delivered records twice' });
		await card.locator('button').click();
		const classes = new Set((await cells(page, '.rows tbody')).map((row) => row[2]));
		assert.deepEqual([...classes], ['Duplicate']);
		await close();
	});
});

describe('rows', () => {
	const found = async (page) => number((await page.textContent('.found')).split(' of ')[0]);

	test('are filtered by class, cause and text', async () => {
		const { page, close } = await open(browser, day);
		const column = data.columns.indexOf('class');
		const all = data.rows.length;
		assert.equal(await found(page), all);
		await page.selectOption('.filters label:nth-child(2) select', 'differs');
		assert.equal(await found(page), data.rows.filter((row) => row[column] === 'differs').length);
		await page.selectOption('.filters label:nth-child(3) select', 'none');
		assert.equal(await found(page), data.rows.filter((row) => row[column] === 'differs' && row[4] === '').length);
		assert.deepEqual(await chipsOf(page), ['Differs', 'Without a cause']);
		await page.locator('.chips button', { hasText: 'Clear' }).click();
		assert.equal(await found(page), all);
		const id = data.rows[all - 1][1] ?? data.rows[all - 1][2];
		await page.fill('.filters input', id.toUpperCase());
		assert.equal(await found(page), data.rows.filter((row) => row[1] === id || row[2] === id).length);
		await page.fill('.filters input', 'no such id');
		assert.match(await page.textContent('#rows'), /No row matches/);
		await close();
	});

	test('are sorted by a column, either way', async () => {
		const { page, close } = await open(browser, day);
		const at = (await page.$$eval('.rows thead th', (list) => list.map((th) => th.textContent))).findIndex((text) => text.startsWith('Platform’s duration'));
		const button = page.locator('.rows thead th').nth(at).locator('button');
		const values = async () => (await cells(page, '.rows tbody')).map((row) => row[at]).filter(Boolean).map(number);
		await button.click();
		assert.equal(await page.locator('.rows thead th').nth(at).getAttribute('aria-sort'), 'descending');
		let list = await values();
		assert.deepEqual(list, [...list].sort((a, b) => b - a));
		await button.click();
		assert.equal(await page.locator('.rows thead th').nth(at).getAttribute('aria-sort'), 'ascending');
		list = await values();
		assert.deepEqual(list, [...list].sort((a, b) => a - b));
		await close();
	});

	test('one is looked at, by pointer and by keyboard', async () => {
		const { page, faults, close } = await open(browser, `${day}#class=differs`);
		await page.locator('.rows tbody tr').nth(3).click();
		let id = (await cells(page, '.rows tbody'))[3][0];
		assert.match(await page.textContent('.call'), new RegExp(`tally why ${id}`));
		await page.locator('.rows tbody tr').nth(5).locator('button').focus();
		await page.keyboard.press('Enter');
		id = (await cells(page, '.rows tbody'))[5][0];
		assert.match(await page.textContent('.call'), new RegExp(`tally why ${id}`));
		const row = data.rows.find((r) => r[1] === id);
		const [, said] = /tally why (\S+ --in \S+)/.exec(await page.textContent('.call'));
		assert.match(execFileSync(tally, ['why', ...said.split(' ')], { encoding: 'utf8' }), new RegExp(id)); // and it is true
		assert.match(await page.textContent('.call .says'), new RegExp(`Platform ${row[data.columns.indexOf('platformDuration')].toLocaleString('en')}`));
		assert.deepEqual(faults, []);
		await close();
	});

	test('what a link says is shown again', async () => {
		const { page, close } = await open(browser, day);
		await page.selectOption('.filters label:nth-child(2) select', 'duplicate');
		await page.selectOption('.controls label:nth-of-type(2) select', 'dark');
		const again = await open(browser, page.url());
		assert.equal(await again.page.inputValue('.filters label:nth-child(2) select'), 'duplicate');
		assert.equal(await again.page.getAttribute('html', 'data-theme'), 'dark');
		await again.close();
		await close();
	});
});

describe('says and switches', () => {
	test('which files, and of when', async () => {
		const { page, close } = await open(browser, day);
		assert.match(await page.textContent('.verdict'), /platform\.csv against operator\.csv · 2026-11-24 00:00 to 2026-11-25 0\d:\d\d \(UTC\)/);
		assert.equal(await page.title(), 'Reconciliation report: op-1');
		await close();
	});

	test('language, without losing what was chosen', async () => {
		const { page, faults, close } = await open(browser, `${day}#class=differs`);
		await page.click('.controls button[lang="zh-Hans"]');
		assert.equal(await page.textContent('.verdict h2'), '双方存在差异，其中一部分尚未解释。');
		assert.equal(await page.getAttribute('html', 'lang'), 'zh-Hans');
		assert.ok((await page.$$eval('.cause .sentence', (list) => list.map((p) => p.textContent))).includes('op-1 将时长按 6\u00a0秒向上取整。'));
		assert.equal(await page.inputValue('.filters label:nth-child(2) select'), 'differs');
		await page.click('.controls button[lang="en"]');
		assert.equal(await page.textContent('.verdict h2'), 'Both sides differ beyond what is explained.');
		assert.deepEqual(faults, []);
		await close();
	});

	test('Chinese without blanks among its signs, nor signs of half width', async () => {
		const { page, close } = await open(browser, day, { locale: 'zh-CN' });
		await page.locator('#agreement .cursor').focus();
		const texts = await page.$$eval('main *, footer *', (list) => list.flatMap((element) => [...element.childNodes])
			.filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent));
		const sign = '[\\u4e00-\\u9fff\\u3000-\\u303f\\uff00-\\uffef]';
		for (const text of texts) {
			assert.doesNotMatch(text, new RegExp(`${sign}\\s+${sign}`), text);
			assert.doesNotMatch(text, new RegExp(`${sign}[,;:?!]|[,;:?!]\\s*${sign}`), text);
			assert.doesNotMatch(text, /[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]/, text);
		}
		await close();
	});

	test('theme', async () => {
		const { page, close } = await open(browser, day, { colorScheme: 'light' });
		const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
		const light = await back();
		await page.selectOption('.controls label:nth-of-type(2) select', 'dark');
		assert.notEqual(await back(), light);
		await page.selectOption('.controls label:nth-of-type(2) select', 'auto');
		assert.equal(await back(), light);
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
		await close();
	});

	test('time zone', async () => {
		const { page, close } = await open(browser, day, { timezoneId: 'Asia/Shanghai' });
		const before = Date.parse(`${(await cells(page, '.rows tbody'))[0][4].replace(' ', 'T')}Z`);
		await page.selectOption('.controls label:nth-of-type(1) select', 'local');
		const after_ = Date.parse(`${(await cells(page, '.rows tbody'))[0][4].replace(' ', 'T')}Z`);
		assert.equal(after_ - before, 8 * 3600 * 1000);
		await close();
	});

	test('operator', async () => {
		const tables = [0, 1].map((k) => simulate(`one-of-two-${k}`, 20 + k, 1500, k ? 'rounding:increment=60,mode=up' : ''));
		const joined = [0, 1].map((side) => {
			const lines = tables.map((pair, k) => readFileSync(pair[side], 'utf8').trimEnd().split('\n').map((line, i) => (i ? `${k}-${line.replace('op-1', `op-${k}`)}` : line)));
			return write(`two-${side}.csv`, [...lines[0], ...lines[1].slice(1)].join('\n') + '\n');
		});
		const address = reconcile('two-report', ...joined);
		const two = dataOf(address);
		const { page, faults, close } = await open(browser, address);
		assert.deepEqual(two.operators.map((o) => o.operatorId), ['op-0', 'op-1']);
		assert.equal(await page.locator('li.cause').count(), two.causes.length);
		// Unanswered calls that only one side has are nothing to agree on, here as in the plot.
		for (const [id, , share] of await cells(page, 'section[aria-labelledby="operators"] tbody')) {
			const { counts } = two.operators.find((o) => o.operatorId === id);
			const unanswered = two.plots.find((p) => p.operatorId === id).unansweredCounts;
			const all = counts.agreed + counts.differs + counts.platform_only + counts.operator_only + counts.duplicate;
			assert.ok(unanswered.platform_only > 100);
			assert.ok(Math.abs(number(share) - (counts.agreed / (all - unanswered.platform_only - unanswered.operator_only)) * 100) < 0.011, id);
		}
		await page.selectOption('.controls label:nth-of-type(1) select', 'op-0');
		await settled(page);
		assert.equal(await page.locator('li.cause').count(), two.causes.filter((cause) => cause.operatorId === 'op-0').length);
		assert.equal(number(await page.textContent('.tile.platform small')), two.operators[0].counts.platformRecords);
		assert.ok((await cells(page, '.rows tbody')).every((row) => row[2] === 'op-0'));
		for (const id of figures.filter((id) => id !== 'one-call'))
			assert.ok(await marksOf(page, id) > 0, id);
		assert.deepEqual(faults, []);
		await close();
	});
});

describe('is honest', () => {
	const header = (side) => readFileSync(path('mixed', `${side}.csv`), 'utf8').split('\n', 1)[0] + '\n';
	const first = (side, lines) => readFileSync(path('mixed', `${side}.csv`), 'utf8').split('\n').slice(0, lines + 1).join('\n') + '\n';

	async function verdictOf(name, platform, operator) {
		const address = reconcile(name, write(`${name}-p.csv`, platform), write(`${name}-o.csv`, operator));
		const { page, faults, close } = await open(browser, address);
		const text = await page.textContent('.verdict');
		assert.deepEqual(await seriousFaults(page), []);
		assert.deepEqual(faults, []);
		await close();
		return text;
	}

	test('on one record', async () => {
		assert.match(await verdictOf('one', first('platform', 1), first('operator', 1)), /A side has only 1 here/);
	});
	test('on an empty side', async () => {
		assert.match(await verdictOf('none', first('platform', 5), header('operator')), /The operator’s side is empty/);
		assert.match(await verdictOf('nobody', header('platform'), first('operator', 5)), /The platform’s side is empty/);
	});
	test('on nothing', async () => {
		assert.match(await verdictOf('nothing', header('platform'), header('operator')), /Neither side has a record/);
	});
	test('on other calls', async () => {
		const [, operator] = simulate('other', 99, 500);
		assert.match(await verdictOf('unrelated', first('platform', 500), readFileSync(operator, 'utf8')), /not of the same calls/);
	});
	test('on names that look like markup', async () => {
		const evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)>';
		const rename = (text) => text.split('\n').map((line, i) => (i && line ? line.replace(/^[^,]+/, `"${evil}${i}"`).replace('op-1', `"${evil}"`) : line)).join('\n');
		const address = reconcile('evil', write('evil-p.csv', rename(first('platform', 50))), write('evil-o.csv', rename(first('operator', 3))));
		const { page, faults, close } = await open(browser, address);
		assert.ok((await cells(page, '.rows tbody')).some((row) => row.join().includes(evil)));
		assert.equal(await page.locator('img').count(), 0);
		assert.deepEqual(faults, []);
		await close();
	});
});

describe('elsewhere', () => {
	test('on paper', async () => {
		const { page, faults, close } = await open(browser, day, { colorScheme: 'dark', viewport: { width: 1100, height: 800 } });
		await page.emulateMedia({ media: 'print' });
		assert.equal(await page.isVisible('.controls'), false);
		assert.equal(await page.isVisible('#agreement .tools'), false);
		assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
		assert.ok((await page.pdf({ format: 'A4' })).length > 20000);
		assert.deepEqual(faults, []);
		await close();
	});

	test('without script it says where the figures are', async () => {
		const context = await browser.newContext({ javaScriptEnabled: false });
		const page = await context.newPage();
		await page.goto(day);
		assert.match(await page.textContent('body'), /summary\.json beside it/);
		await context.close();
	});
});
