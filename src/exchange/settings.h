/* exchange/settings.h - every setting of an exchange, in one table.
 *
 * Read from a YAML file of key: value pairs; the table gives each its type,
 * default, range and help, for --check, --print-settings and the docs alike.
 * A mistake is reported with file, line and key. */
#ifndef EXCHANGE_SETTINGS_H
#define EXCHANGE_SETTINGS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/buf.h"

struct settings {
	/* where */
	const char *data;                 /* directory; "" when not given */
	const char *listen;               /* ADDR:PORT */
	const char *store;                /* "" embedded, or postgresql://... */
	const char *certificate_file;     /* "" : a local CA in DIR/tls */
	const char *key_file;
	const char *policy_file;          /* "" : the policy that is built in */
	const char *log_level;
	/* lives */
	int64_t token_lifetime_s;
	int64_t delta_lifetime_s;
	int64_t next_link_lifetime_s;
	int64_t idempotency_lifetime_s;
	/* limits */
	int64_t connections_max;
	int64_t connections_per_peer_max;
	int64_t upload_bytes_max;         /* as sent */
	int64_t decompressed_bytes_max;
	int64_t decompressed_ratio_max;
	int64_t batch_records_max;
	int64_t record_bytes_max;
	int64_t uploads_per_client_max;   /* at the same time */
	int64_t idle_s;
	int64_t request_header_s;
	int64_t upload_rate_min;          /* bytes a second */
	int64_t drain_s;
	/* work in the background */
	int64_t reconcile_quiet_s;
	int64_t reconcile_threads;
	int64_t sweep_interval_s;
	int64_t id_filter_bytes_max;      /* memory for recognising ids resent under another day */
};

/* All defaults. */
void settings_defaults(struct settings *settings);

/* Reads a file over the defaults; strings live in the arena. */
enum status settings_read(struct settings *settings, struct arena *arena, const char *file, struct error *err);

/* "NAME=VALUE" as from the command line; NAME is a key of the table. */
enum status settings_set(struct settings *settings, struct arena *arena, struct str name, struct str value,
			 struct error *err);

/* The settings as a YAML file that reads back the same, and the table as Markdown. */
void settings_print(const struct settings *settings, struct buf *out);
void settings_document(struct buf *out);

#endif
