// One page without any address in it: styles and script stand inline, and the policy allows just these by their hashes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const [out, depfile] = process.argv.slice(2).map((path) => resolve(path));

async function bundled(entry) {
	const result = await build({
		entryPoints: [join(here, entry)],
		bundle: true,
		minify: true,
		write: false,
		metafile: true,
		outdir: here,
		format: 'iife',
		target: ['chrome109', 'firefox115', 'safari16'],
		charset: 'utf8',
		jsx: 'automatic',
		jsxImportSource: 'preact',
		legalComments: 'none',
		logLevel: 'warning',
		absWorkingDir: here,
	});
	return { text: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs).map((path) => join(here, path)) };
}

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const script = await bundled('report/main.tsx');
const style = await bundled('report/report.css');
const code = script.text.trim().replaceAll('</script', '<\\/script');
const css = style.text.trim();
const policy = `default-src 'none'; script-src ${hash(code)}; style-src ${hash(css)}; img-src data:; base-uri 'none'; ` +
	"form-action 'none'; require-trusted-types-for 'script'";
const parts = { policy, style: css, script: code };
const template = join(here, 'report/page.html');
const page = readFileSync(template, 'utf8').replace(/\{\{(\w+)\}\}/g, (whole, name) => parts[name] ?? whole);

mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, page);
const inputs = [...script.inputs, ...style.inputs, template, join(here, 'bundle.mjs'), join(here, 'package-lock.json')];
const escape = (path) => path.replaceAll(' ', '\\ ');
writeFileSync(depfile, `${escape(relative(process.cwd(), out))}: ${inputs.map(escape).join(' ')}\n`);
