// What the tests of pages share: reports made by tally itself, and a browser that may load nothing else.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const tally = process.env.TALLY ?? join(root, 'build/tally');
const scratch = mkdtempSync(join(tmpdir(), 'tally-console-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

export const path = (...names) => join(scratch, ...names);

// A simulated day; its two tables.
export function simulate(name, seed, calls, faults) {
	execFileSync(tally, ['simulate', '--seed', String(seed), '--calls', String(calls), '--out', path(name), ...(faults ? ['--faults', faults] : [])]);
	return [path(name, 'platform.csv'), path(name, 'operator.csv')];
}

// Compares two tables; the report's address.
export function reconcile(name, platform, operator) {
	const done = spawnSync(tally, ['reconcile', '--quiet', '--platform', platform, '--operator', operator, '--out', path(name)], { encoding: 'utf8' });
	if (done.status > 1)
		throw new Error(done.stderr);
	return pathToFileURL(path(name, 'report.html')).href;
}

export function write(name, text) {
	writeFileSync(path(name), text);
	return path(name);
}

export const dataOf = (address) =>
	JSON.parse(/<script type="application\/json" id="report">(.*?)<\/script>/s.exec(readFileSync(new URL(address), 'utf8'))[1]);

export async function launch() {
	const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
	return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

// Opens a page and writes down whatever it should not do.
export async function open(browser, address, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', timezoneId: 'UTC', ...options });
	const page = await context.newPage();
	const faults = [];
	page.on('console', (message) => faults.push(`console ${message.type()}: ${message.text()}`));
	page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
	page.on('dialog', (dialog) => {
		faults.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.on('request', (request) => {
		const url = request.url();
		if (url.split('#')[0] !== address.split('#')[0] && !url.startsWith('data:'))
			faults.push(`request: ${url}`);
	});
	await page.goto(address);
	await page.waitForFunction(() => document.querySelector('main') !== null && document.querySelectorAll('figure').length > 0);
	// Figures draw once they know their width.
	await page.waitForFunction(() => [...document.querySelectorAll('figure .drawing')].every((box) => box.children.length > 0));
	return { page, faults, close: () => context.close() };
}

// The page has drawn what was chosen.
export const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));

// Rows of a table as it is shown.
export const cells = (page, selector) =>
	page.$$eval(`${selector} tr`, (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
