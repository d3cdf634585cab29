#include "cli/compare_report.h"

#include "cli/compare_output.h"
#include "cli/compare_page.h"
#include "formats/csv.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PLACES_SHOWN 10
#define CAUSES_SHOWN 6
#define WRITERS_MAX 16

static struct str operator_name(void *context, uint16_t index)
{
	const struct comparison *c = context;

	return c->operators.list[index + 1];
}

static struct str trunk_name(void *context, uint16_t trunk)
{
	const struct comparison *c = context;

	return c->trunks.list[trunk];
}

static struct str record_id(void *context, enum reconcile_side side, uint32_t reference)
{
	const struct comparison *c = context;

	struct ids_cursor cursor = { 0, 0 };

	return ids_get(&c->sides[side].ids, reference, &cursor);
}

struct reconcile_names comparison_names(struct comparison *c)
{
	return (struct reconcile_names){ c, operator_name, trunk_name, record_id };
}

const char *const compare_side_names[2] = { "platform", "operator" };

/* --- matches.csv ------------------------------------------------------------------- */

/* Blocks are made and written out as text by several threads, and go into the file in turns. */
struct writing {
	const struct comparison *c;
	struct output_file *file;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	size_t begun, written, blocks;
};

/* What one thread writes with. */
struct writer {
	const struct comparison *c;
	struct ids_cursor cursors[2];
	struct reconcile_rows rows;
	struct buf text;
	uint32_t causes; /* of which `words` are */
	struct buf words;
};

/* Most rows have the causes of the one before. */
static struct str words_of(struct writer *w, uint32_t causes)
{
	if (w->causes != causes) {
		w->causes = causes;
		buf_clear(&w->words);
		outcome_causes(causes, &w->words);
	}
	return buf_str(&w->words);
}

static void add_row(struct writer *w, const struct reconcile_outcome *o)
{
	struct buf *out = &w->text;

	if (o->platform != RECONCILE_NONE)
		csv_write_cell(out, ids_get(&w->c->sides[RECONCILE_PLATFORM].ids, o->platform, &w->cursors[0]));
	buf_add_char(out, ',');
	if (o->operator != RECONCILE_NONE)
		csv_write_cell(out, ids_get(&w->c->sides[RECONCILE_OPERATOR].ids, o->operator, &w->cursors[1]));
	buf_add_char(out, ',');
	buf_add_str(out, str_from(reconcile_class_name(o->class)));
	buf_add_char(out, ',');
	duration_add(out, o->difference_ms);
	buf_add_char(out, ',');
	buf_add_str(out, words_of(w, o->causes));
	buf_add_char(out, '\n');
}

static void write_block(struct writing *writing, struct writer *w, size_t block)
{
	reconcile_block(w->c->run, block, &w->rows);
	buf_clear(&w->text);
	for (size_t i = 0; i < w->rows.n; i++)
		add_row(w, &w->rows.list[i]);
	pthread_mutex_lock(&writing->lock);
	while (writing->written != block)
		pthread_cond_wait(&writing->turn, &writing->lock);
	pthread_mutex_unlock(&writing->lock);
	output_file_add(writing->file, buf_str(&w->text));
	pthread_mutex_lock(&writing->lock);
	writing->written++;
	pthread_cond_broadcast(&writing->turn);
	pthread_mutex_unlock(&writing->lock);
}

static void *write_blocks(void *context)
{
	struct writing *writing = context;
	struct writer w = { .c = writing->c };

	buf_init(&w.text, 0);
	buf_init(&w.words, 0);
	for (;;) {
		size_t block;

		pthread_mutex_lock(&writing->lock);
		block = writing->begun++;
		pthread_mutex_unlock(&writing->lock);
		if (block >= writing->blocks)
			break;
		write_block(writing, &w, block);
	}
	buf_release(&w.text);
	buf_release(&w.words);
	reconcile_rows_release(&w.rows);
	return NULL;
}

enum status report_write_matches(const struct comparison *c, unsigned threads, struct error *err)
{
	struct writing writing = { .c = c, .blocks = reconcile_block_count(c->run), .lock = PTHREAD_MUTEX_INITIALIZER,
				   .turn = PTHREAD_COND_INITIALIZER };
	pthread_t others[WRITERS_MAX];
	unsigned started = 0;
	enum status status = output_file_open(&writing.file, REPORT_MATCHES, err);

	if (status != OK)
		return status;
	output_file_add(writing.file, STR("platformId,operatorRecordId,class,differenceSeconds,causes\n"));
	while (started + 1 < threads && started < WRITERS_MAX &&
	       pthread_create(&others[started], NULL, write_blocks, &writing) == 0)
		started++;
	write_blocks(&writing);
	for (unsigned i = 0; i < started; i++)
		pthread_join(others[i], NULL);
	return output_file_close(writing.file, err);
}

/* --- summary.json ------------------------------------------------------------------- */

static void write_place(struct json_writer *w, const struct compare_place *at)
{
	json_object_begin(w);
	if (at->place.index >= 0)
		json_member_i64(w, "index", at->place.index);
	json_member_i64(w, "line", (int64_t)at->place.line);
	json_member_i64(w, "column", (int64_t)at->place.column);
	if (at->field[0])
		json_member_z(w, "field", at->field);
	json_member_z(w, "message", at->message);
	json_object_end(w);
}

static void write_rejects(struct json_writer *w, const struct compare_file *file)
{
	json_key(w, "rejected");
	json_array_begin(w);
	for (int code = 0; code < STATUS_COUNT; code++) {
		if (file->rejects.counts[code] == 0)
			continue;
		json_object_begin(w);
		json_member_z(w, "code", status_wire((enum status)code));
		json_member_i64(w, "records", (int64_t)file->rejects.counts[code]);
		json_key(w, "first");
		json_array_begin(w);
		for (uint64_t i = 0; i < file->rejects.counts[code] && i < PLACES_KEPT; i++)
			write_place(w, &file->rejects.places[code][i]);
		json_array_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void write_file(struct json_writer *w, const struct compare_file *file, const char *side)
{
	char *whole = strcmp(file->path, "-") == 0 ? NULL : realpath(file->path, NULL);

	json_object_begin(w);
	json_member_z(w, "side", side);
	json_member_z(w, "file", file->path);
	if (file->kept_as)
		json_member_z(w, "keptAs", file->kept_as);
	else
		json_member_z(w, "path", whole ? whole : file->path);
	json_member_z(w, "format", file->format);
	json_member_i64(w, "bytes", (int64_t)file->bytes);
	json_member_i64(w, "records", (int64_t)file->counts.records);
	json_member_i64(w, "unknownFields", (int64_t)file->counts.unknown_fields);
	json_member_i64(w, "blankLines", (int64_t)file->counts.blank_lines);
	json_member_i64(w, "repeatedHeaders", (int64_t)file->counts.repeated_headers);
	json_member_i64(w, "otherLines", (int64_t)file->counts.other_lines);
	json_member_i64(w, "windows1252Lines", (int64_t)file->counts.latin_lines);
	json_member_i64(w, "timesWithoutOffset", (int64_t)file->counts.local_times);
	write_rejects(w, file);
	json_member_bool(w, "complete", file->failure.status == OK);
	if (file->failure.status != OK)
		json_member_z(w, "failure", file->failure.message);
	json_object_end(w);
	free(whole);
}

void report_write_skipped(struct json_writer *w, const struct comparison *c)
{
	json_key(w, "skipped");
	json_object_begin(w);
	json_member_i64(w, "replacedByHigherVersion", (int64_t)c->sides[RECONCILE_PLATFORM].replaced);
	json_member_i64(w, "repeatedPlatformRecords", (int64_t)c->sides[RECONCILE_PLATFORM].repeated);
	json_object_end(w);
}

void report_summary(struct comparison *c, struct buf *out)
{
	struct reconcile_names names = comparison_names(c);
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	summary_write(&w, c->run, &names);
	json_key(&w, "tolerance");
	json_duration(&w, c->tolerance_ms);
	json_key(&w, "inputs");
	json_array_begin(&w);
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < c->sides[s].file_count; i++)
			write_file(&w, &c->sides[s].files[i], compare_side_names[s]);
	json_array_end(&w);
	report_write_skipped(&w, c);
	json_object_end(&w);
	buf_add_char(out, '\n');
}

enum status report_write_summary(struct str summary, struct error *err)
{
	struct output_file *file;
	enum status status = output_file_open(&file, REPORT_SUMMARY, err);

	if (status != OK)
		return status;
	output_file_add(file, summary);
	return output_file_close(file, err);
}

/* --- for a person --------------------------------------------------------------------- */

static void add_count(struct buf *out, uint64_t n, const char *words)
{
	count_add(out, n);
	buf_add_str(out, str_from(words));
}

static void add_minutes(struct buf *out, int64_t ms, const char *words)
{
	int64_t tenths = (llabs(ms) + 3000) / 6000;

	if (ms < 0)
		buf_add_char(out, '-');
	count_add(out, (uint64_t)(tenths / 10));
	buf_printf(out, ".%d%s", (int)(tenths % 10), words);
}

static void add_totals(struct buf *out, const struct reconcile_totals *t)
{
	add_count(out, t->counts[RECONCILE_AGREED], " agreed, ");
	add_count(out, t->counts[RECONCILE_DIFFERS], " differ, ");
	add_count(out, t->counts[RECONCILE_PLATFORM_ONLY], " only the platform's, ");
	add_count(out, t->counts[RECONCILE_OPERATOR_ONLY], " only the operator's, ");
	add_count(out, t->counts[RECONCILE_DUPLICATE], " duplicates\n");
	add_minutes(out, t->difference_ms, " minutes differ (operator minus platform): ");
	add_minutes(out, t->explained_ms, " explained, ");
	add_minutes(out, t->unexplained_ms, " not\n");
}

static const char *verdict_sentence(enum reconcile_verdict verdict)
{
	switch (verdict) {
	case RECONCILE_AGREES:
		return "The two sides agree.";
	case RECONCILE_EXPLAINED:
		return "The two sides differ, and every difference beyond the tolerance is explained.";
	case RECONCILE_UNRELATED:
		return "The two sides are not of the same calls: nothing is paired.";
	default:
		return "The two sides differ, beyond what is explained.";
	}
}

static int by_records(const void *a, const void *b)
{
	const struct reconcile_cause *x = *(const struct reconcile_cause *const *)a;
	const struct reconcile_cause *y = *(const struct reconcile_cause *const *)b;

	if (x->records != y->records)
		return x->records > y->records ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

/* The causes at work on the most records first. */
static void add_causes(struct buf *out, struct comparison *c)
{
	struct reconcile_names names = comparison_names(c);
	size_t count;
	const struct reconcile_cause *causes = reconcile_causes(c->run, &count), **order;

	order = xalloc((count + 1) * sizeof(*order));
	for (size_t i = 0; i < count; i++)
		order[i] = &causes[i];
	qsort(order, count, sizeof(*order), by_records);
	for (size_t i = 0; i < count && i < CAUSES_SHOWN; i++) {
		buf_add_str(out, STR("  "));
		cause_sentence(order[i], &names, out);
		buf_add_char(out, '\n');
	}
	if (count > CAUSES_SHOWN)
		buf_printf(out, "  ... and %zu more causes in %s\n", count - CAUSES_SHOWN, REPORT_SUMMARY);
	free(order);
}

void report_print(struct comparison *c, const char *directory)
{
	struct buf out;

	buf_init(&out, 0);
	buf_printf(&out, "%s\n", verdict_sentence(reconcile_verdict(c->run)));
	add_totals(&out, reconcile_totals(c->run));
	add_causes(&out, c);
	buf_printf(&out, "%s/%s shows it, %s has every record, %s the figures\n", directory, REPORT_PAGE, REPORT_MATCHES,
		   REPORT_SUMMARY);
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
}

/* --- what could not be read -------------------------------------------------------------- */

/* The kept places of all reasons, in order of the file. */
static size_t list_places(const struct compare_file *file, const struct compare_place **list)
{
	size_t n = 0;

	for (int code = 0; code < STATUS_COUNT; code++)
		for (uint64_t i = 0; i < file->rejects.counts[code] && i < PLACES_KEPT; i++)
			list[n++] = &file->rejects.places[code][i];
	return n;
}

static int by_place(const void *a, const void *b)
{
	const struct record_place *x = &(*(const struct compare_place *const *)a)->place;
	const struct record_place *y = &(*(const struct compare_place *const *)b)->place;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static void print_rejects(const struct compare_file *file)
{
	const struct compare_place *list[STATUS_COUNT * PLACES_KEPT];
	size_t n = list_places(file, list);
	uint64_t rejects = file->counts.rejects;

	qsort(list, n, sizeof(list[0]), by_place);
	for (size_t i = 0; i < n && i < PLACES_SHOWN; i++) {
		const struct record_place *at = &list[i]->place;

		fprintf(stderr, "%s:%llu:%zu: %s\n", compare_file_name(file), (unsigned long long)at->line, at->column,
			list[i]->message);
	}
	if (rejects > PLACES_SHOWN || rejects > n)
		fprintf(stderr, "%s: %llu records in all could not be read\n", compare_file_name(file),
			(unsigned long long)rejects);
}

/* What was read, and not as one might think. */
static void print_notes(const struct compare_file *file)
{
	const struct record_reader_counts *n = &file->counts;

	if (n->latin_lines)
		fprintf(stderr, "%s: lines that are no UTF-8 were read as Windows-1252: %llu\n", compare_file_name(file),
			(unsigned long long)n->latin_lines);
	if (n->local_times)
		fprintf(stderr, "%s: times without offset were read as UTC: %llu\n", compare_file_name(file),
			(unsigned long long)n->local_times);
	if (file->format && file->failure.status == OK && n->records == 0 && n->rejects == 0 && n->other_lines == 0)
		fprintf(stderr, "%s: holds no record\n", compare_file_name(file));
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A file that stands twice on a side, by whatever names; NULL. */
static const struct compare_file *given_twice(const struct compare_side *side)
{
	for (size_t i = 0; i < side->file_count; i++)
		for (size_t k = 0; k < i; k++)
			if (is_same_file(side->files[i].path, side->files[k].path))
				return &side->files[i];
	return NULL;
}

void report_same_files(const struct compare_side sides[2])
{
	for (size_t i = 0; i < sides[0].file_count; i++)
		for (size_t k = 0; k < sides[1].file_count; k++)
			if (is_same_file(sides[0].files[i].path, sides[1].files[k].path))
				fprintf(stderr, "%s: is given for both sides, and agrees with itself\n",
					compare_file_name(&sides[0].files[i]));
}

void report_rejects(const struct compare_side *side)
{
	const struct compare_file *twice = given_twice(side);

	if (twice)
		fprintf(stderr, "%s: is given twice, and its records count twice\n", compare_file_name(twice));
	for (size_t i = 0; i < side->file_count; i++) {
		print_rejects(&side->files[i]);
		print_notes(&side->files[i]);
		if (side->files[i].failure.status != OK)
			fprintf(stderr, "%s%s\n", side->files[i].failure.message,
				side->files[i].counts.records ? "; what stands before is compared" : "");
	}
}
