#include "cli/compare_page.h"

#include "cli/compare_output.h"
#include "reconcile/plots_write.h"

#include <assert.h>

/* console/ as the build made it, with a mark where the data belong. */
extern const char report_page[];
extern const unsigned long report_page_size;

#define DATA_MARK STR("{{data}}")

/* The last part of the path: where the file lay is nobody's business whom the report is shown to. */
static struct str base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return str_from(slash && slash[1] ? slash + 1 : path);
}

/* By code, as summary.json has them. */
static void write_reasons(struct json_writer *w, const struct compare_file *file)
{
	json_key(w, "reasons");
	json_object_begin(w);
	for (int code = 0; code < STATUS_COUNT; code++)
		if (file->rejects.counts[code])
			json_member_i64(w, status_wire((enum status)code), (int64_t)file->rejects.counts[code]);
	json_object_end(w);
}

static void write_input(struct json_writer *w, const struct compare_file *file, int side)
{
	json_object_begin(w);
	json_member_z(w, "side", compare_side_names[side]);
	json_member_str(w, "file", base_name(compare_file_name(file)));
	json_member_z(w, "format", file->format);
	json_member_i64(w, "records", (int64_t)file->counts.records);
	json_member_i64(w, "rejected", (int64_t)file->counts.rejects);
	write_reasons(w, file);
	json_member_bool(w, "complete", file->failure.status == OK);
	json_object_end(w);
}

static void write_data(struct comparison *c, struct buf *out)
{
	struct reconcile_names names = comparison_names(c);
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_member_z(&w, "format", "tally-report/1");
	json_member_z(&w, "program", "tally " TALLY_VERSION);
	summary_write(&w, c->run, &names);
	json_member_duration(&w, "tolerance", c->tolerance_ms);
	json_key(&w, "inputs");
	json_array_begin(&w);
	for (int s = 0; s < 2; s++)
		for (size_t i = 0; i < c->sides[s].file_count; i++)
			write_input(&w, &c->sides[s].files[i], s);
	json_array_end(&w);
	report_write_skipped(&w, c);
	plots_write(&w, c->run, &names);
	json_object_end(&w);
}

/* An id must not end the element it stands in: < is written as an escape of JSON. */
static void add_escaped(struct output_file *file, struct str json)
{
	size_t from = 0;

	for (size_t i = 0; i < json.n; i++) {
		if (json.p[i] != '<')
			continue;
		output_file_add(file, str_of(json.p + from, i - from));
		output_file_add(file, STR("\\u003c"));
		from = i + 1;
	}
	output_file_add(file, str_after(json, from));
}

enum status page_write(struct comparison *c, struct error *err)
{
	struct str page = str_of(report_page, report_page_size);
	const char *mark = memmem(page.p, page.n, DATA_MARK.p, DATA_MARK.n);
	struct output_file *file;
	struct buf data;
	enum status status = output_file_open(&file, REPORT_PAGE, err);

	assert(mark);
	if (status != OK)
		return status;
	buf_init(&data, 0);
	write_data(c, &data);
	output_file_add(file, str_of(page.p, (size_t)(mark - page.p)));
	add_escaped(file, buf_str(&data));
	output_file_add(file, str_after(page, (size_t)(mark - page.p) + DATA_MARK.n));
	buf_release(&data);
	return output_file_close(file, err);
}
