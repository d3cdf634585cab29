/* cli/demo_private.h - between the files of `tally demo`. */
#ifndef CLI_DEMO_PRIVATE_H
#define CLI_DEMO_PRIVATE_H

#include "cli/running.h"
#include "formats/json.h"
#include "http/client.h"
#include "simulate/programme.h"

struct party {
	char client_id[GUID_TEXT_SIZE];
	char secret[64];
	char token[64];
};

struct demo {
	struct running running;
	struct programme programme;
	struct http_client *http;
	char directory[4096];
	struct party admin;
	struct party operators[PROGRAMME_OPERATORS];
	struct party tenants[PROGRAMME_TENANTS];
	int64_t began_us;
};

/* One line on standard error, with the time since the start. */
void demo_progress(const struct demo *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- demo_requests.c: as a party, over HTTPS -------------------------------------- */

/* Sends and expects success; the body of the answer is the caller's to release. */
enum status demo_request(struct demo *d, const struct party *as, const char *method, const char *path,
			 const struct buf *body, struct http_answer *answer, struct error *err);
/* The same where nothing of the answer is wanted. */
enum status demo_send(struct demo *d, const struct party *as, const char *method, const char *path,
		      const struct buf *body, struct error *err);
/* One string member of an answer's object. */
enum status demo_member(struct http_answer *answer, const char *key, char *out, size_t size, struct error *err);
enum status demo_sign_in(struct demo *d, struct party *p, struct error *err);
/* A client with these roles (comma-separated) for one party, signed in. */
enum status demo_make_client(struct demo *d, const char *name, const char *party_member, const char *party_id,
			     const char *roles, struct party *p, struct error *err);

/* --- demo_fill.c: parties, numbers, three days of calls ----------------------------- */

#define DEMO_DAYS 3
enum status demo_make_parties(struct demo *d, struct error *err);
enum status demo_make_numbers(struct demo *d, struct error *err);
enum status demo_upload_all(struct demo *d, struct error *err);

/* --- demo_show.c: what it prints and writes ------------------------------------------- */

enum status demo_reconcile_yesterday(struct demo *d, struct error *err);
enum status demo_write_json(struct demo *d, char *path, size_t size, struct error *err);
void demo_print_invitation(const struct demo *d, const char *demo_json);

#endif
