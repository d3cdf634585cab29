#include "exchange/settings.h"

#include "base/log.h"
#include "exchange/yaml_file.h"

#include <stdio.h>

enum setting_type { SETTING_TEXT, SETTING_WHOLE };

struct setting {
	const char *name;
	enum setting_type type;
	size_t offset;
	const char *text;          /* default of a SETTING_TEXT */
	int64_t number, min, max;  /* default and range of a SETTING_WHOLE */
	const char *help;
};

#define TEXT(name, member, text, help)                                                                                 \
	{ name, SETTING_TEXT, offsetof(struct settings, member), text, 0, 0, 0, help }
#define WHOLE(name, member, number, min, max, help)                                                                    \
	{ name, SETTING_WHOLE, offsetof(struct settings, member), NULL, number, min, max, help }

#define GIB (INT64_C(1) << 30)

static const struct setting table[] = {
	TEXT("data", data, "", "Directory of this exchange: the embedded store, the local CA, the audit log."),
	TEXT("listen", listen, "127.0.0.1:8443", "Address and port, as ADDR:PORT or [ADDR]:PORT; port 0 takes a free one."),
	TEXT("store", store, "", "Empty for the embedded store in `data`, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE."),
	TEXT("certificateFile", certificate_file, "", "Server certificate chain, PEM. Empty: one from the local CA in `data`/tls."),
	TEXT("keyFile", key_file, "", "Private key of the certificate, PEM."),
	TEXT("policyFile", policy_file, "", "Privacy policy: retention and masking. Empty: the policy that is built in."),
	TEXT("logLevel", log_level, "info", "debug, info, warning or error."),
	WHOLE("tokenLifetimeSeconds", token_lifetime_s, 3600, 1, 86400, "Life of an access token."),
	WHOLE("deltaLifetimeSeconds", delta_lifetime_s, 604800, 1, 7776000, "Life of a delta link."),
	WHOLE("nextLinkLifetimeSeconds", next_link_lifetime_s, 3600, 1, 604800, "Life of a next link."),
	WHOLE("idempotencyLifetimeSeconds", idempotency_lifetime_s, 259200, 86400, 7776000,
	      "How long an Idempotency-Key and its answer are remembered."),
	WHOLE("connectionsMax", connections_max, 1024, 1, 65536, "Connections at the same time."),
	WHOLE("connectionsPerPeerMax", connections_per_peer_max, 256, 1, 65536, "Connections of one address; this machine's own are not counted."),
	WHOLE("uploadBytesMax", upload_bytes_max, 4 * GIB, 1024, 1024 * GIB, "Bytes of one upload as sent."),
	WHOLE("decompressedBytesMax", decompressed_bytes_max, 32 * GIB, 1024, 4096 * GIB, "Bytes of one upload after decompression."),
	WHOLE("decompressedRatioMax", decompressed_ratio_max, 200, 2, 100000, "Bytes after decompression for each byte sent."),
	WHOLE("batchRecordsMax", batch_records_max, 20000000, 1, 1000000000, "Records in one upload."),
	WHOLE("recordBytesMax", record_bytes_max, 1048576, 512, 16777216, "Bytes of one record in an upload."),
	WHOLE("uploadsPerClientMax", uploads_per_client_max, 8, 1, 1024, "Uploads of one client at the same time."),
	WHOLE("idleSeconds", idle_s, 60, 1, 3600, "A connection on which nothing moves is closed."),
	WHOLE("requestHeaderSeconds", request_header_s, 10, 1, 600, "Time for a complete request header."),
	WHOLE("uploadRateMin", upload_rate_min, 1024, 0, 1048576, "Bytes a second below which an upload is broken off; 0: none."),
	WHOLE("drainSeconds", drain_s, 30, 0, 600, "How long requests may finish after SIGTERM."),
	WHOLE("reconcileQuietSeconds", reconcile_quiet_s, 60, 1, 86400, "A day is reconciled when no record arrived for this long."),
	WHOLE("reconcileThreads", reconcile_threads, 2, 1, 64, "Threads of one reconciliation run."),
	WHOLE("sweepIntervalSeconds", sweep_interval_s, 3600, 1, 86400, "How often what is past its retention is removed."),
	WHOLE("idFilterBytesMax", id_filter_bytes_max, 268435456, 1048576, 64 * GIB,
	      "Memory for recognising record ids that come again under another day."),
};

#define SETTING_COUNT (sizeof(table) / sizeof(table[0]))

static const char **text_of(struct settings *settings, const struct setting *s)
{
	return (const char **)((char *)settings + s->offset);
}

static int64_t *whole_of(struct settings *settings, const struct setting *s)
{
	return (int64_t *)((char *)settings + s->offset);
}

void settings_defaults(struct settings *settings)
{
	*settings = (struct settings){ 0 };
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (table[i].type == SETTING_TEXT)
			*text_of(settings, &table[i]) = table[i].text;
		else
			*whole_of(settings, &table[i]) = table[i].number;
	}
}

static const struct setting *setting_find(struct str name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (str_is(name, table[i].name))
			return &table[i];
	return NULL;
}

/* Sets one value; the message says what was expected, the caller adds the place. */
static enum status setting_assign(struct settings *settings, struct arena *arena, const struct setting *s,
				  struct str value, struct error *err)
{
	enum log_level level;
	uint64_t number;

	if (s->type == SETTING_TEXT) {
		if (memchr(value.p ? value.p : "", '\0', value.n))
			return error_set(err, E_INVALID, s->name, "holds a NUL byte");
		if (s->offset == offsetof(struct settings, log_level) && !log_level_parse(value, &level))
			return error_set(err, E_INVALID, s->name, "expected debug, info, warning or error");
		*text_of(settings, s) = arena_cstr(arena, value);
		return OK;
	}
	if (!str_to_u64(value, (uint64_t)s->max, &number) || (int64_t)number < s->min)
		return error_set(err, E_INVALID, s->name, "expected a whole number from %lld to %lld", (long long)s->min,
				 (long long)s->max);
	*whole_of(settings, s) = (int64_t)number;
	return OK;
}

enum status settings_set(struct settings *settings, struct arena *arena, struct str name, struct str value,
			 struct error *err)
{
	const struct setting *s = setting_find(name);
	enum status status;

	if (!s)
		return error_set(err, E_INVALID, NULL, "there is no setting \"%.*s\"", STR_ARG(name));
	status = setting_assign(settings, arena, s, value, err);
	if (status != OK)
		error_prefix(err, "%s", s->name);
	return status;
}

static enum status read_pair(struct settings *settings, struct arena *arena, struct yaml_file *file,
			     const yaml_node_t *key, const yaml_node_t *value, bool seen[SETTING_COUNT],
			     struct error *err)
{
	struct str name = yaml_scalar(key);
	const struct setting *s = str_is_none(name) ? NULL : setting_find(name);
	const char *label = str_is_none(name) ? "?" : arena_cstr(arena, name);
	struct error why = { 0 };

	if (!s)
		return yaml_file_fault(file, key, label, err, "there is no such setting");
	if (seen[s - table])
		return yaml_file_fault(file, key, label, err, "stands twice");
	seen[s - table] = true;
	if (str_is_none(yaml_scalar(value)))
		return yaml_file_fault(file, value, label, err, "expected a single value");
	if (setting_assign(settings, arena, s, yaml_scalar(value), &why) != OK)
		return yaml_file_fault(file, value, label, err, "%s", why.message);
	return OK;
}

enum status settings_read(struct settings *settings, struct arena *arena, const char *path, struct error *err)
{
	bool seen[SETTING_COUNT] = { false };
	struct yaml_file file;
	yaml_node_t *root;
	struct str text;
	enum status status = yaml_file_text(arena, path, &text, err);

	if (status == OK)
		status = yaml_file_parse(&file, path, text, err);
	if (status != OK)
		return status;
	root = yaml_file_root(&file);
	if (root && root->type != YAML_MAPPING_NODE)
		status = yaml_file_fault(&file, root, "(document)", err, "expected lines of \"setting: value\"");
	else if (root)
		for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
		     status == OK && pair < root->data.mapping.pairs.top; pair++)
			status = read_pair(settings, arena, &file, yaml_file_node(&file, pair->key),
					   yaml_file_node(&file, pair->value), seen, err);
	yaml_file_release(&file);
	return status;
}

void settings_print(const struct settings *settings, struct buf *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = &table[i];

		buf_printf(out, "%s: ", s->name);
		if (s->type == SETTING_WHOLE) {
			buf_add_i64(out, *whole_of((struct settings *)settings, s));
		} else {
			/* Single quotes: YAML's plainest form, a quote inside is doubled. */
			buf_add_char(out, '\'');
			for (const char *p = *text_of((struct settings *)settings, s); *p; p++) {
				if (*p == '\'')
					buf_add_char(out, '\'');
				buf_add_char(out, *p);
			}
			buf_add_char(out, '\'');
		}
		buf_add_char(out, '\n');
	}
}

void settings_document(struct buf *out)
{
	buf_add_str(out, STR("| setting | default | range | meaning |\n|---|---|---|---|\n"));
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *s = &table[i];

		if (s->type == SETTING_TEXT)
			buf_printf(out, "| `%s` | %s%s%s | text | %s |\n", s->name, s->text[0] ? "`" : "", s->text,
				   s->text[0] ? "`" : "(empty)", s->help);
		else
			buf_printf(out, "| `%s` | %lld | %lld – %lld | %s |\n", s->name, (long long)s->number,
				   (long long)s->min, (long long)s->max, s->help);
	}
}
