#include "cli/compare_read.h"

#include "cli/compare_batch.h"
#include "cli/compare_memory.h"
#include "formats/input_file.h"

#include <pthread.h>
#include <stdlib.h>

#define BLOCK_BYTES ((size_t)256 * 1024)
#define HEAD_BYTES ((size_t)64 * 1024)
#define LONGEST_BLOCK ((size_t)8 << 20) /* without a line end: no text of lines */
#define THREADS_MAX 64
#define BLOCKS_MAX (2 * THREADS_MAX + 2)

/* Blocks of one side, used in turns. */
struct block {
	struct lane *lane;
	const struct import_reader *reader; /* whose fork reads it */
	struct compare_file *file;
	struct buf text;
	struct batch batch;
	struct record_reader_counts counts;
	uint64_t lines;
	enum status status;
	struct error err;
	bool is_read;
	bool is_odd; /* its quotes are not where they were guessed: it is read again, and all behind it */
	struct block *next; /* waiting for a thread */
};

struct pool {
	_Atomic uint64_t records; /* that went into the sides */
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct block *first, *last;
	bool is_closing;
	pthread_t threads[THREADS_MAX];
	unsigned count;
};

/* One side's way in. */
struct lane {
	const struct compare_reading *reading;
	struct pool *pool;
	struct compare_side *side;
	enum reconcile_side which;
	struct block blocks[BLOCKS_MAX];
	size_t block_count;
	uint64_t begun, committed; /* blocks, in order of the text */
	enum status status;        /* ours: reading ends */
	struct error err;
	bool is_committing;

	/* The file at hand. */
	struct compare_file *file;
	uint64_t lines; /* of it, in what is committed */
	struct compare_stream stream;
	struct import_reader *rest; /* reads the rest of it by itself; NULL */
	struct batch batch;         /* what is read here and not by the pool */
	enum { AT_HEAD, IN_BLOCKS, BY_ITSELF } mode;
	enum record_cut cut; /* where blocks may end */
	bool is_stalled;     /* a block is odd: no more is committed */
	struct buf head;     /* the first bytes; later what a block leaves to the next */
	struct block *block; /* that is being filled; NULL */
	bool is_ours;        /* the failure is not the file's */
	bool is_closed;      /* a file could not be opened */
};

/* --- blocks ------------------------------------------------------------------------------ */

static void read_block(struct block *block)
{
	struct record_sink sink = batch_sink(&block->batch);
	struct import_reader *reader = import_fork(block->reader, &sink);

	block->status = import_push(reader, buf_str(&block->text), &block->err);
	block->is_odd = block->status == OK && import_cut(reader) == RECORD_CUT_NOWHERE;
	if (block->status == OK && !block->is_odd)
		block->status = import_finish(reader, &block->err);
	block->counts = import_counts(reader);
	block->lines = import_lines(reader);
	import_free(reader);
}

static void add_counts(struct record_reader_counts *sum, const struct record_reader_counts *c)
{
	sum->records += c->records;
	sum->rejects += c->rejects;
	sum->unknown_fields += c->unknown_fields;
	sum->blank_lines += c->blank_lines;
	sum->repeated_headers += c->repeated_headers;
	sum->other_lines += c->other_lines;
	sum->latin_lines += c->latin_lines;
	sum->local_times += c->local_times;
}

static enum status commit(struct lane *lane, struct batch *batch, struct compare_file *file, uint64_t lines_before,
			  struct error *err)
{
	uint64_t records = atomic_fetch_add(&lane->pool->records, batch->n) + batch->n;
	enum status status = memory_check(records, lane->reading->available_bytes, err);

	if (status != OK)
		return status;
	return batch_commit(batch, lane->side, file, lines_before, lane->reading->run, lane->which, err);
}

static void commit_block(struct lane *lane, struct block *block)
{
	add_counts(&block->file->counts, &block->counts);
	if (block->status == OK)
		block->status = commit(lane, &block->batch, block->file, lane->lines, &block->err);
	lane->lines += block->lines;
}

/* Whatever is read up to here goes in, in order; one thread at a time, which others need not wait for. */
static void commit_ready(struct lane *lane)
{
	struct pool *pool = lane->pool;

	while (!lane->is_committing && !lane->is_stalled && lane->committed < lane->begun &&
	       lane->blocks[lane->committed % lane->block_count].is_read) {
		struct block *block = &lane->blocks[lane->committed % lane->block_count];

		lane->is_stalled = block->is_odd;
		if (lane->is_stalled) {
			pthread_cond_broadcast(&pool->done);
			return;
		}
		lane->is_committing = true;
		pthread_mutex_unlock(&pool->lock);
		commit_block(lane, block);
		pthread_mutex_lock(&pool->lock);
		if (block->status != OK && lane->status == OK) {
			lane->status = block->status;
			lane->err = block->err;
		}
		block->is_read = false;
		lane->is_committing = false;
		lane->committed++;
		pthread_cond_broadcast(&pool->done);
	}
}

static void *work(void *context)
{
	struct pool *pool = context;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct block *block = pool->first;

		if (!block && pool->is_closing)
			break;
		if (!block) {
			pthread_cond_wait(&pool->work, &pool->lock);
			continue;
		}
		pool->first = block->next;
		pthread_mutex_unlock(&pool->lock);
		read_block(block);
		pthread_mutex_lock(&pool->lock);
		block->is_read = true;
		commit_ready(block->lane);
		if (block->lane->is_stalled)
			pthread_cond_broadcast(&pool->done);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void pool_begin(struct pool *pool, unsigned threads)
{
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->done, NULL);
	while (pool->count < threads && pool->count < THREADS_MAX &&
	       pthread_create(&pool->threads[pool->count], NULL, work, pool) == 0)
		pool->count++;
}

static void pool_end(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->is_closing = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->count; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->done);
}

/* The next block to fill, as soon as one is free; its status tells how those before ended.  NULL when they stalled. */
static struct block *block_begin(struct lane *lane)
{
	struct block *block;

	pthread_mutex_lock(&lane->pool->lock);
	while (!lane->is_stalled && lane->begun - lane->committed == lane->block_count)
		pthread_cond_wait(&lane->pool->done, &lane->pool->lock);
	if (lane->is_stalled) {
		pthread_mutex_unlock(&lane->pool->lock);
		return NULL;
	}
	block = &lane->blocks[lane->begun % lane->block_count];
	block->status = lane->status;
	pthread_mutex_unlock(&lane->pool->lock);
	buf_clear(&block->text);
	block->file = lane->file;
	block->reader = lane->stream.reader;
	return block;
}

static void block_submit(struct lane *lane, struct block *block)
{
	struct pool *pool = lane->pool;

	pthread_mutex_lock(&pool->lock);
	lane->begun++;
	block->next = NULL;
	if (pool->first)
		pool->last->next = block;
	else
		pool->first = block;
	pool->last = block;
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

/* --- one file ------------------------------------------------------------------------------ */

static enum status commit_own(struct lane *lane, uint64_t lines_before, struct error *err)
{
	enum status status = commit(lane, &lane->batch, lane->file, lines_before, err);

	lane->is_ours = lane->is_ours || status != OK;
	return status;
}

/* By the reader that began the file, or by one for its rest. */
static enum status push_own(struct lane *lane, struct str bytes, struct error *err)
{
	enum status status = lane->rest ? import_push(lane->rest, bytes, err) : compare_stream_push(&lane->stream, bytes, err);
	enum status committed = commit_own(lane, lane->rest ? lane->lines : 0, status == OK ? err : NULL);

	return status == OK ? committed : status;
}

/* Where the last line ends. */
static size_t whole_lines(struct str text)
{
	const char *end = text.n ? memrchr(text.p, '\n', text.n) : NULL;

	return end ? (size_t)(end - text.p) + 1 : 0;
}

static size_t count_quotes(const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end; p++)
		n += *p == '"';
	return n;
}

/* Where the last line ends before which quotes are even in number: that end is in no cell. */
static size_t even_lines(struct str text)
{
	size_t lines = whole_lines(text), quotes = count_quotes(text.p, text.p + lines);

	while (lines && quotes % 2) {
		size_t before = whole_lines(str_of(text.p, lines - 1));

		quotes -= count_quotes(text.p + before, text.p + lines);
		lines = before;
	}
	return lines;
}

static size_t lines_of_block(const struct lane *lane, struct str text)
{
	return lane->cut == RECORD_CUT_LINES ? whole_lines(text) : even_lines(text);
}

/* From here on one reader reads the rest of the file. */
static void read_by_itself(struct lane *lane)
{
	struct record_sink sink = batch_sink(&lane->batch);

	lane->mode = BY_ITSELF;
	lane->rest = import_fork(lane->stream.reader, &sink);
}

/* What stands in blocks that were guessed wrong goes through that reader, in order. */
static enum status read_again(struct lane *lane, struct error *err)
{
	enum status status = OK;

	pthread_mutex_lock(&lane->pool->lock);
	for (uint64_t i = lane->committed; i < lane->begun; i++)
		while (!lane->blocks[i % lane->block_count].is_read)
			pthread_cond_wait(&lane->pool->done, &lane->pool->lock);
	pthread_mutex_unlock(&lane->pool->lock);
	read_by_itself(lane);
	for (; lane->committed < lane->begun; lane->committed++) {
		struct block *block = &lane->blocks[lane->committed % lane->block_count];

		if (status == OK)
			status = push_own(lane, buf_str(&block->text), err);
		batch_clear(&block->batch);
		block->is_read = false;
	}
	lane->is_stalled = false;
	return status;
}

/* Until all that was submitted is in; what went wrong there. */
static enum status drain(struct lane *lane, struct error *err)
{
	bool is_stalled;

	pthread_mutex_lock(&lane->pool->lock);
	while (lane->committed < lane->begun && !lane->is_stalled)
		pthread_cond_wait(&lane->pool->done, &lane->pool->lock);
	is_stalled = lane->is_stalled;
	pthread_mutex_unlock(&lane->pool->lock);
	if (is_stalled) {
		enum status status = read_again(lane, err);

		if (status != OK)
			return status;
	}
	if (lane->status != OK && err)
		*err = lane->err;
	lane->is_ours = lane->is_ours || lane->status != OK;
	return lane->status;
}

/* The next block begins with what is in lane->head. */
static enum status next_block(struct lane *lane, struct error *err)
{
	lane->block = block_begin(lane);
	if (!lane->block) {
		enum status status = read_again(lane, err);

		return status == OK ? push_own(lane, buf_str(&lane->head), err) : status;
	}
	buf_add_str(&lane->block->text, buf_str(&lane->head));
	return lane->block->status == OK ? OK : drain(lane, err);
}

/* The first lines tell whether the others may be read by several. */
static enum status end_head(struct lane *lane, struct error *err)
{
	struct str text = buf_str(&lane->head);
	size_t lines = even_lines(text);
	enum status status;

	lane->mode = BY_ITSELF;
	if (lines == 0 || lane->pool->count == 0)
		return push_own(lane, text, err);
	status = push_own(lane, str_of(text.p, lines), err);
	if (status != OK)
		return status;
	lane->cut = lane->stream.reader ? import_cut(lane->stream.reader) : RECORD_CUT_NOWHERE;
	if (lane->cut == RECORD_CUT_NOWHERE)
		return lines < text.n ? push_own(lane, str_after(text, lines), err) : OK;
	lane->mode = IN_BLOCKS;
	lane->lines = import_lines(lane->stream.reader);
	buf_drop(&lane->head, lines);
	return next_block(lane, err);
}

static enum status add_to_head(struct lane *lane, struct str bytes, struct error *err)
{
	buf_add_str(&lane->head, bytes);
	return lane->head.n < HEAD_BYTES ? OK : end_head(lane, err);
}

/* The block that is being filled, and all behind it, are read here. */
static enum status leave_blocks(struct lane *lane, struct error *err)
{
	struct block *block = lane->block;
	enum status status = drain(lane, err);

	lane->block = NULL;
	if (status != OK)
		return status;
	if (!lane->rest)
		read_by_itself(lane);
	return push_own(lane, buf_str(&block->text), err);
}

static enum status add_to_block(struct lane *lane, struct str bytes, struct error *err)
{
	struct block *block = lane->block;
	size_t lines;

	buf_add_str(&block->text, bytes);
	if (block->text.n < BLOCK_BYTES)
		return OK;
	lines = lines_of_block(lane, buf_str(&block->text));
	if (lines == 0)
		return block->text.n > LONGEST_BLOCK ? leave_blocks(lane, err) : OK;
	/* The block's own rest is moved before a thread may have it. */
	buf_clear(&lane->head);
	buf_add_str(&lane->head, str_after(buf_str(&block->text), lines));
	block->text.n = lines;
	block_submit(lane, block);
	return next_block(lane, err);
}

static enum status take_bytes(void *context, struct str bytes, struct error *err)
{
	struct lane *lane = context;
	bool keeps = lane->reading->keep && strcmp(lane->file->path, "-") == 0;
	enum status status = keeps ? lane->reading->keep(lane->reading->context, bytes, err) : OK;

	lane->is_ours = status != OK;
	if (status != OK)
		return status;
	switch (lane->mode) {
	case AT_HEAD:
		return add_to_head(lane, bytes, err);
	case IN_BLOCKS:
		return add_to_block(lane, bytes, err);
	default:
		return push_own(lane, bytes, err);
	}
}

/* What is not read yet; a line that was cut off only where the file is whole. */
static enum status end_blocks(struct lane *lane, bool is_whole, struct error *err)
{
	struct block *block = lane->block;
	struct str text;

	if (lane->mode == AT_HEAD)
		return push_own(lane, buf_str(&lane->head), err);
	if (!block)
		return OK;
	text = buf_str(&block->text);
	if (!is_whole)
		block->text.n = lines_of_block(lane, text);
	else if (lane->cut == RECORD_CUT_EVEN_LINES && count_quotes(text.p, text.p + text.n) % 2)
		return leave_blocks(lane, err);
	lane->block = NULL;
	if (block->text.n)
		block_submit(lane, block);
	return drain(lane, err);
}

static enum status finish_file(struct lane *lane, struct error *err)
{
	enum status status = end_blocks(lane, true, err), committed;

	if (status == OK && lane->rest)
		status = import_finish(lane->rest, err);
	if (status == OK)
		status = compare_stream_finish(&lane->stream, err);
	if (status != OK && !lane->is_ours)
		error_prefix(err, "%s", compare_file_name(lane->file));
	committed = commit_own(lane, lane->rest ? lane->lines : 0, status == OK ? err : NULL);
	return status == OK ? committed : status;
}

static void end_file(struct lane *lane)
{
	compare_stream_release(&lane->stream);
	add_counts(&lane->file->counts, &lane->stream.counts);
	if (lane->rest) {
		struct record_reader_counts counts = import_counts(lane->rest);

		add_counts(&lane->file->counts, &counts);
		import_free(lane->rest);
		lane->rest = NULL;
	}
	lane->file->format = lane->stream.format ? lane->stream.format->name : NULL;
}

static enum status steps(struct lane *lane, struct input_file *in, struct error *err)
{
	struct compare_progress *progress = lane->reading->progress;
	uint64_t before = 0, size;
	enum status status = OK;
	bool more = true;

	while (status == OK && more) {
		status = input_file_step(in, &more, err);
		input_file_progress(in, &lane->file->bytes, &size);
		progress->read += lane->file->bytes - before;
		before = lane->file->bytes;
		if (progress->show)
			progress->show(progress);
	}
	return status;
}

/* A failure of the file leaves its rest out, one of ours is returned. */
static enum status read_file(struct lane *lane, struct compare_file *file, struct error *err)
{
	struct input_file *in;
	struct error ignored;
	enum status status = input_file_open(&in, file->path, take_bytes, lane, err);

	lane->is_closed = status != OK;
	if (status != OK)
		return status;
	lane->file = file;
	lane->lines = 0;
	buf_clear(&lane->head);
	lane->mode = AT_HEAD;
	lane->is_ours = false;
	lane->is_stalled = false;
	/* What no format knows may still be a table of ours that lacks columns: its reader says which. */
	lane->stream = (struct compare_stream){ .format = lane->side->format,
						.otherwise = &import_canonical,
						.options = { .kind = lane->side->kind, .zone = COMPARE_ZONE },
						.sink = batch_sink(&lane->batch) };
	buf_init(&lane->stream.head, 0);
	status = steps(lane, in, &file->failure);
	input_file_close(in);
	if (status == OK)
		status = finish_file(lane, &file->failure);
	else
		end_blocks(lane, false, &ignored);
	end_file(lane);
	if (status == OK || !lane->is_ours)
		return OK;
	*err = file->failure;
	file->failure = (struct error){ 0 }; /* nothing is wrong with it */
	return status;
}

/* --- both sides ------------------------------------------------------------------------------ */

static void lane_init(struct lane *lane, const struct compare_reading *reading, struct pool *pool, enum reconcile_side which)
{
	lane->reading = reading;
	lane->pool = pool;
	lane->which = which;
	lane->side = &reading->sides[which];
	lane->block_count = 2 * pool->count + 2;
	batch_init(&lane->batch);
	buf_init(&lane->head, 0);
	for (size_t i = 0; i < lane->block_count; i++) {
		lane->blocks[i].lane = lane;
		buf_init(&lane->blocks[i].text, 0);
		batch_init(&lane->blocks[i].batch);
	}
}

static void lane_release(struct lane *lane)
{
	batch_release(&lane->batch);
	buf_release(&lane->head);
	for (size_t i = 0; i < lane->block_count; i++) {
		buf_release(&lane->blocks[i].text);
		batch_release(&lane->blocks[i].batch);
	}
	free(lane);
}

static void *read_side(void *context)
{
	struct lane *lane = context;
	struct error err = { 0 };
	enum status status = OK;

	for (size_t i = 0; status == OK && i < lane->side->file_count; i++)
		status = read_file(lane, &lane->side->files[i], &err);
	if (status == OK)
		status = ids_finish(&lane->side->ids, &err);
	lane->status = status;
	lane->err = err;
	return NULL;
}

enum status compare_read(const struct compare_reading *reading, bool *of_input, struct error *err)
{
	struct pool pool = { .count = 0 };
	struct lane *lanes[2];
	enum status status = OK;
	pthread_t other;
	bool started;

	pool_begin(&pool, reading->threads);
	for (int s = 0; s < 2; s++) {
		lanes[s] = xalloc(sizeof(*lanes[s]));
		lane_init(lanes[s], reading, &pool, (enum reconcile_side)s);
	}
	started = pthread_create(&other, NULL, read_side, lanes[0]) == 0;
	if (!started)
		read_side(lanes[0]);
	read_side(lanes[1]);
	if (started)
		pthread_join(other, NULL);
	pool_end(&pool);
	for (int s = 0; s < 2; s++) {
		if (status == OK && lanes[s]->status != OK) {
			status = lanes[s]->status;
			*of_input = lanes[s]->is_closed;
			if (err)
				*err = lanes[s]->err;
		}
		lane_release(lanes[s]);
	}
	return status;
}
