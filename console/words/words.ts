// Every text of the page in both languages. A text with arguments is a whole sentence in each: words are put in order by
// the language, never glued together by the page.
import { language, type Language } from './format';
import * as f from './format';
import type { Parameters } from '../plots/data';

type Text<A extends unknown[] = []> = Record<Language, string | ((...args: A) => string)>;

// "national: 0 → +49": what kind of rewrite, and which.
function ruleOf(p: Parameters): [string, string] {
	const rule = p.rule ?? '';
	const at = rule.indexOf(': ');
	return at < 0 ? ['', rule] : [rule.slice(0, at), rule.slice(at + 2)];
}

const words = {
	title: { en: 'Reconciliation report', zh: '对账报告' },
	compared: {
		en: (platform: string, operator: string) => `${platform} against ${operator}`,
		zh: (platform: string, operator: string) => `${platform} 与 ${operator} 对比`,
	},
	files: { en: (n: number) => `${f.count(n)} files`, zh: (n: number) => `${f.count(n)} 个文件` },
	period: {
		en: (from: string, to: string, zone: string) => `${from} to ${to} (${zone})`,
		zh: (from: string, to: string, zone: string) => `${from} 至 ${to}（${zone}）`,
	},
	skip: { en: 'Skip to the discrepancies', zh: '跳到差异列表' },

	// Controls
	operatorChoice: { en: 'Operator', zh: '运营商' },
	allOperators: { en: (n: string) => `All ${n} operators`, zh: (n: string) => `全部 ${n} 家运营商` },
	zoneChoice: { en: 'Times in', zh: '时区' },
	zoneLocal: { en: 'Local time', zh: '本地时间' },
	themeChoice: { en: 'Theme', zh: '外观' },
	themeAuto: { en: 'As the system', zh: '跟随系统' },
	themeLight: { en: 'Light', zh: '浅色' },
	themeDark: { en: 'Dark', zh: '深色' },
	print: { en: 'Print', zh: '打印' },
	notPlotted: {
		en: (n: string) => `Plots are kept for the ${n} operators with the most records; of the others there are figures only.`,
		zh: (n: string) => `仅保留记录数最多的 ${n} 家运营商的图表；其余运营商只有数字。`,
	},

	// Verdict
	verdictAgrees: { en: 'Both sides agree.', zh: '双方一致。' },
	verdictExplained: {
		en: 'Both sides differ, and every difference beyond the tolerance is explained.',
		zh: '双方存在差异，超出容差的部分均已找到原因。',
	},
	verdictDiffers: { en: 'Both sides differ beyond what is explained.', zh: '双方存在差异，其中一部分尚未解释。' },
	verdictUnrelated: {
		en: 'The two sides are not of the same calls: next to nothing could be paired.',
		zh: '双方记录的不是同一批通话：几乎没有可匹配的记录。',
	},
	verdictEmptyPlatform: { en: 'The platform’s side is empty: there is nothing to compare with.', zh: '平台侧没有记录，无从比较。' },
	verdictEmptyOperator: { en: 'The operator’s side is empty: there is nothing to compare with.', zh: '运营商侧没有记录，无从比较。' },
	verdictNothing: { en: 'Neither side has a record.', zh: '双方均没有记录。' },
	verdictOfOne: {
		en: (share: string, n: string) => `${share} of the ${n} outcomes of this operator agree.`,
		zh: (share: string, n: string) => `该运营商的 ${n} 条结果中，一致的占 ${share}。`,
	},
	moreByOperator: {
		en: (minutes: string, share: string) => `The operator counts ${minutes} more than the platform, ${share} of the platform’s time.`,
		zh: (minutes: string, share: string) => `运营商比平台多计 ${minutes}，相当于平台时长的 ${share}。`,
	},
	lessByOperator: {
		en: (minutes: string, share: string) => `The operator counts ${minutes} less than the platform, ${share} of the platform’s time.`,
		zh: (minutes: string, share: string) => `运营商比平台少计 ${minutes}，相当于平台时长的 ${share}。`,
	},
	sameSum: { en: 'In sum both count the same time.', zh: '双方的时长合计相同。' },
	fewRecords: {
		en: (n: number) => (n === 1 ? 'A cause needs at least 30 records as evidence. A side has only 1 here: differences stay unexplained.' : `A cause needs at least 30 records as evidence. A side has only ${f.count(n)} here: differences stay unexplained.`),
		zh: (n: number) => `认定一个原因至少需要 30 条记录作为证据。此处有一方仅有 ${f.count(n)} 条记录，差异无法解释。`,
	},
	incomplete: {
		en: (n: string) => `Not everything could be read: ${n}. The figures are of what was read.`,
		zh: (n: string) => `部分内容无法读取：${n}。以下数据仅基于已读取的内容。`,
	},
	rejectedRecords: {
		en: (n: number) => (n === 1 ? '1 record was rejected' : `${f.count(n)} records were rejected`),
		zh: (n: number) => `${f.count(n)} 条记录被拒绝`,
	},
	brokenFiles: {
		en: (n: number) => (n === 1 ? '1 file breaks off' : `${f.count(n)} files break off`),
		zh: (n: number) => `${f.count(n)} 个文件不完整`,
	},

	// Figures
	platformTime: { en: 'Platform', zh: '平台' },
	operatorTime: { en: 'Operator', zh: '运营商' },
	difference: { en: 'Difference', zh: '差异' },
	explained: { en: 'Explained', zh: '已解释' },
	unexplained: { en: 'Unexplained', zh: '未解释' },
	recordsOf: { en: (n: number) => (n === 1 ? '1 record' : `${f.count(n)} records`), zh: (n: number) => `${f.count(n)} 条记录` },
	pairsOf: { en: (n: number) => (n === 1 ? '1 pair' : `${f.count(n)} pairs`), zh: (n: number) => `${f.count(n)} 对` },
	operatorMinusPlatform: { en: 'operator minus platform', zh: '运营商减平台' },
	byCauses: {
		en: (n: number) => (n === 0 ? 'no cause was found' : n === 1 ? 'by 1 cause' : `by ${f.count(n)} causes`),
		zh: (n: number) => (n === 0 ? '未发现原因' : `由 ${f.count(n)} 个原因造成`),
	},
	withoutCause: { en: 'no cause accounts for it', zh: '尚无原因可解释' },
	outcomes: { en: 'Outcomes', zh: '对账结果' },
	unansweredOf: { en: (n: string) => `${n} of them unanswered`, zh: (n: string) => `其中 ${n} 次未接通` },
	outcomesOf: { en: (n: number) => (n === 1 ? '1 outcome' : `${f.count(n)} outcomes`), zh: (n: number) => `${f.count(n)} 条结果` },
	tolerance: { en: (s: string) => `Durations that differ by no more than ${s} agree.`, zh: (s: string) => `时长相差不超过 ${s}即视为一致。` },

	class_agreed: { en: 'Agreed', zh: '一致' },
	class_differs: { en: 'Differs', zh: '有差异' },
	class_platform_only: { en: 'Platform only', zh: '仅平台有' },
	class_operator_only: { en: 'Operator only', zh: '仅运营商有' },
	class_duplicate: { en: 'Duplicate', zh: '重复' },
	about_agreed: { en: 'paired, and within the tolerance after what is explained', zh: '已匹配，扣除已解释部分后的差异在容差以内' },
	about_differs: { en: 'paired, and no cause explains the difference', zh: '已匹配，但差异没有找到原因' },
	about_platform_only: { en: 'the operator has no record of the call', zh: '运营商没有该通话的记录' },
	about_operator_only: { en: 'the platform has no record of the call', zh: '平台没有该通话的记录' },
	about_duplicate: { en: 'a second record of a call that has one', zh: '同一通话的重复记录' },

	// Causes
	causes: { en: 'Causes', zh: '原因' },
	causesLead: {
		en: 'What the operator’s side does systematically, relative to the platform’s. Each rests on at least 30 records.',
		zh: '运营商侧相对于平台侧的系统性偏差。每个原因至少有 30 条记录作为证据。',
	},
	moreCauses: { en: (n: number) => (n === 1 ? 'Show 1 more cause' : `Show ${f.count(n)} more causes`), zh: (n: number) => `再显示 ${f.count(n)} 个原因` },
	noCauses: { en: 'No systematic cause was found.', zh: '未发现系统性原因。' },
	noSeconds: { en: 'changes no seconds', zh: '不影响时长' },
	confidence: { en: (s: string) => `${s} of the records it could apply to`, zh: (s: string) => `占适用记录的 ${s}` },
	holdsOnTrunk: { en: (t: string) => `Trunk ${t}`, zh: (t: string) => `中继 ${t}` },
	holdsInbound: { en: 'Inbound calls', zh: '来话' },
	holdsOutbound: { en: 'Outbound calls', zh: '去话' },
	holdsFrom: { en: (t: string) => `From ${t}`, zh: (t: string) => `${t} 起` },
	holdsTo: { en: (t: string) => `Until ${t}`, zh: (t: string) => `${t} 止` },
	holdsBetween: { en: (a: string, b: string) => `${a} to ${b}`, zh: (a: string, b: string) => `${a} 至 ${b}` },
	examples: {
		en: (n: number) => (n === 1 ? 'One example call' : `${f.count(n)} example calls`),
		zh: (n: number) => `${f.count(n)} 个通话示例`,
	},
	showRows: { en: 'Show its rows', zh: '查看相关记录' },

	cause_clock_offset: { en: 'Clock offset', zh: '时钟偏差' },
	cause_clock_drift: { en: 'Clock drift', zh: '时钟漂移' },
	cause_clock_step: { en: 'Clock step', zh: '时钟跳变' },
	cause_zone_offset: { en: 'Time zone', zh: '时区偏移' },
	cause_rounding: { en: 'Rounding', zh: '计费取整' },
	cause_ring_time: { en: 'Ringing time', zh: '计入振铃' },
	cause_release_delay: { en: 'Release delay', zh: '拆线时延' },
	cause_timer_cap: { en: 'Timer cap', zh: '定时器上限' },
	cause_unit: { en: 'Unit', zh: '时长单位' },
	cause_number_format: { en: 'Number format', zh: '号码格式' },
	cause_masked_number: { en: 'Masked numbers', zh: '号码脱敏' },
	cause_replaced_caller: { en: 'Replaced caller', zh: '主叫号码替换' },
	cause_swapped_parties: { en: 'Swapped parties', zh: '主被叫颠倒' },
	cause_partial_records: { en: 'Partial records', zh: '分段记录' },
	cause_midnight_cut: { en: 'Midnight cut', zh: '零点切分' },
	cause_duplicate_delivery: { en: 'Delivered twice', zh: '重复上报' },
	cause_missing_window: { en: 'Missing window', zh: '时段缺失' },
	cause_minimum_duration: { en: 'Minimum duration', zh: '最短时长' },
	cause_unanswered_reported: { en: 'Unanswered calls', zh: '未接通话计时' },

	says_clock_offset: {
		en: (who: string, p: Parameters) => (p.seconds ?? 0) < 0
			? `${who}’s clock is ${f.seconds(-(p.seconds ?? 0), 3)} behind the platform’s.`
			: `${who}’s clock is ${f.seconds(p.seconds ?? 0, 3)} ahead of the platform’s.`,
		zh: (who: string, p: Parameters) => (p.seconds ?? 0) < 0
			? `${who} 的时钟比平台慢 ${f.seconds(-(p.seconds ?? 0), 3)}。`
			: `${who} 的时钟比平台快 ${f.seconds(p.seconds ?? 0, 3)}。`,
	},
	says_clock_drift: {
		en: (who: string, p: Parameters) => (p.ppm ?? 0) < 0
			? `${who}’s clock runs slow by ${f.decimal(-(p.ppm ?? 0))} ppm, ${f.seconds(-(p.ppm ?? 0) * 0.0864)} a day.`
			: `${who}’s clock runs fast by ${f.decimal(p.ppm ?? 0)} ppm, ${f.seconds((p.ppm ?? 0) * 0.0864)} a day.`,
		zh: (who: string, p: Parameters) => (p.ppm ?? 0) < 0
			? `${who} 的时钟偏慢 ${f.decimal(-(p.ppm ?? 0))} ppm，每天慢 ${f.seconds(-(p.ppm ?? 0) * 0.0864)}。`
			: `${who} 的时钟偏快 ${f.decimal(p.ppm ?? 0)} ppm，每天快 ${f.seconds((p.ppm ?? 0) * 0.0864)}。`,
	},
	says_clock_step: {
		en: (who: string, p: Parameters) => (p.seconds ?? 0) < 0
			? `${who}’s clock was set back by ${f.span(-(p.seconds ?? 0))} at ${f.about(p.at ?? '')}.`
			: `${who}’s clock was set forward by ${f.span(p.seconds ?? 0)} at ${f.about(p.at ?? '')}.`,
		zh: (who: string, p: Parameters) => (p.seconds ?? 0) < 0
			? `${who} 的时钟在 ${f.about(p.at ?? '')} 被回拨 ${f.span(-(p.seconds ?? 0))}。`
			: `${who} 的时钟在 ${f.about(p.at ?? '')} 被拨快 ${f.span(p.seconds ?? 0)}。`,
	},
	says_zone_offset: {
		en: (who: string, p: Parameters) => `${who} writes times of the zone ${f.offset(p.seconds ?? 0)} as if they were UTC.`,
		zh: (who: string, p: Parameters) => `${who} 把 ${f.offset(p.seconds ?? 0)} 时区的时间当作 UTC 写入。`,
	},
	says_rounding: {
		en: (who: string, p: Parameters) => {
			const step = f.span(p.incrementSeconds ?? 0);
			const least = (p.minimumSeconds ?? 0) > (p.incrementSeconds ?? 0) ? f.span(p.minimumSeconds ?? 0) : '';
			switch (p.mode) {
				case 'endpoints':
					return `${who} subtracts two times that were each cut to whole ${step}.`;
				case 'down':
					return least ? `${who} rounds durations down to whole ${step}, with at least ${least} a call.` : `${who} rounds durations down to whole ${step}.`;
				case 'nearest':
					return least ? `${who} rounds durations to the nearest ${step}, with at least ${least} a call.` : `${who} rounds durations to the nearest ${step}.`;
				default:
					return least ? `${who} rounds durations up to whole ${step}, with at least ${least} a call.` : `${who} rounds durations up to whole ${step}.`;
			}
		},
		zh: (who: string, p: Parameters) => {
			const step = f.span(p.incrementSeconds ?? 0);
			const least = (p.minimumSeconds ?? 0) > (p.incrementSeconds ?? 0) ? f.span(p.minimumSeconds ?? 0) : '';
			switch (p.mode) {
				case 'endpoints':
					return `${who} 先将起止时间各自截取到整 ${step}，再相减得出时长。`;
				case 'down':
					return least ? `${who} 将时长按 ${step}向下取整，每次通话最少计 ${least}。` : `${who} 将时长按 ${step}向下取整。`;
				case 'nearest':
					return least ? `${who} 将时长按 ${step}四舍五入，每次通话最少计 ${least}。` : `${who} 将时长按 ${step}四舍五入。`;
				default:
					return least ? `${who} 将时长按 ${step}向上取整，每次通话最少计 ${least}。` : `${who} 将时长按 ${step}向上取整。`;
			}
		},
	},
	says_ring_time: {
		en: (who: string) => `${who} counts durations from set-up, so that ringing is in them.`,
		zh: (who: string) => `${who} 从呼叫建立时开始计时，时长中包含振铃时间。`,
	},
	says_release_delay: {
		en: (who: string, p: Parameters) => (p.milliseconds ?? 0) < 0
			? `Calls that the caller ends last ${f.count(-(p.milliseconds ?? 0))} ms less at ${who}: the way of the release message.`
			: `Calls that the caller ends last ${f.count(p.milliseconds ?? 0)} ms longer at ${who}: the way of the release message.`,
		zh: (who: string, p: Parameters) => (p.milliseconds ?? 0) < 0
			? `由主叫挂断的通话，${who} 记录的时长短 ${f.count(-(p.milliseconds ?? 0))} 毫秒：拆线消息传输所致。`
			: `由主叫挂断的通话，${who} 记录的时长长 ${f.count(p.milliseconds ?? 0)} 毫秒：拆线消息传输所致。`,
	},
	says_timer_cap: {
		en: (who: string, p: Parameters) => `Calls whose end ${who} lost stand at its timer’s value of ${f.span(p.seconds ?? 0)}.`,
		zh: (who: string, p: Parameters) => `${who} 未记录到结束时间的通话，时长均停在其定时器的上限 ${f.span(p.seconds ?? 0)}。`,
	},
	says_unit: {
		en: (who: string, p: Parameters) => `${who} writes durations in another unit: ${f.decimal(p.factor ?? 1, 6)} times the seconds.`,
		zh: (who: string, p: Parameters) => `${who} 使用了另一种时长单位：数值为秒数的 ${f.decimal(p.factor ?? 1, 6)} 倍。`,
	},
	says_number_format: {
		en: (who: string, p: Parameters) => {
			const [kind, rewrite] = ruleOf(p);
			switch (kind) {
				case 'national':
					return `${who} writes numbers in their national form: ${rewrite}.`;
				case 'international':
					return `${who} writes the international prefix in place of +: ${rewrite}.`;
				case 'without +':
					return `${who} writes numbers without their +.`;
				case 'wrong country':
					return `${who} puts another country code before numbers: ${rewrite}.`;
				default:
					return `${who} puts a prefix before numbers: ${rewrite}.`;
			}
		},
		zh: (who: string, p: Parameters) => {
			const [kind, rewrite] = ruleOf(p);
			switch (kind) {
				case 'national':
					return `${who} 以国内格式书写号码：${rewrite}。`;
				case 'international':
					return `${who} 以国际前缀代替 +：${rewrite}。`;
				case 'without +':
					return `${who} 书写号码时省略了 +。`;
				case 'wrong country':
					return `${who} 在号码前写了另一个国家码：${rewrite}。`;
				default:
					return `${who} 在号码前加了前缀：${rewrite}。`;
			}
		},
	},
	says_masked_number: {
		en: (who: string, p: Parameters) => (p.digits === 1 ? `${who} hides the last digit of numbers.` : `${who} hides the last ${f.count(p.digits ?? 0)} digits of numbers.`),
		zh: (who: string, p: Parameters) => `${who} 隐藏了号码的末 ${f.count(p.digits ?? 0)} 位。`,
	},
	says_replaced_caller: {
		en: (who: string, p: Parameters) => `${who} writes ${p.number ?? ''} in place of the callers’ own numbers.`,
		zh: (who: string, p: Parameters) => `${who} 用 ${p.number ?? ''} 代替了主叫自己的号码。`,
	},
	says_swapped_parties: {
		en: (who: string) => `${who} writes the caller where the callee belongs, and the callee where the caller belongs.`,
		zh: (who: string) => `${who} 把主叫和被叫写反了。`,
	},
	says_partial_records: {
		en: (who: string, p: Parameters) => (p.everySeconds ? `${who} writes a new record every ${f.span(p.everySeconds)} of a call.` : `${who} writes several records for long calls.`),
		zh: (who: string, p: Parameters) => (p.everySeconds ? `${who} 对同一次通话每 ${f.span(p.everySeconds)}另写一条记录。` : `${who} 对较长的通话分写为多条记录。`),
	},
	says_midnight_cut: {
		en: (who: string, p: Parameters) => `${who} cuts calls in two at midnight of the zone ${f.offset(p.zoneOffsetSeconds ?? 0)}.`,
		zh: (who: string, p: Parameters) => `${who} 在 ${f.offset(p.zoneOffsetSeconds ?? 0)} 时区的零点把通话切成两条记录。`,
	},
	says_duplicate_delivery: {
		en: (who: string) => `${who} delivered records twice.`,
		zh: (who: string) => `${who} 重复上报了记录。`,
	},
	says_missing_window: {
		en: (who: string, p: Parameters) => `${who} has no calls between ${f.about(p.from ?? '')} and ${f.about(p.to ?? '')}.`,
		zh: (who: string, p: Parameters) => `${who} 在 ${f.about(p.from ?? '')} 至 ${f.about(p.to ?? '')} 之间没有通话。`,
	},
	says_minimum_duration: {
		en: (who: string, p: Parameters) => `${who} does not report calls shorter than ${f.span(p.seconds ?? 0)}.`,
		zh: (who: string, p: Parameters) => `${who} 不上报短于 ${f.span(p.seconds ?? 0)} 的通话。`,
	},
	says_unanswered_reported: {
		en: (who: string) => `${who} gives a duration to calls that were never answered.`,
		zh: (who: string) => `${who} 给未接通的呼叫记了时长。`,
	},

	// Figures' frame
	asTable: { en: 'As table', zh: '表格' },
	csv: { en: 'CSV', zh: 'CSV' },
	csvOf: { en: (title: string) => `Save “${title}” as CSV`, zh: (title: string) => `将“${title}”存为 CSV` },
	nothingToDraw: { en: 'There is nothing to draw here.', zh: '此处没有可绘制的数据。' },
	noPairs: { en: 'Nothing is paired: there is nothing to draw here.', zh: '没有匹配的记录，此处没有可绘制的数据。' },
	tableBound: {
		en: (shown: string, all: string) => `${shown} of ${all} lines are shown; the CSV has all of them.`,
		zh: (shown: string, all: string) => `共 ${all} 行，显示 ${shown} 行；CSV 文件含全部。`,
	},
	pointAt: { en: 'Point at a mark to read it, or go there by arrow keys.', zh: '将指针移到图形上或使用方向键，可读取数值。' },
	chooseAt: {
		en: 'Point at a mark to read it, choose it to see its rows; by keyboard with arrows and Enter.',
		zh: '将指针移到图形上可读取数值，点击可查看相应记录；也可使用方向键和回车键。',
	},
	pointed: { en: (what: string, text: string) => `${what}: ${text}`, zh: (what: string, text: string) => `${what}：${text}` },
	inBrackets: { en: (text: string) => ` (${text})`, zh: (text: string) => `（${text}）` },
	quoted: { en: (text: string) => `“${text}”`, zh: (text: string) => `“${text}”` },
	unansweredLeftOut: {
		en: (n: number) => (n === 1 ? '1 unanswered call that only one side has is left out: no seconds differ.' : `${f.count(n)} unanswered calls that only one side has are left out: no seconds differ.`),
		zh: (n: number) => `${f.count(n)} 次仅一方有记录的未接通呼叫未计入，不影响时长。`,
	},
	unansweredColumn: { en: 'Unanswered, one side only', zh: '仅一方有的未接通呼叫' },
	outside: {
		en: (n: number) => (n === 1 ? '1 outcome lies too far off in time to be drawn.' : `${f.count(n)} outcomes lie too far off in time to be drawn.`),
		zh: (n: number) => `${f.count(n)} 条结果的时间过于偏离，未绘出。`,
	},
	timeIn: { en: (zone: string) => `Time (${zone})`, zh: (zone: string) => `时间（${zone}）` },
	from: { en: 'From', zh: '起' },
	until: { en: 'Until', zh: '止' },
	records: { en: 'Records', zh: '记录数' },
	pairs: { en: 'Pairs', zh: '匹配对' },
	shareAgreed: { en: 'Share agreed', zh: '一致占比' },
	paleBelow: { en: 'Fewer than 100 (pale)', zh: '不足 100 条（浅色）' },
	noData: { en: 'No calls', zh: '无通话' },

	waterfall: { en: 'From the platform’s time to the operator’s', zh: '从平台时长到运营商时长' },
	waterfallLead: {
		en: 'Every cause adds or takes its part; what remains is unexplained. It adds up to the millisecond.',
		zh: '各原因依次增减时长，余下的为未解释部分；逐项相加，精确到毫秒。',
	},
	waterfallSays: {
		en: (a: string, b: string, e: string, u: string) => `The platform has ${a}, the operator ${b}; causes explain ${e} of the difference, ${u} remain.`,
		zh: (a: string, b: string, e: string, u: string) => `平台 ${a}，运营商 ${b}；差异中已解释 ${e}，剩余 ${u}。`,
	},
	waterfallAxis: { en: (v: string) => `The axis begins at ${v}.`, zh: (v: string) => `坐标轴起点为 ${v}。` },
	otherCauses: { en: (n: number) => (n === 1 ? 'One more cause' : `${f.count(n)} more causes`), zh: (n: number) => `另外 ${f.count(n)} 个原因` },
	withoutSeconds: {
		en: (list: string) => `Causes that change no seconds: ${list}.`,
		zh: (list: string) => `不影响时长的原因：${list}。`,
	},
	step: { en: 'Step', zh: '项目' },
	secondsColumn: { en: 'Seconds', zh: '秒' },
	sumColumn: { en: 'Sum', zh: '累计' },

	agreement: { en: 'Agreement over the day', zh: '一致性随时间变化' },
	agreementLead: {
		en: 'Share of outcomes that do not agree, by class; the rest up to 100 % agrees. Below it, how many there are.',
		zh: '各类不一致结果的占比，其余为一致，合计 100%。下方为结果数量。',
	},
	agreementAll: { en: 'All agree, at any time.', zh: '各时段均完全一致。' },
	agreementSays: {
		en: (share: string, worst: string, at: string) => `${share} agree over all. The worst stretch begins at ${at}, with ${worst} agreeing.`,
		zh: (share: string, worst: string, at: string) => `总体一致率为 ${share}。最差时段始于 ${at}，一致率为 ${worst}。`,
	},

	shift: { en: 'Start time over the day, operator minus platform', zh: '开始时间之差随时间变化（运营商减平台）' },
	shiftLead: {
		en: 'A level is an offset or a zone, a slope a drift, a jump a clock that was set. The scale is even up to 1 s and logarithmic beyond.',
		zh: '水平线表示时钟偏差或时区偏移，斜线表示漂移，跳变表示时钟被调整。1 秒以内为线性刻度，超出部分为对数刻度。',
	},
	shiftRecorded: { en: 'As recorded', zh: '原始记录' },
	shiftCorrected: { en: 'Clock corrected', zh: '时钟校正后' },
	shiftWhich: { en: 'Start times', zh: '开始时间' },
	shiftSays: {
		en: (n: number, median: string) => (n === 1 ? `1 pair; it differs by about ${median}.` : `${f.count(n)} pairs; half of them differ by less, half by more than about ${median}.`),
		zh: (n: number, median: string) => `共 ${f.count(n)} 对；中位差约为 ${median}。`,
	},
	shiftFrom: { en: 'Difference from', zh: '差异自' },
	shiftTo: { en: 'Difference to', zh: '差异至' },

	histogram: { en: 'Difference in duration', zh: '时长差异' },
	histogramLead: {
		en: 'Pairs by whole second, operator minus platform. A comb is rounding, a hump of some seconds ringing, a spike a cut. Counts are on a logarithmic scale.',
		zh: '按整秒统计的匹配对（运营商减平台）。梳状表示取整，数秒处的隆起表示振铃，尖峰表示切分。数量为对数刻度。',
	},
	histogramRecorded: { en: 'As recorded', zh: '原始差异' },
	histogramUnexplained: { en: 'What is not explained', zh: '未解释部分' },
	histogramSays: {
		en: (n: number, before: string, after: string) => (n === 1 ? `Of 1 pair ${before} lies within half a second as recorded, ${after} after what is explained.` : `Of ${f.count(n)} pairs ${before} lie within half a second as recorded, ${after} after what is explained.`),
		zh: (n: number, before: string, after: string) => `${f.count(n)} 对中，原始差异在半秒以内的占 ${before}，扣除已解释部分后占 ${after}。`,
	},
	differenceColumn: { en: 'Difference in s', zh: '差异（秒）' },
	below: { en: (s: string) => `below ${s}`, zh: (s: string) => `小于 ${s}` },
	above: { en: (s: string) => `above ${s}`, zh: (s: string) => `大于 ${s}` },

	durations: { en: 'Duration, platform and operator', zh: '平台时长与运营商时长' },
	durationsLead: {
		en: 'On the diagonal both count the same. Stairs are rounding, a parallel line another unit, a floor a minimum, a wall a timer.',
		zh: '对角线上双方时长相同。阶梯表示取整，平行线表示单位不同，下限表示最短计费时长，上限表示定时器。',
	},
	durationsSays: {
		en: (on: string, n: number) => (n === 1 ? `${on} of 1 answered pair lies on the diagonal.` : `${on} of ${f.count(n)} answered pairs lie on the diagonal.`),
		zh: (on: string, n: number) => `${f.count(n)} 对已接通的匹配中，${on} 落在对角线上。`,
	},
	platformDuration: { en: 'Platform’s duration', zh: '平台时长' },
	operatorDuration: { en: 'Operator’s duration', zh: '运营商时长' },
	none: { en: 'none', zh: '无' },

	strips: { en: 'Completeness', zh: '完整性' },
	stripsLead: {
		en: 'Share of the platform’s answered calls of which the operator has a record. Framed: stretches that are stated as missing.',
		zh: '平台已接通的通话中，运营商有记录的占比。带框处为已判定缺失的时段。',
	},
	stripsSays: {
		en: (share: string, n: number) => (n === 1 ? `The operator has a record of ${share} of the platform’s 1 answered call.` : `The operator has records of ${share} of the platform’s ${f.count(n)} answered calls.`),
		zh: (share: string, n: number) => `平台已接通的 ${f.count(n)} 次通话中，运营商有记录的占 ${share}。`,
	},
	stripTrunk: { en: 'Trunk', zh: '中继' },
	stripNoTrunk: { en: '(no trunk)', zh: '（无中继）' },
	stripOthers: { en: '(others)', zh: '（其他）' },
	answeredCalls: { en: 'Platform’s answered calls', zh: '平台已接通话数' },
	platformCalls: { en: 'Platform’s calls', zh: '平台通话数' },
	reportedCalls: { en: 'Of these reported', zh: '其中已上报' },
	shareReported: { en: 'Share reported', zh: '上报占比' },
	missing: { en: '0 %', zh: '0%' },
	complete: { en: '100 %', zh: '100%' },

	// Discrepancies
	rows: { en: 'Discrepancies', zh: '差异列表' },
	rowsLead: {
		en: (n: number) => (n === 1 ? 'The one row there is. matches.csv has every record.' : `The ${f.count(n)} rows that matter most: the largest of each class by what is not explained. matches.csv has every record.`),
		zh: (n: number) => `最值得关注的 ${f.count(n)} 条记录：各类别中未解释差异最大者。全部记录见 matches.csv。`,
	},
	rowsNone: { en: 'There are no discrepancies.', zh: '没有差异。' },
	rowsShown: { en: (n: string, all: number) => (all === 1 ? `${n} of 1 row` : `${n} of ${f.count(all)} rows`), zh: (n: string, all: number) => `共 ${f.count(all)} 条，显示 ${n} 条` },
	rowsNoMatch: {
		en: 'No row matches the filter. Only the rows that matter most are kept here; matches.csv has every record.',
		zh: '没有符合筛选条件的记录。此处仅保留最值得关注的记录，全部记录见 matches.csv。',
	},
	someOfSecond: {
		en: 'The largest are here, and a few of the others; matches.csv has every record.',
		zh: '此处列出其中差异最大的记录和另外几条示例；全部记录见 matches.csv。',
	},
	filteredBy: { en: 'Filtered by', zh: '筛选条件' },
	removeFilter: { en: (name: string) => `Remove the filter: ${name}`, zh: (name: string) => `移除筛选条件：${name}` },
	differenceIs: { en: (s: string) => `Difference in duration: ${s} s`, zh: (s: string) => `时长差异：${s} 秒` },
	remainderIs: { en: (s: string) => `Unexplained: ${s} s`, zh: (s: string) => `未解释部分：${s} 秒` },
	withRemainder: { en: 'With an unexplained part', zh: '含未解释部分' },
	filterText: { en: 'Filter by id or trunk', zh: '按 ID 或中继筛选' },
	filterClass: { en: 'Class', zh: '类别' },
	filterCause: { en: 'Cause', zh: '原因' },
	any: { en: 'Any', zh: '全部' },
	withoutAnyCause: { en: 'Without a cause', zh: '无原因' },
	clear: { en: 'Clear filters', zh: '清除筛选' },
	more: { en: (n: string) => `Show ${n} more`, zh: (n: string) => `再显示 ${n} 条` },
	sortBy: { en: (column: string) => `Sort by ${column}`, zh: (column: string) => `按${column}排序` },
	platformId: { en: 'Platform id', zh: '平台记录 ID' },
	operatorRecordId: { en: 'Operator record id', zh: '运营商记录 ID' },
	start: { en: 'Start', zh: '开始' },
	side: { en: 'Side', zh: '来源' },
	setUp: { en: 'Set-up', zh: '呼叫建立' },
	answer: { en: 'Answer', zh: '接通' },
	end: { en: 'End', zh: '结束' },
	duration: { en: 'Duration', zh: '时长' },
	trunk: { en: 'Trunk', zh: '中继' },
	sipCode: { en: 'SIP code', zh: 'SIP 响应码' },
	direction: { en: 'Direction', zh: '方向' },
	inbound: { en: 'inbound', zh: '来话' },
	outbound: { en: 'outbound', zh: '去话' },
	identifier: { en: 'Id', zh: 'ID' },
	noRecord: { en: 'no record', zh: '无记录' },
	neverAnswered: { en: 'not answered', zh: '未接通' },

	oneCall: { en: 'One call, two clocks', zh: '一次通话，两个时钟' },
	oneCallLead: {
		en: 'Each side’s times as it recorded them. Pale: ringing; full: connected.',
		zh: '双方各自记录的时间。浅色为振铃，深色为通话。',
	},
	oneCallHint: { en: 'Choose a row to see its call here.', zh: '选择一行，即可在此查看该通话。' },
	oneCallSays: {
		en: (a: string, b: string, d: string) => `Platform ${a}, operator ${b}: a difference of ${d}.`,
		zh: (a: string, b: string, d: string) => `平台：${a}；运营商：${b}；相差 ${d}。`,
	},
	whyCommand: { en: 'The whole life of this record:', zh: '查看该记录的完整处理过程：' },

	// Operators, inputs
	operators: { en: 'Operators', zh: '运营商' },
	inputs: { en: 'What was read', zh: '读取的文件' },
	file: { en: 'File', zh: '文件' },
	format: { en: 'Format', zh: '格式' },
	rejected: { en: 'Rejected', zh: '被拒绝' },
	reasons: { en: 'Why', zh: '拒绝原因' },
	whole: { en: 'Whole', zh: '完整' },
	yes: { en: 'yes', zh: '是' },
	no: { en: 'no', zh: '否' },
	sidePlatform: { en: 'platform', zh: '平台' },
	sideOperator: { en: 'operator', zh: '运营商' },
	skippedVersions: {
		en: (a: string, b: string) => `Replaced by a higher version: ${a}. There twice: ${b}.`,
		zh: (a: string, b: string) => `被更高版本取代的记录：${a} 条；重复出现的记录：${b} 条。`,
	},
	footer: {
		en: (program: string, digest: string) => `Made by ${program}. Digest of the result: ${digest}. The same inputs give the same digest on any machine.`,
		zh: (program: string, digest: string) => `由 ${program} 生成。结果摘要值：${digest}。相同的输入在任何机器上都会得到相同的摘要值。`,
	},
	privacy: {
		en: 'This page loads nothing and sends nothing. It holds no number of a party, but for one that stands in place of callers.',
		zh: '本页不加载也不发送任何内容。除用于替换主叫号码的号码外，不含通话双方的号码。',
	},
} satisfies Record<string, Text<never[]>>;

export type Key = keyof typeof words;
type Args<K extends Key> = (typeof words)[K]['en'] extends (...args: infer A) => string ? A : [];

// The text in the page's language.
export function say<K extends Key>(key: K, ...args: Args<K>): string {
	const text = words[key][language.value] as string | ((...args: Args<K>) => string);
	return typeof text === 'string' ? text : text(...args);
}

// What the exchange names that this page does not know yet is shown by its name.
export function sayOr<P extends 'class_' | 'cause_' | 'about_'>(prefix: P, name: string): string {
	const text = (words as Record<string, Text<never[]>>)[prefix + name]?.[language.value];
	return typeof text === 'string' ? text : name;
}

// A cause as a sentence; one that this page does not know in the words of the program that found it.
export function saySentence(cause: { cause: string; operatorId: string; parameters: Parameters; sentence: string }): string {
	const key = `says_${cause.cause}`;
	return key in words ? say(key as 'says_rounding', cause.operatorId, cause.parameters) : cause.sentence;
}

export { words };
