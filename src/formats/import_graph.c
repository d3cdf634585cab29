/* Pages of Microsoft Graph's getPstnCalls and getDirectRoutingCalls. */
#include "formats/import_json.h"
#include "formats/import_teams.h"

/* Only rows of direct routing have an invite; only its rows tell of success. */
static bool read_row(struct import_source *s, const struct str *values)
{
	bool is_direct = !str_is_none(values[TEAMS_INVITE]) || !str_is_none(values[TEAMS_SUCCESS]);

	return is_direct ? teams_read_direct_routing(s, values) : teams_read_pstn(s, values);
}

static const struct import_json_type graph_type = { .list = "value", .names = teams_names, .read = read_row };

static enum status begin(struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err)
{
	return import_json_begin(reader, &graph_type, options, sink, err);
}

/* Words that records of ours lack, whose parties have the same names. */
static bool recognise(struct str head)
{
	static const char *const words[] = {
		"callRecords.pstnCallLogRow", "callRecords.directRoutingLogRow",
		"\"callDurationSource\"",     "\"licenseCapability\"",
		"\"successfulCall\"",         "\"trunkFullyQualifiedDomainName\"",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find(head, str_from(words[i])) < head.n)
			return true;
	return false;
}

const struct import_format import_graph = {
	.name = "graph",
	.summary = "Microsoft Graph's getPstnCalls and getDirectRoutingCalls: pages, or rows as NDJSON",
	.is_the_platforms = true,
	.recognise = recognise,
	.begin = begin,
};
