// Both languages say everything, and nothing is said in vain.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './browser.mjs';

const console_ = join(root, 'console');
const { build } = createRequire(join(console_, 'package.json'))('esbuild');

async function load(entry) {
	const made = await build({ stdin: { contents: entry, resolveDir: console_, loader: 'ts' }, bundle: true, write: false, format: 'esm', charset: 'utf8', logLevel: 'silent' });
	return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString('base64')}`);
}

const { words, saySentence, language } = await load("export { words, saySentence } from './words/words'; export { language } from './words/format';");
const causes = [...readFileSync(join(root, 'src/reconcile/summary.c'), 'utf8').split('cause_names[CAUSE_KIND_COUNT] = {')[1].split('}')[0].matchAll(/"(\w+)"/g)].map((m) => m[1]);
const read = (folder) => readdirSync(join(console_, folder)).filter((name) => /\.tsx?$/.test(name) && name !== 'words.ts').map((name) => readFileSync(join(console_, folder, name), 'utf8'));

test('every text is there in both languages', () => {
	const same = ['csv', 'identifier', 'quoted']; // alike in either language
	for (const [key, text] of Object.entries(words)) {
		assert.deepEqual(Object.keys(text).sort(), ['en', 'zh'], key);
		assert.equal(typeof text.en, typeof text.zh, key);
		for (const language of ['en', 'zh'])
			assert.ok(typeof text[language] === 'function' || text[language].trim(), `${key} in ${language}`);
		if (!same.includes(key))
			assert.match(String(text.zh), /[\u4e00-\u9fff\uff00-\uffef]|0%|100%/, `${key} is not Chinese`);
		assert.doesNotMatch(String(text.en), /[\u4e00-\u9fff]/, `${key} is not English`);
	}
});

test('Chinese keeps to the glossary', () => {
	for (const [key, text] of Object.entries(words))
		assert.doesNotMatch(String(text.zh), /运算符|操作员|调和|供应商/, key);
});

test('every cause that the engine knows has a name and a sentence in both languages', () => {
	assert.ok(causes.length >= 19);
	const parameters = [{}, { seconds: -3.2, at: '2026-11-24T12:00:00.000Z', ppm: 12.5, incrementSeconds: 6, minimumSeconds: 60, mode: 'up', milliseconds: 240, factor: 1000,
		rule: 'national: 0 → +49', digits: 3, number: '+49305550000', everySeconds: 3600, zoneOffsetSeconds: 3600, from: '2026-11-24T14:10:00.000Z', to: '2026-11-24T15:25:00.000Z' }];
	for (const cause of causes) {
		assert.ok(words[`cause_${cause}`], cause);
		assert.ok(words[`says_${cause}`], cause);
		for (const spoken of ['en', 'zh']) {
			language.value = spoken;
			for (const p of parameters) {
				const sentence = saySentence({ cause, operatorId: 'op-1', parameters: p, sentence: 'SPARE' });
				assert.doesNotMatch(sentence, /undefined|null|\[object|SPARE/, `${cause} in ${spoken}`);
				assert.ok(sentence.includes('op-1'), `${cause} in ${spoken}`);
			}
			assert.doesNotMatch(saySentence({ cause, operatorId: 'op-1', parameters: parameters[1], sentence: '' }), /NaN/, `${cause} in ${spoken}`);
		}
	}
});

test('a cause of a later engine is told in its own words', () => {
	assert.equal(saySentence({ cause: 'moon_phase', operatorId: 'x', parameters: {}, sentence: 'x counts moons' }), 'x counts moons');
});

test('no text is left over', () => {
	const text = ['plots', 'report', 'words'].flatMap(read).join('\n');
	for (const key of Object.keys(words))
		assert.ok(/^(class|about|cause|says)_/.test(key) || text.includes(`'${key}'`), `${key} is used nowhere`);
});

test('the types hold', () => {
	execFileSync(process.execPath, [join(root, 'test/console/node_modules/typescript/bin/tsc'), '-p', console_], { stdio: 'pipe' });
});
