#include "formats/import.h"

#include "formats/import_table.h"

/* clang-format off */
const struct import_format *const import_formats[] = {
	&import_asterisk_cel,
	&import_asterisk,
	&import_freeswitch,
	&import_freeswitch_json,
	&import_teams_pstn,
	&import_teams_direct_routing,
	&import_graph,
	&import_audiocodes,
	&import_ribbon,
	&import_cucm,
	&import_radius,
	&import_oracle_sbc,
	&import_opensips,
	&import_kamailio,
	&import_canonical,
	NULL,
};
/* clang-format on */

const struct import_format *import_format_find(struct str name)
{
	for (int i = 0; import_formats[i]; i++)
		if (str_is(name, import_formats[i]->name))
			return import_formats[i];
	return NULL;
}

static bool recognises(const struct import_format *format, struct str head)
{
	return format->table ? import_table_recognise(format->table, head) : format->recognise(head);
}

const struct import_format *import_format_recognise(struct str head)
{
	for (int i = 0; import_formats[i]; i++)
		if (recognises(import_formats[i], head))
			return import_formats[i];
	return NULL;
}

enum status import_begin(const struct import_format *format, struct import_reader **reader,
			 const struct import_options *options, const struct record_sink *sink, struct error *err)
{
	return format->table ? import_table_begin(reader, format->table, options, sink, err)
			     : format->begin(reader, options, sink, err);
}

enum status import_push(struct import_reader *reader, struct str bytes, struct error *err)
{
	return reader->type->push(reader, bytes, err);
}

enum status import_finish(struct import_reader *reader, struct error *err)
{
	return reader->type->finish(reader, err);
}

enum record_cut import_cut(const struct import_reader *reader)
{
	return reader->type->cut ? reader->type->cut(reader) : RECORD_CUT_NOWHERE;
}

struct import_reader *import_fork(const struct import_reader *reader, const struct record_sink *sink)
{
	return reader->type->fork ? reader->type->fork(reader, sink) : NULL;
}

uint64_t import_lines(const struct import_reader *reader)
{
	return reader->type->lines ? reader->type->lines(reader) : 0;
}

struct record_reader_counts import_counts(const struct import_reader *reader)
{
	return reader->type->counts(reader);
}

void import_free(struct import_reader *reader)
{
	if (reader)
		reader->type->free(reader);
}
